"""Names of employers: the several that people give to one are one, and those of different ones stay apart."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from storage.database import Database
from storage.employers import EmployerIndex, employer_key

ONE = [
    ("劲松饭店", "北京市劲松饭店有限公司"),
    ("劲松饭店", "北京劲松饭店有限责任公司"),
    ("劲松饭店", "劲松饭店（朝阳店）"),
    ("劲松饭店", "劲松饭店(朝阳店)有限公司"),
    ("劲松饭店", "劲松饭店【分号】"),
    ("劲松饭店", " 劲松 饭店 "),
    ("劲松饭店", "“劲松饭店”"),
    ("劲松饭店", "北京市劲松饭店有限公司工会委员会"),
    ("劲松饭店", "劲松饭店工会"),
    ("宏图建筑", "北京宏图建筑集团股份有限公司"),
    ("宏图建筑", "宏图建筑集团公司"),
    ("快跑ABC", "快跑ａｂｃ有限公司"),
    ("ABC科技", "abc科技有限公司"),
    ("云启科技", "云启科技分公司"),
    ("示例超市", "示例超市总店"),
]

OTHERS = [
    ("劲松饭店", "望京饭店"),
    ("劲松饭店", "劲松饭馆"),
    ("劲松一店", "劲松二店"),
    ("北京公司", "北京饭店"),
    ("北京银行", "中国银行"),
    ("京东方", "东方"),
    ("京东", "东"),
    ("宏图建筑", "宏图建材"),
    ("一建", "二建"),
    ("南京路百货", "路百货"),
    ("第三建筑公司", "第四建筑公司"),
    ("ABC", "ABD"),
]


@pytest.mark.parametrize(("one", "same"), ONE)
def test_several_names_of_one_employer_are_one(one: str, same: str) -> None:
    assert employer_key(one) == employer_key(same)


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_names_of_different_employers_stay_apart(one: str, other: str) -> None:
    assert employer_key(one) != employer_key(other)


@pytest.mark.parametrize("name", ["北京公司", "公司", "集团", "中国", "北京", "工会", "（筹）", "京"])
def test_a_name_of_nothing_but_form_keeps_something_to_be_told_by(name: str) -> None:
    assert employer_key(name)


@pytest.mark.parametrize("name", [name for pair in ONE + OTHERS for name in pair])
def test_the_part_by_which_an_employer_is_known_is_known_by_itself(name: str) -> None:
    assert employer_key(employer_key(name)) == employer_key(name)


@pytest.mark.parametrize("name", ["", " ", "()", "……"])
def test_a_name_without_a_letter_is_known_by_nothing(name: str) -> None:
    assert employer_key(name) == ""


async def test_an_employer_is_found_by_any_of_its_names_and_what_is_stored_names_it_not(database: Database) -> None:
    name = sa.column("name", EmployerIndex())
    async with database.begin() as session:
        await session.execute(sa.text("CREATE TEMPORARY TABLE firm_names (name bytea) ON COMMIT DROP"))
        table = sa.table("firm_names", name)
        await session.execute(table.insert().values(name="北京市劲松饭店有限公司"))
        assert await session.scalar(sa.select(sa.func.count()).select_from(table).where(name == "劲松饭店（总店）")) == 1
        assert await session.scalar(sa.select(sa.func.count()).select_from(table).where(name.in_(["望京饭店", "劲松饭馆"]))) == 0
        stored = await session.scalar(sa.text("SELECT encode(name, 'hex') FROM firm_names"))
        assert len(stored) == 64
        assert "劲松".encode().hex() not in stored
