"""What docs/tensorboard.md says of the page as a file and of the server is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from gradaudit_tensorboard import api, documents, format, standalone, track

PAGE = (Path(__file__).parents[2] / "docs" / "tensorboard.md").read_text(encoding="utf-8")
WORDS = " ".join(PAGE.split())


@pytest.mark.slow
def test_the_example_writes_a_page() -> None:
    """All examples, in turn: the last one is ours."""
    names: dict[str, object] = {"__name__": "page"}
    for code in re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        exec(compile(code, "page", "exec"), names)
    text = Path(str(names["folder"]), "report.html").read_text("utf-8")
    assert text.startswith("<!doctype html>")


@pytest.mark.parametrize(
    "said",
    [
        f"each {track.GRANULE} steps as one",
        f"up to {track.EXACT_CELLS // 10**6} million cells",
        f"one grid has {api.MOST_CELLS // 10**6} million cells at most",
        f"a document {format.MOST_JSON // 2**20} MB of text",
        f"a run {documents.MOST_PARAMETERS:,} parameters",
        f"{track.MOST_TAGS:,} tags of blocks",
        f"once pooled, {track.POOLED_BYTES // 10**6} MB",
    ],
)
def test_numbers_are_those_of_the_code(said: str) -> None:
    assert said in WORDS


def test_numbers_in_words_are_those_of_the_code() -> None:
    assert "four million cells" in WORDS
    assert format.MOST_CELLS // 2**20 == 4
    assert "Two million cells are kept for each rank" in WORDS
    assert standalone.MOST_CELLS == 2_000_000
    assert "Thirteen kinds of such logs" in WORDS
    from tests.tensorboard_plugin.test_hostile import WRITERS

    assert len(WRITERS) == 13
