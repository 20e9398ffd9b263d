"""What is true in a planted world: how much each firm would want each other.

Four families, none of the form of any score of ours: terms are weighed by personal weights,
saturate, have thresholds, and two turn what we assume round. Nobody's weights show in a profile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from trial.firms import DISTRICTS, Firms, Floats, crafts

HARDLY = 1e-6


@dataclass(frozen=True)
class Ties:
    """What holds between row and column: each from 0 to 1, roads in kilometres."""

    shared: Floats
    kin: Floats
    supply: Floats
    fill: Floats
    road: Floats
    tongue: Floats
    circle: Floats
    size: Floats


@dataclass(frozen=True)
class Hearts:
    """What no profile tells: weights of five wishes, reach, appeal, pickiness, trust."""

    weights: Floats
    reach_km: Floats
    appeal: Floats
    picky: Floats
    trust: Floats


def hearts(size: int, chance: np.random.Generator) -> Hearts:
    """Everybody's hidden preferences."""
    return Hearts(
        weights=chance.dirichlet((1.6, 1.4, 1.0, 0.5, 0.5), size) * 5,
        reach_km=chance.lognormal(3.0, 0.6, size),
        appeal=chance.normal(0, 1, size),
        picky=chance.normal(0, 1, size),
        trust=chance.beta(2, 3, size),
    )


def ties(firms: Firms, chance: np.random.Generator) -> Ties:
    """What holds between every two, from what is true and not from what was said."""
    size = len(firms)
    shared = np.zeros((size, size))
    for column in firms.needs.T:
        shared += np.minimum(column[:, None], column[None])
    shared /= firms.needs.sum(axis=1, keepdims=True)
    spirit = chance.normal(0, 1, (len(crafts()), 3))
    divisions = sorted({name[:2] for name in crafts()})
    common = chance.normal(0, 1, (len(divisions), 3))
    spirit += 1.3 * common[[divisions.index(name[:2]) for name in crafts()]]
    spirit /= np.linalg.norm(spirit, axis=1, keepdims=True)
    kin = np.clip(spirit @ spirit.T, 0, 1) ** 2
    workers = np.log(firms.workers)
    taste = chance.normal(0, 0.8, size)
    apart = workers[None] - workers[:, None]
    return Ties(
        shared=shared,
        kin=kin[firms.craft][:, firms.craft],
        supply=1 - np.exp(-2.2 * firms.buys @ firms.sells.T.astype(float)),
        fill=_most(firms.lacks, firms.has),
        road=_roads(firms, chance),
        tongue=((firms.languages @ firms.languages.T.astype(float)) > 0).astype(float),
        circle=(firms.circle[:, None] == firms.circle[None]).astype(float),
        size=np.exp(-((apart - taste[:, None]) ** 2) / 2),
    )


