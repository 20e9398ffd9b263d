"""Values that nobody changes, cheap to make: a message passes through dozens of them.

A dataclass sets its fields one after the other, in Python, and keeps them in a dictionary; msgspec
makes one of these in a third of the time. To the type checker it is a
frozen dataclass, and so it is to `dataclasses.replace` and `fields`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

__all__ = ["altered", "fields_of", "light"]

Kind = TypeVar("Kind")

_OWN = frozenset(("__dict__", "__weakref__", "__init__", "__eq__", "__hash__", "__match_args__"))
"""What a dataclass has of its own making that a msgspec.Struct makes itself."""

if TYPE_CHECKING:
    from dataclasses import dataclass as light
else:

    def light(*, frozen: bool) -> Callable[[type[Kind]], type[Kind]]:
        """Make a class one of these; `frozen` is for the type checker, as they always are."""
        return _made


def _made(kind: type[Any]) -> type[Any]:
    """The class as a msgspec.Struct. How it is shown is left to the dataclass, which heeds what is
    not to be shown."""
    described = dataclass(kind)
    body = {name: what for name, what in vars(described).items() if name not in _OWN}
    for each in fields(described):
        if each.default_factory is not MISSING:
            body[each.name] = msgspec.field(default_factory=each.default_factory)
    body["__qualname__"] = kind.__qualname__
    struct: Any = type(msgspec.Struct)
    made: type[Any] = struct(
        kind.__name__, (msgspec.Struct,), body, frozen=True, omit_defaults=True
    )
    return made


def fields_of(value: Any) -> dict[str, Any]:
    """The fields of a light value, by name, as they are."""
    return msgspec.structs.asdict(value)


def altered(value: Kind, **fields: Any) -> Kind:
    """A light value with other fields, as by `dataclasses.replace`, a tenth as dear."""
    struct: Any = value
    changed: Kind = msgspec.structs.replace(struct, **fields)
    return changed
