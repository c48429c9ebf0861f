"""发通知: to whom, what, how many that reaches, and off it goes; the progress line changes by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from handlers import forms
from handlers.choices import Choices
from handlers.conversation import Button, Reply
from handlers.forms import Form
from handlers.steps import Answered, Ask, Offer, Problem, Step, Value, Values
from handlers.turn import Turn
from storage.models import Role, UnitKind
from storage.types import NoticeId, UnitId
from union import notices, units
from union.errors import NotAllowed, NotFound
from union.units import UnitCard


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience(Step):
    """The people of a unit: one's own, or one below it. Kept as {"unit", "name", "count"}; the count is taken when it is chosen."""

    async def _units(self, turn: Turn) -> list[UnitCard]:
        actor = await turn.actor()
        found: list[UnitCard] = []
        for own in actor.units(Role.STAFF, Role.ADMIN):
            below = UnitKind.DISTRICT if own.kind is UnitKind.CITY else UnitKind.STREET
            found += [own, *await units.children(turn.session, own.id, below)]
        return found

    async def offer(self, turn: Turn, values: Values) -> Offer:
        found = [(unit.short, str(unit.id)) for unit in await self._units(turn)]
        return [found[i : i + 3] for i in range(0, len(found), 3)]

    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        typed = turn.incoming.text.strip() if not choice else ""
        for unit in await self._units(turn):
            if choice == str(unit.id) or (typed and typed in (unit.name, unit.short)):
                counted = await notices.count(turn.session, await turn.actor(), notices.Audience(unit.id))
                if counted.reachable == 0:
                    return Problem(f"{unit.name}现在没有能收到通知的人（{counted.unreachable} 人还没有打开过机器人）。请换一个范围。")
                return Value({"unit": unit.id, "name": unit.name, "count": counted.reachable, "missing": counted.unreachable})
        return Problem("请从下面选一个范围：只能发给您管辖的地区。")

    def shown(self, value: Any) -> str:
        missing = f"，另有 {value['missing']} 人收不到（没有打开过机器人）" if value.get("missing") else ""
        return f"{value['name']}，能收到 {value['count']} 人{missing}"


async def begin(turn: Turn) -> list[Reply]:
    """发通知 and /notice."""
    actor = await turn.actor()
    if not actor.has(Role.STAFF, Role.ADMIN):
        return [Reply(text="发通知是工会干部的功能，您的身份没有这个权限。")]
    turn.state.room = None
    return await forms.begin(turn, FORM)


async def submit(turn: Turn, values: Values) -> list[Reply]:
    """确认发送."""
    audience = notices.Audience(UnitId(values["audience"]["unit"]))
    try:
        notice = await notices.send(turn.session, await turn.actor(), audience, title=values["title"], text=values["text"], now=turn.now)
    except (NotAllowed, NotFound):
        return [Reply(text="这个范围不归您管辖，没有发送。")]
    return [Reply(text=f"开始发送，预计 {notice.total} 人收到。下面的进度会自己更新。")]


async def stop(turn: Turn, notice_id: NoticeId) -> list[Reply]:
    """停止发送."""
    try:
        stopped = await notices.stop(turn.session, await turn.actor(), notice_id, turn.now)
    except NotFound:
        return [Reply(text="没有找到这条通知。")]
    return [Reply(text="已停止，还没发出的不再发送。" if stopped else "这条通知已经发完或已停止。")]


def progress(notice_id: NoticeId, title: str, place: notices.Progress, *, ended: str) -> Reply:
    """The line that changes by itself."""
    done = place.total - place.waiting
    percent = 100 if place.total == 0 else done * 100 // place.total
    filled = percent // 10
    left = "没有发" if ended and place.waiting else "待发"
    text = (
        f"{'▓' * filled}{'░' * (10 - filled)} {percent}%\n"
        f"共 {place.total} 人：已发出 {place.sent}，收不到 {place.unreachable}，失败 {place.failed}，{left} {place.waiting}"
    )
    buttons = () if ended else ((Button(label="停止发送", choice=f"s:stop:{notice_id}"),),)
    return Reply(title=f"{ended or '正在发送'} · {title}", text=text, buttons=buttons)


async def _stop(turn: Turn, parts: list[str]) -> list[Reply]:
    return await stop(turn, NoticeId(int(parts[0])))


CHOICES: Choices = {"s:stop": _stop}


FORM = Form(
    code="notice",
    title="发通知",
    summary="请核对，确认后立即发送，发出的收不回来。",
    submit_label="确认发送",
    submit=submit,
    steps=(
        Audience(key="audience", label="发给", ask="发给哪里的会员？选一个范围（包括它下面所有单位）。"),
        Ask(key="title", label="标题", ask="标题是什么？30 个字以内。", shortest=2, longest=30),
        Ask(key="text", label="正文", ask="正文怎么写？1000 个字以内，说清楚时间、地点、找谁。", shortest=5, longest=1000),
    ),
)
