"""Work without a contract, probation, a training bond, and how long a claim can be brought."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.calculators import Result
from knowledge.calculators.double_wage import window
from knowledge.calculators.probation import most_months
from tests.knowledge.test_calculators_all import TODAY, figures, references, refusal, run

DAYS = st.dates(date(2008, 1, 1), date(2026, 11, 21))


def double(start: str, *, signed_on: str = "", left_on: str = "", wage: str = "6000", claimed_on: str = "") -> Result:
    """Double wages for these answers."""
    raw = {"start": start, "signed": "是" if signed_on else "否", "left": "是" if left_on else "否", "wage": wage, "claimed_on": claimed_on}
    return run("double-wage", raw | ({"signed_on": signed_on} if signed_on else {}) | ({"left_on": left_on} if left_on else {}))


def test_double_wages_run_from_the_day_after_a_full_month_to_the_day_before_a_full_year() -> None:
    due = window(date(2025, 3, 1), date(2026, 11, 21), None)
    assert (due.first, due.last, due.full_year) == (date(2025, 4, 1), date(2026, 2, 28), True)


def test_a_year_without_a_contract_is_eleven_months() -> None:
    result = double("2025-12-01", claimed_on="2026-11-21")
    assert result.values["months"] == Decimal("10.70")  # not yet a year: to 21 November
    full = double("2025-03-15", claimed_on="2026-04-15")
    assert figures(full, "months", "total", "amount") == (11, 66000, 66000)
    assert {("劳动合同法", 82), ("劳动合同法实施条例", 6), ("劳动合同法实施条例", 7), ("劳动合同法", 14)} <= references(full)


@pytest.mark.parametrize("start", ["2025-01-31", "2025-01-29", "2024-02-29", "2024-08-31"])
def test_eleven_months_are_eleven_wherever_in_the_month_they_begin(start: str) -> None:
    assert double(start).values["months"] == 11


def test_it_ends_the_day_before_signing() -> None:
    result = double("2026-01-05", signed_on="2026-05-05")
    assert figures(result, "last_day", "months", "amount") == (date(2026, 5, 4), 3, 18000)


def test_it_ends_with_the_last_day_of_work() -> None:
    result = double("2026-01-05", left_on="2026-05-04")
    assert figures(result, "months", "amount") == (3, 18000)


@pytest.mark.parametrize("signed_on", ["2026-01-05", "2026-01-20", "2026-02-04", "2026-02-05"])
def test_who_signed_within_a_month_gets_none(signed_on: str) -> None:
    assert double("2026-01-05", signed_on=signed_on).amount == 0


def test_one_day_after_the_month_is_already_due() -> None:
    result = double("2026-01-05", signed_on="2026-02-06")
    assert result.amount == Decimal("214.29")  # one of the 28 days from 5 February to 4 March


def test_the_limit_takes_the_months_away_one_after_the_other() -> None:
    # Due 2025-04-15 to 2026-03-14. Claimed on 2026-06-15: what lies before 2025-06-15 is lost, nine months remain.
    result = double("2025-03-15", claimed_on="2026-06-15")
    assert figures(result, "total", "amount") == (66000, 54000)
    assert result.values["last_claim_day"] == date(2027, 3, 14)
    assert any("按这种算法整段都来得及" in line.text for line in result.lines)


def test_after_a_year_from_the_last_day_nothing_is_in_time() -> None:
    result = double("2023-03-15", claimed_on="2025-03-15")
    assert result.amount == 0 and result.values["total"] == 66000
    assert any("也已经过期" in line.text for line in result.lines)
    assert double("2023-03-15", claimed_on="2025-03-14").amount == Decimal("206.90")  # the last of 29 days


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ({"start": "2026-01-05", "signed": "是", "signed_on": "2026-01-04"}, "signed_on"),
        ({"start": "2026-01-05", "signed": "否", "left": "是", "left_on": "2026-01-04"}, "left_on"),
        ({"start": "2007-12-31"}, "start"),
        ({"start": "2026-01-05", "signed": "否", "left": "否", "wage": "6000", "claimed_on": "2026-01-01"}, "claimed_on"),
    ],
)
def test_days_that_do_not_fit_are_refused(raw: dict[str, str], name: str) -> None:
    assert refusal("double-wage", raw).name == name


@settings(database=None, deadline=None)
@given(DAYS, st.integers(1, 100_000))
def test_double_wages_are_never_more_than_eleven_months(start: date, wage: int) -> None:
    result = double(start.isoformat(), wage=str(wage))
    assert result.amount is not None and 0 <= result.amount <= 11 * wage


@pytest.mark.parametrize(
    ("term", "months", "most"),
    [
        ("fixed", "2.9", 0), ("fixed", "3", 1), ("fixed", "11.9", 1), ("fixed", "12", 2), ("fixed", "35.9", 2), ("fixed", "36", 6),
        ("fixed", "120", 6), ("open", None, 6), ("task", None, 0), ("probation_only", None, 0),
    ],
)  # fmt: skip
def test_probation_is_as_long_as_the_contract_allows(term: str, months: str | None, most: int) -> None:
    assert most_months(term, Decimal(months) if months else None) == most


def probation(**answers: str) -> Result:
    """Probation for these answers over a lawful one."""
    raw = {
        "term": "fixed", "contract_months": "36", "again": "否", "agreed_months": "6", "served_months": "6", "wage": "8000",
        "probation_wage": "6400",
    }  # fmt: skip
    return run("probation", raw | answers)


def test_a_lawful_probation_at_80_percent_owes_nothing() -> None:
    result = probation()
    assert result.amount == 0 and result.headline == "试用期最长 6 个月"


def test_months_beyond_the_limit_cost_the_full_wage() -> None:
    result = probation(contract_months="12", served_months="5")
    assert result.values["damages"] == 24000 and ("劳动合同法", 83) in references(result)


def test_what_was_only_agreed_and_not_served_costs_nothing() -> None:
    result = probation(contract_months="12", served_months="2")
    assert result.amount == 0 and any("不算数" in note for note in result.notes)


def test_a_second_probation_is_unlawful_from_its_first_day() -> None:
    assert probation(again="是", served_months="1").values["damages"] == 8000


def test_pay_below_80_percent_or_the_minimum_wage_is_made_good() -> None:
    assert probation(probation_wage="6000").values["wage_shortfall"] == 6 * 400
    assert probation(wage="3000", probation_wage="2400").values["wage_shortfall"] == 6 * 140  # 80% is 2400, the minimum 2540


def test_more_served_than_agreed_is_refused() -> None:
    assert refusal("probation", {"term": "open", "again": "否", "agreed_months": "3", "served_months": "4"}).name == "served_months"


def bond(**answers: str) -> Result:
    """A training bond of three years, left after two."""
    raw = {
        "special": "是", "reason": "own", "cost": "30000", "agreed": "50000", "bond_from": "2024-07-01", "bond_until": "2027-06-30",
        "left_on": "2026-06-30",
    }  # fmt: skip
    return run("training-bond", raw | answers)


def test_the_penalty_is_the_share_of_the_time_not_served() -> None:
    result = bond()
    assert result.amount == 10000 and ("劳动合同法", 22) in references(result)


def test_the_penalty_is_never_more_than_agreed_or_than_the_cost() -> None:
    assert bond(agreed="3000").amount == 3000
    assert bond(left_on="2024-06-30").amount == 30000
    assert bond(left_on="2027-06-30").amount == 0


@pytest.mark.parametrize("reason", ["forced", "company"])
def test_who_did_not_break_the_bond_owes_nothing(reason: str) -> None:
    result = run("training-bond", {"special": "是", "reason": reason})
    assert result.amount == 0 and ("劳动合同法实施条例", 26) in references(result)


def test_ordinary_training_cannot_be_bound() -> None:
    result = run("training-bond", {"special": "否"})
    assert result.amount == 0 and ("劳动合同法", 25) in references(result)


def test_a_bond_that_ends_before_it_begins_is_refused() -> None:
    raw = {"special": "是", "reason": "own", "cost": "1", "agreed": "1", "bond_from": "2026-07-01", "bond_until": "2026-06-30"}
    assert refusal("training-bond", raw).name == "bond_until"


@settings(database=None, deadline=None)
@given(st.integers(0, 200_000), st.integers(0, 200_000), st.dates(date(2023, 1, 1), date(2029, 1, 1)))
def test_the_penalty_never_exceeds_any_of_its_bounds_and_falls_with_time(cost: int, agreed: int, left: date) -> None:
    amount = bond(cost=str(cost), agreed=str(agreed), left_on=left.isoformat()).amount
    later = bond(cost=str(cost), agreed=str(agreed), left_on=(left + timedelta(days=1)).isoformat()).amount
    assert amount is not None and later is not None
    assert 0 <= later <= amount <= min(cost, agreed)


def limit(**answers: str) -> Result:
    """The limit for these answers."""
    return run("arbitration-limit", answers)


def test_a_claim_lasts_a_year_from_the_day_one_knew() -> None:
    result = limit(claim="other", known_on="2026-03-31", stopped="none")
    assert figures(result, "last_day", "days_left") == (date(2027, 3, 31), 130)
    assert result.headline == "最晚2027年3月31日申请仲裁，还有 130 天"
    assert {("劳动争议调解仲裁法", 27), ("民法典", 202)} <= references(result)


def test_from_29_february_the_year_ends_on_the_28th() -> None:
    assert limit(claim="other", known_on="2024-02-29", stopped="none").values["last_day"] == date(2025, 2, 28)


def test_wages_have_no_limit_while_the_employment_lasts() -> None:
    result = limit(claim="wages", employed="是")
    assert result.amount is None and "last_day" not in result.values


def test_wages_have_a_year_from_the_end_of_the_employment() -> None:
    result = limit(claim="wages", employed="否", left_on="2026-01-15", stopped="none")
    assert result.values["last_day"] == date(2027, 1, 15)


@pytest.mark.parametrize("how", ["asked", "complained", "promised"])
def test_asking_complaining_or_a_promise_in_time_begins_the_year_anew(how: str) -> None:
    result = limit(claim="other", known_on="2025-01-10", stopped=how, stopped_on="2026-01-10")
    assert result.values["last_day"] == date(2027, 1, 10)


@pytest.mark.parametrize("how", ["asked", "promised"])
def test_what_came_a_day_too_late_does_not(how: str) -> None:
    result = limit(claim="other", known_on="2025-01-10", stopped=how, stopped_on="2026-01-11")
    assert result.values["last_day"] == date(2026, 1, 10)
    assert "先别放弃" in result.headline
    assert (("民法典", 192) in references(result)) == (how == "promised")


def test_the_last_day_is_today_and_then_over() -> None:
    assert "今天就是最后一天" in limit(claim="other", known_on="2025-11-21", stopped="none").headline
    over = limit(claim="other", known_on="2025-11-20", stopped="none")
    assert over.values["days_left"] == -1 and "已经过了 1 天" in over.headline


def test_a_last_day_at_a_weekend_or_holiday_is_said_but_not_moved() -> None:
    weekend = limit(claim="other", known_on="2026-04-03", stopped="none")  # 2027-04-03 is a Saturday
    assert weekend.values["last_day"] == date(2027, 4, 3)
    assert any("最后一天是周末" in line.text for line in weekend.lines)
    holiday = limit(claim="other", known_on="2026-04-05", stopped="none")
    assert any("最后一天是法定节假日" in line.text for line in holiday.lines) and holiday.facts_used[0].name == "holidays"
    assert ("民法典", 203) in references(holiday)


def test_a_claim_before_one_knew_is_refused() -> None:
    raw = {"claim": "other", "known_on": "2026-03-31", "stopped": "asked", "stopped_on": "2026-03-30"}
    assert refusal("arbitration-limit", raw).name == "stopped_on"


@settings(database=None, deadline=None)
@given(st.dates(date(2020, 1, 1), TODAY), st.integers(0, 2000))
def test_stopping_the_limit_never_brings_its_end_nearer(known: date, days: int) -> None:
    stopped = min(known + timedelta(days=days), TODAY)
    without = limit(claim="other", known_on=known.isoformat(), stopped="none").values["last_day"]
    with_it = limit(claim="other", known_on=known.isoformat(), stopped="asked", stopped_on=stopped.isoformat()).values["last_day"]
    assert isinstance(without, date) and isinstance(with_it, date) and without <= with_it
