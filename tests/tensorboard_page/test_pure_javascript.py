"""The half of the page that needs no browser, tested by node's own runner."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from gradaudit_tensorboard.modules import joined

from gradaudit.causes import CAUSE_KINDS
from gradaudit.events import STATUS_NAMES
from gradaudit.sinks import wording

HERE = Path(__file__).parent
STATIC = HERE.parents[1] / "integrations" / "gradaudit_tensorboard" / "static"
SOURCES = {path.name: path.read_text(encoding="utf-8") for path in sorted(STATIC.glob("*.js"))}


@pytest.fixture(scope="module")
def node() -> str:
    found = shutil.which("node")
    if found is None and os.environ.get("GRADAUDIT_REQUIRE_BROWSER") != "1":
        pytest.skip("there is no node here")
    assert found is not None, "node is needed to test the page's JavaScript"
    return found


def test_the_pure_half_of_the_page_passes_its_own_tests(node: str) -> None:
    done = subprocess.run(
        [node, "--test", "--test-reporter", "spec", *map(str, sorted(HERE.glob("js/*.test.mjs")))],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert int(re.findall(r"tests (\d+)", done.stdout)[-1]) > 50


def test_the_modules_joined_to_one_script_are_javascript(node: str, tmp_path: Path) -> None:
    file = tmp_path / "joined.mjs"
    file.write_text(joined(SOURCES, "standalone.js"), encoding="utf-8")
    done = subprocess.run([node, "--check", str(file)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_causes_and_statuses_are_told_in_the_words_of_the_console() -> None:
    """The page's table has every kind of cause, with the console's own words for it."""
    written = dict(re.findall(r'^  "([\w-]+)": "(.*)",$', SOURCES["causes.js"], re.MULTILINE))
    assert written == wording._CAUSES
    assert set(written) == set(CAUSE_KINDS)
    defined = re.findall(r"^  (\w+): \"", SOURCES["statuses.js"], re.MULTILINE)
    assert set(STATUS_NAMES) <= set(defined)


@pytest.mark.parametrize("name", SOURCES)
def test_text_reaches_the_page_as_text_only(name: str) -> None:
    """No module knows a way to make HTML of a string, run one, or ask another origin."""
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|"
        r"createContextualFragment|DOMParser|srcdoc|javascript:|https?://|\.cssText|setAttributeNS"
    )
    assert re.findall(forbidden, SOURCES[name]) == []
    assert len(SOURCES[name].splitlines()) <= 400, "a file this long has more than one reason"


def test_names_at_the_top_of_modules_are_unique() -> None:
    defined = re.compile(r"^(?:export )?(?:async )?(?:function|const|let|class) (\w+)", re.M)
    names = [name for text in SOURCES.values() for name in defined.findall(text)]
    assert sorted(names) == sorted(set(names))


def test_the_style_sheet_asks_for_nothing() -> None:
    style = (STATIC / "page.css").read_text(encoding="utf-8")
    assert re.findall(r"url\(|@import|expression\(", style) == []
