"""The snippets of five articles about `.grad is None`, with what torch really does as the truth."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.seeds.expect import SEEDS, Seed
from tests.support.forked import RunServer

FOLDER = Path(__file__).parent / "seeds"


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.script)
def test_the_report_on_a_snippet_is_true(seed: Seed, server: RunServer) -> None:
    """Ends as plain Python does; silent where nothing is wrong; the demanded codes elsewhere."""
    outcome = server.run(FOLDER / seed.script)
    assert outcome.report is not None, outcome.stderr
    assert outcome.code == seed.exit
    assert seed.codes <= outcome.codes()
    if seed.healthy:
        assert outcome.codes() == set()
    assert "GA901" not in {f["code"] for f in outcome.report["findings"]}
