"""A process that is killed between any two commits loses nothing and doubles nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.nursery import LINES
from tests.servers import Postgres

ROOT = Path(__file__).resolve().parent.parent.parent


def stories(kind: str, template: str, folder: Path) -> list[dict[str, Any]]:
    """What became of a conversation for each commit at which its process was killed."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.pipeline.nursery", kind, template, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def told(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> list[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("killed")
    if request.param == "sqlite":
        return stories("sqlite", str(request.getfixturevalue("sqlite_template")), folder)
    server: Postgres = request.getfixturevalue("postgres_server")
    template = f"{server.folder}|{request.getfixturevalue('postgres_template')}"
    return stories("postgres", template, folder)


@pytest.mark.timeout(120)
def test_killed_at_any_commit_each_message_is_handled_once_and_each_answer_shown_once(
    told: list[dict[str, Any]],
) -> None:
    whole = told[0]
    assert whole["states"] == ["done"] * len(LINES)
    assert len(whole["said"]) == len(LINES)
    killed = [story for story in told if story["killed"] and story["at"] > 0]
    # Heard, handled, sending, shown, sent: for each line, before and after each.
    assert len(killed) >= 2 * 5 * len(LINES)
    for story in killed:
        where = (story["moment"], story["at"])
        assert story["states"] == whole["states"], where
        assert story["attempts"] == [0] * len(LINES), where
        assert story["heard"] == [1] * len(LINES), where
        assert story["said"] == whole["said"], where
        assert story["unsent"] == 0, where


def test_answers_come_in_the_order_of_what_was_said(told: list[dict[str, Any]]) -> None:
    for story in told:
        lines = [name for name in story["order"] if name != "bot"]
        assert lines == [f"line-{number}" for number in range(len(LINES))]
        assert story["order"][1::2] == ["bot"] * len(LINES)
