"""Something told to many: only to those of one's own units who can be reached and want it, each of them once, whatever restarts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import pytest
import sqlalchemy as sa

from storage.models import Conversation, Notice, NoticeStatus, OutboxRow, OutboxStatus, Person, Priority, Role
from storage.types import NoticeId, PersonId, UnitId
from tests.union.world import CHAOYANG, CITY, HAIDIAN, JINSONG, WANGJING, ZHONGGUANCUN, World, new_lawyer, new_officer, new_person
from union import notices
from union.alerts import DESK, MEMBER, Fact
from union.errors import NotAllowed, NotFound
from union.notices import Audience, Count, Progress


@pytest.fixture
async def members(world: World) -> Mapping[UnitId, list[PersonId]]:
    """Two members who can be reached in each street, and one of 劲松 who can't be."""
    found: dict[UnitId, list[PersonId]] = {}
    async with world.database.begin() as session:
        for unit_id in (JINSONG, WANGJING, ZHONGGUANCUN):
            found[unit_id] = [await new_person(session, "会员", world.clock.now(), MEMBER, unit_id=unit_id) for _ in range(2)]
        await new_person(session, "会员", world.clock.now(), MEMBER, unit_id=JINSONG, door=False)
    return found


async def count(world: World, unit_id: UnitId, who: PersonId) -> Count:
    actor = await world.actor(who)
    async with world.database.begin() as session:
        return await notices.count(session, actor, Audience(unit_id))


async def send(world: World, unit_id: UnitId, who: PersonId | None = None) -> NoticeId:
    actor = await world.actor(who or world.staff)
    async with world.database.begin() as session:
        return (await notices.send(session, actor, Audience(unit_id), title="体检", text="周六上午九点", now=world.clock.now())).id


async def spread(world: World, notice_id: NoticeId) -> bool:
    async with world.database.begin() as session:
        return await notices.spread(session, notice_id, world.clock.now())


async def spread_all(world: World, notice_id: NoticeId) -> None:
    while await spread(world, notice_id):
        pass


async def recipients(world: World) -> list[PersonId | None]:
    async with world.database.begin() as session:
        return list(await session.scalars(sa.select(OutboxRow.person_id).where(OutboxRow.kind == Fact.NOTICE).order_by(OutboxRow.id)))


async def mark(world: World, person_id: PersonId, status: OutboxStatus, *, reached: bool = False) -> None:
    async with world.database.begin() as session:
        await session.execute(
            sa.update(OutboxRow)
            .where(OutboxRow.kind == Fact.NOTICE, OutboxRow.person_id == person_id)
            .values(status=status, reached_at=world.clock.now() if reached else None)
        )


async def state(world: World, notice_id: NoticeId) -> tuple[NoticeStatus, Progress]:
    async with world.database.begin() as session:
        notice = await session.get_one(Notice, notice_id)
        return notice.status, await notices.progress(session, notice)


def adds_up(progress: Progress) -> bool:
    return progress.sent + progress.failed + progress.unreachable + progress.waiting == progress.total and progress.waiting >= 0


Members = Mapping[UnitId, list[PersonId]]


# ---- who is meant


async def test_the_count_tells_the_reachable_from_those_who_are_not(world: World, members: Members) -> None:
    assert await count(world, JINSONG, world.staff) == Count(reachable=2, unreachable=1)
    assert await count(world, CHAOYANG, world.staff) == Count(reachable=4, unreachable=1)
    assert await count(world, CITY, world.city_staff) == Count(reachable=6, unreachable=1)


async def test_who_blocked_the_bot_or_wants_no_notices_does_not_count_as_reachable(world: World, members: Members) -> None:
    blocked, unsubscribed = members[WANGJING]
    async with world.database.begin() as session:
        await session.execute(sa.update(Conversation).where(Conversation.person_id == blocked).values(unreachable_since=world.clock.now()))
        await notices.subscribe(session, unsubscribed, world.clock.now(), wanted=False)
    assert await count(world, WANGJING, world.staff) == Count(reachable=0, unreachable=2)


