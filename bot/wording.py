"""Words nobody knows yet, explained by coordinators by chat."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler

from bot import steps
from bot.commands import starts
from bot.handlers import options, outcome
from bot.speech import say
from bot.turn import Turn
from flows.session import Session
from flows.values import Offer
from matching.vocabulary import own
from storage import learned
from storage.learned import Unheard

AT_ONCE = 8
NEAREST = 4
LIKE_ENOUGH = 0.75


@starts("words", roles=("coordinator",))
async def words(turn: Turn, rest: str) -> None:
    """Explain a word that people wrote and nobody knows."""
    if not await learned.unheard(turn.db):
        turn.tell(say("phrase.no_words", "We know every word that people wrote."))
        return
    await steps.start(turn, "words")


def _id(one: Unheard) -> str:
    """Short enough for a button, and the same whatever else is waiting."""
    return sha256(f"{one.language}:{one.word}".encode()).hexdigest()[:12]


@options("unheard_words")
async def unheard_words(turn: Turn, session: Session) -> tuple[Offer, ...]:
    """Those that most people wrote, and the one that was picked."""
    found = await learned.unheard(turn.db)
    picked = session.answers.get("word")
    shown = [*found[:AT_ONCE], *(one for one in found[AT_ONCE:] if _id(one) == picked)]
    return tuple(Offer(_id(one), one.word, _id(one)) for one in shown)


@options("near_things")
async def near_things(turn: Turn, session: Session) -> tuple[Offer, ...]:
    """What is spelt most like it, named in the coordinator's language."""
    one = await _picked(turn, session)
    if one is None:
        return ()
    known = await learned.vocabulary(turn.db)
    spelt = {
        name: thing
        for language in (one.language or "en", turn.language)
        for thing, names in known.words.get(language, {}).items()
        for name in names
    }
    close = process.extract(
        one.word, spelt.keys(), scorer=JaroWinkler.similarity, score_cutoff=LIKE_ENOUGH, limit=20
    )
    things = dict.fromkeys(spelt[name] for name, _, _ in close)
    return tuple(Offer(t, known.named(t, turn.language), t) for t in list(things)[:NEAREST])


async def _picked(turn: Turn, session: Session) -> Unheard | None:
    found = await learned.unheard(turn.db)
    return next((one for one in found if _id(one) == session.answers.get("word")), None)


@outcome("words")
async def explained(turn: Turn, session: Session) -> None:
    """Keep what it means, if need be as a thing of its own; whoever wrote it is matched by it
    from now on."""
    one = await _picked(turn, session)
    meaning = session.answers.get("meaning")
    if one is None or meaning is None:
        return
    known = await learned.vocabulary(turn.db)
    if meaning == "new":
        kind = session.answers.get("kind")
        if not isinstance(kind, str):
            return
        thing: str | None = own(kind, _id(one))
    elif isinstance(meaning, str):
        thing = None if meaning == "nothing" else meaning
    else:
        said = meaning.get("words") if isinstance(meaning, Mapping) else ""
        heard = known.things(str(said or ""), turn.language)
        if len(heard) != 1:
            turn.speech.forget()
            turn.tell(
                say(
                    "phrase.word_unknown",
                    "We do not know that word either. Write WORDS to try another.",
                )
            )
            return
        thing = heard[0].id
    await learned.explain(turn.db, one, thing, turn.contact.id, turn.now)
