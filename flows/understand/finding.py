"""Finding which spot of a gazetteer a reply names: by itself, with its region, in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from flows.light import light
from flows.understand.around import Around, around
from flows.understand.gazetteer import Alike, Gazetteer, Spot, key

AT_MOST = 3
LONGEST = 200
FEWEST_LETTERS = 3
"""A shorter name inside a sentence is no name."""
SURELY_LONGER = 6
"""In a name shorter than this one slip makes another name: it is asked back."""
TWO_SLIPS_LONGER = 12
CLOSE = 4.0
"""How much less alike (of 100) another name may be and still be meant."""
FAR_LARGER = 10
LARGE = 20_000
LONGEST_TYPED = 6

_PARTS = re.compile(r"[,;/()\n،؛、|]| [-–—] ")


@light(frozen=True)
class Found:
    """The one spot meant; `more` where the reply says more than its name."""

    spot: Spot
    more: bool = False


@light(frozen=True)
class Several:
    """What may be meant, likeliest first, at most three; one alone is to be asked back."""

    spots: tuple[Spot, ...]


@light(frozen=True)
class Unknown:
    """No spot we know."""


Outcome = Found | Several | Unknown


@light(frozen=True)
class _Home:
    """Where a name is looked for, and what may stand around it."""

    gazetteer: Gazetteer
    around: Around


@light(frozen=True)
class _Mention:
    """A name found in a reply; `sure` where nothing but the way of saying it stands around it."""

    name: str
    part: int
    sure: bool


@light(frozen=True)
class _Parsed:
    mentions: tuple[_Mention, ...]
    rest: tuple[str, ...]
    """Runs of words that are no names and not part of the way of saying it."""


def find(text: str, gazetteer: Gazetteer, language: str = "") -> Outcome:
    """The spot a reply names, in the words of a language, or of all where none is told."""
    return _find(text[:LONGEST], gazetteer, language)


@lru_cache(maxsize=4096)  # many write the same, and a name that is misspelt takes long
def _find(text: str, gazetteer: Gazetteer, language: str) -> Outcome:
    home = _Home(gazetteer, around(language))
    whole = key(text)
    if whole in gazetteer.called:
        return Unknown()
    spots = _meant(whole, home)
    if spots:
        return _one_of(spots)
    parts = [words for part in _PARTS.split(text) if (words := key(part).split())]
    parsed = _parse(parts, home)
    if parsed.rest or not parsed.mentions:
        surely = _surely_like(parts, home)
        if surely:
            return _one_of(surely)
    if not parsed.mentions:
        return _misspelt(parts, home)
    if _is_left_open(parts, parsed, home):
        likely = [spot for m in parsed.mentions for spot in gazetteer.named(m.name)[:1]]
        return Several(tuple(dict.fromkeys(likely))[:AT_MOST])
    if len({mention.name for mention in parsed.mentions}) == 1:
        region = gazetteer.region_named(parsed.mentions[0].name)
        once = len(parsed.mentions) == 1  # "Nyeri town, Nyeri county" is the town
        told = once and _told_region(parts, parsed.mentions[0].name, home)
        return Found(_whole(region, home)) if region and told else _single(parsed, home)
    return _together(parsed, home)


def _is_left_open(parts: Sequence[Sequence[str]], parsed: _Parsed, home: _Home) -> bool:
    """Whether the names are of a street, of what lies between them, or of where one is not."""
    said = {word for part in parts for word in part}
    left = [set(run.split()) for run in parsed.rest]
    street = len(parts) == 1 and any(run <= home.around.streets for run in left)
    several = len({mention.name for mention in parsed.mentions}) > 1
    apart = several and bool(said & home.around.between)
    denied = any(run & home.around.denials for run in left)
    return street or apart or denied


def _told_region(parts: Sequence[Sequence[str]], name: str, home: _Home) -> bool:
    """Whether a word such as "county" says that the region of this name is meant, not its town."""
    rest = [word for part in parts for word in part if word not in name.split()]
    told = [word for word in rest if word in home.around.regions]
    return len(told) == 1 and all(w in told or w in home.around.frame for w in rest)


def _meant(name: str, home: _Home) -> tuple[Spot, ...]:
    """Spots of this name, and far larger places people may call so for short."""
    spots = home.gazetteer.named(name)
    if not spots:
        return ()
    largest = max(spot.people for spot in spots)
    if all(spot.place is None for spot in spots):
        return spots
    larger = (
        spot
        for spot in home.gazetteer.beginning(name)
        if spot.people >= max(LARGE, FAR_LARGER * largest) and spot not in spots
    )
    return (*larger, *spots)


def _one_of(spots: Sequence[Spot], more: bool = False) -> Outcome:
    distinct = tuple(dict.fromkeys(spots))
    if not distinct:
        return Unknown()
    return Found(distinct[0], more) if len(distinct) == 1 else Several(distinct[:AT_MOST])


def _parse(parts: Sequence[Sequence[str]], home: _Home) -> _Parsed:
    mentions: list[_Mention] = []
    rest: list[str] = []
    for index, part in enumerate(parts):
        spans = list(_spans(part, home))
        covered = {at for start, end, _ in spans for at in range(start, end)}
        left = [w not in home.around.frame and at not in covered for at, w in enumerate(part)]
        alone = all(
            not is_left or w in home.around.articles for w, is_left in zip(part, left, strict=True)
        )
        for start, _, name in spans:
            said = start > 0 and part[start - 1] in home.around.at
            mentions.append(_Mention(name, index, alone or said))
        rest += _runs(part, left, home)
    return _Parsed(tuple(mentions), tuple(rest))


def _spans(part: Sequence[str], home: _Home) -> Iterator[tuple[int, int, str]]:
    """Where names stand in a part, longest first from the left; not where a landmark is named."""
    at = 0
    landmark = False
    while at < len(part):
        landmark = part[at] in home.around.landmarks or (
            landmark and part[at] not in ("in", "en", "dans")
        )
        end, name = (0, "") if landmark else _name_at(part, at, home)
        if end:
            yield at, end, name
        at = end or at + 1


def _name_at(part: Sequence[str], at: int, home: _Home) -> tuple[int, str]:
    """The longest name that begins here, as it is known, and where it ends; 0 for none."""
    for end in range(min(len(part), at + home.gazetteer.longest), at, -1):
        written = part[at:end]
        if all(word in home.around.plain for word in written):
            continue
        for name in _ways(written, home):
            if len(name) < FEWEST_LETTERS or name in home.gazetteer.called:
                continue
            if home.gazetteer.knows(name):
                return end, name
    return 0, ""


def _ways(written: Sequence[str], home: _Home) -> Iterator[str]:
    """Words as they stand, then without what a language writes onto a name."""
    yield " ".join(written)
    for first in (written[0], *home.around.loose(written[0], front=True)):
        rest = [first, *written[1:]]
        for last in (rest[-1], *home.around.loose(rest[-1], front=False)):
            if first != written[0] or last != rest[-1]:
                yield " ".join([*rest[:-1], last])


def _runs(part: Sequence[str], left: Sequence[bool], home: _Home) -> Iterator[str]:
    run: list[str] = []
    for word, is_left in [*zip(part, left, strict=True), ("", False)]:
        if is_left and word not in home.gazetteer.called:
            run.append(word)
        elif run:
            if not home.around.articles.issuperset(run):
                yield " ".join(run)
            run = []


def _single(parsed: _Parsed, home: _Home) -> Outcome:
    """One name, with or without more words around it."""
    mention = parsed.mentions[0]
    region = home.gazetteer.region_named(mention.name)
    if parsed.rest and region is not None:
        within = _within(parsed.rest, region, home)
        if within is not None:
            return within
        spots = home.gazetteer.placed(mention.name, region)
        street = any(word in home.around.streets for run in parsed.rest for word in run.split())
        return Found(spots[0] if spots and street else _whole(region, home), more=True)
    if len(parsed.mentions) > 1 and region and (own := home.gazetteer.placed(mention.name, region)):
        return _one_of(own, more=bool(parsed.rest))  # "Puebla, Puebla"
    spots = _meant(mention.name, home)
    if parsed.rest and not all(m.sure for m in parsed.mentions):
        return Several(spots[:AT_MOST])
    return _one_of(spots, more=bool(parsed.rest))


def _within(runs: Iterable[str], region: str, home: _Home) -> Outcome | None:
    """A place of a region, by its name or misspelt, among words that no name was found in."""
    for run in runs:
        if all(word in home.around.plain for word in run.split()):
            continue
        spots = home.gazetteer.placed(run, region)
        if spots:
            return _one_of(spots)
        alike = [
            a for a in home.gazetteer.similar(run, region) if home.gazetteer.placed(a.name, region)
        ]
        if alike and _sure(run, alike[0]):
            best = [a for a in alike if _as_close(a, alike[0])]
            return _one_of([s for a in best for s in home.gazetteer.placed(a.name, region)])
    return None


def _together(parsed: _Parsed, home: _Home) -> Outcome:
    """Several names: a place with its region or its town, else alternatives."""
    names = list(dict.fromkeys(mention.name for mention in parsed.mentions))
    more = bool(parsed.rest)
    for name in names:
        for other in names:
            region = home.gazetteer.region_named(other)
            if name != other and region is not None:
                spots = home.gazetteer.placed(name, region)
                if spots:
                    return _one_of(spots, more)
    for at, name in enumerate(names):
        for other in names[at + 1 :]:
            regions = dict.fromkeys(
                spot.region for spot in home.gazetteer.named(other) if spot.region
            )
            spots = tuple(s for region in regions for s in home.gazetteer.placed(name, region))
            if spots:
                return _one_of(spots, more)
    return _one_of([spot for name in names for spot in home.gazetteer.named(name)[:1]], more)


def _surely_like(parts: Sequence[Sequence[str]], home: _Home) -> tuple[Spot, ...]:
    """The spots whose whole name the reply is but for a slip, with or without what stands around;
    none where another name is as close."""
    whole = " ".join(word for part in parts for word in part)
    cores = [whole] if any(word not in home.around.plain for word in whole.split()) else []
    cores += [_core(parts[0], home)] if len(parts) == 1 else []
    for name in filter(None, dict.fromkeys(cores)):
        if len(name.split()) > LONGEST_TYPED + 2:
            continue
        alike = home.gazetteer.similar(name)
        if alike and _sure(name, alike[0]):
            best = [a for a in alike if _as_close(a, alike[0])]
            return tuple(dict.fromkeys(spot for a in best for spot in home.gazetteer.named(a.name)))
    return ()


def _misspelt(parts: Sequence[Sequence[str]], home: _Home) -> Outcome:
    """No name as it is written: names much like what stands there."""
    cores = [core for part in parts if (core := _core(part, home))]
    if len(cores) > 1:
        region = _region_like(cores[-1], home)
        if region is not None:
            within = _within(cores[:-1], region, home)
            return within or Found(_whole(region, home), more=True)
    if len(cores) != 1 or len(cores[0].split()) > LONGEST_TYPED:
        return Unknown()
    return _like(cores[0], home)


def _like(name: str, home: _Home) -> Outcome:
    alike = home.gazetteer.similar(name)
    if not alike:
        held = home.gazetteer.beginning(name) if len(name) >= SURELY_LONGER else ()
        return Several(held[:AT_MOST]) if held else Unknown()
    best = [a for a in alike if _as_close(a, alike[0])]
    spots = tuple(dict.fromkeys(spot for a in best for spot in home.gazetteer.named(a.name)))
    if len(spots) == 1 and _sure(name, alike[0]):
        return Found(spots[0])
    likely = dict.fromkeys(spot for a in alike for spot in home.gazetteer.named(a.name))
    return Several(tuple(likely)[:AT_MOST]) if likely else Unknown()


def _sure(name: str, best: Alike) -> bool:
    length = min(len(name), len(best.name))
    if best.slips <= 1:
        return length >= SURELY_LONGER
    return best.slips == 2 and length >= TWO_SLIPS_LONGER


def _as_close(alike: Alike, best: Alike) -> bool:
    return alike.slips <= best.slips or alike.ratio >= best.ratio - CLOSE


def _region_like(name: str, home: _Home) -> str | None:
    for alike in home.gazetteer.similar(name):
        region = home.gazetteer.region_named(alike.name)
        if region is not None and _sure(name, alike):
            return region
    return None


def _core(part: Sequence[str], home: _Home) -> str:
    """A part without the words around a name; empty where no word could be one."""
    words = list(part)
    while words and words[0] in home.around.frame:
        words.pop(0)
    while words and words[-1] in home.around.frame:
        words.pop()
    plain = all(word in home.around.plain for word in words)
    told_by_landmark = any(word in home.around.landmarks for word in words)
    return "" if plain or told_by_landmark else " ".join(words)


def _whole(region: str, home: _Home) -> Spot:
    return Spot(home.gazetteer.country, region, None)
