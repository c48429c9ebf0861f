"""The whole slice as one conversation: a question, an answer with the law, a grievance, a lawyer, a rating."""

from __future__ import annotations

from handlers.conversation import CHOICE_LIMIT
from storage.models import CaseStatus
from tests.handlers.talk import EMPLOYER, STORY, Talk, Talks, fill_in, submit_case
from tests.union.world import World


async def test_from_a_question_to_a_rating(world: World, worker: Talk, lawyer: Talk) -> None:
    await worker.start()
    await worker.say("老板拖欠我三个月工资不给，怎么办")
    assert "《劳动合同法》第三十条" in worker.screen
    assert "法律信息，不是律师意见" in worker.screen

    await worker.press("我要维权")
    assert "同意" in worker.labels
    await worker.press("同意")
    assert "按“讨薪、劳动争议，找律师”受理" in worker.screen
    await worker.say(STORY)
    await worker.say(EMPLOYER)
    await worker.press("朝阳", "劲松街道", "三个月前")
    await worker.say("三万五千元")
    await worker.photo()
    await worker.press("发完了，下一步", "留姓名电话")
    await worker.say("张三", "139 0000 1234")
    for part in (STORY, EMPLOYER, "朝阳区 劲松街道", "35,000 元", "1 份", "留姓名电话", "张三", "139****1234"):
        assert part in worker.screen, part
    await worker.press("提交")
    assert "24 小时内" in worker.screen
    case_id = int(worker.button("看进度").choice.rpartition(":")[2])

    await lawyer.hears()
    assert "新案件派给您" in lawyer.screen
    assert EMPLOYER in lawyer.screen
    await lawyer.press("接单")
    await worker.hears()
    assert "何律师" in worker.screen

    world.clock.advance(hours=1)
    await lawyer.say("您好，请把合同拍给我")
    assert "已发出" in lawyer.screen
    await worker.hears()
    assert "请把合同拍给我" in worker.screen
    await lawyer.hears()
    assert "时钟已停（用时1小时）" in lawyer.screen

    await worker.say("好的，这就拍")  # nothing chosen: it is the answer
    assert "已转给律师" in worker.screen
    await lawyer.hears()
    assert "好的，这就拍" in lawyer.screen

    await lawyer.say("/inbox")
    await lawyer.press(lawyer.labels[0])
    await lawyer.press("更多", "办结", "协商解决")
    await lawyer.say("三万五", "工资已经全部到账")
    await lawyer.press("提交办结")
    assert "已办结" in lawyer.screen
    await worker.hears()
    for part in ("协商解决", "35,000 元", "工资已经全部到账"):
        assert part in worker.screen, part
    await worker.press("都满意，5分")
    assert "谢谢" in worker.screen
    await lawyer.hears()
    assert "★★★★★" in lawyer.screen
    assert (await world.case(case_id)).status is CaseStatus.RATED  # type: ignore[arg-type]


async def test_neither_side_ever_sees_the_others_account_or_phone(world: World, worker: Talk, lawyer: Talk) -> None:
    await worker.start()
    await submit_case(worker)
    await lawyer.hears()
    await lawyer.press("接单")
    await lawyer.say("您好")
    await worker.hears()
    await worker.say("您好律师")
    await lawyer.hears()
    await lawyer.press("看案件", "看全文")
    seen_by_lawyer = "\n".join(f"{r.title}\n{r.text}\n{r.buttons}" for r in lawyer.shown)
    seen_by_worker = "\n".join(f"{r.title}\n{r.text}\n{r.buttons}" for r in worker.shown)
    assert "13900001234" not in seen_by_lawyer
    assert worker.address not in seen_by_lawyer
    assert lawyer.door not in seen_by_worker
    assert f"{lawyer.address}\n" not in seen_by_worker
    person = await worker.person_id()
    assert f":{person}" not in seen_by_lawyer
    assert f":{world.lawyer}'" not in seen_by_worker


async def test_an_anonymous_worker_stays_anonymous(worker: Talk, lawyer: Talk) -> None:
    await submit_case(worker, named=False)
    await lawyer.hears()
    assert "匿名职工" in lawyer.screen
    assert "张三" not in lawyer.screen