def _most(weighed: Floats, had: Floats | np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Floats:
    """How much the most important thing that one lacks and the other has matters."""
    found = np.zeros((len(weighed), len(had)))
    for weight, has in zip(weighed.T, had.T, strict=True):
        if weight.any():
            found = np.maximum(found, weight[:, None] * has[None])
    return found


def _roads(firms: Firms, chance: np.random.Generator) -> Floats:
    """Straight lines made longer by the hills between two districts."""
    detour = chance.uniform(1.1, 1.7, (DISTRICTS, DISTRICTS))
    detour = np.sqrt(detour * detour.T)
    straight = np.hypot(firms.x[:, None] - firms.x[None], firms.y[:, None] - firms.y[None])
    return np.asarray(straight * detour[firms.district][:, firms.district])


def neighbours(ties: Ties, hearts: Hearts) -> Floats:
    """Wishes add up, each as much as one cares; a long road takes most of it away."""
    care = hearts.weights.T[:, :, None]
    vertical = np.maximum(ties.supply, ties.supply.T)
    worth = care[0] * np.sqrt(ties.shared * ties.kin) + care[1] * vertical + care[2] * ties.fill
    worth = worth + 0.25 * care[3] * ties.size + 0.25 * care[4] * ties.circle
    near = 1 / (1 + (ties.road / hearts.reach_km[:, None]) ** 2.5)
    return np.asarray(worth * (0.2 + 0.8 * near) * (0.4 + 0.6 * ties.tongue))


def placeless(ties: Ties, hearts: Hearts) -> Floats:
    """Everything is sent by bus: where one lives is nothing, the one best reason is nearly all."""
    care = hearts.weights.T[:, :, None]
    reasons = (
        care[0] * ties.shared * (0.3 + 0.7 * ties.kin),
        care[1] * (0.6 * ties.supply + 0.4 * ties.supply.T),
        care[2] * ties.fill,
        0.5 * care[3] * ties.size,
    )
    best = sum(reason**4 for reason in reasons) ** 0.25
    return np.asarray(best * (0.25 + 0.75 * ties.tongue) * (0.7 + 0.3 * ties.size))


def rivals(ties: Ties, hearts: Hearts) -> Floats:
    """Who makes the same nearby is a rival; partners sell, buy or have what is needed."""
    care = hearts.weights.T[:, :, None]
    within = np.where(ties.road <= 2 * hearts.reach_km[:, None], 1.0, 0.25)
    chain = care[1] * (1 - (1 - ties.supply) * (1 - 0.8 * ties.supply.T))
    unlike = care[0] * ties.shared * (1 - ties.kin)
    rival = (1.3 - hearts.trust[:, None]) * ties.kin * np.exp(-ties.road / 25)
    worth = within * (chain + care[2] * ties.fill + 0.6 * unlike) - rival
    return np.asarray(np.maximum(worth, HARDLY) * (0.5 + 0.5 * ties.tongue))


def circles(ties: Ties, hearts: Hearts) -> Floats:
    """First one trusts: neighbours, one's own people and tongue. Only then is there a reason."""
    care = hearts.weights.T[:, :, None]
    known = np.exp(-((ties.road / 12) ** 2)) + 0.9 * ties.circle + 0.5 * ties.tongue - 0.9
    trusted = 1 / (1 + np.exp(-3 * (known + hearts.trust[:, None] - 0.5)))
    alike = ties.kin * (0.35 + 0.65 * np.minimum(1, 2 * ties.shared))
    reason = care[0] * alike + 0.7 * care[1] * ties.supply.T + 0.5 * care[1] * ties.supply
    return np.asarray(trusted * (reason + 0.8 * care[2] * np.sqrt(ties.fill)))


FAMILIES: Mapping[str, Callable[[Ties, Hearts], Floats]] = MappingProxyType(
    {"neighbours": neighbours, "placeless": placeless, "rivals": rivals, "circles": circles}
)
"""Family -> what each row would gain from each column, in no unit."""

SLOPE, APPEAL, PICKY, WHIM = 5.0, 0.7, 0.6, 0.6
BOTH = 0.007
"""How many of all pairs would both say yes: so few that a list drawn by lot brings little."""
HALVINGS = 18


def wanting(worth: Floats, hearts: Hearts, whims: Floats) -> Floats:
    """The probability that row says yes to column; `whims` is the noise between two, of mean 0."""
    off = ~np.eye(len(worth), dtype=bool)
    low, best, top = np.quantile(worth[off], (0.9, 0.99, 0.998))
    likely = SLOPE * np.maximum((worth - best) / max(top - low, HARDLY), -4)
    likely = likely + APPEAL * hearts.appeal[None] - PICKY * hearts.picky[:, None] + WHIM * whims
    least, most = -8.0, 8.0
    for _ in range(HALVINGS):
        middle = (least + most) / 2
        wants = off / (1 + np.exp(-likely - middle))
        least, most = (middle, most) if (wants * wants.T).mean() < BOTH else (least, middle)
    return np.asarray(off / (1 + np.exp(-likely - most)))
