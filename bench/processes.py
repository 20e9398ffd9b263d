"""The programs that are measured, each a process of its own, and what they used of the machine."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OURS = Path(sys.executable)
PEERS = ROOT / ".venv-bench" / "bin" / "python"
"""The peers want other versions of what we need too, so they have an environment of their own."""


@dataclass(frozen=True)
class Program:
    """A program under way; `port` is where it listens."""

    process: subprocess.Popen[str]
    port: int

    def cpu(self) -> float:
        """Seconds of CPU it has used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """MB of memory it holds."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0


def bare() -> dict[str, str]:
    """The environment without anybody's settings."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


@contextlib.contextmanager
def running(
    python: Path, module: str, *arguments: str, environment: Mapping[str, str] | None = None
) -> Iterator[Program]:
    """Run a module until the block ends; its first line of output is the port it listens on."""
    process = subprocess.Popen(
        [str(python), "-m", module, *arguments],
        cwd=ROOT,
        env={**bare(), **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if not os.environ.get("BENCH_LOUD") else None,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        if not line.isdigit():
            raise RuntimeError(f"{module} did not start: set BENCH_LOUD=1 to see why")
        yield Program(process, int(line))
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        if process.poll() is None:
            process.kill()
            process.wait()
