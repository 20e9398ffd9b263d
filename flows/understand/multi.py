"""Several options in one reply: all of them clear, or none is taken."""

from __future__ import annotations

import re

from flows.understand import choices
from flows.understand.options import Offered, prepared
from flows.understand.plain import LETTER, LONGEST, plain, words
from flows.understand.tables import Phrases, longest
from flows.values import Clear, Offer, Reading, Unclear

NONE = "none"
"""An option with this id stands alone."""

_PARTS = re.compile(r"[,;/+&\n،؛、]+")
_GLUED = re.compile(rf"(?<=\d)(?={LETTER})|(?<={LETTER})(?=\d)")
_RANGE = re.compile(r"\d\s*-\s*\d")


def read(text: str, offers: tuple[Offer, ...], language: str) -> Reading:
    """The ids of the options meant, sorted."""
    if not offers or len(text) > LONGEST:
        return Unclear("no_option")
    offered = prepared(offers, language)
    key = plain(re.sub(r"[\r\n]+", ",", text))
    said = choices.apart(words(key), offered)
    if not said:
        return Unclear("empty")
    if re.search(r"[?؟]", key) or _RANGE.search(key):
        return Unclear("no_option")
    if set(words(key)) & _single(offered, "choice.or"):
        return Unclear("several")
    values = _all(said, offered) or _parts(key, offered)
    if not values:
        return Unclear("no_option")
    if NONE in values and len(values) > 1:
        return Unclear("several")
    return Clear(sorted(values))


def _single(offered: Offered, name: str) -> set[str]:
    return {phrase[0] for phrase in offered.table.of(name) if len(phrase) == 1}


def _all(said: list[str], offered: Offered) -> set[str]:
    """ "all", or "all except 2" in the order of any language; "none" where that is no option by
    another name."""
    everything = {str(offer.value) for offer in offered.offers if offer.id != NONE}
    said = choices.bare(said, offered.table)
    rest = _without(said, offered.table.of("choice.all"))
    if rest is None:
        none = _without(said, offered.table.of("choice.none")) == []
        return {NONE} if none and any(o.id == NONE for o in offered.offers) else set()
    if not rest:
        return everything
    but = _without(rest, offered.table.of("choice.except"))
    left_out = _many(_unglued(but, offered), offered) if but else set()
    return everything - left_out if left_out else set()


def _without(said: list[str], among: Phrases) -> list[str] | None:
    """What is left without the phrase that begins or ends it; None where none of these does."""
    for at in range(len(said)):
        size = longest(said, at, among)
        if size and (at == 0 or at + size == len(said)):
            return said[:at] + said[at + size :]
    return None


def _unglued(said: list[str], offered: Offered) -> list[str]:
    """Without what a language writes onto the next word ("from2" in Amharic)."""
    apart = [word for one in said for word in _GLUED.sub(" ", one).split()]
    return [word for word in apart if word not in offered.table.glued]


def _parts(key: str, offered: Offered) -> set[str]:
    whole = choices.named_option(words(key), offered)
    if whole is not None:
        return {whole}
    values: set[str] = set()
    for part in _PARTS.split(key):
        said = choices.apart(words(_GLUED.sub(" ", part)), offered)
        if not said:
            continue
        found = _many(said, offered)
        if not found:
            return set()
        values |= found
    return values


def _many(said: list[str], offered: Offered) -> set[str]:
    """One option, or several joined by blanks or by a word for "and"."""
    if all(word.isdecimal() for word in said):
        return _numbered(said, offered)
    one = choices.part(said, offered)
    if isinstance(one, Clear) and not _joined(said, offered):
        return {str(one.value)}
    values: set[str] = set()
    groups = _groups(said, offered.table.of("choice.and"))
    numbered = any(group[0].isdecimal() for group in groups)
    for group in groups:
        if all(word.isdecimal() for word in group):
            found = _numbered(group, offered)
        else:
            found = _one(choices.part(group, offered))
        if not found:
            return set() if numbered else _one(one)
        values |= found
    return values


def _joined(said: list[str], offered: Offered) -> bool:
    return len(_groups(said, offered.table.of("choice.and"))) > 1


def _one(reading: Reading) -> set[str]:
    return {str(reading.value)} if isinstance(reading, Clear) else set()


def _groups(said: list[str], joiners: Phrases) -> list[list[str]]:
    groups: list[list[str]] = [[]]
    at = 0
    while at < len(said):
        size = longest(said, at, joiners)
        if size:
            groups.append([])
        else:
            groups[-1].append(said[at])
        at += size or 1
    return [group for group in groups if group]


def _numbered(said: list[str], offered: Offered) -> set[str]:
    """Numbers by blanks; "13" is one and three only where there is no thirteenth."""
    values: set[str] = set()
    for word in said:
        count = len(offered.offers)
        apart = int(word) > count and len(set(word)) == len(word) and count < 10
        for digits in word if apart else (word,):
            at = int(digits[:6]) - 1
            if not 0 <= at < count:
                return set()
            values.add(str(offered.offers[at].value))
    return values
