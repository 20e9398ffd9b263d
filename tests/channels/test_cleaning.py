from __future__ import annotations

import sys

from bot.channels.cleaning import UNSEEN, clean

BREAKS = "\r\n\x85\u2028\u2029"


def test_a_text_that_shows_throughout_needs_no_cleaning() -> None:
    """What lets nearly every text pass at once: no character that is removed can be shown."""
    unseen = [c for c in map(chr, range(sys.maxunicode + 1)) if UNSEEN.match(c) or c in BREAKS]
    assert len(unseen) > 2000
    assert not [c for c in unseen if c.isprintable()]


def test_what_nobody_typed_is_removed_and_lines_end_alike() -> None:
    assert clean("  Ana\u202e\x00 \r\nRosa\u2028Inés\x85\ud83d ") == "Ana \nRosa\nInés"
    assert clean(" plain ") == "plain"
