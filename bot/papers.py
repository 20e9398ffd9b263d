"""Something to keep or print: a page as wide as a phone, as PDF, in every script we speak.

Letters are shaped and lines run as the script does (Arabic and Urdu from the right); that is done
by HarfBuzz through fpdf2, with fonts that lie beside this. Where a channel carries no file, what is
said as text stays the whole of it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

import structlog

from bot.logs import named
from bot.media import Keeper
from bot.messages import Attachment
from storage import media

if TYPE_CHECKING:
    from bot.turn import Turn

log = structlog.get_logger()

FONTS = Path(__file__).parent / "fonts"
LATIN = "NotoSans"
SCRIPTS = {"ar": "Arabic", "ur": "Arabic", "hi": "Devanagari", "bn": "Bengali", "am": "Ethiopic"}
"""The font of a language that is not written in Latin letters."""

FROM_THE_RIGHT = frozenset({"ar", "ur"})
WIDTH, HEIGHT, MARGIN = 100, 178, 8
"""Millimetres: a page fills a phone held upright."""

TITLE, TEXT = 15, 11
"""Points."""

DOCUMENT, PDF = "document", "application/pdf"
SPACE = UUID("01a21400-0000-7000-8000-00000000da7e")
"""Ids of papers are made of whom they are for and what is in them."""


@dataclass(frozen=True)
class Paper:
    """A title, then lines; one that begins with a space belongs to the line before it."""

    title: str
    lines: tuple[str, ...]
    language: str
    day: datetime


def drawn(paper: Paper) -> bytes:
    """The PDF of a paper, the same for the same paper."""
    from fpdf import FPDF  # loaded when something is drawn
    from fpdf.enums import Align

    script = SCRIPTS.get(paper.language.partition("_")[0])
    right = paper.language in FROM_THE_RIGHT
    pdf = FPDF(format=(WIDTH, HEIGHT))
    pdf.set_creation_date(paper.day)
    pdf.set_margin(MARGIN)
    pdf.set_auto_page_break(True, MARGIN)
    names = [LATIN] + [LATIN + one for one in dict.fromkeys(SCRIPTS.values())]
    for name in names:
        pdf.add_font(name, fname=str(FONTS / f"{name}.ttf"))
    own = LATIN + script if script else LATIN
    pdf.set_fallback_fonts([name for name in names if name != own], exact_match=False)
    pdf.set_text_shaping(True)
    pdf.add_page()
    align = Align.R if right else Align.L
    for size, text in ((TITLE, paper.title), *((TEXT, line) for line in paper.lines)):
        pdf.set_font(LATIN, size=1)  # else a size set before a fallback font may stay in the page
        pdf.set_font(own, size=size)
        inset = 4 if text.startswith(" ") else 0
        pdf.set_x(MARGIN if right else MARGIN + inset)
        pdf.multi_cell(
            WIDTH - 2 * MARGIN - inset, size * 0.55, text.strip(), align=align,
            new_x="LMARGIN", new_y="NEXT",
        )  # fmt: skip
        pdf.ln(size * 0.12)
    return bytes(pdf.output())


@dataclass(frozen=True)
class Papers:
    """Draws papers and keeps them where media lie; without a keeper none are made."""

    keeper: Keeper | None = None

    async def attach(self, turn: Turn, title: str, lines: Sequence[str]) -> bool:
        """Have a paper go with what is said. False where it cannot: no channel that carries it."""
        if self.keeper is None or not carried(turn):
            return False
        paper = Paper(title, tuple(lines), turn.language, turn.now)
        data = await asyncio.to_thread(drawn, paper)
        about = hashlib.sha256(repr((title, paper.lines, turn.now)).encode()).hexdigest()
        medium_id = uuid5(SPACE, f"{turn.contact.id}.{about}")
        # The same name for the same paper: a turn that is handled again leaves no second file.
        try:
            path = await asyncio.to_thread(self.keeper.keep, data, medium_id.hex)
        except OSError as problem:  # not the database's, for which everybody would wait
            log.error("paper.not_kept", problem=named(problem))
            return False
        await media.put(turn.db, medium_id, turn.now, DOCUMENT, PDF, len(data), path)
        await media.belongs(turn.db, [medium_id], turn.contact.id)
        turn.speech.media = Attachment(DOCUMENT, id=str(medium_id), type=PDF, size=len(data))
        return True


def carried(turn: Turn) -> bool:
    """Whether the channel that answers the contact carries files: not SMS."""
    if turn.urn is None:
        return False
    return turn.urn.scheme != "tel" or turn.urn.via == "phone"
