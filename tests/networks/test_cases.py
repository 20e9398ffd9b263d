"""Which cases help: those that have most to do with what is asked, and none that have nothing."""

from __future__ import annotations

from networks.cases import Told, alike, fitting

IRON = Told("metal_structures", "inputs", frozenset({"iron"}), frozenset({"dear", "iron"}))
YARN = Told("weaving", "inputs", frozenset({"yarn"}), frozenset({"late"}))
TRUST = Told("metal_structures", None, frozenset(), frozenset({"trusted", "money"}))


def test_the_same_craft_and_need_and_things_count_most() -> None:
    asked = Told("metal_structures", "inputs", frozenset({"iron"}), frozenset({"iron"}))
    assert alike(asked, IRON) > alike(asked, TRUST) == alike(asked, YARN) > 0


def test_what_is_not_known_is_alike_with_nothing() -> None:
    assert alike(Told(None, None), Told(None, None)) == 0


def test_best_first_and_no_more_than_asked_for() -> None:
    pairs = [("yarn", YARN), ("trust", TRUST), ("iron", IRON)]
    assert fitting(IRON, pairs, 2) == ["iron", "yarn"]
    assert fitting(Told(None, None, frozenset(), frozenset({"sheep"})), pairs, 3) == []
