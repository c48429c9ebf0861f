"""Dated facts by spreadsheet: every row is checked and every bad one named, the changes are shown, and nothing is kept before 确认."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from handlers import forms, receiving
from handlers.conversation import FileReference, Reply
from handlers.forms import Form
from handlers.sheets import LARGEST_FILE, MEGABYTE, MOST_ROWS, XLSX, BadSheet, Cell, read_table, row_ranges, write_table
from handlers.steps import Again, Answered, Offer, Step, Value, Values
from handlers.steps import Problem as StepProblem
from handlers.stored_facts import current, row_of
from handlers.turn import Turn
from handlers.wording import shorten
from knowledge.facts import COLUMNS, BadFacts, Fact, Facts, Problem, ValueKind, fact_names, read_fact_rows
from storage.types import FileId
from union import facts, papers
from union.errors import NotAllowed, NotFound

SHEET = "数据"
PROBLEMS_SHOWN, CHANGES_SHOWN = 20, 10

_WIDTHS = {"name": 30, "region": 12, "value": 24, "unit": 10, "valid_from": 13, "valid_until": 13, "source": 60, "note": 40}


@dataclass(frozen=True, slots=True)
class Changes:
    """What a table would change."""

    added: tuple[Fact, ...]
    changed: tuple[tuple[Fact, Fact], ...]  # before, after
    same: int

    @property
    def rows(self) -> list[facts.Row]:
        """What is to be kept."""
        return [row_of(fact) for fact in (*self.added, *(after for _, after in self.changed))]


def looks_like_one(file: FileReference | None) -> bool:
    """Whether a file that came out of the blue is meant for here."""
    return file is not None and (file.mime == XLSX or file.name.lower().endswith(".xlsx"))


def read_facts(data: bytes) -> tuple[Fact, ...]:
    """The facts on a sheet. Raises BadSheet for a file that no table can be taken from, BadFacts with every cell that is wrong."""
    table = read_table(data, sheet=SHEET, columns=[*COLUMNS.values(), *COLUMNS])
    problems = [Problem(COLUMNS.get(title, title), expected, number) for (number, title), expected in table.refused.items()]
    refused = {(problem.row, problem.column) for problem in problems}
    found: tuple[Fact, ...] = ()
    try:
        found = read_fact_rows(table.rows)
    except BadFacts as bad:
        problems += [problem for problem in bad.problems if (problem.row, problem.column) not in refused]
    if problems:
        raise BadFacts(sorted(problems, key=lambda problem: problem.row or 0))
    if not found:
        raise BadSheet("表格里没有数据：第 1 行是列名，从第 2 行起一行一条。")
    return found


def compare(found: Iterable[Fact], table: Facts) -> Changes:
    """What these rows would change in the table."""
    there = {row_of(row).key: row for row in table.rows}
    added, changed, same = [], [], 0
    for fact in found:
        before = there.get(row_of(fact).key)
        if before is None:
            added.append(fact)
        elif row_of(before) == row_of(fact):
            same += 1
        else:
            changed.append((before, fact))
    return Changes(tuple(added), tuple(changed), same)


def told(problems: Sequence[Problem]) -> str:
    """Every row that is wrong: the first ones in words, the others by their numbers."""
    lines = [f"有 {len(problems)} 处要改，改好再发，现在什么都没有保存："]
    lines += [problem.text for problem in problems[:PROBLEMS_SHOWN]]
    rest = sorted({problem.row for problem in problems[PROBLEMS_SHOWN:] if problem.row})
    if rest:
        lines.append(f"另外 {len(problems) - PROBLEMS_SHOWN} 处在第 {row_ranges(rest, 1500)} 行。")
    return "\n".join(lines)


def _preview(changes: Changes) -> list[str]:
    lines = [f"+ {_place(fact)}：{shorten(fact.value_text, 40)}" for fact in changes.added]
    for before, after in changes.changed:
        if before.value != after.value:
            lines.append(f"~ {_place(after)}：{shorten(before.value_text, 40)} 改为 {shorten(after.value_text, 40)}")
        else:
            lines.append(f"~ {_place(after)}：失效日、来源或说明有改动")
    left = len(lines) - CHANGES_SHOWN
    return lines if left <= 0 else [*lines[:CHANGES_SHOWN], f"……还有 {left} 行"]


def _place(fact: Fact) -> str:
    return f"{shorten(fact_names()[fact.name].label, 20)} {fact.region} {fact.valid_from}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet(Step):
    """The file. Kept as its number and what it would change. Telegram's files are fetched in the background, so there is a button to look again."""

    async def offer(self, turn: Turn, values: Values) -> Offer:
        return [[("看核对结果", "check")]] if values.get(f"{self.key}.file") else ()

    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        file = turn.incoming.file
        try:
            if choice == "check" and values.get(f"{self.key}.file"):
                file_id = FileId(values[f"{self.key}.file"])
            elif file is not None and file.size > LARGEST_FILE:
                return StepProblem(f"这个文件有 {file.size / MEGABYTE:.1f} MB，最大 {LARGEST_FILE // MEGABYTE} MB，没有收下。")
            elif file is not None:
                file_id = await receiving.register(turn)
            else:
                return StepProblem("请把填好的 .xlsx 表格作为文件发过来。")
            data = await papers.read(turn.session, file_id, door=turn.incoming.door, address=turn.incoming.address)
        except NotFound:
            return StepProblem("文件没有收到，请再发一次。")
        if data is None:
            return Again({f"{self.key}.file": file_id}, "表格正在接收，过几秒点“看核对结果”。")
        return await self._checked(turn, file_id, data)

    async def _checked(self, turn: Turn, file_id: FileId, data: bytes) -> Answered:
        try:
            found = await asyncio.to_thread(read_facts, data)
        except BadSheet as bad:
            return Again({f"{self.key}.file": 0}, str(bad))
        except BadFacts as bad:
            return Again({f"{self.key}.file": 0}, told(bad.problems))
        changes = compare(found, await current(turn.session, turn.house.facts.built_in))
        if not changes.rows:
            return Again({f"{self.key}.file": 0}, f"这 {changes.same} 行和现在的一样，没有要改的。")
        counts = f"新增 {len(changes.added)} 行，修改 {len(changes.changed)} 行，不变 {changes.same} 行"
        return Value({"file": file_id, "told": "\n".join([counts, *_preview(changes)])})

    def shown(self, value: Any) -> str:
        return value["told"] if value else Step.shown(self, value)


