"""The catalogue as a whole: one rule, one file, one code, one class, one test."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from gradaudit.events import Event
from gradaudit.rules import CATALOGUE, RULES, Rule, new_rules

SEVERITIES = {
    "GA101": "warning", "GA102": "info", "GA103": "warning", "GA104": "error",
    "GA105": "warning",
    "GA201": "error", "GA202": "error", "GA203": "info", "GA204": "warning", "GA205": "warning",
    "GA206": "error",
    "GA301": "error", "GA302": "error", "GA303": "warning", "GA304": "warning", "GA305": "warning",
    "GA306": "warning", "GA307": "error",
    "GA401": "warning", "GA402": "warning", "GA403": "info", "GA404": "warning", "GA405": "warning",
    "GA406": "warning",
    "GA501": "warning", "GA502": "info",
    "GA602": "error",
    "GA701": "error", "GA702": "error", "GA703": "error", "GA704": "error", "GA705": "warning",
    "GA901": "info", "GA902": "info",
}  # fmt: skip
"""Code -> default severity, as promised."""

rules = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.info.code)


def test_codes_are_distinct_and_in_order() -> None:
    """No code and no name is used twice, and the list is sorted."""
    codes = [rule.info.code for rule in RULES]
    names = [rule.info.name for rule in RULES]
    assert sorted(set(codes)) == codes
    assert len(set(names)) == len(names)


def test_default_severities_are_those_of_the_contract() -> None:
    """Stable and public: a change here is a change for every user."""
    assert {code: info.severity.value for code, info in CATALOGUE.items()} == SEVERITIES


@rules
def test_a_rule_is_where_its_code_and_name_say(rule: type[Rule]) -> None:
    """The file is called code and name, and the class is called the name."""
    expected = f"{rule.info.code}_{rule.info.name}".lower().replace("-", "_")
    assert Path(inspect.getfile(rule)).stem == expected
    assert rule.__name__ == "".join(word.capitalize() for word in rule.info.name.split("-"))


@rules
def test_a_rule_has_a_test_of_the_same_name(rule: type[Rule]) -> None:
    """And nothing else is tested here."""
    tests = {file.stem for file in Path(__file__).parent.glob("test_ga*.py")}
    assert f"test_{Path(inspect.getfile(rule)).stem}" in tests
    assert len(tests) == len(RULES)


@rules
def test_a_rule_says_what_it_is(rule: type[Rule]) -> None:
    """A docstring of its own, and a summary that is a phrase without a full stop."""
    assert (rule.__doc__ or "") not in ("", Rule.__doc__)
    assert (inspect.getmodule(rule).__doc__ or "").startswith(rule.info.code)
    assert not rule.info.summary.endswith(".")
    assert rule.info.page == f"docs/rules/{rule.info.code}.md"


@rules
def test_a_rule_hears_kinds_of_events(rule: type[Rule]) -> None:
    """Where `check` is its own, it says for which events."""
    assert all(issubclass(kind, Event) for kind in rule.hears)


def test_rules_are_made_anew_for_each_run() -> None:
    """They remember what they saw of one run."""
    first, second = new_rules(), new_rules()
    assert [type(rule) for rule in first] == list(RULES)
    assert not any(a is b for a, b in zip(first, second, strict=True))


def test_rules_need_no_torch() -> None:
    """Importing all of them, and the auditor, does not import torch."""
    program = "import sys, gradaudit.auditor; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
