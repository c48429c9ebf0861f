"""The register's files are whole and true, and a mistake in one is named by file and line."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.demo.cases import read_cases
from bot.demo.register import DATA, POINT_KINDS, Register, read_register
from bot.demo.rows import RegisterError

PUBLIC_NUMBERS = {"12351"}


@pytest.fixture(scope="module")
def register() -> Register:
    return read_register()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the files, to be spoiled."""
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_there_are_sixteen_districts_and_the_development_area(register: Register) -> None:
    assert len(register.districts) == 17
    assert sum(district.name.endswith("区") for district in register.districts) == 17
    assert all(district.union_name == f"{district.name}总工会" for district in register.districts)
    assert len({district.short for district in register.districts}) == 17


def test_every_district_has_streets_and_the_big_ones_have_more(register: Register) -> None:
    counts = Counter(street.district for street in register.streets)
    # The development area has two streets in reality.
    assert counts.pop("北京经济技术开发区") == 2
    assert len(counts) == 16
    assert min(counts.values()) >= 6
    assert counts["朝阳区"] > counts["海淀区"] > 8
    assert {"劲松街道", "建外街道", "望京街道"} <= {street.name for street in register.streets_of("朝阳区")}


def test_a_street_is_called_by_its_short_name(register: Register) -> None:
    shorts = {street.name: street.short for street in register.streets}
    assert shorts["劲松街道"] == "劲松"
    assert shorts["西红门镇"] == "西红门"
    assert shorts["金融街街道"] == "金融街"


def test_there_are_eight_industry_unions(register: Register) -> None:
    assert len(register.industry_unions) == 8
    assert all(union.trades for union in register.industry_unions)


def test_every_district_has_a_service_centre_and_a_mediation_room(register: Register) -> None:
    assert 55 <= len(register.points) <= 80
    assert {point.kind for point in register.points} == set(POINT_KINDS)
    for kind in ("职工服务中心", "劳动争议调解室"):
        assert {point.district for point in register.points if point.kind == kind} == {district.name for district in register.districts}


def test_addresses_and_phones_of_points_cannot_be_taken_for_real_ones(register: Register) -> None:
    for point in register.points:
        assert point.phone in PUBLIC_NUMBERS or re.fullmatch(r"010-0000-\d{4}", point.phone)
        assert "示例" in point.address
    assert all(re.fullmatch(r"010-0000-\d{4}", firm.phone) for firm in register.firms)


def test_firms_and_workplaces_are_marked_as_made_up(register: Register) -> None:
    assert len(register.firms) == 21
    assert all("（示例）" in firm.name for firm in register.firms)
    assert 55 <= len(register.workplaces) <= 80
    assert all("示例" in workplace.name for workplace in register.workplaces)
    assert {workplace.district for workplace in register.workplaces} == {district.name for district in register.districts}


def test_every_point_is_near_its_district(register: Register) -> None:
    centres = {district.name: district for district in register.districts}
    places = [(place.district, place.latitude, place.longitude) for place in register.points]
    places += [(place.district, place.latitude, place.longitude) for place in register.streets]
    for district, latitude, longitude in places:
        assert abs(latitude - centres[district].latitude) < 0.5
        assert abs(longitude - centres[district].longitude) < 0.5


def test_every_coordinate_is_within_beijing(register: Register) -> None:
    places = [(place.latitude, place.longitude) for place in register.points]
    places += [(place.latitude, place.longitude) for place in register.streets]
    places += [(place.latitude, place.longitude) for place in register.districts]
    assert all(39.4 <= latitude <= 41.1 and 115.4 <= longitude <= 117.6 for latitude, longitude in places)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("streets.csv", "朝阳区,劲松街道", "朝杨区,劲松街道", r"streets\.csv line 23: there is no district '朝杨区'"),
        ("districts.csv", "西城区,西城", "东城区,西城", r"districts\.csv line 3: '东城区' is already on line 2"),
        ("districts.csv", "39.9288", "39,9288", r"districts\.csv line 2: 6 values for 5 columns"),
        ("districts.csv", "39.9288", "north", r"districts\.csv line 2: latitude 'north' is not a number"),
        ("districts.csv", "39.9288", "31.2304", r"districts\.csv line 2: latitude 31\.2304 is outside Beijing"),
        ("districts.csv", "39.9288", "nan", r"districts\.csv line 2: latitude nan is outside Beijing"),
        ("districts.csv", "short", "shrt", r"districts\.csv line 1: the columns must be"),
        ("service_points.csv", "职工服务中心,东城区", "服务中心,东城区", r"service_points\.csv line 2: there is no kind '服务中心'"),
        ("workplaces.csv", ",18\n", ",many\n", r"workplaces\.csv line 2: workers 'many' is not a whole number"),
        ("workplaces.csv", "朝阳区,劲松街道", "海淀区,劲松街道", r"workplaces\.csv line 2: there is no street '劲松街道'"),
        ("firms.csv", ",朝阳区,", ",,", r"firms\.csv line 2: district is empty"),
    ],
)
def test_a_mistake_is_named_by_file_and_line(folder: Path, file: str, old: str, new: str, message: str) -> None:
    spoil(folder / file, old, new)
    with pytest.raises(RegisterError, match=message):
        read_register(folder)


@pytest.mark.parametrize(
    ("spoiled", "message"),
    [
        (lambda path: path.unlink(), r"firms\.csv is missing"),
        (lambda path: path.write_bytes("名称".encode("gbk")), r"firms\.csv is not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(folder: Path, spoiled: Callable[[Path], object], message: str) -> None:
    spoiled(folder / "firms.csv")
    with pytest.raises(RegisterError, match=message):
        read_register(folder)


def test_what_a_spreadsheet_adds_does_no_harm(folder: Path, register: Register) -> None:
    text = (folder / "districts.csv").read_text(encoding="utf-8")
    (folder / "districts.csv").write_bytes(("\ufeff" + text + ",,,,\n").replace("\n", "\r\n").encode())
    assert read_register(folder) == register


def test_the_same_street_name_may_be_in_two_districts(register: Register) -> None:
    assert {street.district for street in register.streets if street.name == "八里庄街道"} == {"朝阳区", "海淀区"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("dispute,wages,violation,assigned", "dispute,wages,,assigned", r"cases\.csv line 2: a dispute has a nature"),
        ("accepted,35,21,1,", "accepted,35,21,,", r"cases\.csv line 3: accepted_hours is empty, but the case is accepted"),
        ("accepted,35,21,1,", "accepted,35,21,22,", r"cases\.csv line 3: the hours must go"),
        ("assigned,92,1,", "assigned,0,1,", r"cases\.csv line 2: since_days is later"),
        (",12400,5,", ",12400,6,", r"cases\.csv line \d+: rating 6 is not 1 to 5"),
        ("劲松示例家常菜馆", "劲松示例面馆", r"cases\.csv line 2: there is no workplace"),
    ],
)
def test_a_case_that_contradicts_itself_is_refused(folder: Path, register: Register, old: str, new: str, message: str) -> None:
    spoil(folder / "cases.csv", old, new)
    with pytest.raises(RegisterError, match=message):
        read_cases(register, folder)
