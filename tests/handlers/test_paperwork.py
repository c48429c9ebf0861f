"""A worker's papers: the files open again, hold what the case knows and blanks for the rest, and look as an office expects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
import sqlalchemy as sa
from docx import Document
from docx.document import Document as Opened
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from handlers.paperwork import TITLES, arbitration_application, evidence_list, inspection_complaint, paper_of
from handlers.paperwork.case_paper import CasePaper, Piece
from handlers.paperwork.claims import CLAIMS_FILE, BadClaims, claims_on, load_claims
from handlers.paperwork.document import FOOT
from knowledge import Topic
from knowledge.articles import load_digest
from knowledge.folder import data_folder
from storage.models import Case, FileStatus, RoomMessage, StoredFile
from storage.types import CaseId
from tests.union.world import World
from union import evidence
from union.codes import spoken
from union.errors import NotFound
from union.paths import Office, load_paths

PAPER = CasePaper(
    story="老板拖欠我三个月工资不给。\n每个月都说下个月发。",
    employer="劲松饭店有限公司",
    place="北京市朝阳区劲松街道",
    since=date(2026, 9, 1),
    amount=Decimal(35000),
    name="张三",
    phone="13900001234",
    claims=claims_on("wages"),
    files=(Piece("照片 1", "照片", date(2026, 11, 18)), Piece("工资条.pdf", "文件", date(2026, 11, 17))),
    today=date(2026, 11, 18),
    office=Office("北京市朝阳区劳动人事争议仲裁委员会", "", "12333"),
)

BUILDERS = (arbitration_application.build, inspection_complaint.build, evidence_list.build)

BLANK = "＿＿＿＿"


def opened(data: bytes) -> Opened:
    return Document(BytesIO(data))


def paragraphs(document: Opened) -> Iterator[Paragraph]:
    yield from document.paragraphs
    for table in document.tables:
        for cell in table._cells:
            yield from cell.paragraphs


def text_of(document: Opened) -> str:
    return "\n".join(paragraph.text for paragraph in paragraphs(document))


def without_hints(document: Opened) -> str:
    return "\n".join(run.text for paragraph in paragraphs(document) for run in paragraph.runs if run.font.color.rgb is None)


def application(paper: CasePaper = PAPER) -> Opened:
    return opened(arbitration_application.build(paper))


# ---- what they say


def test_the_application_names_both_parties_the_claim_with_its_sum_the_articles_and_the_commission() -> None:
    text = without_hints(application())
    assert "申请人：张三" in text
    assert "联系电话：13900001234" in text
    assert "被申请人：劲松饭店有限公司" in text
    assert "1. 请求裁决被申请人支付拖欠的工资 35,000 元。" in text
    assert "《劳动合同法》第三十条、《劳动法》第五十条" in text
    assert text.index("此致") < text.index("北京市朝阳区劳动人事争议仲裁委员会") < text.index("申请人（签名）")


def test_the_facts_are_the_workers_own_words_with_the_day_it_began() -> None:
    lines = [paragraph.text for paragraph in application().paragraphs]
    assert "老板拖欠我三个月工资不给。" in lines
    assert "每个月都说下个月发。" in lines
    assert any("争议从2026年9月1日开始。" in line for line in lines)


def test_what_the_case_does_not_know_is_a_blank() -> None:
    text = without_hints(application(replace(PAPER, name=None, phone=None, amount=None, since=None, place="")))
    assert f"申请人：{BLANK}" in text
    assert f"联系电话：{BLANK}" in text
    assert f"支付拖欠的工资 {BLANK} 元" in text
    assert "None" not in text


def test_what_only_some_ask_for_is_offered_in_grey_and_not_claimed() -> None:
    document = application()
    assert "经济补偿" in text_of(document)
    assert "经济补偿" not in without_hints(document)


def test_the_complaint_asks_the_inspectorate_to_order_payment() -> None:
    text = without_hints(opened(inspection_complaint.build(PAPER)))
    assert "投诉人：张三" in text
    assert "1. 请求责令被投诉人限期支付拖欠的工资 35,000 元；" in text
    assert "《劳动保障监察条例》第二十六条" in text


def test_the_list_has_a_row_for_each_file_and_then_what_usually_counts_in_grey() -> None:
    table = opened(evidence_list.build(PAPER)).tables[0]
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    assert rows[0] == ["序号", "证据名称", "证明什么", "份数页数", "原件/复印件"]
    assert [row[1] for row in rows[1:3]] == ["照片 1（照片，2026年11月18日提交给工会）", "工资条.pdf（文件，2026年11月17日提交给工会）"]
    assert [row[0] for row in rows[1:]] == [str(number) for number in range(1, len(rows))]
    colours = [row.cells[1].paragraphs[0].runs[0].font.color.rgb for row in table.rows]
    assert colours[:3] == [None, None, None]
    assert set(colours[3:]) == {RGBColor(0x80, 0x80, 0x80)}
    assert len(colours) > 3


@pytest.mark.parametrize("build", BUILDERS)
def test_every_page_says_at_its_foot_that_it_is_a_draft_to_be_checked(build: object) -> None:
    assert callable(build)
    assert opened(build(PAPER)).sections[0].footer.paragraphs[0].text == FOOT


def test_several_articles_of_a_law_are_cited_under_its_name_once() -> None:
    text = text_of(application())
    assert "《劳动合同法》第三十八条、第四十六条、第四十七条）" in text


def test_somebody_without_a_name_is_told_that_a_report_may_be_made_in_confidence() -> None:
    assert "举报" in text_of(opened(inspection_complaint.build(replace(PAPER, name=None))))
    assert "举报" not in text_of(opened(inspection_complaint.build(PAPER)))


def test_an_interpretation_of_the_court_is_cited_by_its_full_name() -> None:
    text = text_of(application(replace(PAPER, claims=claims_on("insurance"))))
    assert "《最高人民法院关于审理劳动争议案件适用法律问题的解释（一）》第一条" in text


def test_characters_that_a_document_can_not_hold_are_dropped_and_the_words_stay() -> None:
    text = text_of(application(replace(PAPER, story="欠我\x00工\x0b资\ud83d三\ufffe个月\r\n不给\x1b了😀")))
    assert "欠我工资三个月" in text
    assert "不给了😀" in text


@pytest.mark.parametrize("topic", list(Topic))
@pytest.mark.parametrize("build", BUILDERS)
def test_there_is_a_paper_on_every_topic_and_no_placeholder_is_left_in_it(build: object, topic: Topic) -> None:
    assert callable(build)
    text = text_of(opened(build(replace(PAPER, claims=claims_on(topic)))))
    assert "{" not in text
    assert "、、" not in text
    assert "依据是。" not in text


# ---- how they look


def test_the_page_is_a4_and_the_title_large_and_in_the_middle() -> None:
    document = application()
    section = document.sections[0]
    assert (round(section.page_width or 0, -3), round(section.page_height or 0, -3)) == (round(Cm(21), -3), round(Cm(29.7), -3))
    title = document.paragraphs[0]
    assert title.text == "劳动人事争议仲裁申请书"
    assert title.alignment == 1
    assert title.runs[0].font.size == Pt(22)
    assert title.runs[0]._element.get_or_add_rPr().get_or_add_rFonts().get(qn("w:eastAsia")) == "宋体"


def test_the_body_is_set_in_fangsong_of_14_points_and_checked_as_chinese() -> None:
    style = application().styles["Normal"]
    assert style.font.size == Pt(14)
    assert style.element.rPr.rFonts.get(qn("w:eastAsia")) == "仿宋"
    assert style.element.rPr.find(qn("w:lang")).get(qn("w:eastAsia")) == "zh-CN"


def test_the_table_fits_between_the_margins() -> None:
    document = opened(evidence_list.build(PAPER))
    section = document.sections[0]
    assert section.page_width and section.left_margin and section.right_margin
    widths = [cell.width or 0 for cell in document.tables[0].rows[0].cells]
    assert 0 < sum(widths) <= section.page_width - section.left_margin - section.right_margin + Cm(0.05)


# ---- the claims


def test_every_article_that_a_claim_rests_on_is_in_the_digest() -> None:
    known = load_digest(data_folder(None)).articles
    cited = {
        article
        for claims in load_claims().values()
        for claim in (*claims.arbitration, *claims.maybe, *claims.inspection)
        for article in claim.laws
    }
    assert cited
    assert cited - set(known) == set()


def test_every_section_of_the_claims_is_a_topic() -> None:
    assert set(load_claims()) - {"general"} <= set(Topic)


@pytest.mark.parametrize(
    ("good", "bad", "says"),
    [
        ("[general]", "[generally]", "general"),
        ('cause = "追索劳动报酬"', "cause = [", "claims.toml"),
        ('arbitration = [{ text = "请求裁决被申请人支付拖欠的工资 {amount}"', 'arbitration = [{ words = "x"', r"\[wages\].*text"),
    ],
)
def test_a_bad_file_of_claims_is_refused_with_words_that_say_where(tmp_path: Path, good: str, bad: str, says: str) -> None:
    text = CLAIMS_FILE.read_text(encoding="utf-8")
    assert good in text
    file = tmp_path / "claims.toml"
    file.write_text(text.replace(good, bad), encoding="utf-8")
    with pytest.raises(BadClaims, match=says):
        load_claims(file)


# ---- from a case


async def paper(world: World, case_id: CaseId, code: str, *, own: bool = True) -> tuple[str, Opened]:
    async with world.database.begin() as session:
        name, data = await paper_of(session, await session.get_one(Case, case_id), code, now=world.clock.now(), own=own)
    return name, opened(data)


async def change(world: World, case_id: CaseId, **values: object) -> None:
    async with world.database.begin() as session:
        await session.execute(sa.update(Case).where(Case.id == case_id).values(**values))


async def add_file(world: World, case_id: CaseId, name: str, *, gone: bool = False) -> StoredFile:
    async with world.database.begin() as session:
        now = world.clock.now()
        file_id = await evidence.register(
            session, door="test-member", address="1", handle=name, kind="document", name=name, mime="", size=1, now=now
        )
        await evidence.attach(session, [file_id], case_id)
        file = await session.get_one(StoredFile, file_id)
        file.status = FileStatus.GONE if gone else FileStatus.STORED
        return file


def test_every_paper_that_a_path_promises_can_be_drafted() -> None:
    assert {code for path in load_paths().by_nature.values() for code in path.papers} == set(TITLES)


async def test_an_application_is_filled_from_the_case_and_named_by_its_code(world: World) -> None:
    case_id = await world.new_case(routed=False)
    name, document = await paper(world, case_id, "arbitration_application")
    assert name == f"仲裁申请书-{spoken((await world.case(case_id)).code)}.docx"
    text = without_hints(document)
    assert "申请人：张三" in text
    assert "支付拖欠的工资 12,000.50 元" in text
    assert "用工地点：北京市朝阳区劲松街道" in text
    assert "北京市朝阳区劳动人事争议仲裁委员会" in text


async def test_a_complaint_goes_to_the_inspectorate_of_the_district(world: World) -> None:
    _, document = await paper(world, await world.new_case(routed=False), "inspection_complaint")
    assert "北京市朝阳区劳动保障监察机构" in text_of(document)


async def test_an_anonymous_case_leaves_name_and_phone_blank(world: World) -> None:
    case_id = await world.new_case(routed=False)
    await change(world, case_id, anonymous=True)
    text = text_of((await paper(world, case_id, "arbitration_application"))[1])
    assert "张三" not in text
    assert "13900001234" not in text


async def test_the_paper_that_a_lawyer_gets_leaves_the_phone_blank(world: World) -> None:
    case_id = await world.new_case(routed=False)
    text = text_of((await paper(world, case_id, "arbitration_application", own=False))[1])
    assert "张三" in text
    assert "13900001234" not in text


async def test_the_list_holds_what_the_worker_sent_and_not_what_the_lawyer_did_or_what_is_gone(world: World) -> None:
    case_id = await world.new_case(routed=False)
    await add_file(world, case_id, "工资条.pdf")
    await add_file(world, case_id, "丢了.pdf", gone=True)
    from_lawyer = await add_file(world, case_id, "律师函.pdf")
    async with world.database.begin() as session:
        session.add(
            RoomMessage(
                case_id=case_id, from_worker=False, author_id=world.lawyer, text="", file_id=from_lawyer.id, created_at=world.clock.now()
            )
        )
    text = text_of((await paper(world, case_id, "evidence_list"))[1])
    assert "工资条.pdf" in text
    assert "律师函.pdf" not in text
    assert "丢了.pdf" not in text


@pytest.mark.parametrize(
    ("nature", "code"), [("interest", "arbitration_application"), ("rights", "inspection_complaint"), ("rights", "will")]
)
async def test_a_paper_that_is_of_no_use_on_the_path_is_not_made(world: World, nature: str, code: str) -> None:
    case_id = await world.new_case(routed=False)
    await change(world, case_id, nature=nature)
    with pytest.raises(NotFound):
        await paper(world, case_id, code)
