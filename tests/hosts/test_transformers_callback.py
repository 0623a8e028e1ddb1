"""The callback itself: its options, when it listens, what it tells, and what it leaves behind."""

from __future__ import annotations

import copy
import gc
import inspect
import pickle
import subprocess
import sys
import weakref
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import gradaudit
from gradaudit import GradAuditWarning, UsageError
from gradaudit.probes.watch import open_watches
from gradaudit.transformers import GradAuditCallback
from tests.hosts.trainers import (
    Counting,
    arguments,
    bert,
    llama,
    loud,
    trained,
    trainer,
    transformers,
)  # fmt: skip

NAMES = ("_run_epoch", "training_step", "get_batch_samples", "_evaluate", "_finalize_training")


def _untouched(one: Any) -> bool:
    """No name of ours on the Trainer or on its callbacks; nothing is open."""
    return (
        not set(NAMES) & set(vars(one))
        and "call_event" not in vars(one.callback_handler)
        and not any(
            hasattr(c.on_train_begin, "__wrapped__") for c in one.callback_handler.callbacks
        )
        and open_watches() == 0
    )


def _with_dead_weight() -> Any:
    model = llama()
    model.extra = nn.Linear(3, 3)
    return model


# ---------------------------------------------------------------------- options


def test_the_options_are_those_of_watch() -> None:
    """Names, defaults and annotations, except for models and optimizers."""
    ours = inspect.signature(GradAuditCallback.__init__).parameters
    theirs = inspect.signature(gradaudit.watch).parameters
    expected = {n: (p.default, p.annotation) for n, p in theirs.items()}
    del expected["models"], expected["optimizers"]
    assert {n: (p.default, p.annotation) for n, p in ours.items() if n != "self"} == expected


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("raise_on", "errors", "did you mean 'error'"),
        ("on_finding", "shout", "'warn', 'log', 'silent' or a function"),
        ("select", ["GA999"], "prefix or the name of a rule"),
        ("every", 0, "whole number from 1 on"),
        ("trace", "sometimes", "'auto', 'always' or 'off'"),
        ("sinks", [3], "methods emit(record) and close()"),
        ("sync", "yes", "True or False"),
        ("names", ["a", "b"], "a Trainer has one model"),
        ("log_dir", 3, "path of a directory"),
    ],
)
def test_an_option_that_is_wrong(option: str, value: Any, said: str) -> None:
    """One sentence, when the callback is made and not hours later."""
    with pytest.raises(UsageError) as raised:
        GradAuditCallback(**{option: value})
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_glob_that_matches_nothing() -> None:
    """Known once the model is there: `train` ends before its first step."""
    callback = GradAuditCallback(ignore_parameters="decoder.*")
    one = trainer(llama(), callback)
    with pytest.raises(UsageError, match=r"'decoder\.\*', which matches none of 21"):
        one.train()
    assert _untouched(one)


def test_options_reach_the_audit(tmp_path: Path) -> None:
    """A name, an ignored layer, a log, a function for findings."""
    told: list[Any] = []
    callback = GradAuditCallback(
        names=["small"], ignore_parameters="extra.bias", log_dir=tmp_path, on_finding=told.append
    )
    trained(_with_dead_weight(), callback=callback)
    assert [(f.code, f.model, f.parameters) for f in told if f.severity.value == "warning"] == [
        ("GA101", "small", ("extra.weight",))
    ]
    assert (tmp_path / "gradaudit.rank0.jsonl").exists()


def test_before_any_training() -> None:
    """There is nothing to report yet, in one sentence."""
    with pytest.raises(UsageError, match="call its train"):
        GradAuditCallback().report()


