"""What docs/distributed.md says is so: its example is run by two ranks, and its links lead on."""

from __future__ import annotations

import re
from pathlib import Path

from tests.distributed.ranks import ROOT, RankServer

PAGE = (ROOT / "docs" / "distributed.md").read_text(encoding="utf-8")


def test_the_example_is_found_by_both_ranks(ranks: RankServer, tmp_path: Path) -> None:
    """By the name of the layer that it leaves out; and the second forward raises."""
    ((code, script),) = re.findall(
        r"^<!-- two ranks find: (GA\d{3}) -->\n```python\n(.*?)^```$", PAGE, re.M | re.S
    )
    file = tmp_path / "train.py"
    file.write_text(script, encoding="utf-8")
    run = ranks.run(file)
    for outcome in run.outcomes:
        (found,) = outcome.loud()
        assert found["code"] == code
        assert found["parameters"] == ["old_head.weight", "old_head.bias"]
        assert found["cause"]["file"] == "train.py"
        assert "Expected to have finished reduction in the prior iteration" in outcome.stderr


def test_links_lead_somewhere() -> None:
    """To the pages of rules, and to the example."""
    links = re.findall(r"\]\((?!https:)([^)#]+)", PAGE)
    assert links
    assert all((ROOT / "docs" / link).exists() for link in links)
