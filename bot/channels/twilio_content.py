"""The handful of Content resources by which WhatsApp shows buttons and lists.

Every field of each is a variable, so that a few serve all questions there will ever be. They are
made once, by one of the processes that send, and found again by their names by all of them.
Source: https://www.twilio.com/docs/content/using-variables-with-content-api"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import structlog

from bot.channels.layout import Button
from bot.channels.twilio_api import Api
from bot.pipeline.passing import is_passing

log = structlog.get_logger()

PREFIX = "artisan_"
MOST_BUTTONS, MOST_ITEMS = 3, 10
PAGES = 40
LEAST_PAUSE, MOST_PAUSE = 5.0, 900.0
FIRST_LOOK = 1.0
"""Seconds that a start waits for the first look: what one process began with a list, another that
knows of none would end in another shape."""

MAKING = 0x434F4E54
"""The number by which the processes of a programme let one of them make resources at a time."""

BUTTONS, LIST = "twilio/quick-reply", "twilio/list-picker"

NOTHING = "-"
"""Stands where an item has no description and others have: no value may be empty."""


@dataclass(frozen=True)
class Shape:
    """A resource: how many buttons, or items with or without descriptions."""

    name: str
    kind: str
    number: int
    described: bool = False


SHAPES: Mapping[str, Shape] = {
    shape.name: shape
    for shape in (
        *(Shape(f"{PREFIX}qr_{n}", BUTTONS, n) for n in range(1, MOST_BUTTONS + 1)),
        *(Shape(f"{PREFIX}list_{n}", LIST, n) for n in range(2, MOST_ITEMS + 1)),
        *(Shape(f"{PREFIX}list_{n}_told", LIST, n, True) for n in range(2, MOST_ITEMS + 1)),
    )
}


def shape_for(buttons: Sequence[Button], items: Sequence[Button]) -> Shape | None:
    """The resource that shows these; None where there is none."""
    if buttons:
        return SHAPES.get(f"{PREFIX}qr_{len(buttons)}")
    told = "_told" if any(item.description for item in items) else ""
    return SHAPES.get(f"{PREFIX}list_{len(items)}{told}")


def definition(shape: Shape) -> dict[str, Any]:
    """What is asked of Twilio to make it."""
    numbers = iter(range(1, 100))

    def variable() -> str:
        return f"{{{{{next(numbers)}}}}}"

    body: dict[str, Any] = {"body": variable()}
    if shape.kind == BUTTONS:
        body["actions"] = [
            {"type": "QUICK_REPLY", "title": variable(), "id": variable()}
            for _ in range(shape.number)
        ]
    else:
        body["button"] = variable()
        body["items"] = [
            {"item": variable(), "id": variable()}
            | ({"description": variable()} if shape.described else {})
            for _ in range(shape.number)
        ]
    return {
        "friendly_name": shape.name,
        "language": "en",
        "variables": {str(n): f"{n}" for n in range(1, next(numbers))},
        "types": {shape.kind: body},
    }


def variables(shape: Shape, text: str, menu: str, shown: Sequence[Button]) -> str:
    """The values of a resource's variables, in the order of its definition, as Twilio wants."""
    values = [text] if shape.kind == BUTTONS else [text, menu]
    for one in shown:
        values += [one.label, one.payload]
        if shape.described:
            values.append(one.description or NOTHING)
    numbered = {str(number): value for number, value in enumerate(values, 1)}
    return json.dumps(numbered, ensure_ascii=False)


