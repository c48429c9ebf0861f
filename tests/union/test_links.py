"""Cases among one another: merged without losing anything, split, led as a group."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from storage.models import Case, CaseFollower, CaseKind, CaseNote, CaseStatus, FileStatus, Intake, RoomMessage, StoredFile
from storage.types import CaseId, PersonId
from tests.union.world import HAIDIAN, JINSONG, RULES, World, new_person
from union import callbacks, case_dates, conflicts, evidence, links, mediation, passphrases
from union.alerts import MEMBER, Fact
from union.errors import IllegalTransition, NotAllowed
from union.links import Part


async def two(world: World, **other: Any) -> tuple[CaseId, CaseId]:
    """The same told twice, two hours apart."""
    older = await world.new_case()
    world.clock.advance(hours=2)
    return older, await world.new_case(**other)


async def work(world: World, do: Any, *ids: CaseId) -> Any:
    async with world.database.begin() as session:
        found = [await session.get_one(Case, case_id, with_for_update=True) for case_id in ids]
        return await do(session, *found)


async def merge(world: World, one: CaseId, other: CaseId) -> CaseId:
    into = await work(world, lambda s, a, b: links.merge(s, a, b, RULES, world.clock.now(), by=world.staff), one, other)
    return CaseId(into.id)


async def followers(world: World, case_id: CaseId) -> set[PersonId]:
    async with world.database.begin() as session:
        return set(await session.scalars(sa.select(CaseFollower.person_id).where(CaseFollower.case_id == case_id)))


# ---- merging


@pytest.mark.parametrize("swapped", [False, True])
async def test_the_older_case_stays_with_its_clock_whichever_is_named_first(world: World, swapped: bool) -> None:
    older, newer = await two(world)
    due = (await world.case(older)).due_at
    assert await merge(world, *((newer, older) if swapped else (older, newer))) == older
    kept, gone = await world.case(older), await world.case(newer)
    assert (kept.status, kept.due_at) == (CaseStatus.ASSIGNED, due)
    assert (gone.status, gone.merged_into_id) == (CaseStatus.MERGED, older)
    assert "intervention" in await world.running(older)
    assert await world.running(newer) == {"archive"}


async def test_both_histories_say_so_and_the_worker_and_the_lawyers_are_told(world: World) -> None:
    older, newer = await two(world)
    await merge(world, older, newer)
    assert "case.absorbed" in await world.history(older)
    assert "case.merged" in await world.history(newer)
    assert Fact.CASES_MERGED in await world.told(world.worker)
    assert {Fact.CASE_MERGED, Fact.CASE_ABSORBED} <= set(await world.told(world.lawyer))


async def test_files_room_notes_and_call_backs_go_over(world: World) -> None:
    older, newer = await two(world)
    await world.write(newer, world.worker, "还有一份合同")
    now = world.clock.now()
    async with world.database.begin() as session:
        file = StoredFile(
            door="test", address="1", handle="x", kind="photo", name="", mime="", size=1, status=FileStatus.STORED, attempts=0, not_before=now,
            created_at=now, case_id=newer,
        )  # fmt: skip
        session.add(file)
        asked = await callbacks.ask(session, await session.get_one(Case, newer), now, by=world.worker, wanted_at=now, phone="13900001234")
        number = asked.id
    await merge(world, older, newer)
    async with world.database.begin() as session:
        assert len(await evidence.of_case(session, older)) == 1
        assert [call.id for call in await callbacks.open_of(session, older)] == [number]
        assert await session.scalar(sa.select(RoomMessage.text).where(RoomMessage.case_id == older)) == "还有一份合同"
        told = await session.scalars(sa.select(CaseNote.text).where(CaseNote.case_id == older))
        assert list(told) == ["老板拖欠我两个月工资"]  # what the newer one told, for those who can't open it


async def test_who_follows_the_newer_follows_the_older(world: World) -> None:
    older, newer = await two(world)
    async with world.database.begin() as session:
        for case_id in (older, newer):
            session.add(CaseFollower(case_id=case_id, person_id=world.other_worker, since=world.clock.now()))
        third = await new_person(session, "", world.clock.now(), MEMBER)
        session.add(CaseFollower(case_id=newer, person_id=third, since=world.clock.now()))
    await merge(world, older, newer)
    assert await followers(world, older) == {world.other_worker, third}


async def test_who_brings_the_passphrase_of_a_merged_case_follows_where_it_went(world: World) -> None:
    older, newer = await two(world, anonymous=True, worker_id=world.other_worker)
    async with world.database.begin() as session:  # both without a name: only then may they be merged
        await session.execute(sa.update(Case).where(Case.id == older).values(worker_id=world.other_worker, anonymous=True))
        case = await session.get_one(Case, newer)
        phrase = await passphrases.give(session, case)
        code = case.code
    await merge(world, older, newer)
    async with world.database.begin() as session:
        assert await passphrases.follow(session, world.worker, world.clock.now(), code=code, said=phrase) is not None
    assert world.worker in await followers(world, older)


async def test_only_the_days_that_the_older_lacks_are_noted_on_it_and_their_terms_run(world: World) -> None:
    older, newer = await two(world, since=date(2026, 10, 1))
    note: dict[str, Any] = {"day": date(2026, 11, 10), "by": world.lawyer}
    await work(world, lambda s, c: case_dates.note(s, c, "award_received", RULES, world.clock.now(), **note), newer)
    await merge(world, older, newer)
    async with world.database.begin() as session:
        days = await case_dates.of_case(session, older)
    assert days == {"dispute_arose": date(2026, 9, 1), "award_received": date(2026, 11, 10)}
    assert "sue_15" in await world.running(older)


async def test_a_mediation_that_lies_ahead_goes_over(world: World) -> None:
    older, newer = await two(world)
    at = world.clock.now() + timedelta(days=3)
    plan: dict[str, Any] = {"by": world.staff, "at": at, "place": "调解室"}
    await work(world, lambda s, c: mediation.plan(s, c, RULES, world.clock.now(), **plan), newer)
    await merge(world, older, newer)
    async with world.database.begin() as session:
        assert await mediation.planned(session, older) is not None
    assert "mediation_day" in await world.running(older)


async def test_cases_of_two_workers_are_never_merged(world: World) -> None:
    older = await world.new_case()
    newer = await world.new_case(worker_id=world.other_worker)
    with pytest.raises(NotAllowed):
        await merge(world, older, newer)


async def test_who_is_anonymous_in_one_case_is_not_given_away_by_another(world: World) -> None:
    named, hidden = await two(world, anonymous=True)
    for case_id in (named, hidden):
        assert await work(world, links.duplicates_of, case_id) == []
    with pytest.raises(NotAllowed):
        await merge(world, named, hidden)


@pytest.mark.parametrize("kind", ["complaint", "incident"])
async def test_cases_of_two_kinds_are_not_told_twice(world: World, kind: str) -> None:
    older, newer = await two(world, kind=kind)
    assert await work(world, links.duplicates_of, older) == []
    with pytest.raises(NotAllowed):
        await merge(world, older, newer)


async def test_an_incident_is_a_duplicate_of_nothing(world: World) -> None:
    older, newer = [await world.new_case(kind="incident") for _ in range(2)]
    assert await work(world, links.duplicates_of, older) == []
    with pytest.raises(NotAllowed):
        await merge(world, older, newer)


async def test_an_ended_case_is_merged_with_nothing(world: World) -> None:
    older, newer = await two(world)
    await world.withdraw(older)
    with pytest.raises(IllegalTransition):
        await merge(world, older, newer)
    assert (await world.case(newer)).status is CaseStatus.ASSIGNED


async def test_duplicates_are_the_open_cases_of_the_same_worker_the_same_employer_first(world: World) -> None:
    case_id = await world.new_case()
    elsewhere = await world.new_case(employer="望京超市")
    twin = await world.new_case(employer="北京市劲松饭店有限公司")
    await world.withdraw(await world.new_case())
    await world.new_case(worker_id=world.other_worker)
    found = await work(world, links.duplicates_of, case_id)
    assert [case.id for case in found] == [twin, elsewhere]


# ---- splitting


async def test_a_part_becomes_a_case_with_a_clock_of_its_own(world: World) -> None:
    case_id = await world.new_case()
    world.clock.advance(hours=10)
    part = Part(kind=CaseKind.DISPUTE, topic="insurance", nature="violation", story="单位一直没交社保")
    new = await work(world, lambda s, c: links.split(s, c, part, RULES, world.clock.now(), by=world.staff), case_id)
    old, fresh = await world.case(case_id), await world.case(new.id)
    assert (fresh.split_from_id, fresh.intake, fresh.worker_id, fresh.employer) == (case_id, Intake.SPLIT, old.worker_id, old.employer)
    assert fresh.due_at == world.clock.now() + timedelta(hours=24)
    assert fresh.lawyer_id == world.lawyer
    assert old.due_at == fresh.due_at - timedelta(hours=10)
    assert Fact.CASE_SPLIT in await world.told(world.worker)
    assert "case.split_into" in await world.history(case_id)
    assert "case.split_from" in await world.history(fresh.id)


async def test_an_anonymous_worker_stays_so_in_the_new_case(world: World) -> None:
    case_id = await world.new_case(anonymous=True)
    part = Part(kind=CaseKind.HELP, topic="hardship", nature=None, story="孩子上学没钱")
    new = await work(world, lambda s, c: links.split(s, c, part, RULES, world.clock.now(), by=world.staff), case_id)
    fresh = await world.case(new.id)
    assert (fresh.anonymous, fresh.contact_name, fresh.officer_id) == (True, None, world.staff)


async def test_an_ended_case_is_not_split(world: World) -> None:
    case_id = await world.new_case()
    await world.withdraw(case_id)
    part = Part(kind=CaseKind.HELP, topic="hardship", nature=None, story="孩子上学没钱")
    with pytest.raises(IllegalTransition):
        await work(world, lambda s, c: links.split(s, c, part, RULES, world.clock.now(), by=world.staff), case_id)


# ---- a group


async def of_workers(world: World, count: int, **other: Any) -> list[CaseId]:
    """Cases of so many workers against one employer."""
    found = []
    for _ in range(count):
        async with world.database.begin() as session:
            worker = await new_person(session, "", world.clock.now(), MEMBER)
        found.append(await world.new_case(worker_id=worker, **other))
    return found


async def join(world: World, lead: CaseId, *members: CaseId) -> Any:
    return await work(
        world, lambda s, first, *rest: links.join(s, first, rest, RULES, world.clock.now(), by=world.staff), lead, *members
    )  # fmt: skip


async def test_a_group_has_a_lead_and_its_lawyer_takes_the_others(world: World) -> None:
    lead, other, third = await of_workers(world, 3)
    await world.give(other, world.pool_lawyer)
    joined = await join(world, lead, other, third)
    assert joined.with_others == ()
    for case_id in (lead, other, third):
        case = await world.case(case_id)
        assert (case.collective_id, case.lawyer_id) == (lead, world.lawyer)
        assert "case.joined" in await world.history(case_id)


async def test_the_leads_lawyer_does_not_take_what_they_may_not_have(world: World) -> None:
    """何律师 is named for 劲松: a case of another district is not theirs, and stays with whom it is."""
    lead, *_ = await of_workers(world, 1)
    (elsewhere,) = await of_workers(world, 1, unit_id=HAIDIAN)
    before = (await world.case(elsewhere)).responsible_id
    joined = await join(world, lead, elsewhere)
    assert joined.with_others == (elsewhere,)
    case = await world.case(elsewhere)
    assert (case.collective_id, case.responsible_id) == (lead, before)


async def test_a_conflict_keeps_a_member_with_its_own_lawyer(world: World) -> None:
    lead, other = await of_workers(world, 2)
    await world.give(other, world.pool_lawyer)
    async with world.database.begin() as session:
        await conflicts.declare(session, world.lawyer, "劲松饭店", world.clock.now())
    joined = await join(world, lead, other)
    assert joined.with_others == (other,)
    assert (await world.case(other)).lawyer_id == world.pool_lawyer


async def test_what_does_not_fit_is_not_joined(world: World) -> None:
    lead, other = await of_workers(world, 2)
    (employer,) = await of_workers(world, 1, employer="望京超市")
    (kind,) = await of_workers(world, 1, kind="complaint")
    same_worker = await world.new_case(worker_id=(await world.case(lead)).worker_id)
    for wrong in (employer, kind, same_worker):
        with pytest.raises(NotAllowed):
            await join(world, lead, wrong)
    with pytest.raises(NotAllowed):
        await join(world, lead)
    await join(world, lead, other)
    with pytest.raises(NotAllowed):
        await join(world, lead, other)


async def test_those_who_may_join_are_within_reach_of_other_workers_and_in_no_group(world: World) -> None:
    lead, other, third = await of_workers(world, 3)
    (elsewhere,) = await of_workers(world, 1, unit_id=HAIDIAN)
    staff, city = await world.actor(world.staff), await world.actor(world.city_staff)
    assert [case.id for case in await work(world, lambda s, c: links.may_join(s, staff, c), lead)] == [other, third]
    assert elsewhere in [case.id for case in await work(world, lambda s, c: links.may_join(s, city, c), lead)]
    await join(world, lead, other)
    assert [case.id for case in await work(world, lambda s, c: links.may_join(s, staff, c), lead)] == [third]


async def test_cases_without_an_employer_have_none_in_common(world: World) -> None:
    lead, _ = await of_workers(world, 2, kind="help", employer="")
    staff = await world.actor(world.staff)
    assert await work(world, lambda s, c: links.may_join(s, staff, c), lead) == []


async def leave(world: World, case_id: CaseId) -> None:
    await work(world, lambda s, c: links.leave_group(s, c, RULES, world.clock.now(), by=world.staff), case_id)


async def test_where_the_lead_leaves_the_next_leads(world: World) -> None:
    lead, other, third = await of_workers(world, 3)
    await join(world, lead, other, third)
    await leave(world, lead)
    assert [(await world.case(c)).collective_id for c in (lead, other, third)] == [None, other, other]


async def test_a_group_of_one_is_none(world: World) -> None:
    lead, other = await of_workers(world, 2)
    await join(world, lead, other)
    await leave(world, other)
    assert [(await world.case(c)).collective_id for c in (lead, other)] == [None, None]
    assert "case.group_changed" in await world.history(lead)


async def test_a_member_that_is_merged_leaves_the_group(world: World) -> None:
    lead, other = await of_workers(world, 2)
    worker = (await world.case(other)).worker_id
    await join(world, lead, other)
    older = await world.new_case(worker_id=worker, unit_id=JINSONG)
    async with world.database.begin() as session:  # it was told before the other one
        await session.execute(sa.update(Case).where(Case.id == older).values(received_at=world.clock.now() - timedelta(hours=1)))
    await merge(world, older, other)
    assert (await world.case(other)).collective_id is None
    assert (await world.case(lead)).collective_id is None
