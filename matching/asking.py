"""What is worth asking somebody next: the one answer that would change their list most."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from matching.index import Index
from matching.records import Enterprise

ASKED = ("crafts", "needs", "buys", "sells", "lacks", "has")
"""What may be asked, in the order of preference where two would help alike."""
PEERS, LIST = 40, 10
LEAST = 0.01


def most_useful_question(
    who: Enterprise, known: Mapping[str, Enterprise], index: Index
) -> str | None:
    """The field of an enterprise that is not known and would help most; None where nothing would.

    Judged by what those who would fit now have said most often: if `who` said the same, how much
    better would the list be?
    """
    found = index.best(who, PEERS)
    peers = [known[identity] for identity in found.ids if identity in known]
    before = float(found.value[:LIST].sum())
    best: tuple[float, str] | None = None
    for name in ASKED:
        usual = None if getattr(who, name) else _usual(peers, name)
        if usual is None:
            continue
        value: Any = frozenset(usual) if name in ("buys", "sells", "lacks", "has") else usual
        better = index.best(replace(who, **{name: value}), LIST)
        gain = float(np.sum(better.value)) - before
        if gain > LEAST and (best is None or gain > best[0]):
            best = gain, name
    return best[1] if best else None


MIRROR = {"buys": "sells", "sells": "buys", "lacks": "has", "has": "lacks"}


def _usual(peers: Iterable[Enterprise], name: str) -> tuple[Any, ...] | None:
    """What those around name most often there; of words what they name on the other side, since
    that is what an answer could be joined to."""
    counted: Counter[Any] = Counter()
    for peer in peers:
        counted.update(getattr(peer, MIRROR.get(name, name)))
    if not counted:
        return None
    most = max(counted.values())
    return (min((value for value, count in counted.items() if count == most), key=str),)
