"""The machine, and what must be set in the environment before a process measures anything."""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_NEVER = "100000000000"
SETTINGS = {
    # Threads that wait for each other on shared cores vary more than what is to be measured.
    "OMP_NUM_THREADS": "1",
    # Else glibc gives large gradients back to the system at each `zero_grad`, and their pages are
    # faulted in again: whether it does changes with the heap, and looks like a cost of the audit.
    "MALLOC_TRIM_THRESHOLD_": _NEVER,
    "MALLOC_MMAP_THRESHOLD_": _NEVER,
}


def measuring() -> dict[str, str]:
    """The environment of a process that measures; both this folder and `integrations` on its path.

    What is measured is the gradaudit beside these benchmarks, wherever another is installed.
    """
    paths = [str(ROOT), str(ROOT / "integrations"), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, **SETTINGS, "PYTHONPATH": os.pathsep.join(p for p in paths if p)}


def load() -> float:
    """How many processes wanted a core in the last minute, on average."""
    return round(os.getloadavg()[0], 2)


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _commit() -> str:
    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    try:
        changed = git("status", "--porcelain", "--untracked-files=no", "--", "gradaudit")
        return git("rev-parse", "--short", "HEAD") + (" with changes" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def machine() -> dict[str, str | int | float]:
    """What a reader of the figures must know of where they are from. Imports no torch."""
    from importlib.metadata import version

    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "torch": version("torch"),
        "commit": _commit(),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "load_at_start": load(),
    }


def python(*arguments: str, timeout: float | None = None) -> str:
    """Run this Python in the environment that measures; what it printed. Its stderr is ours.

    Raises:
        RuntimeError: it ended with an error.

    """
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=measuring(), stdout=subprocess.PIPE, text=True,
        timeout=timeout, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"`python {' '.join(arguments[:3])}` ended with code {done.returncode}")
    return done.stdout
