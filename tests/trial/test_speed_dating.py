"""Ordering pairs who really chose each other, on a small table like the published one."""

import csv
from pathlib import Path
from random import Random

import pytest

from trial.speed_dating import COLUMNS, HOBBIES, TRAITS, NotTheFile, read, table, tried

EVENTS, EACH = 3, 12


@pytest.fixture
def events(tmp_path: Path) -> Path:
    """Events at which some are liked by nearly all and some by nearly nobody."""
    chance, path = Random(3), tmp_path / "events.csv"  # noqa: S311
    names = [*COLUMNS, *(f"{trait}{of}" for trait in TRAITS[1:] for of in ("1_1", "3_1"))]
    liked = {str(n): n % 3 / 2 for n in range(EVENTS * 2 * EACH)}
    with path.open("w", encoding="latin-1", newline="") as file:
        lines = csv.DictWriter(file, names)
        lines.writeheader()
        for wave in range(EVENTS):
            first = wave * 2 * EACH
            sides = [range(first, first + EACH), range(first + EACH, first + 2 * EACH)]
            for one, other in ((a, b) for a in sides[0] for b in sides[1]):
                for who, whom in ((one, other), (other, one)):
                    yes = chance.random() < 0.1 + 0.8 * liked[str(whom)]
                    row = dict.fromkeys((*HOBBIES, *names[len(COLUMNS) - 2 :]), who % 11)
                    row |= {"iid": who, "pid": whom, "wave": wave, "dec": int(yes)}
                    lines.writerow(row | {"field_cd": who % 4, "goal": who % 2})
    return path


def test_what_was_decided_there_tells_more_than_profiles_and_both_sides_more_than_one(
    events: Path,
) -> None:
    dating = read(events)
    assert len(dating.people) == EVENTS * 2 * EACH
    result = tried(dating)
    assert (result.pairs, result.events) == (EVENTS * EACH * EACH, EVENTS)
    auc = {row.name: row.auc for row in result.rows}
    fed = auc["taught by other events and nine tenths of this one"]
    assert fed > auc["profiles, taught by other events"] + 0.1
    assert fed > auc["… one side only (nine tenths)"]
    assert all(row.low <= row.auc <= row.high for row in result.rows)
    assert len(list(table(result))) == 4 + len(result.rows)


def test_another_table_is_refused_by_the_columns_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("iid,wave\n1,1\n")
    with pytest.raises(NotTheFile, match="has no column pid, dec"):
        read(path)
