from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.buyers import Supply, capacity_by, suppliers
from matching.records import Capacity, Enterprise, Event, Request
from tests.matching.strategies import TODAY, enterprises

ORDER = Request(
    "b1",
    buyer="Hotel X",
    wants=frozenset({"Hammock"}),
    quantity=300.0,
    unit="pieces",
    by=TODAY + timedelta(days=61),
    lat=12.0,
    lon=-86.0,
)


def maker(number: int, month: float | None, **fields: object) -> Enterprise:
    firm = Enterprise(
        f"e{number}",
        crafts=("1394",),
        sells=frozenset({"hammock"}),
        lat=12.0 + 0.1 * number,
        lon=-86.0,
        capacity=None if month is None else Capacity("piece", month),
    )
    return replace(firm, **fields)  # type: ignore[arg-type]


def supplied(
    firms: Sequence[Enterprise], *requests: Request, past: Sequence[Event] = ()
) -> list[Supply]:
    return list(suppliers(requests or (ORDER,), firms, past, TODAY, 10))


def test_who_can_alone_is_named_nearest_first_and_nobody_else() -> None:
    found = supplied([maker(1, 200), maker(2, 400), maker(3, 10), maker(4, None)])
    assert [(s.to, s.rank, s.together) for s in found] == [("e1", 1, ()), ("e2", 2, ())]
    assert found[0].fields()["reasons"] == ["makes_what_you_use:hammock", "near:11.1"]


def test_where_none_can_alone_the_best_few_do_together_and_no_more_than_needed() -> None:
    found = supplied([maker(number, 60) for number in range(1, 8)])
    assert [s.to for s in found] == ["e1", "e2", "e3"]
    assert sum(s.share or 0 for s in found) == pytest.approx(300)
    assert all(s.together == ("e1", "e2", "e3") for s in found)


def test_where_all_together_cannot_nobody_is_named() -> None:
    assert supplied([maker(number, 10) for number in range(1, 8)]) == []


def test_what_is_promised_to_one_buyer_is_not_promised_to_the_next() -> None:
    later = replace(ORDER, id="b2", by=TODAY + timedelta(days=62))
    firms = [maker(number, 60) for number in range(1, 8)]
    found = supplied(firms, later, ORDER)
    assert [s.to for s in found if s.request == "b2"] == ["e4", "e5", "e6"]


def test_a_standard_must_be_held_and_a_craft_is_less_than_the_very_thing() -> None:
    asked = replace(ORDER, quantity=None, crafts=("1394",), standards=frozenset({"Fair trade"}))
    held = frozenset({"fair trade"})
    found = supplied(
        [
            maker(1, 60, has=frozenset({"loom"})),
            maker(1, 60, id="unsaid"),
            maker(1, 60, id="held", has=held),
            maker(1, 60, id="craft", has=held, sells=frozenset()),
        ],
        asked,
    )
    assert [s.to for s in found] == ["held", "craft", "unsaid"]


def test_capacity_is_counted_until_the_date_and_in_one_unit() -> None:
    firm = maker(1, 60)
    assert capacity_by(replace(ORDER, by=None), firm, TODAY) == 60
    assert capacity_by(ORDER, firm, TODAY) == pytest.approx(120, abs=1)
    assert capacity_by(replace(ORDER, unit="kg"), firm, TODAY) is None
    assert supplied([maker(1, 9999)], replace(ORDER, by=TODAY - timedelta(days=1))) == []


def test_who_declined_the_buyer_lately_is_not_named_again() -> None:
    past = [Event(TODAY - timedelta(days=9), "declined", "e1", "b1")]
    assert [s.to for s in supplied([maker(1, 400), maker(2, 400)], past=past)] == ["e2"]


amounts = st.none() | st.floats(0, 200)
makers = st.lists(st.integers(0, 12), unique=True).flatmap(
    lambda ids: st.tuples(
        *(
            st.builds(
                lambda firm, month: replace(
                    firm, capacity=None if month is None else Capacity("piece", month)
                ),
                enterprises(f"e{number}"),
                amounts,
            )
            for number in ids
        )
    )
)


@settings(max_examples=80, deadline=None)
@given(makers, st.floats(1, 400), st.sampled_from([None, date(2026, 6, 1)]))
def test_capacity_is_never_exceeded_the_quantity_is_met_and_the_order_says_nothing(
    firms: tuple[Enterprise, ...], quantity: float, by: date | None
) -> None:
    one = Request("b1", wants=frozenset({"cloth"}), quantity=quantity, unit="piece", by=by)
    asked = [one, replace(one, id="b2")]
    found = supplied(firms, *asked)
    by_id = {firm.id: firm for firm in firms}
    shares: dict[str, float] = {}
    for request in asked:
        mine = [s for s in found if s.request == request.id]
        if mine and mine[0].together:
            assert sum(s.share or 0 for s in mine) == pytest.approx(quantity)
            for supply in mine:
                shares[supply.to] = shares.get(supply.to, 0) + (supply.share or 0)
        for supply in mine:
            assert by_id[supply.to].willing != "no"
            assert "cloth" in by_id[supply.to].sells
    for identity, share in shares.items():
        assert share <= (capacity_by(one, by_id[identity], TODAY) or 0) + 1e-6
    assert supplied(firms[::-1], *asked[::-1]) == found
