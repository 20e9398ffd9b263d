from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.conversation import TURNS, conversation, write_questions
from bench.rows import Row, at_most, faster, percentile, plain, table, write
from bot.channels.telegram_parsing import read


def test_a_rate_is_held_against_the_peers_run_by_run() -> None:
    row = faster("turn", "turns/s", [300.0, 100.0, 200.0], "peer", [100.0, 50.0, 100.0], 2.0, 3.0)
    assert (row.ours, row.peer_value, row.ratio, row.holds) == (200.0, 100.0, 2.0, True)
    slower = faster("turn", "turns/s", [100.0], "peer", [100.0], 2.0, 3.0)
    assert (slower.ratio, slower.holds) == (1.0, False)


def test_what_may_be_at_most_so_much_is_better_the_less_it_is() -> None:
    row = at_most("start", "s", [1.0, 2.0, 4.0], 2.0)
    assert (row.ours, row.ratio, row.floor, row.holds) == (2.0, 1.0, 1.0, True)
    measured = at_most("answer", "ms", [10.0], [2.5], "commits")
    assert (measured.ratio, measured.holds) == (0.25, False)


def test_what_is_only_to_be_known_has_no_floor() -> None:
    row = plain("memory", "MB", [3.0, 1.0, 2.0])
    assert (row.ours, row.ratio, row.floor, row.goal, row.holds) == (2.0, None, None, None, True)


def test_results_are_a_list_of_rows_with_every_field(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    write([faster("turn", "turns/s", [2.0], "peer", [1.0], 2.0, 3.0), plain("x", "MB", [1])], path)
    first, second = json.loads(path.read_text(encoding="utf-8"))
    assert first == {
        "name": "turn",
        "unit": "turns/s",
        "ours": 2.0,
        "peer": "peer",
        "peer_value": 1.0,
        "ratio": 2.0,
        "floor": 2.0,
        "goal": 3.0,
        "runs": [2.0],
    }
    assert second.keys() == first.keys()


def test_the_table_says_what_is_below_its_floor() -> None:
    below = Row("turn", "turns/s", 1.0, "peer", 1.0, 1.0, 2.0, 3.0)
    above = Row("send", "sends/s", 9.0, "peer", 1.0, 9.0, 2.0, 3.0)
    *_, first, second = table([below, above]).splitlines()
    assert "**below**" in first
    assert "**below**" not in second


@pytest.mark.parametrize(("share", "value"), [(0.5, 51), (0.99, 100), (0.0, 1)])
def test_a_percentile_is_the_value_below_which_that_share_lies(share: float, value: int) -> None:
    assert percentile(range(1, 101), share) == value


def test_the_person_of_the_bench_writes_a_whole_registration_and_no_two_write_the_same() -> None:
    one, other = list(conversation()), list(conversation())
    assert len(one) == len(other) == TURNS
    told = [[read(json.loads(body), "bot").incoming for body in said] for said in (one, other)]
    assert all(incoming is not None for said in told for incoming in said)
    names = {incoming.external_id for said in told for incoming in said if incoming is not None}
    assert len(names) == 2 * TURNS
    assert [i.text for i in told[0] if i] != [i.text for i in told[1] if i]


def test_the_peers_ask_the_questions_of_the_registration(tmp_path: Path) -> None:
    path = tmp_path / "questions.json"
    write_questions(path)
    asked = json.loads(path.read_text(encoding="utf-8"))
    assert len(asked) == TURNS
    assert asked[0]["name"] == "language"
    assert asked[-1]["options"] == []
