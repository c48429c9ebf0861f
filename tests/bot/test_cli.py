"""The command line as an operator sees it: exit codes, one sentence on standard error, results on standard output."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.embedded import Server
from tests.acceptance.program import Ended, Program, command, free_port
from tests.botapi import BotApi

QUESTIONS = ["老板拖欠我三个月工资不给，怎么办", "公司不给我交社保", "怀孕了被辞退", "今天天气不错"]


def as_lines(*texts: str) -> bytes:
    return "".join(json.dumps({"id": str(n), "text": text}, ensure_ascii=False) + "\n" for n, text in enumerate(texts)).encode()


# ---- commands that read and print lines, all started at once: each is mostly imports


@pytest.fixture(scope="module")
async def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ended]:
    folder = tmp_path_factory.mktemp("lines")
    good = as_lines(*QUESTIONS)
    wanted = {
        "help": (("--help",), b""),
        "nothing": ((), b""),
        "classify": (("classify",), good),
        "cite": (("cite",), good),
        "malformed": (("classify",), as_lines("您好", "再见") + b"\nnot json\n" + as_lines("三")),
        "no text": (("cite",), b'{"id": "1"}\n'),
        "a list": (("cite",), b"[1, 2]\n"),
        "not utf-8": (("classify",), as_lines("您好") + '{"id": "2", "text": "工资"}\n'.encode("gbk")),
        "odd characters": (
            ("classify",),
            b'{"id": 7, "text": "\\ud83d \\u0000 \xf0\x9f\x98\x80"}\n{"id": null, "text": ""}\n{"id": "\\ud83d", "text": "\\ud83d"}\n',
        ),
        "empty": (("classify",), b""),
        "misspelt": (("classify", "--fast"), b""),
    }
    ended = await asyncio.gather(*(command(folder, *arguments, stdin=stdin) for arguments, stdin in wanted.values()))
    return dict(zip(wanted, ended, strict=True))


def test_help_names_every_command(said: dict[str, Ended]) -> None:
    assert said["help"].code == 0
    for name in ("run", "migrate", "demo-data", "invite", "classify", "cite", "calc", "doctor"):
        assert name in said["help"].out


def test_classify_answers_every_line_in_the_same_order(said: dict[str, Ended]) -> None:
    assert said["classify"].code == 0
    answers = [json.loads(line) for line in said["classify"].out.splitlines()]
    assert [answer["id"] for answer in answers] == ["0", "1", "2", "3"]
    assert all(list(answer) == ["id", "topic", "topics", "kind", "nature", "urgent", "why"] for answer in answers)
    assert [answer["topic"] for answer in answers[:2]] == ["wages", "insurance"]
    assert "拖欠" in said["classify"].out


def test_cite_gives_at_most_ten_articles_for_every_line_best_first(said: dict[str, Ended]) -> None:
    assert said["cite"].code == 0
    answers = [json.loads(line) for line in said["cite"].out.splitlines()]
    assert [answer["id"] for answer in answers] == ["0", "1", "2", "3"]
    for answer in answers:
        assert len(answer["articles"]) <= 10
        assert all(isinstance(law, str) and isinstance(number, int) for law, number in answer["articles"])
    assert ["劳动合同法", 85] in answers[0]["articles"] or ["劳动合同法", 30] in answers[0]["articles"]


@pytest.mark.parametrize(("case", "line"), [("malformed", 4), ("no text", 1), ("a list", 1), ("not utf-8", 2)])
def test_a_line_that_can_not_be_read_ends_with_code_2_and_its_number(said: dict[str, Ended], case: str, line: int) -> None:
    assert said[case].code == 2
    assert [complaint[: len(f"line {line}: ")] for complaint in said[case].complaints] == [f"line {line}: "]


def test_the_lines_before_a_bad_one_are_answered(said: dict[str, Ended]) -> None:
    assert len(said["malformed"].out.splitlines()) == 2


def test_half_a_character_a_nul_and_an_empty_text_are_read_like_any_other(said: dict[str, Ended]) -> None:
    assert said["odd characters"].complaints == []
    assert said["odd characters"].code == 0
    assert [json.loads(line)["id"] for line in said["odd characters"].out.splitlines()] == [7, None, "\ud83d"]


def test_no_lines_give_no_answers(said: dict[str, Ended]) -> None:
    assert (said["empty"].code, said["empty"].out) == (0, "")


def test_an_option_that_does_not_exist_ends_with_code_2(said: dict[str, Ended]) -> None:
    assert said["misspelt"].code == 2
    assert "Traceback" not in said["misspelt"].err


@pytest.fixture(scope="module")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Path]:
    """A data folder with the units of the register."""
    folder = tmp_path_factory.mktemp("home")
    laid = await command(folder, "demo-data", "--register-only", command_settings={"DATA_DIR": str(folder)})
    assert laid.code == 0, laid.err
    yield folder


# ---- a start that can't be


@pytest.fixture(scope="module")
async def refused(tmp_path_factory: pytest.TempPathFactory, home: Path, server: Server, template: str) -> dict[str, Ended]:
    """What `run` says to each of these settings."""
    folder = tmp_path_factory.mktemp("refused")
    (folder / "file").write_text("")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        key = "another key than that of the database of course"
        own = {"DATABASE_URL": server.get_uri(template), "SECRET_KEY": key}
        async with BotApi(tokens=set()) as api:
            wanted = {
                "WEB_PORT taken": {"WEB_PORT": port},
                "WEB_PORT malformed": {"WEB_PORT": "one"},
                "WEB_HOST": {"WEB_HOST": "no.such.host.invalid", "DEMO": "false"},
                "DATABASE_URL unreachable": {"DATABASE_URL": "postgresql://me:mypassword@127.0.0.1:1/x", "SECRET_KEY": key},
                "DATABASE_URL missing": {"DATABASE_URL": server.get_uri("no_such_database"), "SECRET_KEY": key},
                "SECRET_KEY wrong": own,
                "DATA_DIR": {"DATA_DIR": str(folder / "file")},
                "DESK_TOKEN bad": {
                    "DATA_DIR": str(home),
                    "DESK_TOKEN": "987654:not-a-good-one",
                    "TELEGRAM_API": api.url,
                },
            }
            ended = await asyncio.gather(
                *(
                    command(folder, "run", command_settings={"WEB_PORT": str(free_port()), "DATA_DIR": str(folder / "d"), **settings})
                    for settings in wanted.values()
                )
            )
    return dict(zip(wanted, ended, strict=True))


REFUSALS = [
    "WEB_PORT taken",
    "WEB_PORT malformed",
    "WEB_HOST",
    "DATABASE_URL unreachable",
    "DATABASE_URL missing",
    "SECRET_KEY wrong",
    "DATA_DIR",
    "DESK_TOKEN bad",
]


@pytest.mark.parametrize("why", REFUSALS)
def test_a_start_that_can_not_be_ends_with_code_2_and_one_sentence_that_names_the_setting(refused: dict[str, Ended], why: str) -> None:
    ended = refused[why]
    assert (ended.code, ended.out) == (2, "")
    sentence = ended.complaints[-1]
    assert sentence.startswith(f"UNION_{why.split(maxsplit=1)[0]}")
    assert [line for line in ended.complaints if line.startswith("UNION_")] == [sentence]
    assert sentence.endswith(".")
    for secret in ("mypassword", "987654", "Traceback"):
        assert secret not in ended.err


# ---- an installation of its own, with the embedded database


def its(home: Path, **settings: str) -> dict[str, str]:
    return {"DATA_DIR": str(home), "WEB_PORT": str(free_port()), **settings}


@pytest.fixture(scope="module")
async def asked(home: Path) -> dict[str, Ended]:
    """What commands answer there. They share the embedded database while they run."""

    def invite(unit: str, *more: str, role: str = "lawyer", name: str = "陈律师") -> tuple[str, ...]:
        return ("invite", "--role", role, "--name", name, "--unit", unit, *more)

    wanted: dict[str, tuple[str, ...]] = {
        "json": invite("劲松街道", "--json"),
        "plain": invite("朝阳区", role="staff"),
        "no unit": invite("不存在街道"),
        "no role": invite("劲松街道", role="emperor"),
        "no name": invite("劲松街道", name=" "),
        "again": ("demo-data",),
        "migrate": ("migrate",),
        "doctor": ("doctor",),
    }
    ended = await asyncio.gather(*(command(home, *arguments, command_settings=its(home)) for arguments in wanted.values()))
    return dict(zip(wanted, ended, strict=True))


def test_invite_prints_one_json_object_with_a_code(asked: dict[str, Ended]) -> None:
    assert asked["json"].code == 0
    made: dict[str, Any] = json.loads(asked["json"].out)
    assert (made["role"], made["unit"], made["valid_days"]) == ("lawyer", "劲松街道总工会", 7)
    assert made["use"] == f"/start {made['code']}"
    assert len(made["code"]) == 10


def test_invite_without_json_prints_the_code_alone(asked: dict[str, Ended]) -> None:
    assert asked["plain"].code == 0
    assert len(asked["plain"].out.strip()) == 10


@pytest.mark.parametrize(("case", "option"), [("no unit", "--unit"), ("no role", "--role"), ("no name", "--name")])
def test_an_invitation_that_can_not_be_made_ends_with_code_2_and_names_the_option(asked: dict[str, Ended], case: str, option: str) -> None:
    assert (asked[case].code, asked[case].out) == (2, "")
    assert option in asked[case].err
    assert "Traceback" not in asked[case].err


def test_demo_data_goes_into_an_empty_database_only(asked: dict[str, Ended]) -> None:
    assert asked["again"].code == 2
    assert "not empty" in asked["again"].err


def test_migrate_says_that_there_was_nothing_to_do(asked: dict[str, Ended]) -> None:
    assert asked["migrate"].code == 0
    assert "up to date" in asked["migrate"].err


def test_doctor_finds_nothing_wrong_with_a_fresh_installation(asked: dict[str, Ended]) -> None:
    assert asked["doctor"].code == 0, asked["doctor"].out
    for found in ("Database: PostgreSQL", "Telegram member bot: off", "Invariants: all hold"):
        assert found in asked["doctor"].out
    assert "bad" not in asked["doctor"].out.split()


async def test_doctor_ends_with_code_1_and_says_how_to_mend_what_is_wrong(home: Path) -> None:
    api = f"http://127.0.0.1:{free_port()}"
    ended = await command(home, "doctor", command_settings=its(home, MEMBER_TOKEN="987654:no-good", TELEGRAM_API=api))
    assert ended.code == 1
    assert "UNION_TELEGRAM_API" in ended.out
    assert "987654" not in ended.out + ended.err


def is_running(pid: int) -> bool:
    """Whether there is such a process (one that has ended and that nobody asks after any more is none)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_program_with_code_0_and_the_embedded_server_with_it(home: Path, number: signal.Signals) -> None:
    program = Program(home, its(home))
    await program.start()
    try:
        pid = int((home / "postgres" / "postmaster.pid").read_text().splitlines()[0])
        assert is_running(pid)
        async with httpx.AsyncClient(trust_env=False) as client:
            health = await client.get(f"http://127.0.0.1:{program.settings['WEB_PORT']}/health")
        assert health.json()["database"] == "ok"
        assert await program.stop(number) == 0
    finally:
        await program.kill()
    assert not is_running(pid)
    assert not (home / "postgres" / "postmaster.pid").exists()
    assert program.err.rstrip().endswith("Stopped.")
    assert "Traceback" not in program.err


