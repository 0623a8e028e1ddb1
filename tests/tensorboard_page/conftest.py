"""One Chromium and one `tensorboard` for all browser tests."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from gradaudit.events import NAN
from tests.tensorboard_page.synthetic import write
from tests.tensorboard_plugin.logs import Log

NEEDLE_STEP = 3217
HOSTILE = [
    "<img src=x onerror=window.pwned=1>.weight",
    "</script><script>window.pwned=1</script>.weight",
    "__proto__.weight",
    "constructor",
    "a..b",
    "\u202egnp.weight",
    "nul\x00.weight",
    "'\"`${window.pwned=1}",
    "x" * 3000,
]


def needle(folder: Path) -> None:
    """5,000 steps of 300 healthy parameters, and one NaN in one step of one of them."""
    log = Log(folder)
    log.schema([f"blocks.{k // 10}.part.{k % 10}" for k in range(300)])
    status = np.zeros((5000, 300), np.uint8)
    status[NEEDLE_STEP, 217] = NAN
    log.cells(np.arange(5000), status)
    log.findings([])
    log.close()


def hostile(folder: Path) -> None:
    """Names and texts that would do something if they were more than text."""
    log = Log(folder)
    log.schema(HOSTILE)
    log.cells(np.arange(40), np.full((40, len(HOSTILE)), NAN, np.uint8))
    text = "<img src=x onerror=window.pwned=1> `</script><svg onload=window.pwned=1>`"
    told = {"code": "GA201", "name": text, "severity": "error", "message": text, "fix": text,
            "parameters": HOSTILE, "model": text, "optimizer": text, "rank": 0, "first_step": 3,
            "last_step": 9, "count": 7, "evidence": {"source": text},
            "cause": {"kind": text, "op": text, "file": text, "line": 1, "function": text,
                      "module": text, "certain": True}}  # fmt: skip
    log.findings([told])
    log.close()


def many(folder: Path) -> None:
    """700 parameters."""
    log = Log(folder)
    log.schema([f"layer{k // 10}.p{k % 10}" for k in range(700)])
    log.cells(np.arange(8), np.zeros((8, 700), np.uint8))
    log.close()


def damaged(folder: Path) -> None:
    """A log of which one block is not what it should be."""
    log = Log(folder)
    log.schema(["a", "b"])
    log.cells(np.arange(64), np.zeros((64, 2), np.uint8))
    log.record(log.grid_tag(9), b"GAB\x01 this is no block", 64)
    log.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    from tests.tensorboard_page.browser import ARGUMENTS, CHROMIUM

    if not Path(CHROMIUM).exists():
        if os.environ.get("GRADAUDIT_REQUIRE_BROWSER") == "1":
            pytest.fail(f"the browser tests need {CHROMIUM}")
        pytest.skip(f"there is no {CHROMIUM} here")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("logs")
    write(folder / "baseline", 300, 2000)
    write(folder / "fixed", 300, 1800, bad=False, seed=1)
    for rank in (0, 1):
        write(folder / "ranks", 60, 200, bad=rank == 1, rank=rank)
    needle(folder / "needle")
    hostile(folder / "hostile")
    damaged(folder / "damaged")
    many(folder / "many")
    return folder


@pytest.fixture(scope="session")
def board(browser: object, logs: Path) -> Iterator[object]:
    from tests.tensorboard_page.browser import Board

    running = Board(logs)
    yield running
    running.close()


@pytest.fixture
def tab(browser: object, board: object) -> Iterator[Callable[..., object]]:
    """Opens the tab on a view; each page must end without an error."""
    from tests.tensorboard_page.browser import opened

    tabs = []

    def open_tab(
        view: str = "", *, query: str = "", width: int = 1400, height: int = 900
    ) -> object:
        url = f"{board.url}{query}#gradaudit{view}"
        tabs.append(opened(browser, url, width, height))
        return tabs[-1]

    yield open_tab
    for one in tabs:
        one.finish()
