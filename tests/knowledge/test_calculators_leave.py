"""Overtime, wages owed, annual leave, sickness and maternity: worked by hand, rule by rule."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.calculators import Result
from knowledge.calculators.annual_leave import days_by_years, prorated
from knowledge.calculators.medical_leave import WINDOWS, medical_months
from knowledge.facts import Facts
from tests.knowledge.test_calculators_all import figures, references, refusal, run


def overtime(**answers: str) -> Result:
    """Overtime of a month in Beijing over a wage of 8,700, which is 50 an hour."""
    return run("overtime", {"system": "standard", "wage": "8700", "months": "1"} | answers)


@pytest.mark.parametrize(
    ("hours", "amount"), [({"workday_hours": "10"}, 750), ({"rest_hours": "8"}, 800), ({"holiday_hours": "8"}, 1200), ({}, 0)]
)
def test_overtime_is_150_percent_on_workdays_200_on_rest_days_300_on_holidays(hours: dict[str, str], amount: int) -> None:
    result = overtime(**hours)
    assert result.amount == amount and result.values["hourly_wage"] == 50


def test_the_parts_add_up_and_what_was_paid_is_taken_off() -> None:
    result = overtime(workday_hours="20", rest_hours="16", holiday_hours="8", paid="300")
    assert figures(result, "amount", "total") == (4000, 4300)
    assert {("劳动法", 44), ("工资支付暂行规定", 13)} <= references(result)


def test_more_paid_than_due_leaves_nothing_owed() -> None:
    assert overtime(workday_hours="1", paid="1000").amount == 0


def test_rounding_happens_once_at_the_end() -> None:
    # 8000 / 21.75 / 8 = 45.977…; three hours at 150% are 206.8965…, not 3 × 68.97.
    assert overtime(wage="8000", workday_hours="3").amount == Decimal("206.90")


def test_a_base_below_the_minimum_wage_is_raised_to_it() -> None:
    assert overtime(wage="1740", rest_hours="8").amount == Decimal("233.56")  # 2540 / 21.75 / 8 × 2 × 8
    assert overtime(wage="2610", rest_hours="8").amount == 240


def test_more_than_36_hours_a_month_is_said_to_be_unlawful_and_still_paid() -> None:
    assert ("劳动法", 41) not in references(overtime(workday_hours="36"))
    assert ("劳动法", 41) in references(overtime(workday_hours="36", rest_hours="0.5"))
    assert ("劳动法", 41) not in references(overtime(workday_hours="72", months="2"))
    assert overtime(workday_hours="100").amount == 7500


def test_combined_hours_know_no_rest_day_rate_and_flexible_hours_no_overtime() -> None:
    result = overtime(system="combined", workday_hours="10", rest_hours="8", holiday_hours="8")
    assert result.amount == 750 + 1200
    assert run("overtime", {"system": "flexible"}).amount == 0


def test_more_overtime_than_the_months_have_hours_is_refused() -> None:
    bad = refusal("overtime", {"system": "standard", "wage": "8700", "months": "1", "workday_hours": "745"})
    assert bad.name == "months"


@settings(database=None, deadline=None)
@given(st.integers(1, 100_000), st.integers(0, 100), st.integers(0, 100))
def test_overtime_pay_grows_with_the_hours_and_the_wage(wage: int, hours: int, more: int) -> None:
    amounts = [
        overtime(wage=str(each), workday_hours=str(time)).amount
        for each, time in ((wage, hours), (wage, hours + more), (wage + more, hours + more))
    ]
    assert all(amount is not None for amount in amounts)
    assert 0 <= (amounts[0] or 0) <= (amounts[1] or 0) <= (amounts[2] or 0)


def arrears(**answers: str) -> Result:
    """Wages owed by an ordinary full-time employer."""
    return run("arrears", {"part_time": "否", "wage": "6000", "months": "3", "ordered": "否", "construction": "否"} | answers)


def test_what_is_owed_is_what_was_due_less_what_was_paid() -> None:
    assert arrears().amount == 18000
    assert arrears(months="2.5", paid="5000").amount == 10000
    assert "added_least" not in arrears().values


def test_after_the_inspectorates_order_50_to_100_percent_are_added() -> None:
    result = arrears(ordered="是")
    assert figures(result, "amount", "added_least", "added_most") == (18000, 9000, 18000)
    assert {("劳动合同法", 85), ("劳动保障监察条例", 26), ("劳动合同法", 30)} <= references(result)


def test_a_full_time_wage_below_the_minimum_is_owed_at_the_minimum() -> None:
    assert arrears(wage="2000").amount == 3 * 2540
    assert arrears(wage="2000", part_time="是").amount == 6000


def test_on_a_building_site_the_main_contractor_pays_first() -> None:
    assert ("保障农民工工资支付条例", 30) in references(arrears(construction="是"))


def test_more_paid_than_was_due_is_refused() -> None:
    assert refusal("arrears", {"part_time": "否", "wage": "6000", "months": "1", "paid": "6001"}).name == "paid"


@pytest.mark.parametrize(
    ("years", "days"),
    [("0.9", 0), ("1", 5), ("9.9", 5), ("10", 10), ("19.9", 10), ("20", 15), ("40", 15)],
)
def test_leave_is_5_10_or_15_days_by_all_years_worked(years: str, days: int) -> None:
    assert days_by_years(Decimal(years)) == days


@pytest.mark.parametrize(
    ("days", "first", "last", "expected"),
    [
        (5, date(2026, 1, 1), date(2026, 12, 31), 5), (15, date(2024, 1, 1), date(2024, 12, 31), 15), (5, date(2026, 10, 20), date(2026, 12, 31), 1),
        (5, date(2026, 10, 21), date(2026, 12, 31), 0), (10, date(2026, 7, 1), date(2026, 12, 31), 5), (15, date(2026, 1, 1), date(2026, 6, 30), 7),
    ],
)  # fmt: skip
def test_part_of_a_year_gives_whole_days_only(days: int, first: date, last: date, expected: int) -> None:
    assert prorated(days, first, last) == expected


def leave(**answers: str) -> Result:
    """Leave of 2025 of one who joined in 2020 and has worked 8 years; 8,700 a month is 400 a day."""
    raw = {
        "year": "2025", "total_years": "8", "barred": "none", "joined": "2020-03-01", "left": "否", "taken": "0", "own_wish": "否",
        "wage": "8700",
    }  # fmt: skip
    return run("annual-leave", raw | answers)


def test_two_more_daily_wages_are_due_for_each_day_not_taken() -> None:
    result = leave()
    assert figures(result, "amount", "days", "full_pay") == (4000, 5, 6000)
    assert {("职工带薪年休假条例", 3), ("企业职工带薪年休假实施办法", 10), ("企业职工带薪年休假实施办法", 11)} <= references(result)


def test_days_taken_are_taken_off_and_none_are_asked_back() -> None:
    assert leave(taken="3").amount == 1600
    assert leave(taken="8").amount == 0


def test_the_year_of_joining_counts_from_the_day_of_joining() -> None:
    result = leave(joined="2025-07-01", twelve_months="是")  # 184 / 365 × 5 = 2.5
    assert result.values["days"] == 2 and ("企业职工带薪年休假实施办法", 5) in references(result)


def test_who_had_not_worked_twelve_months_in_a_row_waits_for_them() -> None:
    result = leave(joined="2024-07-01", twelve_months="否")  # full on 2025-07-01
    assert result.values["days"] == 2 and ("企业职工带薪年休假实施办法", 3) in references(result)
    assert leave(joined="2025-02-01", twelve_months="否").values["days"] == 0
    assert leave(joined="2024-07-01", twelve_months="否", left="是", left_on="2025-06-30").values["days"] == 0


def test_the_year_of_leaving_counts_to_the_last_day() -> None:
    result = leave(left="是", left_on="2025-09-30", taken="1")  # 273 / 365 × 5 = 3.7, one was taken
    assert result.values["days"] == 2 and ("企业职工带薪年休假实施办法", 12) in references(result)
    assert leave(left="是", left_on="2025-09-30", taken="1.5").values["days"] == 1  # half a day left over is not paid on leaving
    assert leave(left="是", left_on="2025-01-31").values["days"] == 0


@pytest.mark.parametrize("barred", ["school_holidays", "paid_personal", "sick"])
def test_who_is_barred_has_no_leave_that_year(barred: str) -> None:
    result = run("annual-leave", {"year": "2025", "total_years": "8", "barred": barred})
    assert result.amount == 0 and ("职工带薪年休假条例", 4) in references(result)


def test_under_a_year_of_work_there_is_none_and_refusing_it_in_writing_brings_nothing() -> None:
    assert run("annual-leave", {"year": "2025", "total_years": "0.5"}).amount == 0
    assert leave(own_wish="是").amount == 0


@pytest.mark.parametrize(
    ("answers", "name"),
    [({"year": "2027"}, "year"), ({"joined": "2026-01-01"}, "joined"), ({"left": "是", "left_on": "2026-01-05"}, "left_on")],
)
def test_days_outside_the_year_are_refused(answers: dict[str, str], name: str) -> None:
    raw = {"year": "2025", "total_years": "8", "barred": "none", "joined": "2020-03-01", "left": "否"} | answers
    assert refusal("annual-leave", raw).name == name


@pytest.mark.parametrize(
    ("total", "own", "months"),
    [
        ("3", "3", 3), ("9.9", "4.9", 3), ("9.9", "5", 6), ("10", "0", 6), ("10", "4.9", 6), ("10", "5", 9), ("10", "10", 12), ("30", "14.9", 12),
        ("30", "15", 18), ("30", "20", 24), ("40", "40", 24),
    ],
)  # fmt: skip
def test_the_medical_period_grows_with_both_lengths_of_service(total: str, own: str, months: int) -> None:
    assert medical_months(Decimal(total), Decimal(own)) == months
    assert months in WINDOWS


def test_the_window_runs_from_the_first_day_of_sickness() -> None:
    # 劳部发〔1995〕236号 gives this example: three months within 5 March to 5 September.
    result = run("medical-leave", {"total_years": "3", "own_years": "1", "sick_from": "2026-03-05"})
    assert figures(result, "months", "window_months") == (3, 6)
    assert result.values["window_last_day"] == date(2026, 9, 5)
    assert ("劳动合同法", 42) in references(result)


def test_sick_pay_is_at_least_80_percent_of_the_minimum_wage() -> None:
    result = run("medical-leave", {"total_years": "3", "own_years": "1", "sick_pay": "2000"})
    assert figures(result, "sick_pay_least", "amount") == (2032, 32)
    assert run("medical-leave", {"total_years": "3", "own_years": "1", "sick_pay": "2032"}).amount == 0
    assert run("medical-leave", {"total_years": "3", "own_years": "1"}).amount is None


def test_sick_pay_without_a_known_minimum_wage_names_the_rule_only() -> None:
    result = run("medical-leave", {"total_years": "3", "own_years": "1", "sick_pay": "100"}, region="山东")
    assert result.amount is None and "sick_pay_least" not in result.values
    asked = run("medical-leave", {"total_years": "3", "own_years": "1", "minimum_wage": "2010"}, region="山东")
    assert asked.values["sick_pay_least"] == 1608


def test_more_years_here_than_in_all_are_refused() -> None:
    assert refusal("medical-leave", {"total_years": "3", "own_years": "4"}).name == "own_years"


def maternity(*, region: str = "北京", facts: Facts | None = None, **answers: str) -> Result:
    """A plain birth in 2026, insured; 9,000 a month is 300 a day."""
    raw = {"event": "birth", "born_on": "2026-06-01", "hard": "否", "children": "1", "insured": "是", "wage": "9000"} | answers
    return run("maternity", raw, region=region) if facts is None else run("maternity", raw, region=region, facts=facts)


def test_in_beijing_leave_is_158_days() -> None:
    result = maternity()
    assert figures(result, "days", "extension_days", "partner_days") == (158, 60, 15)
    assert ("女职工劳动保护特别规定", 7) in references(result)


@pytest.mark.parametrize(("born_on", "days"), [("2021-11-25", 128), ("2021-11-26", 158), ("2016-03-23", 98)])
def test_the_extension_is_the_one_of_the_day_of_birth(born_on: str, days: int) -> None:
    assert maternity(born_on=born_on).values["days"] == days


def test_hard_births_and_twins_add_15_days_each() -> None:
    assert maternity(hard="是").values["days"] == 173
    assert maternity(children="2").values["days"] == 173
    assert maternity(hard="是", children="3").values["days"] == 158 + 45


def test_elsewhere_the_extension_is_asked_for_or_left_out() -> None:
    assert maternity(region="山东临沂", extension_days="60").values["days"] == 158
    result = maternity(region="山东临沂")
    assert result.values["days"] == 98 and any("各省还有延长的产假" in note for note in result.notes)


@pytest.mark.parametrize(("event", "days"), [("early", 15), ("late", 42)])
def test_a_miscarriage_gives_15_or_42_days(event: str, days: int) -> None:
    result = run("maternity", {"event": event, "insured": "否", "wage": "9000"})
    assert figures(result, "days", "amount") == (days, 300 * days)


def test_the_last_day_of_leave_counts_the_first() -> None:
    assert maternity(leave_from="2026-06-01").values["last_day"] == date(2026, 11, 5)


def test_the_fund_pays_by_the_employers_average_and_the_employer_adds_the_rest() -> None:
    result = maternity(employer_average="6000")
    assert figures(result, "allowance", "employer_pays", "amount") == (31600, 15800, 47400)
    assert ("社会保险法", 56) in references(result)


def test_an_allowance_above_the_own_wage_is_hers() -> None:
    result = maternity(employer_average="12000")
    assert figures(result, "allowance", "employer_pays", "amount") == (63200, 0, 63200)


def test_without_insurance_the_employer_pays_it_all() -> None:
    result = maternity(insured="否")
    assert figures(result, "employer_pays", "amount") == (47400, 47400)
    assert ("女职工劳动保护特别规定", 8) in references(result)


def test_leave_far_from_the_birth_is_refused() -> None:
    raw = {"event": "birth", "born_on": "2026-06-01", "hard": "否", "children": "1", "leave_from": "2025-01-01"}
    assert refusal("maternity", raw).name == "leave_from"
