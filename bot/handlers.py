"""The names by which flows and wakes find what belongs to them: a decorated function each.

A flow has an outcome and may have facts and options to look up; an answer may matter at once;
a wake is told by its name, and one that asks a flow is asked only while it still makes sense."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from bot.messages import Wake
from bot.turn import Turn
from flows.session import Session
from flows.values import Offer, Value

Outcome = Callable[[Turn, Session], Awaitable[None]]
Answered = Callable[[Turn, Session, Value], Awaitable[Mapping[str, Value] | None]]
Told = Callable[[Turn, Wake], Awaitable[None]]
Still = Callable[[Turn, str], Awaitable[bool]]
Facts = Callable[[Turn, Session], Awaitable[Mapping[str, str]]]
Options = Callable[[Turn, Session], Awaitable[tuple[Offer, ...]]]
Handler = TypeVar("Handler")

OUTCOMES: dict[str, Outcome] = {}
ANSWERED: dict[tuple[str, str], Answered] = {}
TOLD: dict[str, Told] = {}
STILL: dict[str, Still] = {}
FACTS: dict[str, Facts] = {}
OPTIONS: dict[str, Options] = {}


def outcome(flow: str) -> Callable[[Outcome], Outcome]:
    """What follows when the flow has been answered to its end."""
    return _into(OUTCOMES, flow)


def answered(flow: str, step: str) -> Callable[[Answered], Answered]:
    """What follows at once from an answer, before the next question is asked; what it gives is
    kept among the answers."""
    return _into(ANSWERED, (flow, step))


def told(name: str) -> Callable[[Told], Told]:
    """What a wake of this name says or does."""
    return _into(TOLD, name)


def still(flow: str) -> Callable[[Still], Still]:
    """Whether the flow's question about this subject still needs an answer of this contact."""
    return _into(STILL, flow)


def facts(flow: str) -> Callable[[Facts], Facts]:
    """What fills the placeholders that the flow's file calls facts."""
    return _into(FACTS, flow)


def options(name: str) -> Callable[[Options], Options]:
    """What `options_from = "name"` offers, to whom it is asked."""
    return _into(OPTIONS, name)


Key = TypeVar("Key")


def _into(table: dict[Key, Handler], key: Key) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        table[key] = handler
        return handler

    return register
