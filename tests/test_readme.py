"""What the README shows and names is so.

`python tests/test_readme.py` brings the report that it shows up to date. A comment such as
`<!-- the first 2 findings printed by examples/x.py -->` stands before it.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
SHOWN = re.compile(
    r"(<!-- the first (\d+) findings printed by (examples/\w+\.py) -->\n```text\n)(.*?)(\n```\n)",
    re.DOTALL,
)
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
PAGES = [
    "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/how-it-works.md", "docs/glossary.md",
    "docs/explain.md", "docs/nonfinite.md", "docs/rules/index.md",
]  # fmt: skip


def first_report(stderr: str) -> str:
    """From the first headline to the end of its last entry: those are indented, or name a rule."""
    lines = stderr[stderr.index("gradaudit: ") :].splitlines()
    kept = [lines[0]]
    for line in lines[1:]:
        if line and not re.match(r"  |(error|warning|info) +GA\d", line):
            break
        kept.append(line.rstrip())
    return "\n".join(kept).rstrip()


def printed(script: str, findings: str) -> str:
    """What an example prints, at 80 columns as anywhere but on a terminal; dots for the rest."""
    done = subprocess.run(
        [sys.executable, script], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    headline, *entries = first_report(done.stderr).split("\n\n")
    kept = entries[: int(findings)]
    return "\n\n".join([headline, *kept, *(["..."] if len(kept) < len(entries) else [])])


def test_the_report_that_is_shown_is_the_one_that_is_printed() -> None:
    """Word for word: the example is seeded, and nothing in its report varies."""
    shown = SHOWN.findall(README.read_text(encoding="utf-8"))
    assert shown
    for _, findings, script, report, _ in shown:
        assert report == printed(script, findings), "run `python tests/test_readme.py` to accept"


def test_the_first_commands_are_those_for_a_fresh_clone() -> None:
    """`make demo`, then `make test`, and the Makefile has both."""
    text = README.read_text(encoding="utf-8")
    first = text.split("```")[1].strip().splitlines()
    assert [line.split("#")[0].split() for line in first] == [["make", "demo"], ["make", "test"]]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"^(?:.*`)?make ([a-z-]+)", text, re.MULTILINE)):
        assert f"\n{target}:" in makefile


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    """Those into the repository."""
    folder = (ROOT / page).parent
    links = LINK.findall((ROOT / page).read_text(encoding="utf-8"))
    missing = [one for one in links if "://" not in one and not (folder / one).exists()]
    assert missing == []


def test_the_table_of_families_has_every_rule() -> None:
    """Each code of the catalogue once, in the row of its family."""
    from gradaudit.rules import CATALOGUE

    text = README.read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("|") and "GA" in line]
    codes = [re.findall(r"GA\d{3}", row) for row in rows]
    assert [code for row in codes for code in row] == sorted(CATALOGUE)
    assert all(len({code[:3] for code in row}) == 1 for row in codes)


def test_the_loop_that_is_shown_can_be_run(tmp_path: Path) -> None:
    """With a model, an optimizer, a loss and a loader put before it."""
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    (code,) = (block for block in blocks if "gradaudit.watch(" in block)
    script = tmp_path / "shown.py"
    script.write_text(
        "import torch\n"
        "model, loss_fn = torch.nn.Linear(4, 1), torch.nn.MSELoss()\n"
        "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)\n"
        "loader = [(torch.ones(8, 4), torch.ones(8, 1))] * 3\n" + code
    )
    done = subprocess.run(
        [sys.executable, str(script)], cwd=ROOT, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


if __name__ == "__main__":
    README.write_text(
        SHOWN.sub(lambda m: m[1] + printed(m[3], m[2]) + m[5], README.read_text(encoding="utf-8")),
        encoding="utf-8",
    )