async def submit(turn: Turn, values: Values) -> list[Reply]:
    """确认: the file is read once more, against the table as it is now, and kept whole."""
    again = [Reply(text="这个文件已经不在了，没有保存。请从“数据”重新上传。")]
    try:
        data = await papers.read(turn.session, FileId(values["sheet"]["file"]), door=turn.incoming.door, address=turn.incoming.address)
        if data is None:
            return again
        found = await asyncio.to_thread(read_facts, data)
        changes = compare(found, await current(turn.session, turn.house.facts.built_in))
        await facts.put(turn.session, await turn.actor(), changes.rows, turn.now)
    except (NotFound, BadSheet, BadFacts):
        return again
    except NotAllowed:
        return [Reply(text="数据由市总工会的工作人员或管理员维护，没有保存。")]
    text = f"新增 {len(changes.added)} 行，修改 {len(changes.changed)} 行，不变 {changes.same} 行。几秒钟后，机器人的回答和计算就用这些数。"
    return [Reply(title="已保存", text=text)]


async def take(turn: Turn) -> list[Reply]:
    """A workbook that came out of the blue from somebody who may change the facts."""
    await forms.begin(turn, FORM)
    return await forms.take(turn, {FORM.code: FORM})


def workbook(table: Facts) -> bytes:
    """The rows as they are, to be filled in further."""
    names = fact_names()
    rows = [_cells(fact) for fact in table.rows]
    notes: list[list[str]] = [["名称", "单位", "怎么填"]]
    for name in names.values():
        how = {ValueKind.NUMBERS: "几个数，中间用空格隔开", ValueKind.DAYS: "日期，中间用空格隔开", ValueKind.TEXT: "一行字"}.get(
            name.kind, "一个数"
        )
        where = "" if name.regional else "；地区写 全国"
        notes.append([name.label, name.unit, f"{how}{where}" + (f"。{name.about}" if name.about else "")])
    notes += [[], ["日期写成 2026-09-01 的样子；失效日空着，就一直用到下一行。"], [f"一次最多 {MOST_ROWS:,} 行；不要用公式。"]]
    return write_table(
        sheet=SHEET,
        columns={COLUMNS[column]: width for column, width in _WIDTHS.items()},
        rows=rows,
        choices={COLUMNS["name"]: [name.label for name in names.values()]},
        notes=notes,
    )


def _cells(fact: Fact) -> list[Cell]:
    row = row_of(fact)
    one = fact_names()[fact.name].kind in {ValueKind.MONEY, ValueKind.NUMBER}
    value: Cell = fact.number if one else row.value
    return [fact_names()[fact.name].label, row.region, value, row.unit, row.valid_from, row.valid_until, row.source, row.note]


FORM = Form(
    code="fact_sheet",
    title="上传数据表格",
    summary="核对过了，没有错。确认后所有人的回答和计算都用这些数。",
    submit_label="确认",
    submit=submit,
    steps=(Sheet(key="sheet", label="改动", ask="请把填好的 .xlsx 表格作为文件发过来。没有表格的，先点“数据”里的“下载模板”。"),),
)
