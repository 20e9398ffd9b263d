"""What is counted while we run, for Prometheus."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

ACCEPTED = Counter(
    "artisan_messages_accepted", "Messages kept in the inbox.", ["channel"], registry=REGISTRY
)
REFUSED = Counter(
    "artisan_messages_refused", "Messages not taken.", ["channel", "why"], registry=REGISTRY
)
TURNS = Counter(
    "artisan_turns", "Messages handled: done, failed, parked.", ["result"], registry=REGISTRY
)
SENDS = Counter(
    "artisan_sends", "Calls to a channel by result.", ["channel", "result"], registry=REGISTRY
)
REPEATED = Counter(
    "artisan_sends_repeated",
    "Replies sent once more, because nobody could tell whether they went: possibly doubled.",
    ["channel"],
    registry=REGISTRY,
)
LOOPS = Counter(
    "artisan_loops_cut",
    "Replies left unsaid because a machine answers us.",
    ["channel"],
    registry=REGISTRY,
)
RECEIPTS = Counter("artisan_receipts", "Receipts by state.", ["state"], registry=REGISTRY)
TIMERS = Counter("artisan_timers", "Timers that fired.", registry=REGISTRY)
BATCHES = Histogram(
    "artisan_batch_size",
    "Messages taken up together, of the inbox and of the outbox.",
    ["queue"],
    registry=REGISTRY,
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
)
CALLS = Histogram(
    "artisan_call_seconds",
    "How long a call to a channel took.",
    ["channel"],
    registry=REGISTRY,
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 75),
)
DEPTH = Gauge("artisan_queue_depth", "Messages not handled yet.", ["queue"], registry=REGISTRY)
AGE = Gauge("artisan_queue_age_seconds", "Age of the oldest of them.", ["queue"], registry=REGISTRY)
WAITING = Gauge(
    "artisan_outbox_waiting_for_word",
    "Messages that wait for their person's next word, as nothing may go unasked.",
    ["channel", "purpose"],
    registry=REGISTRY,
)
ANSWERED = Histogram(
    "artisan_turn_seconds",
    "From a message's coming until its answer was committed.",
    ["channel"],
    registry=REGISTRY,
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600),
)
SAID = Histogram(
    "artisan_reply_seconds",
    "From a reply's being committed until the far side had taken it.",
    ["channel"],
    registry=REGISTRY,
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600),
)
PARKED = Gauge("artisan_inbox_parked", "Messages laid aside.", registry=REGISTRY)


def queued(queue: str, depth: int, oldest: datetime | None, now: datetime) -> None:
    """Note how long a queue is and since when its oldest message waits."""
    DEPTH.labels(queue).set(depth)
    AGE.labels(queue).set(max(0.0, (now - oldest).total_seconds()) if oldest else 0.0)


def waiting(counts: Mapping[tuple[str, str], int]) -> None:
    """Note how many messages wait for a next word, by channel and purpose; no others do."""
    WAITING.clear()
    for (channel, purpose), count in counts.items():
        WAITING.labels(channel, purpose).set(count)


def written() -> bytes:
    """All of it in Prometheus' text format."""
    return generate_latest(REGISTRY)
