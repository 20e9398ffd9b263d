"""The telephones of people who write to a bot on the stand-in of Telegram: what they send, as
Telegram would hand it on, and what their screens show."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.standins.telegram import TelegramServer


@dataclass
class Shown:
    """A message of the bot on a screen. `markup` changes when the bot edits it."""

    number: int
    method: str
    text: str
    markup: dict[str, Any]
    file: bytes = b""

    @property
    def buttons(self) -> dict[str, str]:
        """Label -> payload of the buttons under it."""
        rows = self.markup.get("inline_keyboard", [])
        return {button["text"]: button["callback_data"] for row in rows for button in row}


@dataclass
class Person:
    """Somebody with Telegram. Their chat with the bot has their own number."""

    server: TelegramServer
    id: int
    name: str = "Ana"
    language: str = "es"
    phone: str = "50499001122"
    blocked: bool = False
    deactivated: bool = False
    began: bool = False
    screen: list[Shown] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def chat(self) -> dict[str, Any]:
        return {"id": self.id, "type": "private", "first_name": self.name}

    @property
    def user(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "is_bot": False,
            "first_name": self.name,
            "language_code": self.language,
        }

    async def send(self, **content: Any) -> int:
        """Send a message of any content; its number. Who blocked the bot lets it in by that."""
        self.began = True
        if self.blocked:
            await self.block(False)
        number = self.server.next_message()
        await self.server.happen(self.id, {"message": self._message(number, content)})
        return number

    async def say(self, text: str) -> int:
        if text.startswith("/"):
            command = {"offset": 0, "length": len(text.split()[0]), "type": "bot_command"}
            return await self.send(text=text, entities=[command])
        return await self.send(text=text)

    async def edit(self, number: int, text: str) -> None:
        """Change the words of a message sent before."""
        changed = self._message(number, {"text": text, "edit_date": self.server.date()})
        await self.server.happen(self.id, {"edited_message": changed})

    async def tap(self, label: str, shown: Shown | None = None) -> str:
        """Press a button of a message, the last one that has it; the id of the query."""
        found = shown or next(one for one in reversed(self.screen) if label in one.buttons)
        return await self.press(found.buttons[label], found)

    async def press(self, data: str, shown: Shown) -> str:
        """Press whatever button has this payload, there or not there any more."""
        query = self.server.next_query(self)
        message = {
            "message_id": shown.number,
            "date": self.server.date(),
            "chat": self.chat,
            "from": self.server.me(),
            "text": shown.text,
        }
        pressed = {
            "id": query,
            "from": self.user,
            "chat_instance": str(self.id * 7),
            "data": data,
            "message": message,
        }
        await self.server.happen(-self.id, {"callback_query": pressed})
        return query

    async def share_number(self, whose: int | None = None) -> int:
        contact = {"phone_number": self.phone, "first_name": self.name, "user_id": whose or self.id}
        return await self.send(contact=contact)

    async def pin(self, latitude: float, longitude: float) -> int:
        return await self.send(location={"latitude": latitude, "longitude": longitude})

    async def voice(self, data: bytes) -> int:
        ref = self.server.keep(data)
        voice = {"file_id": ref, "file_unique_id": ref[:8], "duration": 3, "file_size": len(data)}
        return await self.send(voice={**voice, "mime_type": "audio/ogg"})

    async def photo(self, data: bytes, caption: str = "", album: str = "") -> int:
        small, large = self.server.keep(data[:20]), self.server.keep(data)
        sizes = [
            {"file_id": ref, "file_unique_id": ref[:8], "width": w, "height": w, "file_size": size}
            for ref, w, size in ((small, 90, 20), (large, 1280, len(data)))
        ]
        more = {"caption": caption} if caption else {}
        return await self.send(photo=sizes, **more, **({"media_group_id": album} if album else {}))

    async def block(self, blocked: bool = True) -> None:
        """Block the bot, or let it in again."""
        self.blocked = blocked
        await self.server.happen(self.id, {"my_chat_member": self._membership(blocked)})

    async def hears(self, words: str, seconds: float = 10.0) -> Shown:
        """The first message with these words on the screen, once it is there."""
        async with asyncio.timeout(seconds), self.changed:
            await self.changed.wait_for(lambda: any(words in one.text for one in self.screen))
        return next(one for one in self.screen if words in one.text)

    async def wait(self, count: int = 1, seconds: float = 10.0) -> list[Shown]:
        """The messages on the screen, once there are so many."""
        async with asyncio.timeout(seconds), self.changed:
            await self.changed.wait_for(lambda: len(self.screen) >= count)
        return self.screen

    async def reply_to(self, text: str) -> Shown:
        """Say something; the next thing the bot shows."""
        before = len(self.screen)
        await self.say(text)
        return (await self.wait(before + 1))[before]

    async def reply_to_tap(self, label: str) -> Shown:
        """Press a button; the next thing the bot shows."""
        before = len(self.screen)
        await self.tap(label)
        return (await self.wait(before + 1))[before]

    async def show(self, shown: Shown) -> None:
        async with self.changed:
            self.screen.append(shown)
            self.changed.notify_all()

    def _message(self, number: int, content: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "message_id": number,
            "from": self.user,
            "chat": self.chat,
            "date": self.server.date(),
            **content,
        }

    def _membership(self, blocked: bool) -> dict[str, Any]:
        states = ("member", "kicked") if blocked else ("kicked", "member")
        old, new = ({"user": self.server.me(), "status": state} for state in states)
        return {
            "chat": self.chat,
            "from": self.user,
            "date": self.server.date(),
            "old_chat_member": old,
            "new_chat_member": new,
        }
