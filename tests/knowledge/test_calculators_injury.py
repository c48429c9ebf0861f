"""Injury and death at work, and unemployment: worked by hand, rule by rule."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.calculators import Result
from knowledge.calculators.unemployment import most_months
from knowledge.facts import read_fact_row
from tests.knowledge.test_calculators_all import FACTS, figures, references, refusal, run

AVERAGE = read_fact_row({"名称": "average-wage", "地区": "北京", "数值": "10000", "生效日": "2020-01-01", "来源": "测试"})
ROUND_FACTS = FACTS.with_rows([AVERAGE])  # an average of 10,000, so that sums can be done in the head


def injury(grade: int, **answers: str) -> Result:
    """An insured worker in Beijing with 9,000 a month, who stays."""
    raw = {"grade": str(grade), "wage": "9000", "insured": "是", "leaving": "否", "no_work": "否", "nursing": "none"}
    return run("injury", raw | answers, facts=ROUND_FACTS)


@pytest.mark.parametrize(
    ("grade", "months", "article"),
    [
        (1, 27, 35), (2, 25, 35), (3, 23, 35), (4, 21, 35), (5, 18, 36), (6, 16, 36), (7, 13, 37), (8, 11, 37), (9, 9, 37), (10, 7, 37),
    ],
)  # fmt: skip
def test_each_grade_has_its_months_of_the_own_wage(grade: int, months: int, article: int) -> None:
    result = injury(grade)
    assert result.values["disability_grant"] == months * 9000 == result.amount
    assert ("工伤保险条例", article) in references(result)


@pytest.mark.parametrize(("grade", "percent"), [(1, 90), (2, 85), (3, 80), (4, 75)])
def test_grades_1_to_4_have_a_monthly_allowance(grade: int, percent: int) -> None:
    assert injury(grade).values["monthly_allowance"] == 90 * percent


@pytest.mark.parametrize(("grade", "percent"), [(5, 70), (6, 60)])
def test_grades_5_and_6_have_one_when_there_is_no_work_for_them(grade: int, percent: int) -> None:
    assert injury(grade, no_work="是").values["monthly_allowance"] == 90 * percent
    assert "monthly_allowance" not in injury(grade).values
    assert "monthly_allowance" not in injury(7).values


def test_the_allowance_is_at_least_the_minimum_wage() -> None:
    assert injury(6, wage="3000", no_work="是").values["monthly_allowance"] == 6000 * Decimal("0.6")  # 60% of the average is 6,000
    low = run("injury", {"grade": "4", "wage": "1000", "insured": "是", "nursing": "none"}, region="山东", today=AVERAGE.valid_from)
    assert low.values["monthly_allowance"] == 750  # no minimum wage known
    raw = {"grade": "4", "wage": "3000", "insured": "是", "nursing": "none", "average_wage": "5000", "minimum_wage": "2400"}
    assert run("injury", raw, region="山东").values["monthly_allowance"] == 2400  # 75% are 2,250


def test_the_own_wage_counts_between_60_and_300_percent_of_the_average() -> None:
    assert injury(10, wage="6000").amount == 7 * 6000
    assert injury(10, wage="5999").amount == 7 * 6000
    assert injury(10, wage="30000").amount == 7 * 30000
    assert injury(10, wage="30001").amount == 7 * 30000
    assert ("工伤保险条例", 64) in references(injury(10))


@pytest.mark.parametrize(("grade", "months"), [(5, 18), (6, 15), (7, 12), (8, 9), (9, 6), (10, 3)])
def test_who_leaves_in_beijing_gets_two_more_sums_of_months_of_the_average(grade: int, months: int) -> None:
    result = injury(grade, leaving="是")
    assert result.values["medical_grant"] == result.values["employment_grant"] == months * 10000
    assert "medical_grant" not in injury(grade).values


def test_elsewhere_the_months_are_asked_for_or_left_out() -> None:
    raw = {"grade": "9", "wage": "9000", "insured": "是", "leaving": "是", "average_wage": "8000"}
    known = run("injury", raw | {"medical_months": "4", "employment_months": "11"}, region="山东临沂")
    assert figures(known, "medical_grant", "employment_grant") == (32000, 88000)
    unknown = run("injury", raw, region="山东临沂")
    assert unknown.amount == 81000 and any("标准由各省定" in line.text for line in unknown.lines)


@pytest.mark.parametrize(("nursing", "percent"), [("full", 50), ("most", 40), ("part", 30)])
def test_nursing_is_a_share_of_the_average(nursing: str, percent: int) -> None:
    result = injury(1, nursing=nursing)
    assert result.values["monthly_nursing"] == 100 * percent and ("工伤保险条例", 34) in references(result)


def test_wages_go_on_during_treatment_and_over_a_year_is_remarked() -> None:
    result = injury(9, paid_leave_months="4", paid_leave_wage="10000", paid_leave_paid="15000")
    assert result.values["paid_leave"] == 25000 and ("工伤保险条例", 33) in references(result)
    assert any("十二个月" in note for note in injury(9, paid_leave_months="13", paid_leave_wage="10000").notes)


def test_without_insurance_the_employer_pays_it_all() -> None:
    result = injury(9, insured="否")
    assert ("工伤保险条例", 62) in references(result) and "由单位付" in result.lines[1].text


def test_no_such_grade_is_refused() -> None:
    assert refusal("injury", {"grade": "11"}).name == "grade"
    assert refusal("injury", {"grade": "0"}).name == "grade"


@settings(database=None, deadline=None)
@given(st.integers(1, 9), st.integers(1, 100_000), st.integers(0, 10_000))
def test_a_worse_grade_or_a_higher_wage_never_brings_less(grade: int, wage: int, more: int) -> None:
    amount, lighter, richer = (
        injury(grade, wage=str(wage)).amount,
        injury(grade + 1, wage=str(wage)).amount,
        injury(grade, wage=str(wage + more)).amount,
    )
    assert amount is not None and lighter is not None and richer is not None
    assert lighter < amount <= richer


def death(**answers: str) -> Result:
    """A death at work in 2025, insured, no dependants, over an average of 10,000."""
    raw = {"when": "work", "died_on": "2025-06-18", "wage": "9000", "insured": "是", "spouse": "否", "others": "0"}
    return run("injury-death", raw | answers, facts=ROUND_FACTS)


def test_the_family_gets_six_months_of_the_average_and_twenty_times_the_urban_income() -> None:
    result = death()
    assert figures(result, "funeral_grant", "death_grant", "amount") == (60000, 1083760, 1143760)
    assert references(result) == {("工伤保险条例", 39), ("工伤保险条例", 64)}


@pytest.mark.parametrize(
    ("died_on", "grant"), [("2021-12-31", 876680), ("2022-01-01", 948240), ("2023-06-01", 985660), ("2024-06-01", 1036420)]
)
def test_the_income_is_that_of_the_year_before_the_death(died_on: str, grant: int) -> None:
    assert death(died_on=died_on).values["death_grant"] == grant


def test_an_income_that_is_not_in_the_facts_is_asked_for_and_may_be_left_open() -> None:
    assert death(died_on="2026-02-01", national_income="56000").values["death_grant"] == 1120000
    unknown = death(died_on="2026-02-01")
    assert "death_grant" not in unknown.values and any("没有算进来" in note for note in unknown.notes)


def test_dependants_get_40_and_30_percent_and_10_more_when_alone() -> None:
    assert death(spouse="是").values["monthly_pensions"] == 3600
    assert death(others="1", alone="0").values["monthly_pensions"] == 2700
    assert death(others="1", alone="1").values["monthly_pensions"] == 3600
    assert "monthly_pensions" not in death().values


def test_pensions_together_never_exceed_the_wage() -> None:
    assert death(spouse="是", others="3", alone="2").values["monthly_pensions"] == 9000
    assert death(spouse="是", others="2", alone="0").values["monthly_pensions"] == 9000


def test_after_the_treatment_had_ended_there_is_no_death_grant() -> None:
    result = death(when="later")
    assert result.amount == 60000 and "death_grant" not in result.values


def test_more_orphans_than_dependants_are_refused() -> None:
    raw = {"when": "work", "died_on": "2025-06-18", "wage": "9000", "insured": "是", "spouse": "否", "others": "1", "alone": "2"}
    assert refusal("injury-death", raw).name == "alone"


@pytest.mark.parametrize(("years", "months"), [("0.9", 0), ("1", 12), ("4.9", 12), ("5", 18), ("9.9", 18), ("10", 24), ("40", 24)])
def test_the_law_allows_12_18_or_24_months(years: str, months: int) -> None:
    assert most_months(Decimal(years)) == months
    if months:
        result = run("unemployment", {"reason": "expired", "years": years}, region="上海")
        assert result.values["months"] == months and ("社会保险法", 46) in references(result)


@pytest.mark.parametrize(("years", "months"), [("1", 3), ("1.9", 3), ("2", 6), ("3", 9), ("4", 12), ("4.9", 12), ("5", 18), ("12", 24)])
def test_beijing_has_its_own_steps_for_the_first_years(years: str, months: int) -> None:
    assert run("unemployment", {"reason": "dismissed", "years": years}).values["months"] == months


def test_months_left_over_are_added_up_to_24() -> None:
    assert run("unemployment", {"reason": "dismissed", "years": "2", "left_over": "5"}).values["months"] == 11
    assert run("unemployment", {"reason": "dismissed", "years": "12", "left_over": "5"}).values["months"] == 24


def test_who_left_of_his_own_wish_or_paid_less_than_a_year_gets_none() -> None:
    assert run("unemployment", {"reason": "own", "years": "8"}).amount == 0
    assert run("unemployment", {"reason": "dismissed", "years": "0.5"}).amount == 0
    forced = run("unemployment", {"reason": "forced", "years": "2"})
    assert forced.values["months"] == 6 and ("劳动合同法", 38) in references(forced)


def test_the_amount_is_left_out_unless_the_benefit_is_known() -> None:
    assert run("unemployment", {"reason": "dismissed", "years": "2"}).amount is None
    assert run("unemployment", {"reason": "dismissed", "years": "2", "benefit": "2100"}).amount == 12600
    row = {"名称": "unemployment-benefit", "地区": "北京", "数值": "2000 2100", "生效日": "2026-01-01", "来源": "测试"}
    result = run("unemployment", {"reason": "dismissed", "years": "2"}, facts=FACTS.with_rows([read_fact_row(row)]))
    assert result.amount == 12000 and "合计约 12,000 元起" in result.headline
