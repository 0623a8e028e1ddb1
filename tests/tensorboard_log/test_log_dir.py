"""`log_dir` and `--log-dir` write a TensorBoard log beside the events, where one can be read."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from gradaudit.cli.report import replay
from gradaudit.config import Settings
from gradaudit.sinks import log_dir
from tests.tensorboard_log.loops import Net, rows, sgd, watched
from tests.tensorboard_log.reading import read


def train(folder: Path) -> None:
    net = Net("abc")
    optimizer = sgd(*net.parameters())
    with watched(net, optimizer, log_dir=folder):
        for _ in range(12):
            optimizer.zero_grad()
            (net.a * net.b).sum().backward()
            optimizer.step()


def test_watch_writes_both(tmp_path: Path) -> None:
    """And the saved run, judged again, has the same columns for its page."""
    train(tmp_path)
    log = read(tmp_path)
    assert log.steps() == list(range(12))
    (saved,) = tmp_path.glob("*.jsonl")
    replayed = replay(saved, Settings())
    assert rows(replayed.grid) == {"a": "." * 12, "b": "." * 12, "c": "0" * 12}
    (document,) = log.findings.values()
    assert document["findings"] == replayed.to_dict()["findings"]


@pytest.mark.slow
def test_a_command_writes_both(tmp_path: Path) -> None:
    """Of a script that nobody changed; the script's name is in the log."""
    script = tmp_path / "train.py"
    script.write_text(
        "import torch\nnet = torch.nn.Linear(2, 1)\n"
        "optimizer = torch.optim.SGD(net.parameters(), lr=0.1)\n"
        "for _ in range(6):\n    optimizer.zero_grad()\n"
        "    net(torch.ones(1, 2)).sum().backward()\n"
        "    optimizer.step()\n"
    )
    subprocess.run(
        [sys.executable, "-m", "gradaudit", "run", "--log-dir", "log", "train.py"],
        cwd=tmp_path, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    log = read(tmp_path / "log")
    assert log.steps() == list(range(6))
    (document,) = log.findings.values()
    assert (document["run"]["command"], document["exit_code"]) == (["train.py"], 0)


def test_without_tensorboard_it_says_so_once_and_saves_the_events(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """In one sentence to the logger "gradaudit"."""
    monkeypatch.setattr(log_dir, "find_spec", lambda _: None)
    monkeypatch.setattr(log_dir, "_told", [])
    with caplog.at_level(logging.WARNING, "gradaudit"):
        train(tmp_path / "one")
        train(tmp_path / "two")
    assert [record.message for record in caplog.records] == [log_dir.MISSING]
    for name in ("one", "two"):
        assert [p.name for p in (tmp_path / name).iterdir()] == ["gradaudit.rank0.jsonl"]


def test_a_folder_called_tensorboard_is_not_tensorboard(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Python takes a folder of logs for a package without code."""
    (tmp_path / "gradaudit_no_such_thing").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    assert not log_dir._is_installed("gradaudit_no_such_thing")
    assert log_dir._is_installed("tensorboard")


def test_a_single_file_of_events_stays_alone(tmp_path: Path) -> None:
    """log_dir may name a file that ends in .jsonl."""
    train(tmp_path / "run.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["run.jsonl"]


def test_a_log_is_written_without_importing_tensorboard(tmp_path: Path) -> None:
    """Nor TensorFlow, which TensorBoard would import where it is installed."""
    code = (
        "import sys, torch, gradaudit\n"
        "net = torch.nn.Linear(2, 1)\n"
        f"with gradaudit.watch(net, log_dir={str(tmp_path)!r}):\n"
        "    net(torch.ones(1, 2)).sum().backward()\n"
        "print(*(m for m in sys.modules if m.split('.')[0] in ('tensorboard', 'tensorflow')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == ""
    assert len(list(tmp_path.glob("events.out.tfevents.*"))) == 1
