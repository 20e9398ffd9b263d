"""The best division into groups of so few firms that every division can be tried."""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations

from matching.quality import Index

MOST = 10
"""More than this many take longer than anybody waits for."""


def divided(
    count: int,
    sizes: range,
    worth: Callable[[Sequence[Index]], float],
    apart: Mapping[Index, frozenset[Index]],
) -> tuple[tuple[Index, ...], ...]:
    """The groups of firms 0 to `count` - 1 that are together worth most; who is left is in none.

    Takes time and room as 2**count. `sizes` are those allowed; nobody is with whom they are apart.
    """
    by_lowest: list[list[tuple[int, float, tuple[Index, ...]]]] = [[] for _ in range(count)]
    for size in sizes:
        for group in combinations(range(count), size):
            if any(apart[one] & set(group) for one in group if one in apart):
                continue
            value = worth(group)
            if value > 0:
                by_lowest[group[0]].append((sum(1 << firm for firm in group), value, group))
    best: list[float] = [0.0] * (1 << count)
    chosen: list[tuple[Index, ...]] = [()] * (1 << count)
    for here in range(1, 1 << count):
        lowest = (here & -here).bit_length() - 1
        best[here] = best[here & (here - 1)]
        for mask, value, group in by_lowest[lowest]:
            if mask & here == mask and best[here ^ mask] + value > best[here]:
                best[here], chosen[here] = best[here ^ mask] + value, group
    found, left = [], (1 << count) - 1
    while left:
        group = chosen[left]
        found.append(group)
        left ^= sum(1 << firm for firm in group) if group else left & -left
    return tuple(group for group in found if group)
