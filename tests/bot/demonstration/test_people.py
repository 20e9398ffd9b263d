import json
import tomllib
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path
from random import Random

import phonenumbers
import pytest

from bot.demonstration.people import (
    DemoEnterprise,
    Demonstration,
    DemoProvider,
    people,
    provider_of,
    record_of,
)
from flows.understand.gazetteer import Gazetteer
from matching import providers
from matching.crafts import CRAFTS
from matching.partners import partners
from matching.records import Need

ROOT = Path(__file__).parents[3]
TODAY = date(2026, 3, 1)
COUNTRIES = ("HN", "NI", "JM", "KE")
SEEDS = (1, 2, 3)


@cache
def gazetteer(country: str) -> Gazetteer:
    path = ROOT / "locales" / "places" / f"{country}.json"
    return Gazetteer(json.loads(path.read_text(encoding="utf-8")))


def made(seed: int) -> Demonstration:
    return people(Random(seed), {country: gazetteer(country) for country in COUNTRIES})  # noqa: S311  chance, not secrecy


def test_the_same_seed_makes_the_same_people_and_another_makes_others() -> None:
    assert made(1) == made(1)
    assert made(1) != made(2)


def everyone(everybody: Demonstration) -> list[DemoEnterprise | DemoProvider]:
    return [*everybody.enterprises, *everybody.providers]


@pytest.mark.parametrize("seed", SEEDS)
def test_some_150_enterprises_and_40_providers_stand_in_four_countries(seed: int) -> None:
    everybody = made(seed)
    assert 140 <= len(everybody.enterprises) <= 160
    assert len(everybody.providers) == 40
    counts = Counter(one.country for one in everybody.enterprises)
    assert set(counts) == set(COUNTRIES)
    assert min(counts.values()) >= 30
    served = Counter(one.country for one in everybody.providers)
    assert min(served.values()) >= 8
    assert {one.kind for one in everybody.providers} == {"provider", "service_centre"}


@pytest.mark.parametrize("seed", SEEDS)
def test_everybody_is_marked_and_has_an_id_and_an_address_of_their_own(seed: int) -> None:
    people_here = everyone(made(seed))
    assert all(one.demo for one in people_here)
    assert len({one.id for one in people_here}) == len(people_here)
    assert len({one.urn for one in people_here}) == len(people_here)
    assert all(one.urn.startswith("phone:demo-") for one in people_here)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_number_that_could_be_somebodys_appears_anywhere(seed: int) -> None:
    everybody = made(seed)
    for one in everyone(everybody):
        texts = [str(value) for name, value in vars(one).items() if name not in ("lat", "lon")]
        for country in COUNTRIES:
            for text in texts:
                assert not list(phonenumbers.PhoneNumberMatcher(text, country)), text


@pytest.mark.parametrize("seed", SEEDS)
def test_every_place_stands_in_the_tables_and_every_craft_has_an_id(seed: int) -> None:
    everybody = made(seed)
    for one in everyone(everybody):
        spots = {(s.place, s.region): s for s in gazetteer(one.country).spots}
        spot = spots[one.place, one.region]
        assert abs((spot.lat or 0) - one.lat) <= 0.03
        assert abs((spot.lon or 0) - one.lon) <= 0.03
        assert (round(one.lat, 2), round(one.lon, 2)) == (one.lat, one.lon)
    assert {one.craft for one in everybody.enterprises} <= set(CRAFTS)
    served = {c for one in everybody.providers for service in one.services for c in service.crafts}
    assert served <= set(CRAFTS)


@pytest.mark.parametrize("seed", SEEDS)
def test_words_are_in_the_persons_language_and_whole(seed: int) -> None:
    for one in made(seed).enterprises:
        assert one.language in one.languages
        assert one.products
        assert 1 <= len(one.needs) <= 2
        for need in one.needs:
            assert need.words
            assert "{" not in need.words
            assert need.topic is None or "<" not in need.topic
            assert need.topic is None or not need.topic.startswith("and ")
        assert one.willing != "known" or len(one.knows) == 3
        assert one.workers >= 1
        assert one.years >= 1


@pytest.mark.parametrize("seed", SEEDS)
def test_four_in_five_of_the_willing_find_three_partners_with_reasons(seed: int) -> None:
    known = [record_of(one) for one in made(seed).enterprises]
    willing = [one for one in known if one.willing == "yes"]
    found = [partners(one, known, (), TODAY) for one in willing]
    assert sum(len(suggestions) == 3 for suggestions in found) >= 0.8 * len(willing)
    assert all(suggestion.reasons for suggestions in found for suggestion in suggestions)


@pytest.mark.parametrize("seed", SEEDS)
def test_most_needs_find_a_provider_that_somebody_checked(seed: int) -> None:
    everybody = made(seed)
    known = [provider_of(one) for one in everybody.providers if one.checked_how]
    assert len(known) >= 28
    asked = [(record_of(one), one.needs[0]) for one in everybody.enterprises]
    served = [(who, need) for who, need in asked if need.category != "partners"]
    found = [providers(who, Need(need.category, need.topic), known, TODAY) for who, need in served]
    assert sum(bool(suggestions) for suggestions in found) >= 0.7 * len(served)


def test_every_craft_of_the_material_is_known_and_told_in_every_language() -> None:
    folder = ROOT / "bot" / "demonstration"
    crafts = tomllib.loads((folder / "crafts.toml").read_text(encoding="utf-8"))
    assert set(crafts) == set(CRAFTS) - {"other"}
    for told in crafts.values():
        for words in (told["products"], told["material"], told["machine"]):
            assert set(words) == {"es", "en", "sw"}


def test_a_place_that_is_in_no_table_is_named() -> None:
    bare = Gazetteer({"country": "HN", "zone": "UTC", "regions": [], "places": []})
    with pytest.raises(KeyError, match="of HN-"):
        people(Random(1), {"HN": bare})  # noqa: S311  chance, not secrecy
