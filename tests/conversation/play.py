"""Plays: transcripts with several people in one file, which anybody can write and read.

    language es
    broker   Rosa on telegram
    firm     Ana on whatsapp
    firm     Beto on sms
    craft    metal_structures
    buys     hierro
    place    Tegucigalpa, HN-FM, 14.08, -87.21

    Ana > red                what somebody writes
    Ana < Los Hierros        what has come to them since they last wrote, as their channel shows it
    Ana < a group | a team   either of these
    Ana !< Beto              what has not
    Ana@sms > 2              only where they are on that channel
    ~ 3 days                 time goes by
    $ revoke Rosa            what an operator does

`broker Marta on sms for HN-CR` works elsewhere, `firm` is somebody registered, `phone` a telephone
of which nothing is known, `founded NAME` makes all the firms a group before the play begins. Lines
that begin with # are for the reader."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from bot import codes
from bot.channels import sms, telegram_rendering, whatsapp
from bot.channels.layout import Part, lay_out
from bot.messages import Reply
from storage import enterprises, needs, networks, roles
from storage.networks import Network
from tests.conversation.grouped import person
from tests.conversation.scene import Phone, Scene

LINE = re.compile(r"(?P<who>\w+)(@(?P<on>\w+))? (?P<mark>>|<|!<) ?(?P<words>.*)")
TIME = re.compile(r"~ (?P<count>\d+) (?P<unit>minutes|hours|days)")
PERSON = re.compile(
    r"(?P<role>broker|coordinator|confidant|firm|phone) +(?P<name>\w+) on (?P<on>\w+)"
    r"(?: for (?P<area>\S+))?"
)
CAPS = {"telegram": telegram_rendering.CAPS, "whatsapp": whatsapp.CAPS, "sms": sms.CAPS}
FIRST = 50499000100


@dataclass
class Play:
    """A play being played: who is in it, by name, and what each has read since they last wrote."""

    scene: Scene
    language: str
    phones: dict[str, Phone] = field(default_factory=dict)
    firms: dict[str, UUID] = field(default_factory=dict)
    read: dict[str, str] = field(default_factory=dict)
    _seen: dict[str, int] = field(default_factory=dict)

    @property
    def channels(self) -> set[str]:
        """The channels they are on."""
        return {phone.channel for phone in self.phones.values()}

    async def line(self, place: str, text: str) -> None:
        """Play one line; AssertionError where it is not so."""
        if found := TIME.fullmatch(text):
            await self.scene.pass_time(**{found["unit"]: float(found["count"])})
        elif text.startswith("$ "):
            await self._operator(place, *text.split()[1:])
        else:
            found = LINE.fullmatch(text)
            assert found is not None, f"{place}: not a line of a play: {text}"
            assert found["who"] in self.phones, f"{place}: who is {found['who']}?"
            if found["on"] in (None, self.phones[found["who"]].channel):
                await self._said(place, found["who"], found["mark"], found["words"])

    async def _said(self, place: str, who: str, mark: str, words: str) -> None:
        self._reads(who)
        if mark == ">":
            self.read[who] = ""
            await self.phones[who].says(words)
            self._reads(who)
            return
        came = any(plain(one) in plain(self.read[who]) for one in words.split(" | "))
        said = f"{place}: {who} {mark} {words}\n{who} read:\n{self.read[who]}"
        assert came == (mark == "<"), said

    def _reads(self, who: str) -> None:
        phone = self.phones[who]
        new = self.scene.said_to(phone.urn)[self._seen.get(who, 0) :]
        self._seen[who] = self._seen.get(who, 0) + len(new)
        shown = "\n\n".join(shown_on(phone.channel, reply) for reply in new)
        self.read[who] = f"{self.read.get(who, '')}\n\n{shown}"

    async def _operator(self, place: str, what: str, whom: str) -> None:
        assert what == "revoke", f"{place}: an operator cannot {what}"
        await codes.revoke(self.scene.database, self.phones[whom].urn)

    async def network(self) -> Network:
        """The only group there is, closed ones left out."""
        async with self.scene.database.read() as db:
            (found,) = await networks.living(db)
        return found

    async def members(self) -> set[str]:
        """Who is in it, by name."""
        network = await self.network()
        async with self.scene.database.read() as db:
            inside = {one.enterprise_id for one in await networks.members_of(db, network.id)}
        return {name for name, firm in self.firms.items() if firm in inside}

    def everything(self, who: str) -> str:
        """All that ever came to somebody, as their channel shows it."""
        phone = self.phones[who]
        return "\n\n".join(shown_on(phone.channel, one) for one in self.scene.said_to(phone.urn))


def plain(text: str) -> str:
    """A text without accents, case and line ends: SMS has few of them."""
    bare = unicodedata.normalize("NFKD", text.translate({0xBF: None, 0xA1: None}))
    return " ".join("".join(c for c in bare if not unicodedata.combining(c)).casefold().split())


def shown_on(channel: str, reply: Reply) -> str:
    """A message as its channel shows it, buttons by their labels."""
    return "\n".join(line for part in lay_out(reply, CAPS[channel]) for line in _lines(part))


def _lines(part: Part) -> Iterator[str]:
    yield part.text
    for button in (*part.buttons, *part.items):
        yield f"[{button.label}]"


async def play(scene: Scene, path: Path, channel: str = "") -> Play:
    """Play a file to its end, all on one `channel` if named; the first line that is not so
    fails."""
    lines = [
        (f"{path.name}:{number}", text.strip())
        for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if text.strip() and not text.startswith("#")
    ]
    head: dict[str, str] = {}
    people: list[tuple[str, str, str, str]] = []
    while lines and not LINE.fullmatch(lines[0][1]) and not TIME.fullmatch(lines[0][1]):
        text = lines.pop(0)[1]
        if found := PERSON.fullmatch(text):
            on, area = channel or found["on"], found["area"] or ""
            people.append((found["role"], found["name"], on, area))
        else:
            name, _, value = text.partition(" ")
            head[name] = value.strip()
    made = await _cast(scene, head, people)
    for place, text in lines:
        await made.line(place, text)
    return made


async def _cast(
    scene: Scene, head: dict[str, str], people: list[tuple[str, str, str, str]]
) -> Play:
    made = Play(scene, head["language"])
    place, region, lat, lon = (part.strip() for part in head["place"].split(","))
    profile = {"inputs": head["buys"]} if "buys" in head else {}
    brokers = []
    for number, (role, name, channel, area) in enumerate(people):
        urn = _urn(channel, FIRST + number)
        if role == "phone":
            made.phones[name] = Phone(scene, urn, channel)
            continue
        phone, contact_id = await person(scene, urn, name, made.language, channel)
        made.phones[name] = phone
        async with scene.database.begin() as db:
            if role != "firm":
                await roles.grant(db, contact_id, role, scene.now, area=(area or region,))
                brokers += [contact_id] if role == "broker" else []
                continue
            firm = await enterprises.register(
                db, contact_id, scene.now, craft=head["craft"], country=region[:2], region=region,
                place=place, lat=float(lat), lon=float(lon), willing="yes", workers=3, since=2014,
                languages=(made.language,), profile=profile,
            )  # fmt: skip
            await needs.add(db, firm.id, head.get("need", "inputs"), scene.now)
            made.firms[name] = firm.id
    if "founded" in head:
        async with scene.database.begin() as db:
            await networks.found(
                db, list(made.firms.values()), scene.now, name=head["founded"],
                broker_id=brokers[0], country=region[:2], region=region, place=place,
            )  # fmt: skip
    return made


def _urn(channel: str, number: int) -> str:
    named = {"telegram": f"telegram:{number}", "whatsapp": f"whatsapp:+{number}"}
    return named.get(channel, f"tel:+{number}")
