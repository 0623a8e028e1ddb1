"""Makes the pictures in docs/screenshots: of real runs, in a real TensorBoard and from a real file.

    make screenshots

Needs Chromium (`CHROMIUM=/path` where it is not Debian's) and the packages of requirements-dev.txt.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from planted import train
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
PICTURES = Path(__file__).resolve().parents[1] / "docs" / "screenshots"
MOST_BYTES = 250_000
FINDING = "&p.gradaudit.run=first&p.gradaudit.finding=GA201"
COMPARED = "&p.gradaudit.run=first&p.gradaudit.other=mended"
TAB = {
    "tab-light": ("", "&p.gradaudit.run=first", 1400, 860),
    "tab-dark": ("?darkMode=true", "&p.gradaudit.run=first&p.gradaudit.colour=norm", 1400, 860),
    "finding": ("", FINDING, 1400, 860),
    "comparison": ("", COMPARED, 1400, 860),
    "difference": ("?darkMode=true", COMPARED + "&p.gradaudit.compare=difference", 1400, 860),
    "narrow": ("", "&p.gradaudit.run=first", 400, 860),
}
"""Name -> query, view, width and height in CSS pixels."""


@contextmanager
def tensorboard(folder: Path) -> Iterator[str]:
    """The address of a TensorBoard over the folder."""
    command = Path(sys.executable).with_name("tensorboard")
    with subprocess.Popen(
        [command, "--logdir", str(folder), "--port", "0", "--host", "127.0.0.1"],
        stderr=subprocess.PIPE, text=True,
    ) as running:  # fmt: skip
        assert running.stderr is not None
        for line in running.stderr:
            if "(Press CTRL+C" in line:
                break
        try:
            yield next(word for word in line.split() if word.startswith("http"))
        finally:
            running.terminate()


def shoot(browser: Browser, url: str, name: str, width: int, height: int) -> None:
    """One picture; it is refused where the page is not ready, or where it is too large."""
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(url)
    where = page.frame_locator("iframe") if url.startswith("http") else page
    where.locator('body[data-ready="1"]').wait_for(timeout=30_000, state="attached")
    page.wait_for_timeout(1200)
    file = PICTURES / f"{name}.png"
    page.screenshot(path=file)
    page.close()
    size = file.stat().st_size
    if size > MOST_BYTES:
        raise SystemExit(f"{file} has {size} bytes, more than {MOST_BYTES}")
    print(f"{file.relative_to(PICTURES.parents[1])}: {width} x {height}, {size // 1000} kB")


def main() -> None:
    """Two runs, the tab on both of them, and a report as a file."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        report = train(folder / "runs" / "first", mended=False)
        train(folder / "runs" / "mended", mended=True)
        file = folder / "report.html"
        file.write_text(report.to_html(), encoding="utf-8")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
            )
            with tensorboard(folder / "runs") as url:
                browser.new_page().goto(url)  # the first page waits until the log has been read
                for name, (query, view, width, height) in TAB.items():
                    shoot(browser, f"{url}{query}#gradaudit{view}", name, width, height)
            shoot(browser, file.as_uri() + "#finding=GA101", "file", 1400, 860)


if __name__ == "__main__":
    main()
