"""What a notice may say: lengths, variables, buttons, files; and how it is counted by the doors."""

from __future__ import annotations

from decimal import Decimal

import pytest

from storage.models import Category, FileStatus, StoredFile
from storage.types import FileId
from tests.union.world import World
from union import doors, notice_content
from union.doors import MEGABYTE, Paid
from union.notice_content import BadContent, Content, Do, NoticeButton

GOOD = Content("免费体检", "周六上午九点，社区医院一层")


def problem(content: Content) -> tuple[str, str]:
    with pytest.raises(BadContent) as error:
        notice_content.check(content)
    return error.value.part, error.value.problem


def with_buttons(*buttons: NoticeButton) -> Content:
    return Content(GOOD.title, GOOD.text, buttons=buttons)


def test_what_is_well_written_passes() -> None:
    notice_content.check(
        Content("致{姓名}", "{单位}的{姓名}，您好！\n· 一\n· 二\nhttps://example.cn/a {", buttons=(NoticeButton("已阅", Do.ACK),))
    )


@pytest.mark.parametrize(
    ("content", "part", "what"),
    [
        (Content("检", GOOD.text), "title", "short"),
        (Content("！！", GOOD.text), "title", "short"),
        (Content("检" * 31, GOOD.text), "title", "long"),
        (Content(GOOD.title, "来吧"), "text", "short"),
        (Content(GOOD.title, "来" * 1001), "text", "long"),
        (Content("{名字}您好", GOOD.text), "title", "variable"),
        (Content(GOOD.title, "您好{姓 名}，请来体检"), "text", "variable"),
        (Content(GOOD.title, "您好{}，请来体检"), "text", "variable"),
        (Content(GOOD.title, "请带\n身份证，**九点前来"), "text", "unpaired"),
        (Content(GOOD.title, "请带身份证，****九点前来"), "text", "empty"),
        (Content(GOOD.title, "**好** " * 61), "text", "bold"),
        (Content(GOOD.title, "**来吧**"), "text", "short"),
        (Content(GOOD.title, "**" + "来" * 1001 + "**"), "text", "long"),
        (Content(GOOD.title, "您好{姓**名**}，请来体检"), "text", "variable"),
        (Content(GOOD.title, "您好{" + "**名**" * 4 + "}，请来体检"), "text", "variable"),
        (with_buttons(*[NoticeButton(f"第{n}个", Do.ACK) for n in range(4)]), "buttons", "many"),
        (with_buttons(NoticeButton("", Do.ACK)), "buttons", "label"),
        (with_buttons(NoticeButton("字" * 21, Do.ACK)), "buttons", "label"),
        (with_buttons(NoticeButton("甲", Do.SURVEY, "1"), NoticeButton("乙", Do.SURVEY, "2")), "buttons", "surveys"),
    ],
)
def test_what_can_not_go_out_is_refused_with_its_part(content: Content, part: str, what: str) -> None:
    assert problem(content) == (part, what)


def test_marks_that_are_not_right_are_refused_with_their_line() -> None:
    with pytest.raises(BadContent) as error:
        notice_content.check(Content(GOOD.title, "请带\n**身份证**\n**九点前来"))
    assert error.value.given == 3


def test_the_marks_are_not_counted_and_sixty_places_are_not_too_many() -> None:
    notice_content.check(Content(GOOD.title, "**" + "来" * 1000 + "**"))
    notice_content.check(Content(GOOD.title, "**好** " * 60))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.cn",
        "https://localhost/a",
        "https://user@example.cn",
        "https://exa mple.cn",
        "https://example.cn:x/",
        "https://[",
        "javascript:alert(1)",
        "",
        "https://example.cn/" + "a" * 512,
    ],
)
def test_a_link_that_some_door_would_not_open_is_refused(url: str) -> None:
    assert problem(with_buttons(NoticeButton("看全文", Do.LINK, url))) == ("buttons", "link")


def test_a_good_link_passes() -> None:
    notice_content.check(with_buttons(NoticeButton("看全文", Do.LINK, "https://www.example.cn/a?b=1#c")))


def test_wide_braces_around_a_variable_are_made_plain_and_others_are_left() -> None:
    assert notice_content.tidy(" ｛姓名｝您好｛x｝ ") == "{姓名}您好｛x｝"


def test_a_template_keeps_what_was_written_but_not_the_form_of_its_day() -> None:
    written = Content(
        "标题", "正文正文正文", Category.RIGHTS, True, (NoticeButton("已阅", Do.ACK), NoticeButton("报名", Do.SURVEY, "7")), FileId(3)
    )
    assert written.survey_id == 7
    assert Content.from_json(written.to_json()) == Content("标题", "正文正文正文", Category.RIGHTS, True, (NoticeButton("已阅", Do.ACK),))


@pytest.mark.parametrize(
    ("kind", "megabytes", "what"), [("photo", 11, "large"), ("document", 21, "large"), ("video", 21, "large"), ("voice", 0, "kind")]
)
def test_a_file_that_some_door_would_not_take_is_refused(kind: str, megabytes: int, what: str) -> None:
    with pytest.raises(BadContent) as error:
        notice_content.check_file(kind, megabytes * MEGABYTE)
    assert error.value.problem == what


def test_a_file_of_the_size_that_is_just_allowed_passes() -> None:
    notice_content.check_file("photo", 10 * MEGABYTE)
    notice_content.check_file("document", 20 * MEGABYTE)


async def test_a_file_that_its_door_would_not_give_is_refused(world: World) -> None:
    now = world.clock.now()
    async with world.database.begin() as session:
        file = StoredFile(
            door="web", handle="1", kind="photo", name="", mime="image/png", size=9, status=FileStatus.GONE, not_before=now, address="1", created_at=now
        )  # fmt: skip
        session.add(file)
        await session.flush()
        for missing in (file.id, FileId(4711)):
            with pytest.raises(BadContent):
                await notice_content.check_stored_file(session, missing)


def test_a_text_is_counted_as_the_doors_count_it() -> None:
    assert (doors.units("工会"), doors.units("😀")) == (2, 2)


def test_the_paid_rate_costs_nothing_for_the_free_share_and_is_rounded_up() -> None:
    paid = Paid(stars=Decimal("0.1"), free=30, rate=1000, yuan=Decimal("0.15"), worth_from=1)
    assert paid.cost(4_000_000) == doors.Cost(Decimal(388_000), Decimal(58_200))
    assert paid.cost(1) == doors.Cost(Decimal(1), Decimal(1))
    assert paid.cost(0) == doors.Cost(Decimal(0), Decimal(0))


def test_the_file_of_the_doors_can_be_read() -> None:
    assert doors.limits().text >= doors.limits().caption
    assert doors.paid().rate > doors.paid().free
