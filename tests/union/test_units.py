"""The units of the union: found by any name that people use, and on a ladder from the street up to the city."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from storage.models import ServicePoint, Unit, UnitKind
from storage.types import UnitId
from tests.union.world import CHAOYANG, CITY, HAIDIAN, JINSONG, WANGJING, ZHONGGUANCUN, World
from union import points, units
from union.errors import NotFound


async def found(world: World, name: str) -> list[UnitId]:
    async with world.database.begin() as session:
        return [unit.id for unit in await units.find_by_name(session, name)]


@pytest.mark.parametrize(
    ("name", "unit_id"),
    [
        ("劲松", JINSONG), ("劲松街道", JINSONG), ("劲松街道总工会", JINSONG), ("朝阳", CHAOYANG), ("朝阳区", CHAOYANG),
    ],
)  # fmt: skip
async def test_a_unit_is_found_by_every_name_that_people_use(world: World, name: str, unit_id: UnitId) -> None:
    assert await found(world, name) == [unit_id]


@pytest.mark.parametrize("name", ["", "火星", "%", "_", "劲", "劲松%"])
async def test_what_is_no_name_of_a_unit_finds_nothing(world: World, name: str) -> None:
    assert await found(world, name) == []


async def test_a_place_comes_before_an_industry_of_the_same_name(world: World) -> None:
    async with world.database.begin() as session:
        session.add(Unit(id=77, kind=UnitKind.INDUSTRY, name="朝阳", short="朝阳", parent_id=CITY, path="1.77."))
    assert await found(world, "朝阳") == [CHAOYANG]


async def test_the_ladder_leads_from_the_unit_up_to_the_city(world: World) -> None:
    async with world.database.begin() as session:
        assert [unit.id for unit in await units.ladder(session, JINSONG)] == [JINSONG, CHAOYANG, CITY]
        assert [unit.id for unit in await units.ladder(session, CITY)] == [CITY]
        with pytest.raises(NotFound):
            await units.ladder(session, UnitId(999))


async def test_children_are_those_directly_below_of_one_kind(world: World) -> None:
    async with world.database.begin() as session:
        assert [u.id for u in await units.children(session, CHAOYANG, UnitKind.STREET)] == [JINSONG, WANGJING]
        assert await units.children(session, CITY, UnitKind.STREET) == []
        assert [u.id for u in await units.units_of_kind(session, UnitKind.STREET, "1.2.")] == [JINSONG, WANGJING]


async def test_a_place_is_named_without_its_union(world: World) -> None:
    async with world.database.begin() as session:
        card = await units.unit_card(session, JINSONG)
    assert (card.place, card.is_below("1.2."), card.is_below("1.3.")) == ("劲松街道", True, False)


@pytest.mark.parametrize(
    ("latitude", "longitude", "unit_id"),
    [(39.886, 116.462, JINSONG), (39.995, 116.471, WANGJING), (39.98, 116.31, ZHONGGUANCUN), (31.23, 121.47, None), (0.0, 0.0, None)],
)
async def test_the_nearest_street_is_the_nearest_one_and_none_outside_the_city(
    world: World, latitude: float, longitude: float, unit_id: UnitId | None
) -> None:
    async with world.database.begin() as session:
        street = await units.nearest_street(session, latitude, longitude)
    assert (street.id if street else None) == unit_id


# ---- service points


@pytest.fixture
async def stations(world: World) -> None:
    """Three service points: two in 朝阳, one in 海淀."""
    places = [(JINSONG, "劲松站", 39.885, 116.461), (CHAOYANG, "朝阳中心", 39.921, 116.443), (HAIDIAN, "海淀中心", 39.959, 116.298)]
    async with world.database.begin() as session:
        await session.execute(
            sa.insert(ServicePoint),
            [
                {
                    "unit_id": unit_id,
                    "kind": "工会服务站",
                    "name": name,
                    "address": "某路1号",
                    "phone": "12351",
                    "hours": "9:00-17:00",
                    "latitude": latitude,
                    "longitude": longitude,
                }
                for unit_id, name, latitude, longitude in places
            ],
        )


@pytest.mark.usefixtures("stations")
async def test_the_nearest_points_come_nearest_first_with_their_distance(world: World) -> None:
    async with world.database.begin() as session:
        near = await points.nearest(session, 39.885, 116.461, 2)
    assert [point.name for point, _ in near] == ["劲松站", "朝阳中心"]
    assert near[0][1] < 1
    assert 4_000 < near[1][1] < 4_600


@pytest.mark.usefixtures("stations")
async def test_far_from_the_city_there_is_no_point(world: World) -> None:
    async with world.database.begin() as session:
        assert await points.nearest(session, 31.23, 121.47, 3) == []


@pytest.mark.usefixtures("stations")
async def test_the_points_of_a_unit_are_those_of_everything_below_it(world: World) -> None:
    async with world.database.begin() as session:
        assert [p.name for p in await points.in_unit_named(session, "朝阳", 5)] == ["劲松站", "朝阳中心"]
        assert [p.name for p in await points.in_unit_named(session, "劲松街道", 5)] == ["劲松站"]
        assert await points.in_unit_named(session, "火星", 5) == []
