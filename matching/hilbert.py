"""One line through all places, on which neighbours are mostly neighbours."""

from collections.abc import Sequence
from math import asin, atan2, pi

from matching.distance import EARTH_KM

BITS = 20

Point = tuple[float, float, float]


def along(points: Sequence[Point], turned: bool = False) -> list[int]:
    """The indices of points on the globe (kilometres from its middle) in the order of a Hilbert
    curve, equal ones as they came. `turned` is another such line with its seams elsewhere."""
    keys = [_key(point, turned) for point in points]
    return sorted(range(len(points)), key=keys.__getitem__)


def _key(point: Point, turned: bool) -> tuple[int, float]:
    x, y, z = point
    if x * x + y * y + z * z > (1.5 * EARTH_KM) ** 2:
        return 1, x  # a place of which nothing but its name is known
    east = (atan2(y, x) + pi) / (2 * pi)
    north = (asin(max(-1.0, min(1.0, z / EARTH_KM))) + pi / 2) / (2 * pi)
    if turned:
        east, north = 0.61 * east + 0.171, 0.61 * north + 0.233
    side = (1 << BITS) - 1
    return 0, float(hilbert(int(east * side), int(north * side), BITS))


def hilbert(x: int, y: int, bits: int) -> int:
    """How far along a Hilbert curve through a square of 2**bits a side a cell lies."""
    found, half = 0, 1 << (bits - 1)
    while half:
        right, up = bool(x & half), bool(y & half)
        found += half * half * ((3 * right) ^ up)
        if not up:
            if right:
                x, y = half - 1 - x, half - 1 - y
            x, y = y, x
        x, y = x & (half - 1), y & (half - 1)
        half >>= 1
    return found
