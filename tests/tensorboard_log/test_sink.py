"""Real loops, logged: what is in the log, in whatever it was written to."""

from __future__ import annotations

import itertools
import os
import threading
from pathlib import Path
from typing import Any

import pytest
import torch
from gradaudit_tensorboard import TensorBoardSink as SameSink
from torch.utils.tensorboard.writer import SummaryWriter

import gradaudit
from gradaudit.errors import UsageError
from gradaudit.events import NAN, NONE, OK
from gradaudit.tensorboard import TensorBoardSink
from tests.tensorboard_log.loops import Net, sgd, watched
from tests.tensorboard_log.reading import accumulated, read

STEPS, BAD = 80, 41


def train(sink: Any, steps: int = STEPS, **options: Any) -> gradaudit.Watch:
    """c never learns, and at one step the loss is NaN and everything with it for that step."""
    net = Net("abc")
    optimizer = sgd(*net.parameters())
    with watched(net, optimizer, sinks=[sink], **options) as audit:
        for step in range(steps):
            optimizer.zero_grad()
            loss = (net.a * net.b).sum()
            (loss * (float("nan") if step == BAD else 1)).backward()
            if step == BAD:
                with torch.no_grad():
                    for p in (net.a, net.b):
                        p.grad.nan_to_num_(0.0)  # pyright: ignore
            optimizer.step()
    return audit


def lightning_logger(folder: Path) -> Any:
    from lightning.pytorch.loggers import TensorBoardLogger

    return TensorBoardLogger(str(folder), name="", version="")


def torch_writer(folder: Path) -> Any:
    return SummaryWriter(str(folder))


def tensorboardx_writer(folder: Path) -> Any:
    import tensorboardX

    return tensorboardX.SummaryWriter(str(folder))


def a_folder(folder: Path) -> Any:
    return folder


def a_text(folder: Path) -> Any:
    return str(folder)


def experiment(folder: Path) -> Any:
    return lightning_logger(folder).experiment


TARGETS = [a_folder, a_text, torch_writer, tensorboardx_writer, lightning_logger, experiment]


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: t.__name__)
def test_a_log_is_whole_whatever_it_is_written_to(target: Any, tmp_path: Path) -> None:
    """Every step, parameter and finding; the writer is left open, and its own data in place."""
    folder = tmp_path / "run"
    destination = target(folder)
    writer = getattr(destination, "experiment", destination)
    audit = train(TensorBoardSink(destination))
    if writer is not folder and not isinstance(writer, str):
        writer.add_scalar("theirs", 1.0, STEPS)
        writer.close()
    log = read(folder)
    assert log.steps() == list(range(STEPS))
    assert log.column(BAD) == [NAN, NAN, NONE]
    assert [log.column(s)[:2] for s in range(STEPS) if s != BAD] == [[OK, OK]] * (STEPS - 1)
    (schema,) = log.schemas.values()
    assert [one["short"] for one in schema["parameters"]] == ["a", "b", "c"]
    assert schema["run"]["torch"] == torch.__version__
    (document,) = log.findings.values()
    assert document["ended"] is True
    report = audit.report().to_dict()["findings"]
    assert document["findings"] == sorted(
        report,  # pyright: ignore[reportArgumentType]
        key=lambda one: ["error", "warning", "info"].index(one["severity"]),
    )
    assert "GA101" in {one["code"] for one in document["findings"]}
    scalars = accumulated(folder)
    assert [x.value for x in scalars.Scalars("gradaudit/steps_with_nonfinite")][-1] == 1.0
    if destination is not folder and not isinstance(destination, str):
        assert [x.value for x in scalars.Scalars("theirs")] == [1.0]


def test_the_name_is_the_same_in_both_places() -> None:
    assert TensorBoardSink is SameSink


@pytest.mark.parametrize("wrong", [3, None, b"bytes", "", object(), [], torch.nn.Linear(1, 1)])
def test_what_no_log_can_be_written_to_is_refused(wrong: object) -> None:
    """In one sentence, at once, and with what it got."""
    with pytest.raises(UsageError, match=r"expected a directory, .*, got \w+: pass the directory"):
        TensorBoardSink(wrong)


