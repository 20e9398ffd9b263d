from itertools import product

import pytest

from networks.introductions import (
    BY_A_SIDE,
    DEEDS,
    OPEN,
    SIDES,
    STATES,
    TABLE,
    Deed,
    Refused,
    Side,
    Standing,
    State,
    after,
)

BOTH = frozenset(SIDES)
Deeds = tuple[tuple[Deed, Side | None], ...]
AGREED: dict[State, tuple[frozenset[Side], ...]] = {
    "accepted": (frozenset({"asker"}), frozenset({"other"})),
    "connected": (BOTH,),
}


def standings() -> list[Standing]:
    """Every standing an introduction can be in."""
    return [Standing(s, agreed) for s in STATES for agreed in AGREED.get(s, (frozenset(),))]


def sides(deed: Deed) -> tuple[Side | None, ...]:
    return SIDES if deed in BY_A_SIDE else (None,)


@pytest.mark.parametrize(("standing", "deed"), list(product(standings(), DEEDS)))
def test_every_deed_in_every_state_does_what_the_table_says_or_nothing(
    standing: Standing, deed: Deed
) -> None:
    for side in sides(deed):
        came = after(standing, deed, side)
        if (standing.state, deed) in TABLE and side not in standing.agreed:
            assert isinstance(came, Standing)
            assert came.state == TABLE[standing.state, deed]
        else:
            assert came == Refused(standing.state)


def test_they_are_connected_only_when_a_broker_approved_and_both_said_yes() -> None:
    reached: set[tuple[Standing, Deeds]] = {(Standing(), ())}
    seen = set(reached)
    while reached:
        following: set[tuple[Standing, Deeds]] = set()
        for standing, done in reached:
            for deed in DEEDS:
                for side in sides(deed):
                    came = after(standing, deed, side)
                    if isinstance(came, Standing):
                        following.add((came, (*done, (deed, side))))
        reached = following - seen
        seen |= reached
    connected = [done for standing, done in seen if standing.state == "connected"]
    assert connected
    for done in connected:
        assert done[0] == ("approve", None)
        assert set(done[1:]) == {("accept", "asker"), ("accept", "other")}


def test_nobody_can_say_yes_for_the_other() -> None:
    once = after(Standing("approved"), "accept", "asker")
    assert once == Standing("accepted", frozenset({"asker"}))
    assert after(once, "accept", "asker") == Refused("accepted")


def test_what_has_ended_stays_ended() -> None:
    ended = [state for state in STATES if state not in OPEN]
    assert sorted(ended) == ["connected", "declined", "lapsed", "refused", "withdrawn"]


def test_an_answer_needs_a_side_and_nothing_else_has_one() -> None:
    with pytest.raises(ValueError, match="accept by no side"):
        after(Standing("approved"), "accept")
    with pytest.raises(ValueError, match="lapse by asker"):
        after(Standing("approved"), "lapse", "asker")