class Contents:
    """Which resources there are: `sids` by name. Until one is known, options are numbered.

    Used as a context it looks for them, and makes what is missing. `alone`: whether, while inside,
    no other process makes any."""

    def __init__(
        self,
        api: Api,
        alone: Callable[[], AbstractAsyncContextManager[bool]] = lambda: nullcontext(True),
    ) -> None:
        self.api = api
        self.alone = alone
        self.sids: dict[str, str] = {}
        self._url = f"{api.account.content}/v1/Content"
        self._making = asyncio.Lock()
        self._looked = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Contents:
        """Begin to look for them; where that takes long nothing waits for it. Without WhatsApp none
        is needed."""
        if self.api.account.whatsapp:
            self._keeping = asyncio.create_task(self._keep())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FIRST_LOOK):
                    await self._looked.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)

    async def _keep(self) -> None:
        """Try until all are there; less often the longer it fails."""
        pause = LEAST_PAUSE
        while not await self._tried():
            self._looked.set()
            await asyncio.sleep(pause)
            pause = min(pause * 2, MOST_PAUSE)
        self._looked.set()

    async def _tried(self) -> bool:
        try:
            return await self.prepare()
        except Exception as problem:
            if not is_passing(problem):
                log.error("twilio.content_failed", problem=type(problem).__name__)
            return False

    def lost(self, name: str) -> None:
        """Somebody deleted a resource: numbers stand for it until it is made anew."""
        self.sids.pop(name, None)
        log.warning("twilio.content_lost", name=name)
        if self._keeping is not None and self._keeping.done():
            self._keeping = asyncio.create_task(self._keep())

    @property
    def has_buttons(self) -> bool:
        return self._has(BUTTONS)

    @property
    def has_lists(self) -> bool:
        return self.has_buttons and self._has(LIST)

    @property
    def has_told_lists(self) -> bool:
        """Lists whose items have descriptions."""
        return self._has(LIST, described=True)

    def _has(self, kind: str, described: bool = False) -> bool:
        wanted = (kind, described)
        return all(s.name in self.sids for s in SHAPES.values() if (s.kind, s.described) == wanted)

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(name for name in SHAPES if name not in self.sids)

    async def prepare(self, make: bool = True) -> bool:
        """Find the resources, and make what is missing where nobody else is making any. Whether all
        are there."""
        async with self._making:
            if not self.missing:
                return True
            async with self.alone() if make else nullcontext(False) as makes:
                if await self._look_up() and makes:
                    await asyncio.gather(*(self._make(SHAPES[name]) for name in self.missing))
        if self.missing and makes:
            log.warning("twilio.content_missing", missing=len(self.missing))
        return not self.missing

    async def _look_up(self) -> bool:
        """Find what there is by name; of two with one name the older. Whether Twilio answered."""
        rows = await every_row(self.api, self._url)
        found: dict[str, tuple[str, str]] = {}
        for row in rows or ():
            name, sid = row.get("friendly_name"), row.get("sid")
            if isinstance(name, str) and isinstance(sid, str) and _is(row, SHAPES.get(name)):
                made = (str(row.get("date_created") or ""), sid)
                found[name] = min(found.get(name, made), made)
        self.sids.update({name: sid for name, (_, sid) in found.items()})
        return rows is not None

    async def _make(self, shape: Shape) -> None:
        answer = await self.api.post_json(self._url, definition(shape))
        sid = answer.result.get("sid") if answer.ok else None
        if isinstance(sid, str):
            self.sids[shape.name] = sid
            log.info("twilio.content_made", name=shape.name)
        else:
            log.warning("twilio.content_refused", status=answer.status, code=answer.code)


async def every_row(api: Api, listed: str) -> list[Mapping[str, Any]] | None:
    """All resources of a list of the Content API, page by page; None where nothing answers."""
    url, found = f"{listed}?PageSize=500", []
    for _ in range(PAGES):
        answer = await api.get(url)
        if not answer.ok:
            log.warning("twilio.content_unknown", status=answer.status, code=answer.code)
            return None
        rows = answer.result.get("contents")
        found += [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
        before, url = url, _next(answer.result, listed)
        if not url or url == before:
            break
    return found


def _next(page: Mapping[str, Any], listed: str) -> str:
    """The address of the next page, at the server that we ask."""
    meta = page.get("meta")
    url = meta.get("next_page_url") if isinstance(meta, Mapping) else None
    return f"{listed}?{url.partition('?')[2]}" if isinstance(url, str) and "?" in url else ""


def _is(row: Mapping[str, Any], shape: Shape | None) -> bool:
    """Whether a resource is what its name says; somebody may have made another by that name."""
    types = row.get("types")
    return (
        shape is not None
        and isinstance(types, Mapping)
        and _bare(types.get(shape.kind)) == _bare(definition(shape)["types"][shape.kind])
    )


def _bare(value: Any) -> Any:
    """Without what Twilio adds by itself: nulls, and the type of a button."""
    if isinstance(value, Mapping):
        return {k: _bare(v) for k, v in value.items() if v is not None and k != "type"}
    return [_bare(one) for one in value] if isinstance(value, list) else value