def test_other_loggers_are_refused_without_being_started(tmp_path: Path) -> None:
    """A CSVLogger has an experiment as well; it is not asked for it."""
    from lightning.pytorch.loggers import CSVLogger

    with pytest.raises(UsageError, match="got CSVLogger"):
        TensorBoardSink(CSVLogger(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_writer_that_is_closed_too_early_loses_nothing(tmp_path: Path) -> None:
    """What comes after goes into a file beside, and the writer is not opened again."""
    writer = SummaryWriter(str(tmp_path))
    sink = TensorBoardSink(writer)
    net = Net()
    optimizer = sgd(*net.parameters())
    with watched(net, optimizer, sinks=[sink]):
        for step in range(50):
            if step == 40:
                writer.close()
            optimizer.zero_grad()
            (net.a * net.b).sum().backward()
            optimizer.step()
    assert writer.all_writers is None
    assert len(list(tmp_path.glob("events.out.tfevents.*"))) == 2
    assert read(tmp_path).steps() == list(range(50))


def test_a_run_that_goes_on_keeps_both_halves(tmp_path: Path) -> None:
    """Steps 0 to 79, then again from 60: each start has its own blocks, findings fit its steps."""
    train(TensorBoardSink(tmp_path), 80)
    train(TensorBoardSink(tmp_path, first_step=60), 90)
    log = read(tmp_path)
    assert len(log.starts) == 2
    assert log.steps(log.starts[0]) == list(range(80))
    assert log.steps(log.starts[1]) == list(range(60, 150))
    late = log.findings[log.starts[1]]["findings"]
    missing = next(one for one in late if one["code"] == "GA101")
    assert (missing["first_step"], missing["last_step"]) == (60, 149)


def test_a_purge_takes_only_what_it_must(tmp_path: Path) -> None:
    """torch's purge_step=60 drops blocks that begin at 60 or later, and no step before 60."""
    writer = SummaryWriter(str(tmp_path))
    train(TensorBoardSink(writer), 80)
    writer.close()
    writer = SummaryWriter(str(tmp_path), purge_step=60)
    train(TensorBoardSink(writer, first_step=60), 30)
    writer.close()
    log = read(tmp_path)
    assert set(log.steps(log.starts[0])) >= set(range(60))
    assert log.steps(log.starts[1]) == list(range(60, 90))


def test_ranks_share_a_folder(tmp_path: Path) -> None:
    """Each has its own tags and file; the stock dashboards show rank 0."""
    for rank in (1, 0, 2):
        train(TensorBoardSink(tmp_path, rank=rank), 10 + rank)
    log = read(tmp_path)
    ranks = {start.partition("-")[0]: start for start in log.starts}
    assert {rank: len(log.steps(start)) for rank, start in ranks.items()} == {
        "0": 10, "1": 11, "2": 12,
    }  # fmt: skip
    found = accumulated(tmp_path)
    assert [one.step for one in found.Scalars("gradaudit/parameters_ok")] == list(range(10))


def test_a_rank_that_lightning_gives_no_writer_is_silent(monkeypatch: pytest.MonkeyPatch,
                                                         tmp_path: Path) -> None:  # fmt: skip
    """Rank 1's logger has a dummy as its experiment."""
    from lightning.pytorch.utilities import rank_zero_only

    monkeypatch.setattr(rank_zero_only, "rank", 1)
    train(TensorBoardSink(lightning_logger(tmp_path)), 5)
    assert list(tmp_path.iterdir()) == []


def test_a_loop_that_never_trains_writes_nothing(tmp_path: Path) -> None:
    """No step, no backward, no finding: only what was audited is told."""
    net = Net()
    with watched(net, sinks=[TensorBoardSink(tmp_path)]):
        pass
    log = read(tmp_path)
    assert log.blocks == {}
    (document,) = log.findings.values()
    assert (document["ended"], document["findings"]) == (True, [])


def test_no_thread_of_ours_is_left(tmp_path: Path) -> None:
    """Nor is there one while the run goes on, where a folder is written to."""
    before = threading.active_count()
    sink = TensorBoardSink(tmp_path)
    net = Net()
    with watched(net, sinks=[sink]):
        (net.a * net.b).sum().backward()
        assert threading.active_count() == before
    sink.close()
    sink.close()


def test_the_disk_that_is_full_ends_the_log_and_not_the_training(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is told of as GA901, once; every later step is trained and audited."""
    import errno

    sink = TensorBoardSink(tmp_path)
    write = os.write

    def full(file: int, data: Any) -> int:
        if sink._outlet is not None and file == sink._outlet._file:  # pyright: ignore
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, data)

    monkeypatch.setattr("gradaudit_tensorboard.eventfile.os.write", full)
    report = train(sink).report()
    (told,) = [one for one in report.findings if one.code == "GA901"]
    assert "No space left" in told.message
    assert report.steps == STEPS


def test_findings_that_are_withdrawn_are_gone(tmp_path: Path) -> None:
    """c is not used in the first four steps, which is told, and is used after that."""
    net = Net("abc")
    optimizer = sgd(*net.parameters())
    with watched(net, optimizer, sinks=[TensorBoardSink(tmp_path)]) as audit:
        for step in range(60):
            optimizer.zero_grad()
            (net.a * net.b * (net.c if step > 20 else 1)).sum().backward()
            optimizer.step()
    (document,) = read(tmp_path).findings.values()
    told = [(one["code"], one["count"], one["last_step"]) for one in document["findings"]]
    assert told == [(one.code, one.count, one.last_step) for one in audit.report().findings]


def test_the_text_of_the_findings_is_written_when_it_says_something_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last step has it once, though the findings are written there and at the end."""
    monkeypatch.setattr("gradaudit_tensorboard.sink._BURST", 0.0)
    train(TensorBoardSink(tmp_path), steps=6)
    points = accumulated(tmp_path).Tensors("gradaudit/findings/text_summary")
    texts = [bytes(one.tensor_proto.string_val[0]) for one in points]
    assert b"GA101" in texts[-1]
    assert all(one != other for one, other in itertools.pairwise(texts))
