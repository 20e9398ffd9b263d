import json
from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

import matching
from matching import jsonl
from matching.records import Capacity, Enterprise, Event, Need, Provider, Request

TODAY = date(2026, 3, 1)
FIELDS = (
    *("crafts", "sells", "needs", "lat", "lon", "workers", "willing", "capacity", "joined"),
    *("services", "rating", "wants", "by", "at", "kind", "from", "to", "position"),
)
_WORDS = st.sampled_from(("type", "id", "enterprise", "event", "needs", "at", "lat", "", "e1"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _WORDS | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(_WORDS, inner, max_size=6)
        | st.fixed_dictionaries(
            {"type": st.sampled_from(("enterprise", "provider", "request", "event")), "id": _WORDS},
            optional=dict.fromkeys(FIELDS, inner),
        )
    ),
    max_leaves=12,
)

ENTERPRISE = """{"type":"enterprise","id":"e1","crafts":["1394"],"sells":["hammock"],
"buys":["cotton yarn"],"has":["loom","dyeing"],"lacks":["export contact"],
"needs":[{"category":"inputs","topic":"yarn"}],"lat":11.97,"lon":-86.09,"country":"NI",
"region":"Masaya","place":"Masaya","workers":4,"years":6,"languages":["es"],"willing":"known",
"knows":["e9"],"travel_km":15,"capacity":{"unit":"piece","month":120},"joined":"2026-01-03",
"colour":"blue"}""".replace("\n", "")
PROVIDER = """{"type":"provider","id":"p1","services":[{"category":"training","topic":"costing",
"crafts":["1394"],"price":40,"group_min":8,"group_max":20}],"lat":12.1,"lon":-86.2,"radius_km":60,
"languages":["es"],"month_capacity":40,"rating":{"count":10,"mean":4.2}}""".replace("\n", "")
REQUEST = """{"type":"request","id":"b1","buyer":"Hotel X","wants":["hammock"],"quantity":500,
"unit":"piece","by":"2026-12-01","lat":12.1,"lon":-86.2}""".replace("\n", "")
EVENT = """{"type":"event","at":"2026-02-01","kind":"declined","from":"e1","to":"e2",
"position":1,"reason":"too_far"}""".replace("\n", "")


def firm(id: str, **fields: object) -> str:
    known = {"crafts": ["1312"], "lat": 12.0, "lon": -86.0, "needs": [{"category": "training"}]}
    return json.dumps({"type": "enterprise", "id": id, **known, **fields})


def test_the_documented_lines_are_read_whole_and_unknown_fields_ignored() -> None:
    reading = jsonl.read([ENTERPRISE, PROVIDER, "", REQUEST, EVENT])
    assert reading.slips == ()
    enterprise, provider, request, event = reading.records
    assert isinstance(enterprise, Enterprise)
    assert enterprise.needs == (Need("inputs", "yarn"),)
    assert enterprise.capacity == Capacity("piece", 120)
    assert (enterprise.willing, enterprise.joined) == ("known", date(2026, 1, 3))
    assert isinstance(provider, Provider)
    assert provider.services[0].group_max == 20
    assert provider.rating.mean == 4.2
    assert isinstance(request, Request)
    assert request.by == date(2026, 12, 1)
    assert event == Event(date(2026, 2, 1), "declined", "e1", "e2", 1, "too_far")


