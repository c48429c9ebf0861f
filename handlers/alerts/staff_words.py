"""How the facts of a case read to the staff of its units."""

from __future__ import annotations

from handlers.alerts.about import About, Table
from handlers.alerts.case_words import desk_card
from handlers.conversation import Button, Reply
from handlers.lawyer import cards
from handlers.wording import KIND, countdown, handler_title, span
from storage.models import CaseKind
from union.alerts import Fact
from union.codes import spoken
from union.units import unit_card


def _reassign(about: About) -> Button:
    return Button(label="改派", choice=f"s:reassign:{about.case.id}")


def _urge(about: About) -> Button:
    return Button(label="催办", choice=f"s:urge:{about.case.id}")


def _card(about: About) -> Button:
    return Button(label="看案件", choice=f"c:card:{about.case.id}")


async def _who(about: About) -> str:
    name = await about.name_of(about.case.responsible_id)
    return handler_title(about.case, name) if about.case.responsible_id else "还没有安排"


async def _overdue(about: About) -> Reply | None:
    case = about.case
    rule = about.rules.get(str(about.params.get("rule", "")))
    if about.ended or (case.intervened_at is not None and (rule is None or "intervened" in rule.stops)):
        return None
    unit = await unit_card(about.session, case.unit_id)
    waited = span(about.now - case.received_at)
    what = "还没有联系对方" if case.intervened_at is None else "还没有办完"
    text = (
        f"{KIND[case.kind]}受理已 {waited}，{what}。\n"
        f"单位：{case.employer or '没有填'}（{unit.place}）\n"
        f"负责人：{await _who(about)} · {'已接单' if case.accepted_at else '未接单'}\n"
        "请确认由您跟进，并改派或催办。"
    )
    buttons = (
        (Button(label="我来跟进", choice=f"s:ack:{case.id}:{about.params['deadline']}"),),
        (_reassign(about), _urge(about)),
        (_card(about),),
    )
    return Reply(title=f"超时：案件 {spoken(case.code)}", text=text, buttons=buttons)


async def _unassigned(about: About) -> Reply | None:
    case = about.case
    if case.lawyer_id is not None or about.ended:
        return None
    shown = await desk_card(about, title="没有律师可派 ·", mine=False)
    keeper = f"在派出去之前，由{await _who(about)}负责盯住。" if case.officer_id else ""
    text = f"指定律师和律师库里都没有能接的人，请尽快人工指派。{keeper}\n\n{shown.text}"
    return Reply(title=shown.title, text=text, buttons=shown.buttons)


async def _waits(about: About) -> Reply | None:
    case = about.case
    if about.ended or case.intervened_at is not None or case.paused_at is not None or case.due_at <= about.now:
        return None  # when the time is over, that is told by itself
    return Reply(
        title=f"快到时限：案件 {spoken(case.code)} {countdown(case.due_at, about.now)}",
        text=f"{await _who(about)}还没有联系上职工。请帮着催一下，或者改派。",
        buttons=((_urge(about), _reassign(about)), (_card(about),)),
    )


async def _not_taken(about: About) -> Reply | None:
    case = about.case
    asked = about.params.get("asked", False)
    if about.ended or case.lawyer_id != about.params.get("lawyer", case.lawyer_id) or (case.accepted_at is not None and not asked):
        return None
    what = "要求转办，但" if asked else "没有接，"
    return Reply(
        title=f"没人接单：案件 {spoken(case.code)}",
        text=f"{await _who(about)}{what}没有别的律师能接，案件还在原来的人名下。请人工改派或催办。",
        buttons=((_reassign(about), _urge(about)), (_card(about),)),
    )


async def _pause_asked(about: About) -> Reply | None:
    case = about.case
    if about.ended or case.paused_at is not None:
        return None
    left = case.contact_phone is not None and not case.anonymous
    way = "请先自己打一次电话" if left else "对方没有留电话，请看看对话和材料里有没有别的办法"
    see = [Button(label="看联系方式", choice=f"s:contact:{case.id}")] if left else []
    return Reply(
        title=f"联系不上{cards.role(case)}，请核实 · 案件 {spoken(case.code)}",
        text=f"{await _who(about)}说几次都联系不上{cards.role(case)}，申请暂停时钟。{way}，确实联系不上再确认。",
        buttons=(
            (Button(label="确认暂停", choice=f"s:pause:{case.id}"), Button(label="不同意", choice=f"s:nopause:{case.id}")),
            (*see, _card(about)),
        ),
    )


async def _pause_check(about: About) -> Reply | None:
    case = about.case
    if case.paused_at is None or about.ended:
        return None
    waited = span(about.now - case.paused_at)
    buttons = [(_card(about),)]
    if case.responsible_id != about.reader or case.kind is not CaseKind.DISPUTE:
        buttons.insert(0, (Button(label="联系上了，恢复时钟", choice=f"s:resume:{case.id}"),))
    return Reply(
        title=f"再联系一次试试 · 案件 {spoken(case.code)}",
        text=f"因为联系不上职工，时钟已经停了 {waited}。请再联系一次；联系上了时钟就接着走。",
        buttons=tuple(buttons),
    )


async def _low_rating(about: About) -> Reply | None:
    case = about.case
    if case.rating is None:
        return None
    marks = [f"满意 {case.rating}"]
    marks += [f"快慢 {case.rating_speed}"] if case.rating_speed else []
    marks += [f"态度 {case.rating_manner}"] if case.rating_manner else []
    word = f"\n{cards.role(case)}说：“{case.rating_comment}”" if case.rating_comment else ""
    return Reply(
        title=f"评分低：案件 {spoken(case.code)}",
        text=f"{cards.role(case)}打分（5 分最好）：{'、'.join(marks)}{word}\n负责人：{await _who(about)}。请了解一下哪里没办好，需要的话可以重新办理。",
        buttons=((_card(about),),),
    )


WORDS: Table = {
    Fact.CASE_OVERDUE: _overdue,
    Fact.CASE_UNASSIGNED: _unassigned,
    Fact.CASE_WAITS: _waits,
    Fact.CASE_NOT_TAKEN: _not_taken,
    Fact.PAUSE_ASKED: _pause_asked,
    Fact.PAUSE_CHECK: _pause_check,
    Fact.LOW_RATING: _low_rating,
}
