"""Sending by our channels, beside the clients that their makers give."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bench.processes import OURS, PEERS, ROOT, bare, running
from bench.rows import Row, faster, plain
from bench.turns import environment
from storage.database import migrate

AT_ONCE = 32
PAIRS = {
    "Telegram": ("telegram", "ptb_sends", "python-telegram-bot, HTTPXRequest", 6.0, 12.0),
    "SMS by Twilio": ("sms", "twilio_sends", "twilio, synchronous client", 3.0, 6.0),
}


def rows(messages: int, runs: int) -> list[Row]:
    """So many messages by each, in turn."""
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
            mine: list[tuple[float, float]] = []
            theirs: list[tuple[float, float]] = []
            for _ in range(runs):
                mine.append(_sent(OURS, "bench.sends", channel, messages, ours))
                theirs.append(_sent(PEERS, f"bench.peers.{module}", address, messages // 4, {}))
            rates = [[one[0] for one in done] for done in (mine, theirs)]
            found.append(
                faster(f"sending, {name}", "messages/s", rates[0], peer, rates[1], floor, goal)
            )
            for who, done in (("ours", mine), (peer, theirs)):
                title = f"CPU of a message sent, {name}, {who}"
                found.append(plain(title, "us", [one[1] for one in done]))
    return found


def _sent(
    python: Path, module: str, where: str, messages: int, more: Mapping[str, str]
) -> tuple[float, float]:
    """Messages a second, and microseconds of CPU for each."""
    command = [str(python), "-m", module, where, str(messages), str(AT_ONCE)]
    environ = {**bare(), **more}
    done = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{module} failed:\n{done.stderr[-2000:]}")
    seconds, cpu = map(float, done.stdout.split()[-2:])
    return messages / seconds, cpu / messages * 1e6
