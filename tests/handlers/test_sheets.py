"""Reading spreadsheets that may be anything: a table, or one of the refusals that a person can read, and never anything else."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from handlers.sheets import LARGEST_FILE, MOST_ROWS, BadSheet, read_table, write_table
from handlers.staff.fact_sheet import read_facts, told, workbook
from knowledge.facts import COLUMNS, BadFacts, Facts, fact_names

HEADING = list(COLUMNS.values())
GOOD = ["月最低工资标准", "河北石家庄", 2200, "", date(2026, 1, 1), None, "河北省的一个通知", ""]


def book(*lines: Sequence[Any], title: str = "数据") -> bytes:
    made = Workbook()
    made.active.title = title
    for line in lines:
        made.active.append(list(line))
    out = BytesIO()
    made.save(out)
    return out.getvalue()


def repacked(data: bytes, change: Callable[[str, bytes], bytes], **more: bytes) -> bytes:
    """The same workbook with its parts changed."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, content in more.items():
            new.writestr(name, content)
    return out.getvalue()


def problems(*lines: Sequence[Any]) -> list[str]:
    with pytest.raises(BadFacts) as bad:
        read_facts(book(HEADING, *lines))
    return [problem.text for problem in bad.value.problems]


def refusal(data: bytes) -> str:
    with pytest.raises(BadSheet) as bad:
        read_facts(data)
    return str(bad.value)


def test_a_row_is_read_whatever_kind_of_cell_it_was_typed_into() -> None:
    as_text = ["minimum-wage-month", "河北省石家庄市", "2,300.50", "元/月", "2027年1月1日", "2027-12-31", "另一个通知", "注"]
    first, second = read_facts(book(HEADING, GOOD, [], as_text))
    assert (first.name, first.region, first.value, first.valid_from) == (
        "minimum-wage-month",
        "河北石家庄",
        Decimal(2200),
        date(2026, 1, 1),
    )
    assert (second.region, second.value, second.valid_until) == ("河北石家庄", Decimal("2300.5"), date(2027, 12, 31))


def test_every_bad_row_is_named_with_what_is_expected() -> None:
    bad_day, bad_name = [*GOOD], [*GOOD]
    bad_day[4], bad_name[0], bad_name[2] = "去年", "没有这个", "很多"
    assert problems(GOOD, bad_day, [], bad_name) == [
        "第 3 行“生效日”：请写成 2025-09-01 的样子",
        "第 5 行“名称”：请从名单里选一个，例如 月最低工资标准",
    ]


def test_a_formula_is_not_evaluated_but_refused_once() -> None:
    formula = [*GOOD]
    formula[2] = "=1000+1200"
    assert problems(formula) == ["第 2 行“数值”：这里是公式，请改成算好的内容（复制后，选择性粘贴为数值）"]


def test_a_cell_of_a_book_s_length_is_refused() -> None:
    long = [*GOOD]
    long[6] = "长" * 5000
    assert "太长了" in problems(long)[0]


def test_the_same_row_twice_is_refused() -> None:
    assert "和第 2 行是同一个" in problems(GOOD, GOOD)[0]


@pytest.mark.parametrize(
    ("heading", "says"),
    [
        (["什么", *HEADING[1:]], "不认识的列“什么”"),
        ([HEADING[0], *HEADING], "“名称”这一列出现了两次"),
        (["一份", "标题"], "没有看到列名"),
        ([None, *HEADING[1:]], "有一列没有列名"),
    ],
)
def test_a_wrong_heading_is_told_once_and_not_for_each_row(heading: list[Any], says: str) -> None:
    said = refusal(book(heading, *([GOOD] * 50)))
    assert said.startswith("第 1 行：")
    assert says in said
    assert len(said) < 200


def test_too_many_rows_are_refused_and_empty_ones_at_the_end_are_not() -> None:
    assert "2,000 行" in refusal(book(HEADING, *([GOOD] * (MOST_ROWS + 1))))
    assert len(read_facts(book(HEADING, GOOD, *([[None] * 8] * 5000)))) == 1


def test_a_sheet_without_rows_is_refused() -> None:
    assert "没有数据" in refusal(book(HEADING))
    assert "空" in refusal(book())


def test_the_sheet_called_data_is_read_and_otherwise_the_first() -> None:
    assert len(read_facts(book(HEADING, GOOD, title="随便"))) == 1
    assert len(read_facts(workbook(Facts.load()))) == len(Facts.load().rows)


