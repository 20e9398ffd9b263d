"""What `artisan doctor` finds, a line each."""

from __future__ import annotations

from dataclasses import dataclass

WELL, MISSING, WRONG = "ok", "--", "!!"


@dataclass(frozen=True)
class Finding:
    """`mark` says whether it is well, not there (and may be), or to be mended."""

    mark: str
    what: str

    def __str__(self) -> str:
        return f"{self.mark}  {self.what}"
