"""A programme's own rules: some changed by a file, every mistake in it named at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import policy
from bot.settings import SettingsError, load
from networks.workload import Limits


def written(folder: Path, text: str) -> str:
    path = folder / "policy.toml"
    path.write_text(text)
    return str(path)


def test_what_the_file_leaves_out_stays_as_it_is(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        '[limits]\nalerts_a_day = 3\n[stages.pilot]\nmonths = 4\nneeds = ["costs_shared"]\n',
    )
    read = load({"DEMO": "1", "POLICY": path}).policy
    assert read.limits == Limits(alerts_a_day=3)
    assert read.stages["pilot"].needs == ("costs_shared",)
    assert read.stages["pilot"].share == policy.DEFAULTS.stages["pilot"].share
    assert read.sizes == policy.DEFAULTS.sizes


def test_every_mistake_is_named_at_the_start(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "[sizes]\nleast = 9\nideal_least = 4\n[limits]\ngroups = -1\nfast = 2\n"
        "[days]\nlapses = true\n[stages.pilot]\nshare = 101\nneeds = ['x']\n[stages.end]\n[odd]\n",
    )
    with pytest.raises(SettingsError) as told:
        load({"DEMO": "1", "POLICY": path})
    for mistake in (
        "sizes do not rise",
        "limits.groups is -1",
        "limits.fast is unknown",
        "days.lapses is True",
        "stages.pilot.share is 101",
        "stages.pilot.needs is ['x']",
        "[stages.end] is no stage",
        "[odd] is unknown",
    ):
        assert mistake in str(told.value)


@pytest.mark.parametrize(
    ("text", "mistake"), [("[sizes", "is no TOML"), ("sizes = 3", "write [sizes]")]
)
def test_a_file_that_is_no_policy_is_refused(tmp_path: Path, text: str, mistake: str) -> None:
    with pytest.raises(ValueError) as told:
        policy.read(written(tmp_path, text))
    assert mistake in str(told.value)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError) as told:
        policy.read(str(tmp_path / "none.toml"))
    assert "cannot be read" in str(told.value)
