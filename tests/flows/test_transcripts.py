"""Every flow as it is spoken: `pytest --update` completes the transcripts, a person reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows.playing import LANGUAGES, library, play

TRANSCRIPTS = sorted((Path(__file__).parents[1] / "transcripts").glob("*.txt"))


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_a_conversation_goes_as_written(path: Path, request: pytest.FixtureRequest) -> None:
    written = path.read_text(encoding="utf-8")
    played = play(path.stem, written)
    if request.config.getoption("--update"):
        path.write_text(played, encoding="utf-8")
    else:
        assert played == written


def test_every_flow_is_spoken_in_every_language() -> None:
    spoken = {path.stem for path in TRANSCRIPTS}
    missing = [
        f"{name} in {language}"
        for name in library().names
        for language in LANGUAGES
        if not any(stem.startswith(f"{name}_{language}") for stem in spoken)
    ]
    assert not missing
