from dataclasses import replace
from datetime import timedelta

from matching.heeding import after_no, heeded
from matching.partners import partners
from matching.records import Enterprise, Event
from matching.running import run
from tests.matching.strategies import TODAY
from tests.matching.test_partners import ESTELI, GRANADA, MASAYA, to, weaver

LEON = (12.43, -86.88)


def no(reason: str, days: int = 1, other: str = "far") -> Event:
    return Event(TODAY - timedelta(days=days), "declined", "me", other, reason=reason)


def found(who: Enterprise, others: tuple[Enterprise, ...], past: tuple[Event, ...]) -> list[str]:
    return sorted(to(partners(who, others, past, TODAY, top=9)))


def test_after_too_far_nobody_as_far_is_shown_and_whoever_is_nearer_is() -> None:
    me, far, near = weaver("me"), weaver("far", LEON), weaver("near", GRANADA)
    as_far = weaver("as far", (LEON[0] + 0.1, LEON[1]))
    past = (no("too_far"),)
    assert found(me, (far, near, as_far), ()) == ["as far", "far", "near"]
    assert found(me, (far, near, as_far), past) == ["near"]
    assert found(as_far, (far, near, me), past) == ["far", "near"]
    assert found(me, (far, near, as_far), (no("too_far", 181),)) == ["as far", "far", "near"]


def test_a_no_whose_distance_nobody_knows_shortens_nothing() -> None:
    me, far = weaver("me"), replace(weaver("far"), lat=None, lon=None)
    assert heeded((me, far), (no("too_far"),), TODAY) == (me, far)


def test_how_far_somebody_said_they_would_travel_is_never_lengthened_by_a_no() -> None:
    me = replace(weaver("me"), travel_km=5.0)
    assert after_no(me, weaver("far", ESTELI), "too_far") == me


def test_after_not_my_craft_neither_is_shown_to_the_other_but_ones_own_craft_stays() -> None:
    me, potter = weaver("me"), replace(weaver("far"), crafts=("2393",))
    other, same = replace(potter, id="other"), weaver("same")
    past = (no("not_my_craft"),)
    assert found(me, (potter, other, same), past) == ["same"]
    assert found(other, (me, potter, same), past) == ["far", "same"]
    assert found(me, (same, weaver("twin")), (no("not_my_craft", other="same"),)) == ["twin"]


def test_who_had_no_time_is_shown_to_nobody_for_two_weeks_and_sees_others_meanwhile() -> None:
    me, far, third = weaver("me"), weaver("far", GRANADA), weaver("third", MASAYA)
    assert found(third, (me, far), (no("not_now"),)) == ["far"]
    assert found(third, (me, far), (no("not_now", 14),)) == ["far", "me"]
    assert found(me, (far, third), (no("not_now"),)) == ["third"]
    assert found(me, (far, third), (no("not_now", 31),)) == ["far", "third"]


def test_lines_heed_reasons_too() -> None:
    lines = [
        '{{"type":"enterprise","id":"{}","crafts":["1312"],"lat":12,"lon":{}}}'.format(*each)
        for each in (("me", -86), ("near", -86.05), ("far", -86.5), ("farther", -86.6))
    ]
    told = (
        '{"type":"event","at":"2026-02-20","kind":"declined","from":"me","to":"far",'
        '"reason":"too_far"}'
    )
    answer = list(run([*lines, told], "partners", 9, TODAY).lines)
    assert not [line for line in answer if '"for": "me"' in line and "far" in line]
    assert [line for line in answer if '"for": "far"' in line and '"to": "farther"' in line]
