from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from storage import ids

START = datetime(2026, 1, 1, tzinfo=UTC)


def test_an_id_is_a_uuid_of_version_7_that_tells_when_it_was_made() -> None:
    made = ids.Source().new(START)
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert made.int >> 80 == int(START.timestamp() * 1000)


@given(st.lists(st.integers(-5, 5), min_size=2, max_size=50))
def test_ids_only_grow_even_where_the_clock_stands_still_or_goes_back(steps: list[int]) -> None:
    source = ids.Source()
    now, made = START, []
    for step in steps:
        now += timedelta(milliseconds=step)
        made.append(source.new(now))
    assert made == sorted(set(made))


def test_ids_of_several_threads_are_all_different() -> None:
    source = ids.Source()
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: source.new(START), range(2000)))
    assert len(set(made)) == 2000


def test_two_processes_do_not_make_the_same_ids() -> None:
    assert ids.Source().new(START) != ids.Source().new(START)


def test_a_pseudonym_does_not_tell_when_it_was_made() -> None:
    assert ids.pseudonym().version == 4
