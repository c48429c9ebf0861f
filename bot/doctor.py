"""`doctor`: looks at everything that an installation needs, and says how to mend what is wrong."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console
from rich.markup import escape

from bot.app import open_store
from bot.errors import SettingsError
from bot.settings import Settings

CONSOLE = Console(highlight=False)
TELEGRAM = "https://api.telegram.org"
LOOK_SECONDS = 10

_MEANING = {
    "open_case_without_live_deadline": "open cases without a running deadline; please report this as a fault of the program",
    "case_without_one_responsible": "open cases for which nobody, or more than one, is responsible; give them to somebody on the board (改派), and report it",
    "deadline_without_reachable_person": "running deadlines for which the one responsible, district or city has no open chat; invite staff: `python -m bot invite`",
    "rung_not_acknowledged": "overdue cases that nobody has taken on; a staff member should press 我来跟进 on the board",
    "alert_not_received": "alerts that reached nobody in the last seven days; have their readers open the desk bot again",
    "deadline_step_late": "deadline steps over five minutes late; is the program running?",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ok None: worth knowing, but nothing is wrong."""

    ok: bool | None
    what: str
    mend: str = ""


async def examine(settings: Settings) -> int:
    """Prints what it found. Returns 0 when nothing is wrong, 1 otherwise."""
    findings = [Finding(True, "Settings: can be read")]
    findings += await _database(settings)
    findings += await asyncio.to_thread(_telegram, settings)
    findings += await asyncio.to_thread(_knowledge, settings)
    findings += [await asyncio.to_thread(_webhook, settings), _port(settings), await asyncio.to_thread(_fonts)]
    for finding in findings:
        mark = {True: "[green]ok[/]  ", False: "[red]bad[/] ", None: "[yellow]note[/]"}[finding.ok]
        CONSOLE.print(f"{mark} {escape(finding.what)}")
        if finding.mend:
            CONSOLE.print(f"      {escape(finding.mend)}")
    return 1 if any(finding.ok is False for finding in findings) else 0


async def _database(settings: Settings) -> list[Finding]:
    import sqlalchemy as sa

    from union import invariants

    findings = []
    if settings.secret_key is None:
        findings.append(
            Finding(
                None,
                f"Key: generated, kept in {settings.data_dir}/secret.key",
                "a real installation sets UNION_SECRET_KEY and keeps a copy in a safe place",
            )
        )
    try:
        store = await open_store(settings)
    except SettingsError as error:
        return [*findings, Finding(False, "Database", str(error))]
    try:
        async with store.database.begin() as session:
            version = await session.scalar(sa.text("SHOW server_version"))
            fsync = await session.scalar(sa.text("SHOW fsync"))
            violations = await invariants.check(session, datetime.now(UTC))
        kind = "embedded" if store.server else "your own"
        findings.append(Finding(True, f"Database: PostgreSQL {version} ({kind}), migrated, and the key fits"))
        if fsync != "on":
            findings.append(
                Finding(False, "Database: fsync is off", "set fsync = on in postgresql.conf: what is acknowledged must survive a power cut")
            )
        for violation in violations:
            grave = violation.code in invariants.GRAVE
            findings.append(Finding(False if grave else None, f"Invariant {violation.code}: {violation.count}", _MEANING[violation.code]))
        if not violations:
            findings.append(Finding(True, "Invariants: all hold"))
    finally:
        await store.close()
    return findings


