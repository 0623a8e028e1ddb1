"""What docs/tensorboard.md says of the log is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from gradaudit_tensorboard import sink, stock, writers
from gradaudit_tensorboard.format import STEPS_IN_BLOCK

from gradaudit.columns import PATIENCE, WORST_FIRST
from gradaudit.events import STATUS_NAMES
from gradaudit.recorder import MOST_CELLS
from tests.tensorboard_log.reading import accumulated, read

PAGE = (Path(__file__).parents[2] / "docs" / "tensorboard.md").read_text(encoding="utf-8")
LOG = PAGE.partition("\n## Limits")[0]


def test_the_examples_run_and_the_tables_name_what_is_written() -> None:
    """Both examples of the log, in turn; every tag of the stock dashboards is in the table."""
    examples = re.findall(r"^```python\n(.*?)^```$", LOG, re.M | re.S)
    names: dict[str, object] = {"__name__": "page"}
    for code in examples[:2]:
        exec(compile(code, "page", "exec"), names)
    folder = Path(str(names["folder"]))
    assert read(folder).steps() == list(range(50))
    assert read(folder.with_name("second")).steps() == [0]
    tags = accumulated(folder).Tags()
    told = set(re.findall(r"`(\w+)`", LOG.partition("## Without the tab")[2].partition("\n## ")[0]))
    for tag in (*tags["scalars"], *tags["histograms"]):
        name = tag.removeprefix("gradaudit/")
        assert name in told or f"_{name.partition('_')[2]}" in told, tag


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("Up to {} columns", STEPS_IN_BLOCK),
        ("after {} seconds", int(sink._PATIENCE)),
        ("{} ms after each block", int(writers._SOON * 1000)),
        ("After the first {} steps", stock._EACH),
        ("every {} steps", stock.HISTOGRAM_EVERY),
        ("more than {} backwards", PATIENCE),
        ("at most {} MiB", 3 * MOST_CELLS >> 20),
    ],
)
def test_numbers_are_those_of_the_code(words: str, number: int) -> None:
    """Where a constant changes, the page does."""
    assert words.format(number) in " ".join(PAGE.split())


def test_statuses_are_named_in_their_order() -> None:
    """Worst first."""
    line = " ".join(PAGE.split()).partition("Worst first, the statuses are ")[2].partition(".")[0]
    assert re.findall(r"`(\w+)`", line) == [STATUS_NAMES[code] for code in WORST_FIRST[:-1]]
