"""What TensorBoard's own dashboards are given."""

from __future__ import annotations

import html
import math
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from gradaudit_tensorboard.stock import (
    Scalars,
    code_span,
    escaped,
    histogram,
    sizes,
    steps_with_a_finding,
    text,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugin_util import markdown_to_safe_html

from gradaudit.columns import UNSEEN, Column
from gradaudit.events import Status
from gradaudit.findings import Cause, Finding, Severity

NAN, INF = math.nan, math.inf


def finding(severity: Severity = Severity.WARNING, first: int = 0, last: int = 0, count: int = 1,
            **fields: object) -> Finding:  # fmt: skip
    known: dict[str, object] = {
        "code": "GA101", "name": "missing-gradient", "message": "m", "fix": "f", **fields,
    }  # fmt: skip
    return Finding(
        severity=severity, first_step=first, last_step=last, count=count,
        **known,  # pyright: ignore[reportArgumentType]
    )  # fmt: skip


def column(step: int, *cells: tuple[int, float]) -> Column:
    status, norm = zip(*cells, strict=True) if cells else ((), ())
    return Column(step, step, np.array(status, np.uint8), np.array(norm, np.float64))


def values(data: bytes | None) -> dict[str, float]:
    assert data is not None
    found = Summary.FromString(data).value
    return {one.tag.removeprefix("gradaudit/"): one.simple_value for one in found}


def test_each_status_is_counted() -> None:
    """And norms are those that are numbers: 3 and 4, of total 5."""
    kinds = [(Status.OK, 3.0), (Status.STALE, 4.0), (Status.NONE, NAN), (Status.NAN, NAN),
             (Status.INF, INF), (Status.ZERO, 0.0), (Status.FROZEN, NAN), (Status.SKIPPED, NAN),
             (UNSEEN, NAN)]  # fmt: skip
    point = values(Scalars().of(column(0, *kinds)))
    assert {name: point[f"parameters_{name}"] for name in ("ok", "none", "zero", "stale")} == {
        "ok": 1, "none": 1, "zero": 1, "stale": 1,
    }  # fmt: skip
    assert (point["parameters_nonfinite"], point["parameters_frozen"]) == (2, 2)
    assert (point["norm_total"], point["norm_largest"], point["norm_smallest"]) == (5, 4, 3)
    assert (point["steps_with_nonfinite"], point["steps_with_none"]) == (1, 1)


@pytest.mark.parametrize("cells", [(), ((Status.NONE, NAN),), ((Status.NAN, NAN),),
                                   ((Status.INF, INF),), ((Status.ZERO, 0.0),),
                                   ((Status.OK, 1e200),), ((Status.OK, 5e-324),)])  # fmt: skip
def test_no_column_breaks_a_writer(cells: tuple[tuple[int, float], ...]) -> None:
    """None at all, NaN, infinities, and norms that float32 or a square cannot hold."""
    point = values(Scalars().of(column(0, *cells)))
    assert all(math.isfinite(value) for value in point.values())
    assert point["parameters_ok"] == sum(status == Status.OK for status, _ in cells)
    data = histogram(column(0, *cells).norm)
    ordinary = [norm for _, norm in cells if math.isfinite(norm) and norm > 0]
    assert (data is None) == (not ordinary)


def test_one_bad_step_stays_on_the_counter_and_has_its_point() -> None:
    """Later steps write every tenth point; the bad one is written, and so is the next."""
    scalars = Scalars()
    written: dict[int, dict[str, float]] = {}
    for step in range(2_000):
        data = scalars.of(column(step, (Status.NAN if step == 1_234 else Status.OK, 1.0)))
        if data is not None:
            written[step] = values(data)
    assert {1_234, 1_235} <= set(written)
    assert len(written) == 500 + 150 + 2
    assert [written[s]["steps_with_nonfinite"] for s in (1_230, 1_234, 1_990)] == [0, 1, 1]


def test_a_spike_between_two_points_is_in_the_second() -> None:
    """The largest norm is that of all columns since the point before."""
    scalars = Scalars()
    points: dict[int, float] = {}
    for step in range(700):
        data = scalars.of(column(step, (Status.OK, 99.0 if step == 605 else 1.0)))
        if data is not None:
            points[step] = values(data)["norm_largest"]
    assert 605 not in points
    assert [points[step] for step in (600, 610, 620)] == [1, 99, 1]


@given(st.lists(st.floats(min_value=0, max_value=1e100) | st.just(NAN) | st.just(INF), max_size=9))
def test_sizes_are_those_of_the_finite_norms(norms: list[float]) -> None:
    """Against Python's own arithmetic."""
    finite = [x for x in norms if math.isfinite(x)]
    total, largest, smallest = sizes(np.array(norms, np.float64))
    assert total == pytest.approx(
        math.hypot(*finite) if finite else NAN, nan_ok=True, abs=1e-150, rel=1e-9
    )
    assert largest == (max(finite) if finite else -INF)
    above = [x for x in finite if x > 0]
    assert smallest == pytest.approx(min(above) if above else NAN, nan_ok=True)


@given(st.lists(st.floats(min_value=1e-300, max_value=1e300), min_size=1, max_size=50))
def test_a_histogram_counts_every_norm(norms: list[float]) -> None:
    """In buckets that rise, at most 70 of them, and none outside."""
    data = histogram(np.array(norms))
    assert data is not None
    found = Summary.FromString(data).value[0].histo
    limits = np.array(found.bucket_limit)
    assert sum(found.bucket) == found.num == len(norms)
    assert (np.diff(limits) > 0).all()
    assert len(limits) <= 70
    logs = np.log2(norms)
    assert limits[0] <= logs.min()
    assert logs.max() <= limits[-1]


def test_steps_with_a_finding_are_counted_once() -> None:
    """Spans that overlap; infos do not count; of rare ones the count is known and no more."""
    warning, info = Severity.WARNING, Severity.INFO
    assert steps_with_a_finding([]) == 0
    assert steps_with_a_finding([finding(info, 0, 9, 10)]) == 0
    spans = [finding(warning, 0, 9, 10), finding(warning, 5, 14, 10), finding(warning, 20, 20)]
    assert steps_with_a_finding(spans) == 16
    assert steps_with_a_finding([*spans, finding(warning, 0, 999, 40)]) == 40
    assert steps_with_a_finding([finding(warning, 0, 9, 500)]) == 10


# ---------------------------------------------------------------------- Markdown


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.words += data


def shown(markdown: str) -> _Seen:
    """As TensorBoard's text dashboard shows it."""
    seen = _Seen()
    seen.feed(markdown_to_safe_html(markdown))
    return seen


HOSTILE = [
    "<script>alert(1)</script>", "[x](javascript:alert(1))", "![x](https://example.org/x.png)",
    "`code`", "``", "`", "a\n\n# heading", "| a | b |\n|---|---|", "**bold** _it_ ~s~", "\\`\\",
    "<img src=x onerror=alert(1)>", "&lt;b&gt;", "a\u202eb", "\0", "[1]: https://example.org",
    "https://example.org", "*", "1. one", "    code", "\ud800", "x" * 5_000,
]  # fmt: skip


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_text_of_the_users_stays_text(words: str) -> None:
    """In every place of a finding where it may stand: it makes no tag, no link and no heading."""
    one = finding(
        message=words, fix=words, parameters=(words,),
        cause=Cause(kind="detach", op=words, file=words, line=1, function=words, source=words),
    )  # fmt: skip
    seen = shown(text([one], words))
    assert set(seen.tags) <= {"h3", "p", "strong", "code", "pre", "a"}
    assert seen.tags.count("h3") == 1
    assert [link[:11] for link in seen.links] == ["#gradaudit&"]


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp", "Zs", "Co", "Cn")),
               min_size=1, max_size=30))  # fmt: skip
