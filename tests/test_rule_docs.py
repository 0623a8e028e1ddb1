"""Every rule has a page, and every page is true: its example fires, its repair is silent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from gradaudit.rules import CATALOGUE
from tests.support.forked import Outcome, RunServer

FOLDER = Path(__file__).parents[1] / "docs" / "rules"
HEADINGS = [
    "What it checks",
    "Why it matters",
    "Example",
    "Use instead",
    "Limits",
    "Sources",
]
BLOCK = re.compile(r"^```.*?^```$", re.M | re.S)
TABLE_ROW = re.compile(r"^\| \[(GA\d{3})\]\((.+?)\) \| ([a-z-]+) \| ([a-z]+) \| (.+) \|$", re.M)

codes = pytest.mark.parametrize("code", sorted(CATALOGUE))


@dataclass(frozen=True)
class Page:
    """A rule's page, taken apart. `sections`: heading -> text, in the order of the page."""

    title: str
    summary: str
    sections: dict[str, str]

    @property
    def severities(self) -> list[str]:
        """Those that the page says the rule may have."""
        return re.findall(r"^- \*\*(\w+)\*\*: ", self.sections["What it checks"], re.M)

    def script(self, heading: str) -> str:
        """The only code block of that section."""
        (code,) = re.findall(r"^```python\n(.*?)^```$", self.sections[heading], re.M | re.S)
        return code

    @property
    def audits_itself(self) -> bool:
        """The example asserts by itself what its own audit has found."""
        return "<!-- audits itself -->" in self.sections["Example"]

    @property
    def together(self) -> set[str]:
        """Codes without which this one never comes."""
        return set(re.findall(r"<!-- together with: (GA\d{3}) -->", self.sections["Example"]))


def read(code: str) -> Page:
    text = (FOLDER / f"{code}.md").read_text(encoding="utf-8")
    blocks = BLOCK.findall(text)  # a comment in a script may look like a heading
    head, *parts = re.split(r"^## ", BLOCK.sub("```", text), flags=re.M)
    title, _, summary = head.partition("\n")
    sections: dict[str, str] = {}
    for part in parts:
        heading, _, body = part.partition("\n")
        assert heading not in sections
        sections[heading] = re.sub(r"^```$", lambda _: blocks.pop(0), body, flags=re.M)
    return Page(title, summary.strip(), sections)


def run(server: RunServer, folder: Path, script: str) -> Outcome:
    file = folder / "train.py"
    file.write_text(script, encoding="utf-8")
    outcome = server.run(file)
    assert outcome.code == 0, outcome.stderr
    assert outcome.report is not None, outcome.stderr
    return outcome


def test_there_are_pages_for_the_rules_and_for_nothing_else() -> None:
    """One page per code, and the index."""
    assert {file.name for file in FOLDER.iterdir()} == {"index.md", *(f"{c}.md" for c in CATALOGUE)}


def test_the_index_says_what_the_catalogue_says() -> None:
    """Code, link, name, severity and summary of every rule, in the order of the codes."""
    text = (FOLDER / "index.md").read_text(encoding="utf-8")
    expected = [
        (code, f"{code}.md", info.name, info.severity.value, info.summary)
        for code, info in sorted(CATALOGUE.items())
    ]
    assert expected == TABLE_ROW.findall(text)


@codes
def test_a_page_has_its_parts_in_order(code: str) -> None:
    """Title as in the catalogue, a summary of one sentence, the headings, nothing empty."""
    page = read(code)
    assert page.title == f"# {code} {CATALOGUE[code].name}"
    assert page.summary.count("\n") == 0
    assert page.summary.endswith(".")
    assert list(page.sections) == HEADINGS
    assert all(text.strip() for text in page.sections.values())


@codes
def test_a_page_names_the_usual_severity(code: str) -> None:
    """Each severity once, the catalogue's among them."""
    severities = read(code).severities
    assert len(severities) == len(set(severities))
    assert CATALOGUE[code].severity.value in severities
    assert set(severities) <= {"error", "warning", "info"}


@codes
def test_links_between_pages_lead_somewhere(code: str) -> None:
    """A relative link is the name of a page, or of one that stands beside the folder."""
    text = (FOLDER / f"{code}.md").read_text(encoding="utf-8")
    links = set(re.findall(r"\]\((?!https://)(.+?)\)", text))
    beside = {f"../{file.name}" for file in FOLDER.parent.glob("*.md")}
    assert links <= {f"{one}.md" for one in CATALOGUE} | beside


@codes
def test_the_example_fires(code: str, server: RunServer, tmp_path: Path) -> None:
    """Its code at a severity of the page, and no other error or warning."""
    page = read(code)
    outcome = run(server, tmp_path, page.script("Example"))
    if page.audits_itself:
        assert f'"{code}"' in page.script("Example")
        assert outcome.loud() == []
        return
    assert outcome.report is not None
    found = [f["severity"] for f in outcome.report["findings"] if f["code"] == code]
    assert found
    assert set(found) <= set(page.severities)
    assert {code} | page.together == outcome.codes() | {code}
    if set(page.severities) == {"info"}:
        assert outcome.loud() == []


@codes
def test_what_to_use_instead_is_silent(code: str, server: RunServer, tmp_path: Path) -> None:
    """No error, no warning, and nothing at all of this code."""
    outcome = run(server, tmp_path, read(code).script("Use instead"))
    assert outcome.loud() == []
    assert outcome.report is not None
    assert code not in {f["code"] for f in outcome.report["findings"]}
