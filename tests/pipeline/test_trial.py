"""The trial of kills, a minute long: `artisan trial kills` runs it for as long as one likes."""

from __future__ import annotations

import json

import pytest

from bot.kills import trial


@pytest.mark.timeout(600)
def test_nothing_is_lost_or_doubled_while_everything_is_killed() -> None:
    verdict = trial.kills(minutes=1, conversations=18)
    assert verdict.holds, verdict.wrong
    assert verdict.kills > 0
    assert len(verdict.explained) == verdict.outbound_possibly_doubled
    assert list(json.loads(trial.last_line(verdict))) == [
        "conversations",
        "kills",
        "inbound_lost",
        "answers_lost",
        "turns_doubled",
        "order_broken",
        "outbound_lost",
        "outbound_possibly_doubled",
    ]
