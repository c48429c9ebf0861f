"""Who is anonymous, and how they come back: code and passphrase from any door, and giving the name only by one's own act."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from storage.models import Case, CaseFollower
from tests.handlers.talk import Talk, Talks, submit_case
from tests.union.world import World
from union.codes import check_digit


def told(worker: Talk) -> tuple[str, str]:
    """The code and the passphrase on the screen."""
    code = re.search(r"编号：(\d{4} \d{4})", worker.screen)
    phrase = re.search(r"口令：(.+)", worker.screen)
    assert code is not None
    assert phrase is not None
    return code[1], phrase[1]


async def anonymous(worker: Talk) -> tuple[int, str, str]:
    """An anonymous case: its number, code and passphrase."""
    case_id = await submit_case(worker, named=False)
    return case_id, *told(worker)


@pytest.fixture
async def elsewhere(talks: Talks) -> Talk:
    """The same worker at a door where nobody knows them; they have agreed to the privacy notice."""
    talk = talks.stranger()
    await talk.start()
    await talk.press("同意")
    return talk


async def test_an_anonymous_worker_gets_code_and_passphrase_once(worker: Talk) -> None:
    case_id, code, phrase = await anonymous(worker)
    assert len(phrase.split()) == 4
    await worker.press("看进度", "其他")
    assert phrase not in worker.screen
    assert code in worker.screen
    assert case_id


async def test_who_gives_a_name_gets_none_but_can_ask_for_one(worker: Talk, elsewhere: Talk) -> None:
    await submit_case(worker)
    assert "口令" not in worker.screen
    await worker.press("看进度", "其他", "编号和口令")
    code, phrase = told(worker)
    await elsewhere.say(f"/follow {code} {phrase}")
    assert "查到了" in elsewhere.screen


async def test_a_new_passphrase_is_asked_about_first_and_ends_the_old_one(worker: Talk, elsewhere: Talk) -> None:
    _, code, old = await anonymous(worker)
    await worker.press("看进度", "其他", "编号和口令")
    assert "原来的就不能用了" in worker.screen
    await worker.press("重新要一个")
    _, new = told(worker)
    await elsewhere.say(f"/follow {code} {old}")
    assert "没有查到" in elsewhere.screen
    await elsewhere.say(f"/follow {code} {new}")
    assert "查到了" in elsewhere.screen


async def test_from_another_door_one_sees_speaks_and_is_told_like_at_the_first(
    world: World, worker: Talk, elsewhere: Talk, lawyer: Talk
) -> None:
    _, code, phrase = await anonymous(worker)
    await elsewhere.say("我的诉求")
    await elsewhere.press("用编号和口令查案件")
    await elsewhere.say(code)
    assert "口令" in elsewhere.screen
    await elsewhere.say(phrase.replace(" ", "，"))
    assert "查到了" in elsewhere.screen
    assert "已派给律师" in elsewhere.screen
    await lawyer.hears()
    await lawyer.press("接单")
    await lawyer.say("请把合同拍给我")
    for talk in (worker, elsewhere):
        await talk.hears()
        assert "请把合同拍给我" in talk.screen
    await elsewhere.say("好的，这就拍")
    assert "已转给律师" in elsewhere.screen
    await lawyer.hears()
    assert "好的，这就拍" in lawyer.screen
    assert "匿名职工" in lawyer.screen


async def test_code_and_passphrase_can_come_in_one_message(worker: Talk, elsewhere: Talk) -> None:
    _, code, phrase = await anonymous(worker)
    await elsewhere.say("/follow")
    await elsewhere.say(f"编号：{code}\n口令：{phrase}")
    assert "查到了" in elsewhere.screen


async def test_a_stranger_agrees_first(worker: Talk, talks: Talks) -> None:
    _, code, phrase = await anonymous(worker)
    stranger = talks.stranger()
    await stranger.say(f"/follow {code} {phrase}")
    assert "个人信息保护法" in stranger.screen
    assert "案件" not in stranger.screen
    await stranger.press("同意")
    assert "8 位数字" in stranger.screen
    await stranger.say(f"{code} {phrase}")
    assert "查到了" in stranger.screen


async def test_wrong_words_an_unknown_code_and_a_locked_case_read_the_same(world: World, worker: Talk, elsewhere: Talk) -> None:
    case_id, code, phrase = await anonymous(worker)
    unknown = "1234567"
    said = [f"{code} 苹果 火车 月亮 不对", f"{unknown}{check_digit(unknown)} {phrase}"]
    screens = set()
    for words in said:
        await elsewhere.say(f"/follow {words}")
        screens.add(elsewhere.screen)
    async with world.database.begin() as session:
        await session.execute(
            sa.update(Case).where(Case.id == case_id).values(passphrase_locked_until=world.clock.now().replace(year=2030))
        )
    await elsewhere.say(f"/follow {code} {phrase}")
    screens.add(elsewhere.screen)
    assert len(screens) == 1
    assert "没有查到" in screens.pop()


async def test_a_code_with_a_slip_is_told_at_once_because_that_tells_nothing(elsewhere: Talk) -> None:
    for code in ("12345679", "123", "一二三"):
        await elsewhere.say(f"/follow {code} 苹果 火车 月亮 毛衣")
        assert "编号是 8 位数字" in elsewhere.screen
    assert (await elsewhere.state()).tried == []


async def test_one_conversation_can_not_go_on_guessing(world: World, worker: Talk, elsewhere: Talk) -> None:
    unknown = "1234567"
    for _ in range(10):
        await elsewhere.say(f"/follow {unknown}{check_digit(unknown)} 苹果 火车 月亮 毛衣")
        assert "没有查到" in elsewhere.screen
    _, code, phrase = await anonymous(worker)
    await elsewhere.say(f"/follow {code} {phrase}")
    assert "一小时再来" in elsewhere.screen
    world.clock.advance(hours=1)
    await elsewhere.say(f"/follow {code} {phrase}")
    assert "查到了" in elsewhere.screen


async def test_a_follower_can_leave_and_the_case_goes_on(world: World, worker: Talk, elsewhere: Talk) -> None:
    case_id, code, phrase = await anonymous(worker)
    await elsewhere.say(f"/follow {code} {phrase}")
    await elsewhere.press("其他", "不再关注这个案件")
    assert "重新输入编号和口令" in elsewhere.screen
    await elsewhere.press("不再关注")
    async with world.database.begin() as session:
        assert await session.scalar(sa.select(sa.func.count()).select_from(CaseFollower)) == 0
    await elsewhere.say("我的诉求")
    assert "还没有提交过诉求" in elsewhere.screen
    await worker.say("我的诉求")
    assert code in worker.screen
    assert case_id


async def test_the_worker_at_the_first_door_has_nothing_to_leave(worker: Talk) -> None:
    await anonymous(worker)
    await worker.press("看进度", "其他")
    assert "不再关注这个案件" not in worker.labels


async def test_the_name_comes_only_by_ones_own_act_and_after_a_warning(world: World, worker: Talk, lawyer: Talk) -> None:
    case_id, *_ = await anonymous(worker)
    await worker.press("看进度", "其他", "不再匿名")
    await worker.say("张三", "13900001234")
    assert "不能再变回匿名" in worker.screen
    assert (await world.case(case_id)).anonymous  # type: ignore[arg-type]
    await worker.press("确定，不再匿名")
    case = await world.case(case_id)  # type: ignore[arg-type]
    assert (case.anonymous, case.contact_name, case.contact_phone) == (False, "张三", "13900001234")
    await lawyer.hears()
    assert "张三" in lawyer.screen
    assert "13900001234" not in lawyer.screen
    await worker.press("看进度", "其他")
    assert "不再匿名" not in worker.labels


async def test_nobody_else_can_give_the_name(world: World, worker: Talk, elsewhere: Talk) -> None:
    case_id, *_ = await anonymous(worker)
    await elsewhere.choose(f"w:reveal:{case_id}")
    assert "没有找到这个案件" in elsewhere.screen


async def test_no_screen_of_the_desk_tells_who_an_anonymous_worker_is(world: World, worker: Talk, lawyer: Talk, staff: Talk) -> None:
    case_id, *_ = await anonymous(worker)
    person = await worker.person_id()
    await lawyer.hears()
    await lawyer.press("接单")
    await lawyer.say("您好")
    await worker.hears()
    await worker.say("您好，我不想留名字")
    await lawyer.hears()
    await lawyer.press("看案件", "看全文", "更多")
    await staff.say("看板")
    await staff.choose(f"c:card:{case_id}")
    await staff.press("办理经过")
    assert "受理" in staff.screen
    await staff.choose(f"s:contact:{case_id}")
    seen = "\n".join(f"{reply.title}\n{reply.text}\n{reply.buttons}" for talk in (lawyer, staff) for reply in talk.shown)
    assert worker.address not in seen
    assert f":{person}'" not in seen
