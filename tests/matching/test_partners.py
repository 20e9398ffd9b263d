from dataclasses import replace
from datetime import date, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from matching.crafts import complementary, likeness
from matching.distance import measured, same_place, same_region
from matching.partners import partners, score
from matching.records import Enterprise, Event, EventKind, Need
from matching.suggestions import REASONS, Suggestion
from tests.matching.strategies import TODAY, crowds, enterprises, events, needs

MASAYA = (11.97, -86.09)
GRANADA = (11.93, -85.96)
ESTELI = (13.09, -86.35)


def weaver(id: str, at: tuple[float, float] = MASAYA, need: str = "inputs") -> Enterprise:
    """A newcomer with five answers: craft, place, need, willing, language."""
    return Enterprise(
        id=id,
        crafts=("1312",),
        needs=(Need(need),),
        lat=at[0],
        lon=at[1],
        country="NI",
        languages=frozenset({"es"}),
        willing="yes",
    )


def to(suggestions: tuple[Suggestion, ...]) -> list[str]:
    return [suggestion.to for suggestion in suggestions]


def test_a_newcomer_with_five_answers_meets_the_near_one_of_the_craft_with_the_same_need() -> None:
    me = weaver("me")
    others = (
        weaver("far", ESTELI),
        weaver("near", GRANADA),
        weaver("other need", GRANADA, need="finance"),
        replace(weaver("potter", GRANADA, need="finance"), crafts=("2393",)),
        replace(weaver("tailor", GRANADA), crafts=("1410",)),
    )
    found = partners(me, others, (), TODAY, top=4)
    assert to(found) == ["near", "tailor", "other need", "far"]
    assert found[0].reasons == ("same_need:inputs", "near:14.8")
    assert [s.rank for s in found] == [1, 2, 3, 4]


def test_a_seller_of_what_one_buys_is_found_at_another_craft() -> None:
    me = replace(weaver("me"), crafts=("1410",), buys=frozenset({"Cotton cloth"}))
    them = replace(weaver("them", need="finance"), sells=frozenset({"cotton  CLOTH"}))
    (found,) = partners(me, (them,), (), TODAY)
    assert found.reasons[0] == "makes_what_you_use:Cotton cloth"
    (back,) = partners(them, (me,), (), TODAY)
    assert back.reasons[0] == "uses_what_you_make:cotton  CLOTH"


def test_who_lends_a_kiln_and_who_lacks_one_are_both_told_so() -> None:
    lender = Enterprise("l", has=frozenset({"kiln"}), crafts=("3290",), lat=12.0, lon=-86.0)
    asker = Enterprise("a", lacks=frozenset({"kiln"}), crafts=("3290",), lat=12.0, lon=-86.1)
    assert "has_what_you_lack:kiln" in partners(asker, (lender,), (), TODAY)[0].reasons
    assert "lacks_what_you_have:kiln" in partners(lender, (asker,), (), TODAY)[0].reasons


def test_sharing_a_need_tells_its_topic_only_where_both_named_it() -> None:
    me = replace(weaver("me"), needs=(Need("inputs", "yarn"),))
    assert partners(me, (weaver("x"),), (), TODAY)[0].reasons[0] == "same_need:inputs"
    same = replace(weaver("x"), needs=(Need("inputs", "yarn"),))
    assert partners(me, (same,), (), TODAY)[0].reasons[0] == "same_need:inputs/yarn"


def test_an_unwilling_person_is_neither_shown_nor_shown_anybody() -> None:
    no = replace(weaver("no"), willing="no")
    assert partners(weaver("me"), (no,), (), TODAY) == ()
    assert partners(no, (weaver("me"),), (), TODAY) == ()


def test_only_people_known_holds_from_either_side() -> None:
    shy = replace(weaver("shy"), willing="known", knows=frozenset({"friend"}))
    assert to(partners(shy, (weaver("friend"), weaver("stranger")), (), TODAY)) == ["friend"]
    assert to(partners(weaver("friend"), (shy,), (), TODAY)) == ["shy"]
    assert partners(weaver("stranger"), (shy,), (), TODAY) == ()


def test_not_with_holds_from_either_side() -> None:
    me = replace(weaver("me"), blocks=frozenset({"rival"}))
    assert partners(me, (weaver("rival"),), (), TODAY) == ()
    assert partners(weaver("rival"), (me,), (), TODAY) == ()


