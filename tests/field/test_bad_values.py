"""Training programs whose values stop being finite: code, cause kind and line of each.

The scripts and what is expected of each stand in `bad_values`, written as those of `tests/cuts`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.forked import RunServer

FOLDER = Path(__file__).parent / "bad_values"
SCRIPTS = sorted(path for path in FOLDER.glob("*.py") if not path.name.startswith("lib_"))
KNOWN_MISSES: dict[str, str] = {
    "data_nan_in_target": "an Inf of the data is told as born in the subtraction it enters",
    "empty_mean": "only the loss is NaN, the gradients are finite: no cause",
    "half_overflow": "the op of a later overflow is told as that of the first, and as certain",
    "lr_blow_up": "a later op of the same line (torch.sub) is told for the linear that overflowed",
}
"""Scripts whose verdict is not right yet, and why."""
OPS = {"lr_blow_up": "linear", "half_overflow": "mul"}
"""The op that a line with several of them is about."""


def _marked(path: Path) -> set[tuple[str, int]]:
    lines = path.read_text().splitlines()
    return {(path.name, i) for i, line in enumerate(lines, 1) if line.endswith("# CUT")}


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    [
        pytest.param(
            path,
            id=path.stem,
            marks=[pytest.mark.xfail(strict=True, reason=KNOWN_MISSES[path.stem])]
            if path.stem in KNOWN_MISSES
            else [],
        )
        for path in SCRIPTS
    ],
)
def test_where_the_value_was_born(path: Path, server: RunServer) -> None:
    """Each finding of the accepted codes that has a cause names an accepted kind and line."""
    text = path.read_text()
    expected = re.search(r"^# expect: (\S+) ([\w|-]+):", text, re.M)
    assert expected is not None
    codes, kinds = (set(group.split("|")) for group in expected.groups())
    helpers = [p for p in FOLDER.glob("lib_*.py") if f"from {p.stem} " in text]
    lines = set().union(*(_marked(p) for p in [path, *helpers]))
    outcome = server.run(path)
    assert outcome.report is not None
    causes = [f["cause"] for f in outcome.report["findings"] if f["code"] in codes and f["cause"]]
    assert causes, outcome.report["findings"]
    for cause in causes:
        assert cause["kind"] in kinds, cause
        assert not lines or (Path(cause["file"]).name, cause["line"]) in lines, cause
        assert OPS.get(path.stem, "") in cause["op"], cause
