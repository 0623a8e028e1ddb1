"""The report as one HTML file: what it holds, what it may do, and that nothing in it gets out."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gradaudit_tensorboard import standalone

import gradaudit
from gradaudit.events import ParameterInfo
from gradaudit.findings import Finding, Severity
from gradaudit.recorder import Grid as Recorded
from gradaudit.report import Report
from gradaudit.strict_json import finding_from_dict
from tests.tensorboard_plugin.logs import Grid, strict_json
from tests.tensorboard_plugin.test_hostile import FINDING, NAMES


def trained(steps: int = 30) -> Report:
    """A loop in which one layer never gets a gradient and one step is NaN."""
    torch.manual_seed(0)
    model = torch.nn.ModuleDict({"used": torch.nn.Linear(3, 1), "idle": torch.nn.Linear(3, 1)})
    optimizer = torch.optim.SGD(model.parameters(), 0.0)
    with gradaudit.watch(model, optimizer, on_finding="silent", trace="off") as audit:
        for step in range(steps):
            optimizer.zero_grad()
            loss = model["used"](torch.ones(2, 3)).sum()
            (loss * (float("nan") if step == 20 else 1.0)).backward()
            optimizer.step()
    return audit.report()


def recorded(columns: int, rows: int, rank: int = 0) -> Recorded:
    random = np.random.default_rng(columns)
    return Recorded(
        first=np.arange(columns) * 2,
        last=np.arange(columns) * 2 + 1,
        status=(random.random((columns, rows)) < 0.001).astype(np.uint8) * 2,
        norms=random.integers(2, 60000, (columns, rows)).astype(np.uint16),
        parameters=tuple(ParameterInfo(index=i, name=f"p{i}", model="m") for i in range(rows)),
        rank=rank,
    )


class Reader(HTMLParser):
    """Elements, and the text of scripts and styles, as a browser finds them."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if data.strip() and self.elements:
            self.texts.append((self.elements[-1][0], data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def text(self, tag: str) -> list[str]:
        return [text for name, text in self.texts if name == tag]


def data_of(text: str) -> Any:
    (found,) = re.findall(
        r'<script type="application/json" id="gradaudit-data">(.*?)</script>', text, re.DOTALL
    )
    return strict_json(found.encode())


def grid_of(entry: dict[str, Any]) -> Grid:
    assert entry["encoding"] == "deflate"
    return Grid(zlib.decompress(base64.b64decode(entry["grid"])))


@pytest.fixture(scope="module")
def report() -> Report:
    return trained()


def test_the_page_holds_the_run(report: Report) -> None:
    """Its header, its findings with their rows, and every cell of it."""
    document = data_of(report.to_html())
    (run,) = document["runs"]
    assert (run["steps"], run["first_step"], run["last_step"], run["parameters"]) == (30, 0, 29, 4)
    head = report.to_dict()
    assert document["report"] == {key: head[key] for key in head if key != "findings"}
    entry = document["data"][run["key"]]
    names = [one["name"] for one in entry["schema"]["parameters"]]
    assert set(names) == set(report.parameters)
    grid = grid_of(entry)
    assert grid.header["first"] == list(range(30))
    expected = np.where([name.startswith("idle") for name in names], 1, 0)[:, None].repeat(30, 1)
    expected[[name.startswith("used") for name in names], 20] = 2
    assert (grid.status == expected).all()
    told = entry["findings"]["findings"]
    assert [one["code"] for one in told] == [one.code for one in report.findings]
    for one in told:
        assert [names[index] for index in one["indices"]] == sorted(
            one["parameters"], key=names.index
        )


def test_the_policy_allows_the_two_pieces_of_code_and_nothing_else(report: Report) -> None:
    """The hashes are those of what stands in the file, as a browser cuts it out."""
    page = Reader(report.to_html())
    (policy,) = (one["content"] for one in page.all("meta")
                 if one.get("http-equiv") == "Content-Security-Policy")  # fmt: skip
    assert policy is not None
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data: blob:"
    assert "unsafe" not in policy
    assert "http" not in policy
    for name, code in (("style-src", page.text("style")), ("script-src", page.text("script")[1:])):
        digest = hashlib.sha256("".join(code).encode()).digest()
        assert rules[name] == f"'sha256-{base64.b64encode(digest).decode()}'"
    assert [one.get("type") for one in page.all("script")] == ["application/json", "module"]


def test_the_file_asks_nobody_for_anything(report: Report) -> None:
    page = Reader(report.to_html())
    for tag, attributes in page.elements:
        assert not {"src", "href", "action", "data", "srcdoc"} & set(attributes), tag
        assert not [name for name in attributes if name.startswith("on")], tag
    assert "@import" not in page.text("style")[0]
    assert "url(" not in page.text("style")[0]


def test_hostile_names_stay_data() -> None:
    """Scripts, comments and half characters in names change nothing of the file's structure."""
    plain = Report(
        findings=(), backwards=1, steps=1, parameters=(), models=(), gradaudit="1", torch="2"
    )
    strange = (*NAMES, "<!--", "]]>", "<!--<script>", "\\u003c/script>", "&lt;")
    grid = recorded(3, len(strange))
    infos = tuple(replace(info, name=name) for info, name in zip(grid.parameters, strange))
    report = replace(
        plain, findings=(finding_from_dict(FINDING),), parameters=strange, models=strange,
        grids=(replace(grid, parameters=infos),), command=("</title><script>", *NAMES),
    )  # fmt: skip
    text = report.to_html()
    text.encode("utf-8")
    assert [tag for tag, _ in Reader(text).elements] == [
        tag for tag, _ in Reader(plain.to_html()).elements
    ]
    (entry,) = data_of(text)["data"].values()
    names = [one["name"] for one in entry["schema"]["parameters"]]
    assert names == list(strange)


def test_it_can_be_read_where_scripts_do_not_run(report: Report) -> None:
    """A preview in an e-mail shows the text of the report."""
    inside = "".join(text for tag, text in Reader(report.to_html()).texts if tag == "pre")
    assert "missing-gradient" in inside


def test_each_rank_has_its_own() -> None:
    base = Report(
        findings=(), backwards=1, steps=1, parameters=("p0",), models=("m",), gradaudit="1",
        torch="2",
    )  # fmt: skip
    finding = Finding(code="GA101", name="n", severity=Severity.ERROR, message="m", fix="f")
    report = Report.combined(
        replace(base, rank=rank, grids=(recorded(5, 1, rank),),
                findings=(replace(finding, rank=rank),) * (rank + 1))
        for rank in (0, 3)
    )  # fmt: skip
    document = data_of(report.to_html())
    assert [(one["rank"], one["findings"]["error"]) for one in document["runs"]] == [(0, 1), (3, 4)]
    ids = [[one["id"] for one in entry["findings"]["findings"]]
           for entry in document["data"].values()]  # fmt: skip
    assert [len(one) for one in ids] == [1, 4]
    assert len(set(ids[1])) == 4


def test_a_report_without_a_grid_has_its_findings() -> None:
    """As one that was read from JSON, or of a program that never stepped."""
    report = Report.from_json(trained(3).to_json())
    (entry,) = data_of(report.to_html())["data"].values()
    assert entry["grid"] is None
    assert len(entry["findings"]["findings"]) == len(report.findings) > 0


def test_large_runs_are_pooled_to_the_size_of_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neighbouring columns become one, and no bad cell is lost."""
    monkeypatch.setattr(standalone, "MOST_CELLS", 1000)
    kept = recorded(333, 20)
    report = Report(
        findings=(), backwards=1, steps=666, parameters=(), models=(), gradaudit="1", torch="2",
        grids=(kept,),
    )  # fmt: skip
    (entry,) = data_of(report.to_html())["data"].values()
    grid = grid_of(entry)
    assert grid.status.size <= 1000
    first, last = np.array(grid.header["first"]), np.array(grid.header["last"])
    assert first[0] == 0
    assert last[-1] == 665
    assert (first[1:] == last[:-1] + 1).all()
    for column, (low, high) in enumerate(zip(first, last)):
        inside = (kept.first >= low) & (kept.last <= high)
        assert (grid.status[:, column] == kept.status[inside].max(axis=0)).all()
        assert (grid.norms[:, column] == kept.norms[inside].max(axis=0)).all()
    assert (grid.status == 2).sum() == len(
        {(row, int(np.searchsorted(last, kept.last[column])))
         for column, row in zip(*np.nonzero(kept.status))}
    )  # fmt: skip


def test_the_file_is_small_enough_for_an_email(report: Report) -> None:
    """Code and style without data are less than 250 kB; a million noisy cells add 3 MB."""
    assert len(report.to_html()) < 250_000
    large = replace(report, grids=(recorded(1000, 1000),))
    assert len(large.to_html()) < 4_000_000


def test_run_and_report_write_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`gradaudit report DIR --html FILE` makes the folder and writes the page of that run."""
    from gradaudit.cli.main import main

    monkeypatch.chdir(tmp_path)
    model = torch.nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with gradaudit.watch(model, optimizer, log_dir="runs/a", on_finding="silent"):
        for _ in range(3):
            model(torch.ones(1, 2)).sum().backward()
            optimizer.step()
    assert main(["report", "runs/a", "--html", "pages/a.html"]) == 0
    document = data_of(Path("pages/a.html").read_text("utf-8"))
    (entry,) = document["data"].values()
    assert [one["code"] for one in entry["findings"]["findings"]] == ["GA301"]
    assert grid_of(entry).header["columns"] == 3
    assert json.dumps(document).count("GA301") >= 1


@pytest.mark.parametrize("where", ["-", "runs", "file/x.html"])
def test_where_no_page_can_be_written_is_one_sentence(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from gradaudit.cli.main import main

    monkeypatch.chdir(tmp_path)
    model = torch.nn.Linear(2, 1)
    with gradaudit.watch(model, log_dir="runs", on_finding="silent"):
        model(torch.ones(1, 2)).sum().backward()
    Path("file").touch()
    assert main(["report", "runs", "--html", where]) == 2
    said = capsys.readouterr().err
    assert said.startswith("expected a file")
    assert "--html" in said
    assert said.count("\n") == 1
