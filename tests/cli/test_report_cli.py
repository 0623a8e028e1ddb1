"""`gradaudit report`: replaying saved runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gradaudit.auditor import Auditor
from gradaudit.cli import report as verb
from gradaudit.cli.main import main
from gradaudit.config import Settings
from gradaudit.errors import UsageError
from gradaudit.events import (
    BackwardEnded,
    Event,
    FreezeIneffective,
    ParameterInfo,
    ParametersAdded,
    RunEnded,
    RunStarted,
    Site,
    Status,
)
from gradaudit.report import Report
from gradaudit.sinks.jsonl import OPENED, JsonlSink

Log = Callable[..., Path]


def a_run(rank: int = 0, world_size: int = 1) -> list[Event]:
    """A run with an error (GA104) and a warning (GA406)."""
    return [
        RunStarted(
            gradaudit="0.1.0",
            torch="2.13.0",
            command=("train.py",),
            rank=rank,
            world_size=world_size,
        ),
        ParametersAdded(parameters=(ParameterInfo(index=0, name="weight", model="Net", numel=4),)),
        FreezeIneffective(
            attribute="require_grad",
            target="weight",
            on_module=False,
            value=False,
            indices=np.zeros(1, np.int32),
        ),
        BackwardEnded(
            number=0,
            site=Site("train.py", 7, "main", "loss.backward()"),
            arrived=np.zeros(1, np.bool_),
            expected=np.ones(1, np.bool_),
            before=np.zeros(1, np.bool_),
            status=np.full(1, Status.NONE, np.uint8),
            norm=np.full(1, np.nan),
            root_requires_grad=False,
            error="element 0 of tensors does not require grad and does not have a grad_fn",
        ),
        RunEnded(exit_code=1, exception="RuntimeError", seconds=1.0),
    ]


def live_report(events: list[Event]) -> Report:
    auditor = Auditor(Settings(on_finding="silent"))
    for event in events:
        auditor.feed(event)
    return auditor.report()


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Log:
    """Saves a run of one rank under the working directory."""
    monkeypatch.chdir(tmp_path)

    def save(directory: str = "runs", rank: int = 0, world_size: int = 1) -> Path:
        sink = JsonlSink(tmp_path / directory, rank)
        for event in a_run(rank, world_size):
            sink.emit(event)
        sink.close()
        return sink.path

    return save


def set_opened(path: Path, moment: float) -> None:
    """Move a log in time."""
    lines = path.read_text().splitlines(keepends=True)
    first = json.loads(lines[0])
    assert first["kind"] == OPENED
    path.write_text(json.dumps({**first, "time": moment}) + "\n" + "".join(lines[1:]))


def test_a_saved_run_gives_the_findings_of_the_live_one(
    log: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    """File or directory: what is printed is the live report's text."""
    path = log()
    expected = live_report(a_run())
    assert {"GA104", "GA406"} <= {finding.code for finding in expected.findings}
    for where in (path, path.parent):
        assert main(["report", str(where)]) == 0
        assert capsys.readouterr().out == f"{expected}\n"


def test_json(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    """--json writes the live report's JSON to a file, or to stdout alone."""
    path = log()
    expected = live_report(a_run()).to_dict()
    assert main(["report", str(path), "--json", "deep/out.json"]) == 0
    assert json.loads(Path("deep/out.json").read_text()) == expected
    capsys.readouterr()
    assert main(["report", str(path), "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out) == expected


def test_select_and_ignore(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    """Rules can be picked anew when a run is judged again."""
    path = str(log())
    main(["report", path, "--select", "GA104"])
    said = capsys.readouterr().out
    assert "GA104" in said
    assert "GA406" not in said
    main(["report", path, "--ignore", "disconnected-loss", "--ignore", "GA9"])
    said = capsys.readouterr().out
    assert "GA104" not in said
    assert "GA406" in said


def test_fail_on(log: Log) -> None:
    """Exit code 1 only where something that severe was found."""
    path = str(log())
    assert main(["report", path, "--fail-on", "error"]) == 1
    assert main(["report", path, "--fail-on", "error", "--ignore", "GA104"]) == 0
    assert main(["report", path, "--fail-on", "warning", "--ignore", "GA104"]) == 1


def test_pyproject_is_heard_and_overruled(log: Log) -> None:
    """Options of pyproject.toml hold unless the command line says otherwise."""
    path = str(log())
    Path("pyproject.toml").write_text('[tool.gradaudit]\nfail-on = "error"\nignore = ["GA104"]\n')
    assert main(["report", path]) == 0
    assert main(["report", path, "--ignore", "GA406"]) == 1


def test_ranks_are_merged(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    """The files of all ranks are one report; findings keep their rank."""
    for rank in range(2):
        log(rank=rank, world_size=2)
    assert main(["report", "runs", "--json", "-"]) == 0
    document = json.loads(capsys.readouterr().out)
    ranks = [one["rank"] for one in document["findings"] if one["code"] == "GA104"]
    assert ranks == [0, 1]


def test_the_newest_run_of_a_directory(log: Log) -> None:
    """Of several runs the last one of each rank is taken."""
    older, newer = ([log(rank=rank, world_size=2) for rank in range(2)] for _ in range(2))
    assert older != newer
    assert newer == verb.newest_run(Path("runs").absolute())


def test_files_of_a_larger_older_run_are_left_out(log: Log) -> None:
    """A run of one rank after a run of two has one file, not the other's second."""
    for rank in range(2):
        set_opened(log(rank=rank, world_size=2), 1000.0)
    assert [log()] == verb.newest_run(Path("runs").absolute())


def test_a_rank_that_never_started_does_not_bring_back_its_older_run(log: Log) -> None:
    """A file that was opened long before the newest run belongs to another."""
    set_opened(log(rank=1, world_size=2), 1000.0)
    assert [log(rank=0, world_size=2)] == verb.newest_run(Path("runs").absolute())


def refusal(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["report", *words]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err


def test_nothing_saved(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    """A directory without a run is refused, with the one below it where there is one."""
    Path("empty").mkdir()
    assert "log_dir" in refusal(capsys, "empty")
    log("empty/first")
    assert str(Path("empty", "first")) in refusal(capsys, "empty")
    assert "nowhere" in refusal(capsys, "nowhere")


def test_other_files(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty log and a file that is none are refused."""
    del log
    Path("empty.jsonl").touch()
    assert "got none" in refusal(capsys, "empty.jsonl")
    Path("train.py").write_text("import torch\n")
    assert "line 1" in refusal(capsys, "train.py")


def test_unknown_rules_are_refused(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    """A rule that is not in the catalogue is refused."""
    assert "GA777" in refusal(capsys, str(log()), "--select", "GA777")


def test_json_that_cannot_be_written(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    """A path that cannot be written to is one sentence after the report."""
    path = log()
    assert main(["report", str(path), "--json", str(path / "x.json")]) == 2
    assert "--json" in capsys.readouterr().err


def test_a_truncated_run_is_judged_as_far_as_it_goes(log: Log) -> None:
    """A killed run is reported, too."""
    path = log()
    path.write_bytes(path.read_bytes()[:-10])
    report = verb.replay(path, Settings(on_finding="silent"))
    assert "GA104" in {finding.code for finding in report.findings}


def test_a_log_without_events_is_refused(tmp_path: Path) -> None:
    """A run that was stopped at once has nothing to judge."""
    sink = JsonlSink(tmp_path)
    with pytest.raises(UsageError, match="got none"):
        verb.replay(sink.path, Settings())
