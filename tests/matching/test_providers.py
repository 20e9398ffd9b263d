from collections import Counter
from dataclasses import replace
from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from matching.distance import measured
from matching.providers import for_needs, providers
from matching.records import Enterprise, Event, EventKind, Need, Provider, Rating, Service
from matching.served import served, within_room
from matching.suggestions import REASONS, Suggestion
from tests.matching.strategies import TODAY, directories, enterprises

WEAVER = Enterprise(
    "w",
    crafts=("1312",),
    lat=11.97,
    lon=-86.09,
    country="NI",
    languages=frozenset({"es"}),
    needs=(Need("training", "costing"),),
)
COSTING = Service("training", "costing", ("1312",), price=40)


def trainer(id: str, *services: Service, lat: float = 11.93, lon: float = -85.96) -> Provider:
    return Provider(
        id,
        services or (COSTING,),
        lat=lat,
        lon=lon,
        country="NI",
        radius_km=60,
        languages=frozenset({"es"}),
    )


def to(suggestions: tuple[Suggestion, ...]) -> list[str]:
    return [suggestion.to for suggestion in suggestions]


def found(*known: Provider, need: str = "training", topic: str | None = "costing") -> list[str]:
    return to(providers(WEAVER, Need(need, topic), known, TODAY, top=9))


def test_the_category_must_fit() -> None:
    assert found(trainer("t"), need="finance") == []


def test_the_service_that_fits_best_is_named_by_its_place_in_the_list() -> None:
    many = trainer("t", Service("finance"), Service("training", "sewing"), COSTING)
    (suggestion,) = providers(WEAVER, Need("training", "costing"), (many,), TODAY)
    assert suggestion.service == 2
    assert suggestion.reasons == ("serves:training/costing", "serves_your_craft:1312")


def test_topic_craft_language_and_nearness_each_raise() -> None:
    best = trainer("z best")
    worse = (
        trainer("topic", replace(COSTING, topic="sewing")),
        trainer("craft", replace(COSTING, crafts=("2393",))),
        replace(trainer("language"), languages=frozenset({"en"})),
        trainer("far", lat=12.3),
    )
    for other in worse:
        assert found(other, best) == ["z best", other.id]


def test_a_cheaper_one_and_one_that_takes_single_firms_come_first() -> None:
    dear = trainer("a dear", replace(COSTING, price=400))
    grouped = trainer("b group", replace(COSTING, group_min=8))
    assert found(dear, grouped, trainer("z plain")) == ["z plain", "b group", "a dear"]


def test_nobody_is_suggested_beyond_their_radius_abroad_or_without_room() -> None:
    assert found(replace(trainer("r"), radius_km=10)) == []
    assert found(replace(trainer("m"), month_capacity=0)) == []
    assert found(replace(trainer("c"), country="HN", lat=None, lon=None)) == []


def test_one_enthusiast_does_not_outweigh_many_who_were_well_served() -> None:
    one = replace(trainer("a one"), rating=Rating(1, 5.0))
    many = replace(trainer("b many"), rating=Rating(40, 4.6))
    bad = replace(trainer("c bad"), rating=Rating(40, 2.0))
    assert found(bad, one, many) == ["b many", "a one", "c bad"]


def test_for_several_needs_a_provider_is_named_once_with_what_it_does_best() -> None:
    both = trainer("t", Service("finance"), COSTING)
    needs = (Need("finance", "loan"), Need("training", "costing"))
    (suggestion,) = for_needs(WEAVER, needs, (both,), TODAY, 5)
    assert suggestion.service == 1


@given(enterprises("w"), directories, st.randoms(use_true_random=False))
def test_the_order_of_providers_is_irrelevant_and_every_reason_true(
    who: Enterprise, known: tuple[Provider, ...], chance: Random
) -> None:
    need = Need("training", "costing")
    suggestions = providers(who, need, known, TODAY, top=9)
    shuffled = list(known)
    chance.shuffle(shuffled)
    assert suggestions == providers(who, need, shuffled, TODAY, top=9)
    by_id = {provider.id: provider for provider in known}
    for suggestion in suggestions:
        provider = by_id[suggestion.to]
        assert 0 < suggestion.score <= 1
        assert 1 <= len(suggestion.reasons) <= 2
        assert suggestion.service is not None
        service = provider.services[suggestion.service]
        assert service.category == "training"
        for reason in suggestion.reasons:
            assert _true(reason, who, provider, service), reason


