"""我的诉求: where a case stands, taking it back, and what is wanted seldom. Every screen about a case of one's own loads it here (`own`)."""

from __future__ import annotations

from handlers.choices import Choices, on_case
from handlers.conversation import Button, Reply, rows
from handlers.turn import Turn
from handlers.wording import handler_word, status_word
from handlers.worker import case_card
from handlers.worker.welcome import CLAIM
from storage.models import Case
from storage.types import CaseId
from union import cases, publishing
from union.access import access_case, find_case
from union.codes import read_code, spoken
from union.errors import IllegalTransition, NotFound
from union.lifecycle import ENDED
from union.people import Actor

NOT_YOURS = "没有找到这个案件。请核对编号（8 位数字），或从“我的诉求”里选。"

FOLLOW = "w:follow"
BY_PASSPHRASE = Button(label="用编号和口令查案件", choice=FOLLOW)


def _actor(turn: Turn) -> Actor | None:
    return None if turn.person_id is None else Actor(turn.person_id, "")


async def mine(turn: Turn) -> list[Reply]:
    """我的诉求 and /mycases."""
    actor = _actor(turn)
    found = await cases.cases_of_worker(turn.session, actor.id) if actor else []
    if not found:
        text = "您在这里还没有提交过诉求。遇到事情可以先直接问；想找律师，点下面。以前用别的手机、账号或电话提交过，可以用编号和口令查。"
        return [Reply(text=text, buttons=((Button(label=CLAIM, choice="w:claim"),), (BY_PASSPHRASE,)))]
    if len(found) == 1:
        return [await case_card.card(turn, found[0])]
    buttons = [Button(label=f"{spoken(case.code)} · {status_word(case).split('，')[0]}", choice=f"w:case:{case.id}") for case in found]
    return [Reply(title="我的诉求", text="点一个看详情：", buttons=rows(buttons, 1))]


async def by_code(turn: Turn, text: str) -> list[Reply]:
    """/case 4829 1376."""
    code = read_code(text)
    actor = _actor(turn)
    if not text.strip():
        return await mine(turn)
    not_yours = [Reply(text=NOT_YOURS, buttons=((BY_PASSPHRASE,),))]
    if code is None or actor is None:
        return not_yours
    try:
        return await show(turn, (await find_case(turn.session, actor, code, "follow")).id)
    except NotFound:
        return not_yours


async def own(turn: Turn, case_id: CaseId, action: str = "follow", *, lock: bool = False) -> Case:
    """The worker's own case. Raises NotFound: a lawyer or staff member at the members' counter is a member like any other."""
    actor = _actor(turn)
    if actor is None:
        raise NotFound
    return await access_case(turn.session, actor, case_id, action, lock=lock)


async def show(turn: Turn, case_id: CaseId) -> list[Reply]:
    """看进度. Who looks at a case has it in mind: what they type next must not go to the lawyer of another."""
    case = await own(turn, case_id)
    if turn.state.room != case.id:
        turn.state.room = None
    return [await case_card.card(turn, case)]


async def other(turn: Turn, case_id: CaseId) -> list[Reply]:
    """其他."""
    return [await case_card.other(turn, await own(turn, case_id))]


async def ask_withdraw(turn: Turn, case_id: CaseId) -> list[Reply]:
    """撤回诉求: are you sure?"""
    case = await own(turn, case_id)
    if case.status in ENDED:
        return [await case_card.card(turn, case)]
    buttons = (Button(label="确定撤回", choice=f"w:withdrawn:{case.id}"), Button(label="不撤回", choice=f"w:case:{case.id}"))
    back = f"{case_card.REOPEN_WITHIN.days} 天内还可以重新办理。"
    return [Reply(text=f"撤回后{handler_word(case)}就不再办理案件 {spoken(case.code)} 了，{back}确定吗？", buttons=(buttons,))]


async def withdraw(turn: Turn, case_id: CaseId) -> list[Reply]:
    """确定撤回."""
    case = await own(turn, case_id, "withdraw", lock=True)
    assert turn.person_id is not None
    try:
        await cases.withdraw(turn.session, case, turn.person_id, turn.house.rules, turn.now)
    except IllegalTransition:
        return [await case_card.card(turn, case)]
    if turn.state.room == case_id:
        turn.state.room = None
    again = Button(label="重新办理", choice=f"w:reopen:{case.id}")
    return [
        Reply(text=f"案件 {spoken(case.code)} 已撤回。改了主意，{case_card.REOPEN_WITHIN.days} 天内都可以点下面。", buttons=((again,),))
    ]


async def publish(turn: Turn, case_id: CaseId, said: str) -> list[Reply]:
    """同意公开答复, or not any more: it can be changed at any time, before and after the answer."""
    case = await own(turn, case_id, "consent_to_publish", lock=True)
    if said not in ("yes", "no") or case.kind not in case_card.OF_OPINION:
        return [await case_card.card(turn, case)]
    assert turn.person_id is not None
    publishing.consent(turn.session, case, turn.now, by=turn.person_id, agreed=said == "yes")
    yes = "记下了：同意公开答复。公开前会去掉能认出您的内容。改主意随时在“其他”里改。"
    return [Reply(text=yes if said == "yes" else "记下了：不公开。已经公开的马上就看不到了。", buttons=((_back(case.id),),))]


def _back(case_id: CaseId) -> Button:
    return Button(label="回到案件", choice=f"w:case:{case_id}")


CHOICES: Choices = {
    "w:case": on_case(show),
    "w:other": on_case(other),
    "w:publish": on_case(publish),
    "w:withdraw": on_case(ask_withdraw),
    "w:withdrawn": on_case(withdraw),
}
