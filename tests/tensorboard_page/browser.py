"""A real Chromium over a real `tensorboard`, and what the tests ask of a page."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Frame, Page

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage"]


class Board:
    """A running `tensorboard`; `url` is its address."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        command = Path(sys.executable).with_name("tensorboard")
        self._process = subprocess.Popen(
            [command, "--logdir", str(folder), "--port", "0", "--host", "127.0.0.1",
             "--reload_interval", "1", *arguments],
            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if "(Press CTRL+C" in line:
                self.url = next(word for word in line.split() if word.startswith("http"))
                return
        raise AssertionError("tensorboard ended before it served anything")

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(20)
        assert self._process.stderr is not None
        self._process.stderr.close()


class Tab:
    """The page, in TensorBoard or alone; any error in it makes `finish` fail."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        self.asked: list[str] = []
        page.set_default_timeout(8000)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", self._heard)

    def _heard(self, said: ConsoleMessage) -> None:
        # The first is said by TensorBoard's own bundle, the second of tests that read pixels.
        expected = any(word in said.text for word in ("Three.js", "willReadFrequently"))
        if said.type in ("error", "warning") and not expected:
            self.errors.append(said.text)

    @property
    def frame(self) -> Frame:
        framed = [one for one in self.page.frames if "plugin_entry" in one.url]
        return framed[0] if framed else self.page.main_frame

    def ready(self) -> Tab:
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline:
            if (
                any("plugin_entry" in one.url for one in self.page.frames)
                or "file:" in self.page.url
            ):
                break
            self.page.wait_for_timeout(50)
        self.frame.locator('body[data-ready="1"]').wait_for(timeout=40_000, state="attached")
        self.settle()
        return self

    def settle(self, ms: int = 250) -> None:
        """Waits until what was asked for has been drawn."""
        self.page.wait_for_timeout(ms)

    def js(self, script: str, argument: Any = None) -> Any:
        """Runs a function of the page; `gradaudit` in it is the application."""
        return self.frame.evaluate(script, argument)

    def window(self) -> list[int]:
        return self.js("() => gradaudit.window")

    def colour(self, status: str) -> list[int]:
        """[red, green, blue] of a status, as the page has it now."""
        return self.js(
            """(name) => { const hex = gradaudit.look.palette.status[name];
            return [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16)); }""",
            status,
        )

    def pixel(self, name: str, step: int, pane: int = 0) -> list[int]:
        """The colour in the lower middle of a cell on the screen; `name`: of a parameter."""
        return self.js(
            """([name, step, pane]) => {
            const app = gradaudit, { base } = app.board.panes[pane];
            const row = app.rows.findIndex((one) => app.fullName(one) === name);
            const [from, to] = app.window, ratio = devicePixelRatio;
            const x = (step + 0.5 - from) / (to - from + 1) * base.clientWidth;
            const y = (row + 0.6) * app.board.rowHeight - app.board.scroll;
            if (row < 0 || y < 0 || y > base.clientHeight) return null;
            const spot = base.getContext("2d").getImageData(x * ratio, y * ratio, 1, 1);
            return [...spot.data].slice(0, 3); }""",
            [name, step, pane],
        )

    def columns_of(self, status: str, canvas: str = "base") -> list[int]:
        """The CSS pixel columns of a canvas in which this colour appears."""
        return self.js(
            """([wanted, canvas]) => {
            const one = gradaudit.board.panes[0][canvas], { width, height } = one;
            const { data } = one.getContext("2d").getImageData(0, 0, width, height);
            const found = new Set();
            for (let k = 0; k < data.length; k += 4) {
              if (wanted.every((value, c) => Math.abs(data[k + c] - value) < 4))
                found.add(Math.floor((k / 4 % width) / devicePixelRatio));
            }
            return [...found].sort((a, b) => a - b); }""",
            [self.colour(status), canvas],
        )

    def finish(self) -> None:
        """Closes the page."""
        self.page.close()
        assert not self.errors, self.errors


def opened(browser: Browser, url: str, width: int = 1400, height: int = 900) -> Tab:
    """The page at an address, once it is ready."""
    tab = Tab(browser.new_page(viewport={"width": width, "height": height}))
    tab.page.goto(url)
    return tab.ready()
