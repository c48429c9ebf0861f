"""What a message says in passing is picked up, and nothing is read into it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.particulars import Length, Particulars, Place, Places, pick_up

TODAY = date(2026, 11, 21)
PLACES = Places({"朝阳区": ["劲松街道", "八里庄街道"], "海淀区": ["八里庄街道"], "通州区": ["马驹桥镇", "新华街道!"], "开发区/经开区": []})


def picked(text: str) -> Particulars:
    return pick_up(text, TODAY, PLACES)


def test_a_whole_story_gives_everything_a_form_would_ask_for() -> None:
    found = picked("我在通州马驹桥的北京示例顺达物流有限公司干了两年零三个月，2025年3月起没发工资，一共欠我3万5，鉴定是九级伤残")
    assert found.places == (Place("通州区", "马驹桥镇"),)
    assert found.employer == "北京示例顺达物流有限公司"
    assert found.days == (date(2025, 3, 1),)
    assert found.amounts == (Decimal("35000"),)
    assert found.months_worked == 27
    assert found.injury_grade == 9


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("朝阳区的工地", [Place("朝阳区")]),
        ("我在劲松上班", [Place("朝阳区", "劲松街道")]),
        ("在海淀八里庄", [Place("海淀区", "八里庄街道")]),
        ("在八里庄", []),
        ("在新华书店", []),
        ("通州新华街道", [Place("通州区", "新华街道")]),
        ("经开区这边", [Place("开发区")]),
    ],
    ids=["district", "street alone", "street of two districts", "ambiguous", "everyday word", "whole name", "other name"],
)
def test_places(text: str, places: list[Place]) -> None:
    assert list(picked(text).places) == places


@pytest.mark.parametrize(
    "text",
    [
        "我们公司不发工资",
        "一家食品厂拖欠工资",
        "听说老板在转移厂里设备",
        "这家公司",
        "用人单位是否有责任",
        "公司侵吞公司财产",
        "在隔壁厂上班",
    ],
)
def test_what_names_no_firm_is_no_employer(text: str) -> None:
    assert picked(text).employer == ""


@pytest.mark.parametrize(
    ("text", "employer"),
    [
        ("我在北京示例顺达餐饮有限公司上班", "北京示例顺达餐饮有限公司"),
        ("进了宏远示例家具厂", "宏远示例家具厂"),
        ("被顺达示例集团公司辞退", "顺达示例集团公司"),
    ],
)
def test_a_firm_is_known_by_its_legal_form_or_by_what_stands_before_it(text: str, employer: str) -> None:
    assert picked(text).employer == employer


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("我干了五年了", 60),
        ("工作一年两个月", 14),
        ("入职已经半年", 6),
        ("七年的老员工", 84),
        ("拖欠三个月工资", None),
        ("合同签了三年", None),
        ("2019年3月入职", None),
    ],
)
def test_only_time_worked_counts_as_time_worked(text: str, months: int | None) -> None:
    assert picked(text).months_worked == months


def test_lengths_of_time_are_kept_as_they_were_said() -> None:
    assert picked("欠了三个月，住院25天").lengths == (Length("三个月", 3), Length("25天", 0, 25))


@pytest.mark.parametrize(("text", "grade"), [("十级伤残", 10), ("鉴定了个9级", 9), ("工伤七级", 7), ("三级厨师", None), ("等级是 1 级", 1)])
def test_injury_grades(text: str, grade: int | None) -> None:
    assert picked(text).injury_grade == grade


def test_a_day_ahead_is_not_taken_for_a_day_past() -> None:
    assert picked("下月18号开会").days == ()


def test_a_telephone_number_is_no_money() -> None:
    assert picked("打了12345没人管").amounts == ()


@given(st.text(max_size=300))
def test_whatever_is_typed_nothing_is_raised(text: str) -> None:
    found = picked(text)
    assert len(found.days) <= 5
    assert found.injury_grade is None or 1 <= found.injury_grade <= 10
