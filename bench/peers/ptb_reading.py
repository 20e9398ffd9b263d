"""python-telegram-bot as in `bench.peers.ptb`, but with our own reading of what people write.

Its ConversationHandler has no means to tell that "hamocks" is a craft or where Santa Rosa lies, so
that in `ptb` any words answer a question. Here its handler asks `flows.engine`, keeps the answers
in `user_data` and says what the engine says: the same questions and the same replies as ours, from
memory. Unlike the other peers it runs in our environment, where the engine is."""

from __future__ import annotations

from datetime import UTC, datetime

import uvloop
from telegram import ReplyKeyboardMarkup, Update
from telegram.ext import ContextTypes, ConversationHandler

from bench.peers.ptb import behind_aiohttp
from bot.catalogues import Catalogues
from bot.places import gazetteers
from bot.settings import ROOT
from bot.speech import Speech, own_labels
from flows.engine import Heard, World, ask, begin, reply
from flows.library import Library
from flows.values import FlowOffers, Offer, Said

LANGUAGES = ("en", "es", "fr", "sw")
COUNTRY = "HN"
ANSWERING = 0

LIBRARY = Library.load(ROOT / "flows" / "definitions")
CATALOGUES = Catalogues.load(ROOT / "locales", LANGUAGES)
PLACES = gazetteers(ROOT / "locales" / "places", COUNTRY)
OFFERED = FlowOffers(Offer(one.code, one.name, one.code) for one in CATALOGUES.languages)
FACTS, OPTIONS = {"programme": "Artisan Connect"}, {"languages": OFFERED}


async def begun(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    return await say(update, context, begin(LIBRARY.flow("register")))


async def answered(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    """Read an answer, keep it and ask what follows."""
    assert update.effective_message is not None
    assert context.user_data is not None
    language = context.user_data["language"]
    flow = LIBRARY.flow("register", language, CATALOGUES.translate(language))
    said = Said((update.effective_message.text or "").strip())
    heard = reply(flow, context.user_data["session"], said, world(language))
    return await say(update, context, heard)


async def say(update: Update, context: ContextTypes.DEFAULT_TYPE, heard: Heard) -> int:
    assert update.effective_message is not None
    assert context.user_data is not None
    language = str(heard.session.answers.get("language") or LANGUAGES[0])
    translate = CATALOGUES.translate(language)
    asking = ask(LIBRARY.flow("register", language, translate), heard, world(language))
    speech = Speech()
    speech.ask(asking, "", translate)
    answer = speech.reply(language, translate)
    assert answer is not None
    rows = [[choice.label] for choice in answer.choices]
    keyboard = ReplyKeyboardMarkup(rows, one_time_keyboard=True) if rows else None
    await update.effective_message.reply_text(answer.text, reply_markup=keyboard)
    if asking.done:
        context.user_data.clear()
        return ConversationHandler.END
    context.user_data["session"], context.user_data["language"] = asking.session, language
    return ANSWERING


def world(language: str) -> World:
    return World(
        language=language,
        country=COUNTRY,
        today=datetime.now(UTC).date(),
        channel="telegram",
        places=PLACES(COUNTRY),
        facts=FACTS,
        options=OPTIONS,
        words=own_labels(CATALOGUES.translate(language)),
    )


if __name__ == "__main__":
    uvloop.run(behind_aiohttp(begun, answered, ANSWERING + 1))
