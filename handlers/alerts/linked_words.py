"""How it reads that cases were merged or split, that staff did not agree to a pause, that an answer is public."""

from __future__ import annotations

from handlers.alerts.about import About, Table
from handlers.conversation import Button, Reply
from handlers.wording import KIND, countdown, handler_word
from storage.models import Case
from storage.types import CaseId
from union.alerts import Fact
from union.codes import spoken


async def _case(about: About, number: int | None) -> Case | None:
    return None if number is None else await about.session.get(Case, CaseId(number))


async def _merged(about: About) -> Reply | None:
    into = await _case(about, about.case.merged_into_id)
    if into is None:
        return None
    text = (
        f"案件 {spoken(about.case.code)} 和您早先的案件 {spoken(into.code)} 说的是一件事，工会把它们并到一起办了。\n"
        f"您说过的话、发过的材料都在 {spoken(into.code)} 里，以后请报这个编号。要是其实是两件事，请在案件里留言说一声。"
    )
    return Reply(
        title=f"两个案件并成一个 · {spoken(into.code)}", text=text, buttons=((Button(label="看进度", choice=f"w:case:{into.id}"),),)
    )


async def _absorbed(about: About) -> Reply | None:
    merged = await _case(about, about.params.get("merged"))
    if merged is None or not about.theirs:
        return None
    text = (
        f"同一个人的案件 {spoken(merged.code)} 说的是同一件事，已并到这里。那边的对话、材料和日期都转过来了，原话在“内部备注”里。"
        "时限不变，还按这个案件算。"
    )
    return Reply(
        title=f"并进来一个案件 · 案件 {spoken(about.case.code)}",
        text=text,
        buttons=((Button(label="看案件", choice=f"c:card:{about.case.id}"),),),
    )


async def _split(about: About) -> Reply | None:
    before = await _case(about, about.case.split_from_id)
    if before is None or about.ended:
        return None
    case = about.case
    text = (
        f"您在案件 {spoken(before.code)} 里说的另一件事（{KIND[case.kind]}），工会单独受理了，编号 {spoken(case.code)}。\n"
        f"{handler_word(case)}会另外联系您（{countdown(case.due_at, about.now)}）。原来的案件照样办。"
    )
    return Reply(title=f"多了一个案件 · {spoken(case.code)}", text=text, buttons=((Button(label="看进度", choice=f"w:case:{case.id}"),),))


async def _pause_refused(about: About) -> Reply | None:
    case = about.case
    if not about.theirs or case.paused_at is not None:
        return None
    left = f"（{countdown(case.due_at, about.now)}）" if case.intervened_at is None else ""
    text = f"工会没有同意暂停，时钟照走{left}。请换个时间再打电话，或者在这里给对方写一句。"
    buttons = ((Button(label="写给对方", choice=f"c:room:{case.id}"), Button(label="看案件", choice=f"c:card:{case.id}")),)
    return Reply(title=f"请再联系一次 · 案件 {spoken(case.code)}", text=text, buttons=buttons)


async def _published(about: About) -> Reply | None:
    if not about.case.publish_agreed:
        return None
    text = "您同意公开的答复已经公布，没有写您的名字和单位。想收回同意，点“看案件”里的“其他”，马上就撤下。谢谢您让大家都看到。"
    buttons = ((Button(label="看公开答复", choice="w:public"), Button(label="看案件", choice=f"w:case:{about.case.id}")),)
    return Reply(title=f"答复公开了 · 案件 {spoken(about.case.code)}", text=text, buttons=buttons)


WORDS: Table = {
    Fact.CASES_MERGED: _merged,
    Fact.CASE_ABSORBED: _absorbed,
    Fact.CASE_SPLIT: _split,
    Fact.PAUSE_REFUSED: _pause_refused,
    Fact.ANSWER_PUBLISHED: _published,
}
