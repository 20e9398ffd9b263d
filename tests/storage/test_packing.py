from __future__ import annotations

import enum
import json
import math
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.chance import Pieces
from storage.packing import packed, unpacked

FINITE = st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | FINITE | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(PLAIN)
def test_plain_values_come_back_as_they_were(value: object) -> None:
    again = unpacked(packed(value))
    assert again == json.loads(json.dumps(value))
    assert json.loads(packed(value)) == again


@given(PLAIN)
def test_what_the_standard_library_wrote_is_read(value: object) -> None:
    assert unpacked(json.dumps(value).encode()) == value


def test_halves_of_characters_are_kept() -> None:
    assert unpacked(b'{"text":"\\ud83d"}') == {"text": "\ud83d"}
    assert unpacked(packed(["\ud83d"])) == ["\ud83d"]


def test_a_kind_of_text_of_ones_own_is_a_text() -> None:
    class Word(str):
        pass

    class Kind(enum.StrEnum):
        ONE = "one"

    assert packed({"a": Word("x"), "b": Kind.ONE, "c": (1, 2)}) == b'{"a":"x","b":"one","c":[1,2]}'


def test_numbers_beyond_every_limit_are_read() -> None:
    assert unpacked(b"1e999") == math.inf
    assert unpacked(b"9" * 30) == int("9" * 30)


def test_what_is_no_number_is_nothing() -> None:
    assert packed([math.nan, math.inf]) == b"[null,null]"


@pytest.mark.parametrize("raw", [b"", b"{", b'"\xff"', b"nothing", b"{} {}", b'{"a":}'])
def test_what_is_no_json_is_an_error_of_value(raw: bytes) -> None:
    with pytest.raises(ValueError):
        unpacked(raw)


def test_what_is_nested_without_end_is_refused() -> None:
    with pytest.raises((RecursionError, ValueError)):
        unpacked(b"[" * 200_000)


@pytest.mark.parametrize("value", [object(), {"a": {1, 2}.__iter__()}, [lambda: None]])
def test_what_is_no_plain_value_cannot_be_written(value: object) -> None:
    with pytest.raises(TypeError):
        packed(value)


def test_random_pieces_are_of_their_size_and_all_different_also_between_threads() -> None:
    pieces = Pieces(12)
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: pieces.take(), range(3000)))
    assert {len(piece) for piece in made} == {12}
    assert len(set(made)) == 3000


FORKED = """
import os
import subprocess
import sys
from storage.chance import Pieces
pieces = Pieces(16)
pieces.take()
if os.fork():
    os.wait()
os.write(1, pieces.take())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is forked here")
def test_a_process_that_was_forked_gets_other_random_pieces() -> None:
    done = subprocess.run([sys.executable, "-c", FORKED], capture_output=True, check=True)
    assert len(done.stdout) == 32
    assert done.stdout[:16] != done.stdout[16:]
