"""Values that pass by with every message: dataclasses to whoever uses them, made by msgspec."""

from __future__ import annotations

from dataclasses import field, fields, replace

import msgspec
import pytest

from flows.light import altered, fields_of, light


@light(frozen=True)
class Basket:
    """What is carried."""

    what: str
    many: int = 1
    marks: dict[str, int] = field(default_factory=dict)
    secret: str = field(default="", repr=False)

    @property
    def words(self) -> str:
        return f"{self.many} {self.what}"


def test_a_light_value_is_made_compared_and_hashed_by_its_fields() -> None:
    assert Basket("eggs") == Basket("eggs", 1, {}, "")
    assert Basket("eggs", 2) != Basket("eggs", 3)
    assert hash(Leaf("a")) == hash(Leaf("a"))
    assert Basket("eggs", many=2).words == "2 eggs"


def test_nobody_changes_a_light_value() -> None:
    with pytest.raises(AttributeError):
        Basket("eggs").many = 2  # type: ignore[misc]


def test_a_copy_with_other_fields_leaves_the_value_as_it_is() -> None:
    eggs = Basket("eggs", marks={"a": 1})
    assert altered(eggs, many=2) == replace(eggs, many=2) == Basket("eggs", 2, {"a": 1})
    assert eggs.many == 1


def test_what_has_a_default_of_its_own_shares_it_with_nobody() -> None:
    assert Basket("eggs").marks is not Basket("eggs").marks


def test_what_is_not_to_be_shown_is_not_shown() -> None:
    shown = repr(Basket("eggs", secret="Maria"))
    assert "eggs" in shown and "Maria" not in shown


def test_its_fields_are_told_in_their_order() -> None:
    assert [one.name for one in fields(Basket)] == ["what", "many", "marks", "secret"]
    assert fields_of(Basket("eggs")) == {"what": "eggs", "many": 1, "marks": {}, "secret": ""}


def test_it_is_matched_by_its_fields() -> None:
    match Basket("eggs", 3):
        case Basket("eggs", many=many):
            assert many == 3
        case _:
            pytest.fail("not matched")


def test_what_stands_at_its_default_is_left_out_of_what_is_kept() -> None:
    kept = msgspec.to_builtins(Basket("eggs", marks={"a": 1}))
    assert kept == {"what": "eggs", "marks": {"a": 1}}
    assert msgspec.convert(kept, Basket) == Basket("eggs", marks={"a": 1})


@light(frozen=True)
class Leaf:
    name: str
