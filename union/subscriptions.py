"""What people want to hear, and when: categories switched on and off, topics of interest, the night, so many a day and the rest gathered (union/digest).

What the engine asks (union/deliveries) takes many people at once and a connection; it takes part in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from storage.models import Category, Interest, Notice, NoticeDelivery, Person, Role, RoleGrant, Subscription, Unit, UnitKind, UnitSetting
from storage.types import NoticeId, PersonId
from union.calendar import BEIJING, day_of
from union.unit_settings import DEFAULTS, NOTICES_A_DAY

NIGHT, MORNING = time(21), time(8)
"""In Beijing: from the one to the other only what is urgent is told."""

A_DAY, A_NIGHT = timedelta(hours=NIGHT.hour - MORNING.hour), timedelta(hours=24 - NIGHT.hour + MORNING.hour)
"""How long the one and the other are."""

SWITCHES = tuple(category for category in Category if category is not Category.EMERGENCY)
"""What can be switched off by itself; emergencies only with everything else."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What somebody wants. all_off: nothing at all, whatever else they said before. wanted: by category; emergencies always stand in it as wanted."""

    all_off: bool
    wanted: Mapping[Category, bool]
    topics: frozenset[str]


# ---- a person's own word


async def wishes(session: AsyncSession, person_id: PersonId) -> Wishes:
    """What somebody wants, as they chose or as it holds without a choice."""
    person = await session.get_one(Person, person_id)
    rows = await session.execute(sa.select(Subscription.category, Subscription.wanted).where(Subscription.person_id == person_id))
    chosen = {category: wanted for category, wanted in rows}
    by_default = {category: True for category in Category} | {Category.DIGEST: await _is_chair(session, person_id)}
    topics = await session.scalars(sa.select(Interest.topic).where(Interest.person_id == person_id))
    return Wishes(person.notices_off_at is not None, {**by_default, **chosen, Category.EMERGENCY: True}, frozenset(topics))


async def _is_chair(session: AsyncSession, person_id: PersonId) -> bool:
    found = await session.scalar(sa.select(_chair(sa.literal(person_id, sa.BigInteger))))
    return bool(found)


def _chair(person_id: Any) -> sa.ColumnElement[bool]:
    """Whether somebody chairs a union (劳动午报手机报 is for them, S1)."""
    return (
        sa.select(RoleGrant.id)
        .where(RoleGrant.person_id == person_id, RoleGrant.role == Role.CHAIR, RoleGrant.revoked_at.is_(None))
        .correlate_except(RoleGrant)
        .exists()
    )


async def switch(session: AsyncSession, person_id: PersonId, category: Category, now: datetime, *, on: bool) -> bool:
    """Switches a category on or off, from now on. Who had switched everything off gets this one alone (and emergencies, which come with any).

    Returns False, and changes nothing, for emergencies: they can't be switched off alone.
    """
    if category is Category.EMERGENCY:
        return False
    chosen = {category: on}
    if on and (await session.get_one(Person, person_id, with_for_update=True)).notices_off_at is not None:
        chosen = {other: other is category for other in SWITCHES}
        await everything(session, person_id, now, on=True)
    values = [{"person_id": person_id, "category": each, "wanted": wanted, "at": now} for each, wanted in chosen.items()]
    put = insert(Subscription).values(values)
    await session.execute(
        put.on_conflict_do_update(index_elements=["person_id", "category"], set_={"wanted": put.excluded.wanted, "at": put.excluded.at})
    )
    return True


async def everything(session: AsyncSession, person_id: PersonId, now: datetime, *, on: bool) -> None:
    """Switches all notices off, or on again as they were chosen before. What is told about one's own cases is no notice."""
    person = await session.get_one(Person, person_id)
    if (person.notices_off_at is None) != on:
        person.notices_off_at = None if on else now
        await session.flush()


async def like(session: AsyncSession, person_id: PersonId, topic: str, *, liked: bool) -> None:
    """Notes that somebody wants to hear of a topic, or does not any more."""
    if liked:
        await session.execute(insert(Interest).values(person_id=person_id, topic=topic).on_conflict_do_nothing())
    else:
        await session.execute(sa.delete(Interest).where(Interest.person_id == person_id, Interest.topic == topic))


async def was_meant(session: AsyncSession, person_id: PersonId, notice_id: NoticeId) -> bool:
    """Whether somebody is among those that a notice is for, whatever became of it."""
    return await session.get(NoticeDelivery, (notice_id, person_id)) is not None


async def note_left(session: AsyncSession, person_id: PersonId, notice_id: NoticeId, *, left: bool) -> None:
    """Notes on a notice that it made this reader switch something off, or that they took that back."""
    await session.execute(
        sa.update(NoticeDelivery)
        .where(NoticeDelivery.notice_id == notice_id, NoticeDelivery.person_id == person_id, NoticeDelivery.left != left)
        .values(left=left)
    )


async def a_day(session: AsyncSession) -> int:
    """How many notices that are not urgent one person gets on a day at most."""
    return await session.scalar(sa.select(_limit())) or 0


def _limit() -> sa.ColumnElement[int]:
    of_city = (
        sa.select(UnitSetting.value)
        .join(Unit, Unit.id == UnitSetting.unit_id)
        .where(UnitSetting.name == NOTICES_A_DAY, Unit.kind == UnitKind.CITY)
        .limit(1)
        .scalar_subquery()
    )
    return sa.func.coalesce(of_city, DEFAULTS[NOTICES_A_DAY])


