"""The sample day as data: a pure function of seed, run and date. Everything in it is invented and flagged as a sample.

The municipality's boxes, communities and volumes are not published: points are spread over the four khwaeng by area and
named by number, and weights per piece are plausible ranges, not measurements.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Final

__all__ = ["CARRIER", "GATE", "PARTNER", "Bag", "Batch", "Box", "Drop", "Load", "World", "make_world"]

PARTNER: Final = "sample-recycler"
CARRIER: Final = "sample-crew"
GATE: Final = "hai-ya-transfer"
_BANGKOK: Final = timedelta(hours=7)
_TARE_GRAMS: Final = 120

# Area in tenths of km², and a rectangle well inside the municipality (microdegrees: south, west, north, east).
_KHWAENG: Final[Mapping[str, tuple[str, str, int, tuple[int, int, int, int]]]] = {
    "nakhon_ping": ("นครพิงค์", "Nakhon Ping", 117, (18_798_000, 98_978_000, 18_812_000, 99_000_000)),
    "kawila": ("กาวิละ", "Kawila", 114, (18_778_000, 99_004_000, 18_798_000, 99_018_000)),
    "mengrai": ("เม็งราย", "Mengrai", 77, (18_764_000, 98_978_000, 18_780_000, 98_998_000)),
    "sriwichai": ("ศรีวิชัย", "Sriwichai", 92, (18_783_000, 98_968_000, 18_797_000, 98_988_000)),
}
# Share of the pieces and grams of one piece (least, most).
_PIECES: Final[Mapping[str, tuple[int, int, int]]] = {
    "phone": (30, 110, 210),
    "cable": (22, 15, 70),
    "charger": (16, 40, 120),
    "earphones": (11, 10, 60),
    "power_bank": (6, 150, 420),
    "small_electronics": (6, 120, 900),
    "battery": (4, 20, 60),
    "small_it": (3, 90, 600),
    "tablet": (2, 350, 600),
}
_HOURS: Final = (8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18)
_HOUR_WEIGHTS: Final = (5, 6, 7, 8, 13, 9, 6, 8, 14, 16, 8)


@dataclass(frozen=True, slots=True)
class Box:
    point_id: str
    name_th: str
    name_en: str
    khwaeng: str
    latitude_microdegrees: int
    longitude_microdegrees: int


@dataclass(frozen=True, slots=True)
class Drop:
    item_id: str
    bag_id: str
    point_id: str
    category: str
    channel: str
    dropped_at: datetime
    grams: int


@dataclass(frozen=True, slots=True)
class Bag:
    bag_id: str
    next_bag_id: str
    point_id: str
    khwaeng: str
    seal_number: str
    net_grams: int
    collected_at: datetime

    @property
    def gross_grams(self) -> int:
        return self.net_grams + _TARE_GRAMS

    @property
    def tare_grams(self) -> int:
        return _TARE_GRAMS


@dataclass(frozen=True, slots=True)
class Load:
    load_id: str
    bags: tuple[Bag, ...]
    dispatched_at: datetime


@dataclass(frozen=True, slots=True)
class Batch:
    batch_id: str
    bags: tuple[Bag, ...]
    kind: str
    """`plain`, `mixed` (with another client's grams), `abroad` (an interim fraction smelted abroad), `landfilled`."""


@dataclass(frozen=True, slots=True)
class World:
    boxes: tuple[Box, ...]
    installed_at: datetime
    drops: tuple[Drop, ...]
    bags: tuple[Bag, ...]
    loads: tuple[Load, ...]
    batches: tuple[Batch, ...]

    @property
    def certifiable(self) -> int:
        """How many batches end with a certificate."""
        return sum(batch.kind != "landfilled" for batch in self.batches)


def make_world(*, seed: int, run: int, day: date, boxes: int, items: int) -> World:
    """The same arguments give the same day. Ids of another run never collide; the boxes stay the same."""
    if items < boxes:
        raise ValueError(f"{items} items for {boxes} boxes: give every box at least one")
    random = Random(f"{seed}/{run}")
    morning = datetime(day.year, day.month, day.day, 6, tzinfo=UTC) - _BANGKOK
    places = _boxes(Random(seed), boxes)
    name = f"{run:03}"
    drops = _drops(random, places, name, items, morning)
    bags = _bags(random, places, name, drops, morning)
    loads = tuple(_loads(bags, name, morning))
    batches = tuple(_batches(loads, name))
    return World(places, morning, drops, bags, loads, batches)


def _boxes(random: Random, count: int) -> tuple[Box, ...]:
    total = sum(area for _, _, area, _ in _KHWAENG.values())
    found: list[Box] = []
    for khwaeng, (thai, english, area, (south, west, north, east)) in _KHWAENG.items():
        last = khwaeng == list(_KHWAENG)[-1]
        for number in range(1, (count - len(found) if last else count * area // total) + 1):
            found.append(
                Box(
                    point_id=f"sample-{khwaeng.replace('_', '-')}-{number:02}",
                    name_th=f"จุดตัวอย่าง แขวง{thai} {number}",
                    name_en=f"Sample point {english} {number}",
                    khwaeng=khwaeng,
                    latitude_microdegrees=random.randint(south, north),
                    longitude_microdegrees=random.randint(west, east),
                )
            )
    return tuple(found)


def _drops(random: Random, boxes: Sequence[Box], run: str, items: int, morning: datetime) -> tuple[Drop, ...]:
    popularity = [random.paretovariate(1.6) for _ in boxes]
    places = [*boxes, *random.choices(boxes, popularity, k=items - len(boxes))]
    categories = random.choices(list(_PIECES), [share for share, _, _ in _PIECES.values()], k=items)
    drops = []
    for number, (box, category) in enumerate(zip(places, categories, strict=True), 1):
        _, least, most = _PIECES[category]
        hour = random.choices(_HOURS, _HOUR_WEIGHTS)[0]
        drops.append(
            Drop(
                item_id=f"item-{run}-{number:05}",
                bag_id=_bag_id(run, box),
                point_id=box.point_id,
                category=category,
                channel=random.choices(("app", "kiosk", "offline"), (7, 2, 1))[0],
                dropped_at=morning + timedelta(hours=hour - 6, seconds=random.randint(0, 3599)),
                grams=random.randint(least, most),
            )
        )
    return tuple(sorted(drops, key=lambda drop: (drop.dropped_at, drop.item_id)))


def _bag_id(run: str, box: Box) -> str:
    return f"bag-{run}-{box.point_id.removeprefix('sample-')}"


def _bags(random: Random, boxes: Sequence[Box], run: str, drops: Sequence[Drop], morning: datetime) -> tuple[Bag, ...]:
    grams: dict[str, int] = {}
    for drop in drops:
        grams[drop.bag_id] = grams.get(drop.bag_id, 0) + drop.grams
    seals = random.sample(range(100_000, 1_000_000), len(boxes))
    return tuple(
        Bag(
            bag_id=_bag_id(run, box),
            next_bag_id=f"{_bag_id(run, box)}-next",
            point_id=box.point_id,
            khwaeng=box.khwaeng,
            seal_number=f"seal-{run}-{seal}",
            net_grams=grams[_bag_id(run, box)],
            collected_at=morning + timedelta(hours=14, minutes=number),
        )
        for number, (box, seal) in enumerate(zip(boxes, seals, strict=True))
    )


def _loads(bags: Sequence[Bag], run: str, morning: datetime) -> list[Load]:
    return [
        Load(
            load_id=f"load-{run}-{khwaeng.replace('_', '-')}",
            bags=tuple(bag for bag in bags if bag.khwaeng == khwaeng),
            dispatched_at=morning + timedelta(hours=17, minutes=10 * number),
        )
        for number, khwaeng in enumerate(_KHWAENG)
    ]


def _batches(loads: Sequence[Load], run: str) -> list[Batch]:
    kinds = {3: "mixed", 6: "abroad", 8: "landfilled"}
    halves = [bags for load in loads for bags in (load.bags[::2], load.bags[1::2])]
    return [Batch(f"batch-{run}-{number}", bags, kinds.get(number, "plain")) for number, bags in enumerate(halves, 1)]
