"""导出表格: a survey's results with charts, by unit, wages, what was written, and for those entitled each answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.staff import survey_words
from handlers.workbook import Workbook, Written
from storage.models import Place, SurveyKind
from storage.types import UnitId
from union import survey_results, surveys, units
from union.people import Actor
from union.small_cells import FEWEST
from union.survey_questions import CHOSEN, COUNTED, Means, Question, Takes
from union.survey_results import EachAnswer, Results, UnitRow, WageRow

PLACE: Mapping[Place, str] = {Place.IN: "已报上", Place.WAITING: "候补", Place.CANCELLED: "已取消"}

_MOST_CHARTS = 20


async def workbook(session: AsyncSession, actor: Actor, found: Results) -> bytes:
    """The file. Who may see the results is asked before; each answer is left out for who may not see it."""
    book = Workbook()
    await asyncio.to_thread(_whole, book, found)
    for number, tally in enumerate(found.tallies, 1):
        if tally.question.good:
            rows = await survey_results.by_unit(session, found.survey, tally)
            await asyncio.to_thread(_by_unit, book, number, rows)
    if found.survey.kind is SurveyKind.WAGES and found.hidden is None:
        rows_of_wages = await survey_results.wages(session, found.survey)
        names = await units.cards(session, [row.district for row in rows_of_wages if row.district])
        await asyncio.to_thread(_wages, book, found, rows_of_wages, {unit_id: unit.place for unit_id, unit in names.items()})
    if surveys.may_see_each(actor, found.survey):
        each = await survey_results.each_answer(session, actor, found.survey)
        await asyncio.to_thread(_each, book, found, each)
    elif found.hidden is None and surveys.may_read_words(actor, found.survey):
        for number, tally in enumerate(found.tallies, 1):
            texts = await survey_results.written(session, actor, found, tally.question) if tally.question.takes is Takes.WORDS else []
            if texts:
                await asyncio.to_thread(_written, book, number, texts)
    return await asyncio.to_thread(book.done)


def _whole(book: Workbook, found: Results) -> None:
    page = book.page("总的情况", {"项目": 28, "内容": 90})
    rows: list[Sequence[Written]] = [
        ("名称", found.survey.title),
        ("编号", int(found.survey.id)),
        ("参加人数", found.took_part),
        ("应参加的会员", found.entitled),
    ]
    if found.vote is not None:
        rows.append(("结果", survey_words.verdict(found.vote)))
    rows += [
        (f"第 {n} 题", survey_words.goal(t))
        for n, t in enumerate(found.tallies, 1)
        if found.survey.kind is SurveyKind.APPRAISAL and t.question.good
    ]
    if found.hidden is not None:
        rows.append(("说明", survey_words.HIDDEN[found.hidden]))
    rows.append(("说明", f"分单位、分行业的，不到 {FEWEST} 人的不单列；能从合计里推算出来的也不单列。"))
    book.add(page, rows)
    for number, tally in enumerate(found.tallies, 1):
        if tally.question.takes in CHOSEN:
            _options(book, number, tally)
    numbers = [(n, t) for n, t in enumerate(found.tallies, 1) if t.question.takes in COUNTED]
    if numbers:
        page = book.page("数字题", {"题号": 8, "题目": 60, "人数": 8, "中位数": 12, "一成低于": 12, "一成高于": 12})
        book.add(page, [(n, t.question.text, t.answered, *_three(t.spread)) for n, t in numbers])


def _options(book: Workbook, number: int, tally: survey_results.Tally) -> None:
    page = book.page(f"第{number}题", {"选项": 30, "人数": 8, "占比（%）": 10, "题目": 60})
    rows: list[Sequence[Written]] = []
    for place, (option, count) in enumerate(zip(tally.question.options, tally.counts, strict=True)):
        part = round(Decimal(count * 100) / tally.answered, 1) if tally.answered else None
        rows.append((option, count, part, tally.question.text if place == 0 else None))
    book.add(page, rows)
    if number <= _MOST_CHARTS:
        book.chart(page, tally.question.text[:60], lines=len(rows), columns=[2], at=f"A{len(rows) + 3}")


def _three(spread: survey_results.Spread | None) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    return (None, None, None) if spread is None else (spread.median, spread.p10, spread.p90)


def _by_unit(book: Workbook, number: int, rows: Sequence[UnitRow]) -> None:
    page = book.page(f"第{number}题按单位", {"单位": 30, "满意或同意率（%）": 18, "满意或同意": 12, "人数": 8})
    shown = [row for row in rows if row.good_share is not None]
    book.add(page, [(r.unit.name, _percent(r), r.good, r.answered) for r in shown])
    book.chart(page, "满意或同意率（%）", lines=len(shown), columns=[2], at="F2")
    book.add(page, [(r.unit.name, "人数太少，不单列") for r in rows if r.good_share is None])


def _percent(row: UnitRow) -> Decimal | None:
    return None if row.good_share is None else row.good_share * 100


def _wages(book: Workbook, found: Results, rows: Sequence[WageRow], places: Mapping[UnitId, str]) -> None:
    industry = next((t.question for t in found.tallies if t.question.means is Means.INDUSTRY), None)
    page = book.page("工资", {"行业和区": 34, "中位数": 12, "一成低于": 12, "一成高于": 12, "人数": 8})
    shown = [row for row in rows if row.spread is not None]
    book.add(page, [(wage_name(row, industry, places), *_three(row.spread), row.number) for row in shown])
    book.chart(page, "月工资中位数（元）", lines=len(shown), columns=[2], at="G2")
    book.add(page, [(wage_name(row, industry, places), f"不到 {FEWEST} 人") for row in rows if row.spread is None])


def wage_name(row: WageRow, industry: Question | None, places: Mapping[UnitId, str]) -> str:
    """Whose wages a line tells: 全部, 餐饮, 朝阳区, 朝阳区 · 餐饮."""
    parts = []
    if row.district is not None:
        parts.append(places.get(row.district, "没有登记区的"))
    if row.industry is not None and industry is not None and 0 <= row.industry < len(industry.options):
        parts.append(industry.options[row.industry])
    return " · ".join(parts) or "全部"


def _written(book: Workbook, number: int, texts: Sequence[str]) -> None:
    page = book.page(f"第{number}题的话", {"写的话（和别的答案分开，按字排列）": 120})
    book.add(page, [(text,) for text in texts])


def _each(book: Workbook, found: Results, rows: Sequence[EachAnswer]) -> None:
    questions = surveys.questions_of(found.survey)
    signs_up = found.survey.kind is SurveyKind.SIGN_UP
    columns = {"序号": 8, "称呼": 12, "单位": 20, "时间": 18} | ({"名额": 10} if signs_up else {})
    page = book.page("名单" if signs_up else "每个人的答案", columns | {f"{n}. {q.text[:40]}": 24 for n, q in enumerate(questions, 1)})
    for number, row in enumerate(rows, 1):
        place: list[Written] = [PLACE[row.place] if row.place else None] if signs_up else []
        book.add(page, [[row.number or number, row.name, row.unit, row.at, *place, *(_cell(q, row) for q in questions)]])


def _cell(question: Question, row: EachAnswer) -> Written:
    given: Any = row.words.get(question.key) if question.takes is Takes.WORDS else row.choices.get(question.key)
    if given is None:
        return None
    if question.takes in COUNTED:
        return Decimal(given)
    if question.takes in CHOSEN:
        places = given if isinstance(given, list) else [given]
        return "、".join(question.options[place] for place in places)
    return str(given)
