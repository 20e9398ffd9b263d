"""Hypothesis strategies for enterprises and providers that may well fit one another."""

from datetime import date, timedelta

from hypothesis import strategies as st

from matching.records import Enterprise, Event, EventKind, Need, Provider, Rating, Service

TODAY = date(2026, 3, 1)
CRAFTS = ("1312", "1313", "1394", "1410", "2393", "3100", "3290")
WORDS = ("Cotton yarn", "cotton yarn", "cloth", "kiln", "loom", "clay")
CATEGORIES = ("inputs", "training", "finance", "partners")
TOPICS = (None, "yarn", "costing")
IDS = ("a", "b", "c", "d", "e", "f")

needs = st.builds(Need, category=st.sampled_from(CATEGORIES), topic=st.sampled_from(TOPICS))
words = st.frozensets(st.sampled_from(WORDS), max_size=3)
latitudes = st.none() | st.floats(11.0, 13.0)
longitudes = st.none() | st.floats(-87.0, -85.0)
languages = st.frozensets(st.sampled_from(("es", "en", "sw")), max_size=2)


def enterprises(id: str) -> st.SearchStrategy[Enterprise]:
    return st.builds(
        Enterprise,
        id=st.just(id),
        crafts=st.lists(st.sampled_from(CRAFTS), max_size=2, unique=True).map(tuple),
        sells=words,
        buys=words,
        has=words,
        lacks=words,
        needs=st.lists(needs, max_size=3).map(tuple),
        lat=latitudes,
        lon=longitudes,
        country=st.sampled_from((None, "NI", "HN")),
        region=st.sampled_from((None, "NI-MS", "NI-GR")),
        place=st.sampled_from((None, "Masaya", "Granada")),
        languages=languages,
        willing=st.sampled_from(("yes", "yes", "yes", "known", "no")),
        knows=st.frozensets(st.sampled_from(IDS), max_size=3),
        blocks=st.frozensets(st.sampled_from(IDS), max_size=1),
        travel_km=st.none() | st.floats(1, 300),
        avoids=st.frozensets(st.sampled_from(CRAFTS), max_size=1),
    )


crowds = st.lists(st.sampled_from(IDS), unique=True, min_size=2).flatmap(
    lambda ids: st.tuples(*(enterprises(id) for id in ids))
)

_KINDS: tuple[EventKind, ...] = ("shown", "asked", "declined", "connected", "lapsed", "opened")
events = st.builds(
    Event,
    at=st.integers(-10, 400).map(lambda days: TODAY - timedelta(days=days)),
    kind=st.sampled_from(_KINDS),
    from_=st.sampled_from(IDS),
    to=st.sampled_from(IDS),
    reason=st.sampled_from((None, "too_far", "not_my_craft", "not_now")),
)

services = st.builds(
    Service,
    category=st.sampled_from(CATEGORIES),
    topic=st.sampled_from(TOPICS),
    crafts=st.lists(st.sampled_from(CRAFTS), max_size=2, unique=True).map(tuple),
    price=st.none() | st.floats(0, 500),
    group_min=st.none() | st.integers(1, 12),
)


def providers(id: str) -> st.SearchStrategy[Provider]:
    return st.builds(
        Provider,
        id=st.just(id),
        services=st.lists(services, max_size=3).map(tuple),
        lat=latitudes,
        lon=longitudes,
        country=st.sampled_from((None, "NI", "HN")),
        radius_km=st.none() | st.floats(1, 200),
        languages=languages,
        month_capacity=st.none() | st.integers(0, 40),
        rating=st.builds(Rating, count=st.integers(0, 20), mean=st.floats(1, 5)),
    )


directories = st.lists(st.sampled_from(IDS), unique=True, min_size=1).flatmap(
    lambda ids: st.tuples(*(providers(id) for id in ids))
)
