"""How long a notice, or a correction of one, may wait for a second pair of eyes: the rules with the subject "notice" in data/deadlines.toml.

Whom their steps tell: union/notice_clock.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache

from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Notice
from union import deadlines
from union.rules import Rules, load_rules

SUBJECT = "notice"

APPROVAL, APPROVAL_URGENT, CORRECTION = "notice_approval", "notice_approval_urgent", "notice_correction"
"""The codes of the rules. Whoever takes one out of the file does without its reminders."""


@cache
def _rules() -> Rules:
    return {code: rule for code, rule in load_rules().items() if rule.subject == SUBJECT}


async def begin(session: AsyncSession, notice: Notice, code: str, now: datetime) -> None:
    """From now on it waits, by the rule of that code; what it waited for before is over."""
    await over(session, notice, now)
    if rule := _rules().get(code):
        await deadlines.start(session, rule, notice.id, notice.unit_id, now)


async def over(session: AsyncSession, notice: Notice, now: datetime) -> None:
    """Somebody has decided, or there is nothing left to decide."""
    await deadlines.stop(session, SUBJECT, notice.id, now)
