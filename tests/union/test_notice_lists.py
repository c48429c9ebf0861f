"""Lists of people by phone or card number: every row is accounted for, and nobody outside one's own units is found."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from storage.models import Conversation, NoticeList, NoticeListEntry
from storage.types import PersonId
from tests.union.audience_world import EDUCATION, SCHOOL, add, add_units
from tests.union.world import CHAOYANG, JINSONG, WANGJING, ZHONGGUANCUN, World, new_officer
from union import notice_lists
from union.audience import Audience, ListGone, check
from union.errors import NotAllowed
from union.notice_lists import Found, Row, TooManyRows
from union.numbers import plain_number


async def somebody(
    world: World, phone: str | None = None, card: str | None = None, unit_id: int = JINSONG, *, door: bool = True
) -> PersonId:
    return await add(world, unit_id, door=door, phone=phone, phone_index=phone, card=card, card_index=card)  # type: ignore[arg-type]


async def make(world: World, rows: Sequence[Row], who: PersonId | None = None) -> Found:
    actor = await world.actor(who or world.staff)
    async with world.database.begin() as session:
        return await notice_lists.make(session, actor, "名单.xlsx", rows, world.clock.now())


async def on_it(world: World, found: Found) -> set[PersonId]:
    async with world.database.begin() as session:
        return set(await session.scalars(sa.select(NoticeListEntry.person_id).where(NoticeListEntry.list_id == found.list_id)))


async def test_people_are_found_by_phone_and_by_card(world: World) -> None:
    by_phone, by_card = await somebody(world, phone="13900001234"), await somebody(world, card="9900001111222233")
    found = await make(world, [(2, ["13900001234"]), (3, ["9900001111222233"])])
    assert (found.people, await on_it(world, found)) == (2, {by_phone, by_card})


@pytest.mark.parametrize(
    "written",
    [
        "139 0000 1234",
        "139-0000-1234",
        "+8613900001234",
        "+86 139 0000 1234",
        "008613900001234",
        "８６１３９００００１２３４",
        "（+86）13900001234",
        " 13900001234\n",
    ],
)
def test_a_phone_number_is_the_same_however_it_is_written(written: str) -> None:
    assert plain_number(written) == "13900001234"


@pytest.mark.parametrize("written", ["", "王小明", "139", "1.39E+10", "＝1+1", "無", "12345678901234567890123456789012345", "١٣٩٠٠٠٠١٢٣٤x"])
def test_what_is_no_number_is_none(written: str) -> None:
    assert plain_number(written) == ""


async def test_every_row_is_accounted_for_by_its_number(world: World) -> None:
    await somebody(world, phone="13900001234", card="9900001111222233")
    rows: list[Row] = [
        (2, ["139 0000 1234"]),
        (3, ["13900009999"]),
        (4, ["没有手机"]),
        (5, ["13900001234"]),
        (6, ["", "9900001111222233"]),
        (7, ["13900009999"]),
        (8, []),
    ]
    found = await make(world, rows)
    assert (found.people, found.repeated, found.missing, found.unreadable) == (1, (5, 6), (3, 7), (4, 8))
    async with world.database.begin() as session:
        kept = await session.get_one(NoticeList, found.list_id)
        assert (kept.name, kept.missing, kept.author_id) == ("名单.xlsx", 4, world.staff)


async def test_a_row_is_found_by_its_first_number_that_finds_anybody(world: World) -> None:
    first, second = await somebody(world, phone="13900001111"), await somebody(world, card="9900001111222233")
    found = await make(world, [(2, ["13900001111", "9900001111222233"])])
    assert await on_it(world, found) == {first}
    found = await make(world, [(2, ["13900002222", "9900001111222233"])])
    assert await on_it(world, found) == {second}


async def test_somebody_of_another_unit_looks_like_nobody(world: World) -> None:
    await somebody(world, phone="13900001234", unit_id=ZHONGGUANCUN)
    found = await make(world, [(2, ["13900001234"]), (3, ["13900005678"])])
    assert found == Found(list_id=None, people=0, missing=(2, 3))
    async with world.database.begin() as session:
        assert await session.scalar(sa.select(sa.func.count()).select_from(NoticeList)) == 0
    assert (await make(world, [(2, ["13900001234"])], world.haidian_staff)).people == 1


async def test_an_industry_union_finds_those_on_its_line(world: World) -> None:
    async with world.database.begin() as session:
        await add_units(session)
        officer = await new_officer(session, "产业干部", EDUCATION, world.clock.now())
    await somebody(world, phone="13900001234", unit_id=SCHOOL)
    await somebody(world, phone="13900005678")
    found = await make(world, [(2, ["13900001234"]), (3, ["13900005678"])], officer)
    assert (found.people, found.missing) == (1, (3,))


async def test_of_two_with_one_number_the_one_who_can_be_reached_is_taken(world: World) -> None:
    await somebody(world, phone="13900001234", door=False)
    reached = await somebody(world, phone="13900001234", unit_id=WANGJING)
    assert await on_it(world, await make(world, [(2, ["13900001234"])])) == {reached}
    async with world.database.begin() as session:
        await session.execute(sa.update(Conversation).values(unreachable_since=world.clock.now()))
    assert (await make(world, [(2, ["13900001234"])])).people == 1


async def test_a_phone_number_comes_before_an_equal_card_number(world: World) -> None:
    await somebody(world, card="13900001234")
    by_phone = await somebody(world, phone="13900001234")
    assert await on_it(world, await make(world, [(2, ["13900001234"])])) == {by_phone}


async def test_a_long_list_is_looked_up_in_steps(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notice_lists, "STEP", 2)
    people = [await somebody(world, phone=f"1390000000{number}") for number in range(5)]
    found = await make(world, [(number + 2, [f"1390000000{number}"]) for number in range(7)])
    assert (await on_it(world, found), found.missing) == (set(people), (7, 8))


async def test_too_long_a_list_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notice_lists, "MOST_ROWS", 2)
    with pytest.raises(TooManyRows):
        await make(world, [(row, ["13900001234"]) for row in range(2, 5)])


@pytest.mark.parametrize("who", ["lawyer", "chair", "worker"])
async def test_only_staff_make_lists(world: World, who: str) -> None:
    with pytest.raises(NotAllowed):
        await make(world, [(2, ["13900001234"])], getattr(world, who))


async def test_a_list_that_was_tidied_away_is_not_offered_and_says_that_it_is_gone(world: World) -> None:
    await somebody(world, phone="13900001234")
    found = await make(world, [(2, ["13900001234"])])
    actor, audience = await world.actor(world.staff), Audience(units=(CHAOYANG,), list_id=found.list_id)
    async with world.database.begin() as session:
        assert [kept.id for kept in await notice_lists.recent(session, actor, 6)] == [found.list_id]
        await check(session, actor, audience)
        await session.execute(sa.delete(NoticeListEntry))
        assert await notice_lists.recent(session, actor, 6) == []
        with pytest.raises(ListGone):
            await check(session, actor, audience)