def test_only_type_and_id_are_required() -> None:
    assert jsonl.read(['{"type":"enterprise","id":"e"}']).records == (Enterprise("e"),)
    provider = '{"type":"provider","id":"p","services":null}'
    assert jsonl.read([provider]).records == (Provider("p"),)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "line 2: is not JSON"),
        ("[]", "line 2: must be an object"),
        ('{"id":"x"}', "line 2: field type: is missing"),
        ('{"type":"bank","id":"x"}', "line 2: field type: must be one of enterprise, "),
        ('{"type":"enterprise"}', "line 2: field id: is missing"),
        ('{"type":"enterprise","id":7}', "line 2: field id: must be a text, not 7"),
        ('{"type":"enterprise","id":"x","lat":"n"}', 'field lat: must be a number, not "n"'),
        ('{"type":"enterprise","id":"x","lat":91}', "field lat: must be from -90 to 90, not 91"),
        ('{"type":"enterprise","id":"x","lat":NaN}', "field lat: must be from -90 to 90"),
        ('{"type":"enterprise","id":"x","years":1e999}', "field years: must be from 0"),
        ('{"type":"enterprise","id":"x","crafts":"1312"}', "field crafts: must be a list of texts"),
        ('{"type":"enterprise","id":"x","crafts":[1312]}', "field crafts: must hold texts, not"),
        ('{"type":"enterprise","id":"x","workers":2.5}', "field workers: must be a whole number"),
        ('{"type":"enterprise","id":"x","workers":true}', "field workers: must be a number"),
        ('{"type":"enterprise","id":"x","willing":"maybe"}', "must be one of yes, known, no"),
        ('{"type":"enterprise","id":"x","needs":[{}]}', "field needs[0].category: is missing"),
        ('{"type":"enterprise","id":"x","needs":["a"]}', "field needs[0]: must be an object"),
        ('{"type":"enterprise","id":"x","joined":"soon"}', "must be a date like 2026-01-31"),
        ('{"type":"event","kind":"shown","from":"a","to":"b"}', "field at: is missing"),
        ('{"type":"event","at":"2026-01-01","from":"a","to":"b"}', "field kind: is missing"),
    ],
)
def test_a_slip_is_named_with_its_line_and_field_and_the_rest_is_read(line: str, says: str) -> None:
    reading = jsonl.read([ENTERPRISE, line, EVENT])
    (slip,) = reading.slips
    assert says in str(slip)
    assert str(slip).startswith("line 2: ")
    assert len(reading.of(Enterprise)) >= 1
    assert len(reading.of(Event)) == 1


def test_what_is_right_of_a_record_is_kept_beside_a_slip() -> None:
    line = (
        '{"type":"enterprise","id":"x","lat":"north","crafts":["1312",7],"workers":3,'
        '"needs":[{"topic":"yarn"},{"category":"inputs"}]}'
    )
    reading = jsonl.read([line])
    needs = (Need("inputs"),)
    assert reading.records == (Enterprise("x", crafts=("1312",), workers=3, needs=needs),)
    assert [slip.field for slip in reading.slips] == ["crafts", "needs[0].category", "lat"]


def test_a_mark_at_the_beginning_of_a_file_and_letters_of_any_case_are_no_slips() -> None:
    line = (
        '\ufeff{"type":"Enterprise","id":"x","willing":"Yes ","languages":["es-NI"],'
        '"crafts":["weaving"],"needs":[{"category":"Market access"}]}'
    )
    reading = jsonl.read([line])
    assert reading.slips == ()
    (firm,) = reading.of(Enterprise)
    assert (firm.willing, firm.languages, firm.crafts) == ("yes", frozenset({"es"}), ("1312",))
    assert firm.needs == (Need("market_access"),)


def test_a_number_in_a_text_and_a_text_for_a_list_of_one_are_named_and_heeded() -> None:
    line = (
        '{"type":"enterprise","id":"x","lat":" -12.5","travel_km":"0","blocks":"y","years":"1,5"}'
    )
    reading = jsonl.read([line])
    (firm,) = reading.of(Enterprise)
    assert (firm.lat, firm.travel_km, firm.blocks) == (-12.5, 0.0, frozenset({"y"}))
    assert firm.years is None
    assert [slip.field for slip in reading.slips] == ["lat", "years", "travel_km", "blocks"]


