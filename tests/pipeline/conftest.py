from __future__ import annotations

from pathlib import Path

import pytest

from storage.database import Database
from tests.pipeline.talking import Clock, Stage, pipeline_on


@pytest.fixture
def stage(database: Database, tmp_path: Path) -> Stage:
    """A pipeline on SQLite and on PostgreSQL."""
    clock = Clock()
    return Stage(pipeline_on(database, tmp_path / "media", clock), clock)