def _knowledge(settings: Settings) -> list[Finding]:
    """The data files as they are now: what a running program could not take up is found here, with the reason."""
    from bot.upkeep import in_one_line, load_shelf, strange_files
    from knowledge.statutes import StatuteError, Statutes

    overlay = settings.knowledge_dir
    where = "knowledge/data" + (f" under {overlay}" if overlay else "")
    try:
        load_shelf(overlay)
        findings = [Finding(True, f"Knowledge: every file of {where} can be read")]
    except Exception as error:
        mend = "a running program goes on with what it read before; mend the file, it is tried again within a minute"
        findings = [Finding(False, f"Knowledge: a file of {where} can't be read: {in_one_line(error)}", mend)]
    if overlay is not None and (strange := strange_files(overlay)):
        mend = "a file stands in for the program's own of the same name in the same folder; see knowledge/data"
        findings.append(Finding(None, f"UNION_KNOWLEDGE_DIR: nothing reads {', '.join(strange[:5])}", mend))
    importing = "import them with `python -m bot knowledge import-statutes DIR`"
    try:
        laws = Statutes.load(settings.statutes_folder).laws
        findings.append(
            Finding(
                True if laws else None, f"Official texts: {len(laws)} laws" if laws else "Official texts: none", "" if laws else importing
            )
        )
    except (StatuteError, OSError) as error:
        findings.append(Finding(False, f"Official texts: can't be read: {in_one_line(error)}", importing))
    return findings


def _telegram(settings: Settings) -> list[Finding]:
    findings = []
    for setting, name, token in (
        ("UNION_MEMBER_TOKEN", "member bot", settings.member_token),
        ("UNION_DESK_TOKEN", "desk bot", settings.desk_token),
    ):
        if token is None:
            findings.append(Finding(None, f"Telegram {name}: off", f"set {setting} to the token that BotFather gives you"))
            continue
        base = settings.telegram_api or TELEGRAM
        try:
            with urllib.request.urlopen(f"{base}/bot{token.get_secret_value()}/getMe", timeout=LOOK_SECONDS) as answer:
                username = json.load(answer)["result"].get("username", "")
            findings.append(Finding(True, f"Telegram {name}: @{username}"))
        except urllib.error.HTTPError as error:
            findings.append(Finding(False, f"Telegram {name}: refused ({error.code})", f"{setting}: copy the token from BotFather again"))
        except (OSError, ValueError, KeyError) as error:
            findings.append(
                Finding(
                    False,
                    f"Telegram {name}: {base} can't be reached ({type(error).__name__})",
                    "check the network, a proxy, or UNION_TELEGRAM_API",
                )
            )
    return findings


def _webhook(settings: Settings) -> Finding:
    if settings.webhook_url is None:
        return Finding(
            None,
            "Webhook: off, the bots receive by long polling",
            "fine for most; UNION_WEBHOOK_URL is for installations with a public https address",
        )
    try:
        with urllib.request.urlopen(f"{settings.webhook_url}/health", timeout=LOOK_SECONDS) as answer:
            answer.read()
        return Finding(True, "Webhook: the address leads to this program")
    except urllib.error.HTTPError as error:
        if error.code == 503:
            return Finding(True, "Webhook: the address leads to this program (whose health is not good, see above)")
        return Finding(
            False,
            f"Webhook: the address answers {error.code}",
            "UNION_WEBHOOK_URL must lead to this program's port through your proxy, path and all",
        )
    except OSError as error:
        return Finding(
            False,
            f"Webhook: the address can't be reached ({type(error).__name__})",
            "start the program first; then check UNION_WEBHOOK_URL, certificate and proxy",
        )


def _port(settings: Settings) -> Finding:
    with socket.socket() as sock:
        sock.settimeout(1)
        taken = sock.connect_ex((settings.web_host, settings.web_port)) == 0
    what = f"Port {settings.web_port}: {'something serves there (this program, if it is running)' if taken else 'free'}"
    return Finding(True, what)


def _fonts() -> Finding:
    lister = shutil.which("fc-list")
    if lister is None:
        return Finding(None, "Fonts: can't tell", "only needed for screenshots and charts: apt-get install fontconfig fonts-noto-cjk")
    found = subprocess.run([lister, ":lang=zh", "family"], capture_output=True, text=True, check=False).stdout.strip()
    if found:
        return Finding(True, "Fonts: Chinese fonts are installed")
    return Finding(None, "Fonts: no Chinese fonts", "only needed for screenshots and charts: apt-get install fonts-noto-cjk")
