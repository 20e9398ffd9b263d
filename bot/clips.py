"""Recorded questions: `locales/<language>/audio/<flow>.<step>.ogg`, spoken by somebody from there.

A clip goes with its question on channels that carry sound, to whoever does not want them left out.
A draft, `<flow>.<step>.draft.ogg`, made by a machine, is heard in the demonstration only."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid5

from bot.catalogues import chain_of
from bot.media import MOST, Keeper, sort_of
from bot.messages import Attachment, Reply
from storage import media
from storage.database import Database

ENDING, DRAFT = ".ogg", ".draft.ogg"
LEFT_OUT = "recordings"
"""In a contact's `wants`: they want no recordings."""

SPACE = UUID("01a21400-0000-7000-8000-00000000c11b")
"""Ids of clips are made of what is in them: every process calls a clip the same."""


@dataclass(frozen=True)
class Clip:
    """One recording: where it lies and what its file is known by."""

    path: Path
    draft: bool
    id: UUID
    size: int

    @property
    def attachment(self) -> Attachment:
        return Attachment("voice", id=str(self.id), type="audio/ogg", size=self.size)


@dataclass(frozen=True)
class Clips:
    """The clips of the languages offered, by language and by what they say ("register.craft")."""

    by_language: Mapping[str, Mapping[str, Clip]] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path, languages: tuple[str, ...], drafts: bool = False) -> Clips:
        """What lies in the folders; a recording goes before a draft, and drafts only if wanted."""
        found: dict[str, dict[str, Clip]] = {}
        for language in languages:
            for name, clip in clips_of(folder, language):
                mine = found.setdefault(language, {})
                if (drafts or not clip.draft) and (name not in mine or mine[name].draft):
                    mine[name] = clip
        return cls(found)

    def find(self, language: str, name: str) -> Clip | None:
        """The clip of a language, or of the one it is a variant of; English only for English."""
        for code in chain_of(language) or (language,):
            clip = self.by_language.get(code, {}).get(name)
            if clip is not None:
                return clip
        return None

    def spoken(self, reply: Reply, wants: tuple[str, ...]) -> Reply:
        """The reply with the clip of its question, where there is one and it is welcome."""
        if not reply.audio or reply.media is not None or LEFT_OUT in wants:
            return reply
        clip = self.find(reply.language, reply.audio)
        return replace(reply, media=clip.attachment) if clip else reply

    async def register(self, database: Database, keeper: Keeper, now: datetime) -> int:
        """Keep the files where media lie, so that every channel can fetch them. Gives how many
        were new."""
        clips = {c.id: c for mine in self.by_language.values() for c in mine.values()}
        async with database.read() as db:
            known = await media.known(db, clips)
        new = [clip for id, clip in clips.items() if id not in known]
        paths = [await asyncio.to_thread(_kept, keeper, clip) for clip in new]
        if new:
            async with database.begin() as db:
                for clip, path in zip(new, paths, strict=True):
                    await media.put(db, clip.id, now, "voice", "audio/ogg", clip.size, path)
        return len(new)


def _kept(keeper: Keeper, clip: Clip) -> str:
    return keeper.keep(clip.path.read_bytes())


def clips_of(folder: Path, language: str) -> Iterator[tuple[str, Clip]]:
    """What each clip of a language says, and the clip; what is no recording is passed over."""
    for path in sorted((folder / language / "audio").glob(f"*{ENDING}")):
        draft = path.name.endswith(DRAFT)
        name = path.name.removesuffix(DRAFT if draft else ENDING)
        data = path.read_bytes()
        sort = sort_of(data)
        if sort is not None and sort.type == "audio/ogg" and len(data) <= MOST:
            digest = hashlib.sha256(data).hexdigest()
            yield name, Clip(path, draft, uuid5(SPACE, digest), len(data))
