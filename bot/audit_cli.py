"""`python -m bot audit`: reads every history of a case again and says whether each is as it was written."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import typer

from bot.errors import SettingsError
from storage.models import Case
from union import history
from union.codes import spoken

if TYPE_CHECKING:
    from storage.database import Database
    from union.history import Audit

MOST = 100
"""Broken histories that are named."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found. codes: of the cases whose history is broken, by their number. fits: whether an earlier mark still does; None when none was given."""

    audit: Audit
    codes: dict[int, str]
    fits: bool | None

    @property
    def whole(self) -> bool:
        """Whether nothing was changed, taken out or cut off."""
        return not self.audit.broken and self.fits is not False


async def look(database: Database, mark: str | None) -> Report:
    """Reads every line; a million take some seconds. Raises SettingsError for what is no mark."""
    async with database.begin() as session:
        # One moment for all of it: lines that are written meanwhile belong to the next audit.
        await session.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        try:
            fits = None if mark is None else await history.matches(session, mark.strip())
        except ValueError as error:
            raise SettingsError(f"--mark: {error}; it is what an earlier audit printed.") from None
        audit = await history.audit(session, MOST)
        broken = [broken.case_id for broken in audit.broken]
        codes = {int(row[0]): row[1] for row in await session.execute(sa.select(Case.id, Case.code).where(Case.id.in_(broken)))}
    return Report(audit, codes, fits)


def show(report: Report, *, as_json: bool) -> None:
    """Prints it: the mark, or one JSON object, to standard output, what is said about it to standard error."""
    if as_json:
        typer.echo(json.dumps(_as_data(report), ensure_ascii=False))
        return
    audit = report.audit
    typer.echo(f"{audit.lines:,} lines in the histories of {audit.cases:,} cases were read.", err=True)
    for broken in audit.broken:
        code = report.codes.get(broken.case_id)
        case = f"Case {spoken(code)}" if code else f"A case that is gone (number {broken.case_id})"
        what = (
            f"line {broken.line} is not as it was written, or lines before it are gone"
            if broken.line
            else "the end of the history is missing"
        )
        typer.echo(f"{case}: {what}.", err=True)
    if len(audit.broken) == MOST:
        typer.echo(f"These are the first {MOST}; there may be more.", err=True)
    if report.fits is False:
        typer.echo("The earlier mark does not fit: lines that it stands for were changed, taken out or put in.", err=True)
    elif report.fits:
        typer.echo("The earlier mark fits: everything that it stands for is as it was.", err=True)
    if report.whole:
        typer.echo("Every history is whole.", err=True)
    typer.echo(audit.mark)
    typer.echo(
        "Keep this mark somewhere else: `python -m bot audit --mark …` shows later whether anything up to here was changed.", err=True
    )


def _as_data(report: Report) -> dict[str, Any]:
    audit = report.audit
    broken = [{"case": broken.case_id, "code": report.codes.get(broken.case_id), "line": broken.line} for broken in audit.broken]
    return {
        "whole": report.whole,
        "lines": audit.lines,
        "cases": audit.cases,
        "broken": broken,
        "earlier_mark_fits": report.fits,
        "mark": audit.mark,
    }
