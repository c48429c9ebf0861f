"""Code and passphrase: what lets somebody in, what locks a case, and that nothing tells why it did not work."""

from __future__ import annotations

import itertools
import math
from datetime import timedelta

import pytest
import sqlalchemy as sa

from storage.models import Case, CaseEvent, CaseFollower
from storage.types import CaseId, PersonId
from tests.union.world import World
from union import passphrases
from union.alerts import Fact


async def give(world: World, case_id: CaseId) -> str:
    async with world.database.begin() as session:
        return await passphrases.give(session, await session.get_one(Case, case_id))


async def follow(world: World, person_id: PersonId, case_id: CaseId, said: str, *, code: str = "") -> bool:
    code = code or (await world.case(case_id)).code
    async with world.database.begin() as session:
        return await passphrases.follow(session, person_id, world.clock.now(), code=code, said=said) is not None


def test_a_passphrase_is_worth_36_bits_and_its_words_can_be_told_apart() -> None:
    words = passphrases.words()
    assert len(set(words)) == len(words) >= 512
    assert passphrases.LENGTH * math.log2(len(words)) >= 36
    assert {len(word) for word in words} == {2}
    assert not {word[::-1] for word in words if word[0] != word[1]} & set(words)


async def test_who_brings_code_and_passphrase_follows_the_case(world: World) -> None:
    case_id = await world.new_case()
    assert await follow(world, world.other_worker, case_id, await give(world, case_id))
    async with world.database.begin() as session:
        assert await session.get(CaseFollower, (case_id, world.other_worker)) is not None
    assert "case.followed" in await world.history(case_id)


async def test_only_the_fingerprint_is_kept(world: World) -> None:
    case_id = await world.new_case()
    phrase = await give(world, case_id)
    async with world.database.begin() as session:
        stored = await session.scalar(sa.select(sa.cast(Case.passphrase_index, sa.LargeBinary)).where(Case.id == case_id))
    assert stored is not None
    assert len(stored) == 32
    assert phrase.split()[0] not in stored.decode("utf-8", "replace")


@pytest.mark.parametrize("between", ["", " ", "、", "，", ",", "　", "-", "\n", " ， "])
async def test_the_signs_between_the_words_do_not_matter(world: World, between: str) -> None:
    case_id = await world.new_case()
    phrase = await give(world, case_id)
    assert await follow(world, world.other_worker, case_id, f"口令：{between.join(phrase.split())}。")


async def test_the_order_of_the_words_matters(world: World) -> None:
    case_id = await world.new_case()
    words = ["苹果", "火车", "月亮", "毛衣"]
    async with world.database.begin() as session:
        case = await session.get_one(Case, case_id)
        case.passphrase_index = f"{case.code}:{''.join(words)}"
    for said in itertools.permutations(words):
        assert await follow(world, world.other_worker, case_id, " ".join(said)) is (list(said) == words)
        async with world.database.begin() as session:  # the lock is another test's
            await session.execute(sa.update(Case).values(passphrase_tries=0, passphrase_locked_until=None))


async def test_a_new_passphrase_ends_the_old_one(world: World) -> None:
    case_id = await world.new_case()
    old = await give(world, case_id)
    async with world.database.begin() as session:
        new = await passphrases.renew(session, await session.get_one(Case, case_id), world.clock.now(), by=world.worker)
    assert not await follow(world, world.other_worker, case_id, old)
    assert await follow(world, world.other_worker, case_id, new)
    assert "case.passphrase_made" in await world.history(case_id)


async def test_the_passphrase_of_one_case_opens_no_other(world: World) -> None:
    first, second = await world.new_case(), await world.new_case()
    phrase = await give(world, first)
    await give(world, second)
    assert not await follow(world, world.other_worker, second, phrase)


async def test_an_unknown_code_and_a_case_without_passphrase_are_like_wrong_words(world: World) -> None:
    case_id = await world.new_case()
    assert not await follow(world, world.other_worker, case_id, "")
    assert not await follow(world, world.other_worker, case_id, "苹果 火车 月亮 毛衣")
    assert not await follow(world, world.other_worker, case_id, "苹果 火车 月亮 毛衣", code="00000000")


