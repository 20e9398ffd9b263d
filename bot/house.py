"""What every turn needs and no turn changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.catalogues import Catalogues
from bot.clips import Clips
from bot.papers import Papers
from bot.settings import Settings
from flows.library import Library
from flows.understand.places import Gazetteer
from storage.indexing import Indexing


@dataclass(frozen=True)
class House:
    """`places` gives the gazetteers to look a place up in, those of a country first."""

    settings: Settings
    library: Library
    catalogues: Catalogues
    places: Callable[[str], tuple[Gazetteer, ...]]
    clips: Clips = field(default_factory=Clips)
    indexing: Indexing = field(default_factory=Indexing)
    papers: Papers = field(default_factory=Papers)