def test_events_keep_two_apart_for_as_long_as_their_kind_says() -> None:
    def shown_after(kind: EventKind, days: int) -> bool:
        event = Event(TODAY - timedelta(days=days), kind, "me", "x")
        mine = bool(partners(weaver("me"), (weaver("x"),), (event,), TODAY))
        theirs = bool(partners(weaver("x"), (weaver("me"),), (event,), TODAY))
        assert mine == theirs
        return mine

    assert not shown_after("connected", 4000)
    assert not shown_after("asked", 29)
    assert shown_after("asked", 31)
    assert not shown_after("declined", 170)
    assert shown_after("declined", 181)
    assert shown_after("shown", 0)
    assert shown_after("connected", -1)


def test_nobody_is_sent_farther_than_they_said_they_would_travel() -> None:
    short = replace(weaver("short", GRANADA), travel_km=10)
    assert partners(weaver("me"), (short,), (), TODAY) == ()
    assert partners(short, (weaver("me"),), (), TODAY) == ()
    assert partners(weaver("me"), (replace(short, travel_km=15),), (), TODAY)


def test_no_common_language_lowers_but_is_allowed() -> None:
    me, same = weaver("me"), weaver("same")
    other = replace(same, id="other", languages=frozenset({"en"}))
    assert to(partners(me, (other, same), (), TODAY)) == ["same", "other"]


def test_without_coordinates_the_same_place_comes_before_the_same_region() -> None:
    def there(id: str, region: str, place: str) -> Enterprise:
        return replace(weaver(id), lat=None, lon=None, region=region, place=place)

    me = there("me", "NI-MS", "Masaya")
    others = (there("r", "NI-MS", "Nindirí"), there("p", "NI-MS", "Masaya"))
    found = partners(me, (*others, there("x", "NI-ES", "Estelí")), (), TODAY)
    assert to(found) == ["p", "r", "x"]
    assert found[0].reasons == ("same_need:inputs", "same_place")
    assert found[1].reasons[0] == "same_need:inputs"


def test_nobody_abroad_is_guessed_to_be_near() -> None:
    me = replace(weaver("me"), lat=None, lon=None)
    assert partners(me, (replace(weaver("x"), country="KE"),), (), TODAY) == ()


