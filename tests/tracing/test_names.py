"""The names of a cause are those that the user knows, wherever the code came from."""

from __future__ import annotations

import linecache
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from tests.support.forked import ROOT, RunServer
from tests.tracing.support import Capture, sgd, watched


def _causes(names: dict[str, Any]) -> list[Any]:
    """Trace a step of what `names["step"]` computes."""
    model = nn.ModuleList([names["model"], names["head"]])
    optimizer = sgd(model)
    sink = Capture()
    with watched(model, optimizer, sinks=[sink]):
        names["step"]().backward()
        optimizer.step()
    assert sink.faults == []
    (record,) = sink.traced
    return [record.causes[i] for i in set(record.cause_of.tolist()) if i >= 0]


def _namespace() -> dict[str, Any]:
    return {"__name__": "__main__", "torch": torch, "nn": nn,
            "model": nn.Linear(4, 4), "head": nn.Linear(4, 1)}  # fmt: skip


STYLES = {
    "function": ("def step():\n    h = model(torch.ones(2, 4))\n    cut = h.detach()\n"
                 "    return head(cut).sum()\n", 3, "step"),
    "nested": ("def step():\n    def inner(h):\n        return h.detach()\n"
               "    return head(inner(model(torch.ones(2, 4)))).sum()\n", 3, "inner"),
    "comprehension": ("def step():\n    h = model(torch.ones(2, 4))\n"
                      "    cut = [\n        one.detach()\n        for one in h\n    ]\n"
                      "    return head(torch.stack(cut)).sum()\n", 4, "step"),
    "generator": ("def step():\n    h = model(torch.ones(2, 4))\n"
                  "    return head(torch.stack(tuple(one.detach() for one in h))).sum()\n",
                  3, "step"),
    "nested comprehension": ("def step():\n    h = model(torch.ones(2, 4))\n"
                             "    cut = [[x.detach() for x in one][0] for one in [h]]\n"
                             "    return head(cut[0]).sum()\n", 3, "step"),
    "lambda": ("cut = lambda h: h.detach()\ndef step():\n"
               "    return head(cut(model(torch.ones(2, 4)))).sum()\n", 1, "<lambda>"),
    "decorated": ("import functools\ndef twice(f):\n    @functools.wraps(f)\n"
                  "    def inner(*a):\n        return f(*a) * 2\n    return inner\n"
                  "class M:\n    @twice\n    def cut(self, h):\n        return h.detach()\n"
                  "def step():\n    return head(M().cut(model(torch.ones(2, 4)))).sum()\n",
                  10, "cut"),
    "several lines": ("def step():\n    h = model(torch.ones(2, 4))\n    cut = (\n        h * 2\n"
                      "    ).detach(\n    )\n    return head(cut).sum()\n", (3, 6), "step"),
    "module level": ("h = model(torch.ones(2, 4))\ncut = h.detach()\n", 2, "<module>"),
}  # fmt: skip


@pytest.mark.parametrize("filename", ["<ipython-input-3-0a1b2c>", "cell", "file"])
@pytest.mark.parametrize("style", STYLES)
def test_line_and_function_in_cells_and_files(style: str, filename: str, tmp_path: Path) -> None:
    """A notebook's cells (both names that IPython has given them) and a file that is run."""
    source, lines, function = STYLES[style]
    if filename == "cell":
        filename = str(tmp_path / "ipykernel_77" / "1234567.py")  # on no disk
    elif filename == "file":
        filename = str(tmp_path / "loop.py")
        Path(filename).write_text(source)
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    names = _namespace()
    code = compile(source, filename, "exec")
    if style == "module level":
        step = compile(source + "loss = head(cut).sum()", filename, "exec")

        def run() -> Any:
            exec(step, names)
            return names["loss"]

        names["step"] = run
    else:
        exec(code, names)
    (cause,) = _causes(names)
    first, last = lines if isinstance(lines, tuple) else (lines, lines)
    assert cause.kind == "detach"
    assert first <= cause.line <= last
    assert cause.function == function
    assert cause.source == source.splitlines()[cause.line - 1].strip()
    assert cause.file is not None
    assert Path(cause.file).name == Path(filename).name


def test_code_without_a_source() -> None:
    """`exec` of a string: the line is known, its text is not, and nothing breaks."""
    names = _namespace()
    exec(STYLES["function"][0], names)
    (cause,) = _causes(names)
    assert (cause.kind, cause.file, cause.line, cause.source) == ("detach", "<string>", 3, "")


PACKAGE_MODULE = """
import torch


def cut(h):
    return torch.relu(h).detach()
"""

PACKAGE_MAIN = """
import torch
from torch import nn

from .parts import cut

model = nn.Linear(4, 4)
head = nn.Linear(4, 1)
optimizer = torch.optim.SGD([*model.parameters(), *head.parameters()], lr=0.1)
for _ in range(4):
    optimizer.zero_grad()
    head(cut(model(torch.ones(2, 4)))).sum().backward()
    optimizer.step()
"""


def _finding(report: Any) -> Any:
    return next(f for f in report["findings"] if f["code"] == "GA101")


def test_a_package_that_is_run_as_a_module(tmp_path: Path) -> None:
    """`gradaudit run -m package.train`, with the cut in another module of it."""
    package = tmp_path / "mine"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "parts.py").write_text(PACKAGE_MODULE)
    (package / "train.py").write_text(PACKAGE_MAIN)
    import json

    done = subprocess.run(
        [sys.executable, "-m", "gradaudit", "run", "--json", "r.json", "-m", "mine.train"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": f"{ROOT}:{tmp_path}", "OMP_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    cause = _finding(json.loads((tmp_path / "r.json").read_text()))["cause"]
    assert (cause["kind"], cause["line"], cause["function"]) == ("detach", 6, "cut"), done.stderr
    assert cause["file"] == "mine/parts.py"


def test_a_package_in_another_directory(server: RunServer, tmp_path: Path) -> None:
    """Imported from elsewhere by sys.path: the user's own code, with its whole path."""
    library = tmp_path / "elsewhere" / "mine"
    library.mkdir(parents=True)
    (library / "__init__.py").write_text("")
    (library / "parts.py").write_text(PACKAGE_MODULE)
    folder = tmp_path / "project"
    folder.mkdir()
    script = folder / "train.py"
    path = f"import sys\nsys.path.insert(0, {str(library.parent)!r})\n"
    script.write_text(path + PACKAGE_MAIN.replace("from .parts", "from mine.parts"))
    outcome = server.run(script)
    cause = _finding(outcome.report)["cause"]
    assert (cause["kind"], cause["line"], cause["function"]) == ("detach", 6, "cut")
    assert Path(folder, cause["file"]).resolve() == (library / "parts.py").resolve()
