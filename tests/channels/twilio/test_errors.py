"""What Twilio's errors ask of us: a row each, whether they come at once or by a status."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.channels.twilio_errors import MEANINGS, Kind, meaning_of, result_of
from bot.messages import Gone, NeedsTemplate, Rejected, RetryAt, Uncertain

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)

# The table of what each code asks for, as it was agreed: code, kind.
ROWS = [
    *((code, Kind.RETRY) for code in (20429, 63017, 63018, 30001, 21611)),
    *((code, Kind.ONCE) for code in (30003, 30008)),
    *((code, Kind.AMBIGUOUS) for code in (20500, 30410)),
    *((code, Kind.STOPPED) for code in (21610, 63014, 63033)),
    *((code, Kind.ADDRESS) for code in (21211, 21614, 30005, 30006, 63003, 63024, 63032)),
    *((code, Kind.TEMPLATE) for code in (63016, 63027, 63028, 63040, 63041, 63042, 63049)),
    *(
        (code, Kind.OURS)
        for code in (21603, 21604, 21617, 21619, 21602, 21654, 21655, 21656, 35127, 63005, 63021)
    ),
    (63019, Kind.OURS),
    *((code, Kind.ACCOUNT) for code in (20003, 63007, 63001, 63051, 30002)),
    *((code, Kind.REFUSED) for code in (30007, 30034, 63015, 14107)),
]
RESULTS: dict[Kind, type[Any]] = {
    Kind.RETRY: RetryAt,
    Kind.ONCE: RetryAt,
    Kind.ACCOUNT: RetryAt,
    Kind.AMBIGUOUS: Uncertain,
    Kind.STOPPED: Gone,
    Kind.ADDRESS: Gone,
    Kind.TEMPLATE: NeedsTemplate,
    Kind.OURS: Rejected,
    Kind.REFUSED: Rejected,
}


@pytest.mark.parametrize(("code", "kind"), ROWS)
def test_each_code_of_the_table_asks_for_one_thing(code: int, kind: Kind) -> None:
    meaning = meaning_of(code)
    result = result_of(meaning, code, NOW)
    assert meaning.kind is kind
    assert type(result) is RESULTS[kind]
    assert (kind in (Kind.OURS, Kind.ACCOUNT, Kind.REFUSED)) <= bool(meaning.alert)
    if isinstance(result, Gone):
        assert result.stopped == (code == 21610)
        assert result.elsewhere == (kind is Kind.ADDRESS)
    if isinstance(result, RetryAt):
        assert result.at > NOW


BEYOND = [
    *((code, Kind.RETRY) for code in (30017, 30022, 30023, 30027, 30035, 63038)),
    *((code, Kind.ONCE) for code in (30009, 30020, 30021, 63009, 63010, 63012, 63029)),
    *((code, Kind.ADDRESS) for code in (21214, 21217, 21612, 30004, 30014)),
    *(
        (code, Kind.OURS)
        for code in (21618, 21620, 21621, 21623, 21624, 21910, 63006, 63030, 63031, 63034, 63037)
    ),
    *(
        (code, Kind.ACCOUNT)
        for code in (20404, 21212, 21606, 21616, 21701, 21702, 21704, 21705, 30032, 30033)
    ),
    *((code, Kind.ACCOUNT) for code in (63002, 63008, 63020)),
    *(
        (code, Kind.REFUSED)
        for code in (21408, 21608, 21703, 30010, 30018, 30024, 30036, 63013, 63026)
    ),
]
"""What Twilio's dictionary has besides, as it describes it."""


@pytest.mark.parametrize(("code", "kind"), BEYOND)
def test_each_other_code_of_twilios_dictionary_asks_for_one_thing(code: int, kind: Kind) -> None:
    assert meaning_of(code).kind is kind


def test_every_code_we_know_has_a_row() -> None:
    rows = [code for code, _ in (*ROWS, *BEYOND)]
    assert sorted(MEANINGS) == sorted(rows)


@pytest.mark.parametrize(
    ("status", "code", "result"),
    [
        (429, None, RetryAt),
        (401, None, RetryAt),
        (403, None, RetryAt),
        (404, None, RetryAt),
        (500, None, Uncertain),
        (503, 99999, Uncertain),
        (400, None, Rejected),
        (400, 99999, Rejected),
        (500, 20429, RetryAt),
    ],
)
def test_what_has_no_code_we_know_is_judged_by_its_status(
    status: int, code: int | None, result: type[Any]
) -> None:
    assert type(result_of(meaning_of(code, status), code, NOW)) is result


def test_retry_after_is_obeyed_exactly_and_within_reason() -> None:
    for said, waited in ((17.0, 17.0), (0.0, 0.0), (10.0**6, 86400.0)):
        result = result_of(meaning_of(20429, 429, said), 20429, NOW)
        assert isinstance(result, RetryAt) and result.at == NOW + timedelta(seconds=waited)