@given(crowds, st.lists(events, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_records_is_irrelevant(
    crowd: tuple[Enterprise, ...], past: list[Event], chance: Random
) -> None:
    shuffled, remembered = list(crowd), list(past)
    chance.shuffle(shuffled)
    chance.shuffle(remembered)
    first = partners(crowd[0], crowd, past, TODAY)
    assert first == partners(crowd[0], crowd, past, TODAY)
    assert first == partners(crowd[0], shuffled, remembered, TODAY)


@given(crowds, st.lists(events, max_size=6))
def test_who_may_not_be_shown_never_is(crowd: tuple[Enterprise, ...], past: list[Event]) -> None:
    by_id = {enterprise.id: enterprise for enterprise in crowd}
    who = crowd[0]
    for suggestion in partners(who, crowd, past, TODAY, top=9):
        other = by_id[suggestion.to]
        assert other.id != who.id
        for one, two in ((who, other), (other, who)):
            assert one.willing != "no"
            assert one.willing == "yes" or two.id in one.knows
            assert two.id not in one.blocks
            km = measured(one, two)
            assert km is None or one.travel_km is None or km <= one.travel_km
            assert not one.avoids.intersection(two.crafts[:1])
            assert not any(_refuses_such(event, by_id, one, two) for event in past)
        assert not any(_bars(event, {who.id, other.id}) for event in past)


def _bars(event: Event, pair: set[str]) -> bool:
    days = {"connected": 10**6, "asked": 30, "lapsed": 30, "declined": 180}.get(event.kind, 0)
    if event.kind == "declined" and event.reason == "not_now":
        days = 30
    return {event.from_, event.to} == pair and 0 <= (TODAY - event.at).days < days


def _refuses_such(
    event: Event, by_id: dict[str, Enterprise], one: Enterprise, two: Enterprise
) -> bool:
    """Whether `one` said no to somebody for what is as true of `two`."""
    days = (TODAY - event.at).days
    if event.kind != "declined" or event.from_ != one.id or not 0 <= days < 180:
        return False
    refused = by_id.get(event.to, one)
    if event.reason == "too_far":
        was, is_now = measured(one, refused), measured(one, two)
        return bool(was and is_now and is_now >= max(was, 2.1))
    if event.reason == "not_my_craft":
        craft = refused.crafts[:1]
        return craft == two.crafts[:1] != () and craft[0] not in one.crafts
    return False


@given(enterprises("a"), enterprises("b"), st.floats(0, 5), st.floats(0, 5))
def test_moving_apart_never_raises_a_score(
    one: Enterprise, other: Enterprise, near: float, more: float
) -> None:
    one = replace(one, lat=0.0, lon=0.0)
    closer = replace(other, lat=0.0, lon=near)
    farther = replace(other, lat=0.0, lon=near + more)
    assert score(one, farther) <= score(one, closer)


@given(enterprises("a"), enterprises("b"), needs)
def test_adding_a_shared_need_never_lowers_a_score(
    one: Enterprise, other: Enterprise, need: Need
) -> None:
    both = (replace(one, needs=(*one.needs, need)), replace(other, needs=(*other.needs, need)))
    assert score(*both) >= score(one, other)
    for mine in one.needs:
        assert score(one, replace(other, needs=(*other.needs, mine))) >= score(one, other)


@given(enterprises("a"), enterprises("b"))
def test_a_match_is_worth_the_same_from_both_sides(one: Enterprise, other: Enterprise) -> None:
    assert 0 <= score(one, other) <= 1
    assert score(one, other) == score(other, one)


@given(crowds)
def test_one_or_two_reasons_are_given_and_each_is_true(crowd: tuple[Enterprise, ...]) -> None:
    by_id = {enterprise.id: enterprise for enterprise in crowd}
    for suggestion in partners(crowd[0], crowd, (), TODAY, top=9):
        assert 1 <= len(suggestion.reasons) <= 2
        for reason in suggestion.reasons:
            assert _true(reason, crowd[0], by_id[suggestion.to]), reason


def _folded(words: frozenset[str]) -> set[str]:
    return {" ".join(word.casefold().split()) for word in words}


def _true(reason: str, who: Enterprise, other: Enterprise) -> bool:
    kind, _, argument = reason.partition(":")
    category, _, topic = argument.partition("/")
    assert kind in REASONS
    word = " ".join(argument.casefold().split())
    km = measured(who, other)
    match kind:
        case "same_need":
            return all(
                any(n.category == category and (not topic or n.topic == topic) for n in one.needs)
                for one in (who, other)
            )
        case "same_craft":
            return argument in who.crafts and argument in other.crafts
        case "kin_craft":
            return argument in other.crafts and any(
                likeness(mine, argument) == 0.6 for mine in who.crafts
            )
        case "complementary":
            return argument in other.crafts and any(
                complementary(mine, argument) for mine in who.crafts
            )
        case "makes_what_you_use":
            return argument in who.buys and word in _folded(other.sells)
        case "uses_what_you_make":
            return argument in who.sells and word in _folded(other.buys)
        case "has_what_you_lack":
            return argument in who.lacks and word in _folded(other.has)
        case "lacks_what_you_have":
            return argument in who.has and word in _folded(other.lacks)
        case "near":
            return km is not None and f"{km:.1f}" == argument
        case "same_place":
            return same_place(who, other)
        case "same_region":
            return same_region(who, other)
    return False


def test_today_is_passed_in_and_decides_what_lately_means() -> None:
    asked = Event(date(2026, 1, 1), "asked", "me", "x")
    assert not partners(weaver("me"), (weaver("x"),), (asked,), date(2026, 1, 5))
    assert partners(weaver("me"), (weaver("x"),), (asked,), date(2026, 6, 5))


def test_nobody_is_suggested_only_for_being_near() -> None:
    me = weaver("me")
    potter = replace(weaver("potter", need="finance"), crafts=("2393",))
    assert partners(me, (potter,), (), TODAY) == ()
    assert partners(me, (replace(potter, needs=()),), (), TODAY) == ()
    clay = replace(potter, needs=(Need("inputs", "clay"),))
    assert partners(replace(me, needs=(Need("inputs", "yarn"),)), (clay,), (), TODAY) == ()