def _true(reason: str, who: Enterprise, provider: Provider, service: Service) -> bool:
    kind, _, argument = reason.partition(":")
    assert kind in REASONS
    km = measured(who, provider)
    match kind:
        case "serves":
            return argument == "training" or f"training/{service.topic}" == argument
        case "serves_your_craft":
            return argument in who.crafts and argument in service.crafts
        case "near":
            return km is not None and argument == f"{km:.1f}"
        case "rated":
            return argument == f"{provider.rating.mean:.1f}"
        case "speaks":
            return argument in who.languages and argument in provider.languages
    return False


def test_a_service_for_other_crafts_is_suggested_only_on_the_very_topic() -> None:
    for_potters = replace(COSTING, crafts=("2393",))
    assert found(trainer("t", for_potters)) == ["t"]
    assert found(trainer("t", for_potters), topic="sewing") == []
    assert found(trainer("t", for_potters), topic=None) == []


def _asked_for(kind: EventKind, days: int, who: str, to: str) -> Event:
    return Event(TODAY - timedelta(days=days), kind, who, to)


def test_a_service_about_another_thing_is_suggested_only_to_its_own_craft() -> None:
    need = Need("technology", "loom")
    centre = trainer("sewing", Service("technology", "overlock machine", ("1410",)))
    assert providers(WEAVER, need, [centre], TODAY) == ()
    weaving = trainer("weaving", Service("technology", "warping mill", ("1312",)))
    anybody = trainer("anybody", Service("technology", None))
    assert set(to(providers(WEAVER, need, [centre, weaving, anybody], TODAY))) == {
        "weaving",
        "anybody",
    }
    quality = trainer("quality", Service("training", "quality"))
    assert to(providers(WEAVER, Need("training", "costing"), [quality], TODAY)) == ["quality"]


def test_a_full_provider_is_not_shown_until_the_month_is_over() -> None:
    busy = replace(trainer("busy"), month_capacity=2)
    past = [_asked_for("asked", 3, who, "busy") for who in ("x", "y", "y")]
    full = served(past, (busy,), TODAY)
    later = served(past, (busy,), TODAY + timedelta(days=40))
    needs = (Need("training", "costing"),)
    assert for_needs(WEAVER, needs, (busy,), TODAY, known=full) == ()
    assert len(for_needs(WEAVER, needs, (busy,), TODAY, known=later)) == 1


def test_who_helped_before_comes_first_and_who_was_refused_not_at_all() -> None:
    two = (trainer("a"), trainer("b"))
    needs = (Need("training", "costing"),)
    helped = served([_asked_for("useful", 100, WEAVER.id, "b")], two, TODAY)
    refused = served([_asked_for("declined", 10, WEAVER.id, "a")], two, TODAY)
    assert [one.to for one in for_needs(WEAVER, needs, two, TODAY, known=helped)] == ["b", "a"]
    assert [one.to for one in for_needs(WEAVER, needs, two, TODAY, known=refused)] == ["b"]


def test_no_provider_stands_in_more_lists_than_it_has_room_for() -> None:
    two = (replace(trainer("a"), month_capacity=3), replace(trainer("b"), month_capacity=4))
    firms = [replace(WEAVER, id=f"w{k}") for k in range(6)]
    needs = (Need("training", "costing"),)
    lists = [for_needs(one, needs, two, TODAY, 9) for one in firms]
    kept = within_room(lists, two, served((), two, TODAY), 2)
    shown = Counter(one.to for line in kept for one in line)
    assert shown == {"a": 3, "b": 4}
    assert all(
        line and [one.rank for one in line] == list(range(1, len(line) + 1)) for line in kept
    )