# ---- what the engine asks


def is_urgent(notice: Notice) -> bool:
    """Whether a notice is told at any hour and whatever the day's number: marked so, or an emergency."""
    return notice.urgent or notice.category is Category.EMERGENCY


def quiet_until(notice: Notice, now: datetime) -> datetime | None:
    """When the night ends, if it is night in Beijing and the notice has to wait for the morning; else None."""
    local = now.astimezone(BEIJING)
    if is_urgent(notice) or MORNING <= local.time() < NIGHT:
        return None
    day = local.date() + timedelta(days=1) if local.time() >= NIGHT else local.date()
    return datetime.combine(day, MORNING, BEIJING).astimezone(UTC)


def awake(notice: Notice, since: datetime, until: datetime) -> timedelta:
    """How long a notice could go out between two moments, the second of which is not in its night: the nights between them don't count."""
    if is_urgent(notice):
        return until - since
    begun = quiet_until(notice, since) or since
    return until - begun - A_NIGHT * (day_of(until) - day_of(begun)).days


def with_nights(notice: Notice, now: datetime, length: timedelta) -> timedelta:
    """How long it is from now, which is not in its night, until a notice has gone out for so long: with the nights in which it rests."""
    evening = datetime.combine(day_of(now), NIGHT, BEIJING)
    if is_urgent(notice) or now + length <= evening:
        return length
    return length + A_NIGHT * (1 + (length - (evening - now)) // A_DAY)


def wants(category: Any, person_id: Any = Person.id) -> sa.ColumnElement[bool]:
    """In a query: whether the person wants the category, a value or a column. Says nothing of who has switched everything off."""
    of = sa.cast(category, sa.Text)
    own_word = (
        sa.select(Subscription.wanted)
        .where(Subscription.person_id == person_id, sa.cast(Subscription.category, sa.Text) == of)
        .correlate_except(Subscription)
        .scalar_subquery()
    )
    otherwise = sa.or_(of != Category.DIGEST.value, _chair(person_id))
    return sa.or_(of == Category.EMERGENCY.value, sa.func.coalesce(own_word, otherwise))


_ids = ARRAY(sa.BigInteger)


async def unwanted(connection: AsyncConnection, notice: Notice, person_ids: Sequence[PersonId]) -> set[PersonId]:
    """Which of these people don't want the notice: they have switched its category off or everything, or are gone. A digest is wanted as long as
    one of the notices that it tells is."""
    if notice.digest_day is None:
        wanted = wants(sa.literal(notice.category.value, sa.Text))
    else:
        told = sa.select(NoticeDelivery.notice_id).join(Notice, Notice.id == NoticeDelivery.notice_id)
        of_digest = told.where(NoticeDelivery.digest_id == notice.id, NoticeDelivery.person_id == Person.id)
        wanted = of_digest.where(wants(Notice.category)).exists()
    ids = sa.select(sa.func.unnest(sa.literal(list(person_ids), _ids)).label("id")).subquery()
    query = (
        sa.select(ids.c.id)
        .outerjoin(Person, Person.id == ids.c.id)
        .where(sa.or_(Person.id.is_(None), Person.notices_off_at.is_not(None), sa.not_(wanted)))
    )
    return set(await connection.scalars(query))


_TAKE = sa.text("""
    INSERT INTO notice_day (person_id, day, number)
    SELECT id, :day, 1 FROM unnest(:ids) AS id WHERE :most > 0 ORDER BY id
    ON CONFLICT (person_id) DO UPDATE
    SET number = CASE WHEN notice_day.day = excluded.day THEN notice_day.number + 1 ELSE 1 END, day = excluded.day
    WHERE notice_day.day <> excluded.day OR notice_day.number < :most
    RETURNING person_id
    """).bindparams(sa.bindparam("day", type_=sa.Date), sa.bindparam("ids", type_=_ids), sa.bindparam("most", type_=sa.BigInteger))


async def over_the_day(connection: AsyncConnection, notice: Notice, person_ids: Sequence[PersonId], now: datetime) -> set[PersonId]:
    """Takes a place in the day of each of these people, and returns those who have none left: for them the notice is gathered.

    To be asked once for each delivery, when it is first claimed; a later try has its place. It is taken here and not counted after sending, because two
    notices that go through the city side by side would both find the last place free. Urgent ones and the digest itself need no place.
    """
    if is_urgent(notice) or notice.digest_day is not None or not person_ids:
        return set()
    most = await connection.scalar(sa.select(_limit()))
    given = await connection.scalars(_TAKE, {"day": day_of(now), "ids": sorted(set(person_ids)), "most": most})
    return set(person_ids) - set(given)


async def give_back(connection: AsyncConnection, notice: Notice, person_ids: Sequence[PersonId], now: datetime) -> None:
    """Gives back the places of people whom the notice did not reach after all."""
    if is_urgent(notice) or notice.digest_day is not None or not person_ids:
        return
    await connection.execute(
        sa.text("UPDATE notice_day SET number = number - 1 WHERE person_id = ANY(:ids) AND day = :day AND number > 0").bindparams(
            sa.bindparam("day", type_=sa.Date), sa.bindparam("ids", type_=_ids)
        ),
        {"day": day_of(now), "ids": list(person_ids)},
    )
