"""Templates: kept by a unit, used by it and by everybody below it."""

from __future__ import annotations

import pytest

from storage.types import PersonId
from tests.union.world import JINSONG, World, new_officer
from union import notice_templates as templates
from union.errors import NotFound
from union.notice_content import BadContent, Content
from union.notice_templates import TooManyTemplates

TEXT = Content("免费体检", "周六上午九点，社区医院一层")


async def keep(world: World, who: PersonId, name: str = "体检", content: Content = TEXT) -> int:
    actor = await world.actor(who)
    async with world.database.begin() as session:
        return (await templates.keep(session, actor, name, content, world.clock.now())).id


async def usable(world: World, who: PersonId) -> list[int]:
    actor = await world.actor(who)
    async with world.database.begin() as session:
        return [one.id for one in await templates.usable(session, actor)]


async def delete(world: World, who: PersonId, template_id: int) -> None:
    actor = await world.actor(who)
    async with world.database.begin() as session:
        await templates.delete(session, actor, template_id)


async def test_a_template_is_used_by_the_unit_and_all_below_it(world: World) -> None:
    async with world.database.begin() as session:
        below = await new_officer(session, "街道", JINSONG, world.clock.now())
    kept = await keep(world, world.staff)
    citys = await keep(world, world.city_staff, "全市")
    assert await usable(world, world.staff) == await usable(world, below)
    assert set(await usable(world, below)) == {kept, citys}
    assert await usable(world, world.haidian_staff) == [citys]
    assert await usable(world, world.city_staff) == [citys]
    assert await usable(world, world.lawyer) == []


async def test_the_same_name_replaces_it(world: World) -> None:
    first = await keep(world, world.staff)
    assert await keep(world, world.staff, content=Content("新标题", "新的正文内容")) == first
    actor = await world.actor(world.staff)
    async with world.database.begin() as session:
        assert (await templates.one(session, actor, first)).content["title"] == "新标题"


async def test_one_above_is_used_but_not_deleted_from_below(world: World) -> None:
    kept = await keep(world, world.city_staff)
    with pytest.raises(NotFound):
        await delete(world, world.staff, kept)
    await delete(world, world.city_staff, kept)
    assert await usable(world, world.staff) == []


async def test_there_is_an_end_to_them(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "MOST", 1)
    await keep(world, world.staff)
    with pytest.raises(TooManyTemplates):
        await keep(world, world.staff, "第二个")


async def test_what_could_not_go_out_is_not_kept(world: World) -> None:
    with pytest.raises(BadContent):
        await keep(world, world.staff, content=Content("好", "短"))
