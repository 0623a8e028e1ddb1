"""Both loaders of TensorBoard keep all of a long log, and the stock dashboards have their data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gradaudit_tensorboard import TensorBoardSink
from tensorboard.plugins.text.text_plugin import text_array_to_html

from gradaudit.auditor import started
from gradaudit.events import ParameterInfo, ParametersAdded, RunEnded, Status, StepTaken
from gradaudit.findings import Cause, Finding, Severity
from tests.tensorboard_log.reading import Loader, log_of

STEPS, PARAMETERS, BAD = 5_000, 20, 3_217
FINDING = Finding(
    code="GA201", name="nonfinite-gradient", severity=Severity.ERROR,
    message="NaN in the gradient of `m.<b>7</b>`", fix="clip *hard*", parameters=("p7",),
    cause=Cause(kind="nonfinite-op", op="log", file="train.py", line=3, source="x = `log`(<y>)"),
    first_step=BAD, last_step=BAD,
)  # fmt: skip


@pytest.fixture(scope="module")
def logdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of 5,000 steps, of two ranks in one folder and of one that was started twice."""
    top = tmp_path_factory.mktemp("logs")
    for run, first_steps, ranks in (("ranks", (0,), (0, 1)), ("resumed", (0, 4_000), (0,))):
        for rank in ranks:
            for first in first_steps:
                write(TensorBoardSink(top / run, rank=rank, first_step=first), STEPS - first)
    return top


def write(sink: TensorBoardSink, steps: int) -> None:
    infos = tuple(
        ParameterInfo(index=i, name=f"m.p{i}", short=f"p{i}", model="m") for i in range(PARAMETERS)
    )
    sink.emit(started(("train.py",), "2", 0, 1))
    sink.emit(ParametersAdded(parameters=infos))
    held = np.arange(PARAMETERS, dtype=np.int32)
    for step in range(steps):
        status = np.zeros(PARAMETERS, np.uint8)
        norm = np.exp2(np.arange(PARAMETERS) - 10.0)
        if step == BAD:
            status[7], norm[7] = Status.NAN, np.nan
        sink.emit(
            StepTaken(
                step=step, number=step, optimizer=0, held=held, status=status, norm=norm,
                frozen=np.zeros(PARAMETERS, np.bool_),
            )
        )  # fmt: skip
        if step == BAD:
            sink.emit(FINDING)
    sink.emit(RunEnded(step=steps))
    sink.close()


@pytest.fixture(scope="module", params=[True, False], ids=["data server", "load_fast=false"])
def loader(logdir: Path, request: pytest.FixtureRequest) -> Loader:
    """For the module, because it reads in a thread that it does not end."""
    return Loader(logdir, fast=request.param)


def test_a_loader_keeps_every_step(loader: Loader) -> None:
    """Of all ranks and starts, with no flag set and no plugin of ours installed."""
    expected = {
        "ranks": {"0": [range(STEPS)], "1": [range(STEPS)]},
        "resumed": {"0": [range(STEPS), range(4_000, STEPS)]},
    }

    def found(tensors: dict[str, dict[str, list[bytes]]]) -> dict[str, dict[str, list[list[int]]]]:
        logs = {run: log_of(tags) for run, tags in tensors.items()}
        return {
            run: {
                rank: [log.steps(s) for s in log.starts if s.startswith(f"{rank}-")]
                for rank in expected[run]
            }
            for run, log in logs.items()
        }  # fmt: skip

    wanted = {
        run: {rank: [list(one) for one in starts] for rank, starts in ranks.items()}
        for run, ranks in expected.items()
    }
    loader.until(lambda tensors: found(tensors) == wanted)
    log = log_of(loader.tensors()["ranks"])
    for start in log.starts:
        assert log.column(BAD, start) == [0] * 7 + [Status.NAN] + [0] * (PARAMETERS - 8)
        assert len(log.schemas[start]["parameters"]) == PARAMETERS
        assert [one["code"] for one in log.findings[start]["findings"]] == ["GA201"]
    # The stock dashboards: counters that no sampling can hide, 1,000 points at most.
    scalars = loader.scalars()["ranks"]
    assert len(scalars) == 13
    assert all(tag.startswith("gradaudit/") for tag in scalars)
    assert scalars["gradaudit/steps_with_nonfinite"][-1] == 1.0
    assert scalars["gradaudit/findings"][-1] == 1.0
    assert all(np.isfinite(values).all() for values in scalars.values())
    assert len(scalars["gradaudit/parameters_ok"]) <= 1_000
    assert loader.histograms()["ranks"]["gradaudit/log2_norms"] >= 40
    (text,) = loader.tensors("text")["ranks"]["gradaudit/findings/text_summary"][-1:]
    html = text_array_to_html(np.array([text]), enable_markdown=True)
    assert "<b>7" not in html
    assert "clip *hard*" in html
    assert 'href="#gradaudit&amp;p.gradaudit.run=ranks&amp;p.gradaudit.finding=GA201"' in html
