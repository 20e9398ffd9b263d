from bench.forming import country, rows


def test_an_invented_country_is_the_same_for_the_same_seed() -> None:
    assert country(40) == country(40)
    assert country(40) != country(40, seed=2)


def test_groups_are_worth_more_than_todays_practice_and_every_row_has_a_floor() -> None:
    """So few that hardly a wish is shared by eight: pools are only counted."""
    found = rows(20)
    assert all(row.floor is not None for row in found)
    assert [row.holds for row in found[:2]] == [True, True]
