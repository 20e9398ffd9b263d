"""Crafts: ISIC Rev.4 classes behind plain words, and which of them belong together.

The ids are the permanent option ids of the question "what do you make?"; people see words, records
carry the class.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

CRAFTS: Mapping[str, str] = MappingProxyType(
    {
        "weaving": "1312",
        "dyeing": "1313",
        "home_textiles": "1392",
        "netting": "1394",
        "garments": "1410",
        "knitwear": "1430",
        "tanning": "1511",
        "leather_goods": "1512",
        "footwear": "1520",
        "joinery": "1622",
        "baskets_carving": "1629",
        "furniture": "3100",
        "bakery": "1071",
        "food": "1079",
        "pottery": "2393",
        "stone": "2396",
        "metal_structures": "2511",
        "metalware": "2599",
        "soap": "2023",
        "jewellery": "3211",
        "instruments": "3220",
        "toys": "3240",
        "other": "3290",
    }
)
"""Option id -> ISIC class. `home_textiles` holds cloth hammocks, `netting` nets, rope and netted
hammocks."""

UNSPECIFIC = frozenset({"3290"})
"""Classes that say only "something else": two firms in one of them need not be alike."""

_TOGETHER = (
    ("1312", "1410"),  # cloth and what is sewn of it
    ("1312", "1392"),
    ("1312", "1394"),
    ("1313", "1312"),
    ("1313", "1410"),
    ("1313", "1430"),
    ("1394", "1392"),
    ("1410", "1430"),
    ("1410", "1512"),
    ("1410", "3211"),
    ("1511", "1512"),  # hide and what is made of it
    ("1511", "1520"),
    ("1512", "1520"),
    ("1512", "2599"),  # bags and their buckles
    ("1622", "3100"),
    ("1629", "3100"),
    ("1622", "2511"),
    ("2511", "3100"),
    ("2599", "3100"),
    ("1392", "3100"),  # cushions and covers
    ("1512", "3100"),
    ("1629", "3220"),
    ("1622", "3220"),
    ("1629", "3240"),
    ("1410", "3240"),
    ("2393", "2023"),  # soap sold in its dish
    ("2393", "1079"),  # food sold in its jar
    ("1629", "1079"),
    ("1629", "1071"),
    ("1071", "1079"),
    ("2396", "2511"),
    ("2396", "2393"),
    ("2396", "3211"),
    ("2599", "3211"),
    ("2511", "2599"),
)
_COMPLEMENTARY = frozenset(frozenset(pair) for pair in _TOGETHER)

SAME = 1.0
KIN = 0.6


def isic(craft: str) -> str:
    """The ISIC class of a craft's option id; an ISIC class or an unknown word is given back."""
    return CRAFTS.get(craft, craft)


def division(craft: str) -> str | None:
    """The ISIC division (two digits) of a class of four digits; None for any other word."""
    return craft[:2] if len(craft) == 4 and craft.isascii() and craft.isdigit() else None


@lru_cache(maxsize=4096)
def likeness(one: str, other: str) -> float:
    """How alike two ISIC classes are: 1 the same, 0.6 the same division, else 0.

    "Something else" is like nothing, itself included.
    """
    if one in UNSPECIFIC or other in UNSPECIFIC:
        return 0.0
    if one == other:
        return SAME
    group = division(one)
    return KIN if group is not None and group == division(other) else 0.0


@lru_cache(maxsize=4096)
def complementary(one: str, other: str) -> bool:
    """Whether one craft commonly uses, finishes or is sold with what the other makes."""
    return frozenset((one, other)) in _COMPLEMENTARY
