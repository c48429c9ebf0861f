"""The form engine: one step back, skip, cancel, correct; a draft survives everything, and an old button does no harm."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from handlers.turn import Draft, State
from storage.models import Conversation
from tests.handlers.talk import EMPLOYER, STORY, Talk, fill_in
from tests.union.world import World


async def draft(talk: Talk) -> Draft:
    found = (await talk.state()).draft
    assert found is not None
    return found


async def begun(worker: Talk) -> None:
    await worker.say("我要维权")
    await worker.press("同意")


# ---- back, skip, cancel


async def test_the_first_step_has_no_way_back(worker: Talk) -> None:
    await begun(worker)
    assert "上一步" not in worker.labels
    assert "取消" in worker.labels


async def test_one_step_back_asks_the_question_before_again(worker: Talk) -> None:
    await begun(worker)
    await worker.say(STORY)
    await worker.press("上一步")
    assert "发生了什么事" in worker.screen
    await worker.say("另外一件事情")
    assert (await draft(worker)).values["story"] == "另外一件事情"


async def test_going_all_the_way_back_and_forward_again_loses_nothing_that_was_not_retyped(worker: Talk) -> None:
    await fill_in(worker)
    before = (await draft(worker)).values
    await worker.press("取消")
    await fill_in(worker)
    assert (await draft(worker)).values == before


async def test_one_step_back_from_the_files_keeps_the_files(worker: Talk) -> None:
    await begun(worker)
    await worker.say(STORY, EMPLOYER)
    await worker.press("朝阳", "劲松街道", "跳过", "跳过")
    await worker.photo()
    await worker.press("上一步", "跳过")
    assert "已经收到 1 份" in worker.screen


async def test_a_step_that_must_be_answered_cannot_be_skipped(worker: Talk) -> None:
    await begun(worker)
    assert "跳过" not in worker.labels
    await worker.choose(f"f:{(await draft(worker)).id}:kind:!skip")
    assert (await draft(worker)).step == "kind"


async def test_cancel_drops_the_draft_and_a_button_of_it_says_so(worker: Talk) -> None:
    await begun(worker)
    await worker.press("取消")
    assert "已取消" in worker.screen
    assert (await worker.state()).draft is None
    await worker.press("取消")
    assert "已经提交或取消" in worker.screen


async def test_the_command_cancels_as_well_and_says_so_when_there_is_nothing_to_cancel(worker: Talk) -> None:
    await begun(worker)
    await worker.say("/cancel")
    assert "已取消" in worker.screen
    await worker.say("/cancel")
    assert "不用取消" in worker.screen


# ---- the summary


async def test_the_summary_takes_no_words_and_says_what_to_do(worker: Talk) -> None:
    await fill_in(worker)
    for send in (worker.say("好的"), worker.sticker(), worker.photo(), worker.edit("改一下")):
        await send
        assert "内容还没有提交" in worker.screen
        assert "提交" in worker.labels


async def test_every_answer_can_be_corrected_and_the_way_back_leads_to_the_summary(worker: Talk) -> None:
    await fill_in(worker)
    await worker.press("修改")
    assert worker.labels == [
        "哪一类", "发生了什么", "单位", "地区", "从什么时候开始", "涉及金额", "证据", "留名方式", "称呼", "电话", "不改了",
    ]  # fmt: skip
    await worker.press("涉及金额")
    await worker.say("2000元")
    assert "2,000 元" in worker.screen
    assert "提交" in worker.labels


async def test_not_correcting_after_all_changes_nothing(worker: Talk) -> None:
    await fill_in(worker)
    before = (await draft(worker)).values
    await worker.press("修改", "单位", "不改了")
    assert "提交" in worker.labels
    assert (await draft(worker)).values == before
    await worker.press("修改", "不改了")
    assert "提交" in worker.labels


async def test_a_bad_correction_is_asked_for_again(worker: Talk) -> None:
    await fill_in(worker)
    await worker.press("修改", "电话")
    await worker.say("123")
    assert "不像一个电话号码" in worker.screen
    assert "不改了" in worker.labels


async def test_who_decides_to_give_a_name_after_all_is_asked_for_it(worker: Talk) -> None:
    await fill_in(worker, named=False)
    await worker.press("修改", "留名方式", "留姓名电话")
    assert "怎么称呼您" in worker.screen
    await worker.say("李四")
    await worker.press("跳过")
    assert "李四" in worker.screen


async def test_who_decides_to_stay_anonymous_after_all_leaves_no_name_in_the_case(world: World, worker: Talk) -> None:
    await fill_in(worker)
    await worker.press("修改", "留名方式", "匿名")
    assert "张三" not in worker.screen
    await worker.press("提交")
    case = await world.case(int(worker.button("看进度").choice.rpartition(":")[2]))  # type: ignore[arg-type]
    assert (case.anonymous, case.contact_name, case.contact_phone) == (True, None, None)


async def test_another_district_on_correction_asks_for_its_street(worker: Talk) -> None:
    await fill_in(worker)
    await worker.press("修改", "地区", "换一个区", "海淀", "中关村街道")
    assert "海淀区 中关村街道" in worker.screen


# ---- old buttons


async def test_a_button_of_a_step_that_is_past_changes_nothing(worker: Talk) -> None:
    await begun(worker)
    await worker.say(STORY, EMPLOYER)
    await worker.press("朝阳", "劲松街道")
    await worker.press("上个月")
    since = worker.button("一年前").choice
    before = (await draft(worker)).values
    await worker.choose(since)
    assert "这一步已经过去了" in worker.screen
    assert (await draft(worker)).values == before


async def test_a_button_of_an_older_form_changes_nothing(worker: Talk) -> None:
    await fill_in(worker)
    old = worker.button("提交").choice
    await worker.press("取消")
    await begun_again(worker)
    await worker.choose(old)
    assert "以前一张表" in worker.screen
    assert (await draft(worker)).step == "kind"


async def begun_again(worker: Talk) -> None:
    await worker.say("我要维权")


async def test_submitting_a_form_that_is_not_complete_asks_for_what_is_missing(worker: Talk) -> None:
    await begun(worker)
    await worker.choose(f"f:{(await draft(worker)).id}::!submit")
    assert "发生了什么事" in worker.screen


@pytest.mark.parametrize(
    "choice", ["f:", "f:::", "f:{id}", "f:{id}:story", "f:{id}:nothing:!edit", "f:{id}::!edit", "f:{id}:story:!nothing", "f:x:y:z:w"]
)
async def test_a_mangled_choice_breaks_nothing(worker: Talk, choice: str) -> None:
    await begun(worker)
    await worker.choose(choice.format(id=(await draft(worker)).id))
    assert worker.last
    await worker.press("取消")
    assert "已取消" in worker.screen


async def test_going_back_with_an_old_button_while_correcting_never_leaves_a_hole_in_the_summary(worker: Talk) -> None:
    await fill_in(worker)
    back = f"f:{(await draft(worker)).id}:employer:!back"  # the 上一步 under the question of long ago
    await worker.press("修改", "单位")
    await worker.choose(back)
    await worker.choose(f"f:{(await draft(worker)).id}::!resume")
    assert "（没有填）" not in worker.screen


# ---- something else in between


async def test_a_command_in_the_middle_of_a_form_is_answered_and_the_way_back_offered(worker: Talk) -> None:
    await begun(worker)
    await worker.say(STORY)
    for command in ("/help", "/privacy", "/services", "/nearby 朝阳", "/mycases", "/nonsense", "会员服务", "法律咨询", "更多"):
        await worker.say(command)
        assert worker.labels[-2:] == ["继续填写", "不填了"], command
        assert (await draft(worker)).step == "employer"
    await worker.press("继续填写")
    assert "单位叫什么名字" in worker.screen


async def test_a_start_in_the_middle_of_a_form_offers_the_way_back_once(worker: Talk) -> None:
    await begun(worker)
    await worker.say("/start")
    assert worker.labels.count("继续填写") == 1
    await worker.start()
    assert worker.labels.count("继续填写") == 1


async def test_pressing_the_menu_again_asks_whether_to_go_on_or_to_begin_again(worker: Talk) -> None:
    await begun(worker)
    await worker.say(STORY)
    await worker.say("我要维权")
    assert worker.labels == ["继续填写", "重新填一张"]
    await worker.press("继续填写")
    assert "单位叫什么名字" in worker.screen
    await worker.say("我要维权")
    await worker.press("重新填一张")
    assert "发生了什么事" in worker.screen
    assert (await draft(worker)).values == {}


async def test_a_form_in_the_way_is_dropped_with_one_tap(worker: Talk) -> None:
    await begun(worker)
    await worker.say(STORY, "会员服务")
    await worker.press("不填了")
    assert "已取消" in worker.screen
    assert (await worker.state()).draft is None


async def test_a_draft_survives_days_of_silence(world: World, worker: Talk) -> None:
    await begun(worker)
    await worker.say(STORY)
    world.clock.advance(days=40)
    await worker.start()
    await worker.press("继续填写")
    assert "单位叫什么名字" in worker.screen
    await worker.say(EMPLOYER)
    assert (await draft(worker)).values == {"kind": "dispute", "story": STORY, "employer": EMPLOYER}


async def test_a_draft_of_a_form_that_exists_no_more_is_dropped_with_a_word(worker: Talk) -> None:
    await begun(worker)
    state = State(draft=Draft("survey", "abc", "first"))
    async with worker.world.database.begin() as session:
        await session.execute(sa.update(Conversation).where(Conversation.address == worker.address).values(state=state.to_json()))
    await worker.say("好")
    assert (await worker.state()).draft is None


async def test_a_draft_at_a_step_that_the_form_has_lost_goes_on_with_the_summary(worker: Talk) -> None:
    await fill_in(worker)
    state = await worker.state()
    assert state.draft is not None
    state.draft.step = "salary"
    async with worker.world.database.begin() as session:
        await session.execute(sa.update(Conversation).where(Conversation.address == worker.address).values(state=state.to_json()))
    await worker.say("好")
    assert "提交" in worker.labels
