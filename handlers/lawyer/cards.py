"""How a case looks to those who handle it: never an account, and a number only where the worker gave it for a call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.conversation import Button, ButtonRows, Reply
from handlers.incidents.wording import sort_word
from handlers.lawyer.standing import Standing, standing_of
from handlers.staff.case_buttons import staff_buttons
from handlers.wording import DESK_STATUS, KIND, OUTCOME, countdown, day, days_left, moment, money, short_countdown, shorten
from knowledge import Topic
from storage.models import Case, CaseKind, CaseStatus, Intake, RoomMessage
from storage.types import PersonId
from union import publishing
from union.codes import spoken
from union.lifecycle import AT_WORK, OPEN
from union.paths import path_for
from union.rules import Rules

NATURE: Mapping[str, str] = {"violation": "权利争议·违法类", "rights": "权利争议·争议类", "interest": "利益争议"}


def clock_line(case: Case, now: datetime) -> str:
    """Where the clock until the first contact stands."""
    word = "介入" if case.kind is CaseKind.DISPUTE else "首次联系"
    if case.intervened_at is not None:
        late = "（超时）" if case.overdue else ""
        return f"已{word}：{moment(case.intervened_at)}{late}"
    if case.paused_at is not None:
        return f"{word}时限：联系不上对方，时钟停在 {moment(case.paused_at)}（{countdown(case.due_at, case.paused_at)}）"
    return f"{word}时限：{moment(case.due_at)}（{countdown(case.due_at, now)}）"


def role(case: Case) -> str:
    """What the one who brought the case is to those who handle it: 职工 in a dispute, 来人 otherwise."""
    return "职工" if case.kind is CaseKind.DISPUTE else "来人"


def who(case: Case) -> str:
    """What the one who brought the case wants to be called."""
    if case.intake is Intake.RADAR:
        return "系统预警"
    return f"匿名{role(case)}" if case.anonymous else case.contact_name or role(case)


def matter(case: Case) -> str:
    """What it is about: the subject, or what sort of incident."""
    return sort_word(case) if case.kind is CaseKind.INCIDENT else Topic(case.topic).label


def short_line(case: Case, now: datetime, unread: int = 0) -> str:
    """One line of a list, as short as a button on a phone: code, what it is, state and clock. unread: messages that nobody has looked at."""
    new = f"●{unread} " if unread else ""
    clock = "暂停" if case.paused_at is not None else short_countdown(case.due_at, now)
    running = f"·{clock}" if case.intervened_at is None else ""
    what = matter(case) if case.kind in (CaseKind.DISPUTE, CaseKind.INCIDENT) else KIND[case.kind][-2:]
    return f"{new}{spoken(case.code)} {what}·{DESK_STATUS[case.status]}{running}"


def mark(message: RoomMessage) -> str:
    """How far a message has come: 已发出, 已送达, 已读."""
    return "已读" if message.read_at else "已送达" if message.reached_at else "已发出"


def step_title(case: Case) -> str:
    """The step of its path that a dispute is on; empty as long as none is noted."""
    path = path_for(case.nature)
    return next((f"{step.title}（{n}/{len(path.steps)}）" for n, step in enumerate(path.steps, 1) if step.code == case.step), "")


def body(case: Case, standing: Standing, now: datetime, *, mine: bool, full: bool) -> str:
    """The case in lines. mine: with what concerns only the one who handles it. full: the whole story; otherwise its beginning."""
    step = step_title(case) if case.kind is CaseKind.DISPUTE and case.status in OPEN else ""
    nature = f" · {NATURE[case.nature]}" if case.nature in NATURE and case.nature else ""
    lines = [
        f"状态：{DESK_STATUS[case.status]}" + (f" · 走到{step}" if step else ""),
        clock_line(case, now),
        *([f"请在 {moment(standing.take_by)} 前接单，过时会派给下一位律师"] if standing.take_by and standing.take_by > now else []),
        f"{role(case)}：{who(case)}" + (f" · 需要{standing.language}" if standing.language else ""),
        f"单位：{case.employer or '没有填'}（{standing.unit}）",
        f"事由：{KIND[case.kind]}" + (f" · {matter(case)}{nature}" if case.kind in (CaseKind.DISPUTE, CaseKind.INCIDENT) else ""),
        _particulars(case, standing.files),
        *_ahead(standing, now, mine=mine and case.status in OPEN),
        "",
        case.story if full else shorten(case.story, 120),
    ]
    if case.outcome is not None:
        sum_of_money = f"，追回 {money(case.recovered) if case.recovered else '0 元'}" if case.kind is CaseKind.DISPUTE else ""
        lines.append(f"\n结果：{OUTCOME[case.outcome]}{sum_of_money}")
        if case.outcome_note:
            lines.append(f"给对方的话：{case.outcome_note if full else shorten(case.outcome_note, 120)}")
        if case.kind in publishing.KINDS:
            lines.append("公开答复：写信人同意，在“更多”里公开" if case.publish_agreed else "公开答复：写信人没有同意")
    if case.rating is not None:
        lines.append(f"对方评分：{'★' * case.rating}{'☆' * (5 - case.rating)}")
    return "\n".join(lines)


def _particulars(case: Case, files: int) -> str:
    """When it began, how much it is about, what there is to prove it. A suggestion has neither a beginning nor a sum."""
    lines = []
    if case.since is not None or case.kind is CaseKind.DISPUTE:
        lines.append(f"开始：{day(case.since) if case.since else '没有填'}")
    if case.amount is not None or case.kind is CaseKind.DISPUTE:
        lines.append(f"金额：{money(case.amount)}")
    return " · ".join([*lines, f"材料 {files} 份"])


def _ahead(standing: Standing, now: datetime, *, mine: bool) -> list[str]:
    """What is coming, and what waits for an answer."""
    lines = []
    if standing.group:
        lines.append(f"群体案件：同一单位的 {standing.group} 件一起办" + ("，“更多”里可以给每个人写一句" if mine else ""))
    if standing.doorless:
        lines.append("来电登记的：对方没有聊天入口，写的话送不到，请打电话；对方用编号和口令上来后就能看到。")
    if standing.terms:
        term, more = standing.terms[0], len(standing.terms) - 1
        lines.append(
            f"期限：{term.title}，最后一天 {day(term.last_day)}（{days_left(term.last_day, now)}）" + (f"，另有 {more} 个" if more else "")
        )
    if standing.mediation is not None:
        coming = {True: "对方会来", False: "对方来不了", None: "对方还没回"}[standing.mediation.worker_coming]
        lines.append(f"调解：{moment(standing.mediation.at)}，{standing.mediation.place}（{coming}）")
    if standing.calls:
        lines.append(f"请打电话：希望在 {moment(standing.calls[0].wanted_at)}" + ("，号码在“请打电话的”里" if mine else ""))
    if standing.tries and mine:
        lines.append(f"电话没打通：{standing.tries} 次")
    if standing.last is not None and mine:
        lines.append(last_line(standing.last))
    return lines


def last_line(last: RoomMessage) -> str:
    """Who had the last word, and how far it has come."""
    if last.from_worker:
        return f"最后一句：对方 {moment(last.created_at)}" + ("" if last.read_at else "，等您回复")
    return f"最后一句：我方 {moment(last.created_at)} · {mark(last)}"


def handler_buttons(case: Case, files: int) -> ButtonRows:
    """What the one responsible does most; the rest is behind 更多."""
    found: list[tuple[Button, ...]] = []
    more = Button(label="更多", choice=f"c:more:{case.id}")
    accept = Button(label="接单", choice=f"c:accept:{case.id}")
    if case.status is CaseStatus.ASSIGNED:
        found.append((accept, Button(label="退单", choice=f"c:decline:{case.id}")) if case.lawyer_id is not None else (accept,))
    elif case.status in AT_WORK and case.accepted_at is None and case.lawyer_id is not None:  # it came in the middle of the work
        found.append((accept, Button(label="转办", choice=f"c:over:{case.id}")))
    if case.status in OPEN and case.status is not CaseStatus.ASSIGNED:
        found.append((Button(label=f"写给{role(case)}", choice=f"c:room:{case.id}"), more))
    read = [Button(label="看全文", choice=f"c:show:{case.id}")]
    if files:
        read.append(Button(label=f"看材料（{files}）", choice=f"c:files:{case.id}"))
    if case.status is CaseStatus.ASSIGNED or case.status not in OPEN:
        read.append(more)
    return (*found, tuple(read))


def handled_by(case: Case, person_id: PersonId | None) -> bool:
    """Whether it is this person's to work on. Who only keeps a dispute until there is a lawyer looks at it as staff do."""
    return case.responsible_id == person_id and not (case.kind is CaseKind.DISPUTE and case.lawyer_id is None)


async def load(session: AsyncSession, case: Case, rules: Rules, now: datetime, *, title: str, mine: bool, full: bool = False) -> Reply:
    """The card of a case with its buttons. mine: it is the reader's to handle; otherwise staff look at it."""
    standing = await standing_of(session, case, rules, now, mine=mine)
    return Reply(
        title=f"{title} {spoken(case.code)}",
        text=body(case, standing, now, mine=mine, full=full),
        buttons=handler_buttons(case, standing.files) if mine else staff_buttons(case, standing.files, standing.twins),
    )
