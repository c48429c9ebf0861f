"""Severance and damages for unlawful dismissal, and a month's pay for notice: worked by hand, rule by rule."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.calculators import Result
from knowledge.calculators.severance import months_before_2008, months_owed
from knowledge.facts import Facts, read_fact_row
from tests.knowledge.test_calculators_all import FACTS, TODAY, references, refusal, run

DAYS = st.dates(date(2008, 1, 1), date(2029, 12, 31))


def severance(reason: str = "layoff", *, start: str = "2021-03-15", end: str = "2026-03-14", wage: str = "8000", **more: str) -> Result:
    """Severance in Beijing for these answers."""
    region = more.pop("region", "北京")
    return run("severance", {"reason": reason, "start": start, "end": end, "wage": wage, **more}, region=region)


def damages(*, start: str = "2021-03-15", end: str = "2026-03-14", wage: str = "8000", **more: str) -> Result:
    """Damages in Beijing for these answers."""
    return run("unlawful-dismissal", {"start": start, "end": end, "wage": wage, **more})


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        (date(2021, 3, 15), date(2021, 3, 15), "0.5"),  # one day
        (date(2021, 3, 15), date(2021, 9, 13), "0.5"),  # a day short of six months
        (date(2021, 3, 15), date(2021, 9, 14), "1"),  # six months
        (date(2021, 3, 15), date(2022, 3, 14), "1"),  # a year
        (date(2021, 3, 15), date(2022, 3, 15), "1.5"),  # a year and a day
        (date(2021, 3, 15), date(2022, 9, 13), "1.5"),
        (date(2021, 3, 15), date(2022, 9, 14), "2"),
        (date(2008, 1, 1), date(2025, 12, 31), "18"),
        (date(2024, 2, 29), date(2025, 2, 28), "1"),
        (date(2021, 8, 31), date(2022, 2, 27), "0.5"),
        (date(2021, 8, 31), date(2022, 2, 28), "1"),  # a month without a 31st is full on its last day
        (date(2021, 3, 15), date(2021, 3, 14), "0"),
    ],
)
def test_a_year_gives_a_month_six_months_a_whole_one_and_less_a_half(first: date, last: date, months: str) -> None:
    assert months_owed(first, last) == Decimal(months)


@pytest.mark.parametrize(
    ("first", "capped", "months"),
    [
        (date(2007, 1, 1), True, "1"), (date(2007, 12, 31), True, "1"), (date(2005, 5, 1), True, "3"), (date(1990, 1, 1), True, "12"),
        (date(1990, 1, 1), False, "18"), (date(1996, 1, 1), True, "12"), (date(2008, 1, 1), True, "0"),
    ],
)  # fmt: skip
def test_before_2008_a_part_of_a_year_counted_as_one_and_twelve_were_the_most(first: date, capped: bool, months: str) -> None:
    assert months_before_2008(first, date(2007, 12, 31), capped=capped) == Decimal(months)


def test_five_years_give_five_months() -> None:
    result = severance()
    assert result.amount == 40000
    assert result.headline == "经济补偿约 40,000 元（5 个月工资）"
    assert result.values["months"] == 5
    assert result.values["unlawful_damages"] == 80000
    assert {("劳动合同法", 46), ("劳动合同法", 47), ("劳动合同法实施条例", 27)} <= references(result)


def test_the_working_names_the_time_and_what_it_counts_as() -> None:
    texts = [line.text for line in severance(end="2026-10-31").lines]
    assert "2021年3月15日到2026年10月31日，工作 5 年 7 个月 17 天，按 6 个月算" in texts


@pytest.mark.parametrize(
    ("reason", "article"),
    [("agreed", 36), ("forced", 38), ("ill", 40), ("unfit", 40), ("changed", 40), ("layoff", 41), ("closed", 44)],
)
def test_each_way_of_ending_that_grants_severance_cites_its_ground(reason: str, article: int) -> None:
    result = severance(reason)
    assert result.amount == 40000
    assert ("劳动合同法", article) in references(result)


@pytest.mark.parametrize("reason", ["own", "fault"])
def test_leaving_of_ones_own_wish_or_for_grave_fault_gives_nothing(reason: str) -> None:
    assert run("severance", {"reason": reason}).amount == 0


def test_who_refuses_a_renewal_on_the_same_terms_gets_nothing() -> None:
    assert run("severance", {"reason": "expired", "offered": "是"}).amount == 0
    assert severance("expired", offered="否").amount == 40000


def test_article_40_reminds_of_the_months_pay_for_notice() -> None:
    assert any("代通知金" in note for note in severance("unfit").notes)
    assert not any("代通知金" in note for note in severance("layoff").notes)


def test_three_times_the_average_is_not_yet_over_it() -> None:
    assert severance(wage="36000", average_wage="12000").amount == 180000


def test_over_three_times_the_average_the_month_is_capped() -> None:
    result = severance(wage="36000.01", average_wage="12000")
    assert result.amount == 180000 and result.values["monthly_wage"] == 36000


def test_the_twelve_year_cap_is_only_for_capped_wages() -> None:
    assert severance(start="2008-01-01", end="2025-12-31", wage="20000").values["months"] == 18
    capped = severance(start="2008-01-01", end="2025-12-31", wage="50000", average_wage="12000")
    assert capped.values["months"] == 12 and capped.amount == 432000


def test_a_published_average_among_the_facts_is_used_and_not_asked_for() -> None:
    row = {"名称": "上年度职工月平均工资", "地区": "北京", "数值": "15000", "生效日": "2026-07-01", "来源": "公布"}
    facts = FACTS.with_rows([read_fact_row(row)])
    raw = {"reason": "layoff", "start": "2024-09-01", "end": "2026-08-31", "wage": "50000", "average_wage": "1000"}
    result = run("severance", raw, facts=facts)
    assert result.amount == 90000  # 2 × 3 × 15000, what was typed is not asked for
    assert [fact.number for fact in result.facts_used] == [Decimal(15000)]


def test_without_a_published_average_the_contribution_one_stands_in_with_a_warning() -> None:
    result = severance(wage="50000", end="2026-03-14")
    assert result.amount == 5 * 3 * 11937
    assert any("社保缴费口径" in note for note in result.notes)
    assert [fact.sentence for fact in result.facts_used] == ["北京2025年7月1日起每月11,937元"]


def test_a_wage_under_three_times_the_contribution_average_needs_no_question_and_no_warning() -> None:
    result = severance(wage="30000")
    assert result.amount == 150000 and not any("社保缴费口径" in note for note in result.notes)


def test_with_no_average_at_all_the_wage_stays_uncapped_and_it_is_said() -> None:
    result = severance(wage="90000", region="山东临沂")
    assert result.amount == 450000 and any("没有封顶" in note for note in result.notes)


def test_a_wage_below_the_minimum_counts_as_the_minimum_of_the_day_of_leaving() -> None:
    assert severance(wage="2000", end="2026-03-14").amount == 5 * 2540
    assert severance(wage="2000", start="2020-08-01", end="2025-07-31").amount == 5 * 2420
    assert severance(wage="2540").amount == 5 * 2540
    assert severance(wage="2000", region="山东临沂", minimum_wage="2010").amount == 5 * 2010
    assert severance(wage="2000", region="山东临沂").amount == 5 * 2000


def test_years_before_2008_are_added_by_the_old_rules_and_uncapped() -> None:
    # 2005-05-01 to 2007-12-31 is 2 years 8 months: 3 months; 2008-01-01 to 2026-03-31 is 18 years 3 months: 18.5.
    result = severance("layoff", start="2005-05-01", end="2026-03-31", wage="10000")
    assert result.amount == 215000 and result.values["months"] == Decimal("21.5")
    assert ("劳动合同法", 97) in references(result)
    high = severance("layoff", start="2005-05-01", end="2026-03-31", wage="40000", average_wage="12000")
    assert high.amount == 12 * 36000 + 3 * 40000


def test_years_before_2008_are_at_most_twelve_months_for_agreed_endings_only() -> None:
    assert severance("agreed", start="1990-01-01", end="2008-12-31", wage="5000").amount == 13 * 5000
    assert severance("layoff", start="1990-01-01", end="2008-12-31", wage="5000").amount == 19 * 5000


@pytest.mark.parametrize("reason", ["expired", "closed"])
def test_for_contracts_that_ended_by_themselves_only_years_since_2008_count(reason: str) -> None:
    more = {"offered": "否"} if reason == "expired" else {}
    assert severance(reason, start="2000-01-01", end="2008-12-31", wage="5000", **more).amount == 5000


def test_unlawful_dismissal_costs_twice_the_severance() -> None:
    result = damages()
    assert result.amount == 80000 and result.values["severance"] == 40000
    assert {("劳动合同法", 87), ("劳动合同法", 48)} <= references(result)


def test_damages_count_years_from_the_first_day_also_before_2008() -> None:
    result = damages(start="2005-03-15", end="2026-03-14", wage="10000")
    assert result.amount == 420000 and ("劳动合同法实施条例", 25) in references(result)


def test_damages_of_a_capped_wage_are_twice_twelve_months() -> None:
    assert damages(start="2005-03-15", wage="4万", average_wage="12000").amount == 2 * 12 * 36000


def test_leaving_before_joining_is_refused() -> None:
    bad = refusal("unlawful-dismissal", {"start": "2026-03-15", "end": "2026-03-14", "wage": "8000"})
    assert (bad.name, bad.sentence) == ("end", "离开的日子不能早于上班的日子")


def test_leaving_before_2008_or_far_ahead_is_refused() -> None:
    assert refusal("severance", {"reason": "layoff", "start": "2001-01-01", "end": "2007-12-31"}).name == "end"
    assert refusal("severance", {"reason": "layoff", "start": "2021-01-01", "end": "2029-12-01"}).name == "end"


@settings(database=None)
@given(DAYS, st.integers(0, 6000))
def test_months_owed_never_shrink_as_time_passes(first: date, days: int) -> None:
    last = first + timedelta(days=days)
    assert Decimal("0.5") <= months_owed(first, last) <= months_owed(first, last + timedelta(days=1))
    assert days / 366 <= float(months_owed(first, last)) + 0.01  # never less than the years worked, but for a leap day


@settings(database=None, deadline=None)
@given(st.integers(1, 300_000), st.integers(0, 50_000), st.sampled_from(["layoff", "agreed", "closed"]))
def test_severance_grows_with_the_wage_until_the_cap_and_then_stands_still(wage: int, more: int, reason: str) -> None:
    raw = {"reason": reason, "start": "2021-03-15", "end": "2026-03-14", "average_wage": "12000"}
    lower, higher = (run("severance", {**raw, "wage": str(each)}).amount for each in (wage, wage + more))
    assert lower is not None and higher is not None
    assert 5 * 2540 <= lower <= higher <= 5 * 36000


def test_with_no_facts_at_all_it_still_works() -> None:
    result = run("severance", {"reason": "layoff", "start": "2021-03-15", "end": "2026-03-14", "wage": "8000"}, facts=Facts([]))
    assert result.amount == 40000 and result.facts_used == ()


@pytest.mark.parametrize("reason", ["ill", "unfit", "changed"])
def test_without_thirty_days_notice_a_months_pay_is_due(reason: str) -> None:
    result = run("notice-pay", {"reason": reason, "told": "没有", "wage": "8000"})
    assert result.amount == 8000
    assert references(result) == {("劳动合同法", 40), ("劳动合同法实施条例", 20)}


def test_thirty_days_notice_is_enough_and_twenty_nine_are_not() -> None:
    raw = {"reason": "unfit", "told": "有", "told_on": "2026-10-01", "wage": "8000"}
    assert run("notice-pay", {**raw, "end": "2026-10-31"}).amount == 0
    assert run("notice-pay", {**raw, "end": "2026-10-30"}).amount == 8000


def test_other_endings_know_no_pay_for_notice() -> None:
    assert run("notice-pay", {"reason": "other"}).amount == 0


def test_leaving_before_being_told_is_refused() -> None:
    raw = {"reason": "unfit", "told": "有", "told_on": "2026-10-31", "end": "2026-10-01", "wage": "8000"}
    assert refusal("notice-pay", raw, today=TODAY).name == "end"
