"""How the facts of a case read to the one responsible for it, and to the worker."""

from __future__ import annotations

from datetime import datetime

from handlers.alerts.about import About, Table
from handlers.conversation import Button, Reply
from handlers.lawyer import cards
from handlers.wording import OUTCOME, countdown, day, days_left, handler_title, handler_word, money, span, today
from handlers.worker.case_card import rate_buttons
from handlers.worker.welcome import HOTLINE
from storage.models import CaseKind, CaseStatus
from union import people
from union.alerts import Fact
from union.codes import spoken
from union.units import unit_card


async def desk_card(about: About, *, title: str, mine: bool) -> Reply:
    """The card of the case, as the desk shows it."""
    theirs = mine and cards.handled_by(about.case, about.reader)
    return await cards.load(about.session, about.case, about.rules, about.now, title=title, mine=theirs)


def _open_card(about: About, label: str = "看案件") -> Button:
    return Button(label=label, choice=f"c:card:{about.case.id}")


def _open_own(about: About, label: str = "看进度") -> Button:
    return Button(label=label, choice=f"w:case:{about.case.id}")


# ---- to the one responsible


async def _assigned(about: About) -> Reply | None:
    if not about.theirs:
        return None
    return await desk_card(about, title="新案件派给您 ·", mine=True)


async def _reminder(about: About) -> Reply | None:
    case = about.case
    if not about.theirs or case.intervened_at is not None or case.paused_at is not None:
        return None
    urged = "工会工作人员催办。" if about.params.get("urged") else ""
    first = (Button(label=f"写给{cards.role(case)}", choice=f"c:room:{case.id}"), _open_card(about))
    if case.status is CaseStatus.ASSIGNED and case.kind is CaseKind.DISPUTE:
        first = (Button(label="接单", choice=f"c:accept:{case.id}"), Button(label="退单", choice=f"c:decline:{case.id}"))
    clock = "24 小时的钟" if case.kind is CaseKind.DISPUTE else "时限"
    return Reply(
        title=f"提醒：案件 {spoken(case.code)} {countdown(case.due_at, about.now)}",
        text=f"{urged}对方还在等您的第一次联系。您发的消息送到对方手里（或者登记了通话、见面），{clock}才会停。",
        buttons=(first,),
    )


async def _intervened(about: About) -> Reply | None:
    case = about.case
    if case.intervened_at is None or case.responsible_id != about.reader:
        return None
    taken = span(case.intervened_at - case.received_at)
    what = "的 24 小时时钟" if case.kind is CaseKind.DISPUTE else "首次联系的时限"
    return Reply(text=f"已经联系上对方，案件 {spoken(case.code)} {what}已停（用时{taken}）。办完后在案件里点“办结”。")


async def _reassigned(about: About) -> Reply | None:
    case = about.case
    if case.responsible_id == about.reader:
        return None
    return Reply(text=f"案件 {spoken(case.code)} 已改由别人办理，您不用再处理。")


async def _withdrawn(about: About) -> Reply | None:
    if about.case.kind is CaseKind.INCIDENT:  # they are told with the whole line (INCIDENT_OFF)
        return None
    return Reply(text=f"案件 {spoken(about.case.code)} 的{cards.role(about.case)}已撤回诉求，不用再办理。")


async def _merged(about: About) -> Reply | None:
    return Reply(text=f"案件 {spoken(about.case.code)} 和同一职工的另一个案件是一件事，已并案，不用再单独办理。")


async def _reopened(about: About) -> Reply | None:
    if not about.theirs:
        return None
    return await desk_card(about, title="重新办理 ·", mine=True)


async def _rated(about: About) -> Reply | None:
    case = about.case
    rating = case.rating or 0
    word = f"\n“{case.rating_comment}”" if case.rating_comment else ""
    return Reply(text=f"案件 {spoken(case.code)} 的{cards.role(case)}评了 {rating} 分：{'★' * rating}{'☆' * (5 - rating)}{word}")


