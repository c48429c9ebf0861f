"""统计 at the desk: who sees it, what it says, where the buttons lead, and what stands in the tables."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
import structlog

from handlers.conversation import FileKind
from handlers.figure_words import block, period_title, whole
from handlers.workbook import Workbook
from storage.models import Outcome, Role, StoredFile
from tests.handlers.talk import Talk, Talks
from tests.union.test_figures import HOUR, closed, put, rated, reached
from tests.union.world import CHAOYANG, CITY, HAIDIAN, JINSONG, WANGJING, ZHONGGUANCUN, World
from union import case_rows, people
from union.figures import Figures
from union.periods import read_period

NONE = Figures(
    cases=0, on_time=0, late=0, running=0, paused=0, ended=0, median=None, p90=None, worst=None,
    closed=0, settled=0, referred=0, withdrawn=0, merged=0, recovered=Decimal(0), rated=0, content=0,
)  # fmt: skip


@pytest.fixture
async def city(talks: Talks, world: World) -> Talk:
    """The officer of the city."""
    return await talks.of(world.city_staff)


# ---- who may


async def test_staff_find_the_figures_in_the_menu_and_by_command(staff: Talk) -> None:
    await staff.say("/help")
    assert any("统计" in row for row in staff.last[0].menu or ())
    for way in ("统计", "/figures"):
        await staff.say(way)
        assert "统计 · 朝阳区总工会 · 2026年11月" in staff.screen


async def test_a_lawyer_is_shown_no_figures_of_units(world: World, lawyer: Talk) -> None:
    await put(world)
    await lawyer.say("统计")
    assert "工会干部用的" in lawyer.screen
    for choice in (f"g:show:{JINSONG}:202611", "g:show:0:202611", "g:by:0:202611:lawyer:0", "g:sheet:0:202611", "g:cases:0:202611"):
        await lawyer.choose(choice)
        assert "不归您管辖" in lawyer.screen
        assert lawyer.last[0].file is None


@pytest.mark.parametrize("screen", ["show", "sheet", "cases", "days", "by"])
async def test_staff_get_nothing_of_a_unit_beyond_theirs(world: World, staff: Talk, screen: str) -> None:
    await put(world, unit_id=ZHONGGUANCUN)
    await staff.choose(f"g:{screen}:{HAIDIAN}:202611" + (":unit:0" if screen == "by" else ""))
    assert "不归您管辖" in staff.screen
    assert staff.last[0].file is None


@pytest.mark.parametrize(
    "choice",
    ["g:show", "g:show:2", "g:show:x:2026", "g:show:2:13", "g:by:2:2026:story:0", "g:by:2:2026:unit:x", "g:show:2:2026:9", "g:sheet::"],
)
async def test_a_forged_button_does_nothing(world: World, staff: Talk, choice: str) -> None:
    await staff.choose(choice)
    assert "没有找到" in staff.screen


# ---- what is said


async def test_the_whole_says_what_the_rate_is_made_of(world: World, staff: Talk) -> None:
    await reached(world, HOUR)
    await reached(world, 3 * HOUR)
    await reached(world, 30 * HOUR)
    await put(world)
    await closed(world, Outcome.MEDIATED, "35000")
    await staff.say("统计")
    for words in (
        "受理 5 件",
        "按时联系 75.0%：4 件中按时 3 件，超时 1 件",
        "时限已到、或者已经联系上职工的案件。另有 1 件不算：没到时限 1。",
        "一半在2小时内，九成在21小时54分内，最慢1天6小时",
        "办结 1 件：解决 1，转仲裁诉讼监察 0，解答等其他 0",
        "追回 35,000 元",
        "满意率：还没有评价",
    ):
        assert words in staff.screen, words


async def test_without_cases_it_says_so_and_offers_other_days_only(staff: Talk) -> None:
    await staff.say("统计")
    assert "没有受理的案件" in staff.screen
    assert staff.labels == ["上月", "今年", "去年", "自定时间"]


def test_a_rate_of_nothing_is_not_said_to_be_none() -> None:
    only_waiting = Figures(**{name: getattr(NONE, name) for name in NONE.__slots__} | {"cases": 1, "running": 1})
    assert "%" not in whole(only_waiting).partition("满意率")[0]
    assert "按时 还没有" in block("劲松", only_waiting)


@pytest.mark.parametrize(
    ("given", "rated_", "said"),
    [(4, 4, "评价还太少（4 份）"), (9, 10, "满意率 90.0%"), (8, 10, "没到 90% 的目标"), (10, 10, "达到 90% 的目标")],
)
def test_how_content_people_were_is_held_against_the_goal(given: int, rated_: int, said: str) -> None:
    found = Figures(**{name: getattr(NONE, name) for name in NONE.__slots__} | {"cases": rated_, "rated": rated_, "content": given})
    assert said in whole(found)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("2026", "2026年"),
        ("202602", "2026年2月"),
        ("20260105-20260331", "2026年1月5日—3月31日"),
        ("20251201-20260131", "2025年12月1日—2026年1月31日"),
        ("20260105-20260105", "2026年1月5日"),
    ],
)
def test_how_a_period_is_called(code: str, said: str) -> None:
    assert period_title(read_period(code)) == said


# ---- where the buttons lead


async def test_from_the_city_down_to_a_street_and_up_again(world: World, city: Talk) -> None:
    await put(world, unit_id=JINSONG)
    await put(world, unit_id=WANGJING)
    await put(world, unit_id=ZHONGGUANCUN)
    await city.say("统计")
    await city.press("按工会")
    assert "朝阳区总工会　受理 2" in city.screen
    assert "海淀区总工会　受理 1" in city.screen
    await city.press("朝阳区总工会", "按工会", "望京街道总工会")
    assert "统计 · 望京街道总工会 · 2026年11月\n受理 1 件" in city.screen
    await city.press("上一级")
    assert "统计 · 朝阳区总工会 · 2026年11月\n受理 2 件" in city.screen
    await city.press("上一级")
    assert "北京市总工会" in city.screen
    assert "上一级" not in city.labels


async def test_staff_of_two_units_come_back_to_both(world: World, staff: Talk) -> None:
    async with world.database.begin() as session:
        await people.grant(session, person_id=world.staff, role=Role.STAFF, unit_id=HAIDIAN, now=world.clock.now())
    await put(world, unit_id=JINSONG)
    await put(world, unit_id=ZHONGGUANCUN)
    await staff.say("统计")
    assert "朝阳区总工会、海淀区总工会" in staff.screen
    await staff.press("按工会", "海淀区总工会")
    assert "受理 1 件" in staff.screen
    await staff.press("上一级")
    assert "受理 2 件" in staff.screen


async def test_each_breakdown_is_called_by_its_names(world: World, staff: Talk) -> None:
    await reached(world, HOUR)
    await put(world, lawyer_id=None)
    await staff.say("统计")
    for label, names in (
        ("按律师", ("何律师　受理 1", "没有律师（工会办理）　受理 1")),
        ("按主题", ("工资　受理 2",)),
        ("按月", ("2026年11月　受理 2",)),
        ("按类别", ("劳动争议　受理 2",)),
    ):
        await staff.press(label)
        assert all(name in staff.screen for name in names), label
        await staff.press("返回")


async def test_many_rows_are_turned_over_page_by_page(world: World, staff: Talk) -> None:
    for month in range(1, 11):
        await put(world, received_at=world.clock.now().replace(month=month))
    await staff.say("统计")
    await staff.press("今年", "按月")
    assert "（1/2）" in staff.screen
    assert "2026年8月" in staff.screen
    assert "2026年9月" not in staff.screen
    await staff.press("下一页")
    assert "2026年10月" in staff.screen
    assert "下一页" not in staff.labels


async def test_other_days_stay_with_the_unit(world: World, city: Talk) -> None:
    await put(world, received_at=world.clock.now() - timedelta(days=30))
    await city.choose(f"g:show:{JINSONG}:202611")
    await city.press("上月")
    assert "统计 · 劲松街道总工会 · 2026年10月\n受理 1 件" in city.screen


async def test_days_of_ones_own_choice(world: World, city: Talk) -> None:
    await put(world, received_at=world.clock.now().replace(month=3, day=31))
    await put(world, received_at=world.clock.now().replace(month=4, day=1))
    await city.choose(f"g:show:{JINSONG}:202611")
    await city.press("自定时间")
    await city.say("2026年1月", "3月")
    assert "到：2026年3月31日" in city.screen
    await city.press("看统计")
    assert "统计 · 劲松街道总工会 · 2026年1月1日—3月31日\n受理 1 件" in city.screen


async def test_days_the_wrong_way_round_are_asked_again(staff: Talk) -> None:
    await staff.say("统计")
    await staff.press("自定时间")
    await staff.say("2026年5月", "2026年3月")
    await staff.press("看统计")
    assert "在开始的日子之前" in staff.screen
    await staff.say("2026年6月10日")
    await staff.press("看统计")
    assert "2026年5月1日—6月10日" in staff.screen


@pytest.mark.parametrize(
    ("said", "day"), [("去年", "2025年12月31日"), ("2月底", "2026年2月28日"), ("今天", "2026年11月18日"), ("2026-02", "2026年2月28日")]
)
async def test_the_last_day_of_a_month_or_year_is_meant_by_its_name(staff: Talk, said: str, day: str) -> None:
    await staff.say("统计")
    await staff.press("自定时间")
    await staff.say("2024年1月", said)
    assert f"到：{day}" in staff.screen


# ---- tables


async def test_the_figures_as_a_table_have_a_page_for_each_breakdown(world: World, staff: Talk) -> None:
    for mark in (5, 5, 5, 5, 1):
        await rated(world, mark)
    await reached(world, 30 * HOUR, unit_id=WANGJING, lawyer_id=None)
    await staff.say("统计")
    await staff.press("导出表格")
    pages = await staff.pages()
    assert list(pages) == ["合计", "按工会", "按律师", "按主题", "按月", "按类别", "怎么算的"]
    titles, whole_, *_ = pages["合计"]
    line = dict(zip(titles, whole_, strict=True))
    assert (line["受理"], line["按时"], line["超时"], line["按时率的分母"], line["按时率（%）"]) == (6, 5, 1, 6, 83.3)
    assert (line["用时中位（小时）"], line["用时最慢（小时）"], line["评价份数"], line["满意率（%）"]) == (1, 30, 5, 80)
    assert [row[0] for row in pages["按工会"][1:]] == ["劲松街道总工会", "望京街道总工会"]
    assert [row[0] for row in pages["按律师"][1:]] == ["何律师", "没有律师（工会办理）"]
    assert dict(zip(titles, pages["按工会"][2], strict=True))["满意率（%）"] is None


async def test_a_row_for_each_case_with_its_times_in_beijing(world: World, staff: Talk) -> None:
    await reached(world, 90 * timedelta(minutes=1), nature="violation", contact_name="张三", contact_phone="13900001234", anonymous=False)
    await put(world, unit_id=ZHONGGUANCUN)
    await staff.say("统计")
    await staff.press("案件明细表")
    assert "共 1 件" in staff.screen
    (page,) = (await staff.pages()).values()
    titles, *lines = page
    assert len(lines) == 1
    line = dict(zip(titles, lines[0], strict=True))
    assert line["受理时间"] == datetime(2026, 11, 16, 10, 0)  # noqa: DTZ001 (a sheet knows no zones)
    assert line["首次联系"] == datetime(2026, 11, 16, 11, 30)  # noqa: DTZ001
    assert (line["用时（小时）"], line["按时"], line["承办人"], line["用人单位"]) == (1.5, "按时", "何律师", "劲松饭店")
    assert not {"张三", "13900001234", "老板拖欠我两个月工资"} & set(lines[0])


async def test_what_looks_like_a_formula_stays_a_text(world: World, staff: Talk) -> None:
    for employer in ('=HYPERLINK("http://x","y")', "+1", "-1", "@SUM(A1)", "#DIV/0!", "饭店\x0b\x00".replace("\x00", "")):
        await put(world, employer=employer)
    await staff.say("统计")
    await staff.press("案件明细表")
    cells = [row[5] for row in (await staff.workbook()).active.iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.value for cell in cells] == ['=HYPERLINK("http://x","y")', "+1", "-1", "@SUM(A1)", "#DIV/0!", "饭店"]


def test_the_line_of_column_names_stays_in_sight() -> None:
    from openpyxl import load_workbook

    book = Workbook()
    book.add(book.page("页", {"名称": 30, "数": 8}), [["一", Decimal("1.25")], ["二", None], ["三", date(2026, 1, 2)]])
    page = load_workbook(BytesIO(book.done())).active
    assert (page.freeze_panes, page["A1"].font.bold, page.column_dimensions["A"].width) == ("A2", True, 30)
    assert [row[1].value for row in page.iter_rows(min_row=2)] == [1.25, None, datetime(2026, 1, 2)]  # noqa: DTZ001


async def test_too_many_cases_are_refused_with_what_to_do(world: World, staff: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_rows, "MOST_ROWS", 1)
    await put(world)
    await put(world)
    await staff.say("统计")
    await staff.press("案件明细表")
    assert "这里有 2 件" in staff.screen
    assert "短一点的时间" in staff.screen
    assert staff.last[0].file is None


@pytest.mark.parametrize(("label", "cases"), [("导出表格", None), ("案件明细表", 1)])
async def test_who_takes_a_table_is_noted_without_a_name(world: World, staff: Talk, label: str, cases: int | None) -> None:
    await put(world)
    await staff.say("统计")
    with structlog.testing.capture_logs() as noted:
        await staff.press(label)
    assert [line for line in noted if line["event"] == "figures.exported"] == [
        {"event": "figures.exported", "log_level": "info", "person": world.staff, "units": [CHAOYANG], "period": "202611", "cases": cases}
    ]


async def test_a_table_has_a_name_by_which_it_is_found_again(world: World, city: Talk) -> None:
    await put(world)
    await city.choose(f"g:sheet:{CITY}:20261101-20261118")
    async with world.database.begin() as session:
        file = await session.get_one(StoredFile, city.last[0].file)
    assert (file.name, file.kind) == ("统计-北京-20261101-20261118.xlsx", FileKind.DOCUMENT)


# ---- a lawyer's own


async def test_a_lawyer_sees_the_last_months_of_their_own(world: World, lawyer: Talk) -> None:
    await reached(world, HOUR)
    await reached(world, 30 * HOUR, received_at=world.clock.now() - timedelta(days=40))
    await reached(world, HOUR, lawyer_id=world.pool_lawyer)
    await lawyer.choose("c:figures")
    assert "我的数据 · 近 6 个月\n受理 2 件\n按时联系 50.0%" in lawyer.screen
    assert lawyer.screen.index("2026年11月　受理 1") < lawyer.screen.index("2026年10月　受理 1")


async def test_a_lawyer_without_cases_is_told_so(lawyer: Talk) -> None:
    await lawyer.choose("c:figures")
    assert "没有受理的案件" in lawyer.screen


async def test_staff_have_no_figures_of_their_own(staff: Talk) -> None:
    await staff.choose("c:figures")
    assert "请看“统计”" in staff.screen
