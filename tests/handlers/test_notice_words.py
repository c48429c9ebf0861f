"""How a notice reads, to those it is for and to those who see to it."""

from __future__ import annotations

import pytest

from handlers import alerts
from handlers.alerts import digest_words
from handlers.alerts.notice_words import NOBODY, NOWHERE, compose, fill, has_variables, length, progress_text
from handlers.conversation import Reply
from storage.models import Category, Notice
from storage.types import NoticeId, SurveyId, UnitId
from tests.handlers.notice_talk import bold
from tests.union import notice_made as made
from tests.union.world import RULES, World
from union.alerts import Fact
from union.deliveries import Progress
from union.digest import Gathered
from union.doors import limits

SIGNED = "朝阳区总工会"


def notice(**other: object) -> Notice:
    values = {
        "id": NoticeId(7),
        "title": "体检",
        "text": "周六来",
        "category": Category.SERVICE,
        "buttons": [],
        "version": 1,
        "file_id": None,
    }
    return Notice(**{**values, **other})


def test_a_notice_is_signed_by_its_unit_and_can_always_be_declined() -> None:
    reply = compose(notice(), SIGNED)
    assert (reply.title, reply.text) == ("体检", "周六来\n\n—— 朝阳区总工会")
    assert [button.choice for row in reply.buttons for button in row] == ["n:off:service:7"]


def test_each_button_leads_to_what_it_says() -> None:
    buttons = [
        {"label": "看全文", "do": "link", "value": "https://example.cn"},
        {"label": "报名", "do": "survey", "value": "3"},
        {"label": "已阅", "do": "ack", "value": ""},
    ]
    reply = compose(notice(buttons=buttons, survey_id=SurveyId(3)), SIGNED)
    behind = [button.url or button.choice for row in reply.buttons for button in row]
    assert behind == ["https://example.cn", "n:survey:3:7", "n:tap:7:2", "n:off:service:7"]


def test_a_corrected_notice_says_so() -> None:
    assert compose(notice(version=2), SIGNED).title == "更正：体检"


def test_variables_are_filled_in_once_and_fall_back_to_plain_words() -> None:
    open_ = compose(notice(title="致{姓名}", text="{单位}的{姓名}您好"), SIGNED)
    assert has_variables(open_)
    assert not has_variables(compose(notice(), SIGNED))
    filled = fill(open_, "{单位}", "劲松饭店工会")
    assert (filled.title, filled.text) == ("致{单位}", "劲松饭店工会的{单位}您好\n\n—— 朝阳区总工会")
    assert fill(open_, "", "").text.startswith(f"{NOWHERE}的{NOBODY}您好")


def test_marks_become_bold_and_the_lines_of_a_list() -> None:
    reply = compose(notice(text="请带**身份证**：\n- **京卡**"), SIGNED)
    assert reply.text == "请带身份证：\n· 京卡\n\n—— 朝阳区总工会"
    assert bold(reply) == ["身份证", "京卡"]


def test_what_is_filled_in_moves_what_is_bold_and_is_never_a_mark() -> None:
    reply = fill(compose(notice(text="{姓名}，**{单位}的{姓名}**，**九点**来"), "**工会**"), "- **王**", "劲松饭店工会")
    assert reply.text == "- **王**，劲松饭店工会的- **王**，九点来\n\n—— **工会**"
    assert bold(reply) == ["劲松饭店工会的- **王**", "九点"]


def test_the_length_of_a_notice_is_reckoned_without_its_marks() -> None:
    assert length("体检", "**周六**来", SIGNED) == length("体检", "周六来", SIGNED)


@pytest.mark.parametrize(
    ("opening", "shown"), [("**周六**上午来", "周六上午来"), ("周六**上午来，请带", "周六上午来，请带"), ("\n- 一", "· 一")]
)
def test_a_digest_shows_the_beginning_without_marks(opening: str, shown: str) -> None:
    reply = digest_words.compose(NoticeId(9), [Gathered(NoticeId(7), UnitId(1), "体检", opening)])
    assert reply.text.endswith(f"1. 体检\n{shown}")
    assert reply.bold == ()


def test_no_filled_in_notice_is_longer_than_was_reckoned() -> None:
    text = "{姓名}{单位}" * 20 + "😀"
    filled = fill(compose(notice(text=text, version=2), SIGNED), "阿" * 90, "单" * 90)
    assert len(f"{filled.title}\n{filled.text}".encode("utf-16-le")) // 2 == length("体检", text, SIGNED) <= limits().text


def test_the_outcomes_on_the_progress_add_up() -> None:
    place = Progress(
        total=4_020_000, waiting=20_000, sent=3_000_000, seen=9, unreachable=900_000, failed=10_000, left_out=40_000, gathered=50_000
    )
    text = progress_text(place, None)
    assert "▓▓▓▓▓▓▓▓▓░ 99%" in text
    assert "共 4,020,000 人：已发出 3,000,000，收不到 900,000，失败 10,000，没有发 40,000，并入汇总 50,000，待发 20,000" in text


def test_a_notice_to_nobody_is_done() -> None:
    nobody = Progress(total=0, waiting=0, sent=0, seen=0, unreachable=0, failed=0, left_out=0, gathered=0)
    assert "100%" in progress_text(nobody, None)


@pytest.mark.parametrize("fact", [fact for fact in Fact if fact.startswith("notice")])
async def test_what_is_told_of_a_notice_that_is_not_there_is_not_said(world: World, fact: Fact) -> None:
    async with world.database.begin() as session:
        told = await alerts.render(session, fact, {"notice": 987654}, reader=world.staff, rules=RULES, now=world.clock.now())
    assert told is None


@pytest.mark.parametrize("reason", ["empty", "not_allowed", "no_approver", "grown"])
async def test_the_author_is_told_why_it_was_held(world: World, reason: str) -> None:
    await made.members(world, 1)
    notice_id = await made.write(world)
    params = {"notice": notice_id, "reason": reason}
    async with world.database.begin() as session:
        told = await alerts.render(session, Fact.NOTICE_HELD, params, reader=world.staff, rules=RULES, now=world.clock.now())
    assert isinstance(told, Reply)
    assert told.title == "没有按时发 · 免费体检"
    assert "到了时间" in told.text
