"""办结: each kind of case ends in its own way, and what is written for the one whose case it is reaches them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from handlers.lawyer.closing import OUTCOMES
from handlers.wording import OUTCOME
from storage.models import CaseKind, CaseStatus, Outcome
from tests.handlers.talk import Talk, Talks
from tests.union.world import World


async def test_closing_needs_contact_first(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await lawyer.choose(f"c:close:{case_id}")
    assert "现在还不能办结" in lawyer.screen


async def test_a_case_is_closed_with_an_outcome_and_without_money_or_words(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    await lawyer.choose(f"c:card:{case_id}")
    await lawyer.press("更多", "办结")
    assert "职工撤回" not in lawyer.labels
    await lawyer.press("解答指导", "跳过", "提交办结")
    case = await world.case(case_id)
    assert (case.status, case.outcome, case.recovered, case.outcome_note) == (CaseStatus.CLOSED, Outcome.ADVISED, None, None)


async def test_the_form_says_at_every_step_which_case_it_is_about(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    code = (await world.case(case_id)).code
    await lawyer.choose(f"c:close:{case_id}")
    for press in ("协商解决", "跳过", "跳过", "修改"):
        assert f"案件 {code[:4]} {code[4:]}" in lawyer.last[-1].title
        await lawyer.press(press)
    assert f"案件 {code[:4]} {code[4:]}" in lawyer.last[-1].title


@pytest.mark.parametrize("kind", [kind for kind in CaseKind if kind is not CaseKind.INCIDENT])
async def test_each_kind_offers_its_own_outcomes_and_asks_for_money_only_in_a_dispute(world: World, talks: Talks, kind: CaseKind) -> None:
    case_id = await world.new_case(kind=kind.value)
    await world.contact(case_id)
    handler = await talks.of((await world.case(case_id)).responsible_id)  # type: ignore[arg-type]
    await handler.choose(f"c:close:{case_id}")
    offered = [label for label in handler.labels if label != "取消"]
    assert offered == [OUTCOME[outcome] for outcome in OUTCOMES[kind]]
    await handler.press(offered[0])
    assert ("追回" in handler.screen) is (kind is CaseKind.DISPUTE)


async def test_a_complaint_is_not_closed_without_an_answer_and_its_writer_reads_it(world: World, talks: Talks, staff: Talk) -> None:
    case_id = await world.new_case(kind="complaint")
    await world.contact(case_id)
    await staff.choose(f"c:close:{case_id}")
    await staff.press("已答复")
    assert "跳过" not in staff.labels
    await staff.say("好")
    assert "至少 10 个字" in staff.screen
    await staff.say("我们去单位看过了，食堂已经换了新的冰柜。")
    await staff.press("提交办结")
    worker = await talks.of(world.worker)
    await worker.hears()
    assert "食堂已经换了新的冰柜" in worker.screen


async def test_a_case_that_ended_while_the_form_was_filled_in_stays_as_it_ended(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    await lawyer.choose(f"c:close:{case_id}")
    await lawyer.press("协商解决", "跳过", "跳过")
    await world.withdraw(case_id)
    await lawyer.press("提交办结")
    assert "现在做不了这一步" in lawyer.screen
    assert (await world.case(case_id)).status is CaseStatus.WITHDRAWN


async def test_a_case_that_was_taken_away_while_the_form_was_filled_in_is_answered(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await world.contact(case_id)
    await lawyer.choose(f"c:close:{case_id}")
    await lawyer.press("协商解决", "跳过", "跳过")
    async with world.database.begin() as session:
        await session.execute(sa.text('UPDATE "case" SET lawyer_id = :l'), {"l": world.pool_lawyer})
    await lawyer.press("提交办结")
    assert "没有找到这个案件" in lawyer.screen


async def test_a_form_about_one_case_is_not_overwritten_by_the_same_form_about_another(world: World, lawyer: Talk) -> None:
    first, second = await world.new_case(), await world.new_case(worker_id=world.other_worker)
    for case_id in (first, second):
        await world.contact(case_id)
    await lawyer.choose(f"c:close:{first}")
    await lawyer.press("协商解决")
    await lawyer.choose(f"c:close:{second}")
    assert "还没填完" in lawyer.screen
    await lawyer.press("继续填写", "跳过", "跳过", "提交办结")
    assert (await world.case(first)).status is CaseStatus.CLOSED
    assert (await world.case(second)).status is CaseStatus.INTERVENED
