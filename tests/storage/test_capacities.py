import pytest

from matching.records import Capacity
from storage.capacities import made_in_a_month


@pytest.mark.parametrize(
    ("answer", "language", "capacity"),
    [
        ("20 hammocks", "en", Capacity("piece", 20)),
        ("5 docenas", "es", Capacity("piece", 60)),
        ("2 dozen baskets", "en", Capacity("piece", 24)),
        ("unos 40 kilos de jabón", "es", Capacity("kg", 40)),
        ("kilo 30", "sw", Capacity("kg", 30)),
        ("২০ কেজি", "bn", Capacity("kg", 20)),
        ("30 किलो", "hi", Capacity("kg", 30)),
        ("10 libras", "es", Capacity("kg", 4.536)),
        ("trente litres", "fr", Capacity("l", 30)),
        ("100 m of cloth", "en", Capacity("m", 100)),
        ("200 ጥንድ", "am", Capacity("piece", 200)),
        ("entre 10 y 20", "es", None),
        ("not much", "en", None),
        ("0", "en", None),
        (None, "en", None),
        ({"words": "20"}, "en", None),
    ],
)
def test_what_somebody_makes_in_a_month_is_a_number_of_a_unit_or_not_known(
    answer: object, language: str, capacity: Capacity | None
) -> None:
    found = made_in_a_month(answer, [language])
    assert (found and (found.unit, pytest.approx(found.month))) == (
        capacity and (capacity.unit, capacity.month)
    )
