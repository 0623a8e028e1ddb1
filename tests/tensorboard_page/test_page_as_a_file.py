"""The page as one file: a run is audited, written as HTML and opened from disk, with no network."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

import gradaudit

pytestmark = pytest.mark.browser


class Cut(torch.nn.Module):
    """Its second layer is behind a detach."""

    def __init__(self) -> None:
        super().__init__()
        self.first = torch.nn.Linear(4, 4)
        self.second = torch.nn.Linear(4, 4)
        self.head = torch.nn.Linear(4, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.first(x) + self.second(x).detach())


@pytest.fixture(scope="module")
def html() -> str:
    torch.manual_seed(0)
    model = Cut()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    with gradaudit.watch(model, optimizer, on_finding="silent") as audit:
        for _ in range(60):
            optimizer.zero_grad()
            model(torch.randn(8, 4)).square().mean().backward()
            optimizer.step()
    return audit.report().to_html()


@pytest.fixture
def show(browser: Any, tmp_path: Path) -> Iterator[Any]:
    from tests.tensorboard_page.browser import Tab

    tabs = []

    def open_file(text: str, view: str = "") -> Tab:
        file = tmp_path / "report.html"
        file.write_text(text, encoding="utf-8")
        context = browser.new_context(viewport={"width": 1300, "height": 850}, offline=True)
        tabs.append(Tab(context.new_page()))
        tabs[-1].page.goto(f"{file.as_uri()}{view}")
        return tabs[-1].ready()

    yield open_file
    for one in tabs:
        assert [url for url in one.asked if not url.startswith("file:")] == []
        one.finish()


def test_a_report_opens_from_disk_and_shows_its_cells_and_findings(show: Any, html: str) -> None:
    page = show(html)
    assert page.window() == [0, 59]
    assert page.pixel("first.weight", 30) == page.colour("ok")
    card = page.frame.locator("article.finding").first.inner_text()
    for part in ("missing-gradient", "GA101", "detach", Path(__file__).name, ".detach())"):
        assert part in card, part
    page.frame.locator("article .title").first.click()
    page.settle(400)
    names = page.frame.get_by_role("treeitem").all_inner_texts()
    assert any("second" in name for name in names)
    assert "60 steps" in page.frame.locator("header").inner_text()
    page.frame.get_by_label("First step shown").fill("10")
    page.frame.get_by_label("First step shown").press("Enter")
    page.settle(700)
    assert page.window() == [10, 59]
    assert "p.gradaudit.steps=10-59" in page.page.url, "the address is the file's own"


@pytest.mark.slow
def test_the_file_alone_follows_the_system_into_the_dark(show: Any, html: str) -> None:
    page = show(html, "#colour=norm")
    page.page.emulate_media(color_scheme="dark")
    page.settle()
    assert page.js("() => getComputedStyle(document.body).backgroundColor") == "rgb(48, 48, 48)"
    assert page.js("() => gradaudit.view.colour") == "norm"


def test_a_file_without_runs_says_so_kindly(show: Any, html: str) -> None:
    data = json.dumps({"report": None, "runs": [], "data": {}})
    page = show(
        re.sub(r'(id="gradaudit-data">).*?(</script>)', rf"\g<1>{data}\g<2>", html, flags=re.S)
    )
    assert (
        "No gradient audit in this log directory yet" in page.frame.locator(".empty").inner_text()
    )
    assert page.frame.locator(".page").is_hidden()
