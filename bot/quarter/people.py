"""The people of a trial: what is true of each and hidden from the programme, drawn by a seed.

What somebody says is true as far as it goes; whom they would like to work with they never say."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, exp, hypot, radians

from flows.understand.gazetteer import Gazetteer

LANGUAGES = {"es": 0.66, "en": 0.14, "fr": 0.05, "sw": 0.05, "pt": 0.05, "ht": 0.05}
"""What they speak. More than two are there so that they are tried: no region is like that."""

CHANNELS = {"sms": 0.4, "whatsapp": 0.4, "telegram": 0.2}
CRAFTS = {
    "weaving": 16, "garments": 14, "baskets_carving": 10, "pottery": 8, "furniture": 8,
    "leather_goods": 7, "food": 7, "bakery": 6, "jewellery": 5, "netting": 5, "footwear": 4,
    "metal_structures": 4, "soap": 3, "knitwear": 3,
}  # fmt: skip
NEEDS = {
    "market_access": 30, "inputs": 22, "training": 14, "technology": 10, "finance": 10,
    "infrastructure": 5, "policy": 3, "partners": 6,
}  # fmt: skip
WILLING = {"yes": 85, "known": 9, "no": 6}
MATERIALS = {
    "weaving": "yarn", "garments": "cloth", "baskets_carving": "straw", "pottery": "clay",
    "furniture": "wood", "leather_goods": "leather", "food": "sugar", "bakery": "flour",
    "jewellery": "silver", "netting": "yarn", "footwear": "leather", "metal_structures": "steel",
    "soap": "oil", "knitwear": "wool",
}  # fmt: skip
"""What they find dear, by craft: ids of the vocabulary."""
STEP_FITS = {
    "joint_purchase": "inputs",
    "fair": "market_access",
    "shared_order": "market_access",
    "course": "training",
}
"""The need that a first joint step is about."""

NAMES = (
    "Ana", "Beto", "Carla", "Dora", "Elmer", "Flor", "Gloria", "Hilda", "Irma", "Julio", "Karla",
    "Luis", "Marta", "Nelson", "Olga", "Pablo", "Reina", "Sonia", "Tomas", "Wendy", "Amina",
    "Baraka", "Chantal", "Jean", "Neema", "Rose", "Joao", "Lucia", "Grace", "Peter",
)  # fmt: skip
FAMILIES = (
    "Lopez", "Mejia", "Paz", "Reyes", "Cruz", "Zelaya", "Bonilla", "Castro", "Funes", "Aguilar",
    "Mwangi", "Otieno", "Pierre", "Joseph", "Silva", "Santos", "Brown", "Bodden", "Ebanks", "Moya",
)  # fmt: skip

TOWNS_A_REGION = 4
KNOWS = 4
"""So many of their town somebody knows since before."""
GATHERED = 0.6
"""The share that registers at a gathering, many in the same hour."""


@dataclass(frozen=True)
class Town:
    """Where somebody works; degrees."""

    name: str
    region: str
    lat: float
    lon: float


@dataclass(frozen=True)
class Artisan:
    """One of them. `skill`: how well they write and read, from 0 to 1; `patience`: how likely they
    are to answer; `social`, `same`, `distance`: how much they like company, their own craft and
    nearness; `arrives`: when they write for the first time."""

    number: int
    channel: str
    language: str
    name: str
    craft: str
    town: Town
    years: int
    workers: int
    need: str
    willing: str
    skill: float
    patience: float
    social: float
    same: float
    distance: float
    arrives: datetime

    @property
    def urn(self) -> str:
        match self.channel:
            case "telegram":
                return f"telegram:{7_000_000 + self.number}"
            case "whatsapp":
                return f"whatsapp:+504{93_000_000 + self.number}"
            case _:
                return f"tel:+504{92_000_000 + self.number}"


def towns(gazetteer: Gazetteer, regions: Sequence[str]) -> tuple[Town, ...]:
    """The largest towns of these regions, a few of each."""
    found: list[Town] = []
    for region in regions:
        there = [s for s in gazetteer.spots if s.region == region]
        largest = sorted(there, key=lambda s: -s.people)[:TOWNS_A_REGION]
        found += [Town(s.place or "", region, s.lat or 0.0, s.lon or 0.0) for s in largest]
    return tuple(found)


def drawn(
    count: int, where: Sequence[Town], begin: datetime, weeks: int, seed: int
) -> list[Artisan]:
    """So many people of these towns, who arrive in the first half of the time."""
    chance = random.Random(f"people.{seed}")
    span = max(1.0, weeks * 7 / 2)
    gatherings = [
        begin + timedelta(days=int(chance.random() * span), hours=chance.choice((9, 10, 14, 15)))
        for _ in range(max(1, count // 40))
    ]
    return [_one(number, where, begin, span, gatherings, chance) for number in range(count)]


def _one(
    number: int,
    where: Sequence[Town],
    begin: datetime,
    span: float,
    gatherings: Sequence[datetime],
    chance: random.Random,
) -> Artisan:
    gathered = chance.random() < GATHERED
    arrives = (
        chance.choice(gatherings) + timedelta(minutes=15 * chance.randrange(4))
        if gathered
        else begin
        + timedelta(days=int(chance.random() * span), minutes=chance.randrange(420, 1200))
    )
    return Artisan(
        number=number,
        channel=_picked(CHANNELS, chance),
        language=_picked(LANGUAGES, chance),
        name=f"{chance.choice(NAMES)} {chance.choice(FAMILIES)}",
        craft=_picked(CRAFTS, chance),
        town=chance.choice(where),
        years=int(chance.gammavariate(1.6, 5)),
        workers=1 + int(chance.expovariate(0.5)),
        need=_picked(NEEDS, chance),
        willing=_picked(WILLING, chance),
        skill=chance.betavariate(4, 1.5),
        patience=chance.betavariate(6, 1.5),
        social=chance.gauss(0, 1),
        same=chance.gauss(0.4, 0.8),
        distance=chance.uniform(8, 60),
        arrives=arrives,
    )


def acquainted(who: Artisan, everybody: Sequence[Artisan], seed: int) -> list[Artisan]:
    """Whom somebody knows since before: a few of their town."""
    near = [one for one in everybody if one.town == who.town and one is not who]
    return random.Random(f"{seed}.knows.{who.number}").sample(near, min(KNOWS, len(near)))


def _picked(shares: dict[str, int] | dict[str, float], chance: random.Random) -> str:
    return chance.choices(list(shares), list(shares.values()))[0]


def kilometres(one: Town, other: Town) -> float:
    """How far two towns lie apart."""
    across = (one.lon - other.lon) * cos(radians(one.lat))
    return 111.2 * hypot(one.lat - other.lat, across)


def wish(one: Artisan, other: Artisan, seed: int) -> float:
    """How much one would like to work with another, as log odds; what they never say."""
    whim = random.Random(f"{seed}.{one.number}.{other.number}").gauss(0, 0.8)
    near = kilometres(one.town, other.town) / one.distance
    return (
        0.2
        + 0.6 * one.social
        + one.same * (one.craft == other.craft)
        + 0.8 * (one.need == other.need)
        + 0.6 * (one.language == other.language)
        - near
        + whim
    )


def likely(odds: float) -> float:
    """Log odds as a probability."""
    return 1 / (1 + exp(-max(-30.0, min(30.0, odds))))


def wish_for_group(one: Artisan, others: Sequence[Artisan], first_step: str, seed: int) -> float:
    """How much one would like to be in a group, as log odds."""
    if not others:
        return -3.0
    mean = sum(wish(one, other, seed) for other in others) / len(others)
    return mean + 0.7 * (STEP_FITS.get(first_step) == one.need)
