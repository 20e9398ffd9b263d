"""A language that is spoken and not written: clips and digits carry a registration."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bot.catalogues import Catalogues
from bot.clips import Clips
from tests.bot.test_clips import RECORDED, put
from tests.conversation.scene import Scene, house


async def test_somebody_registers_in_a_language_that_is_only_spoken(
    scene: Scene, tmp_path: Path
) -> None:
    locales = Path(__file__).parents[2] / "locales"
    (tmp_path / "es").symlink_to(locales / "es")
    put(tmp_path, "es_miq", "register.craft.ogg", RECORDED)
    (tmp_path / "es_miq" / "language.toml").write_text('name = "Miskitu"\n')
    languages = ("es_miq", "es")
    scene.house = replace(
        house(languages),
        catalogues=Catalogues.load(tmp_path, languages),
        clips=Clips.load(tmp_path, languages),
    )
    urn = "tel:+50499000009"
    ana = scene.phone(urn)
    await ana.talks("hola", "Miskitu", "1", "Ana")
    (heard,) = [reply for reply in scene.said_to(urn) if reply.media is not None]
    assert heard.audio == "register.craft"
    await ana.talks("1", "hamacas", "Gracias", "12", "3", "1", "1")
    contact = await scene.contact(urn)
    assert contact.language == "es_miq"
