"""`gradaudit run` under the real torchrun: what is printed, saved and merged, and who waits.

Slow: each rank is a process that imports torch.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.distributed.ranks import ROOT, SCRIPTS

BIN = Path(sys.executable).parent

pytestmark = pytest.mark.slow


def torchrun(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Two ranks of `gradaudit run COMMAND`, which also save the run and write JSON in `folder`."""
    saved = ["--log-dir", str(folder / "log"), "--json", str(folder / "report.json")]
    return subprocess.run(
        [
            BIN / "torchrun", "--nproc-per-node", "2", "--standalone", "--no-python",
            BIN / "gradaudit", "run", *saved, *command,
        ],
        cwd=SCRIPTS, capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "100"},
    )  # fmt: skip


def merged(folder: Path) -> dict[str, object]:
    """`gradaudit report` on what both ranks have saved."""
    done = subprocess.run(
        [BIN / "gradaudit", "report", str(folder / "log"), "--json", "-"],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def test_a_healthy_run_of_two_ranks(tmp_path: Path) -> None:
    """One rank says so, both are saved, and torchrun ends well."""
    done = torchrun(tmp_path, "loop.py", "plain")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("gradaudit: no findings in 4 steps") == 1
    assert (tmp_path / "report.json.rank1").exists()
    report = merged(tmp_path)
    assert report["findings"] == []


def test_findings_keep_their_rank_in_the_merged_report(tmp_path: Path) -> None:
    """A forward past the wrapper is one finding of each rank."""
    done = torchrun(tmp_path, "loop.py", "bypassed")
    assert done.returncode == 0, done.stderr
    report = merged(tmp_path)
    assert [(f["code"], f["rank"]) for f in report["findings"]] == [("GA602", 0), ("GA602", 1)]


def test_a_rank_that_dies_ends_the_run(tmp_path: Path) -> None:
    """torchrun ends the other one, which may have no time for a report: the log has what it saw."""
    done = torchrun(tmp_path, "loop.py", "unused-on-one-rank")
    assert done.returncode != 0
    report = merged(tmp_path)
    assert [(f["code"], f["rank"]) for f in report["findings"]] == [("GA602", 1)]
    assert "GA602 unsynchronized-gradient" in done.stderr