async def test_no_choice_of_the_whole_slice_is_longer_than_a_telegram_button_allows(
    world: World, talks: Talks, worker: Talk, lawyer: Talk, staff: Talk
) -> None:
    await worker.start()
    await worker.say("拖欠工资怎么办")
    await submit_case(worker)
    await lawyer.hears()
    await lawyer.press("退单", "不退了", "接单", "更多")
    await worker.press("看进度", "补充材料", "结束留言", "看对话", "回到案件", "其他", "编号和口令", "看进度", "请律师打电话", "取消")
    await worker.press("看进度", "下一步怎么走", "回到案件", "撤回诉求", "不撤回")
    await worker.say("更多")
    await worker.press("需要其他语言", "用编号和口令查案件")
    world.clock.advance(hours=24)
    await world.sweep()
    await staff.hears()
    await staff.press("我来跟进", "改派")
    await staff.say("看板", "发通知")
    await staff.press("写通知", "服务信息", "换单位", "劲松")
    everything = [b for talk in (worker, lawyer, staff) for r in talk.shown for row in r.buttons for b in row]
    assert len(everything) > 60
    assert max(len(b.choice.encode()) for b in everything) <= CHOICE_LIMIT


async def test_a_worker_who_says_nothing_of_the_law_still_finds_the_way_to_a_lawyer(worker: Talk) -> None:
    await worker.say("在吗")
    assert "我要维权" in worker.labels


async def test_the_summary_can_be_corrected_before_it_is_sent(world: World, worker: Talk) -> None:
    await fill_in(worker)
    await worker.press("修改", "单位")
    await worker.say("望京饭店")
    assert "望京饭店" in worker.screen
    assert EMPLOYER not in worker.screen
    await worker.press("提交")
    case_id = int(worker.button("看进度").choice.rpartition(":")[2])
    assert (await world.case(case_id)).employer == "望京饭店"  # type: ignore[arg-type]


async def test_submitting_twice_opens_one_case(world: World, worker: Talk) -> None:
    await fill_in(worker)
    send = worker.button("提交").choice
    await worker.choose(send)
    await worker.choose(send)
    assert "已经提交或取消" in worker.screen
    await worker.say("我的诉求")
    assert "案件" in worker.screen  # a single one is shown at once


async def test_a_worker_takes_their_case_back(world: World, worker: Talk, lawyer: Talk) -> None:
    case_id = await submit_case(worker)
    await lawyer.hears()
    await worker.press("看进度", "撤回诉求", "确定撤回")
    assert "已撤回" in worker.screen
    await lawyer.hears()
    assert "已撤回诉求" in lawyer.screen
    await lawyer.press("接单")
    assert (await world.case(case_id)).status is CaseStatus.WITHDRAWN  # type: ignore[arg-type]


async def test_nobody_comes_within_24_hours_and_the_way_up_is_taken(world: World, worker: Talk, lawyer: Talk, staff: Talk) -> None:
    await submit_case(worker)
    await lawyer.hears()
    await lawyer.press("接单")  # and never writes: the clock runs on
    world.clock.advance(hours=23)
    await world.sweep()
    await lawyer.hears()
    assert "还剩1小时" in lawyer.screen
    world.clock.advance(hours=1)
    await world.sweep()
    await worker.hears()
    assert "是我们没做到" in worker.screen
    await staff.hears()
    assert "超时" in staff.screen
    await staff.press("我来跟进")
    assert "由您跟进" in staff.screen
    await staff.press("催办")
    await lawyer.hears()
    assert "催办" in lawyer.screen
    await staff.press("改派", "周律师")
    await lawyer.hears()
    assert "改由别人办理" in lawyer.screen


async def test_an_answer_in_several_messages_reaches_the_lawyer_whole_until_the_worker_ends_it(
    world: World, worker: Talk, lawyer: Talk
) -> None:
    await worker.start()
    await submit_case(worker)
    await lawyer.hears()
    await lawyer.press("接单")
    await lawyer.say("合同在手上吗？")
    await worker.hears()
    await worker.say("在的")
    assert "要问别的，先点“结束留言”" in worker.screen
    await worker.say("老板拖欠工资的欠条也在")
    assert "我的理解" not in worker.screen
    await lawyer.hears()
    assert "欠条也在" in lawyer.screen
    await worker.press("结束留言")
    await worker.say("公司不给我交社保，怎么办")
    assert "我的理解" in worker.screen
