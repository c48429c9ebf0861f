"""What a paper needs to know of a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.paperwork.claims import TopicClaims, claims_on
from handlers.wording import today
from storage.models import Case
from union import evidence
from union.paths import Office, PathStep, office_for, place_of

_FILE_KINDS: Mapping[str, str] = {"photo": "照片", "document": "文件", "voice": "录音", "video": "录像"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of evidence that the case holds. kind: in Chinese. received: the day it came in."""

    name: str
    kind: str
    received: date


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePaper:
    """A case as its papers tell it. place: where the work was done; empty if the register does not say. amount: 元. name, phone: None where the
    worker left none."""

    story: str
    employer: str
    place: str
    since: date | None
    amount: Decimal | None
    name: str | None
    phone: str | None
    claims: TopicClaims
    files: tuple[Piece, ...]
    today: date
    office: Office


async def gather(session: AsyncSession, case: Case, step: PathStep, day: date) -> CasePaper:
    """All that a paper handed in at this step, on this day, can say of a case."""
    named = not case.anonymous
    files = [
        Piece(
            file.name.strip() or f"{_FILE_KINDS.get(file.kind, '文件')} {number}",
            _FILE_KINDS.get(file.kind, "文件"),
            today(file.created_at),
        )
        for number, file in enumerate(await evidence.of_worker(session, case.id), 1)
    ]
    return CasePaper(
        story=case.story,
        employer=case.employer,
        place=await place_of(session, case.unit_id),
        since=case.since,
        amount=case.amount,
        name=case.contact_name if named else None,
        phone=case.contact_phone if named else None,
        claims=claims_on(case.topic),
        files=tuple(files),
        today=day,
        office=await office_for(session, step, case.unit_id),
    )
