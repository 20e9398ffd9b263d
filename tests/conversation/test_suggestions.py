"""What is suggested, and how it is said: nobody worth too little, and no more than is true."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot import reasons, suggestions
from bot.speech import spoken
from bot.turn import Turn
from tests.conversation.scene import Scene, house

ANA, BEA = "tel:+50499000001", "tel:+50499000002"


def turn(language: str) -> Turn:
    """As much of a turn as a sentence needs."""
    here = house()
    translate = here.catalogues.translate(language)
    says = lambda phrase: spoken(phrase, translate)  # noqa: E731
    made: Any = SimpleNamespace(
        house=here, language=language, translate=translate, spoken=says, vocabulary=None
    )
    return cast(Turn, made)


def line(language: str, craft: str, place: str, *why: str) -> str:
    """A partner as suggested in chat."""
    here = turn(language)
    named = reasons.craft_before_colon(here, craft)
    one: Any = suggestions.Described(
        cast(Any, None), named, place, reasons.sentence(here, why, "country")
    )
    return suggestions.partner_line(here, one)


@pytest.mark.parametrize(("lat", "is_shown"), [(14.59, True), (15.39, False)])
async def test_whoever_is_worth_too_little_is_not_suggested(
    scene: Scene, lat: float, is_shown: bool
) -> None:
    await scene.lives(BEA, "Beatriz", craft="tanning", products="x", lat=lat, place="Elsewhere")
    ana = await scene.lives(ANA, "Ana", craft="furniture", products="y")
    assert ("Hides and tanning" in await ana.says("partners")) is is_shown


def test_a_country_is_named_without_a_preposition_that_does_not_fit_it() -> None:
    assert line("fr", "furniture", "Honduras", "same_craft:3100") == (
        "Meubles (Honduras) : a le même métier que vous."
    )


@pytest.mark.parametrize("language", ["en", "es", "fr", "sw"])
def test_a_suggestion_has_one_colon(language: str) -> None:
    assert line(language, "food", "Tela", "same_craft:1079").count(":") == 1


def test_a_language_is_named_as_who_reads_calls_it() -> None:
    assert reasons.sentence(turn("fr"), ["speaks:es"]) == "parle espagnol"
    assert reasons.sentence(turn("sw"), ["speaks:en"]) == "huzungumza Kiingereza"


def test_help_with_a_wish_is_promised_only_where_the_topic_is_the_same() -> None:
    surely, perhaps = ("serves:training/design",), ("serves:training",)
    assert reasons.sentence(turn("en"), surely).startswith("helps with your wish")
    assert reasons.sentence(turn("en"), perhaps).startswith("may help with your wish")


def test_who_is_far_away_is_said_to_be_so() -> None:
    here: Any = SimpleNamespace(lat=14.0, lon=-87.0)
    there: Any = SimpleNamespace(lat=14.8, lon=-87.0)
    nowhere: Any = SimpleNamespace(lat=None, lon=None)
    why = ("complementary:1392", "same_craft:1312")
    assert suggestions.with_distance(why, here, there) == ("complementary:1392", "near:89")
    for other in (here, nowhere):
        assert suggestions.with_distance(why, here, other) == why
