"""docs/transformers.md and docs/other-loops.md say what is so."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TRAINER = (ROOT / "docs" / "transformers.md").read_text(encoding="utf-8")
OTHERS = (ROOT / "docs" / "other-loops.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", [TRAINER, OTHERS], ids=["transformers", "other-loops"])
def test_links_lead_somewhere(page: str) -> None:
    """Pages and examples."""
    links = set(re.findall(r"\]\(([^):#]+)\)", page))
    assert links
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []


def test_every_section_has_its_example() -> None:
    """But DeepSpeed, which is not audited."""
    sections = re.split(r"^## ", OTHERS, flags=re.M)[1:]
    assert len(sections) == 6
    assert [s.splitlines()[0] for s in sections if "../examples/" not in s] == ["DeepSpeed"]


def test_the_options_that_are_shown_are_taken() -> None:
    """The block is run as it stands."""
    callback = pytest.importorskip("gradaudit.transformers").GradAuditCallback
    (block,) = re.findall(r"^```python\n(GradAuditCallback\(.*?)^```$", TRAINER, re.M | re.S)
    assert isinstance(eval(block, {"GradAuditCallback": callback}), callback)
    for name in re.findall(r"^    (\w+)=", block, re.M):
        assert name in inspect.signature(callback).parameters


@pytest.mark.slow
def test_the_report_that_is_shown_is_printed() -> None:
    """Line by line, by the example that is named."""
    pytest.importorskip("transformers")
    (shown,) = re.findall(r"^<!-- printed by .* -->\n```text\n(.*?)^```$", TRAINER, re.M | re.S)
    done = subprocess.run(
        [sys.executable, "examples/transformers_trainer.py"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert shown in done.stderr


def test_the_adapter_for_skorch_is_short() -> None:
    """Fewer than thirty lines, as the page says."""
    source = (ROOT / "examples" / "skorch_net.py").read_text(encoding="utf-8")
    adapter = source[source.index("class GradAudit(Callback)") : source.index("class Net(")]
    assert len(adapter.strip().splitlines()) < 30
