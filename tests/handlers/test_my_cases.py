"""我的诉求: what the card of a case says and offers, by its kind and where it stands; taking it back, taking it up again, the mediation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from storage.models import Appointment, Case, CaseStatus
from storage.types import CaseId
from tests.handlers.talk import Talk, Talks, submit_case
from tests.union.world import RULES, World
from union import mediation
from union.alerts import Fact


@pytest.fixture
async def mine(talks: Talks, world: World) -> Talk:
    """The worker of the small city, who has agreed and has no case yet."""
    return await talks.of(world.worker)


async def card(mine: Talk) -> str:
    await mine.say("我的诉求")
    return mine.screen


# ---- what the card says


async def test_who_has_none_is_shown_the_way_to_one_and_to_one_from_elsewhere(mine: Talk) -> None:
    assert "还没有提交过诉求" in await card(mine)
    assert mine.labels == ["我要维权", "用编号和口令查案件"]


@pytest.mark.parametrize(
    ("kind", "says", "not_says"),
    [
        ("dispute", ["律师", "金额", "下一步怎么走", "请律师打电话"], ["同意公开"]),
        ("complaint", ["工会工作人员", "投诉 ·", "请工会打电话"], ["金额", "下一步怎么走", "律师"]),
        ("help", ["工会工作人员", "帮扶 ·"], ["金额", "律师", "单位："]),
        ("suggestion", ["工会工作人员", "建议 ·"], ["金额", "律师", "单位："]),
    ],
)
async def test_each_kind_has_its_own_words_and_buttons(world: World, mine: Talk, kind: str, says: list[str], not_says: list[str]) -> None:
    employer: dict[str, Any] = {"employer": ""} if kind in ("help", "suggestion") else {}
    await world.new_case(kind=kind, **employer)
    seen = await card(mine) + "".join(mine.labels)
    for part in says:
        assert part in seen, part
    for part in not_says:
        assert part not in seen, part


async def test_the_card_names_who_handles_it_once_they_have_taken_it(world: World, mine: Talk) -> None:
    case_id = await world.new_case()
    assert "何律师" not in await card(mine)
    await world.accept(case_id)
    assert "办理：何律师" in await card(mine)


async def test_a_pause_is_told_and_what_ends_it(world: World, mine: Talk) -> None:
    case_id = await world.new_case()
    await world.pause(case_id)
    assert "联系不上您" in await card(mine)
    assert "还剩" not in mine.screen


async def test_a_case_that_nobody_has_yet_offers_no_room(world: World, mine: Talk) -> None:
    await world.new_case(routed=False)
    await card(mine)
    assert "给律师留言" not in mine.labels
    assert "撤回诉求" in mine.labels


async def test_the_result_and_the_words_about_it_stay_readable(world: World, mine: Talk) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    await world.close(case_id)
    for part in ("已办结", "协商解决", "8,000 元", "已到账"):
        assert part in await card(mine), part


async def test_a_merged_case_leads_to_the_one_that_it_is_in(world: World, mine: Talk) -> None:
    old, double = await world.new_case(), await world.new_case()
    async with world.database.begin() as session:
        await session.execute(sa.update(Case).where(Case.id == double).values(status=CaseStatus.MERGED, merged_into_id=old))
    await mine.choose(f"w:case:{double}")
    assert "已并入另一个案件" in mine.screen
    await mine.press("看并入的案件")
    assert "撤回诉求" in mine.labels


async def test_a_code_that_is_not_ones_own_reads_like_one_that_does_not_exist(world: World, mine: Talk) -> None:
    foreign = await world.case(await world.new_case(worker_id=world.other_worker))
    await mine.say(f"/case {foreign.code}")
    theirs = mine.screen
    await mine.say("/case 1234 5678")
    assert mine.screen == theirs


@pytest.mark.parametrize("choice", ["case", "room", "talk", "withdraw", "withdrawn", "reopen", "call", "nocall", "phrase", "newphrase", "reveal",
                                    "publish", "unfollow", "unfollowed", "other", "rate", "rate5"])  # fmt: skip
async def test_nothing_can_be_done_with_a_case_of_somebody_else(world: World, mine: Talk, choice: str) -> None:
    foreign = await world.new_case(worker_id=world.other_worker)
    before = await world.history(foreign)
    await mine.choose(f"w:{choice}:{foreign}" + (":yes" if choice == "publish" else ""))
    assert "没有找到这个案件" in mine.screen
    assert await world.history(foreign) == before


# ---- taking it back, and up again


async def test_taken_back_it_can_be_taken_up_again_and_goes_the_way_of_a_new_one(world: World, worker: Talk, lawyer: Talk) -> None:
    case_id = await submit_case(worker)
    await worker.press("看进度", "撤回诉求", "确定撤回", "重新办理")
    assert "哪里没办好" in worker.screen
    world.clock.advance(hours=5)
    await worker.press("跳过")
    case = await world.case(case_id)  # type: ignore[arg-type]
    assert "重新受理了" in worker.screen
    assert case.status is CaseStatus.ASSIGNED
    assert case.due_at == world.clock.now() + timedelta(hours=24)
    await lawyer.hears()
    assert "新案件派给您" in lawyer.screen


async def test_a_closed_case_goes_back_to_who_had_it_with_the_reason(world: World, mine: Talk, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    await world.close(case_id)
    await card(mine)
    await mine.press("重新办理")
    await mine.say("钱只到了一半")
    assert "原来的律师接着办" in mine.screen
    case = await world.case(case_id)
    assert (case.status, case.lawyer_id) == (CaseStatus.IN_PROGRESS, world.lawyer)
    await lawyer.hears()
    assert "钱只到了一半" in lawyer.screen


async def test_after_ninety_days_it_can_not_be_taken_up_again(world: World, mine: Talk) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    await world.close(case_id)
    world.clock.advance(days=89, hours=23)
    await card(mine)
    assert "重新办理" in mine.labels
    world.clock.advance(hours=1)
    await card(mine)
    assert "重新办理" not in mine.labels
    await mine.choose(f"w:reopen:{case_id}")
    assert (await world.case(case_id)).status is CaseStatus.CLOSED


async def test_reopening_twice_does_it_once(world: World, mine: Talk) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    await world.close(case_id)
    await card(mine)
    await mine.press("重新办理", "跳过")
    await mine.choose(f"w:reopen:{case_id}")
    assert (await world.history(case_id)).count("case.reopened") == 1
    assert (await mine.state()).draft is None


# ---- the mediation


async def planned(world: World, case_id: CaseId) -> Appointment:
    at = world.clock.now() + timedelta(days=7)
    return await world.change(
        case_id, lambda s, c: mediation.plan(s, c, RULES, world.clock.now(), by=world.staff, at=at, place="劲松调解室")
    )  # fmt: skip


async def test_the_mediation_stands_on_the_card_and_can_be_answered_there(world: World, mine: Talk) -> None:
    case_id = await world.new_case()
    await planned(world, case_id)
    assert "劲松调解室（请告诉我们去不去）" in await card(mine)
    await mine.press("调解我去")
    assert "在劲松调解室见" in mine.screen
    assert "您说会去" in await card(mine)
    assert Fact.MEDIATION_ANSWERED in await world.told(world.staff)
    assert Fact.MEDIATION_ANSWERED in await world.told(world.lawyer)


async def test_the_worker_can_change_their_mind(world: World, mine: Talk) -> None:
    case_id = await world.new_case()
    await planned(world, case_id)
    await card(mine)
    await mine.press("调解我去", "又去不了了")
    assert "您说去不了" in await card(mine)
    assert (await world.history(case_id)).count("case.mediation_answered") == 2


async def test_an_invitation_that_is_off_takes_no_answer(world: World, mine: Talk) -> None:
    case_id = await world.new_case()
    appointment = await planned(world, case_id)
    await world.change(
        case_id, lambda s, c: _call_off(world, s, c, appointment.id)
    )  # fmt: skip
    await mine.choose(f"w:come:{appointment.id}")
    assert "已经取消或者开过了" in mine.screen


async def _call_off(world: World, session: object, case: Case, appointment_id: int) -> None:
    appointment = await mediation.one_of(session, appointment_id)  # type: ignore[arg-type]
    await mediation.call_off(session, case, appointment, RULES, world.clock.now(), by=world.staff)  # type: ignore[arg-type]


@pytest.mark.parametrize("number", ["{}", "999999", "x", ""])
async def test_nobody_answers_for_somebody_else(world: World, mine: Talk, number: str) -> None:
    foreign = await world.new_case(worker_id=world.other_worker)
    appointment = await planned(world, foreign)
    await mine.choose(f"w:come:{number.format(appointment.id)}")
    assert "没有找到这个案件" in mine.screen
    async with world.database.begin() as session:
        assert (await mediation.one_of(session, appointment.id)).worker_coming is None


# ---- publishing


async def test_consent_to_publish_can_be_given_and_taken_back(world: World, mine: Talk) -> None:
    case_id = await world.new_case(kind="suggestion", employer="")
    await card(mine)
    await mine.press("其他", "同意公开答复")
    assert (await world.case(case_id)).publish_agreed
    await card(mine)
    await mine.press("其他", "不公开答复了")
    assert not (await world.case(case_id)).publish_agreed
    assert [a for a in await world.history(case_id) if "publish" in a] == ["case.publish_agreed", "case.publish_refused"]


async def test_the_answer_to_a_dispute_is_not_published(world: World, mine: Talk) -> None:
    case_id = await world.new_case()
    await mine.choose(f"w:publish:{case_id}:yes")
    assert not (await world.case(case_id)).publish_agreed
