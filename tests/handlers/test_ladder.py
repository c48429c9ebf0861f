"""您这类事的路 on the screen, and the papers behind its buttons."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO

import pytest
from docx import Document

from handlers.conversation import Button, Incoming, Kind, Reply, Side
from handlers.paperwork import DOCX
from handlers.turn import House, State, Turn
from handlers.worker import ladder
from storage.models import Case, StoredFile
from storage.types import FileId
from tests.union.world import World
from tests.work import begin_work
from union import papers
from union.codes import spoken
from union.paths import Office, load_paths, path_for

ONE_SCREEN = 500
"""Characters, the line with the day of the law not counted."""

FAR = Office("北京经济技术开发区总工会劳动争议调解室", "北京经济技术开发区荣华街道示例路40号二层 203 室", "010-0000-1217")


@asynccontextmanager
async def turn_of(world: World, house: House) -> AsyncIterator[tuple[Turn, Case]]:
    """A turn of the worker whose case has just come in, and the case."""
    case_id = await world.new_case(routed=False)
    now = world.clock.now()
    incoming = Incoming(door="test-member", address="1", event_id="1", side=Side.MEMBER, kind=Kind.CHOICE, at=now)
    async with begin_work(world.database) as work:
        turn = Turn(incoming, State(), world.worker, work, house, now)
        yield turn, await turn.session.get_one(Case, case_id)


def buttons(reply: Reply) -> list[Button]:
    return [button for row in reply.buttons for button in row]


def test_each_step_is_marked_as_passed_now_or_to_come() -> None:
    assert ladder.words(path_for("rights"), "mediation", FAR).splitlines()[:6] == [
        "✓ 协商",
        "▶ 调解（现在）",
        "· 仲裁",
        "· 诉讼",
        "· 二审",
        "· 申请执行",
    ]


def test_the_present_step_says_what_happens_what_to_bring_whom_to_see_and_how_long_it_takes() -> None:
    text = ladder.words(path_for("rights"), "mediation", FAR)
    assert "调解室居中调解" in text
    assert "带上：身份证复印件、" in text
    assert f"找谁：{FAR.name}，{FAR.address}，电话 {FAR.phone}" in text
    assert "收到申请15天内没达成协议，就可以去仲裁（《劳动争议调解仲裁法》第十四条）" in text


def test_an_office_without_an_address_is_named_with_its_phone_alone() -> None:
    assert "找谁：北京市朝阳区人民法院，电话 12368" in ladder.words(
        path_for("rights"), "litigation", Office("北京市朝阳区人民法院", "", "12368")
    )


@pytest.mark.parametrize("nature", list(load_paths().by_nature))
def test_every_step_fits_on_one_screen(nature: str) -> None:
    path = path_for(nature)
    assert {step.code: len(text) for step in path.steps if len(text := ladder.words(path, step.code, FAR)) > ONE_SCREEN} == {}


async def test_the_screen_of_a_new_violation_begins_with_the_inspectorate_and_offers_its_papers_first(world: World, house: House) -> None:
    async with turn_of(world, house) as (turn, case):
        [reply] = await ladder.show(turn, case)
    assert reply.title == "您这类事的路：权利争议·违法类"
    assert "▶ 劳动监察（现在）" in reply.text
    assert "北京市朝阳区劳动保障监察机构" in reply.text
    assert "2026年11月18日的规定，是法律信息，不是律师意见" in reply.text
    assert [(button.label, button.choice) for button in buttons(reply)] == [
        ("投诉书草稿", f"w:paper:{case.id}:inspection_complaint"),
        ("证据清单草稿", f"w:paper:{case.id}:evidence_list"),
        ("仲裁申请书草稿", f"w:paper:{case.id}:arbitration_application"),
        ("回到案件", f"w:case:{case.id}"),
    ]


async def test_the_screen_follows_the_step_that_is_noted_on_the_case(world: World, house: House) -> None:
    async with turn_of(world, house) as (turn, case):
        case.step = "arbitration"
        [reply] = await ladder.show(turn, case)
    assert "▶ 仲裁（现在）" in reply.text
    assert "劳动人事争议仲裁委员会" in reply.text


async def test_a_dispute_of_interest_goes_to_the_union_and_is_offered_no_papers(world: World, house: House) -> None:
    async with turn_of(world, house) as (turn, case):
        case.nature = "interest"
        [reply] = await ladder.show(turn, case)
    assert "▶ 集体协商（现在）" in reply.text
    assert "劲松街道总工会" in reply.text
    assert "草稿" not in reply.text
    assert [button.label for button in buttons(reply)] == ["回到案件"]


async def test_a_paper_comes_as_a_file_that_word_opens(world: World, house: House) -> None:
    async with turn_of(world, house) as (turn, case):
        [reply] = await ladder.paper(turn, case, "arbitration_application")
        assert reply.file is not None
        file = await turn.session.get_one(StoredFile, reply.file)
        data = await papers.read(turn.session, FileId(reply.file), door=papers.HOUSE, address="")
    assert file.name == f"仲裁申请书-{spoken(case.code)}.docx"
    assert file.mime == DOCX
    assert Document(BytesIO(data or b"")).paragraphs[0].text == "劳动人事争议仲裁申请书"


async def test_a_paper_of_another_path_is_not_made_and_the_way_back_is_shown(world: World, house: House) -> None:
    async with turn_of(world, house) as (turn, case):
        case.nature = "interest"
        [reply] = await ladder.paper(turn, case, "arbitration_application")
    assert reply.file is None
    assert [button.choice for button in buttons(reply)] == [f"w:path:{case.id}"]
