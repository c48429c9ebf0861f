"""How the figures of a notice read on a phone: a bar and a number for each outcome, a block for each unit, a line for each hour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from handlers.figure_words import bar, percent
from handlers.wording import moment
from storage.models import DeliveryStatus, SurveyKind
from storage.types import UnitId
from union.calendar import BEIJING
from union.figures import share
from union.notice_recipients import Recipient
from union.notice_report import Figures, HourRow, Report, UnitRow
from union.units import UnitCard

OUTCOMES: Mapping[str, str] = {
    "sent": "已发出",
    "gathered": "并入汇总",
    "unreachable": "收不到",
    "failed": "失败",
    "left_out": "没有发",
    "waiting": "待发",
}
"""The outcomes of a figure, in the order in which they are read. They add up to its total."""

EXPLAINED: Mapping[str, str] = {
    "sent": "已发出：消息已经交给对方用的聊天软件或网页。",
    "gathered": "并入汇总：当天发给这个人的通知已经够多，并进中午的汇总里发。",
    "unreachable": "收不到：没有能用的聊天窗口，比如拉黑了机器人。本人再来说话，以后的通知就能收到。",
    "failed": "失败：聊天软件不收这条消息，或者试了多次都不行。",
    "left_out": "没有发：本人已经关掉这类通知，或者轮到之前停止了发送。",
    "waiting": "待发：正在排队，或者夜里不打扰、等到早上再发。",
}

SEEN = "看过：网页上显示过，或者点过按钮。聊天软件不告诉我们谁看过，所以实际看过的会更多。"
REPEATS = "可能收到两遍：发送程序中断时正在手上的消息，不确定发没发出去，就又发了一次。"

_STATUS: Mapping[DeliveryStatus, str] = {
    DeliveryStatus.WAITING: "waiting",
    DeliveryStatus.IN_HAND: "waiting",
    DeliveryStatus.SENT: "sent",
    DeliveryStatus.UNREACHABLE: "unreachable",
    DeliveryStatus.FAILED: "failed",
    DeliveryStatus.LEFT_OUT: "left_out",
    DeliveryStatus.GATHERED: "gathered",
}


def outcome(status: DeliveryStatus) -> str:
    """已发出, 收不到 …"""
    return OUTCOMES[_STATUS[status]]


def took_part(report: Report) -> str:
    """What taking part in the form behind a notice is called."""
    kind = report.survey.kind if report.survey else None
    if kind is SurveyKind.SIGN_UP:
        return "报名"
    return "投票" if kind in (SurveyKind.APPRAISAL, SurveyKind.CONSENT) else "填写"


def unit_name(row: UnitRow, cards: Mapping[UnitId, UnitCard]) -> str:
    """What a line by unit is called."""
    return "没有登记单位的" if row.unit_id is None else cards[row.unit_id].name


def _share(part: int, whole: int) -> str:
    found = share(part, whole)
    return "" if found is None else f"（{percent(found)}）"


def whole(report: Report, found: Figures) -> str:
    """All figures of a notice, and the sum."""
    parts = {name: getattr(found, name) for name in OUTCOMES if name == "sent" or getattr(found, name)}
    lines = [f"应收 {found.total:,} 人："]
    lines += [f"{bar(number, found.total)} {OUTCOMES[name]} {number:,}{_share(number, found.total)}" for name, number in parts.items()]
    if len(parts) > 1:
        lines.append(f"加起来：{' + '.join(f'{number:,}' for number in parts.values())} = {sum(parts.values()):,}，每个人都有着落。")
    told = found.sent + found.gathered
    if not told:
        return "\n".join(lines)
    lines += ["", f"收到以后（占{'已发出和并入汇总的' if found.gathered else '已发出的'}）："]
    lines.append(f"{bar(found.seen, told)} 看过 {found.seen:,}{_share(found.seen, told)}")
    if pressable(report):
        lines.append(f"{bar(found.tapped, told)} 点了按钮 {found.tapped:,}{_share(found.tapped, told)}{_each_button(report, found)}")
    if found.taken_part is not None:
        lines.append(f"{bar(found.taken_part, told)} {took_part(report)} {found.taken_part:,}{_share(found.taken_part, told)}")
    lines.append(f"退订 {found.left:,}　可能收到两遍 {found.repeats:,}")
    return "\n".join(lines)


def pressable(report: Report) -> list[tuple[int, str]]:
    """The buttons whose presses we hear of, by place and label: a link opens without us."""
    return [(place, button["label"]) for place, button in enumerate(report.notice.buttons) if button["do"] != "link"]


def _each_button(report: Report, found: Figures) -> str:
    buttons = pressable(report)
    if len(buttons) < 2:
        return ""
    return "：" + "，".join(f"“{label}” {found.taps[place]:,}" for place, label in buttons)


def block(report: Report, name: str, found: Figures) -> str:
    """A unit in three short lines."""
    rest = "　".join(f"{word} {getattr(found, key):,}" for key, word in OUTCOMES.items() if key != "sent" and getattr(found, key))
    lines = [f"{name}　{found.total:,} 人", f"{bar(found.sent, found.total)} 已发出 {found.sent:,}{_share(found.sent, found.total)}"]
    after = [f"看过 {found.seen:,}"]
    if pressable(report):
        after.append(f"点了按钮 {found.tapped:,}")
    if found.taken_part is not None:
        after.append(f"{took_part(report)} {found.taken_part:,}")
    after.append(f"退订 {found.left:,}")
    return "\n".join([*lines, *([rest] if rest else []), "　".join(after)])


def hours(report: Report, found: Sequence[HourRow], most: int) -> str:
    """A line for each hour. most: the most that went out or were seen in one hour: a full bar."""
    lines = []
    for row in found:
        turnout = f"　{took_part(report)} {row.taken_part:,}" if row.taken_part is not None else ""
        lines.append(f"{hour(row.hour)} {bar(row.sent, most)} 发出 {row.sent:,}　看过 {row.seen:,}{turnout}")
    return "\n".join(lines)


def hour(when: datetime) -> str:
    """11月18日 10时, in Beijing."""
    local = when.astimezone(BEIJING)
    return f"{local.month}月{local.day}日 {local.hour}时"


def recipient(report: Report, found: Recipient) -> str:
    """What became of the notice for one person, and what can be done about it."""
    name = _STATUS[found.status]
    lines = [f"{found.unit}　{OUTCOMES[name]}" if found.unit else OUTCOMES[name]]
    if found.sent_at is not None:
        lines[0] += f"：{moment(found.sent_at)}"
    if found.status is not DeliveryStatus.SENT:
        lines.append(EXPLAINED[name].partition("：")[2])
    if found.status is DeliveryStatus.GATHERED:
        lines.append(f"汇总已在{moment(found.digest)}发出。" if found.digest else "汇总还没有发出。")
    if found.status in (DeliveryStatus.SENT, DeliveryStatus.GATHERED):
        lines.append(f"看过：{moment(found.seen_at)}" if found.seen_at else "看过：不知道（没点过按钮，网页上也没显示过）")
    labels = [f"“{report.notice.buttons[place]['label']}”" for place in found.taps]
    if labels:
        lines.append(f"点了{'、'.join(labels)}")
    if found.taken_part is not None:
        lines.append(f"{took_part(report)}：{'是' if found.taken_part else '否'}")
    if found.left:
        lines.append("在这条通知下面点了退订。")
    if found.repeats:
        lines.append("可能收到两遍：发送程序中断时正在手上。")
    return "\n".join(lines)
