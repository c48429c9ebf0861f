"""How a notice reads, and how far it has come."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.alerts.about import Params
from handlers.conversation import Button, Reply
from handlers.staff import notice as notice_words
from storage.models import Notice, NoticeStatus
from storage.types import NoticeId
from union import notices
from union.alerts import Fact
from union.units import unit_card


async def told(session: AsyncSession, fact: Fact, params: Params) -> Reply | None:
    """A notice, or its progress."""
    notice = await session.get(Notice, NoticeId(params.get("notice") or params["notice_progress"]))
    if notice is None:
        return None
    if fact is Fact.NOTICE:
        unit = await unit_card(session, notice.unit_id)
        return Reply(
            title=notice.title,
            text=f"{notice.text}\n\n—— {unit.name}",
            buttons=((Button(label="知道了", choice="n:read"), Button(label="不再接收通知", choice="n:off")),),
        )
    ended = {NoticeStatus.SENT: "已发完", NoticeStatus.STOPPED: "已停止"}.get(notice.status, "")
    return notice_words.progress(notice.id, notice.title, await notices.progress(session, notice), ended=ended)
