"""公开答复: what was asked and what was answered, written anew without anything that names whoever asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from handlers.choices import Choices, on_case
from handlers.conversation import Button, Reply
from handlers.forms import Form, NotAccepted
from handlers.lawyer import at_hand
from handlers.steps import Ask, Said, Values
from handlers.turn import Turn
from storage.models import Case, PublishedAnswer
from storage.types import CaseId
from union import publishing
from union.codes import spoken
from union.errors import NotAllowed
from union.publishing import Named

_NAMED: Mapping[Named, str] = {
    Named.NAME: "里面有职工的名字",
    Named.NUMBER: "里面有一长串数字（像电话、证件号或案件编号）",
    Named.EMPLOYER: "里面有单位的名字",
}


async def show(turn: Turn, case_id: CaseId) -> list[Reply]:
    """公开答复: what is public, or the form to write it."""
    case = await at_hand.take(turn, case_id, "publish")
    published = await turn.session.get(PublishedAnswer, case.id)
    if not publishing.may_publish(case):
        why = "写信人没有同意公开（或收回了同意）" if not case.publish_agreed else "要先办结答复，才能公开"
        return [Reply(text=f"案件 {spoken(case.code)} 的答复不能公开：{why}。", buttons=((at_hand.back(case),),))]
    if published is None:
        return await at_hand.begin(turn, FORM, case, {_SAID: case.outcome_note} if case.outcome_note else None)
    buttons = (Button(label="改文字", choice=f"s:republish:{case.id}"), Button(label="撤下来", choice=f"s:unpublish:{case.id}"))
    text = f"问：{published.question}\n\n答：{published.answer}"
    return [Reply(title=at_hand.titled("已公开", case), text=text, buttons=(buttons, (at_hand.back(case),)))]


async def change(turn: Turn, case_id: CaseId) -> list[Reply]:
    """改文字."""
    case = await at_hand.take(turn, case_id, "publish")
    published = await turn.session.get(PublishedAnswer, case.id)
    if published is None:
        return await show(turn, case_id)
    return await at_hand.begin(turn, FORM, case, {"question": published.question, "answer": published.answer})


async def take_down(turn: Turn, case_id: CaseId) -> list[Reply]:
    """撤下来."""
    case = await at_hand.take(turn, case_id, "publish")
    gone = await publishing.take_down(turn.session, case, by=at_hand.me(turn), now=turn.now)
    text = "已经撤下，大家看不到了。" if gone else "这个案件没有公开的答复。"
    return [Reply(text=f"案件 {spoken(case.code)}：{text}", buttons=((at_hand.back(case),),))]


async def _submit(turn: Turn, case: Case, values: Values) -> list[Reply]:
    """Publishes it, unless something in it would give the writer away: then that text is asked for again."""
    for key in ("question", "answer"):
        if found := await publishing.named_in(turn.session, case, values[key]):
            raise NotAccepted(key, f"{'，'.join(_NAMED[each] for each in found)}。公开的内容不能让人认出是谁，请去掉再发。")
    try:
        await publishing.publish(
            turn.session, case, question=values["question"], answer=values["answer"], by=at_hand.me(turn), now=turn.now
        )
    except NotAllowed:
        return await show(turn, case.id)
    text = "已公开，会员在“更多”里的“公开答复”能看到；写信人也收到了通知。"
    return [Reply(title=at_hand.titled("已公开", case), text=text, buttons=((at_hand.back(case),),))]


_SAID = "said"


def _said(turn: Turn, values: Values) -> Sequence[Said]:
    """What the writer was answered; that nothing in it names them is looked at again before it is published."""
    return [Said(values[_SAID], label="就用给写信人的答复")] if values.get(_SAID) else []


FORM = Form(
    code="publish",
    title="公开答复",
    summary="请再看一遍：有没有名字、单位、电话，或者别人一看就知道是谁的细节？",
    submit_label="公开",
    submit=at_hand.on_submit("publish", _submit),
    steps=(
        Ask(key="question", label="问", ask="问的是什么？用一两句话概括，不写名字、单位、电话。", shortest=5, longest=500),
        Ask(key="answer", label="答", ask="工会怎么答复的？", shortest=5, longest=1500, suggest=_said),
    ),
)

CHOICES: Choices = {"s:publish": on_case(show), "s:republish": on_case(change), "s:unpublish": on_case(take_down)}