def test_without_transformers() -> None:
    """The extra is named."""
    code = (
        "import sys; sys.modules['transformers'] = None\n"
        "try:\n    import gradaudit.transformers\nexcept ImportError as e:\n    print(e)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'pip install "gradaudit[transformers]"' in done.stdout
    assert done.stdout.count("\n") == 1


# ---------------------------------------------------------------------- when it listens


def test_nothing_is_left_after_training() -> None:
    """And the report stays."""
    callback = GradAuditCallback(on_finding="silent")
    one = trainer(llama(), callback)
    one.train()
    assert _untouched(one)
    assert callback.report().steps == 12
    assert set(callback.statuses().values()) == {"ok"}
    assert all(norm > 0 for norm in callback.norms().values())


def test_each_train_is_an_audit_of_its_own() -> None:
    """A second `train()` begins with the optimizer that is wrapped already."""
    callback = GradAuditCallback(on_finding="silent")
    one = trainer(_with_dead_weight(), callback, num_train_epochs=1)
    one.train()
    first = callback.report()
    one.train()
    assert callback.report() is not first
    assert callback.report().steps == first.steps == 4
    assert loud(callback) == ["GA101"]
    assert _untouched(one)


@pytest.mark.slow
def test_one_callback_in_two_trainers() -> None:
    """The report is that of the training that began last."""
    callback = GradAuditCallback(on_finding="silent")
    trained(_with_dead_weight(), callback=callback)
    assert loud(callback) == ["GA101"]
    trained(bert("BertForMaskedLM"), callback=callback)
    assert loud(callback) == []


@pytest.mark.slow
def test_training_that_is_resumed(tmp_path: Path) -> None:
    """Optimizer and weights come from the checkpoint; its steps are not told again."""
    callback = GradAuditCallback(on_finding="silent")
    how = {"save_strategy": "steps", "save_steps": 6, "max_steps": 12}
    trainer(llama(), callback, more={"args": arguments(str(tmp_path), **how)}).train()
    one = trainer(llama(), callback, more={"args": arguments(str(tmp_path), **how)})
    one.train(resume_from_checkpoint=str(tmp_path / "checkpoint-6"))
    assert loud(callback) == []
    assert callback.report().steps == 6
    assert _untouched(one)


@pytest.mark.slow
def test_a_search_that_makes_a_model_for_each_trial() -> None:
    """As `hyperparameter_search` does it: a new model and optimizer, the same callbacks."""
    callback = GradAuditCallback(on_finding="silent")
    models = iter([llama(), _with_dead_weight(), llama()])
    one = transformers.Trainer(
        model_init=lambda _trial=None: next(models),
        args=arguments(num_train_epochs=1),
        train_dataset=Counting(),
        callbacks=[callback],
    )
    found: list[list[str]] = []
    for _ in range(2):
        one.train()
        found.append(loud(callback))
    assert found == [["GA101"], []]


# ---------------------------------------------------------------------- when train() raises


class _Raising(transformers.TrainerCallback):
    """Raises at one of the Trainer's events."""

    def __init__(self, event: str, error: BaseException) -> None:
        calls = 0

        def raises(*_: Any, **__: Any) -> None:
            nonlocal calls
            calls += 1
            if event != "on_step_end" or calls == 4:
                raise error

        setattr(self, event, raises)


def _raising_in(where: str, error: BaseException, callback: Any) -> Any:
    """A Trainer with dead weight that raises at one place, after some steps where it can."""

    class Data(Counting):
        def __getitem__(self, index: int) -> Any:
            if where == "data" and index == 11:
                raise error
            return super().__getitem__(index)

    class Mine(transformers.Trainer):
        calls = 0

        def compute_loss(self, *args: Any, **kwargs: Any) -> Any:
            self.calls += 1
            if where == "loss" and self.calls == 4:
                raise error
            return super().compute_loss(*args, **kwargs)

        def evaluate(self, *args: Any, **kwargs: Any) -> Any:
            if where == "evaluation":
                raise error
            return super().evaluate(*args, **kwargs)

    model = _with_dead_weight()
    calls = 0

    def spoil(gradient: torch.Tensor) -> None:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise error

    if where == "backward":
        model.lm_head.weight.register_hook(spoil)
    more: dict[str, Any] = {"eval_dataset": Counting(4)}
    if where.startswith("on_"):
        more["callbacks"] = [_Raising(where, error)]
    return trainer(
        model, callback, kind=Mine, data=Data(), more=more,
        eval_strategy="epoch", logging_strategy="steps", logging_steps=3,
    )  # fmt: skip


PLACES = ("loss", "backward", "data", "evaluation", "on_train_begin", "on_epoch_begin",
          "on_step_end", "on_log", "on_evaluate", "on_train_end")  # fmt: skip


@pytest.mark.parametrize(
    "where",
    [
        pytest.param(p, marks=[] if p in ("loss", "backward") else [pytest.mark.slow])
        for p in PLACES
    ],
)
@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
def test_train_that_is_left_by_an_exception(
    where: str, kind: type[BaseException], capfd: pytest.CaptureFixture[str]
) -> None:
    """Nothing is left at once, the exception is the same object, and what was seen is told."""
    callback = GradAuditCallback(on_finding="log")
    error = kind("told by the test")
    one = _raising_in(where, error, callback)
    with pytest.raises(kind) as raised:
        one.train()
    assert raised.value is error
    assert _untouched(one)
    if where not in ("on_train_begin", "on_epoch_begin", "on_train_end"):
        assert capfd.readouterr().err.count("gradaudit: 1 warning in") == 1
        assert callback.report().exception == f"{kind.__name__}: told by the test"
        assert loud(callback) == ["GA101"]


@pytest.mark.slow
def test_a_trainer_that_raised_can_train_again() -> None:
    """What its loop was called through is gone."""
    callback = GradAuditCallback(on_finding="silent")
    one = _raising_in("loss", ValueError("once"), callback)
    with pytest.raises(ValueError, match="once"):
        one.train()
    one.train()
    assert callback.report().steps == 12
    assert callback.report().exception is None
    assert _untouched(one)


@pytest.mark.slow
def test_a_batch_size_that_is_looked_for() -> None:
    """`auto_find_batch_size` catches what leaves the loop and begins anew: so does the audit."""
    callback = GradAuditCallback(on_finding="silent")

    class Small(transformers.Trainer):
        def compute_loss(self, model: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
            if len(inputs["input_ids"]) > 3:
                raise RuntimeError("CUDA out of memory.")
            return super().compute_loss(model, inputs, *args, **kwargs)

    one = trainer(llama(), callback, kind=Small, auto_find_batch_size=True, num_train_epochs=1)
    one.train()
    assert loud(callback) == []
    assert callback.report().exception is None
    assert callback.report().steps == 6
    assert _untouched(one)


def test_the_audit_keeps_no_trainer_and_no_model() -> None:
    """Also not where training was left by an exception."""
    callback = GradAuditCallback(on_finding="silent")
    one = _raising_in("loss", ValueError("once"), callback)
    seen = weakref.ref(one), weakref.ref(one.model)
    with pytest.raises(ValueError, match="once"):
        one.train()
    del one
    gc.collect()
    assert [ref() for ref in seen] == [None, None]


def test_a_callback_that_dies_takes_its_audit_with_it() -> None:
    """A loop that is not Transformers' own, and never tells of its end."""
    callback = GradAuditCallback(on_finding="silent")
    model = llama()
    state = transformers.TrainerState()
    control = transformers.TrainerControl()
    callback.on_train_begin(arguments(), state, control, model=model, optimizer=None)
    assert open_watches() == 1
    del callback
    gc.collect()
    assert open_watches() == 0


def test_it_can_be_copied_and_sent() -> None:
    """With its options, and without the audit that listens to this process."""
    callback = GradAuditCallback(on_finding="silent", every=3)
    trained(llama(), callback=callback)
    for other in (pickle.loads(pickle.dumps(callback)), copy.deepcopy(callback)):
        with pytest.raises(UsageError):
            other.report()
        trained(llama(), callback=other)
        assert other.report().steps == 12


# ---------------------------------------------------------------------- what it tells


@pytest.mark.parametrize("bar", [True, False])
def test_a_finding_and_the_report_have_lines_of_their_own(
    bar: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    """Told once when it is sure, at the user's line; the whole report once, after the bar."""
    with pytest.warns(GradAuditWarning) as heard:
        trained(
            _with_dead_weight(), callback=GradAuditCallback(), num_train_epochs=6,
            disable_tqdm=not bar, logging_strategy="steps", logging_steps=3,
        )  # fmt: skip
    told = [one for one in heard if issubclass(one.category, GradAuditWarning)]
    assert len(told) == 1
    assert "tests/hosts" in told[0].filename
    err = capfd.readouterr().err
    assert err.count("GA101 missing-gradient") == 1
    rest = err[f"\n{err}".index("\ngradaudit: 1 warning in 24 steps") :]
    assert ("24/24" in err) == bar
    assert "24/24" not in rest


def test_silence(capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing is printed where silence was asked for, and nothing where all is well."""
    trained(_with_dead_weight(), callback=GradAuditCallback(on_finding="silent"))
    trained(llama(), callback=GradAuditCallback())
    assert "gradaudit" not in capfd.readouterr().err


# ---------------------------------------------------------------------- reporters


class _Reporter(transformers.TrainerCallback):
    """Keeps what it is told, as one that writes to a service would."""

    def __init__(self) -> None:
        self.logs: list[dict[str, Any]] = []

    def on_log(self, *_: Any, logs: Any = None, **__: Any) -> None:
        self.logs.append(dict(logs))


@pytest.mark.parametrize("first", [True, False])
def test_reporters_get_four_numbers(first: bool, capfd: pytest.CaptureFixture[str]) -> None:
    """Wherever they stand among the callbacks; the console and the Trainer's history do not."""
    reporter = _Reporter()
    callback = GradAuditCallback(on_finding="silent")
    one = transformers.Trainer(
        model=_with_dead_weight(),
        args=arguments(logging_strategy="steps", logging_steps=4, num_train_epochs=6),
        train_dataset=Counting(),
        callbacks=[reporter, callback] if first else [callback, reporter],
    )
    one.train()
    ours = [{k: v for k, v in log.items() if "gradaudit" in k} for log in reporter.logs]
    assert ours[0] == {
        "gradaudit/none": 2, "gradaudit/nonfinite": 0, "gradaudit/zero": 0, "gradaudit/findings": 0,
    }  # fmt: skip
    assert ours[-2]["gradaudit/findings"] == 1
    assert ours[-1] == {}  # the times at the end are no step
    assert not any("gradaudit" in key for log in one.state.log_history for key in log)
    if first:
        assert "gradaudit" not in capfd.readouterr().out


def test_tensorboard_gets_one_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Trainer's curves and the log of the audit lie in one directory, in one file."""
    board = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    monkeypatch.setenv("TENSORBOARD_LOGGING_DIR", str(tmp_path))
    callback = trained(
        _with_dead_weight(), report_to=["tensorboard"], logging_strategy="steps", logging_steps=4
    )
    assert len(list(tmp_path.glob("events.out.*"))) == 1
    run = board.EventAccumulator(str(tmp_path), size_guidance={"tensors": 0})
    run.Reload()
    tags = run.Tags()
    assert "train/loss" in tags["scalars"]
    assert "gradaudit/parameters_none" in tags["scalars"]
    assert [tag.split("/")[1] for tag in tags["tensors"] if "gradaudit/grid" in tag] == ["grid"]
    assert not any("train/gradaudit" in tag for tag in tags["scalars"])
    assert loud(callback) == ["GA101"]


@pytest.mark.slow
def test_tensorboard_whose_callback_comes_after_ours(tmp_path: Path) -> None:
    """Its writer is not there yet when training begins: nothing of the first steps is lost."""
    board = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    writing = pytest.importorskip("torch.utils.tensorboard")
    integrations = pytest.importorskip("transformers.integrations")
    theirs = integrations.TensorBoardCallback(writing.SummaryWriter(str(tmp_path)))
    trained(_with_dead_weight(), more={"callbacks": [theirs]})
    run = board.EventAccumulator(str(tmp_path), size_guidance={"scalars": 0})
    run.Reload()
    steps = [event.step for event in run.Scalars("gradaudit/parameters_none")]
    assert steps[-1] == 11
    assert "gradaudit/schema" in " ".join(run.Tags()["tensors"])
