# ruff: noqa: E501 -- some lines are JavaScript
"""The tab in a real TensorBoard, in a real browser; what is on the screen is read as pixels."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.tensorboard_page.conftest import NEEDLE_STEP
from tests.tensorboard_plugin.logs import Log

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
SICK = "decoder.layers.1.linear1.weight"


def test_the_tab_appears_and_tells_the_story_of_the_worst_run(tab: Open) -> None:
    """Without being asked, it shows the run with errors: its tree, its findings, its cells."""
    page = tab()
    assert page.page.get_by_role("tab", name="Grad Audit").count() == 1
    assert page.frame.locator("#ga-run").input_value() == "baseline"
    names = page.frame.get_by_role("treeitem").all_inner_texts()
    assert any("encoder.layers" in name and "2/144" in name.replace("\n", "") for name in names)
    cards = page.frame.locator("article.finding")
    assert [one.get_attribute("class").split()[1] for one in cards.all()] == [
        "error", "error", "warning", "warning",
    ]  # fmt: skip
    text = cards.nth(1).inner_text()
    for part in (
        "nonfinite-gradient",
        "GA201",
        "step 1,400",
        "train.py:67",
        "attn = scores",
        "clamp",
    ):
        assert part in text, part
    assert page.pixel("aux_head.proj.weight", 700) in (
        page.colour("none"), _hatch(page),
    )  # fmt: skip
    assert page.pixel("lm_head.weight", 700) == page.colour("ok")
    assert page.columns_of("nan", "timeline")
    assert all("127.0.0.1" in url for url in page.asked if not url.startswith(("data:", "blob:")))


def _hatch(page: Any) -> list[int]:
    hex_ = page.js("() => gradaudit.look.palette.hatch.none")
    return [int(hex_[k : k + 2], 16) for k in (1, 3, 5)]


def test_a_run_of_several_ranks_opens_with_the_worst(tab: Open) -> None:
    """Rank 1 has errors and rank 0 has none; the list of ranks says so, and rank 0 can be had."""
    page = tab("&p.gradaudit.run=ranks")
    assert page.frame.locator("#ga-rank").input_value() == "1"
    told = page.frame.locator("#ga-rank option").all_inner_texts()
    assert told == ["0", "1 \u00b7 2 errors"]
    page.frame.locator("#ga-rank").select_option("0")
    page.settle(500)
    assert "No findings" in page.frame.locator(".findings").inner_text()
    assert "p.gradaudit.rank=0" in page.page.url
    page.js("() => gradaudit.reload()")
    assert page.frame.locator("#ga-rank").input_value() == "0"


def test_a_status_behind_a_worse_one_is_counted(tab: Open) -> None:
    """inf is in the step before nan, in the same column of the screen, of the same parameters."""
    page = tab("&p.gradaudit.run=baseline", width=700)
    chips = page.js("() => [...document.querySelectorAll('.chip')].map((one) => one.innerText)")
    counts = dict(one.split()[:2] for one in chips)
    assert counts["inf"] == "4"
    assert counts["nan"] == "16"


@pytest.mark.slow
def test_none_is_a_pattern_and_no_plain_colour(tab: Open) -> None:
    page = tab()
    row = page.js(
        """() => { const { base } = gradaudit.board.panes[0];
        const r = gradaudit.rows.findIndex((one) => gradaudit.fullName(one) === "aux_head.proj.weight");
        const y = (r + 0.5) * gradaudit.board.rowHeight * devicePixelRatio;
        const { data } = base.getContext("2d").getImageData(0, y, 60, 1);
        return Array.from({ length: 60 }, (_, k) => [...data.slice(4 * k, 4 * k + 3)]); }"""
    )
    assert {tuple(one) for one in row} == {tuple(page.colour("none")), tuple(_hatch(page))}


@pytest.mark.parametrize(
    ("width", "rows"),
    [(1400, "modules"), pytest.param(1400, "parameters", marks=pytest.mark.slow), (420, "modules")],
)
def test_one_nan_step_in_5000_is_seen_at_full_zoom_out(tab: Open, width: int, rows: str) -> None:
    """One of 300 parameters, one of 5,000 steps: it is on the screen, where it belongs."""
    page = tab(f"&p.gradaudit.run=needle&p.gradaudit.rows={rows}", width=width)
    assert page.window() == [0, 4999]
    for canvas in ("base", "timeline"):
        found = page.columns_of("nan", canvas)
        across = page.js(f"() => gradaudit.board.panes[0].{canvas}.clientWidth")
        assert found, canvas
        assert found[-1] - found[0] <= 3
        assert abs(found[0] - NEEDLE_STEP / 5000 * across) <= 3
    if rows == "modules":
        assert len(page.columns_of("nan")) >= 2, "a lone bad step is two pixels wide"


def test_a_click_on_a_finding_leads_to_its_cells(tab: Open) -> None:
    page = tab()
    page.frame.get_by_role("button", name="nonfinite-gradient").click()
    page.settle(600)
    low, high = page.window()
    assert low < 1400 < high
    assert high - low < 60
    assert page.pixel(SICK, 1400) == page.colour("nan")
    assert page.pixel(SICK, 1399) == page.colour("ok") or page.pixel(SICK, 1399) == page.colour(
        "inf"
    )
    assert page.pixel(SICK, 1402) == page.colour("ok")
    assert page.pixel("decoder.layers.0.self_attn.q_proj.weight", 1400) is None, "stays closed"
    assert page.frame.locator("article.active").count() == 1
    assert "GA201" in page.page.url, "the address says where one is"
    chips = page.frame.locator(".chip").all_inner_texts()
    assert any(chip.startswith("inf") for chip in chips), "the legend has what the zoom shows"
    page.frame.get_by_role("button", name="missing-zero-grad").click()
    page.settle(600)
    assert page.pixel("decoder.layers.0.self_attn.q_proj.weight", 800) == page.colour("stale")


def test_links_lead_to_a_finding_a_step_and_a_parameter(tab: Open) -> None:
    page = tab("&p.gradaudit.run=baseline&p.gradaudit.finding=GA201")
    assert page.pixel(SICK, 1400) == page.colour("nan")
    # A link in another dashboard, while the tab is open already.
    page.page.evaluate(
        "location.hash = '#gradaudit&p.gradaudit.run=baseline&p.gradaudit.finding=GA301'"
    )
    page.settle(900)
    assert page.pixel("decoder.layers.0.self_attn.q_proj.weight", 800) == page.colour("stale")
    page.finish()
    page.page = tab(
        f"&p.gradaudit.run=baseline&p.gradaudit.step=1400&p.gradaudit.parameter={SICK}"
    ).page
    assert page.window() == [1380, 1420]
    assert page.pixel(SICK, 1400) == page.colour("nan")
    assert SICK in page.frame.locator(".series").inner_text()


@pytest.mark.slow
def test_a_link_to_nothing_shows_the_run_as_it_is(tab: Open) -> None:
    page = tab("&p.gradaudit.run=gone&p.gradaudit.finding=GA999&p.gradaudit.steps=9-1")
    assert page.frame.locator("#ga-run").input_value() == "baseline"
    assert page.frame.locator("article.finding").count() == 4


def test_drag_brush_and_wheel_zoom(tab: Open) -> None:
    page = tab("&p.gradaudit.run=baseline")
    mouse = page.page.mouse
    box = page.frame.locator(".cells").bounding_box()
    middle = box["y"] + 100

    def at(share: float) -> float:
        return box["x"] + share * box["width"]

    mouse.move(at(0.25), middle)
    mouse.down()
    mouse.move(at(0.5), middle, steps=4)
    mouse.up()
    page.settle()
    low, high = page.window()
    assert abs(low - 500) < 12
    assert abs(high - 1000) < 12
    page.page.keyboard.down("Control")
    mouse.wheel(0, -200)
    page.page.keyboard.up("Control")
    page.settle()
    assert page.window()[1] - page.window()[0] < high - low
    page.frame.get_by_role("button", name="All steps").click()
    page.settle()
    assert page.window() == [0, 1999]
    line = page.frame.locator(".timeline").bounding_box()
    mouse.move(line["x"] + 0.6 * line["width"], line["y"] + 30)
    mouse.down()
    mouse.move(line["x"] + 0.8 * line["width"], line["y"] + 30, steps=5)
    mouse.up()
    page.settle()
    low, high = page.window()
    assert abs(low - 1200) < 12
    assert abs(high - 1600) < 12
    # The window is moved by its middle, and keeps its length at the end of the run.
    mouse.move(line["x"] + 0.7 * line["width"], line["y"] + 30)
    mouse.down()
    mouse.move(line["x"] + line["width"], line["y"] + 30, steps=5)
    mouse.up()
    page.settle()
    assert page.window() == [1999 - (high - low), 1999]


@pytest.mark.slow
def test_filter_problems_and_the_sentence_where_nothing_is_left(tab: Open) -> None:
    page = tab("&p.gradaudit.run=baseline")
    field = page.frame.get_by_role("searchbox")
    field.fill("Q_PROJ weight")
    page.settle()
    assert page.js("() => gradaudit.kept.size") == 18
    assert "q_proj.weight" in page.frame.get_by_role("tree").inner_text()
    field.fill("no such name")
    page.settle()
    assert 'No parameter matches "no such name"' in page.frame.locator(".nothing").inner_text()
    field.fill("")
    page.frame.get_by_role("button", name="Problems only").click()
    page.settle()
    assert page.js("() => gradaudit.kept.size") == 2 + 2 + 8 + 16
    page.page.goto(
        page.page.url.split("#")[0] + "#gradaudit&p.gradaudit.run=fixed&p.gradaudit.problems=1"
    )
    page.settle(900)
    assert "No parameter had a problem" in page.frame.locator(".nothing").inner_text()
    assert "No findings" in page.frame.locator(".findings").inner_text()


def test_two_runs_side_by_side_and_as_a_difference(tab: Open) -> None:
    page = tab("&p.gradaudit.run=baseline")
    page.frame.get_by_label("Compare with").select_option("fixed|0")
    page.settle(700)
    assert page.frame.locator(".cells").count() == 2
    assert page.frame.locator(".pane-name").all_inner_texts() == ["A: baseline", "B: fixed"]
    assert page.pixel("aux_head.proj.weight", 700, 0) != page.colour("ok")
    assert page.pixel("aux_head.proj.weight", 700, 1) == page.colour("ok")
    blank = page.js(
        "() => [1, 3, 5].map((k) => parseInt(gradaudit.look.palette.page.bg.slice(k, k + 2), 16))"
    )
    assert page.pixel("aux_head.proj.weight", 1900, 1) == blank, "run B has ended before"
    page.frame.get_by_role("button", name="Difference").click()
    page.settle(500)
    difference = page.js(
        """() => Object.fromEntries(Object.entries(gradaudit.look.palette.difference).map(
        ([name, hex]) => [name, [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16))]))"""
    )
    assert page.frame.locator(".cells").count() == 1
    assert page.pixel("aux_head.proj.weight", 700) == difference["worse in A"]
    assert page.pixel("lm_head.weight", 700) == difference["neither"]
    page.frame.get_by_label("Run", exact=True).select_option("fixed")
    page.frame.get_by_label("Compare with").select_option("baseline|0")
    page.settle(900)
    assert page.pixel("aux_head.proj.weight", 700) == difference["worse in B"]


@pytest.mark.slow
def test_each_rank_can_be_looked_at(tab: Open) -> None:
    page = tab("&p.gradaudit.run=ranks&p.gradaudit.rank=0")
    assert page.frame.locator("article.finding").count() == 0
    page.frame.get_by_label("Rank", exact=True).select_option("1")
    page.settle(600)
    assert page.frame.locator("article.finding").count() == 4
    assert page.js("() => gradaudit.data.sides[0].entry.rank") == 1


def test_the_theme_of_tensorboard_is_followed_while_one_looks(tab: Open) -> None:
    page = tab(query="?darkMode=true")
    assert page.js("() => getComputedStyle(document.body).backgroundColor") == "rgb(48, 48, 48)"
    dark = page.pixel("lm_head.weight", 700)
    assert dark == page.colour("ok")
    page.page.evaluate("document.body.classList.remove('dark-mode')")
    page.settle()
    assert page.js("() => getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.pixel("lm_head.weight", 700) == page.colour("ok")
    assert page.pixel("lm_head.weight", 700) != dark


def test_names_and_texts_stay_text(tab: Open) -> None:
    """Nothing in a log is run, hides, or turns the text around it."""
    page = tab("&p.gradaudit.run=hostile&p.gradaudit.table=1")
    page.frame.locator("article.finding .title").click()
    page.frame.locator(".cells").hover(position={"x": 200, "y": 30})
    page.settle(500)
    assert page.js("() => [window.pwned, parent.pwned, ({}).weight]") == [None, None, None]
    assert page.frame.locator("img, svg, iframe, .app script").count() == 0
    shown = page.frame.locator("body").inner_text()
    assert "<img src=x onerror=window.pwned=1>" in shown
    assert "\u202e" not in shown
    assert "\\u202egnp" in shown


def test_a_damaged_log_shows_what_is_whole_and_says_the_rest(tab: Open) -> None:
    page = tab("&p.gradaudit.run=damaged")
    assert page.window() == [0, 63]
    assert page.pixel("a", 20) == page.colour("ok")
    assert len(page.frame.locator(".notice").inner_text()) > 20


@pytest.mark.slow
def test_the_table_of_300_rows_and_the_curves_follow_the_window(tab: Open) -> None:
    page = tab("&p.gradaudit.run=baseline&p.gradaudit.finding=GA201&p.gradaudit.table=1")
    page.settle(500)
    row = page.frame.get_by_role("row", name=SICK).inner_text()
    assert re.search(r"inf in step 1,399, nan in step 1,400", row)
    page.frame.get_by_role("treeitem", name="decoder.layers.1.self_attn.q_proj.weight,").click()
    page.settle(500)
    told = page.frame.locator(".chart").get_attribute("aria-label")
    assert "q_proj.weight: largest norm" in told
    assert "nan in step 1,400" in told


@pytest.mark.parametrize(
    "width", [*(pytest.param(w, marks=pytest.mark.slow) for w in (900, 400)), 360]
)
def test_narrow_windows_lose_nothing(tab: Open, width: int) -> None:
    page = tab("&p.gradaudit.run=baseline", width=width, height=800)
    assert page.js("() => document.documentElement.scrollWidth <= innerWidth")
    cut = page.js(
        """() => [...document.querySelectorAll("button, input, select, article")].filter((one) => {
        const { left, right, width } = one.getBoundingClientRect();
        return width && (left < -1 || right > innerWidth + 1); }).map((one) => one.outerHTML)"""
    )
    assert cut == []
    page.frame.get_by_role("button", name="Findings (4)").click()
    page.settle()
    page.frame.get_by_role("button", name="nonfinite-gradient").click()
    page.settle(600)
    assert page.pixel(SICK, 1400) == page.colour("nan")
    assert page.js("() => gradaudit.board.panes[0].base.getBoundingClientRect().top < innerHeight")


@pytest.fixture
def growing(browser: object, tmp_path: Path) -> Iterator[tuple[Any, Log]]:
    from tests.tensorboard_page.browser import Board, opened

    log = Log(tmp_path / "live")
    log.schema(["a.weight", "a.bias", "b.weight"])
    log.cells(np.arange(32), np.zeros((32, 3), np.uint8))
    log.flush()
    running = Board(tmp_path)
    page = opened(browser, f"{running.url}#gradaudit")
    yield page, log
    page.finish()
    log.close()
    running.close()


def test_reload_brings_new_steps_and_leaves_people_where_they_are(growing: tuple[Any, Log]) -> None:
    page, log = growing
    assert page.window() == [0, 31]
    page.frame.get_by_role("treeitem", name="b.weight").click()
    log.cells(np.arange(32, 96), np.full((64, 3), 2, np.uint8))
    log.flush()
    page.settle(1500)  # TensorBoard itself reads once a second
    page.page.locator(".reload-button").click()
    page.frame.wait_for_function("() => gradaudit.window[1] === 95", timeout=15_000)
    page.settle()
    assert page.pixel("b.weight", 80) == page.colour("nan")
    assert "b.weight" in page.frame.locator(".series").inner_text()
    page.frame.get_by_label("Last step shown").fill("40")
    page.frame.get_by_label("Last step shown").press("Enter")
    page.settle()
    log.cells(np.arange(96, 128), np.zeros((32, 3), np.uint8))
    log.flush()
    page.settle(1500)
    page.page.locator(".reload-button").click()
    page.frame.wait_for_function("() => gradaudit.data.bounds[1] === 127", timeout=15_000)
    assert page.window() == [0, 40]


@pytest.mark.slow
def test_2000_parameters_and_5000_steps_are_ready_within_a_second(
    browser: object, tmp_path: Path
) -> None:
    """Counted from when the tab's own code begins; a redraw is to take 50 ms (here, with others
    at work on the machine, no test fails below three times as much)."""
    from tests.tensorboard_page.browser import Board, opened
    from tests.tensorboard_page.synthetic import write

    write(tmp_path / "big", 2000, 5000)
    running = Board(tmp_path)
    opened(browser, f"{running.url}#gradaudit").finish()  # the first one waits for TensorBoard
    page = opened(browser, f"{running.url}#gradaudit")
    try:
        assert page.js("() => gradaudit.marks.ready") < 3000
        for rows in ("modules", "parameters"):
            page.js("(rows) => gradaudit.set({ rows })", rows)
            times = []
            for _ in range(9):
                page.js("() => gradaudit.draw()")
                page.settle(60)
                times.append(page.js("() => gradaudit.marks.draw"))
            assert sorted(times)[len(times) // 2] < 150, times
        assert page.columns_of("nan")
    finally:
        page.finish()
        running.close()
