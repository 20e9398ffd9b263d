"""The WhatsApp templates there are, by purpose and language, and what Meta says of each.

Filled from Twilio's Content API, where they are found by their names, and from the file of
TWILIO_TEMPLATES. Looked up again now and then, since Meta approves, pauses and rejects by itself.
Source: https://www.twilio.com/docs/content/content-api-resources"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog

from bot.catalogues import chain_of
from bot.channels.base import Opening
from bot.channels.twilio_api import Api
from bot.channels.twilio_content import every_row
from bot.channels.twilio_wording import PREFIX, Needed
from bot.messages import Reply
from bot.openings import MESSAGE, MOST_BODY, OCCASIONS, PROGRAMME, flattened, occasion_of
from bot.template_file import Named

log = structlog.get_logger()

APPROVED = "approved"
BAD = frozenset({"rejected", "paused", "disabled"})
REFRESH = 900.0
LEAST_PAUSE, MOST_PAUSE = 5.0, 900.0
UNSEEN = 900
"""The longest text that goes into a template whose own words are not known."""


@dataclass(frozen=True)
class Template:
    """`state` as Meta says: unsubmitted, received, pending, approved, rejected, paused, disabled.

    `body` has its variables as {{1}}; empty where it is not known. `why` it was rejected."""

    purpose: str
    language: str
    content: str
    state: str
    variables: tuple[str, ...]
    name: str = ""
    body: str = ""
    made: str = ""
    why: str = ""


class Templates:
    """What there is. Used as a context: it looks again by itself while inside."""

    def __init__(self, api: Api, named: Sequence[Named] = ()) -> None:
        self.api = api
        self.named = tuple(
            Template(one.purpose, one.language, one.content, one.state, one.variables)
            for one in named
        )
        self.known: tuple[Template, ...] = self.named
        self._told: frozenset[str] = frozenset()
        self._url = f"{api.account.content}/v1/ContentAndApprovals"
        self._keeping: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Templates:
        if self.api.account.whatsapp:
            self._keeping = asyncio.create_task(self._keep())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)

    async def _keep(self) -> None:
        pause = LEAST_PAUSE
        while True:
            well = await self.look()
            await asyncio.sleep(REFRESH if well else pause)
            pause = LEAST_PAUSE if well else min(pause * 2, MOST_PAUSE)

    async def look(self) -> bool:
        """Ask Twilio for all of them. Whether it answered."""
        rows = await every_row(self.api, self._url)
        if rows is None:
            return False
        found = [one for row in rows if (one := template_of(row)) is not None]
        states = {str(row.get("sid")): state_of(row)[0] for row in rows}
        named = [
            replace(one, state=states.get(one.content) or one.state)
            if states.get(one.content) not in (None, "", "unsubmitted")
            else one
            for one in self.named
        ]
        before = {one.content: one.state for one in self.known}
        for one in (*named, *found):
            if one.state in BAD and before.get(one.content) != one.state:
                what = f"WhatsApp has {one.state} the template {one.name or one.content}"
                log.error("operator.alert", channel="whatsapp", code=0, what=what)
        self.known = (*named, *sorted(found, key=lambda one: one.made, reverse=True))
        return True

    def has_news(self) -> bool:
        """Whether one is approved that was not when this was last asked. At the first time any is
        news: it may have been approved while no process was there to see it."""
        usable = frozenset(one.content for one in self.known if one.state == APPROVED)
        news, self._told = usable - self._told, usable
        return bool(news)

    def approved(self, purpose: str, language: str) -> Template | None:
        """The one to use for a purpose: of the file first, then the newest."""
        for code in (*chain_of(language), *(("en",) if language[:2] == "en" else ())):
            for one in self.known:
                if (one.purpose, one.language, one.state) == (purpose, code, APPROVED):
                    return one
        return None

    def best(self, need: Needed) -> Template | None:
        """What there is for a need: approved, else with the words it should have, else any."""
        fitting = [
            one
            for one in self.known
            if (one.purpose, one.language) == (need.occasion.purpose, need.language)
        ]
        return max(
            fitting, key=lambda one: (one.state == APPROVED, one.name == need.name), default=None
        )

    def opening(self, reply: Reply, languages: Sequence[str]) -> Opening | None:
        """The template for a reply, in the first of these languages that has one.

        One with a text of the reply's own goes only in the reply's own language; another one says
        just that a message is there."""
        purposes = dict.fromkeys((occasion_of(reply.purpose).purpose, MESSAGE.purpose))
        for language in languages:
            for purpose in purposes:
                template = self.approved(purpose, language)
                if template is None:
                    continue
                notice = template.variables in ((), (PROGRAMME,))
                if notice and not _carried_by_it(reply):
                    return Opening((), whole=False)
                wire = wire_of(template, reply.variables)
                if wire is not None and (notice or language == languages[0]):
                    return Opening((wire,), whole=True)
        return None


def _carried_by_it(reply: Reply) -> bool:
    """Whether a notice is all there is to say."""
    return len(reply.variables) == 1


def wire_of(template: Template, told: Sequence[str]) -> dict[str, Any] | None:
    """The call that sends a template with these variables; None where they do not fit."""
    flat = [flattened(value) for value in told[: len(template.variables)]]
    if len(flat) != len(template.variables):
        return None
    text = template.body
    for number, value in enumerate(flat, 1):
        text = text.replace(f"{{{{{number}}}}}", value)
    if len(text) > MOST_BODY or (not template.body and sum(map(len, flat)) > UNSEEN):
        return None
    values = {str(number): value for number, value in enumerate(flat, 1)}
    return {
        "template": template.content,
        "variables": json.dumps(values, ensure_ascii=False),
        "values": flat,
        "text": text,
    }


def state_of(row: Mapping[str, Any]) -> tuple[str, str]:
    """What Meta says of a resource, and why."""
    told = row.get("approval_requests")
    if isinstance(told, list):
        told = told[0] if told else None
    if not isinstance(told, Mapping):
        return "", ""
    return str(told.get("status") or "").lower(), str(told.get("rejection_reason") or "")


def template_of(row: Mapping[str, Any]) -> Template | None:
    """The template a resource is by its name; None where it is none of ours."""
    name, sid, types = row.get("friendly_name"), row.get("sid"), row.get("types")
    if not isinstance(name, str) or not isinstance(sid, str) or not isinstance(types, Mapping):
        return None
    purpose = next((one for one in OCCASIONS if name.startswith(f"{PREFIX}{one}_")), "")
    language = name.removeprefix(f"{PREFIX}{purpose}_").rpartition("_")[0]
    body = next((t.get("body") for t in types.values() if isinstance(t, Mapping)), None)
    if not purpose or not language or not isinstance(body, str):
        return None
    state, why = state_of(row)
    variables = OCCASIONS[purpose].variables
    known = row.get("variables")
    if isinstance(known, Mapping) and len(known) != len(variables):
        return None
    made = str(row.get("date_created") or "")
    code = _code(language)
    return Template(purpose, code, sid, state or "unsubmitted", variables, name, body, made, why)


def _code(language: str) -> str:
    """A language as we write it: es_hn is es_HN."""
    base, _, region = language.partition("_")
    return f"{base}_{region.upper()}" if region else base
