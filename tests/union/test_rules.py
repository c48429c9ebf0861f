"""The rules of deadlines are a file that staff can read and change: what is wrong in it is said clearly, at the start of the program."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.models import UnitKind
from union.rules import BadRules, Do, Rule, load_rules

START = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)

GOOD = """
[watering]
title = "浇花"
subject = "case"
source = "S0"
due = "24h"
repeat = "12h"
steps = [
  { at = "30m", do = "remind" },
  { at = "24h", do = "breach", tell = ["street"] },
]
"""


def rules_of(folder: Path, text: str) -> Rule:
    file = folder / "rules.toml"
    file.write_text(text, encoding="utf-8")
    return load_rules(file)["watering"]


def test_the_24_hour_rule_reminds_before_breaches_at_24_hours_and_escalates_after() -> None:
    rule = load_rules()["intervention"]
    assert rule.due == timedelta(hours=24)
    assert [step.do for step in rule.steps] == [*[Do.REMIND] * 4, Do.BREACH, Do.ESCALATE]
    assert rule.steps[4].at == rule.due
    assert rule.steps[4].tell == (UnitKind.STREET, UnitKind.DISTRICT)
    assert rule.steps[5].tell == (UnitKind.DISTRICT, UnitKind.CITY)


def test_every_rule_that_is_shipped_names_its_source() -> None:
    assert all(rule.source.startswith("S") and rule.title for rule in load_rules().values())


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
        number = rule.first_after(START, now)
        assert now < rule.next_at(START, number) <= now + rule.repeat


def test_a_deadline_that_is_ahead_of_now_stays_where_it_is(tmp_path: Path) -> None:
    assert rules_of(tmp_path, GOOD).first_after(START, START + timedelta(hours=1), 5) == 5