async def test_edited_data_files_are_taken_up_on_a_signal_and_bad_ones_are_not(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "lexicon" / "masks.txt"
    file.parent.mkdir()
    program = Program(home, {**its(home), "KNOWLEDGE_DIR": str(tmp_path)})
    await program.start()
    try:
        async with httpx.AsyncClient(trust_env=False, base_url=f"http://127.0.0.1:{program.settings['WEB_PORT']}") as client:

            async def until(ok: bool, *, after: str) -> dict[str, Any]:
                """What health says of the files, once they have been read again."""
                async with asyncio.timeout(60):
                    while True:
                        said: dict[str, Any] = (await client.get("/health")).json()["knowledge"]
                        if said["ok"] is ok and (not ok or said["loaded_at"] != after):
                            return said
                        await asyncio.sleep(0.1)

            first = (await client.get("/health")).json()["knowledge"]
            file.write_bytes(b"\xff\xfe")
            program.tell(signal.SIGHUP)
            assert (await until(False, after=""))["problem"] == "UnicodeDecodeError"
            file.write_text("# nothing\n")
            program.tell(signal.SIGHUP)
            assert (await until(True, after=first["loaded_at"]))["problem"] == ""
        assert await program.stop() == 0
    finally:
        await program.kill()
    assert "knowledge.refused" in program.err


async def test_a_start_with_a_data_file_that_can_not_be_read_ends_with_one_sentence(home: Path, tmp_path: Path) -> None:
    (tmp_path / "laws.txt").write_text("one cell\n")
    ended = await command(home, "run", command_settings={**its(home), "KNOWLEDGE_DIR": str(tmp_path)})
    assert ended.code == 2
    assert [complaint[:20] for complaint in ended.complaints] == ["UNION_KNOWLEDGE_DIR:"]
    assert "laws.txt" in ended.err
    assert not (home / "postgres" / "postmaster.pid").exists()