async def test_who_wants_notices_again_counts_again(world: World, members: Members) -> None:
    async with world.database.begin() as session:
        await notices.subscribe(session, members[WANGJING][0], world.clock.now(), wanted=False)
        await notices.subscribe(session, members[WANGJING][0], world.clock.now(), wanted=True)
    assert (await count(world, WANGJING, world.staff)).reachable == 2


async def test_a_person_with_two_doors_is_one_person(world: World, members: Members) -> None:
    async with world.database.begin() as session:
        person_id = members[WANGJING][0]
        session.add(Conversation(door="web", address="second", side=MEMBER, person_id=person_id, created_at=world.clock.now()))
    assert (await count(world, WANGJING, world.staff)).reachable == 2
    await spread_all(world, await send(world, WANGJING))
    assert await recipients(world) == members[WANGJING]


async def test_a_desk_door_is_no_way_to_a_member(world: World, members: Members) -> None:
    async with world.database.begin() as session:
        await new_person(session, "干部", world.clock.now(), DESK, unit_id=WANGJING)
    assert await count(world, WANGJING, world.staff) == Count(reachable=2, unreachable=1)


@pytest.mark.parametrize("unit_id", [HAIDIAN, ZHONGGUANCUN, CITY])
async def test_nobody_can_count_or_send_beyond_their_own_units(world: World, members: Members, unit_id: UnitId) -> None:
    with pytest.raises(NotAllowed):
        await count(world, unit_id, world.staff)
    with pytest.raises(NotAllowed):
        await send(world, unit_id)


@pytest.mark.parametrize("who", ["lawyer", "chair", "worker"])
async def test_only_staff_send_notices(world: World, members: Members, who: str) -> None:
    with pytest.raises(NotAllowed):
        await send(world, JINSONG, getattr(world, who))


async def test_an_administrator_of_the_city_may_send_anywhere(world: World, members: Members) -> None:
    async with world.database.begin() as session:
        admin = await new_officer(session, "管理员", CITY, world.clock.now(), role=Role.ADMIN)
    assert (await count(world, HAIDIAN, admin)).reachable == 2


async def test_a_unit_that_does_not_exist_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        await count(world, UnitId(999), world.city_staff)


def test_an_audience_survives_being_stored() -> None:
    assert Audience.from_json(Audience(JINSONG).to_json()) == Audience(JINSONG)


# ---- spreading


async def test_a_notice_goes_to_each_reachable_member_below_the_unit_and_to_nobody_else(world: World, members: Members) -> None:
    await spread_all(world, await send(world, CHAOYANG))
    assert await recipients(world) == members[JINSONG] + members[WANGJING]


async def test_notices_wait_behind_everything_else(world: World, members: Members) -> None:
    await spread_all(world, await send(world, CHAOYANG))
    async with world.database.begin() as session:
        rows = list(await session.scalars(sa.select(OutboxRow).where(OutboxRow.kind == Fact.NOTICE)))
    assert {row.priority for row in rows} == {Priority.NOTICE}
    assert {row.lane for row in rows} == {f"n{row.person_id}" for row in rows}


async def test_spreading_again_after_a_restart_tells_nobody_twice(world: World, members: Members, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "STEP", 1)
    notice_id = await send(world, CHAOYANG)
    await spread(world, notice_id)
    await spread(world, notice_id)
    async with world.database.begin() as session:  # the process died before it noted how far it had come
        await session.execute(sa.update(Notice).values(spread_to=0))
    await spread_all(world, notice_id)
    assert sorted(p for p in await recipients(world) if p) == sorted(members[JINSONG] + members[WANGJING])


