"""The lawyer's hands: accept, decline, write to the right worker and to no other, close."""

from __future__ import annotations

import pytest

from handlers.lawyer.taking import DECLINE_REASONS
from storage.models import CaseStatus
from storage.types import CaseId
from tests.handlers.talk import Talk, Talks, submit_case
from tests.union.world import World
from union import evidence


async def said(world: World, case_id: int) -> list[str]:
    return [message.text for message in await world.room(CaseId(case_id))]


# ---- the inbox


async def test_the_inbox_has_the_clock_of_each_case_and_those_that_wait_first(world: World, lawyer: Talk) -> None:
    await lawyer.say("收件箱")
    assert "收件箱是空的" in lawyer.screen
    contacted = await world.new_case()
    await world.contact(contacted)
    waiting = await world.new_case()
    world.clock.advance(hours=3, minutes=30)
    await lawyer.say("/inbox")
    assert "共 2 件，其中 1 件还在等您联系" in lawyer.screen
    assert [row[0].choice for row in lawyer.last[0].buttons][:2] == [f"c:card:{waiting}", f"c:card:{contacted}"]
    assert "剩20小时" in lawyer.labels[0]


async def test_a_case_is_opened_by_its_code(world: World, lawyer: Talk) -> None:
    case = await world.case(await world.new_case())
    await lawyer.say(f"/case {case.code[:4]} {case.code[4:]}")
    assert "老板拖欠我两个月工资" in lawyer.screen
    await lawyer.say("/case 123")
    assert "8 位案件编号" in lawyer.screen


async def many(world: World, number: int) -> list[CaseId]:
    return [await world.new_case() for _ in range(number)]


async def test_a_full_desk_is_shown_in_pages_and_no_case_is_lost_between_them(world: World, lawyer: Talk) -> None:
    opened = await many(world, 23)
    await lawyer.say("收件箱")
    first = [row[0].choice for row in lawyer.last[0].buttons if row[0].choice.startswith("c:card")]
    await lawyer.press("下一页")
    assert "第 2/2 页" in lawyer.screen
    second = [row[0].choice for row in lawyer.last[0].buttons if row[0].choice.startswith("c:card")]
    assert (len(first), len(second)) == (20, 3)
    assert [*first, *second] == [f"c:card:{case_id}" for case_id in opened]
    assert "下一页" not in lawyer.labels
    await lawyer.press("上一页")
    assert "第 1/2 页" in lawyer.screen


async def test_the_piles_hold_who_waits_for_contact_who_waits_for_a_word_and_what_goes_on(world: World, lawyer: Talk) -> None:
    waits, talks_, works = await many(world, 3)
    for case_id in (talks_, works):
        await world.contact(case_id)
    await world.reached(await world.write(talks_, world.worker, "请问怎么样了"))
    await lawyer.say("收件箱")
    assert {"等我联系 1", "等我回复 1", "办理中 2"} <= set(lawyer.labels)

    async def pile(label: str) -> set[str]:
        await lawyer.say("收件箱")
        await lawyer.press(label)
        return {b.choice for row in lawyer.last[0].buttons for b in row if b.choice.startswith("c:card")}

    assert await pile("等我联系") == {f"c:card:{waits}"}
    assert await pile("等我回复") == {f"c:card:{talks_}"}
    assert await pile("办理中") == {f"c:card:{talks_}", f"c:card:{works}"}


