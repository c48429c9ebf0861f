"""看对话: what was said both ways, and whether it was sent, delivered, read."""

from __future__ import annotations

import pytest

from tests.handlers.talk import Talk, Talks, submit_case
from tests.union.world import World
from union.alerts import Fact


async def begun(worker: Talk, lawyer: Talk) -> int:
    case_id = await submit_case(worker)
    await lawyer.hears()
    await lawyer.press("接单")
    await lawyer.say("您好，合同在吗")
    await worker.hears()
    return case_id


async def test_the_marks_follow_a_message_on_its_way(worker: Talk, lawyer: Talk) -> None:
    case_id = await begun(worker, lawyer)
    await worker.say("在的")
    await worker.press("看对话")
    assert "我 11月" in worker.screen
    assert "已发出\n在的" in worker.screen
    await lawyer.hears()
    await worker.press("看对话")
    assert "已送达\n在的" in worker.screen
    await lawyer.choose(f"c:room:{case_id}")
    await worker.press("看对话")
    assert "已读\n在的" in worker.screen


async def test_what_the_lawyer_said_stands_there_too_and_looking_reads_it(world: World, worker: Talk, lawyer: Talk) -> None:
    case_id = await begun(worker, lawyer)
    await worker.press("看进度", "看对话")
    assert "律师 11月" in worker.screen
    assert "您好，合同在吗" in worker.screen
    [message] = await world.room(case_id)  # type: ignore[arg-type]
    assert message.read_at == world.clock.now()


async def test_files_are_named_and_long_words_are_cut(worker: Talk, lawyer: Talk) -> None:
    await begun(worker, lawyer)
    await worker.photo(caption="合同第一页")
    await worker.say("长" * 500)
    await worker.press("看对话")
    assert "［材料］合同第一页" in worker.screen
    assert "…" in worker.screen
    assert len(worker.screen) < 1000


async def test_what_was_said_earlier_is_a_button_away_and_nothing_is_shown_twice(worker: Talk, lawyer: Talk) -> None:
    await begun(worker, lawyer)
    for number in range(1, 25):
        await worker.say(f"第{number}句")
    seen: list[str] = []
    await worker.press("看对话")
    while True:
        seen = [line for line in worker.screen.splitlines() if line.startswith("第")] + seen
        if "看更早的" not in worker.labels:
            break
        await worker.press("看更早的")
    assert seen == [f"第{number}句" for number in range(1, 25)]


async def test_before_anybody_has_spoken_it_says_so(worker: Talk) -> None:
    await submit_case(worker)
    await worker.press("看进度", "看对话")
    assert "还没有说过话" in worker.screen


async def test_nobody_reads_the_room_of_somebody_else(world: World, worker: Talk, lawyer: Talk, talks: Talks) -> None:
    case_id = await begun(worker, lawyer)
    other = await talks.of(world.other_worker)
    await other.choose(f"w:talk:{case_id}")
    assert "没有找到这个案件" in other.screen


async def test_an_ended_case_can_still_be_read(world: World, worker: Talk, lawyer: Talk) -> None:
    case_id = await begun(worker, lawyer)
    await world.close(case_id)  # type: ignore[arg-type]
    await worker.press("看进度", "看对话")
    assert "合同在吗" in worker.screen


@pytest.mark.parametrize("said", ["好的，马上", "他们说今天发", "我今天去不了"])
async def test_the_short_answers_of_a_conversation_alarm_nobody(world: World, worker: Talk, lawyer: Talk, said: str) -> None:
    await begun(worker, lawyer)
    await worker.say(said)
    assert "120" not in worker.screen
    assert Fact.INCIDENT not in await world.told()


async def test_a_cry_for_help_to_the_lawyer_does(world: World, worker: Talk, lawyer: Talk) -> None:
    await begun(worker, lawyer)
    await worker.say("我真的不想活了")
    assert "120" in worker.screen
    assert Fact.INCIDENT in await world.told()