async def test_a_step_that_is_cut_short_leaves_nothing_and_is_taken_again(
    world: World, members: Members, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "STEP", 2)
    notice_id = await send(world, CHAOYANG)
    with pytest.raises(RuntimeError):
        async with world.database.begin() as session:
            await notices.spread(session, notice_id, world.clock.now())
            raise RuntimeError("power cut")
    assert await recipients(world) == []
    await spread_all(world, notice_id)
    assert await recipients(world) == members[JINSONG] + members[WANGJING]


async def test_two_processes_that_spread_at_once_tell_nobody_twice(world: World, members: Members, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "STEP", 1)
    notice_id = await send(world, CHAOYANG)
    await asyncio.gather(*(spread(world, notice_id) for _ in range(8)))
    await spread_all(world, notice_id)
    assert await recipients(world) == members[JINSONG] + members[WANGJING]


async def test_no_more_rows_are_made_while_many_of_them_wait_unsent(
    world: World, members: Members, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "STEP", 1)
    monkeypatch.setattr(notices, "AHEAD", 2)
    notice_id = await send(world, CHAOYANG)
    await spread_all(world, notice_id)
    assert len(await recipients(world)) == 2
    for person_id in members[JINSONG]:
        await mark(world, person_id, OutboxStatus.SENT)
    await spread_all(world, notice_id)
    assert len(await recipients(world)) == 4


async def test_who_unsubscribes_while_it_spreads_and_has_no_row_yet_is_left_out(
    world: World, members: Members, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "STEP", 1)
    notice_id = await send(world, WANGJING)
    await spread(world, notice_id)
    async with world.database.begin() as session:
        await notices.subscribe(session, members[WANGJING][1], world.clock.now(), wanted=False)
    await spread_all(world, notice_id)
    assert await recipients(world) == members[WANGJING][:1]
    _, progress = await state(world, notice_id)
    assert (progress.total, adds_up(progress)) == (1, True)


async def test_who_comes_while_it_spreads_is_told_and_counted(world: World, members: Members, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "STEP", 1)
    notice_id = await send(world, WANGJING)
    await spread(world, notice_id)
    async with world.database.begin() as session:
        newcomer = await new_person(session, "会员", world.clock.now(), MEMBER, unit_id=WANGJING)
    await spread_all(world, notice_id)
    assert newcomer in await recipients(world)
    _, progress = await state(world, notice_id)
    assert (progress.total, adds_up(progress)) == (3, True)


async def test_a_notice_to_nobody_ends_at_once(world: World) -> None:
    notice_id = await send(world, WANGJING)
    await spread_all(world, notice_id)
    await spread(world, notice_id)
    status, progress = await state(world, notice_id)
    assert (status, progress.total) == (NoticeStatus.SENT, 0)


# ---- outcomes


async def test_every_recipient_has_an_outcome_and_the_outcomes_add_up_at_every_moment(world: World, members: Members) -> None:
    notice_id = await send(world, CHAOYANG)
    seen = [(await state(world, notice_id))[1]]
    await spread_all(world, notice_id)
    outcomes = (OutboxStatus.SENT, OutboxStatus.UNREACHABLE, OutboxStatus.FAILED, OutboxStatus.SENT)
    for person_id, outcome in zip(members[JINSONG] + members[WANGJING], outcomes, strict=True):
        seen.append((await state(world, notice_id))[1])
        await mark(world, person_id, outcome, reached=outcome is OutboxStatus.SENT)
        await spread(world, notice_id)
    status, last = await state(world, notice_id)
    assert all(adds_up(progress) for progress in [*seen, last])
    assert last == Progress(total=4, sent=2, reached=2, unreachable=1, failed=1)
    assert status is NoticeStatus.SENT


async def test_a_notice_is_not_over_while_one_recipient_waits(world: World, members: Members) -> None:
    notice_id = await send(world, WANGJING)
    await spread_all(world, notice_id)
    await mark(world, members[WANGJING][0], OutboxStatus.SENT)
    await spread(world, notice_id)
    status, progress = await state(world, notice_id)
    assert (status, progress.waiting) == (NoticeStatus.SENDING, 1)
    async with world.database.begin() as session:
        assert await notices.under_way(session) == [notice_id]


