"""Code and passphrase: how a worker whom nobody knows finds their own case again from any door. Only the passphrase's fingerprint is kept."""

from __future__ import annotations

import pathlib
import re
import secrets
import unicodedata
from datetime import datetime, timedelta
from functools import cache

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Case, CaseFollower
from storage.types import PersonId
from union import history

WORDS_FILE = pathlib.Path(__file__).parent / "data" / "words.txt"

LENGTH = 4
"""Words in a passphrase: with 512 words or more, 36 bits or more that nobody can guess."""

TRIES = 5
"""Wrong tries until a case is locked, and again until it is locked for twice as long."""

FIRST_LOCK = timedelta(hours=1)
LONGEST_LOCK = timedelta(hours=24)

_NOT_SAID = re.compile(r"[\W_]+")


@cache
def words() -> tuple[str, ...]:
    """The words that passphrases are made of."""
    lines = WORDS_FILE.read_text(encoding="utf-8").splitlines()
    return tuple(word for line in lines if not line.startswith("#") for word in line.split())


async def give(session: AsyncSession, case: Case) -> str:
    """Makes a passphrase for a case; one that was given before holds no longer. Returns it, four words with spaces, to be shown this once."""
    chosen = [secrets.choice(words()) for _ in range(LENGTH)]
    case.passphrase_index = _key(case.code, "".join(chosen))
    case.passphrase_tries, case.passphrase_locked_until = 0, None
    await session.flush()
    # Now it is a fingerprint in the database, and the plain words stay with nobody but the caller.
    session.expire(case, ["passphrase_index"])
    await session.refresh(case, ["passphrase_index"])
    return " ".join(chosen)


async def renew(session: AsyncSession, case: Case, now: datetime, *, by: PersonId) -> str:
    """The same at the worker's wish, with a line in the history."""
    history.note(session, case.id, "case.passphrase_made", now, actor_id=by)
    return await give(session, case)


def _key(code: str, said: str) -> str:
    """What the fingerprint is made of: the code too, so that the same words at another case have another fingerprint."""
    plain = _NOT_SAID.sub("", unicodedata.normalize("NFKC", said)).casefold()
    return f"{code}:{plain.removeprefix('口令')}"


async def follow(session: AsyncSession, person_id: PersonId, now: datetime, *, code: str, said: str) -> Case | None:
    """Somebody brings a code and a passphrase: if they fit, this person follows the case from now on, as its worker does.

    None says that it did not work and not why: an unknown code, wrong words and a case that is locked after too many tries are all the same.
    Signs between the words don't matter, their order does.
    """
    case = await session.scalar(sa.select(Case).where(Case.code == code).with_for_update())
    if case is None or case.passphrase_index is None:
        return None
    if case.passphrase_locked_until is not None and now < case.passphrase_locked_until:
        return None
    fits = sa.select(sa.exists().where(Case.id == case.id, Case.passphrase_index == _key(code, said)))
    if not await session.scalar(fits):
        _count(case, now)
        return None
    case.passphrase_tries, case.passphrase_locked_until = 0, None
    # A case that was merged goes on in another, of the same worker: whoever follows the one follows both.
    for case_id in (case.id, case.merged_into_id):
        if case_id is None or person_id == case.worker_id:
            continue
        follower = insert(CaseFollower).values(case_id=case_id, person_id=person_id, since=now).on_conflict_do_nothing()
        if await session.scalar(follower.returning(CaseFollower.case_id)) is not None:
            history.note(session, case_id, "case.followed", now, actor_id=person_id)
    return case


def _count(case: Case, now: datetime) -> None:
    """A wrong try. Every fifth locks the case, each time twice as long, up to a day; the right words begin anew."""
    case.passphrase_tries = min(case.passphrase_tries + 1, 10_000)
    locks, rest = divmod(case.passphrase_tries, TRIES)
    if rest == 0:
        case.passphrase_locked_until = now + min(FIRST_LOCK * 2 ** min(locks - 1, 10), LONGEST_LOCK)


async def follows(session: AsyncSession, person_id: PersonId, case: Case) -> bool:
    """Whether somebody follows a case that they did not bring at this door."""
    return await session.get(CaseFollower, (case.id, person_id)) is not None


async def unfollow(session: AsyncSession, person_id: PersonId, case: Case, now: datetime) -> bool:
    """不再关注. Returns False when they did not follow it (the one who brought the case can't leave it)."""
    gone = sa.delete(CaseFollower).where(CaseFollower.case_id == case.id, CaseFollower.person_id == person_id)
    if await session.scalar(gone.returning(CaseFollower.case_id)) is None:
        return False
    history.note(session, case.id, "case.unfollowed", now, actor_id=person_id)
    return True
