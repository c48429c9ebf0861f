"""The register of the world outside: districts, streets, industry unions, service points, law firms, workplaces.

It comes from CSV files under `data`; `rows` reads them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.demo.rows import Row, read_table

DATA = Path(__file__).parent / "data"
"""The files that come with the program."""

LATITUDES = (39.4, 41.1)
LONGITUDES = (115.4, 117.6)

POINT_KINDS = ("职工服务中心", "工会服务站", "职工之家", "劳动争议调解室", "劳动者驿站", "爱心妈咪小屋", "职工书屋")
"""The seven kinds of service point (服务阵地: S1, S4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """One of the 16 districts or the development area. short: what people say (朝阳)."""

    name: str
    short: str
    union_name: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """A street or township; its name is unique in its district only (there are two 八里庄街道)."""

    district: str
    name: str
    latitude: float
    longitude: float

    @property
    def union_name(self) -> str:
        """What its union is called."""
        return f"{self.name}总工会"

    @property
    def short(self) -> str:
        """What people say: 劲松 for 劲松街道."""
        for ending in ("街道", "镇", "乡"):
            if self.name.endswith(ending):
                return self.name.removesuffix(ending)
        return self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class IndustryUnion:
    """A city industry union. trades: the trades that it looks after."""

    name: str
    short: str
    trades: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A place one can go to. street: empty if it serves the whole district."""

    district: str
    street: str
    kind: str
    name: str
    address: str
    phone: str
    hours: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LawFirm:
    """A law firm that the union buys services from."""

    name: str
    district: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """A workplace with its territorial parent and, if it has one, its industry line (隶属关系不变: S0)."""

    district: str
    street: str
    name: str
    industry_union: str
    workers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """All of it, checked: every district, street and industry union that is named exists, and nothing is there twice."""

    districts: tuple[District, ...]
    streets: tuple[Street, ...]
    industry_unions: tuple[IndustryUnion, ...]
    points: tuple[Point, ...]
    firms: tuple[LawFirm, ...]
    workplaces: tuple[Workplace, ...]

    def streets_of(self, district: str) -> tuple[Street, ...]:
        """The streets of a district, in the file's order."""
        return tuple(street for street in self.streets if street.district == district)


def _latitude(row: Row) -> float:
    return row.coordinate("latitude", LATITUDES)


def _longitude(row: Row) -> float:
    return row.coordinate("longitude", LONGITUDES)


def _district(row: Row) -> District:
    return District(
        name=row.text("name"),
        short=row.text("short"),
        union_name=row.text("union_name"),
        latitude=_latitude(row),
        longitude=_longitude(row),
    )


def _industry_union(row: Row) -> IndustryUnion:
    return IndustryUnion(name=row.text("name"), short=row.text("short"), trades=tuple(row.text("trades").split("、")))


def read_register(folder: Path = DATA) -> Register:
    """Reads and checks the six files of a folder. Raises RegisterError for the first line that can't be used."""
    districts = read_table(folder / "districts.csv", "name short union_name latitude longitude", _district, lambda it: it.name)
    names = {district.name for district in districts}

    def street(row: Row) -> Street:
        return Street(district=row.known("district", names), name=row.text("name"), latitude=_latitude(row), longitude=_longitude(row))

    streets = read_table(folder / "streets.csv", "district name latitude longitude", street, lambda it: f"{it.district} {it.name}")
    streets_in = {name: {it.name for it in streets if it.district == name} for name in names}
    unions = read_table(folder / "industry_unions.csv", "name short trades", _industry_union, lambda it: it.name)
    union_names = {it.name for it in unions}

    def point(row: Row) -> Point:
        district = row.known("district", names)
        return Point(
            district=district,
            street=row.known("street", streets_in[district]) if row.optional("street") else "",
            kind=row.known("kind", POINT_KINDS),
            name=row.text("name"),
            address=row.text("address"),
            phone=row.text("phone"),
            hours=row.text("hours"),
            latitude=_latitude(row),
            longitude=_longitude(row),
        )

    def firm(row: Row) -> LawFirm:
        return LawFirm(name=row.text("name"), district=row.known("district", names), phone=row.text("phone"))

    def workplace(row: Row) -> Workplace:
        district = row.known("district", names)
        return Workplace(
            district=district,
            street=row.known("street", streets_in[district]),
            name=row.text("name"),
            industry_union=row.known("industry_union", union_names) if row.optional("industry_union") else "",
            workers=row.whole("workers"),
        )

    return Register(
        districts=districts,
        streets=streets,
        industry_unions=unions,
        points=read_table(
            folder / "service_points.csv",
            "district street kind name address phone hours latitude longitude",
            point,
            lambda it: f"{it.district} {it.name}",
        ),
        firms=read_table(folder / "firms.csv", "name district phone", firm, lambda it: it.name),
        workplaces=read_table(folder / "workplaces.csv", "district street name industry_union workers", workplace, lambda it: it.name),
    )
