"""Sending by our channels, beside the clients that their makers give.

Both send in short turns, so that what else the machine does weighs on both alike."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.processes import OURS, PEERS, ROOT, bare, running
from bench.rows import Row, faster, plain
from bench.turns import environment
from storage.database import migrate

AT_ONCE = 32
TURNS = 5
"""In how many turns a run is made."""

PAIRS = {
    "Telegram": ("telegram", "ptb_sends", "python-telegram-bot, HTTPXRequest", 6.0, 12.0),
    "SMS by Twilio": ("sms", "twilio_sends", "twilio, synchronous client", 3.0, 6.0),
}


def rows(messages: int, runs: int) -> list[Row]:
    """So many messages by each in a run, the peers a quarter of it, after one turn to warm up."""
    found: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, running(OURS, "bench.farside") as far:
        address = f"http://127.0.0.1:{far.port}"
        url = f"sqlite:///{folder}/artisan.db"
        migrate(url)
        ours = environment(
            url,
            TELEGRAM_API_URL=address,
            TWILIO_API_URL=address,
            TWILIO_CONTENT_URL=address,
            TWILIO_MESSAGING_URL=address,
            TWILIO_ACCOUNT_SID="AC" + "0" * 32,
            TWILIO_AUTH_TOKEN="0" * 32,
            TWILIO_SMS_FROM="+15005550006",
        )
        for name, (channel, module, peer, floor, goal) in PAIRS.items():
            with (
                _sender(OURS, "bench.sends", channel, ours) as mine,
                _sender(PEERS, f"bench.peers.{module}", address, {}) as theirs,
            ):
                done = [
                    (_sent(mine, messages // TURNS), _sent(theirs, messages // TURNS // 4))
                    for _ in range(runs * TURNS + 1)
                ][1:]
            rates = [[one[side][0] for one in done] for side in (0, 1)]
            title = f"sending, {name}"
            found.append(faster(title, "messages/s", rates[0], peer, rates[1], floor, goal))
            for side, who in enumerate(("ours", peer)):
                title = f"CPU of a message sent, {name}, {who}"
                found.append(plain(title, "us", [one[side][1] for one in done]))
    return found


@contextlib.contextmanager
def _sender(
    python: Path, module: str, where: str, more: Mapping[str, str]
) -> Iterator[subprocess.Popen[str]]:
    """Somebody who sends as many as it is told, each time it is told."""
    command = [str(python), "-m", module, where, str(AT_ONCE)]
    pipe = subprocess.PIPE
    quiet = subprocess.DEVNULL if not os.environ.get("BENCH_LOUD") else None
    environ = {**bare(), **more}
    with subprocess.Popen(
        command, cwd=ROOT, env=environ, stdin=pipe, stdout=pipe, stderr=quiet, text=True
    ) as sender:
        yield sender
        sender.communicate()


def _sent(sender: subprocess.Popen[str], messages: int) -> tuple[float, float]:
    """Messages a second, and microseconds of CPU for each."""
    if sender.stdin is None or sender.stdout is None:
        raise RuntimeError("a sender is told by its input")
    sender.stdin.write(f"{messages}\n")
    sender.stdin.flush()
    said = sender.stdout.readline().split()
    if len(said) != 2:
        raise RuntimeError("a sender failed: set BENCH_LOUD=1 to see why")
    seconds, cpu = map(float, said)
    return messages / seconds, cpu / messages * 1e6
