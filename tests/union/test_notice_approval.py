"""Four eyes: whose, from how many people on, told to whom, and that nobody approves what is their own or what was changed since."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from storage.models import NoticeStatus, Person, Role, UnitSetting
from storage.types import NoticeId, PersonId
from tests.union import notice_made as made
from tests.union.world import CHAOYANG, CITY, World, new_officer
from union import notice_approval, notices
from union.alerts import Fact
from union.audience import Audience, EmptyAudience
from union.errors import NotAllowed, NotFound
from union.notice_approval import NoApprover
from union.notice_schedule import BadTiming, Timing
from union.notices import NotNow
from union.unit_settings import APPROVAL_ABOVE


@pytest.fixture(autouse=True)
async def people(world: World) -> list[PersonId]:
    """Three members, where two may be told without a second pair of eyes."""
    async with world.database.begin() as session:
        session.add(UnitSetting(unit_id=CITY, name=APPROVAL_ABOVE, value=2, set_by=world.city_staff, set_at=world.clock.now()))
    return await made.members(world, 3)


async def officer(world: World, role: Role = Role.STAFF, *, door: bool = True) -> PersonId:
    async with world.database.begin() as session:
        return await new_officer(session, "同事", CHAOYANG, world.clock.now(), role=role, door=door)


async def waiting(world: World, **how: object) -> NoticeId:
    notice_id = await made.write(world, **how)  # type: ignore[arg-type]
    assert await made.submit(world, notice_id) is NoticeStatus.WAITING
    return notice_id


async def asked(world: World) -> list[PersonId]:
    """Whom it was put before."""
    query = sa.text("SELECT person_id FROM outbox WHERE kind = 'notice_approval' ORDER BY person_id")
    async with world.database.begin() as session:
        return list(await session.scalars(query))


async def test_above_the_number_it_waits_and_the_city_is_asked_where_the_district_has_nobody_else(world: World) -> None:
    notice_id = await waiting(world)
    assert await asked(world) == [world.city_staff]
    notice = await made.notice(world, notice_id)
    assert (notice.total, notice.submitted_at) == (3, world.clock.now())


async def test_colleagues_and_administrators_of_the_unit_are_asked_before_those_above(world: World) -> None:
    colleague, admin = await officer(world), await officer(world, Role.ADMIN)
    await waiting(world)
    assert await asked(world) == [colleague, admin]


async def test_a_colleague_who_can_not_be_reached_is_passed_over(world: World) -> None:
    await officer(world, door=False)
    await waiting(world)
    assert await asked(world) == [world.city_staff]


async def test_up_to_the_number_it_goes_out_at_once(world: World, people: list[PersonId]) -> None:
    async with world.database.begin() as session:
        await session.execute(sa.update(Person).where(Person.id == people[0]).values(notices_off_at=world.clock.now()))
    assert await made.submit(world, await made.write(world)) is NoticeStatus.SENDING
    assert await asked(world) == []


async def test_what_costs_money_always_needs_a_second_pair_of_eyes(world: World) -> None:
    async with world.database.begin() as session:
        await session.execute(sa.update(UnitSetting).values(value=1000))
    notice_id = await made.write(world)
    await made.on(world, world.staff, notice_id, notices.go_paid, world.clock.now(), paid=True)
    assert await made.submit(world, notice_id) is NoticeStatus.WAITING


async def test_where_nobody_else_could_approve_it_stays_a_draft(world: World) -> None:
    async with world.database.begin() as session:
        await session.execute(sa.text("UPDATE role_grant SET revoked_at = now() WHERE person_id <> :staff"), {"staff": world.staff})
    notice_id = await made.write(world)
    with pytest.raises(NoApprover):
        await made.submit(world, notice_id)
    assert (await made.notice(world, notice_id)).status is NoticeStatus.DRAFT


async def test_approved_it_goes_out_and_its_author_hears_of_it(world: World) -> None:
    notice_id = await waiting(world)
    assert await made.approve(world, notice_id) is NoticeStatus.SENDING
    notice = await made.notice(world, notice_id)
    assert (notice.decided_by, notice.started_at) == (world.city_staff, world.clock.now())
    assert await world.told(world.staff) == [Fact.NOTICE_PROGRESS, Fact.NOTICE_APPROVED]


async def test_what_was_decided_is_written_down_with_who_and_when(world: World) -> None:
    notice_id = await waiting(world)
    world.clock.advance(minutes=5)
    await made.approve(world, notice_id)
    line = next(line for line in await made.log(world, notice_id) if line.action == "approved")
    assert (line.actor_id, line.at, line.detail) == (world.city_staff, world.clock.now(), {"people": 3})


async def test_nobody_approves_or_refuses_their_own(world: World) -> None:
    notice_id = await waiting(world)
    with pytest.raises(NotAllowed):
        await made.approve(world, notice_id, world.staff)
    with pytest.raises(NotAllowed):
        await made.on(world, world.staff, notice_id, notice_approval.refuse, "不行", world.clock.now())
    assert (await made.notice(world, notice_id)).status is NoticeStatus.WAITING


@pytest.mark.parametrize("who", ["haidian_staff", "lawyer", "chair", "worker"])
async def test_whose_units_do_not_reach_it_can_not_approve(world: World, who: str) -> None:
    notice_id = await waiting(world)
    with pytest.raises(NotFound):
        await made.approve(world, notice_id, getattr(world, who))


async def test_refused_it_comes_back_with_the_reason_and_can_be_submitted_again(world: World) -> None:
    notice_id = await waiting(world)
    await made.on(world, world.city_staff, notice_id, notice_approval.refuse, "时间写错了", world.clock.now())
    notice = await made.notice(world, notice_id)
    assert (notice.status, notice.refusal) == (NoticeStatus.REFUSED, "时间写错了")
    assert await world.told(world.staff) == [Fact.NOTICE_REFUSED]
    assert await made.submit(world, notice_id) is NoticeStatus.WAITING


async def test_it_is_decided_once(world: World) -> None:
    notice_id = await waiting(world)
    await made.approve(world, notice_id)
    with pytest.raises(NotNow):
        await made.approve(world, notice_id)


async def test_a_change_takes_it_back_so_that_nobody_approves_what_they_have_not_seen(world: World) -> None:
    notice_id = await waiting(world)
    await made.on(world, world.staff, notice_id, notices.take_back, world.clock.now())
    assert (await made.notice(world, notice_id)).status is NoticeStatus.DRAFT
    with pytest.raises(NotFound):  # a draft is its author's own
        await made.approve(world, notice_id)


async def test_writing_over_what_waits_takes_it_back_as_well(world: World) -> None:
    notice_id = await waiting(world)
    actor = await world.actor(world.staff)
    async with world.database.begin() as session:
        notice = await notices.access_notice(session, actor, notice_id, lock=True)
        await notices.write(session, actor, made.TEXT, made.HERE, timing=Timing(), now=world.clock.now(), notice=notice)
    notice = await made.notice(world, notice_id)
    assert (notice.status, notice.submitted_at) == (NoticeStatus.DRAFT, None)
    assert await made.actions(world, notice_id) == ["written", "submitted", "withdrawn"]


async def test_an_approval_is_void_once_the_plan_is_rewritten(world: World) -> None:
    notice_id = await waiting(world, timing=Timing(world.clock.now() + timedelta(days=3)))
    assert await made.approve(world, notice_id) is NoticeStatus.SCHEDULED
    await made.on(world, world.staff, notice_id, notices.take_back, world.clock.now())
    assert await made.submit(world, notice_id) is NoticeStatus.WAITING
    assert (await made.notice(world, notice_id)).decided_by is None


async def test_approved_before_its_time_it_waits_for_it_and_after_it_goes_out_at_once(world: World) -> None:
    early = await waiting(world, timing=Timing(world.clock.now() + timedelta(hours=2)))
    late = await waiting(world, timing=Timing(world.clock.now() + timedelta(hours=1)))
    assert await made.approve(world, early) is NoticeStatus.SCHEDULED
    world.clock.advance(minutes=61)
    assert await made.approve(world, late) is NoticeStatus.SENDING


async def test_a_draft_whose_time_has_passed_or_whose_people_are_gone_can_not_be_submitted(world: World, people: list[PersonId]) -> None:
    timed, plain = await made.write(world, timing=Timing(world.clock.now() + timedelta(hours=1))), await made.write(world)
    world.clock.advance(hours=2)
    with pytest.raises(BadTiming):
        await made.submit(world, timed)
    async with world.database.begin() as session:
        await session.execute(sa.update(Person).where(Person.id.in_(people)).values(notices_off_at=world.clock.now()))
    with pytest.raises(EmptyAudience):
        await made.submit(world, plain)


async def test_who_has_lost_their_role_can_not_submit(world: World) -> None:
    notice_id = await made.write(world)
    async with world.database.begin() as session:
        await session.execute(sa.text("UPDATE role_grant SET revoked_at = now() WHERE person_id = :staff"), {"staff": world.staff})
    with pytest.raises(NotFound):
        await made.submit(world, notice_id)


async def test_only_the_author_submits(world: World) -> None:
    notice_id = await waiting(world)
    with pytest.raises(NotAllowed):
        await made.submit(world, notice_id, world.city_staff)


async def test_the_whole_city_is_approved_by_somebody_else_of_the_city(world: World) -> None:
    async with world.database.begin() as session:
        second = await new_officer(session, "第二位", CITY, world.clock.now())
    notice_id = await made.write(world, world.city_staff, audience=Audience(units=(CITY,)))
    assert await made.submit(world, notice_id, world.city_staff) is NoticeStatus.WAITING
    assert await asked(world) == [second]
    assert await made.approve(world, notice_id, second) is NoticeStatus.SENDING
