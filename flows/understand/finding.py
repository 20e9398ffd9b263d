"""Finding which spot of a gazetteer a reply names: by itself, with its region, in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from flows.understand.gazetteer import Alike, Gazetteer, Spot, key

AT_MOST = 3
LONGEST = 200
FEWEST_LETTERS = 3
"""A shorter name inside a sentence is no name."""
SURELY_LONGER = 6
"""In a name shorter than this one slip makes another name: it is asked back."""
TWO_SLIPS_LONGER = 9
CLOSE = 4.0
"""How much less alike (of 100) another name may be and still be meant."""
FAR_LARGER = 10
LARGE = 20_000
LONGEST_TYPED = 6

_PARTS = re.compile(r"[,;/()\n،؛、|]| [-–—] ")

# What stands around a place's name, by language. None of these words names a place by itself.
_AT = """
in at near from inside around en desde cerca dans a à près de du des au aux em perto da do
katika karibu kutoka huko toka di dekat dari
"""
_AROUND = """
i we live living am are is my our home house work workshop located based here close to by of the
town city village county parish district region area state province department municipality
yo vivo vivimos soy somos estoy estamos es esta mi nuestra casa taller trabajo trabajamos aqui
municipio departamento ciudad pueblo aldea comunidad caserio provincia estado region zona del y
je nous habite habitons j suis sommes viens vis ville village quartier departement commune pres chez
eu moro moramos cidade vila distrito
mimi sisi ninaishi naishi tunaishi nakaa natoka tunatoka niko tuko nyumbani
kwangu kwetu ya wa na kwa mji kijiji kaunti mkoa wilaya eneo mtaa
saya kami tinggal kota desa kabupaten provinsi
"""
_LANDMARKS = """
detras atras frente enfrente junto lado contiguo delante behind opposite beside next front across
derriere devant face cote nyuma mbele kando mkabala belakang depan atras
"""
_GENERIC = """
centro center centre barrio colonia calle avenida mercado iglesia escuela parque puente rio cerro
campo finca market church school road street park bridge river hill farm estate shop station stage
marche eglise ecole rue pont riviere ferme soko kanisa shule barabara daraja shamba duka stesheni
pasar gereja masjid jalan mosque mezquita mosquee msikiti
"""
_ARTICLES = "el la los las un una lo al le les l d the an"
_STREETS = "barrio colonia calle street estate quartier mtaa road avenida rue"
_STREET = frozenset(_STREETS.split())
_PREPOSITIONS = frozenset(key(_AT).split())
_FRAME = _PREPOSITIONS | frozenset(key(_AROUND).split())
_LANDMARK = frozenset(key(_LANDMARKS).split())
_ARTICLE = frozenset(_ARTICLES.split())
_PLAIN = _FRAME | _LANDMARK | _ARTICLE | frozenset(key(_GENERIC).split())


@dataclass(frozen=True)
class Found:
    """The one spot meant; `more` where the reply says more than its name."""

    spot: Spot
    more: bool = False


@dataclass(frozen=True)
class Several:
    """What may be meant, likeliest first, at most three; one alone is to be asked back."""

    spots: tuple[Spot, ...]


@dataclass(frozen=True)
class Unknown:
    """No spot we know."""


Outcome = Found | Several | Unknown


@dataclass(frozen=True)
class _Mention:
    """A name found in a reply; `sure` where nothing but the way of saying it stands around it."""

    name: str
    part: int
    sure: bool


@dataclass(frozen=True)
class _Parsed:
    mentions: tuple[_Mention, ...]
    rest: tuple[str, ...]
    """Runs of words that are no names and not part of the way of saying it."""


def find(text: str, gazetteer: Gazetteer) -> Outcome:
    """The spot a reply names."""
    text = text[:LONGEST]
    whole = key(text)
    spots = _meant(whole, gazetteer)
    if spots:
        return _one_of(spots)
    parts = [words for part in _PARTS.split(text) if (words := key(part).split())]
    parsed = _parse(parts, gazetteer)
    if parsed.rest or not parsed.mentions:
        surely = _surely_like(parts, gazetteer)
        if surely:
            return _one_of(surely)
    if not parsed.mentions:
        return _misspelt(parts, gazetteer)
    if len({mention.name for mention in parsed.mentions}) == 1:
        return _single(parsed, gazetteer)
    return _together(parsed, gazetteer)


def _meant(name: str, gazetteer: Gazetteer) -> tuple[Spot, ...]:
    """Spots of this name, and far larger places people may call so for short."""
    spots = gazetteer.named(name)
    if not spots:
        return ()
    largest = max(spot.people for spot in spots)
    if all(spot.place is None for spot in spots):
        return spots
    larger = (
        spot
        for spot in gazetteer.beginning(name)
        if spot.people >= max(LARGE, FAR_LARGER * largest) and spot not in spots
    )
    return (*larger, *spots)


def _one_of(spots: Sequence[Spot], more: bool = False) -> Outcome:
    distinct = tuple(dict.fromkeys(spots))
    if not distinct:
        return Unknown()
    return Found(distinct[0], more) if len(distinct) == 1 else Several(distinct[:AT_MOST])


def _parse(parts: Sequence[Sequence[str]], gazetteer: Gazetteer) -> _Parsed:
    mentions: list[_Mention] = []
    rest: list[str] = []
    for index, part in enumerate(parts):
        spans = list(_spans(part, gazetteer))
        covered = {at for start, end in spans for at in range(start, end)}
        left = [w not in _FRAME and at not in covered for at, w in enumerate(part)]
        alone = all(not is_left or w in _ARTICLE for w, is_left in zip(part, left, strict=True))
        for start, end in spans:
            said = start > 0 and part[start - 1] in _PREPOSITIONS
            mentions.append(_Mention(" ".join(part[start:end]), index, alone or said))
        rest += _runs(part, left, gazetteer)
    return _Parsed(tuple(mentions), tuple(rest))


def _spans(part: Sequence[str], gazetteer: Gazetteer) -> Iterator[tuple[int, int]]:
    """Where names stand in a part, longest first from the left; not where a landmark is named."""
    at = 0
    landmark = False
    while at < len(part):
        landmark = part[at] in _LANDMARK or (landmark and part[at] not in ("in", "en", "dans"))
        end = 0 if landmark else _end_of_name(part, at, gazetteer)
        if end:
            yield at, end
        at = end or at + 1


def _end_of_name(part: Sequence[str], at: int, gazetteer: Gazetteer) -> int:
    for end in range(min(len(part), at + gazetteer.longest), at, -1):
        name = " ".join(part[at:end])
        plain = all(word in _PLAIN for word in part[at:end])
        if plain or len(name) < FEWEST_LETTERS or name in gazetteer.called:
            continue
        if gazetteer.knows(name):
            return end
    return 0


def _runs(part: Sequence[str], left: Sequence[bool], gazetteer: Gazetteer) -> Iterator[str]:
    run: list[str] = []
    for word, is_left in [*zip(part, left, strict=True), ("", False)]:
        if is_left and word not in gazetteer.called:
            run.append(word)
        elif run:
            if not _ARTICLE.issuperset(run):
                yield " ".join(run)
            run = []


def _single(parsed: _Parsed, gazetteer: Gazetteer) -> Outcome:
    """One name, with or without more words around it."""
    mention = parsed.mentions[0]
    region = gazetteer.region_named(mention.name)
    if parsed.rest and region is not None:
        within = _within(parsed.rest, region, gazetteer)
        if within is not None:
            return within
        spots = gazetteer.placed(mention.name, region)
        street = any(word in _STREET for run in parsed.rest for word in run.split())
        return Found(spots[0] if spots and street else _whole(region, gazetteer), more=True)
    spots = _meant(mention.name, gazetteer)
    if parsed.rest and not all(m.sure for m in parsed.mentions):
        return Several(spots[:AT_MOST])
    return _one_of(spots, more=bool(parsed.rest))


def _within(runs: Iterable[str], region: str, gazetteer: Gazetteer) -> Outcome | None:
    """A place of a region, by its name or misspelt, among words that no name was found in."""
    for run in runs:
        if all(word in _PLAIN for word in run.split()):
            continue
        spots = gazetteer.placed(run, region)
        if spots:
            return _one_of(spots)
        alike = [a for a in gazetteer.similar(run, region) if gazetteer.placed(a.name, region)]
        if alike and _sure(run, alike[0]):
            best = [a for a in alike if _as_close(a, alike[0])]
            return _one_of([s for a in best for s in gazetteer.placed(a.name, region)])
    return None


def _together(parsed: _Parsed, gazetteer: Gazetteer) -> Outcome:
    """Several names: a place with its region or its town, else alternatives."""
    names = list(dict.fromkeys(mention.name for mention in parsed.mentions))
    more = bool(parsed.rest)
    for name in names:
        for other in names:
            region = gazetteer.region_named(other)
            if name != other and region is not None:
                spots = gazetteer.placed(name, region)
                if spots:
                    return _one_of(spots, more)
    for at, name in enumerate(names):
        for other in names[at + 1 :]:
            regions = dict.fromkeys(spot.region for spot in gazetteer.named(other) if spot.region)
            spots = tuple(s for region in regions for s in gazetteer.placed(name, region))
            if spots:
                return _one_of(spots, more)
    return _one_of([spot for name in names for spot in gazetteer.named(name)[:1]], more)


def _surely_like(parts: Sequence[Sequence[str]], gazetteer: Gazetteer) -> tuple[Spot, ...]:
    """The spots whose whole name the reply is but for a slip, with or without what stands around;
    none where another name is as close."""
    whole = " ".join(word for part in parts for word in part)
    cores = [whole] if any(word not in _PLAIN for word in whole.split()) else []
    cores += [_core(parts[0])] if len(parts) == 1 else []
    for name in filter(None, dict.fromkeys(cores)):
        if len(name.split()) > LONGEST_TYPED + 2:
            continue
        alike = gazetteer.similar(name)
        if alike and _sure(name, alike[0]):
            best = [a for a in alike if _as_close(a, alike[0])]
            return tuple(dict.fromkeys(spot for a in best for spot in gazetteer.named(a.name)))
    return ()


def _misspelt(parts: Sequence[Sequence[str]], gazetteer: Gazetteer) -> Outcome:
    """No name as it is written: names much like what stands there."""
    cores = [core for part in parts if (core := _core(part))]
    if len(cores) > 1:
        region = _region_like(cores[-1], gazetteer)
        if region is not None:
            within = _within(cores[:-1], region, gazetteer)
            return within or Found(_whole(region, gazetteer), more=True)
    if len(cores) != 1 or len(cores[0].split()) > LONGEST_TYPED:
        return Unknown()
    return _like(cores[0], gazetteer)


def _like(name: str, gazetteer: Gazetteer) -> Outcome:
    alike = gazetteer.similar(name)
    if not alike:
        held = gazetteer.beginning(name) if len(name) >= SURELY_LONGER else ()
        return Several(held[:AT_MOST]) if held else Unknown()
    best = [a for a in alike if _as_close(a, alike[0])]
    spots = tuple(dict.fromkeys(spot for a in best for spot in gazetteer.named(a.name)))
    if len(spots) == 1 and _sure(name, alike[0]):
        return Found(spots[0])
    likely = dict.fromkeys(spot for a in alike for spot in gazetteer.named(a.name))
    return Several(tuple(likely)[:AT_MOST]) if likely else Unknown()


def _sure(name: str, best: Alike) -> bool:
    length = min(len(name), len(best.name))
    if best.slips <= 1:
        return length >= SURELY_LONGER
    return best.slips == 2 and length >= TWO_SLIPS_LONGER


def _as_close(alike: Alike, best: Alike) -> bool:
    return alike.slips <= best.slips or alike.ratio >= best.ratio - CLOSE


def _region_like(name: str, gazetteer: Gazetteer) -> str | None:
    for alike in gazetteer.similar(name):
        region = gazetteer.region_named(alike.name)
        if region is not None and _sure(name, alike):
            return region
    return None


def _core(part: Sequence[str]) -> str:
    """A part without the words around a name; empty where no word could be one."""
    words = list(part)
    while words and words[0] in _FRAME:
        words.pop(0)
    while words and words[-1] in _FRAME:
        words.pop()
    plain = all(word in _PLAIN for word in words)
    told_by_landmark = any(word in _LANDMARK for word in words)
    return "" if plain or told_by_landmark else " ".join(words)


def _whole(region: str, gazetteer: Gazetteer) -> Spot:
    return Spot(gazetteer.country, region, None)