def test_words_are_shown_as_they_are(words: str) -> None:
    """In a message, but for pairs of backticks, which set a name apart, and in code."""
    expected = words.replace("`", "") if words.count("`") % 2 == 0 else words
    # Where a line begins with code, Markdown would read it otherwise than within a line.
    assert html.unescape(shown(f"x{escaped(words)}").words).strip() == f"x{expected}"
    assert html.unescape(shown(f"x {code_span(words)}").words).strip() == f"x {words}"


def test_many_findings_do_not_make_an_endless_page() -> None:
    """Fifty are told, and how many more there are."""
    many = [finding(parameters=tuple(f"p{i}" for i in range(1_000))) for _ in range(60)]
    words = text(many, "run")
    assert "and 10 more, in the Grad Audit tab" in words
    assert "and 992 more" in words
    assert len(words) < 30_000
    assert text([], "run") == "No findings so far."


def test_the_link_names_run_and_finding() -> None:
    """Percent-encoded, since a run may be called anything."""
    (link,) = shown(text([finding()], "a b&c/d")).links
    assert link == "#gradaudit&p.gradaudit.run=a%20b%26c%2Fd&p.gradaudit.finding=GA101"
    (link,) = shown(text([finding()], "")).links
    assert re.fullmatch(r"#gradaudit&p\.gradaudit\.finding=GA101", link)
