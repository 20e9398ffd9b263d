"""A country or programme in parts, each held by an index of its own, and answering as one.

What a pair is worth hangs on the two and on the version alone, so the best of all parts are the
best of each part, put together. Nobody is lost at a border. Only where somebody without a pin is
must come from their own part, which holds their neighbours: `Index.home`.
"""

from collections.abc import Collection, Sequence

import numpy as np

from matching.index import Found
from matching.records import Enterprise


def part_of(one: Enterprise, divided: Collection[str] = ()) -> str:
    """The country an enterprise is in; its region where the country is one of those `divided`.

    An enterprise of a divided country whose region nobody knows is in the country's own part.
    """
    country = one.country or ""
    return one.region if country in divided and one.region else country


def merged(found: Sequence[Found], most: int) -> Found:
    """The `most` best of what the parts found for the same enterprise, ties by id."""
    ids = [identity for part in found for identity in part.ids]
    value = np.concatenate([part.value for part in found])
    order = sorted(range(len(ids)), key=lambda at: (-value[at], ids[at]))[:most]
    return Found(
        ids=tuple(ids[at] for at in order),
        value=value[order],
        asks=np.concatenate([part.asks for part in found])[order],
        way=np.concatenate([part.way for part in found])[order],
    )
