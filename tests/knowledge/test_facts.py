"""Dated facts: what is built in, what holds where and when, and reading rows that staff add."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.facts import NATIONAL, BadFacts, Facts, ValueKind, fact_names, read_fact_row, read_fact_rows, read_region

FACTS = Facts.load()
ROW = {"名称": "月最低工资标准", "地区": "北京市", "数值": "2,700", "生效日": "2027-09-01", "来源": "通知"}


@pytest.mark.parametrize(
    ("on", "wage"),
    [
        (date(2019, 6, 30), None), (date(2019, 7, 1), 2200), (date(2021, 8, 1), 2320), (date(2023, 8, 31), 2320), (date(2023, 9, 1), 2420),
        (date(2025, 8, 31), 2420), (date(2025, 9, 1), 2540), (date(2026, 11, 21), 2540),
    ],
)  # fmt: skip
def test_a_minimum_wage_holds_until_the_next_one(on: date, wage: int | None) -> None:
    fact = FACTS.value("minimum-wage-month", "北京", on)
    assert (fact and fact.number) == wage


def test_a_fact_says_itself_with_its_place_and_day() -> None:
    fact = FACTS.value("minimum-wage-month", "北京", date(2026, 11, 21))
    assert fact is not None and fact.sentence == "北京2025年9月1日起每月2,540元"
    hour = FACTS.value("minimum-wage-hour", "北京", date(2026, 11, 21))
    assert hour is not None and hour.value_text == "每小时27.7元"


def test_a_yearly_figure_runs_out_rather_than_being_taken_for_the_next() -> None:
    assert FACTS.value("contribution-average-wage", "北京", date(2026, 7, 1)) is None
    latest = FACTS.latest("contribution-average-wage", "北京", date(2026, 7, 1))
    assert latest is not None and latest.number == 11937
    assert FACTS.value("national-urban-income", "北京", date(2026, 1, 1)) is None


def test_a_place_without_its_own_row_takes_its_provinces_and_then_the_countrys() -> None:
    assert FACTS.value("minimum-wage-month", "北京朝阳区", date(2026, 1, 1)) is not None
    assert FACTS.value("minimum-wage-month", "山东临沂", date(2026, 1, 1)) is None
    for region in ("北京", "山东省临沂市", NATIONAL, "", "火星"):
        fact = FACTS.value("pay-days-month", region, date(2026, 1, 1))
        assert fact is not None and fact.number == Decimal("21.75")


def test_holidays_are_11_days_before_2025_and_13_since() -> None:
    for year in range(2023, 2028):
        fact, count = FACTS.value("holidays", "北京", date(year, 7, 1)), FACTS.value("holiday-count", "北京", date(year, 7, 1))
        assert fact is not None and count is not None
        assert len(fact.days) == count.number == (11 if year < 2025 else 13)
        assert {day.year for day in fact.days} == {year}
        fixed = [(1, 1), (5, 1), (10, 1), (10, 2), (10, 3)] + ([(5, 2)] if year >= 2025 else [])
        assert {date(year, month, day) for month, day in fixed} <= set(fact.days)


def test_every_built_in_row_has_a_source_and_a_known_name_and_none_overlap_on_a_day() -> None:
    for row in FACTS.rows:
        name = fact_names()[row.name]
        assert row.source and row.unit == name.unit
        assert (row.region == NATIONAL) <= (not name.regional or row.region in name.regions)
    starts = Counter((row.name, row.region, row.valid_from) for row in FACTS.rows)
    assert set(starts.values()) == {1}


def test_the_names_staff_pick_from_have_words_and_units() -> None:
    labels = [name.label for name in fact_names().values()]
    assert len(set(labels)) == len(labels)
    for name in fact_names().values():
        assert name.unit or name.kind in {ValueKind.DAYS, ValueKind.TEXT}
        assert name.regions[0] == NATIONAL and (len(name.regions) == 32) == name.regional


def test_an_unknown_name_is_an_error_of_ours() -> None:
    with pytest.raises(KeyError):
        FACTS.value("no-such-fact", "北京", date(2026, 1, 1))


def test_rows_of_staff_go_before_ours_and_leave_ours_untouched() -> None:
    same_day = read_fact_row(ROW | {"生效日": "2025-09-01"})
    more = FACTS.with_rows([same_day, read_fact_row(ROW)])
    found = more.value("minimum-wage-month", "北京", date(2026, 1, 1))
    assert found is not None and found.number == 2700
    ours = FACTS.value("minimum-wage-month", "北京", date(2026, 1, 1))
    assert ours is not None and ours.number == 2540
    assert len(more.rows) == len(FACTS.rows) + 1


def test_a_row_with_an_end_gives_way_to_the_one_it_interrupted() -> None:
    more = FACTS.with_rows([read_fact_row(ROW | {"生效日": "2026-01-01", "失效日": "2026-03-31"})])
    values = [more.value("minimum-wage-month", "北京", day) for day in (date(2025, 12, 31), date(2026, 3, 31), date(2026, 4, 1))]
    assert [fact and fact.number for fact in values] == [2540, 2700, 2540]


def test_columns_may_be_named_in_chinese_or_english_and_cells_come_from_a_spreadsheet() -> None:
    cells = {
        "name": "minimum-wage-month", "region": "山东省临沂市", "value": 2010.5, "unit": None,
        "valid_from": datetime(2026, 1, 1), "valid_until": date(2026, 12, 31),  # noqa: DTZ001 - as spreadsheets give it
        "source": " 通知 ", "note": None,
    }  # fmt: skip
    fact = read_fact_row(cells)
    assert (fact.region, fact.number, fact.unit, fact.source) == ("山东临沂", Decimal("2010.5"), "元/月", "通知")
    assert (fact.valid_from, fact.valid_until, fact.note) == (date(2026, 1, 1), date(2026, 12, 31), "")


@pytest.mark.parametrize("written", ["2027-09-01", "2027/9/1", "2027年9月1日", "２０２７－０９－０１"])
def test_days_are_read_in_the_usual_forms(written: str) -> None:
    assert read_fact_row(ROW | {"生效日": written}).valid_from == date(2027, 9, 1)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ({"名称": "工资"}, "“名称”：请从名单里选一个"), ({"名称": ""}, "“名称”：请从名单里选一个"), ({"地区": "火星"}, "“地区”：请写省级地区"),
        ({"数值": "两千"}, "“数值”：只写数字，例如 2540（单位：元/月）"), ({"数值": "-5"}, "“数值”：只写数字"), ({"数值": ""}, "“数值”：只写数字"),
        ({"数值": "25400000"}, "“数值”：应在 300 到 20000 之间"), ({"数值": "2540.123"}, "“数值”：小数点后最多 2 位"), ({"数值": True}, "“数值”：只写数字"),
        ({"数值": float("nan")}, "“数值”：只写数字"), ({"单位": "元/年"}, "“单位”：单位应是 元/月，也可以空着"),
        ({"生效日": "2025-13-01"}, "“生效日”：请写成 2025-09-01 的样子"), ({"生效日": 45000}, "“生效日”：请写成"), ({"生效日": None}, "“生效日”：请写成"),
        ({"失效日": "2027-08-31"}, "“失效日”：不能早于生效日"), ({"来源": " "}, "“来源”：请写清依据"), ({"来源": "甲\n乙"}, "“来源”：请写一行字"),
        ({"说明": "长" * 301}, "“说明”：请写一行字，不超过 300 个字"), ({"颜色": "红"}, "“颜色”：没有这一列"), ({"name": "x"}, "“名称”：这一列出现了两次"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_named_with_what_is_expected(cell: dict[str, object], expected: str) -> None:
    with pytest.raises(BadFacts) as bad:
        read_fact_row(ROW | cell)
    assert [problem.text[: len(expected)] for problem in bad.value.problems] == [expected]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ({"名称": "法定节假日天数", "地区": "北京"}, "“名称”"), ({"名称": "月计薪天数", "数值": "21.75"}, "“地区”：月计薪天数全国一个数，请写 全国"),
        ({"名称": "injury-medical-grant-months", "数值": "18 15 12"}, "“数值”：请写 6 个数"),
        ({"名称": "unemployment-months", "数值": ""}, "“数值”：请写 几 个数"),
        ({"名称": "holidays", "地区": "全国", "数值": "2027-09-01 2027-09-01"}, "“数值”：请写日期，用空格隔开，不要重复"),
        ({"名称": "holidays", "地区": "全国", "数值": "2027-08-31"}, "“数值”：每个日期都要在生效日和失效日之间"),
    ],
)  # fmt: skip
def test_each_kind_of_value_says_what_it_wants(cell: dict[str, object], expected: str) -> None:
    with pytest.raises(BadFacts) as bad:
        read_fact_row(ROW | cell)
    assert any(problem.text.startswith(expected) for problem in bad.value.problems)


def test_lists_of_days_and_numbers_are_read() -> None:
    days = read_fact_row(ROW | {"名称": "holidays", "地区": "全国", "数值": "2027-10-02、2027-10-01"})
    assert days.days == (date(2027, 10, 1), date(2027, 10, 2))
    numbers = read_fact_row(ROW | {"名称": "unemployment-months", "数值": "3, 6; 9 12"})
    assert [*map(int, numbers.numbers)] == [3, 6, 9, 12] and numbers.value_text == "3、6、9、12个月"
    with pytest.raises(TypeError):
        _ = numbers.days
    with pytest.raises(TypeError):
        _ = numbers.number
    with pytest.raises(TypeError):
        _ = days.numbers


def test_every_bad_row_of_a_table_is_reported_and_empty_ones_are_passed_over() -> None:
    worse = {**ROW, "地区": "火星", "生效日": "2027-10-01"}
    rows: list[Mapping[str, object]] = [ROW, {"名称": None, "地区": ""}, {**ROW, "数值": "x", "来源": ""}, worse, ROW]
    with pytest.raises(BadFacts) as bad:
        read_fact_rows(rows)
    assert [(problem.row, problem.column) for problem in bad.value.problems] == [(4, "数值"), (4, "来源"), (5, "地区"), (6, "生效日")]
    assert "第 4 行“数值”" in str(bad.value) and "和第 2 行是同一个" in str(bad.value)


def test_a_good_table_is_read_whole() -> None:
    facts = read_fact_rows([ROW, {}, ROW | {"地区": "上海"}])
    assert [fact.region for fact in facts] == ["北京", "上海"]


@pytest.mark.parametrize(
    ("written", "region"),
    [
        ("北京", "北京"), ("北京市", "北京"), ("山东省临沂市", "山东临沂"), ("内蒙古自治区", "内蒙古"), ("广西壮族自治区南宁市", "广西南宁"),
        ("吉林吉林市", "吉林吉林"), (" 全国 ", "全国"), ("火星", None), ("", None), ("北京a", None),
    ],
)  # fmt: skip
def test_regions_are_read_as_people_write_them(written: str, region: str | None) -> None:
    assert read_region(written) == region


_CELLS = st.one_of(st.text(), st.none(), st.floats(), st.integers(), st.dates(), st.sampled_from([*ROW.values(), *fact_names()]))


@settings(database=None)
@given(st.dictionaries(st.one_of(st.sampled_from([*ROW, "失效日", "value", "unit"]), st.text()), _CELLS))
def test_no_cells_whatever_raise_anything_but_a_refusal(row: dict[str, object]) -> None:
    try:
        read_fact_row(row)
    except BadFacts as bad:
        assert bad.problems and all(problem.text for problem in bad.problems)


@settings(database=None)
@given(st.text(), st.dates())
def test_any_region_and_day_can_be_looked_up(region: str, on: date) -> None:
    for name in fact_names():
        fact = FACTS.value(name, region, on)
        assert fact is None or fact.holds(on)
