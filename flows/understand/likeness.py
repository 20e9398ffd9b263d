"""Options that a reply resembles: in part, misspelt, or named somewhere in a sentence."""

from __future__ import annotations

from rapidfuzz import fuzz, process

from flows.understand import yes_no
from flows.understand.options import Offered, Words
from flows.understand.tables import longest
from flows.values import Clear

ALIKE, NEARLY, MARGIN = 75, 60, 5
"""rapidfuzz ratios: from where on a misspelt label is taken, from where on it is asked back, and
how far behind the next best option must be."""
ALIKE_INSIDE = 84
"""A misspelt word inside a sentence counts from here on."""
MOST_MORE = 2
"""So many letters may be too many or too few: "clothing" is no slip of "cloth"."""
UNLIKE = NEARLY - MARGIN
"""Below it a likeness makes no difference to anything."""
SHORT, LONG = 4, 5
"""Words shorter than this many letters are never guessed at, alone and inside a sentence."""


def by_part(said: list[str], offered: Offered) -> set[int]:
    """The options in whose label all these words stand, small words alone aside; several where
    one of their other words has them too."""
    whole = set(said)
    if not any(len(word) > 2 for word in said) or whole <= _small(offered):
        return set()
    parts = {s.at for s in offered.words if any(whole <= p for p in s.sets)}
    labels = {s.at for s in offered.words if any(whole <= p for p in s.label_sets)}
    return parts if labels or len(parts) > 1 else set()


def misspelt(said: list[str], offered: Offered) -> set[int]:
    """The options whose phrase this almost is; several where they cannot be told apart."""
    scores = _scores(said, offered)
    best = max(scores, default=0.0)
    if best < ALIKE:
        return set()
    return {at for at, score in enumerate(scores) if score > best - MARGIN}


def nearly(said: list[str], offered: Offered) -> int | None:
    """The one option whose phrase this may be, or of one of whose other words it is a part."""
    whole = set(said) - _small(offered)
    parts = [s.at for s in offered.words if whole and any(whole <= set(p) for p in s.others)]
    if len(parts) == 1:
        return parts[0]
    scores = _scores(said, offered)
    best = max(scores, default=0.0)
    close = [at for at, score in enumerate(scores) if score > best - MARGIN]
    return close[0] if best >= NEARLY and len(close) == 1 else None


def in_sentence(said: list[str], offered: Offered) -> set[int]:
    """The options whose words stand in a sentence, unless it denies or doubts them."""
    found = {spoken.at: covered for spoken in offered.words if (covered := _covered(said, spoken))}
    if not found:
        return _polar(said, offered)
    if _denies(said, offered, set().union(*found.values())):
        return set()
    # A longer phrase that contains the words of another option is the one that was meant.
    return {
        at
        for at, covered in found.items()
        if not any(covered < other for n, other in found.items() if n != at)
    }


def doubted(value: object, said: list[str], offered: Offered, key: str) -> bool:
    """Whether an option that is yes or no is said with a doubt or a condition that it has not in
    its own words: "not now", "yes, if they pay". `key`: the whole reply, where its yes may be
    an "if"."""
    for offer, spoken in zip(offered.offers, offered.words, strict=True):
        if offer.value == value and offer.id in ("yes", "no"):
            own = any(yes_no.doubted(list(one), offered.language) for one in spoken.phrases)
            return not own and yes_no.doubted(said, offered.language, key)
    return False


def denied(said: list[str], offered: Offered) -> bool:
    """Whether a reply says no to something, in words that no option has in its own."""
    spoken = [one.vocabulary for one in offered.words]
    covered = {at for at, word in enumerate(said) if any(word in one for one in spoken)}
    return _denies(said, offered, covered)


def _denies(said: list[str], offered: Offered, covered: set[int]) -> bool:
    denials = offered.table.denials
    sizes = ((at, longest(said, at, denials)) for at in range(len(said)))
    return any(size and not set(range(at, at + size)) <= covered for at, size in sizes)


def _covered(said: list[str], spoken: Words) -> set[int]:
    """The places in the sentence where an option's phrases or its own words stand."""
    covered: set[int] = set()
    for at, word in enumerate(said):
        size = longest(said, at, spoken.phrases)
        covered.update(range(at, at + size))
        if word in spoken.own or _is_misspelt(word, spoken.own):
            covered.add(at)
    return covered


def _is_misspelt(word: str, own: frozenset[str]) -> bool:
    return len(word) >= LONG and any(
        len(one) >= LONG and one[0] == word[0] and fuzz.ratio(word, one) >= ALIKE_INSIDE
        for one in own
    )


def _polar(said: list[str], offered: Offered) -> set[int]:
    """Yes or no with more words around it, where these are among the options."""
    ids = {offer.id: at for at, offer in enumerate(offered.offers) if offer.id in ("yes", "no")}
    if not ids:
        return set()
    reading = yes_no.read(" ".join(said), offered.language)
    answer = str(reading.value) if isinstance(reading, Clear) else ""
    return {ids[answer]} if answer in ids else set()


def _scores(said: list[str], offered: Offered) -> list[float]:
    whole = " ".join(said)
    if len(whole) < SHORT:
        return [0.0] * len(offered.words)
    return [_score(whole, spoken) for spoken in offered.words]


def _score(whole: str, spoken: Words) -> float:
    """How like the best of an option's phrases, or of its own words where one word was said."""
    among = (*spoken.spellings, *spoken.own) if " " not in whole else spoken.spellings
    close = process.extract(whole, among, scorer=fuzz.ratio, score_cutoff=UNLIKE, limit=None)
    return max(
        (_alike(whole, one, score) for one, score, _ in close if len(one) >= SHORT), default=0.0
    )


def _alike(said: str, one: str, score: float) -> float:
    """A slip in the first letter is rare, and a short word is soon another: both are asked back."""
    close = said[0] == one[0] and score > ALIKE and abs(len(said) - len(one)) <= MOST_MORE
    if score < ALIKE or len(one) > 9 or close:
        return score
    return ALIKE - 0.1


def _small(offered: Offered) -> set[str]:
    return {word for phrase in offered.table.of("choice.small") for word in phrase}
