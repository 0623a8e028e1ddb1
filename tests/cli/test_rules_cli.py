"""`gradaudit rules`: the catalogue on the console."""

from __future__ import annotations

import pytest

from gradaudit.cli.main import main
from gradaudit.cli.rules import page
from gradaudit.findings import Severity
from gradaudit.rules import CATALOGUE
from gradaudit.rules.base import RuleInfo


def test_the_table_has_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    """Code, name and severity of every rule, in 80 columns."""
    assert main(["rules"]) == 0
    said = capsys.readouterr().out
    heads = [line.split() for line in said.splitlines() if not line.startswith(" ")]
    assert heads == [
        [code, CATALOGUE[code].severity.value, CATALOGUE[code].name] for code in sorted(CATALOGUE)
    ]
    assert all(len(line) <= 80 for line in said.splitlines())


def test_a_prefix_is_a_part_of_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    """A prefix lists the rules that begin with it."""
    assert main(["rules", "ga2"]) == 0
    said = capsys.readouterr().out
    assert "GA201" in said
    assert "GA101" not in said


def test_a_code_and_a_name_print_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    """One rule's page is printed, by its code in any case or by its name."""
    pages: list[str] = []
    for word in ("GA101", "ga101", "missing-gradient"):
        assert main(["rules", word]) == 0
        pages.append(capsys.readouterr().out)
    assert len(set(pages)) == 1
    assert "missing-gradient" in pages[0]


def test_every_rule_has_a_page_to_print() -> None:
    """No rule is without words, not even one whose page is missing."""
    assert all(page(info).strip() for info in CATALOGUE.values())
    lost = RuleInfo("GA999", "lost-rule", "It was lost.", Severity.INFO)
    assert page(lost) == "# GA999 lost-rule\n\nIt was lost.\n"


def test_an_unknown_rule_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt name is refused with the right one."""
    assert main(["rules", "mising-gradient"]) == 2
    assert "'missing-gradient'" in capsys.readouterr().err
