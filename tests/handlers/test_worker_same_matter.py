"""The same thing told twice: the worker is asked, and whatever they choose, nothing of what they said is lost."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from storage.models import Case, StoredFile
from tests.handlers.talk import EMPLOYER, Talk, fill_in, submit_case
from tests.union.world import World

SAME, OTHER = "是，并到原来的案件", "是另一件事，单独受理"


async def count(world: World) -> int:
    async with world.database.begin() as session:
        return await session.scalar(sa.select(sa.func.count()).select_from(Case)) or 0


async def again(worker: Talk, *, employer: str = f"北京市{EMPLOYER}") -> None:
    """The same story about the same employer under a fuller name, with a photo and another sum."""
    await worker.say("我要维权")
    await worker.say("老板拖欠我三个月工资不给，现在电话也不接", employer)
    await worker.press("朝阳", "劲松街道", "上个月")
    await worker.say("5万")
    await worker.photo()
    await worker.press("发完了", "匿名", "提交")


async def test_it_is_asked_before_a_second_case_is_opened(world: World, worker: Talk) -> None:
    await submit_case(worker)
    await again(worker)
    assert "是同一件事吗" in worker.screen
    assert worker.labels == [SAME, OTHER]
    assert await count(world) == 1


async def test_added_to_the_old_one_words_sum_and_files_reach_who_handles_it(world: World, worker: Talk, lawyer: Talk) -> None:
    case_id = await submit_case(worker)
    await again(worker)
    await worker.press(SAME)
    assert "已经加到案件" in worker.screen
    assert await count(world) == 1
    await lawyer.hears()
    for part in ("补充", "现在电话也不接", "50,000 元", "1 份材料"):
        assert part in lawyer.screen, part
    async with world.database.begin() as session:
        assert await session.scalar(sa.select(sa.func.count()).where(StoredFile.case_id == case_id)) == 1


async def test_another_matter_is_a_case_of_its_own_with_everything_that_was_said(world: World, worker: Talk) -> None:
    first = await submit_case(worker)
    await again(worker)
    await worker.press(OTHER)
    second = int(worker.button("看进度").choice.rpartition(":")[2])
    assert second != first
    assert (await world.case(second)).story == "老板拖欠我三个月工资不给，现在电话也不接"  # type: ignore[arg-type]
    assert await count(world) == 2


@pytest.mark.parametrize("choice", [SAME, OTHER])
async def test_pressing_twice_does_it_once(world: World, worker: Talk, choice: str) -> None:
    case_id = await submit_case(worker)
    await again(worker)
    await worker.press(choice)
    cases_after, said_after = await count(world), len(await world.room(case_id))  # type: ignore[arg-type]
    await worker.press(choice)
    assert "已经提交或取消" in worker.screen
    assert (await count(world), len(await world.room(case_id))) == (cases_after, said_after)  # type: ignore[arg-type]


async def test_who_types_instead_is_asked_again_and_has_lost_nothing(world: World, worker: Talk) -> None:
    await submit_case(worker)
    await again(worker)
    await worker.say("不知道啊")
    assert "内容还没有提交" in worker.screen
    await worker.press("提交")
    assert "是同一件事吗" in worker.screen
    await worker.press(SAME)
    assert "已经加到案件" in worker.screen


async def test_an_older_question_of_this_kind_is_harmless(world: World, worker: Talk) -> None:
    await submit_case(worker)
    await again(worker)
    old = worker.button(SAME).choice
    await worker.say("不知道啊")
    await worker.press("提交")
    await worker.choose(old)
    assert "已经提交或取消" in worker.screen


async def test_the_old_case_ended_meanwhile_it_is_a_case_of_its_own(world: World, worker: Talk) -> None:
    case_id = await submit_case(worker)
    await again(worker)
    await world.withdraw(case_id)  # type: ignore[arg-type]
    await worker.press(SAME)
    assert "已受理" in worker.screen
    assert await count(world) == 2


async def test_nobody_adds_to_a_case_that_is_not_theirs(world: World, worker: Talk) -> None:
    foreign = await world.new_case()
    await submit_case(worker)
    await again(worker)
    draft = (await worker.state()).draft
    assert draft is not None
    await worker.choose(f"w:join:{foreign}:{draft.id}")
    assert "没有找到这个案件" in worker.screen
    assert await world.room(foreign) == []


@pytest.mark.parametrize("employer", ["望京大酒楼"])
async def test_another_employer_is_not_asked_about(world: World, worker: Talk, employer: str) -> None:
    await submit_case(worker)
    await again(worker, employer=employer)
    assert await count(world) == 2


async def test_after_thirty_days_it_is_not_asked(world: World, worker: Talk) -> None:
    await submit_case(worker)
    world.clock.advance(days=30)
    await fill_in(worker)
    await worker.press("提交")
    assert "已受理" in worker.screen
