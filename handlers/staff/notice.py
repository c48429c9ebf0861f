"""发通知: the first screen, and the lists of what was written, waits, is planned or running, and is over."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.alerts.notice_words import STATUS
from handlers.choices import Choices, plain
from handlers.conversation import Button, Reply, rows
from handlers.staff.notice_problems import NOT_FOR_YOU
from handlers.staff.notice_when import repeat_words
from handlers.turn import Turn
from handlers.wording import moment, shorten
from storage.models import Notice
from union import notices
from union.notice_life import timing_of
from union.notices import Which

A_PAGE = 8

_LISTS: Mapping[Which, tuple[str, str]] = {
    Which.WAITING: ("等审批", "没有等审批的通知。"),
    Which.AHEAD: ("定时和正在发的", "没有定时待发、正在发送的通知。"),
    Which.DRAFTS: ("草稿", "没有草稿。"),
    Which.OVER: ("发过的", "还没有发过通知。"),
}


async def begin(turn: Turn) -> list[Reply]:
    """发通知 and /notice."""
    actor = await turn.actor()
    if not notices.may_send(actor):
        return [Reply(text=NOT_FOR_YOU)]
    turn.state.room = None
    numbers = await notices.numbers(turn.session, actor)
    lists = [Button(label=f"{title}（{numbers[which]}）", choice=f"s:notices:{which}:0") for which, (title, _) in _LISTS.items()]
    first = (Button(label="写通知", choice="s:nwrite"), Button(label="用模板写", choice="s:ntemplates"))
    text = "先写好、看预览、发给自己试看，再提交。人多的要另一位同志看过才发出。"
    return [Reply(title="发通知", text=text, buttons=(first, *rows(lists, 2), (Button(label="审批规定", choice="s:nrules"),)))]


async def show_list(turn: Turn, parts: list[str]) -> list[Reply]:
    """One of the lists, a page of it."""
    actor = await turn.actor()
    if not notices.may_send(actor):
        return [Reply(text=NOT_FOR_YOU)]
    which, page = Which(parts[0]), max(0, int(parts[1]))
    title, empty = _LISTS[which]
    found = await notices.listed(turn.session, actor, which, limit=A_PAGE + 1, offset=page * A_PAGE)
    buttons = [Button(label=_label(notice), choice=f"s:notice:{notice.id}") for notice in found[:A_PAGE]]
    turns = [Button(label="上一页", choice=f"s:notices:{which}:{page - 1}")] if page else []
    turns += [Button(label="下一页", choice=f"s:notices:{which}:{page + 1}")] if len(found) > A_PAGE else []
    last = (*turns, Button(label="回到发通知", choice="s:nhome"))
    return [Reply(title=title, text="点一条打开：" if found else empty, buttons=(*rows(buttons, 1), last))]


def _label(notice: Notice) -> str:
    """The title first: a phone cuts off the end."""
    when = notice.started_at or notice.send_at
    at = f" {moment(when)}" if when else ""
    again = timing_of(notice).repeat if notice.started_at is None else None
    return shorten(f"{notice.title} · {STATUS[notice.status]}{at}{f'（{repeat_words(again)}）' if again else ''}", 48)


CHOICES: Choices = {"s:nhome": plain(begin), "s:notices": show_list}
