"""The command line. Results go to standard output, everything said about them to standard error. Parts are imported when a command needs them."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from bot import calc_cli, knowledge_cli
from bot.errors import SettingsError

if TYPE_CHECKING:
    from bot.app import Store
    from bot.settings import Settings
    from knowledge import Knowledge

Result = TypeVar("Result")

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="The union's bot: answers, cases, deadlines, notices."
)


app.add_typer(knowledge_cli.app, name="knowledge")
app.command("calc")(calc_cli.calc)


class InviteRole(StrEnum):
    LAWYER = "lawyer"
    STAFF = "staff"
    CHAIR = "chair"
    ADMIN = "admin"


def _settings(**overrides: object) -> Settings:
    from bot.logs import configure_logs
    from bot.settings import read_settings

    settings = read_settings(**overrides)
    configure_logs(settings.log_level)
    return settings


def _fail(error: Exception) -> typer.Exit:
    typer.echo(str(error), err=True)
    return typer.Exit(2)


def _with_store(work: Callable[[Store, Settings], Awaitable[Result]], *, migrating: bool = True) -> Result:
    """Opens the database, does the work, closes it; a wrong setting ends with one sentence and exit code 2."""
    from bot.app import open_store

    async def run(settings: Settings) -> Result:
        store = await open_store(settings, migrating=migrating)
        try:
            return await work(store, settings)
        finally:
            await store.close()

    try:
        return asyncio.run(run(_settings()))
    except SettingsError as error:
        raise _fail(error) from None


@app.command()
def run(
    clock_speed: Annotated[float | None, typer.Option(help="How fast time passes (demo): 3600 makes an hour pass in a second.")] = None,
    port: Annotated[int | None, typer.Option(help="Port of the web page, instead of UNION_WEB_PORT.")] = None,
) -> None:
    """Serve: the web page, the bots that have a token, deadlines, notices. Ctrl-C stops."""
    try:
        settings = _settings(clock_speed=clock_speed, web_port=port)
    except SettingsError as error:
        raise _fail(error) from None
    from bot.run import main

    raise typer.Exit(main(settings))


@app.command()
def migrate() -> None:
    """Bring the database to the shape that this version expects."""

    async def work(store: Store, settings: Settings) -> bool:
        from storage.migrate import migrate as bring_up

        return await bring_up(store.database)

    changed = _with_store(work, migrating=False)
    typer.echo("The database was migrated." if changed else "The database was up to date.", err=True)


@app.command("demo-data")
def demo_data(
    register_only: Annotated[
        bool, typer.Option(help="Only units and service points, without made-up people: the start of a real installation.")
    ] = False,
) -> None:
    """Lay the demo data into an empty database."""

    async def work(store: Store, settings: Settings) -> bool:
        from bot.demo.load import is_empty, load_people, load_register

        now = datetime.now(UTC)
        async with store.database.begin() as session:
            if not await is_empty(session):
                return False
            await load_register(session, now)
            if not register_only:
                await load_people(session, now)
        return True

    if not _with_store(work):
        raise _fail(SettingsError("The database is not empty; demo data goes into an empty one only."))
    typer.echo("Done.", err=True)


@app.command()
def invite(
    role: Annotated[InviteRole, typer.Option(help="The role that the code gives.")],
    name: Annotated[str, typer.Option(help="The person's name, as others will see it.")],
    unit: Annotated[str, typer.Option(help="The unit, by its full or short name: 劲松街道, 朝阳区, 北京市.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print a one-time code; whoever sends /start CODE to the desk bot within seven days takes up the role."""

    async def work(store: Store, settings: Settings) -> dict[str, Any]:
        from storage.models import Role
        from union import people, units

        if not name.strip() or len(name) > 50:
            raise SettingsError("--name: expected a name of 1 to 50 characters.")
        async with store.database.begin() as session:
            found = await units.find_by_name(session, unit.strip())
            if not found:
                raise SettingsError(f"--unit: there is no unit called {unit}; try a district (朝阳区), a street (劲松街道) or 北京市.")
            if len(found) > 1:
                raise SettingsError(f"--unit: several units are called {unit}; name its district as well, as in 朝阳区{unit}.")
            code = await people.invite(session, role=Role(role.value), name=name.strip(), unit_id=found[0].id, now=datetime.now(UTC))
        days = people.INVITE_LIFE.days
        return {"code": code, "role": role.value, "unit": found[0].name, "valid_days": days, "use": f"/start {code}"}

    made = _with_store(work)
    if as_json:
        typer.echo(json.dumps(made, ensure_ascii=False))
    else:
        typer.echo(made["code"])
        typer.echo(
            f"{made['unit']}, {made['role']}, once, within {made['valid_days']} days: send “{made['use']}” to the desk bot.", err=True
        )


def _knowledge() -> Knowledge:
    """What the bot knows here, with the installation's own files. A wrong setting ends with one sentence and exit code 2."""
    from bot.settings import read_settings
    from knowledge import Knowledge

    try:
        return Knowledge.load(read_settings().knowledge_dir)
    except SettingsError as error:
        raise _fail(error) from None


def _lines() -> Iterator[dict[str, str]]:
    # Bytes: how a text stream takes what is not UTF-8 depends on the machine's locale.
    for number, line in enumerate(sys.stdin.buffer, 1):
        if not line.strip():
            continue
        try:
            data = json.loads(line.decode())
            yield {"id": data["id"], "text": str(data["text"])}
        except (ValueError, KeyError, TypeError):
            raise _fail(SettingsError(f'line {number}: expected one JSON object per line, like {{"id": "1", "text": "…"}}')) from None


def _print(result: dict[str, Any]) -> None:
    # UTF-8 whatever the machine's locale; half a character, which JSON allows, goes out as the escape that it came in as.
    typer.echo(json.dumps(result, ensure_ascii=False).encode("utf-8", "backslashreplace"))


@app.command()
def classify() -> None:
    """Read messages (JSON lines {"id","text"}) and print what each is about, in the same order."""
    knowledge = _knowledge()
    for line in _lines():
        reading = knowledge.read(line["text"])
        result = {
            "id": line["id"],
            "topic": reading.topic,
            "topics": list(reading.topics),
            "kind": reading.kind,
            "nature": reading.nature,
            "urgent": reading.urgent,
            "why": list(reading.why),
        }
        _print(result)


@app.command()
def cite() -> None:
    """Read questions (JSON lines {"id","text"}) and print the articles that decide each, best first, in the same order."""
    knowledge = _knowledge()
    for line in _lines():
        found = [[knowledge.law_title(reference), reference.number] for reference in knowledge.cite(line["text"], 10)]
        _print({"id": line["id"], "articles": found})


@app.command()
def audit(
    mark: Annotated[str | None, typer.Option(help="What an earlier audit printed: is everything up to there still as it was?")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Read the histories of all cases again: was a line changed, taken out or cut off? Prints today's mark. Exit code 1 when something is wrong."""
    from bot.audit_cli import Report, look, show

    async def work(store: Store, settings: Settings) -> Report:
        return await look(store.database, mark)

    report = _with_store(work)
    show(report, as_json=as_json)
    if not report.whole:
        raise typer.Exit(1)


@app.command()
def doctor() -> None:
    """Check settings, database, tokens, webhook and fonts; say what is wrong and how to mend it. Exit code 1 if something is."""
    from bot.doctor import examine

    try:
        settings = _settings(log_level="error")
    except SettingsError as error:
        raise _fail(error) from None
    raise typer.Exit(asyncio.run(examine(settings)))
