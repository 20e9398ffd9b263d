"""What is measured: rows of a table, each the median of several runs."""

from __future__ import annotations

import json
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One figure of ours beside a peer's or a limit. `ratio` is better the higher it is: ours over
    the peer's for a rate, the limit over ours for what may be at most so much. `floor` is the
    least ratio that will do, `goal` what we aim at; None: just to know. `runs` holds each run's
    figure of ours."""

    name: str
    unit: str
    ours: float
    peer: str = ""
    peer_value: float | None = None
    ratio: float | None = None
    floor: float | None = None
    goal: float | None = None
    runs: tuple[float, ...] = ()

    @property
    def holds(self) -> bool:
        return self.floor is None or (self.ratio is not None and self.ratio >= self.floor)


def faster(
    name: str,
    unit: str,
    ours: Sequence[float],
    peer: str,
    theirs: Sequence[float],
    floor: float | None = None,
    goal: float | None = None,
) -> Row:
    """A rate beside a peer's: the ratio is the median of the runs' ratios, since what else the
    machine does weighs on both sides of a run alike."""
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True) if other]
    return Row(
        name,
        unit,
        ours=_round(statistics.median(ours)),
        peer=peer,
        peer_value=_round(statistics.median(theirs)),
        ratio=_round(statistics.median(ratios)),
        floor=floor,
        goal=goal,
        runs=tuple(map(_round, ours)),
    )


def at_most(
    name: str, unit: str, ours: Sequence[float], limit: float | Sequence[float], what: str = "limit"
) -> Row:
    """A figure that may be at most so much; where the limit was measured too, run by run."""
    limits = list(limit) if isinstance(limit, Sequence) else [limit] * len(ours)
    ratios = [most / mine for mine, most in zip(ours, limits, strict=True) if mine]
    return Row(
        name,
        unit,
        ours=_round(statistics.median(ours)),
        peer=what,
        peer_value=_round(statistics.median(limits)),
        ratio=_round(statistics.median(ratios)),
        floor=1.0,
        runs=tuple(map(_round, ours)),
    )


def plain(name: str, unit: str, ours: Sequence[float]) -> Row:
    """A figure just to know."""
    return Row(name, unit, _round(statistics.median(ours)), runs=tuple(map(_round, ours)))


def _round(value: float) -> float:
    return float(f"{value:.4g}")


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def table(rows: Sequence[Row]) -> str:
    """The rows in Markdown."""
    lines = [
        "| What | Unit | Ours | Beside | | Ratio | Floor | Goal |",
        "| --- | --- | ---: | --- | ---: | ---: | ---: | ---: |",
    ]
    for row in rows:
        short = "" if row.holds else " **below**"
        lines.append(
            f"| {row.name} | {row.unit} | {_said(row.ours)} | {row.peer} | "
            f"{_said(row.peer_value)} | {_said(row.ratio)}{short} | {_said(row.floor)} | "
            f"{_said(row.goal)} |"
        )
    return "\n".join(lines)


def _said(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:g}"


def machine() -> str:
    """What it was measured on."""
    cores = (
        sum(line.startswith("processor") for line in Path("/proc/cpuinfo").read_text().splitlines())
        if Path("/proc/cpuinfo").exists()
        else 0
    )
    version = platform.python_version()
    return f"{platform.system()} {platform.machine()}, {cores} cores, Python {version}"


def write(rows: Sequence[Row], path: Path) -> None:
    """The rows as a JSON list."""
    path.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")