async def test_what_nobody_has_read_is_marked_until_somebody_looks(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    for words in ("在吗", "律师"):
        await world.reached(await world.write(case_id, world.worker, words))
    await lawyer.say("收件箱")
    assert lawyer.labels[0].startswith("●2 ")
    await lawyer.choose(f"c:talk:{case_id}")
    await lawyer.say("收件箱")
    assert "●" not in lawyer.labels[0]


@pytest.mark.parametrize("choice", ["c:inbox:-5", "c:inbox:999", "c:inbox:999:work", "c:inbox:0:nonsense", "c:inbox:x", "c:inbox"])
async def test_a_page_that_there_is_not_is_answered(world: World, lawyer: Talk, choice: str) -> None:
    await world.new_case()
    await lawyer.choose(choice)
    assert lawyer.last


async def test_a_member_of_staff_finds_the_cases_they_are_responsible_for(world: World, staff: Talk) -> None:
    case_id = await world.new_case(kind="complaint")
    await staff.say("/inbox")
    assert [row[0].choice for row in staff.last[0].buttons] == [f"c:card:{case_id}"]


# ---- accept and decline


async def test_accepting_says_that_the_clock_runs_on(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await lawyer.hears()
    await lawyer.press("接单")
    assert "24 小时的钟还在走" in lawyer.screen
    assert (await world.case(case_id)).status is CaseStatus.ACCEPTED


async def test_accepting_twice_is_harmless_and_says_so(world: World, lawyer: Talk) -> None:
    await world.new_case()
    await lawyer.hears()
    await lawyer.press("接单")
    accept = next(b for r in lawyer.shown for row in r.buttons for b in row if b.label == "接单")
    await lawyer.choose(accept.choice)
    assert "您已经接过这件了" in lawyer.screen


async def test_accepting_an_ended_case_shows_the_case_as_it_is(world: World, worker: Talk, lawyer: Talk) -> None:
    await submit_case(worker)
    await lawyer.hears()
    await worker.press("看进度", "撤回诉求", "确定撤回")
    await lawyer.press("接单")
    assert "职工已撤回" in lawyer.screen


@pytest.mark.parametrize(("label", "code"), DECLINE_REASONS)
async def test_declining_asks_why_and_the_case_goes_to_the_next_at_once(
    world: World, talks: Talks, lawyer: Talk, label: str, code: str
) -> None:
    case_id = await world.new_case()
    await lawyer.hears()
    await lawyer.press("退单", label)
    assert "正在派给下一位律师" in lawyer.screen
    following = await talks.of(world.pool_lawyer)
    await following.hears()
    assert "新案件派给您" in following.screen
    assert (await world.case(case_id)).lawyer_id == world.pool_lawyer
    await lawyer.choose(f"c:declined:{case_id}:{code}")
    assert "没有找到这个案件" in lawyer.screen


async def test_after_contact_an_old_decline_button_asks_once_more_and_hands_nothing_over(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    await lawyer.choose(f"c:declined:{case_id}:busy")
    assert "转办" in lawyer.screen
    assert (await world.case(case_id)).lawyer_id == world.lawyer


# ---- writing


async def test_after_accepting_what_is_typed_goes_to_that_worker(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await lawyer.hears()
    await lawyer.press("接单")
    await lawyer.say("您好")
    await lawyer.photo(caption="请看")
    assert await said(world, case_id) == ["您好", "请看"]
    assert "已发出 · 案件" in lawyer.screen


async def test_what_is_typed_without_a_case_chosen_waits_until_one_is_chosen(world: World, lawyer: Talk) -> None:
    first, second = await world.new_case(), await world.new_case(worker_id=world.other_worker)
    await lawyer.say("请把合同拍给我")
    assert "要发给哪个案件" in lawyer.screen
    assert await said(world, first) == await said(world, second) == []
    await lawyer.press(lawyer.labels[1])
    assert "已发出" in lawyer.screen
    assert (await said(world, first), await said(world, second)) == ([], ["请把合同拍给我"])
    assert (await lawyer.state()).unsent == []


async def test_several_messages_typed_before_the_case_is_chosen_all_arrive(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await lawyer.say("您好，我是律师。", "请把合同拍给我。")
    await lawyer.press(lawyer.labels[0])
    assert await said(world, case_id) == ["您好，我是律师。", "请把合同拍给我。"]


async def test_the_longest_text_is_kept_whole_until_the_case_is_chosen(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await lawyer.say("字" * 4096)
    await lawyer.press(lawyer.labels[0])
    assert "".join(await said(world, case_id)) == "字" * 4096


async def test_a_text_that_was_not_sent_never_goes_out_with_another_press(world: World, lawyer: Talk) -> None:
    """They typed, did not choose, and came back later for another case."""
    case_id = await world.new_case()
    await lawyer.say("王先生，材料我收到了")
    await lawyer.say("收件箱")
    await lawyer.press(lawyer.labels[0], "接单")
    await lawyer.press("以后再写")
    await lawyer.choose(f"c:room:{case_id}")
    assert await said(world, case_id) == []
    assert "“王先生，材料我收到了”" in lawyer.screen  # it is asked about, and goes out only on their word
    await lawyer.press("发给这位职工")
    assert await said(world, case_id) == ["王先生，材料我收到了"]
    assert (await lawyer.state()).unsent == []


async def test_a_text_need_not_be_sent_after_all(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await lawyer.say("写错了")
    await lawyer.press("不发了")
    assert (await lawyer.state()).unsent == []
    assert await said(world, case_id) == []


async def test_more_texts_than_anybody_means_to_send_are_refused_and_not_forgotten_silently(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await lawyer.say(*(f"第{number}句话" for number in range(21)))
    assert "最后这句没有收下" in lawyer.screen
    await lawyer.press(lawyer.labels[0])
    assert len(await world.room(case_id)) == 20


async def test_with_no_case_what_is_typed_goes_to_nobody_and_it_says_so(lawyer: Talk) -> None:
    await lawyer.say("有人吗")
    assert "没有发给谁" in lawyer.screen
    assert (await lawyer.state()).unsent == []


async def test_a_commands_answer_closes_the_room_so_that_nothing_goes_to_the_wrong_worker(world: World, lawyer: Talk) -> None:
    first = await world.new_case()
    second = await world.case(await world.new_case(worker_id=world.other_worker))
    for leave in ("收件箱", "/inbox", "/help", f"/case {second.code}", f"c:card:{second.id}"):
        await lawyer.choose(f"c:room:{first}")
        await (lawyer.choose(leave) if leave.startswith("c:") else lawyer.say(leave))
        await lawyer.say("这句话给第二个人")
        assert "要发给哪个案件" in lawyer.screen
        await lawyer.press("不发了")
    assert await said(world, first) == []


async def test_looking_at_the_case_itself_keeps_its_room_open(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await lawyer.choose(f"c:room:{case_id}")
    await lawyer.choose(f"c:card:{case_id}")
    await lawyer.say("您好")
    assert await said(world, case_id) == ["您好"]


async def test_the_room_shows_what_was_said_and_to_whom_it_goes(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await world.write(case_id, world.lawyer, "您好")
    await world.write(case_id, world.worker, "律师好")
    await lawyer.choose(f"c:room:{case_id}")
    for words in ("我 11月18日 10:00（已发出）：您好", "对方 11月18日 10:00：律师好", "张三", "劲松饭店"):
        assert words in lawyer.screen, words


async def test_an_edited_message_arrives_as_a_correction(world: World, worker: Talk, lawyer: Talk) -> None:
    case_id = await submit_case(worker)
    await lawyer.choose(f"c:room:{case_id}")
    await lawyer.say("明天见")
    await lawyer.edit("后天见")
    assert await said(world, case_id) == ["明天见", "（更正）后天见"]


async def test_what_cannot_be_passed_on_is_said_and_not_swallowed(world: World, worker: Talk, lawyer: Talk) -> None:
    case_id = await submit_case(worker)
    await lawyer.choose(f"c:room:{case_id}")
    await worker.press("补充材料")
    for talk in (lawyer, worker):
        for send in (talk.sticker(), talk.place(39.9, 116.4), talk.say("   ")):
            await send
            assert "转不了" in talk.screen
        await talk.document("录像.mp4", 25 * 1024 * 1024)
        assert "最大只能收 20 MB，没有收下" in talk.screen
    assert await said(world, case_id) == []


async def test_in_a_case_that_is_no_longer_theirs_nothing_arrives_and_they_are_told(world: World, lawyer: Talk, staff: Talk) -> None:
    case_id = await world.new_case()
    await lawyer.choose(f"c:room:{case_id}")
    await staff.choose(f"s:give:{case_id}:{world.pool_lawyer}")
    await lawyer.say("您好")
    assert "没有发出" in lawyer.screen
    assert await said(world, case_id) == []
    assert (await lawyer.state()).room is None


async def test_a_file_that_was_not_passed_on_is_not_tied_to_the_case(world: World, worker: Talk) -> None:
    case_id = await submit_case(worker)
    await worker.press("补充材料")
    await worker.choose(f"w:withdrawn:{case_id}")
    await worker.choose(f"w:room:{case_id}")
    assert "已经结束" in worker.screen
    other = await submit_case(worker)
    await worker.press("补充材料")
    await world.withdraw(CaseId(other))
    await worker.photo()
    assert "没有发出" in worker.screen
    async with world.database.begin() as session:
        assert await evidence.of_case(session, CaseId(other)) == []


async def test_an_album_is_acknowledged_in_one_message(world: World, worker: Talk) -> None:
    await submit_case(worker)
    await worker.press("补充材料")
    slots = [(await worker.photo(album="x"))[0].slot for _ in range(3)]
    assert slots == ["album:x"] * 3


async def test_the_worker_writes_in_their_room_until_they_leave_it(world: World, worker: Talk, lawyer: Talk) -> None:
    case_id = await submit_case(worker)
    await worker.press("补充材料")
    await worker.say("第一句", "第二句")
    await worker.press("结束留言")
    await worker.say("公司不给我交社保怎么办")
    assert "社" in worker.screen
    assert await said(world, case_id) == ["第一句", "第二句"]


async def test_looking_at_another_case_closes_the_workers_room(world: World, worker: Talk) -> None:
    first, second = await submit_case(worker), await submit_case(worker)
    await worker.choose(f"w:room:{first}")
    await worker.choose(f"w:case:{second}")
    await worker.say("这句话是说第二件事的")
    assert await said(world, first) == []