async def test_the_author_sees_the_progress_at_the_beginning_at_the_end_and_at_most_every_two_seconds(
    world: World, members: Members
) -> None:
    notice_id = await send(world, WANGJING)
    await spread_all(world, notice_id)
    for _ in range(8):
        world.clock.advance(seconds=0.5)
        await spread(world, notice_id)
    for person_id in members[WANGJING]:
        await mark(world, person_id, OutboxStatus.SENT)
    world.clock.advance(seconds=0.5)
    await spread(world, notice_id)
    assert await world.told(world.staff) == [Fact.NOTICE_PROGRESS] * 4


async def test_the_progress_lines_share_one_place_on_the_screen(world: World, members: Members) -> None:
    notice_id = await send(world, WANGJING)
    async with world.database.begin() as session:
        row = (await session.scalars(sa.select(OutboxRow).where(OutboxRow.kind == Fact.NOTICE_PROGRESS))).one()
    assert (row.slot, row.params) == (f"notice:{notice_id}", {"notice_progress": notice_id})


# ---- stopping


async def stop(world: World, notice_id: NoticeId, who: PersonId) -> bool:
    actor = await world.actor(who)
    async with world.database.begin() as session:
        return await notices.stop(session, actor, notice_id, world.clock.now())


async def test_a_stopped_notice_drops_what_has_not_gone_out_and_makes_no_more(
    world: World, members: Members, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "STEP", 3)
    notice_id = await send(world, CHAOYANG)
    await spread(world, notice_id)
    first, second, _ = await recipients(world)
    assert first is not None
    assert second is not None
    await mark(world, first, OutboxStatus.SENT)
    await mark(world, second, OutboxStatus.SENDING)
    assert await stop(world, notice_id, world.staff) is True
    assert await spread(world, notice_id) is False
    assert await recipients(world) == [first, second]
    status, progress = await state(world, notice_id)
    assert status is NoticeStatus.STOPPED
    assert adds_up(progress)


async def test_stopping_twice_or_after_the_end_changes_nothing(world: World, members: Members) -> None:
    notice_id = await send(world, WANGJING)
    assert await stop(world, notice_id, world.staff) is True
    world.clock.advance(minutes=1)
    assert await stop(world, notice_id, world.staff) is False


async def test_staff_above_may_stop_it_and_others_do_not_even_learn_that_it_exists(world: World, members: Members) -> None:
    notice_id = await send(world, WANGJING)
    async with world.database.begin() as session:
        street_lawyer = await new_lawyer(session, "律师", WANGJING, world.clock.now())
    for stranger in (world.haidian_staff, world.chair, world.worker, street_lawyer):
        with pytest.raises(NotFound):
            await stop(world, notice_id, stranger)
    with pytest.raises(NotFound):
        await stop(world, NoticeId(notice_id + 1), world.haidian_staff)
    assert await stop(world, notice_id, world.city_staff) is True


async def test_people_without_a_unit_get_no_notice(world: World, members: Members) -> None:
    async with world.database.begin() as session:
        assert (await session.get_one(Person, world.worker)).unit_id is None
    await spread_all(world, await send(world, CITY, world.city_staff))
    assert world.worker not in await recipients(world)


async def test_a_notice_that_is_long_over_is_left_alone(world: World, members: Members) -> None:
    notice_id = await send(world, ZHONGGUANCUN, world.haidian_staff)
    await spread_all(world, notice_id)
    for person_id in members[ZHONGGUANCUN]:
        await mark(world, person_id, OutboxStatus.SENT)
    await spread(world, notice_id)
    told = await world.told(world.haidian_staff)
    world.clock.advance(seconds=timedelta(days=30).total_seconds())
    assert await spread(world, notice_id) is False
    assert await world.told(world.haidian_staff) == told
