"""`python -m bot knowledge …`: what an operator does to what the bot knows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.errors import SettingsError

if TYPE_CHECKING:
    from knowledge.statutes import ImportReport

app = typer.Typer(no_args_is_help=True, help="What the bot knows: look it over, import official texts, count the weights anew.")


def _fail(*problems: str) -> typer.Exit:
    for problem in problems:
        typer.echo(problem, err=True)
    return typer.Exit(2)


@app.command("import-statutes")
def import_statutes(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder with index.json and one .md file a law.")],
) -> None:
    """Import official texts of laws into UNION_DATA_DIR/statutes: all of the folder's, or none. A running program notices by itself."""
    from bot.settings import read_settings
    from knowledge.statutes import StatuteError
    from knowledge.statutes import import_statutes as bring_in

    try:
        target = read_settings().statutes_folder
    except SettingsError as error:
        raise _fail(str(error)) from None
    if not folder.is_dir():
        raise _fail(f"{folder}: expected a folder with index.json and one .md file a law.")
    try:
        report = bring_in(folder, target)
    except StatuteError as error:
        raise _fail(*error.problems, "Nothing was imported.") from None
    except OSError as error:
        raise _fail(f"{target}: can't be written ({error.strerror or type(error).__name__}); nothing was imported.") from None
    _print(report, target)


def _print(report: ImportReport, target: Path) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("law", "version", "articles", "before")
    for law in report.laws:
        before = "new" if law.replaced is None else f"{law.replaced}" if law.changed else "same"
        table.add_row(escape(law.law), f"{law.version_date}", f"{law.articles}", before)
    Console(highlight=False).print(table)
    for law in report.older:
        typer.echo(
            f"Warning: {law.law}: the version of {law.version_date} has replaced a newer one, of {law.replaced}; if that was not meant, "
            "import the newer one again.",
            err=True,
        )
    kept = f"; {len(report.kept)} others stayed as they were" if report.kept else ""
    typer.echo(f"{len(report.laws)} laws with {report.articles} articles are in {target}{kept}.", err=True)


@app.command("check")
def check(
    labelled: Annotated[
        Path | None, typer.Option(metavar="FILE.jsonl", help="Labelled messages: show what is taken for what, and the worst mistakes.")
    ] = None,
    statutes: Annotated[Path | None, typer.Option(metavar="DIR", help="Official texts: prove every citation against them.")] = None,
) -> None:
    """Look the data files over: words that clash or can never be found, examples, weights, citations, answers. Exit code 1 on errors."""

    from bot.clock import Clock
    from bot.knowledge_check import console, show_findings, show_labelled
    from bot.settings import read_settings
    from knowledge import Knowledge
    from knowledge.evaluate import read_rows
    from knowledge.lint import lint, prove_citations
    from knowledge.lint_files import Severity
    from union.calendar import day_of

    try:
        overlay = read_settings().knowledge_dir
        rows = read_rows(labelled) if labelled is not None else []
    except (SettingsError, ValueError) as error:
        raise _fail(str(error)) from None
    except OSError as error:
        raise _fail(f"{labelled}: can't be read ({error.strerror or type(error).__name__}).") from None
    if statutes is not None and not statutes.is_dir():
        raise _fail(f"{statutes}: expected a folder with index.json and one .md file a law.")
    today = day_of(Clock().now())
    findings = lint(today, overlay, [row["text"] for row in rows])
    to = console()
    try:
        if statutes is not None:
            findings += prove_citations(statutes, overlay)
        if rows:
            show_labelled(Knowledge.load(overlay), rows, overlay, to)
        loads = True
    except (ValueError, KeyError) as error:
        typer.echo(f"The data files can't be loaded: {error}", err=True)
        loads = False
    show_findings(findings, to)
    if not loads or any(each.severity is Severity.ERROR for each in findings):
        raise typer.Exit(1)


@app.command()
def learn(
    labelled: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="Labelled real questions that are not part of the project, to learn from as well."),
    ] = None,
) -> None:
    """Count the reader's weights anew from the examples (a minute). Needs scikit-learn: pip install -e '.[learn]'."""
    from importlib.util import find_spec

    if find_spec("sklearn") is None:
        raise _fail("Counting weights needs scikit-learn: .venv/bin/python -m pip install -c constraints.txt -e '.[learn]'")
    from knowledge.learn import main

    raise typer.Exit(main([str(labelled)] if labelled is not None else []))