async def _paused(about: About) -> Reply | None:
    if about.case.paused_at is None:
        return None
    text = f"工会已确认联系不上职工，案件 {spoken(about.case.code)} 的时钟先停着。职工一说话就接着走，请继续想办法联系。"
    return Reply(text=text, buttons=((_open_card(about),),))


async def _resumed(about: About) -> Reply | None:
    case = about.case
    if not about.theirs or case.paused_at is not None:
        return None
    left = f"（{countdown(case.due_at, about.now)}）" if case.intervened_at is None else ""
    return Reply(
        text=f"案件 {spoken(case.code)} 的{cards.role(case)}可以联系了，时钟接着走{left}。",
        buttons=((Button(label=f"写给{cards.role(case)}", choice=f"c:room:{case.id}"), _open_card(about)),),
    )


async def _follow_up(about: About) -> Reply | None:
    case = about.case
    if not about.theirs or case.paused_at is not None:
        return None
    urged = about.params.get("urged")
    said = "工会工作人员催办，请告诉对方" if urged else f"已经 {span(about.rules['follow_up'].due)}没有告诉职工"
    buttons = ((Button(label=f"写给{cards.role(case)}", choice=f"c:room:{case.id}"), Button(label="办结", choice=f"c:close:{case.id}")),)
    return Reply(
        title=f"该反馈进展了 · 案件 {spoken(case.code)}",
        text=f"{said}办到哪一步了。写一句就行。",
        buttons=buttons,
    )


def _term(about: About) -> tuple[str, str]:
    """The name of a term that the law sets, and when it is over."""
    rule = about.rules.get(str(about.params.get("rule")))
    last = today(datetime.fromisoformat(str(about.params["due"])))
    return (rule.title if rule else "法定期限"), f"{day(last)}（{days_left(last, about.now)}）"


async def _term_near(about: About) -> Reply | None:
    if about.ended:
        return None
    title, when = _term(about)
    text = f"{title}\n最后一天：{when}\n请确认职工知道，并在期限前办好这一步。"
    buttons = ((Button(label="写给职工", choice=f"c:room:{about.case.id}"), _open_card(about)),)
    return Reply(title=f"法定期限 · 案件 {spoken(about.case.code)}", text=text, buttons=buttons)


# ---- to the worker


async def _accepted(about: About) -> Reply | None:
    case = about.case
    if case.responsible_id is None or about.ended:
        return None
    name = await about.name_of(case.responsible_id)
    firm = await people.firm_of(about.session, case.lawyer_id) if case.lawyer_id else ""
    word = handler_word(case)
    return Reply(
        title=f"{word}接手了 · 案件 {spoken(case.code)}",
        text=f"{handler_title(case, name)}{f'（{firm}）' if firm else ''}已接单，会在这里联系您。有话想先说，可以直接留言。",
        buttons=((Button(label=f"给{word}留言", choice=f"w:room:{case.id}"),),),
    )


async def _transferred(about: About) -> Reply | None:
    case = about.case
    if case.responsible_id is None or about.ended:
        return None
    name = await about.name_of(case.responsible_id)
    return Reply(
        title=f"换人接着办 · 案件 {spoken(case.code)}",
        text=f"从现在起由{handler_title(case, name)}接着办，之前的材料和进展都转过去了，您不用重说一遍。",
        buttons=((Button(label=f"给{handler_word(case)}留言", choice=f"w:room:{case.id}"), _open_own(about)),),
    )


async def _handed_up(about: About) -> Reply | None:
    if about.ended:
        return None
    unit = await unit_card(about.session, about.case.unit_id)
    return Reply(
        title=f"已转给{unit.name} · 案件 {spoken(about.case.code)}",
        text=f"您的事现在由{unit.name}接着办，之前说的都转过去了，他们会在这里联系您。",
        buttons=((_open_own(about),),),
    )


