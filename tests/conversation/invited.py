"""Six weavers of one town, a broker, and the group that may come of them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from storage import enterprises, networks, proposals
from storage import tables as t
from storage.proposals import Proposal
from tests.conversation.scene import Phone, Scene

BROKER = "tel:+50499000009"
NAMES = ("Ana", "Bea", "Carla", "Delia", "Elsa", "Flor")


def urn(number: int) -> str:
    return f"tel:+5049900010{number}"


@dataclass
class Story:
    scene: Scene
    broker: Phone
    firms: list[Phone]

    async def proposal(self) -> Proposal:
        async with self.scene.database.read() as db:
            row = (await db.execute(select(t.proposals.c.id))).scalars().all()[-1]
            found = await proposals.by_id(db, row)
        assert found is not None
        return found

    async def firm(self, number: int) -> enterprises.Enterprise:
        async with self.scene.database.read() as db:
            mine = await enterprises.of_contact(db, (await self.scene.contact(urn(number))).id)
        assert mine is not None
        return mine

    async def states(self) -> dict[str, str]:
        async with self.scene.database.read() as db:
            found = await proposals.firms_of(db, (await self.proposal()).id)
        named = {(await self.firm(n)).id: name for n, name in enumerate(NAMES) if n < self.count}
        return {named[firm]: state for firm, state in found.items() if firm in named}

    @property
    def count(self) -> int:
        return len(self.firms)

    async def members(self) -> set[str]:
        async with self.scene.database.read() as db:
            row = (await db.execute(select(t.networks.c.id))).scalars().all()
            inside = [m.enterprise_id for m in await networks.members_of(db, row[0])] if row else []
        named = {(await self.firm(n)).id: name for n, name in enumerate(NAMES) if n < self.count}
        return {named[firm] for firm in inside if firm in named}

    async def states_of_all(self) -> list[str]:
        async with self.scene.database.read() as db:
            return list((await proposals.firms_of(db, (await self.proposal()).id)).values())

    async def count_members(self) -> int:
        async with self.scene.database.read() as db:
            return len((await db.execute(select(t.memberships.c.id))).all())

    async def all_read(self) -> None:
        for phone in (self.broker, *self.firms):
            await phone.reads()


async def begun(scene: Scene, firms: int = 6) -> Story:
    broker = await scene.staff(BROKER, "Rosa Paz", "broker", "HN-LE")
    phones = [await scene.lives(urn(n), NAMES[n]) for n in range(firms)]
    story = Story(scene, broker, phones)
    await story.all_read()
    return story


async def proposed(story: Story) -> str:
    answer = await story.broker.says("groups")
    assert "New groups to look at: 1." in answer
    return answer


async def invited(story: Story) -> None:
    await proposed(story)
    assert "each of them is asked" in await story.broker.says("1")
