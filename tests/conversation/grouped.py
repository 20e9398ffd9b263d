"""Groups for conversations: members and a broker who have registered, in a network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from bot.turn import CONSENT
from storage import consents, contacts, enterprises, networks, roles
from storage.consents import Consent
from storage.networks import Network
from tests.conversation.scene import Phone, Scene


@dataclass
class Group:
    """A network on the stage: phones by name, the broker's among them."""

    scene: Scene
    network_id: UUID
    phones: dict[str, Phone]
    enterprises: dict[str, UUID]

    def __getitem__(self, name: str) -> Phone:
        return self.phones[name]

    async def kept(self) -> Network:
        async with self.scene.database.read() as db:
            found = await networks.by_id(db, self.network_id)
        assert found is not None
        return found

    async def kinds(self) -> list[str]:
        """The history, by kind."""
        async with self.scene.database.read() as db:
            return [one.kind for one in await networks.history(db, self.network_id)]

    async def all_read(self) -> None:
        """Everybody has read what has come so far."""
        for phone in self.phones.values():
            await phone.reads()


async def person(
    scene: Scene, urn: str, name: str, language: str = "en", channel: str = "phone"
) -> tuple[Phone, UUID]:
    """Somebody who has agreed and may be written to, without a workshop yet."""
    async with scene.database.begin() as db:
        one, address = await contacts.meet(
            db, urn, scene.now, via=channel, country="HN", language=language
        )
        await contacts.change(db, one.id, name=name, hours="00-24")
        word = Consent(one.id, channel, CONSENT, "test", "asked", given=True, at=scene.now)
        await consents.note(db, word)
    return Phone(scene, address.address or urn, channel), one.id


async def founded(
    scene: Scene,
    *names: str,
    broker: str = "Rosa",
    language: str = "en",
    channels: tuple[str, ...] = ("phone",),
    stage: str = "promotion",
    craft: str = "metal_structures",
    name: str = "Los Hierros",
) -> Group:
    """A network of these members, each on the next of the channels."""
    phones, firms = {}, {}
    first = 50499000100
    for place, one in enumerate((broker, *names)):
        channel = channels[place % len(channels)]
        urn = {
            "telegram": f"telegram:{first + place}",
            "whatsapp": f"whatsapp:+{first + place}",
        }.get(channel, f"tel:+{first + place}")
        phone, contact_id = await person(scene, urn, one, language, channel)
        phones[one] = phone
        async with scene.database.begin() as db:
            if one == broker:
                broker_id = contact_id
                await roles.grant(db, contact_id, "broker", scene.now, area=("HN-FM",))
            else:
                made = await enterprises.register(
                    db, contact_id, scene.now, craft=craft, country="HN", region="HN-FM",
                    place="Tegucigalpa", willing="yes", languages=(language,),
                )  # fmt: skip
                firms[one] = made.id
    async with scene.database.begin() as db:
        made_network = await networks.found(
            db, list(firms.values()), scene.now, name=name, broker_id=broker_id, country="HN",
            region="HN-FM", place="Tegucigalpa", stage=stage,
        )  # fmt: skip
    scene.now += timedelta(seconds=1)
    return Group(scene, made_network.id, phones, firms)
