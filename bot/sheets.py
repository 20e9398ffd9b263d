"""Records in files that people open: CSV, XLSX and JSON lines."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from bot.usage import UsageError

KINDS = (".csv", ".xlsx", ".jsonl")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""

LONGEST_CELL = 32_767
MOST_ROWS = 100_000

Record = Mapping[str, Any]


def kind_of(path: Path, kinds: Sequence[str] = KINDS) -> str:
    """The kind of file a name asks for. Raises UsageError."""
    kind = path.suffix.lower()
    if kind not in kinds:
        raise UsageError(f"{path.name}: name a file that ends in {' or '.join(kinds)}")
    return kind


def write(path: Path, columns: Sequence[str], records: Iterable[Record]) -> int:
    """Write records, whole or not at all; gives how many. Only the owner may read the file."""
    kind = kind_of(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    writer = {".csv": _write_csv, ".xlsx": _write_xlsx, ".jsonl": _write_lines}[kind]
    try:
        part.touch(mode=0o600)
        count = writer(part, columns, records)
        part.replace(path)
    except OSError as problem:
        raise UsageError(f"{path} cannot be written: {problem.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
    return count


def _write_lines(path: Path, columns: Sequence[str], records: Iterable[Record]) -> int:
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for record in records:
            fields = {name: _plain(value) for name, value in record.items()}
            file.write(json.dumps(fields, ensure_ascii=False) + "\n")
            count += 1
    return count


def _write_csv(path: Path, columns: Sequence[str], records: Iterable[Record]) -> int:
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for record in records:
            writer.writerow([_cell(record.get(name)) for name in columns])
            count += 1
    return count


def _write_xlsx(path: Path, columns: Sequence[str], records: Iterable[Record]) -> int:
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(list(columns))
    count = 0
    for record in records:
        cells = [_cell(record.get(name)) for name in columns]
        clean = [ILLEGAL_CHARACTERS_RE.sub("", c) if isinstance(c, str) else c for c in cells]
        sheet.append(clean)
        count += 1
    book.save(path)
    return count


def _plain(value: object) -> Any:
    """A value as JSON holds it."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _cell(value: object) -> str | int | float:
    """A value as a cell holds it: never a formula."""
    plain = _plain(value)
    if plain is None:
        return ""
    if isinstance(plain, bool):
        return "yes" if plain else "no"
    if isinstance(plain, int | float):
        return plain
    if isinstance(plain, list) and all(isinstance(one, str | int | float) for one in plain):
        plain = ", ".join(map(str, plain))
    text = plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)
    guarded = f"'{text}" if text.startswith(FORMULA) else text
    return guarded[:LONGEST_CELL]


def read(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a CSV or XLSX file, by the names in its first row. Raises UsageError."""
    kind = kind_of(path, KINDS[:2])
    try:
        rows = list(_csv_rows(path) if kind == ".csv" else _xlsx_rows(path))
    except FileNotFoundError:
        raise UsageError(f"{path} is not there") from None
    except UnicodeDecodeError:
        raise UsageError(
            f"{path} is not written in UTF-8: save it as “CSV UTF-8”, or as .xlsx"
        ) from None
    except (OSError, ValueError, KeyError, csv.Error) as problem:
        raise UsageError(f"{path} cannot be read as {kind[1:].upper()}: {problem}") from None
    if not rows:
        raise UsageError(f"{path} is empty")
    if len(rows) > MOST_ROWS:
        raise UsageError(f"{path} has more than {MOST_ROWS} rows")
    names = [name.strip().casefold().replace(" ", "_") for name in rows[0]]
    for row in rows[1:]:
        yield {name: _unguarded(cell) for name, cell in zip(names, row, strict=False) if name}


def _csv_rows(path: Path) -> Iterator[list[str]]:
    text = path.read_text(encoding="utf-8-sig")
    first = text.partition("\n")[0]
    comma = max(",;\t", key=first.count)
    yield from csv.reader(text.splitlines(keepends=True), delimiter=comma)


def _xlsx_rows(path: Path) -> Iterator[list[str]]:
    from zipfile import BadZipFile

    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except BadZipFile:
        raise ValueError("it is no workbook") from None
    try:
        sheet = book.worksheets[0]
        for row in sheet.iter_rows(values_only=True):
            yield ["" if cell is None else str(cell) for cell in row]
    finally:
        book.close()


def _unguarded(cell: str) -> str:
    text = cell.strip()
    return text[1:] if text[:1] == "'" and text[1:2] in FORMULA else text