async def test_five_wrong_tries_lock_the_case_for_an_hour_and_not_longer(world: World) -> None:
    case_id = await world.new_case()
    phrase = await give(world, case_id)
    for _ in range(5):
        assert not await follow(world, world.other_worker, case_id, "不对")
    assert not await follow(world, world.other_worker, case_id, phrase)
    world.clock.advance(minutes=59)
    assert not await follow(world, world.other_worker, case_id, phrase)
    world.clock.advance(minutes=1)
    assert await follow(world, world.other_worker, case_id, phrase)


async def test_four_wrong_tries_lock_nothing(world: World) -> None:
    case_id = await world.new_case()
    phrase = await give(world, case_id)
    for _ in range(4):
        await follow(world, world.other_worker, case_id, "不对")
    assert await follow(world, world.other_worker, case_id, phrase)


async def test_the_lock_grows_with_every_five_tries_and_never_over_a_day(world: World) -> None:
    case_id = await world.new_case()
    await give(world, case_id)
    locks: list[timedelta] = []
    for _ in range(8):
        for _ in range(5):
            await follow(world, world.other_worker, case_id, "不对")
        until = (await world.case(case_id)).passphrase_locked_until
        assert until is not None
        locks.append(until - world.clock.now())
        world.clock.advance(hours=24)
    assert [lock // timedelta(hours=1) for lock in locks] == [1, 2, 4, 8, 16, 24, 24, 24]


async def test_tries_while_it_is_locked_do_not_lock_it_longer(world: World) -> None:
    case_id = await world.new_case()
    phrase = await give(world, case_id)
    for _ in range(25):
        await follow(world, world.other_worker, case_id, "不对")
    world.clock.advance(hours=1)
    assert await follow(world, world.other_worker, case_id, phrase)


async def test_the_right_words_begin_the_count_anew(world: World) -> None:
    case_id = await world.new_case()
    phrase = await give(world, case_id)
    for _ in range(3):
        for _ in range(4):
            await follow(world, world.other_worker, case_id, "不对")
        assert await follow(world, world.other_worker, case_id, phrase)


async def test_a_second_time_changes_nothing(world: World) -> None:
    case_id = await world.new_case()
    phrase = await give(world, case_id)
    for _ in range(2):
        assert await follow(world, world.other_worker, case_id, phrase)
    assert (await world.history(case_id)).count("case.followed") == 1


async def test_the_worker_themself_becomes_no_follower(world: World) -> None:
    case_id = await world.new_case()
    assert await follow(world, world.worker, case_id, await give(world, case_id))
    async with world.database.begin() as session:
        assert await session.get(CaseFollower, (case_id, world.worker)) is None


async def test_a_follower_is_told_what_the_worker_is_told_until_they_leave(world: World) -> None:
    case_id = await world.new_case()
    await follow(world, world.other_worker, case_id, await give(world, case_id))
    await world.accept(case_id)
    assert Fact.CASE_ACCEPTED in await world.told(world.other_worker)
    assert Fact.CASE_ACCEPTED in await world.told(world.worker)
    async with world.database.begin() as session:
        case = await session.get_one(Case, case_id)
        assert await passphrases.follows(session, world.other_worker, case)
        assert await passphrases.unfollow(session, world.other_worker, case, world.clock.now())
        assert not await passphrases.unfollow(session, world.other_worker, case, world.clock.now())
        assert not await passphrases.unfollow(session, world.worker, case, world.clock.now())
    await world.contact(case_id)
    assert Fact.ROOM_MESSAGE not in await world.told(world.other_worker)
    assert Fact.ROOM_MESSAGE in await world.told(world.worker)


async def test_the_history_holds_neither_the_passphrase_nor_what_was_tried(world: World) -> None:
    case_id = await world.new_case()
    phrase = await give(world, case_id)
    await follow(world, world.other_worker, case_id, "不对 不对")
    await follow(world, world.other_worker, case_id, phrase)
    async with world.database.begin() as session:
        details = [str(detail) for detail in await session.scalars(sa.select(CaseEvent.detail).where(CaseEvent.case_id == case_id))]
    assert not [detail for detail in details if "不对" in detail or any(word in detail for word in phrase.split())]
