"""Parts of a programme, each in an index of its own, answer as one index of everybody does."""

from hypothesis import given
from hypothesis import strategies as st

from matching.index import Index
from matching.parts import merged, part_of
from matching.records import Enterprise
from matching.weighing import WAYS
from tests.matching.strategies import IDS, crowds


@given(
    crowds,
    st.sampled_from((None, *WAYS)),
    st.frozensets(st.sampled_from(IDS), max_size=2),
    st.dictionaries(st.sampled_from(IDS), st.integers(1, 3), max_size=2),
)
def test_the_parts_together_find_whom_the_whole_finds(
    crowd: tuple[Enterprise, ...], way: str | None, without: frozenset[str], vain: dict[str, int]
) -> None:
    parts: dict[str, list[Enterprise]] = {}
    for firm in crowd:
        parts.setdefault(part_of(firm, {"NI"}), []).append(firm)
    whole = Index.of(crowd)
    indices = {name: Index.of(some) for name, some in parts.items()}
    for who in crowd:
        one = whole.best(who, 3, without=without, vain=vain, way=way)
        home = indices[part_of(who, {"NI"})].home(who)
        found = [
            part.best(who, 3, without=without, vain=vain, way=way, home=home)
            for part in indices.values()
        ]
        all_ = merged(found, 3)
        assert all_.ids == one.ids
        for mine, theirs in ((all_.value, one.value), (all_.asks, one.asks), (all_.way, one.way)):
            assert mine.tolist() == theirs.tolist()


def test_a_divided_country_is_held_by_region() -> None:
    leon = Enterprise(id="a", country="NI", region="NI-LE")
    assert part_of(leon) == "NI"
    assert part_of(leon, {"NI"}) == "NI-LE"
    assert part_of(Enterprise(id="b", country="NI"), {"NI"}) == "NI"
