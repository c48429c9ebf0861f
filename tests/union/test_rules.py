"""The rules of deadlines are a file that staff can read and change: what is wrong in it is said clearly, at the start of the program."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage.database import Database
from storage.models import CaseKind, RuleChange
from union.lifecycle import TRANSITIONS
from union.paths import date_kinds
from union.rules import CHANGES, BadRules, Do, Rule, Whom, contact_rule, load_rules, record_changes

START = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)

GOOD = """
[watering]
title = "浇花"
subject = "case"
source = "S0"
due = "24h"
repeat = "12h"
starts = ["assigned"]
steps = [
  { at = "30m", do = "remind" },
  { at = "24h", do = "breach", tell = ["street"] },
]
"""

CONTACT = """
[contact]
title = "联系"
subject = "case"
source = "S0"
starts = "received"
stops = ["intervened"]
due = "24h"
repeat = "12h"
steps = [{ at = "24h", do = "remind" }]
"""


def rules_of(folder: Path, text: str) -> Rule:
    file = folder / "rules.toml"
    file.write_text(f"{CONTACT}{text}" if text.lstrip().startswith("[") else f"{text}{CONTACT}", encoding="utf-8")
    return load_rules(file)["watering"]


def test_the_24_hour_rule_reminds_before_breaches_at_24_hours_and_escalates_after() -> None:
    rule = load_rules()["intervention"]
    assert rule.due == timedelta(hours=24)
    assert [step.do for step in rule.steps] == [*[Do.REMIND] * 4, Do.BREACH, Do.ESCALATE]
    assert rule.steps[4].at == rule.due
    assert rule.steps[4].tell == (Whom.STREET, Whom.DISTRICT)
    assert rule.steps[5].tell == (Whom.DISTRICT, Whom.CITY)


def test_every_rule_that_is_shipped_names_its_source() -> None:
    source = re.compile(r"S[0-4]\b|.+(法|条例|规定)第\d+(、\d+)*条|自定$")  # the last: the house's own
    assert [code for code, rule in load_rules().items() if not (rule.title and source.match(rule.source))] == []


def test_a_good_file_is_read_as_it_is_written(tmp_path: Path) -> None:
    rule = rules_of(tmp_path, GOOD)
    assert [(step.at, step.do) for step in rule.steps] == [(timedelta(minutes=30), Do.REMIND), (timedelta(hours=24), Do.BREACH)]


@pytest.mark.parametrize(
    ("good", "bad", "says"),
    [
        ('title = "浇花"', "", "title"),
        ('due = "24h"', 'due = "24 hours"', "24h"),
        ('due = "24h"', "due = 24", "watering"),
        ('repeat = "12h"', 'repeat = "0m"', "repeat of at least 1m"),
        ('repeat = "12h"', "", "repeat"),
        ('do = "remind"', 'do = "shout"', "shout"),
        ('tell = ["street"]', 'tell = ["moon"]', "moon"),
        (', tell = ["street"]', "", "names the rungs"),
        ('at = "30m"', 'at = "25h"', "in order of time"),
        ('{ at = "30m", do = "remind" },\n  { at = "24h", do = "breach", tell = ["street"] },', "", "at least one step"),
        ("[watering]", "[watering", "rules.toml"),
    ],
)
def test_a_bad_file_is_refused_with_words_that_say_where(tmp_path: Path, good: str, bad: str, says: str) -> None:
    assert good in GOOD
    with pytest.raises(BadRules, match=says) as error:
        rules_of(tmp_path, GOOD.replace(good, bad))
    assert "rules.toml" in str(error.value)


def test_a_rule_that_is_no_table_is_refused_clearly(tmp_path: Path) -> None:
    with pytest.raises(BadRules, match="watering"):
        rules_of(tmp_path, 'watering = "daily"')


def test_a_missing_file_is_refused_clearly(tmp_path: Path) -> None:
    with pytest.raises(BadRules, match=r"none\.toml"):
        load_rules(tmp_path / "none.toml")


def test_after_the_last_step_it_is_taken_again_each_time_repeat_later(tmp_path: Path) -> None:
    rule = rules_of(tmp_path, GOOD)
    assert [rule.step(n).at for n in (1, 2, 3, 10)] == [timedelta(hours=h) for h in (24, 36, 48, 132)]
    assert {rule.step(n).do for n in (1, 2, 3, 10)} == {Do.BREACH}


def test_the_first_step_after_now_is_the_one_that_has_not_come_yet(tmp_path: Path) -> None:
    rule = rules_of(tmp_path, GOOD)
    assert rule.first_after(START, START) == 0
    assert rule.first_after(START, START + timedelta(minutes=30)) == 1  # a step that falls now is taken now
    assert rule.first_after(START, START + timedelta(minutes=29, seconds=59)) == 0
    assert rule.first_after(START, START + timedelta(hours=24)) == 2


def test_after_a_long_sleep_the_next_repeat_lies_in_the_future_and_within_one_repeat(tmp_path: Path) -> None:
    rule = rules_of(tmp_path, GOOD)
    for hours in (25, 36, 47, 48, 24 * 400):
        now = START + timedelta(hours=hours)
        next_at = rule.next_at(START, rule.first_after(START, now))
        assert next_at is not None
        assert now < next_at <= now + rule.repeat


def test_a_deadline_that_is_ahead_of_now_stays_where_it_is(tmp_path: Path) -> None:
    assert rules_of(tmp_path, GOOD).first_after(START, START + timedelta(hours=1), 5) == 5


# ---- what belongs together


def test_every_kind_of_case_has_one_clock_until_the_first_contact() -> None:
    rules = load_rules()
    assert {kind: contact_rule(rules, kind).code for kind in CaseKind} == {
        CaseKind.DISPUTE: "intervention",
        CaseKind.COMPLAINT: "contact_letter",
        CaseKind.SUGGESTION: "contact_letter",
        CaseKind.HELP: "contact_help",
        CaseKind.INCIDENT: "contact_incident",
    }


def named_by(rule: Rule) -> set[str]:
    return {*rule.starts, *rule.stops, *rule.restarts}


def test_every_day_that_a_rule_names_can_be_noted_on_a_case() -> None:
    days = {event.removeprefix("date:") for rule in load_rules().values() for event in named_by(rule) if event.startswith("date:")}
    assert days <= set(date_kinds())


def test_a_rule_names_only_changes_that_there_are() -> None:
    named = {event for rule in load_rules().values() for event in named_by(rule) if not event.startswith("date:")}
    assert named <= CHANGES


def test_every_change_of_the_life_of_a_case_is_one_that_a_rule_may_name() -> None:
    assert {transition.event for transition in TRANSITIONS.values()} <= CHANGES


def test_the_24_hour_clock_is_touched_by_nothing_but_intake_and_contact() -> None:
    """Neither declining nor reassigning restarts it, accepting does not stop it (S1 三(三)3)."""
    clock = load_rules()["intervention"]
    assert (set(clock.starts), set(clock.stops), clock.restarts) == ({"received", "received_again"}, {"intervened"}, ())


@pytest.mark.parametrize("rule", [rule for rule in load_rules().values() if not rule.ends], ids=lambda rule: rule.code)
def test_a_rule_that_does_not_end_has_a_step_when_it_is_due_or_later_so_that_it_never_falls_silent(rule: Rule) -> None:
    assert rule.steps[-1].at >= rule.due


def test_what_waits_while_the_worker_cannot_be_reached_is_what_asks_something_of_the_worker() -> None:
    paused = {code for code, rule in load_rules().items() if rule.pausable}
    assert paused == {"intervention", "acceptance", "contact_help", "contact_letter", "answer", "follow_up"}
    assert not any(event.startswith("date:") for code in paused for event in load_rules()[code].starts)  # the law waits for nobody


# ---- the fields


@pytest.mark.parametrize(
    ("added", "says"),
    [
        ('kinds = ["strike"]', "strike"),
        ('kinds = "dispute"', "watering"),
        ("starts = 7", "watering"),
        ("starts = [7]", "names of what happens"),
        ('starts = ["recieved"]', "recieved"),
        ('stops = ["date:full_moon"]', "full_moon"),
        ('restarts = ["sunday"]', "sunday"),
        ('ends = "no"', "true or false"),
        ("pausable = 1", "true or false"),
        ('colour = "green"', "unknown colour"),
    ],
)
def test_a_bad_field_is_refused_with_words_that_say_where(tmp_path: Path, added: str, says: str) -> None:
    text = GOOD.replace('starts = ["assigned"]\n', "" if added.startswith("starts") else 'starts = ["assigned"]\n')
    with pytest.raises(BadRules, match=says) as error:
        rules_of(tmp_path, text.replace('title = "浇花"', f'title = "浇花"\n{added}'))
    assert "[watering]" in str(error.value)


def test_one_change_may_be_written_without_a_list(tmp_path: Path) -> None:
    assert rules_of(tmp_path, GOOD.replace('["assigned"]', '"assigned"')).starts == ("assigned",)


def test_a_kind_with_two_clocks_until_the_first_contact_is_refused(tmp_path: Path) -> None:
    two = GOOD.replace('["assigned"]', '["received"]\nstops = ["intervened"]')
    with pytest.raises(BadRules, match=r"exactly one rule .* dispute, not .*'contact'.*'watering'|'watering'.*'contact'"):
        rules_of(tmp_path, two)


def test_a_reminder_that_names_nobody_goes_to_the_one_responsible(tmp_path: Path) -> None:
    assert rules_of(tmp_path, GOOD).steps[0].tell == (Whom.HANDLER,)


# ---- a rule that ends


def test_a_rule_that_ends_has_the_steps_that_are_written_down_and_no_more(tmp_path: Path) -> None:
    rule = rules_of(tmp_path, GOOD.replace('repeat = "12h"', 'repeat = "12h"\nends = true'))
    assert [rule.over(number) for number in (0, 1, 2, 3)] == [False, False, True, True]
    assert rule.next_at(START, 1) == START + timedelta(hours=24)
    assert rule.next_at(START, 2) is None
    assert rule.first_after(START, START + timedelta(days=400)) == 2


# ---- every change of the rules is recorded


def changed(rules: dict[str, Rule], **fields: object) -> dict[str, Rule]:
    return {**rules, "intervention": dataclasses.replace(rules["intervention"], **fields)}  # type: ignore[arg-type]


async def record(database: Database, rules: dict[str, Rule], hours: int = 0) -> list[str]:
    async with database.begin() as session:
        return await record_changes(session, rules, START + timedelta(hours=hours))


async def changes_of(database: Database, code: str) -> list[RuleChange]:
    async with database.begin() as session:
        return list(await session.scalars(sa.select(RuleChange).where(RuleChange.code == code).order_by(RuleChange.id)))


async def test_the_first_start_notes_every_rule_and_the_next_one_nothing(database: Database) -> None:
    rules = dict(load_rules())
    assert await record(database, rules) == sorted(rules)
    assert await record(database, rules) == []
    (noted,) = await changes_of(database, "intervention")
    assert (noted.before, noted.at) == (None, START)
    assert noted.after == rules["intervention"].as_data()


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "另一个"},
        {"due": timedelta(hours=12)},
        {"repeat": timedelta(hours=1)},
        {"steps": load_rules()["intervention"].steps[1:]},
        {"kinds": ()},
        {"starts": ("received",)},
        {"stops": ("accepted", "intervened")},
        {"restarts": ("assigned",)},
        {"ends": True},
        {"pausable": False},
        {"source": "S2"},
    ],
    ids=lambda fields: next(iter(fields)),
)
async def test_a_change_of_any_field_is_noted_with_what_it_was_and_what_it_is(database: Database, fields: dict[str, object]) -> None:
    rules = dict(load_rules())
    await record(database, rules)
    other = changed(rules, **fields)
    assert await record(database, other, hours=1) == ["intervention"]
    noted = (await changes_of(database, "intervention"))[-1]
    assert (noted.before, noted.after) == (rules["intervention"].as_data(), other["intervention"].as_data())
    assert noted.before != noted.after
    assert noted.at == START + timedelta(hours=1)


async def test_a_rule_that_was_taken_out_and_put_back_is_noted_both_times(database: Database) -> None:
    rules = dict(load_rules())
    await record(database, rules)
    without = {code: rule for code, rule in rules.items() if code != "rating"}
    assert await record(database, without) == ["rating"]
    assert await record(database, without) == []
    assert await record(database, rules) == ["rating"]
    assert [change.after is None for change in await changes_of(database, "rating")] == [False, True, False]
