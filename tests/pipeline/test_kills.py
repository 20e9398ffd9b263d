"""A process that is killed between any two commits loses nothing and doubles nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.nursery import LINES

ROOT = Path(__file__).resolve().parent.parent.parent


def stories(url: str, folder: Path) -> list[dict[str, Any]]:
    """What became of a conversation for each commit at which its process was killed."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.pipeline.nursery", url, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.timeout(120)
def test_killed_at_any_commit_each_message_is_handled_once_and_each_answer_shown_once(
    database_url: str, tmp_path: Path
) -> None:
    whole, *told = stories(database_url, tmp_path)
    assert whole["states"] == ["done"] * len(LINES)
    assert len(whole["said"]) == len(LINES)
    killed = [story for story in told if story["moment"].startswith("killed")]
    # Heard, handled, sending, shown, sent: for each line, before and after each.
    assert len(killed) >= 2 * 5 * len(LINES)
    for story in killed:
        where = story["urn"]
        assert story["states"] == whole["states"], where
        assert story["attempts"] == [0] * len(LINES), where
        assert story["said"] == whole["said"], where
        assert story["unsent"] == 0, where
        expected = [one for number in range(len(LINES)) for one in (f"line-{number}", "bot")]
        assert story["order"] == expected, where
