"""The path of a dispute: what is shipped is sound, a wrong file is refused with words that say where, an office is found in the register."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.articles import ArticleReference, load_digest
from knowledge.folder import data_folder
from storage.models import ServicePoint, Unit, UnitKind
from storage.types import UnitId
from tests.union.world import CHAOYANG, CITY, HAIDIAN, JINSONG, WANGJING, World
from union.errors import NotFound
from union.paths import BadPaths, Office, PathStep, date_kinds, load_paths, office_for, path_for, place_of

GOOD = """
[paths.rights]
title = "争议"
steps = ["talk"]
[steps.talk]
title = "谈"
about = "坐下来谈。"
documents = ["证据"]
office = "court"
papers = []
limits = [{ words = "没有期限", law = "劳动法", article = 84 }]
[offices.court]
name = "{place}人民法院"
phone = "12368"
[dates.met]
label = "见面"
"""


def step(code: str) -> PathStep:
    steps = {step.code: step for path in load_paths().by_nature.values() for step in path.steps}
    return steps[code]


# ---- the steps


@pytest.mark.parametrize(
    ("nature", "codes"),
    [
        ("violation", "inspection negotiation mediation arbitration litigation appeal enforcement"),
        ("rights", "negotiation mediation arbitration litigation appeal enforcement"),
        ("interest", "collective summons coordination"),
        (None, "negotiation mediation arbitration litigation appeal enforcement"),
        ("unheard of", "negotiation mediation arbitration litigation appeal enforcement"),
    ],
)
def test_the_nature_decides_the_path_and_a_case_of_unknown_nature_goes_that_of_rights(nature: str | None, codes: str) -> None:
    assert " ".join(step.code for step in path_for(nature).steps) == codes


def test_a_case_stands_on_the_first_step_until_one_of_its_path_is_noted() -> None:
    rights = path_for("rights")
    assert [rights.place(code) for code in (None, "inspection", "mediation")] == [0, 0, 1]


def test_every_time_limit_names_an_article_that_the_digest_knows() -> None:
    known = load_digest(data_folder(None)).articles
    limits = [limit for path in load_paths().by_nature.values() for step in path.steps for limit in step.limits]
    assert limits
    assert [limit for limit in limits if ArticleReference(limit.law, limit.article) not in known] == []


def test_every_date_has_a_name_of_its_own_and_starts_a_deadline() -> None:
    kinds = date_kinds().values()
    assert len({kind.label for kind in kinds}) == len(kinds)


# ---- the file


@pytest.mark.parametrize(
    ("good", "bad", "says"),
    [
        ('steps = ["talk"]', 'steps = ["walk"]', r"\[paths\.rights\].*'walk'.*talk"),
        ('steps = ["talk"]', "steps = []", r"\[paths\.rights\].*at least one step"),
        ('steps = ["talk"]', 'steps = ["talk", "talk"]', r"\[paths\.rights\].*each once"),
        ("[paths.rights]", "[paths.interest]", r"\[paths\.rights\] is expected"),
        ('office = "court"', 'office = "moon"', r"\[steps\.talk\].*'moon'.*court"),
        ('about = "坐下来谈。"', 'about = ""', r"\[steps\.talk\].*about = a text"),
        ('documents = ["证据"]', 'documents = "证据"', r"\[steps\.talk\].*documents = a list of texts"),
        ("article = 84", 'article = "84"', r"\[steps\.talk\].*the number of an article"),
        ('name = "{place}人民法院"', 'name = "人民法院"', r"\[offices\.court\].*\{place\}"),
        ('[dates.met]\nlabel = "见面"', "", r"\[dates\.X\] is expected"),
        ("[paths.rights]", "[paths.rights", r"paths\.toml"),
    ],
)
def test_a_bad_file_is_refused_with_words_that_say_where_and_what(tmp_path: Path, good: str, bad: str, says: str) -> None:
    assert good in GOOD
    file = tmp_path / "paths.toml"
    file.write_text(GOOD.replace(good, bad), encoding="utf-8")
    with pytest.raises(BadPaths, match=says):
        load_paths(file)


def test_a_file_as_it_should_be_is_read_as_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "paths.toml"
    file.write_text(GOOD, encoding="utf-8")
    paths = load_paths(file)
    assert paths.by_nature["rights"].steps[0].limits[0].article == 84


def test_a_missing_file_is_refused_clearly(tmp_path: Path) -> None:
    with pytest.raises(BadPaths, match=r"none\.toml"):
        load_paths(tmp_path / "none.toml")


# ---- the offices


async def office(world: World, code: str, unit_id: UnitId) -> Office:
    async with world.database.begin() as session:
        return await office_for(session, step(code), unit_id)


async def add_point(world: World, unit_id: UnitId, name: str, *, kind: str = "劳动争议调解室", phone: str = "010-0000-1203") -> None:
    async with world.database.begin() as session:
        session.add(
            ServicePoint(
                unit_id=unit_id, kind=kind, name=name, address=f"{name}的地址", phone=phone, hours="", latitude=39.9, longitude=116.4
            )
        )


@pytest.mark.parametrize(
    ("code", "name", "phone"),
    [
        ("inspection", "北京市朝阳区劳动保障监察机构", "12333"),
        ("arbitration", "北京市朝阳区劳动人事争议仲裁委员会", "12333"),
        ("litigation", "北京市朝阳区人民法院", "12368"),
        ("mediation", "北京市朝阳区劳动争议调解组织", "12351"),
        ("negotiation", "劲松街道总工会", "12351"),
    ],
)
async def test_a_street_leads_to_the_offices_of_its_district(world: World, code: str, name: str, phone: str) -> None:
    assert await office(world, code, JINSONG) == Office(name, "", phone)


async def test_a_case_of_the_city_is_told_to_go_to_the_employers_district(world: World) -> None:
    assert (await office(world, "litigation", CITY)).name == "单位所在区人民法院"
    assert (await office(world, "negotiation", CITY)).name == "北京市总工会"


async def test_the_development_zone_keeps_its_name_and_goes_to_the_court_that_has_it(world: World) -> None:
    zone = UnitId(7)
    async with world.database.begin() as session:
        session.add(
            Unit(id=zone, kind=UnitKind.DISTRICT, name="北京经济技术开发区总工会", short="亦庄", parent_id=CITY, path=f"{CITY}.{zone}.")
        )
    assert (await office(world, "arbitration", zone)).name == "北京经济技术开发区劳动人事争议仲裁委员会"
    assert (await office(world, "litigation", zone)).name == "北京市大兴区人民法院"


async def test_mediation_goes_to_the_room_of_the_unit_itself_before_one_above_or_below(world: World) -> None:
    await add_point(world, CHAOYANG, "区调解室")
    assert await office(world, "mediation", JINSONG) == Office("区调解室", "区调解室的地址", "010-0000-1203")
    await add_point(world, JINSONG, "劲松调解室", phone="")
    assert await office(world, "mediation", JINSONG) == Office("劲松调解室", "劲松调解室的地址", "12351")
    assert (await office(world, "mediation", CHAOYANG)).name == "区调解室"


async def test_a_district_without_a_room_of_its_own_sends_to_one_of_its_streets(world: World) -> None:
    await add_point(world, WANGJING, "望京调解室")
    assert (await office(world, "mediation", CHAOYANG)).name == "望京调解室"


async def test_nobody_is_sent_to_a_room_of_another_district_or_to_a_point_of_another_kind(world: World) -> None:
    await add_point(world, HAIDIAN, "海淀调解室")
    await add_point(world, JINSONG, "劲松书屋", kind="职工书屋")
    assert (await office(world, "mediation", JINSONG)).address == ""


async def test_the_union_is_found_at_its_own_station_and_not_at_another_unions(world: World) -> None:
    await add_point(world, CHAOYANG, "朝阳区职工服务中心", kind="职工服务中心")
    assert (await office(world, "negotiation", JINSONG)).address == ""
    await add_point(world, JINSONG, "劲松工会服务站", kind="工会服务站")
    assert await office(world, "negotiation", JINSONG) == Office("劲松街道总工会", "劲松工会服务站的地址", "010-0000-1203")


async def test_a_place_is_named_from_the_city_down_and_the_city_alone_is_no_place(world: World) -> None:
    async with world.database.begin() as session:
        assert [await place_of(session, unit_id) for unit_id in (JINSONG, CHAOYANG, CITY)] == ["北京市朝阳区劲松街道", "北京市朝阳区", ""]


async def test_a_unit_that_is_not_in_the_register_has_no_office(world: World) -> None:
    with pytest.raises(NotFound):
        await office(world, "litigation", UnitId(404))
