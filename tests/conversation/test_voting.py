"""Votes in a group: by chat, secret, changed while open, settled early, or written down."""

from __future__ import annotations

import pytest

from tests.conversation.grouped import Group, founded
from tests.conversation.scene import Scene


@pytest.fixture
async def group(any_scene: Scene) -> Group:
    return await founded(any_scene, "Ana", "Beto", "Carla", "Dora")


async def test_a_leader_is_voted_for_and_the_vote_ends_when_nothing_can_change_it(
    group: Group,
) -> None:
    ana = group["Ana"]
    assert "Now all are asked" in await ana.talks("network", "Decide", "Who leads")
    assert "Who shall lead the group?" in await ana.reads() or "Who shall lead" in (
        group.scene.all_said_to(ana.urn)
    )
    asked = await group["Beto"].reads()
    assert "Your vote is secret" in asked
    await group["Beto"].says("Carla")
    assert "Your vote counts" in await group["Beto"].talks("vote", "Dora")
    await group["Carla"].says("Dora")
    assert (await group.kept()).leader_id is None
    await group["Dora"].says("Dora")
    assert (await group.kept()).leader_id == group.enterprises["Dora"]
    heard = await group["Rosa"].reads()
    assert "New leader: Dora." in heard
    assert "Beto" not in heard
    assert "Nothing is being voted on" in await ana.says("vote")


async def test_a_vote_ends_by_itself_and_a_tie_changes_nothing(group: Group) -> None:
    await group["Ana"].talks("network", "Decide", "Who keeps the money")
    await group["Ana"].says("Ana")
    await group["Beto"].says("Beto")
    await group.scene.pass_time(days=6)
    assert "The vote brought no change." in await group["Carla"].reads()
    assert (await group.kept()).treasurer_id is None


async def test_a_rule_is_voted_on_kept_and_shown(group: Group) -> None:
    await group["Ana"].talks("network", "Decide", "A rule", "We meet on Mondays")
    for name in ("Beto", "Carla", "Dora"):
        assert "Shall this be our rule? We meet on Mondays" in await group[name].reads()
        await group[name].says("yes")
    assert "New rule: We meet on Mondays" in await group["Rosa"].reads()
    assert "1. We meet on Mondays" in await group["Ana"].talks("network", "Our rules")


async def test_two_thirds_of_the_others_put_somebody_out_who_is_not_asked(group: Group) -> None:
    await group["Ana"].talks("network", "Decide", "That somebody must leave", "Dora")
    assert "Shall Dora leave" in await group["Beto"].reads()
    assert "Nothing is being voted on" in await group["Dora"].says("vote")
    await group["Ana"].says("yes")
    await group["Beto"].says("yes")
    assert "By vote, Dora is no longer in." in await group["Carla"].reads()
    assert "Dora is no longer in" in await group["Dora"].reads()
    assert "in no group" in await group["Dora"].says("network")
    assert "no group that you left" in await group["Dora"].says("rejoin")


async def test_without_two_thirds_everybody_stays(group: Group) -> None:
    await group["Ana"].talks("network", "Decide", "That somebody must leave", "Dora")
    await group["Ana"].says("yes")
    await group["Beto"].says("no")
    await group["Carla"].says("no")
    assert "The vote brought no change." in await group["Ana"].reads()
    assert "Los Hierros" in await group["Dora"].says("network")


async def test_a_member_who_leaves_settles_what_only_waited_for_them(group: Group) -> None:
    await group["Ana"].talks("network", "Decide", "Who leads")
    await group["Ana"].says("Beto")
    await group["Beto"].says("Beto")
    assert (await group.kept()).leader_id is None
    await group["Dora"].talks("network", "Leave the group", "yes")
    assert (await group.kept()).leader_id == group.enterprises["Beto"]


async def test_who_calls_a_vote_is_asked_at_once_before_what_was_put_off(group: Group) -> None:
    await group.scene.pass_time(days=2)
    assert "ten short questions" in await group["Ana"].reads()
    asked = await group["Ana"].talks("network", "Decide something together", "Who leads")
    assert asked.index("Now all are asked") < asked.index("Who shall lead the group?")
    assert "ten short questions" not in asked
    assert "Your vote counts" in await group["Ana"].says("Beto")