# ---- what is no workbook, or a trap


@pytest.mark.parametrize(
    "data", [b"", b"PK", b"PK\x03\x04" + b"\x00" * 100, b"a,b\n1,2\n", b"\xd0\xcf\x11\xe0" * 100, book(HEADING, GOOD)[:-200]]
)
def test_what_is_no_workbook_is_refused(data: bytes) -> None:
    assert "不是 .xlsx 表格" in refusal(data)


def test_a_large_file_is_refused_unopened() -> None:
    assert "最大 1 MB" in refusal(b"PK\x03\x04" + b"x" * LARGEST_FILE)


def test_a_zip_bomb_is_refused() -> None:
    bomb = repacked(book(HEADING, GOOD), lambda name, part: part, extra=b"\x20" * 11_000_000)
    assert len(bomb) < LARGEST_FILE
    assert "展开后太大" in refusal(bomb)


def test_a_zip_bomb_that_lies_about_its_size_is_refused() -> None:
    bomb = repacked(book(HEADING, GOOD), lambda name, part: part, extra=b"\x20" * 11_000_000)
    lying = bomb.replace((11_000_000).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    assert lying != bomb
    with suppress(BadSheet):
        read_facts(lying)  # the part that lies is none that we read; what counts is that it is not unpacked


@pytest.mark.parametrize(
    "markup",
    [
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY a "aa">]>'.encode("utf-16"),
    ],
)
def test_markup_that_declares_entities_is_refused(markup: bytes) -> None:
    trap = repacked(book(HEADING, GOOD), lambda name, part: markup + part.partition(b"?>")[2] if name.endswith("sheet1.xml") else part)
    assert "不该有的内容" in refusal(trap)


def test_a_part_that_is_missing_or_broken_is_refused() -> None:
    broken = repacked(book(HEADING, GOOD), lambda name, part: part[: len(part) // 2] if name.endswith("sheet1.xml") else part)
    assert "可能损坏了" in refusal(broken)


def test_a_dimension_that_lies_hides_no_row() -> None:
    lying = repacked(book(HEADING, GOOD), lambda name, part: part.replace(b'ref="A1:H2"', b'ref="A1:A1"'))
    assert len(read_facts(lying)) == 1


# ---- whatever stands in the cells


_cells = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**18), 10**18),
    st.floats(allow_nan=False, allow_infinity=False),
    st.datetimes(datetime(1900, 3, 1), datetime(9999, 12, 30)),  # noqa: DTZ001
    st.dates(date(1900, 3, 1), date(9999, 12, 30)),
    st.builds(time, st.integers(0, 23), st.integers(0, 59)),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60),
    st.sampled_from([name.label for name in fact_names().values()]),
    st.sampled_from(["北京", "全国", "山东临沂", "2026-09-01", "元/月", "18 15 12", "2540", "=A1", "#REF!", "２５４０", "一份通知"]),
)
_lines = st.lists(st.lists(_cells, max_size=len(HEADING)), max_size=6)


@given(_lines)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_random_cells_give_facts_or_problems_with_their_rows_and_nothing_else(lines: list[list[Any]]) -> None:
    try:
        found = read_facts(book(HEADING, *lines))
    except BadFacts as bad:
        assert bad.problems
        assert all(problem.row is not None and 2 <= problem.row <= len(lines) + 1 for problem in bad.problems)
        assert len(told(bad.problems)) < 4000
    except BadSheet as bad:
        assert str(bad)
    else:
        assert 0 < len(found) <= len(lines)


@given(st.binary(max_size=400), st.integers(0, 5000), st.integers(1, 400))
@settings(max_examples=150, deadline=None)
def test_a_damaged_file_gives_a_table_or_a_refusal_and_nothing_else(junk: bytes, place: int, length: int) -> None:
    data = _WHOLE[:place] + junk + _WHOLE[place + length :]
    try:
        read_facts(data)
    except (BadFacts, BadSheet) as bad:
        assert str(bad)


_WHOLE = book(HEADING, GOOD, GOOD)


def test_what_is_written_is_read_back_and_never_as_a_formula() -> None:
    data = write_table(sheet="页", columns={"甲": 10, "乙": 10}, rows=[["=1+1", Decimal("2.5")]], choices={"甲": ["=2"]}, notes=[["=3"]])
    table = read_table(data, sheet="页", columns=["甲", "乙"])
    assert table.rows == ({"甲": "=1+1", "乙": 2.5},)
    assert not table.refused
