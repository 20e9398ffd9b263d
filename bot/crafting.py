"""What people's own words for a craft or a need most likely are, among the options we have."""

from __future__ import annotations

from collections import Counter

from bot.turn import Turn
from flows.model import Picking
from flows.understand.plain import plain, words

SHORTEST = 4
"""A word shorter than this says nothing by itself."""


def guess(turn: Turn, flow: str, step: str, said: str) -> str:
    """The one option whose label or other words share most with what was said; empty for none."""
    question = turn.house.library.step(flow, step, turn.language, turn.translate)
    if not isinstance(question, Picking):
        return ""
    heard = {_stem(word) for word in words(plain(said)) if len(word) >= SHORTEST}
    counts: Counter[str] = Counter()
    for option in question.options:
        known = words(plain(f"{option.label} {option.short} {option.also}"))
        counts[option.id] = len(heard & {_stem(word) for word in known if len(word) >= SHORTEST})
    (first, most), *rest = counts.most_common(2)
    tied = bool(rest) and rest[0][1] == most
    return first if most and not tied else ""


def _stem(word: str) -> str:
    """A word without its ending, so that plural and singular are one."""
    return word[: max(SHORTEST, len(word) - 2)]
