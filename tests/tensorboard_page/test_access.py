# ruff: noqa: E501 -- the checks are JavaScript
"""The tab without a mouse and without eyes: keys, names, roles, contrast, a table that agrees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser

Open = Callable[..., Any]

CHECKS = """() => {
  const visible = (one) => one.getClientRects().length && getComputedStyle(one).visibility !== "hidden";
  const faults = [];
  const say = (one, text) => faults.push(text + ": " + one.outerHTML.slice(0, 160));
  const nameOf = (one) => one.getAttribute("aria-label") || (one.getAttribute("aria-labelledby") || "")
    .split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join(" ").trim()
    || (one.labels ? [...one.labels].map((label) => label.textContent).join(" ") : "") || one.textContent.trim();
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push("id twice: " + id);
  for (const one of document.querySelectorAll("button, input, select, [tabindex='0'], [role]:not([role=presentation])")) {
    if (visible(one) && !nameOf(one) && one.getAttribute("role") !== "status") say(one, "no name");
  }
  for (const one of document.querySelectorAll("[aria-hidden=true] button, [aria-hidden=true] [tabindex='0']")) say(one, "focus in what is hidden");
  for (const kind of ["describedby", "labelledby", "controls"]) {
    for (const one of document.querySelectorAll(`[aria-${kind}]`)) {
      if (!document.getElementById(one.getAttribute(`aria-${kind}`))) say(one, `aria-${kind} leads nowhere`);
    }
  }
  for (const one of document.querySelectorAll("[role=treeitem]")) if (!one.closest("[role=tree]")) say(one, "no tree around");
  for (const one of document.querySelectorAll("[tabindex]")) if (one.tabIndex > 0) say(one, "its own order");
  for (const one of document.querySelectorAll("img, canvas")) {
    if (!one.closest("[aria-hidden=true]") && !(one.getAttribute("role") === "img" && nameOf(one))) say(one, "a picture without words");
  }
  if (document.querySelectorAll("main").length !== 1) faults.push("not one main");
  if (document.documentElement.lang !== "en" || !document.title) faults.push("no language or title");
  const levels = [...document.querySelectorAll("h1, h2, h3")].filter(visible).map((one) => Number(one.tagName[1]));
  levels.forEach((level, k) => k && level > levels[k - 1] + 1 && faults.push("a level of headings is left out"));
  const number = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((one) => (one /= 255, one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    .reduce((sum, one, k) => sum + one * [0.2126, 0.7152, 0.0722][k], 0);
  const ground = (one) => {
    for (; one; one = one.parentElement) {
      const colour = number(getComputedStyle(one).backgroundColor);
      if (colour.length < 4 || colour[3] > 0.99) return colour;
    }
    return [255, 255, 255];
  };
  for (const one of document.querySelectorAll("body *")) {
    const own = [...one.childNodes].some((kid) => kid.nodeType === 3 && kid.data.trim());
    if (!own || !visible(one) || one.closest(".unseen-text, script, :disabled")) continue;
    const [a, b] = [light(number(getComputedStyle(one).color)), light(ground(one))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) say(one, `contrast ${ratio.toFixed(2)}`);
  }
  return faults;
}"""


@pytest.mark.parametrize("query", ["", pytest.param("?darkMode=true", marks=pytest.mark.slow)])
def test_names_roles_and_contrast_hold_in_every_state(tab: Open, query: str) -> None:
    page = tab("&p.gradaudit.run=baseline&p.gradaudit.table=1", query=query)
    page.settle()
    assert page.js(CHECKS) == []
    page.frame.get_by_role("button", name="What it means").click()
    page.frame.get_by_role("button", name="nonfinite-gradient").click()
    page.settle(500)
    assert page.js(CHECKS) == []
    page.frame.get_by_label("Compare with").select_option("fixed|0")
    page.frame.get_by_role("button", name="Difference").click()
    page.frame.get_by_role("button", name="Norm", exact=True).click()
    page.settle(700)
    assert page.js(CHECKS) == []


@pytest.mark.slow
def test_every_control_is_reached_by_tab_in_the_order_of_reading(tab: Open) -> None:
    page = tab("&p.gradaudit.run=baseline")
    page.frame.locator("#ga-run").focus()
    met = []
    for _ in range(40):
        met.append(
            page.js(
                """() => { const one = document.activeElement, box = one.getBoundingClientRect();
                const style = getComputedStyle(one);
                return [one.getAttribute("role") || one.tagName, one.textContent.slice(0, 30),
                        style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
                        one.closest("section, main, aside, .bar")?.className ?? ""]; }"""
            )
        )
        page.page.keyboard.press("Tab")
    assert all(seen for _, _, seen, _ in met[1:30]), "focus is always visible"
    kinds = [kind for kind, *_ in met]
    assert kinds.count("application") == 1
    assert kinds.count("treeitem") == 1, "the tree is one stop"
    places = list(dict.fromkeys(place for *_, place in met))
    assert places[:5] == ["bar", "legend", "stage", "curves", "findings"]


def test_keys_move_over_the_cells_and_tell_what_they_hold(tab: Open) -> None:
    page = tab("&p.gradaudit.run=baseline&p.gradaudit.finding=GA201")
    keys = page.page.keyboard
    live = page.frame.locator("#ga-live")
    page.frame.locator(".cells").focus()
    page.js(
        """() => { const app = gradaudit;
        app.moveCursor({ row: app.rows.findIndex((one) => app.fullName(one).endsWith("1.linear1.weight")
          && app.fullName(one).startsWith("decoder")), step: 1398 }, null, true); }"""
    )
    keys.press("ArrowRight")
    assert live.inner_text().startswith("decoder.layers.1.linear1.weight: inf, step 1,399")
    keys.press("ArrowRight")
    assert "nan, step 1,400, norm nan" in live.inner_text()
    keys.press("ArrowUp")
    assert "linear1.weight" not in live.inner_text()
    keys.press("Space")
    page.settle()
    assert page.frame.locator(".series .one").count() == 2
    before = page.window()
    keys.press("-")
    page.settle()
    assert page.window()[1] - page.window()[0] > before[1] - before[0]
    keys.press("+")
    keys.press("Shift+ArrowRight")
    page.settle()
    assert page.window()[0] > before[0]
    keys.press("Escape")
    page.settle()
    assert page.window() == [0, 1999]
    assert "steps 0 to 1,999" in live.inner_text()


@pytest.mark.slow
def test_the_tree_is_a_tree_for_keys(tab: Open) -> None:
    page = tab("&p.gradaudit.run=baseline")
    keys = page.page.keyboard

    def here() -> str:
        return page.js("() => document.activeElement.title")

    page.frame.get_by_role("treeitem").first.focus()
    keys.press("End")
    last = here()
    keys.press("Home")
    assert here() == "embed.tokens.weight" != last
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    assert here() == "encoder.layers"
    assert page.js("() => document.activeElement.getAttribute('aria-expanded')") == "true"
    keys.press("ArrowLeft")
    page.settle(100)
    assert page.js("() => document.activeElement.getAttribute('aria-expanded')") == "false"
    keys.press("ArrowRight")
    page.settle(100)
    keys.press("ArrowRight")
    assert here() == "encoder.layers.0"
    keys.press("ArrowLeft")
    assert here() == "encoder.layers"


def test_all_rows_of_the_table_can_be_reached(tab: Open) -> None:
    """300 at once, by buttons; the focus stays where there is something to press."""
    page = tab("&p.gradaudit.run=many&p.gradaudit.rows=parameters&p.gradaudit.table=1")
    page.settle()
    names = "() => [...document.querySelectorAll('tbody th')].map((one) => one.textContent)"
    found = page.js(names)
    on = page.frame.get_by_role("button", name="Show the rows after these in the table")
    while on.is_enabled():
        on.press("Enter")
        assert "of 700" in page.frame.locator("caption").inner_text()
        found += page.js(names)
    assert found == [f"layer{k // 10}.p{k % 10}" for k in range(700)]
    assert page.js("() => document.activeElement.getAttribute('aria-label')").startswith(
        "Show the rows before"
    )


def test_the_table_says_what_the_cells_show(tab: Open) -> None:
    """Also while it is out of sight, every row on the screen is in it, with its worst status."""
    page = tab("&p.gradaudit.run=baseline")
    page.settle()
    rows = page.js(
        """() => [...document.querySelectorAll("tbody tr")].map((row) =>
        [...row.cells].map((cell) => cell.textContent))"""
    )
    names = page.js("() => gradaudit.rows.map((row) => gradaudit.fullName(row))")
    assert [row[0] for row in rows] == names
    assert page.frame.get_by_role("table").count() == 1, "it is in the accessibility tree"
    told = {row[0]: row for row in rows}
    assert told["aux_head.proj.weight"][2:4] == ["none", "none in steps 0 to 1,999"]
    assert told["decoder.layers"][2] == "nan"
    for row in range(len(names)):
        worst = page.js(
            """(r) => { const { lines, statuses } = gradaudit.board.panes[0];
            const line = lines.of(gradaudit.rows[r].node);
            const order = ["nan", "inf", "stale", "none", "zero", "ok", "frozen", "skipped"];
            const found = new Set([...line.status].map((code) => statuses.name(code)));
            return order.find((name) => found.has(name)); }""",
            row,
        )
        assert rows[row][2] == worst
