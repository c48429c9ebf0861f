"""The terms of the law that run on a case, and the days from which they do."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from knowledge import Topic
from storage.types import CaseId
from tests.union.world import RULES, World
from union import case_dates
from union.case_dates import NotADay, Term
from union.paths import date_kinds, dates_on, load_paths, path_for


async def note(world: World, case_id: CaseId, code: str, day: date) -> None:
    await world.change(case_id, lambda s, c: case_dates.note(s, c, code, RULES, world.clock.now(), day=day, by=world.lawyer))


async def terms(world: World, case_id: CaseId) -> list[Term]:
    async with world.database.begin() as session:
        return await case_dates.terms(session, case_id, RULES, world.clock.now())


async def test_the_nearest_term_comes_first_with_its_last_day(world: World) -> None:
    case_id = await world.new_case(since=None)
    await note(world, case_id, "mediation_accepted", date(2026, 11, 15))
    await note(world, case_id, "dispute_arose", date(2026, 9, 1))
    assert [(term.rule, term.last_day) for term in await terms(world, case_id)] == [
        ("mediation_15", date(2026, 11, 30)),
        ("arbitration_limit", date(2027, 9, 1)),
        ("inspection_limit", date(2028, 8, 31)),
    ]


async def test_who_notes_only_the_award_is_not_warned_of_the_year_to_file(world: World) -> None:
    case_id = await world.new_case(since=None)
    await note(world, case_id, "dispute_arose", date(2026, 9, 1))
    await note(world, case_id, "award_received", date(2026, 11, 18))
    assert [term.rule for term in await terms(world, case_id)] == ["sue_15", "inspection_limit"]


async def test_a_term_is_there_on_its_last_day_and_not_on_the_day_after(world: World) -> None:
    case_id = await world.new_case(since=None)
    await note(world, case_id, "award_received", date(2026, 11, 18))
    for days, expected in ((14, ["sue_15"]), (1, ["sue_15"]), (1, [])):
        world.clock.advance(days=days)
        await world.sweep()
        assert [term.rule for term in await terms(world, case_id)] == expected


async def test_what_was_done_on_the_last_day_is_no_term_any_more(world: World) -> None:
    case_id = await world.new_case(since=None)
    await note(world, case_id, "award_received", date(2026, 11, 18))
    world.clock.advance(days=15)
    await world.sweep()
    await note(world, case_id, "suit_filed", date(2026, 12, 3))
    assert await terms(world, case_id) == []


@pytest.mark.parametrize("code", [code for code, kind in date_kinds().items() if not kind.ahead])
async def test_what_has_to_have_happened_is_not_noted_for_tomorrow(world: World, code: str) -> None:
    case_id = await world.new_case(since=None)
    await note(world, case_id, code, date(2026, 11, 18))
    with pytest.raises(NotADay):
        await note(world, case_id, code, date(2026, 11, 19))


async def test_a_payment_may_be_due_within_two_years(world: World) -> None:
    case_id = await world.new_case(since=None)
    await note(world, case_id, "judgment_effective", date(2026, 11, 18) + timedelta(days=700))
    with pytest.raises(NotADay):
        await note(world, case_id, "judgment_effective", date(2030, 1, 1))


def test_only_a_payment_lies_ahead() -> None:
    assert [code for code, kind in date_kinds().items() if kind.ahead] == ["judgment_effective"]


def test_every_day_is_offered_on_some_path() -> None:
    offered = {kind.code for path in load_paths().by_nature.values() for topic in Topic for kind in dates_on(path, None, topic.value)}
    assert offered == set(date_kinds())


def test_every_subject_of_a_day_is_one_that_there_is() -> None:
    assert {topic for kind in date_kinds().values() for topic in kind.topics} <= set(Topic)


@pytest.mark.parametrize(
    ("nature", "step", "topic", "first"),
    [
        ("rights", "arbitration", "wages", "arbitration_filed"),
        ("violation", None, "wages", "inspection_filed"),
        ("interest", None, "wages", "offer_sent"),
        ("rights", "enforcement", "wages", "judgment_effective"),
    ],
)
def test_the_days_of_the_present_step_come_first(nature: str, step: str | None, topic: str, first: str) -> None:
    assert dates_on(path_for(nature), step, topic)[0].code == first


def test_the_days_of_an_injury_are_offered_for_an_injury_alone() -> None:
    def codes(topic: str) -> set[str]:
        return {kind.code for kind in dates_on(path_for("rights"), None, topic)}

    assert codes("injury") - codes("wages") == {"injured", "injury_claimed"}
