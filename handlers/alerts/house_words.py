"""How it reads to the staff of the city that something does not hold which always must."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.alerts.about import Params
from handlers.conversation import Button, Reply
from storage.types import PersonId
from union import invariants
from union.codes import spoken
from union.people import load_actor

_ASK = "请告诉管理员：在机器上运行 make doctor，按它说的办；还不行就联系程序的维护者。"

_WORDS: Mapping[str, tuple[str, str]] = {
    "open_case_without_live_deadline": (
        "{count} 件在办案件没有人盯时限",
        f"没有时限，到点就不会有人收到提醒。请先在看板上盯住这些案件，并指派到人。{_ASK}",
    ),
    "case_without_one_responsible": (
        "{count} 件在办案件没有唯一的负责人",
        f"要么还没有人负责，要么写了两个人。请在看板上用“改派”指定一个人；本区、本市没有干部登记的，请先邀请干部。{_ASK}",
    ),
    "deadline_without_reachable_person": (
        "{count} 个时限到点时找不到人",
        "负责的律师或干部关掉了聊天，或者所在的区、市总没有能联系上的干部。请让本人重新打开工作台机器人，或者改派；没有干部的，请管理员发邀请码。",
    ),
    "rung_not_acknowledged": (
        "{count} 件超时的案件报上来没有人跟进",
        "报上来两个多小时，没有人点“我来跟进”。请在看板的“超时”里打开，点“我来跟进”，再改派或催办。",
    ),
    "alert_not_received": (
        "{count} 条提醒没有送到任何人手里",
        "收信的人拉黑了机器人，或者从没打开过。请打电话让本人在工作台机器人里发一条消息，没送到的会自动补发。",
    ),
    "deadline_step_late": (
        "{count} 个提醒该发没有发出来",
        f"程序可能停了，或者忙不过来。{_ASK}",
    ),
}
"""What is wrong and what to do, by the code of the invariant."""


async def fault(session: AsyncSession, params: Params, reader: PersonId) -> Reply | None:
    """An invariant that does not hold; None for one that this version does not know."""
    words = _WORDS.get(str(params["code"]))
    if words is None:
        return None
    title, text = words
    codes = await invariants.cases_behind(session, await load_actor(session, reader), str(params["code"]), params["examples"])
    named = f"\n\n例如案件：{'、'.join(spoken(code) for code in codes)}" if codes else ""
    board = ((Button(label="打开看板", choice="s:board:all:0:0"),),)
    return Reply(title=f"系统自查：{title.format(count=params['count'])}", text=f"{text}{named}", buttons=board)
