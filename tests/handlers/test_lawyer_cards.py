"""The card and what is behind 更多: what is shown to whom, what can be done when, and notes that never leave the desk."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from handlers.lawyer import cards
from storage.models import CaseKind, Person
from storage.types import CaseId
from tests.handlers.talk import Talk, Talks, submit_case
from tests.union.world import World
from union import mediation
from union.codes import spoken


async def open_more(lawyer: Talk, case_id: CaseId) -> set[str]:
    await lawyer.choose(f"c:more:{case_id}")
    return set(lawyer.labels)


async def test_what_can_be_done_grows_with_the_case(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    given = await open_more(lawyer, case_id)
    assert {"记电话、见面", "内部备注", "记日期", "文书草稿", "联系不上对方", "办理经过"} <= given
    assert not {"办结", "转办", "走到哪一步", "请打电话的"} & given
    await world.accept(case_id)
    assert "退单" in await open_more(lawyer, case_id)
    await world.contact(case_id)
    at_work = await open_more(lawyer, case_id)
    assert {"办结", "转办", "走到哪一步"} <= at_work
    assert "退单" not in at_work
    await world.close(case_id)
    ended = await open_more(lawyer, case_id)
    assert {"内部备注", "看对话", "办理经过"} <= ended
    assert not {"办结", "转办", "记电话、见面", "记日期", "联系不上对方"} & ended


@pytest.mark.parametrize("kind", ["dispute", "complaint", "help", "suggestion"])
async def test_every_button_behind_more_leads_somewhere(world: World, talks: Talks, kind: str) -> None:
    case_id = await world.new_case(kind=kind)
    await world.contact(case_id)
    handler = await talks.of((await world.case(case_id)).responsible_id)  # type: ignore[arg-type]
    await handler.choose(f"c:more:{case_id}")
    for choice in [button.choice for row in handler.last[0].buttons for button in row]:
        await handler.choose(choice)
        assert handler.last
        assert "用不上了" not in handler.screen, choice
        assert "没有找到这个案件" not in handler.screen, choice
        await handler.say("/cancel")


async def test_only_the_one_who_handles_it_finds_more(world: World, talks: Talks, staff: Talk) -> None:
    case_id = await world.new_case()
    await staff.choose(f"c:more:{case_id}")
    assert "记电话、见面" not in staff.labels
    other = await talks.of(world.pool_lawyer)
    await other.choose(f"c:more:{case_id}")
    assert "没有找到这个案件" in other.screen


async def test_the_card_says_whether_the_last_word_was_delivered_and_read(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    message = await world.write(case_id, world.lawyer)
    await lawyer.choose(f"c:card:{case_id}")
    assert "最后一句：我方 11月18日 10:00 · 已发出" in lawyer.screen
    await world.reached(message)
    await lawyer.choose(f"c:card:{case_id}")
    assert "已送达" in lawyer.screen
    await world.reached(await world.write(case_id, world.worker, "收到"))
    await lawyer.choose(f"c:card:{case_id}")
    assert "最后一句：对方 11月18日 10:00，等您回复" in lawyer.screen
    await lawyer.choose(f"c:talk:{case_id}")
    assert "（已读）" in lawyer.screen
    await lawyer.choose(f"c:card:{case_id}")
    assert "等您回复" not in lawyer.screen


async def test_staff_see_no_word_of_the_room_on_the_card(world: World, staff: Talk) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    await staff.choose(f"c:card:{case_id}")
    assert "最后一句" not in staff.screen
    await staff.choose(f"c:talk:{case_id}")
    assert "没有找到这个案件" in staff.screen


async def test_the_card_names_the_mediation_ahead_and_the_language_that_is_needed(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    at = world.clock.now() + timedelta(days=2, hours=4)
    await world.change(
        case_id, lambda s, c: mediation.plan(s, c, world.rules, world.clock.now(), by=world.staff, at=at, place="劲松调解室")
    )
    async with world.database.begin() as session:
        await session.execute(sa.update(Person).where(Person.id == world.worker).values(language="ug"))
    await lawyer.choose(f"c:card:{case_id}")
    assert "调解：11月20日 14:00，劲松调解室（对方还没回）" in lawyer.screen
    assert "需要维吾尔语" in lawyer.screen


async def test_an_anonymous_worker_has_no_name_and_no_number_anywhere_at_the_desk(world: World, worker: Talk, lawyer: Talk) -> None:
    case_id = CaseId(await submit_case(worker, named=False))
    await world.contact(case_id)
    for choice in ("card", "show", "more", "room", "talk", "notes", "log", "history", "papers", "steps", "dates"):
        await lawyer.choose(f"c:{choice}:{case_id}")
    assert any("匿名职工" in reply.text for reply in lawyer.shown)
    assert not any("张三" in f"{reply}" or "1390000" in f"{reply}" for reply in lawyer.shown)


async def test_the_paper_is_made_for_the_handler_and_for_nobody_else(world: World, talks: Talks, lawyer: Talk, staff: Talk) -> None:
    case_id = await world.new_case()
    await lawyer.choose(f"c:more:{case_id}")
    await lawyer.press("文书草稿", "仲裁申请书")
    assert lawyer.last[0].file is not None
    for other in (staff, await talks.of(world.pool_lawyer)):
        await other.choose(f"c:paper:{case_id}:arbitration_application")
        assert "没有找到这个案件" in other.screen
    await lawyer.choose(f"c:paper:{case_id}:nonsense")
    assert "填好大半" in lawyer.screen


# ---- notes


async def test_a_note_is_read_by_handler_and_staff_and_by_nobody_else(
    world: World, talks: Talks, worker: Talk, lawyer: Talk, staff: Talk
) -> None:
    case_id = CaseId(await submit_case(worker))
    await lawyer.choose(f"c:notes:{case_id}")
    await lawyer.press("加一条")
    await lawyer.say("单位的人事姓赵，态度还行")
    assert "何律师 · 备注：单位的人事姓赵" in lawyer.screen
    await staff.choose(f"c:notes:{case_id}")
    assert "单位的人事姓赵" in staff.screen
    for other in (await talks.of(world.haidian_staff), await talks.of(world.pool_lawyer)):
        await other.choose(f"c:notes:{case_id}")
        assert "没有找到这个案件" in other.screen
    await worker.hears()
    await worker.choose(f"w:case:{case_id}")
    await worker.choose(f"w:talk:{case_id}")
    assert not any("单位的人事" in f"{reply}" for reply in worker.shown)


async def test_the_room_is_not_opened_over_a_half_filled_form(world: World, lawyer: Talk) -> None:
    """What is typed next would go into the form."""
    case_id = await world.new_case()
    await lawyer.choose(f"c:note:{case_id}")
    await lawyer.choose(f"c:room:{case_id}")
    assert "还没填完" in lawyer.screen
    assert (await lawyer.state()).room is None
    await lawyer.say("这是备注")
    assert await world.room(case_id) == []


async def test_every_kind_of_case_can_be_shown(world: World, talks: Talks) -> None:
    for kind in CaseKind:
        case_id = await world.new_case(kind=kind.value, employer="" if kind is CaseKind.SUGGESTION else "劲松饭店")
        handler = await talks.of((await world.case(case_id)).responsible_id)  # type: ignore[arg-type]
        await handler.choose(f"c:card:{case_id}")
        assert "状态：" in handler.screen


async def test_a_line_of_the_list_that_is_no_dispute_fits_a_button_and_names_no_subject(world: World) -> None:
    case = await world.case(await world.new_case(kind="complaint"))
    assert cards.short_line(case, world.clock.now()) == f"{spoken(case.code)} 投诉·待接单·剩3天"
