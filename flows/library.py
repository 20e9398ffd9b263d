"""The flows of a folder, loaded, checked, and translated once per language.

A mistake in a file stops the start: it is told with file, step and field, all of them at once."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from flows import mistakes
from flows.mistakes import Mistake
from flows.model import AnyStep, Flow, Translate


class FlowError(Exception):
    """Some flow cannot be used; its text names every mistake. Mend the files and start again."""

    def __init__(self, found: Collection[Mistake]) -> None:
        self.mistakes = tuple(found)
        super().__init__("\n".join(map(str, self.mistakes)))


@dataclass
class Library:
    """Every flow by its name, in English as written and in the languages asked for so far."""

    flows: Mapping[str, Flow] = field(repr=False)

    @classmethod
    def load(
        cls,
        folder: Path,
        options: Collection[str] | None = None,
        facts: Collection[str] | None = None,
    ) -> Library:
        """Load every TOML file of a folder. Raises FlowError.

        `options`: the names the shell can look up for `options_from`; `facts`: the placeholders
        it can fill in. Where they are None, any name goes."""
        flows: dict[str, Flow] = {}
        found: list[Mistake] = []
        for path in sorted(folder.glob("*.toml")):
            flow, wrong = load(path)
            found += wrong
            if flow is not None:
                flows[flow.name] = flow
                found += mistakes.in_flow(path.name, flow, options, facts)
        if not flows and not found:
            found.append(Mistake(str(folder), "", "", "there is no flow in this folder"))
        if found:
            raise FlowError(found)
        return cls(flows)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.flows)

    @cached_property
    def _translated(self) -> dict[tuple[str, str], Flow]:
        return {}

    def flow(self, name: str, language: str = "en", translate: Translate | None = None) -> Flow:
        """A flow in a language; KeyError for a name that is no flow."""
        if translate is None:
            return self.flows[name]
        known = self._translated.get((name, language))
        if known is None:
            known = self._translated[name, language] = self.flows[name].translated(translate)
        return known

    def step(
        self, flow: str, name: str, language: str = "en", translate: Translate | None = None
    ) -> AnyStep | None:
        """A step of a flow in a language; None where there is no such step, or no such flow."""
        return self.flow(flow, language, translate).step(name) if flow in self.flows else None

    def __iter__(self) -> Iterator[Flow]:
        return iter(self.flows.values())


def load(path: Path) -> tuple[Flow | None, list[Mistake]]:
    """One file as a flow, or what is wrong with it."""
    try:
        source = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return None, [Mistake(path.name, "", "", f"is not TOML: {error}")]
    if source.get("name", path.stem) != path.stem:
        wrong = f"must be the file's, {path.stem!r}"
        return None, [Mistake(path.name, "", "name", wrong)]
    try:
        return Flow.model_validate({"name": path.stem, **source}), []
    except ValidationError as error:
        return None, list(mistakes.in_fields(path.name, source, _errors(error)))


def _errors(error: ValidationError) -> list[Mapping[str, Any]]:
    return [dict(one) for one in error.errors(include_url=False)]