async def _not_reached(about: About) -> Reply | None:
    case = about.case
    if about.ended or case.paused_at is None:
        return None
    word = handler_word(case)
    return Reply(
        title=f"我们联系不上您 · 案件 {spoken(case.code)}",
        text=f"{word}找了您几次都没联系上，时限先停着。看到了就在这里回一句，比如什么时候方便接电话，马上接着办。",
        buttons=((Button(label=f"给{word}留言", choice=f"w:room:{case.id}"), Button(label=f"请{word}打电话", choice=f"w:call:{case.id}")),),
    )


async def _late(about: About) -> Reply | None:
    case = about.case
    if case.intervened_at is not None or about.ended:
        return None
    return Reply(
        title=f"让您久等了 · 案件 {spoken(case.code)}",
        text=f"律师没有在 24 小时内联系您，是我们没做到。这件事已经自动报给上级工会督办，有进展马上告诉您。着急可以打{HOTLINE}，报上面的编号。",
        buttons=((_open_own(about),),),
    )


async def _step(about: About) -> Reply | None:
    from union.paths import path_for

    case = about.case
    if case.step is None or about.ended:
        return None
    step = next((step for step in path_for(case.nature).steps if step.code == case.step), None)
    if step is None:
        return None
    return Reply(
        title=f"有进展 · 案件 {spoken(case.code)}",
        text=f"现在到了“{step.title}”这一步。{step.about}",
        buttons=((Button(label="这一步要准备什么", choice=f"w:path:{case.id}"), _open_own(about)),),
    )


async def _closed(about: About) -> Reply | None:
    case = about.case
    lines = [f"结果：{OUTCOME[case.outcome]}" if case.outcome else "已办结"]
    if case.recovered:
        lines.append(f"追回：{money(case.recovered)}")
    if case.outcome_note:
        lines.append(f"{handler_word(case)}说明：{case.outcome_note}")
    open_to_rate = case.status is CaseStatus.CLOSED
    if open_to_rate:
        lines += ["", "办得怎么样？三个小问题，点几下就好。"]
    return Reply(title=f"办结 · 案件 {spoken(case.code)}", text="\n".join(lines), buttons=(rate_buttons(case.id),) if open_to_rate else ())


async def _rating_asked(about: About) -> Reply | None:
    case = about.case
    if case.status is not CaseStatus.CLOSED:
        return None
    return Reply(
        title=f"还想听听您的评价 · 案件 {spoken(case.code)}",
        text="办得好不好您最清楚。三个小问题，点几下就好；不想评不用理会，不会再问了。",
        buttons=(rate_buttons(case.id),),
    )


async def _term_warning(about: About) -> Reply | None:
    if about.ended:
        return None
    title, when = _term(about)
    text = f"{title}\n最后一天：{when}\n过了这一天，这条路可能就走不了了。拿不准就马上问{handler_word(about.case)}。"
    buttons = ((Button(label=f"给{handler_word(about.case)}留言", choice=f"w:room:{about.case.id}"), _open_own(about)),)
    return Reply(title=f"别错过期限 · 案件 {spoken(about.case.code)}", text=text, buttons=buttons)


WORDS: Table = {
    Fact.CASE_ASSIGNED: _assigned,
    Fact.CASE_REMINDER: _reminder,
    Fact.CASE_INTERVENED: _intervened,
    Fact.CASE_REASSIGNED: _reassigned,
    Fact.CASE_WITHDRAWN: _withdrawn,
    Fact.CASE_MERGED: _merged,
    Fact.CASE_REOPENED: _reopened,
    Fact.CASE_RATED: _rated,
    Fact.CASE_PAUSED: _paused,
    Fact.CASE_RESUMED: _resumed,
    Fact.FOLLOW_UP_DUE: _follow_up,
    Fact.TERM_NEAR: _term_near,
    Fact.CASE_ACCEPTED: _accepted,
    Fact.CASE_TRANSFERRED: _transferred,
    Fact.CASE_HANDED_UP: _handed_up,
    Fact.NOT_REACHED: _not_reached,
    Fact.CASE_LATE: _late,
    Fact.CASE_STEP: _step,
    Fact.CASE_CLOSED: _closed,
    Fact.RATING_ASKED: _rating_asked,
    Fact.TERM_WARNING: _term_warning,
}