def test_what_is_not_utf8_is_named_and_half_a_character_can_be_printed() -> None:
    broken = firm("\udce9", place="Le\u00f3n")
    raw = broken.encode("ascii").replace(b"\\udce9", b"\xe9").decode("utf-8", "surrogateescape")
    reading = jsonl.read([firm("a"), raw])
    assert [str(slip) for slip in reading.slips] == ["line 2: is not UTF-8 everywhere"]
    assert [record.id for record in reading.of(Enterprise)] == ["a", "\ufffd"]
    for line in matching.run([firm("a"), firm("\ud800")], "partners", 1, TODAY).lines:
        line.encode()
        assert {"a", "\ud800"} == {json.loads(line)["for"], json.loads(line)["to"]}


def test_a_willingness_nobody_understands_offers_nobody() -> None:
    (unclear,) = jsonl.read(['{"type":"enterprise","id":"x","willing":"perhaps"}']).of(Enterprise)
    (unsaid,) = jsonl.read(['{"type":"enterprise","id":"y"}']).of(Enterprise)
    assert (unclear.willing, unsaid.willing) == ("no", "yes")


@given(st.lists(st.text() | JSON.map(json.dumps), max_size=5))
def test_no_line_whatever_it_holds_makes_reading_fail(lines: list[str]) -> None:
    for kind in matching.KINDS:
        list(matching.run(lines, kind, 3, TODAY).lines)


def run(lines: Sequence[str], kind: str = "partners", top: int = 10) -> list[dict[str, object]]:
    return [json.loads(line) for line in matching.run(lines, kind, top, TODAY).lines]


def test_partners_come_for_every_enterprise_best_first_in_the_documented_form() -> None:
    out = run([firm("a"), firm("b", lat=12.04), firm("c", lat=12.2)])
    assert [(line["for"], line["to"], line["rank"]) for line in out] == [
        ("a", "b", 1),
        ("a", "c", 2),
        ("b", "a", 1),
        ("b", "c", 2),
        ("c", "b", 1),
        ("c", "a", 2),
    ]
    assert list(out[0]) == ["for", "kind", "to", "rank", "score", "reasons", "way"]
    assert out[0]["kind"] == "partner"
    assert out[0]["reasons"] == ["same_need:training", "near:4.4"]
    assert out[0]["way"] == "horizontal"


def test_a_place_is_the_same_however_it_is_spelt() -> None:
    here = {"lat": None, "lon": None, "region": "Cortés"}
    lines = [
        firm("a", **here, country="HN", place="Choloma "),
        firm("b", **here | {"region": "cortes"}, country="hn", place="CHOLOMA"),
        firm("c", **here, country="HN", place="Omoa"),
    ]
    out = run(lines)
    assert [line["to"] for line in out if line["rank"] == 1] == ["b", "a", "a"]
    assert "same_place" in str(out[0]["reasons"])


def test_providers_come_with_the_service_that_fits() -> None:
    (out,) = run([firm("a"), PROVIDER], "providers")
    assert (out["kind"], out["to"], out["service"]) == ("provider", "p1", 0)


def test_who_was_shown_this_week_is_not_shown_again() -> None:
    shown = {"type": "event", "at": "2026-02-25", "kind": "shown", "from": "a", "to": "b"}
    out = run([firm("a"), firm("b"), json.dumps(shown)])
    assert [(line["for"], line["to"]) for line in out] == [("b", "a")]


def test_top_limits_each_list() -> None:
    assert len(run([firm("a"), firm("b"), firm("c")], top=1)) == 3


def test_an_id_used_twice_is_named_and_the_first_counts() -> None:
    reading = jsonl.read([firm("a"), firm("a", workers=9)])
    assert [str(slip) for slip in reading.slips] == ["line 2: field id: 'a' is used twice"]
    assert [record.workers for record in reading.of(Enterprise)] == [None]


def test_a_kind_not_offered_and_a_top_of_none_are_refused() -> None:
    with pytest.raises(ValueError, match="'barter' is not offered; offered are partners, "):
        matching.run([], "barter", 10, TODAY)
    with pytest.raises(ValueError, match="top must be at least 1"):
        matching.run([], "partners", 0, TODAY)
