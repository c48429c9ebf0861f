"""Published answers: only with the writer's consent, without what names them, and gone at once when the consent is."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from storage.models import Case, CaseStatus, Person, PublishedAnswer
from storage.types import CaseId
from tests.union.world import CHAOYANG, HAIDIAN, JINSONG, World
from union import publishing
from union.alerts import Fact
from union.errors import NotAllowed
from union.publishing import Named

QUESTION, ANSWER = "希望站里中午也开门", "从下月起，中午也有人值班"


async def answered(
    world: World, *, agreed: bool = True, kind: str = "suggestion", status: CaseStatus = CaseStatus.CLOSED, **other: Any
) -> CaseId:
    case_id = await world.new_case(kind=kind, publish_agreed=agreed, **other)
    async with world.database.begin() as session:
        await session.execute(sa.update(Case).where(Case.id == case_id).values(status=status))
    return case_id


async def publish(world: World, case_id: CaseId, question: str = QUESTION, answer: str = ANSWER) -> None:
    now = world.clock.now()
    await world.change(case_id, lambda s, c: publishing.publish(s, c, question=question, answer=answer, by=world.staff, now=now))


async def readable(world: World, below: str = "") -> list[str]:
    async with world.database.begin() as session:
        found, total = await publishing.latest(session, below=below, limit=10)
        assert total == len(found)
        return [shown.answer.question for shown in found]


async def test_everybody_reads_it_and_the_writer_is_told_once(world: World) -> None:
    case_id = await answered(world)
    await publish(world, case_id)
    await publish(world, case_id, question="希望站里周末也开门")
    assert await readable(world) == ["希望站里周末也开门"]
    assert (await world.told(world.worker)).count(Fact.ANSWER_PUBLISHED) == 1
    assert [a for a in await world.history(case_id) if "answer" in a] == ["case.answer_published", "case.answer_changed"]


@pytest.mark.parametrize(
    "other",
    [{"agreed": False}, {"kind": "dispute"}, {"kind": "help"}, {"status": CaseStatus.IN_PROGRESS}, {"status": CaseStatus.WITHDRAWN}],
    ids=["no consent", "a dispute", "hardship", "not answered", "taken back"],
)
async def test_what_may_not_be_published_is_not(world: World, other: dict[str, Any]) -> None:
    case_id = await answered(world, **other)
    with pytest.raises(NotAllowed):
        await publish(world, case_id)
    assert await readable(world) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("张三提的建议", [Named.NAME]),
        ("张 三提的建议", [Named.NAME]),
        ("打１３９００００１２３４就行", [Named.NUMBER]),
        ("139-0000-1234", [Named.NUMBER]),
        ("劲松饭店的食堂", [Named.EMPLOYER]),
        ("劲松 饭店的食堂", [Named.EMPLOYER]),
        ("王小明提的", [Named.NAME]),
        ("中午12点到13点，打12351", []),
        ("食堂的饭店里也有", []),
    ],
)
async def test_what_names_the_writer_is_found(world: World, text: str, found: list[Named]) -> None:
    case_id = await answered(world, employer="北京市劲松饭店有限公司")
    async with world.database.begin() as session:
        await session.execute(sa.update(Person).where(Person.id == world.worker).values(name="王小明"))
    assert await world.change(case_id, lambda s, c: publishing.named_in(s, c, text)) == found


async def test_a_text_that_names_the_writer_is_never_published(world: World) -> None:
    case_id = await answered(world)
    with pytest.raises(NotAllowed):
        await publish(world, case_id, answer="感谢张三的建议")


async def test_a_consent_taken_back_hides_it_at_once(world: World) -> None:
    case_id = await answered(world)
    await publish(world, case_id)
    async with world.database.begin() as session:
        await session.execute(sa.update(Case).where(Case.id == case_id).values(publish_agreed=False))
        assert await publishing.districts(session) == []
    assert await readable(world) == []


async def test_one_that_was_taken_down_is_gone(world: World) -> None:
    case_id = await answered(world)
    await publish(world, case_id)
    for gone in (True, False):
        assert await world.change(case_id, lambda s, c: publishing.take_down(s, c, by=world.staff, now=world.clock.now())) is gone
    async with world.database.begin() as session:
        assert await session.get(PublishedAnswer, case_id) is None


async def test_the_newest_come_first_and_a_district_has_its_own(world: World) -> None:
    for unit_id, question in ((JINSONG, "劲松的建议"), (HAIDIAN, "海淀的建议"), (CHAOYANG, "朝阳的建议")):
        await publish(world, await answered(world, unit_id=unit_id), question=question)
        world.clock.advance(hours=1)
    assert await readable(world) == ["朝阳的建议", "海淀的建议", "劲松的建议"]
    assert await readable(world, "1.2.") == ["朝阳的建议", "劲松的建议"]
    async with world.database.begin() as session:
        assert [(unit.id, count) for unit, count in await publishing.districts(session)] == [(CHAOYANG, 2), (HAIDIAN, 1)]
