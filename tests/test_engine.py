"""How backwards are seen: through torch's private entry, and through the public one without it."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.autograd import backward as bound_early
from torch.utils.checkpoint import checkpoint

import gradaudit
from gradaudit.events import BackwardEnded
from gradaudit.probes import engine

ROOT = Path(__file__).resolve().parents[1]


class Backwards:
    """A sink that keeps the backwards it hears of."""

    def __init__(self) -> None:
        self.events: list[BackwardEnded] = []

    def emit(self, record: Any) -> None:
        if isinstance(record, BackwardEnded):
            self.events.append(record)

    def close(self) -> None:
        pass


class Explodes(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        return x.clone()

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> Any:
        raise ValueError("of the user's own")


@pytest.fixture
def model() -> torch.nn.Linear:
    torch.manual_seed(0)
    return torch.nn.Linear(2, 1)


@pytest.fixture
def heard(model: torch.nn.Linear) -> Any:
    sink = Backwards()
    with gradaudit.watch(model, on_finding="silent", sinks=[sink]):
        yield sink.events


def loss_of(model: torch.nn.Module) -> torch.Tensor:
    return model(torch.ones(3, 2)).square().mean()


def test_every_way_of_calling_backward(model: torch.nn.Linear, heard: list[BackwardEnded]) -> None:
    """Tensor.backward, torch.autograd.backward, the same bound early, several roots."""
    loss_of(model).backward()
    torch.autograd.backward(loss_of(model))
    bound_early([loss_of(model), loss_of(model)])
    assert [event.arrived.tolist() for event in heard] == [[True, True]] * 3
    assert [event.number for event in heard] == [0, 1, 2]


def test_grad_is_no_backward(model: torch.nn.Linear, heard: list[BackwardEnded]) -> None:
    """torch.autograd.grad accumulates nothing and is not told of, also of leaves."""
    torch.autograd.grad(loss_of(model), list(model.parameters()), create_graph=True)
    torch.func.grad(lambda w: (w * 2).sum())(torch.ones(2))
    assert heard == []


def test_inputs_and_create_graph(model: torch.nn.Linear, heard: list[BackwardEnded]) -> None:
    """Only what `inputs=` names arrives; create_graph is told."""
    loss_of(model).backward(inputs=[model.bias])
    loss_of(model).backward(create_graph=True, inputs=model.weight)
    assert [e.arrived.tolist() for e in heard] == [[False, True], [True, False]]
    assert [e.create_graph for e in heard] == [False, True]
    model.zero_grad()


def test_a_backward_inside_a_backward_is_one(
    model: torch.nn.Linear, heard: list[BackwardEnded]
) -> None:
    """A reentrant checkpoint runs a second engine call inside the first: one event, at the end."""
    x = torch.ones(3, 2, requires_grad=True)
    checkpoint(model, x, use_reentrant=True).sum().backward()
    assert [event.arrived.tolist() for event in heard] == [[True, True]]
    assert engine.depth() == 0


def test_a_backward_that_raises(model: torch.nn.Linear, heard: list[BackwardEnded]) -> None:
    """The user's own exception comes through, is told of, and the next backward is heard."""
    loss = Explodes.apply(loss_of(model))
    with pytest.raises(ValueError, match="of the user's own") as raised:
        loss.backward()
    assert raised.value.__cause__ is None
    assert engine.depth() == 0
    loss_of(model).backward()
    assert [event.error for event in heard] == ["ValueError: of the user's own", None]
    assert [event.arrived.tolist() for event in heard] == [[False, False], [True, True]]


def test_a_nested_backward_that_raises(model: torch.nn.Linear, heard: list[BackwardEnded]) -> None:
    """The depth is right again afterwards."""
    x = torch.ones(3, 2, requires_grad=True)
    with pytest.raises(ValueError, match="of the user's own"):
        checkpoint(lambda y: Explodes.apply(model(y)), x, use_reentrant=True).sum().backward()
    assert engine.depth() == 0
    assert [event.error for event in heard] == ["ValueError: of the user's own"]


def test_a_freed_graph_is_torchs_own_error(
    model: torch.nn.Linear, heard: list[BackwardEnded]
) -> None:
    """The message is torch's, and the traceback ends in torch."""
    loss = loss_of(model)
    loss.backward()
    with pytest.raises(RuntimeError, match="second time"):
        loss.backward()
    assert [event.error is None for event in heard] == [True, False]


def test_backwards_of_two_threads_at_once() -> None:
    """When a second thread trains as well, the audit says so and reads no gradient any more."""
    models = {name: torch.nn.Linear(2, 1) for name in "ab"}
    sink = Backwards()
    inside = threading.Barrier(2, timeout=20)

    class Meets(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
            return x.clone()

        @staticmethod
        def backward(ctx: Any, *grads: torch.Tensor) -> Any:
            inside.wait()  # both backwards are running now
            return grads

    def train(model: torch.nn.Module) -> None:
        for _ in range(5):
            Meets.apply(loss_of(model)).backward()

    with gradaudit.watch(models, on_finding="silent", sinks=[sink]) as audit:
        threads = [threading.Thread(target=train, args=(m,)) for m in models.values()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        codes = {f.code for f in audit.findings}
    assert not any(thread.is_alive() for thread in threads)
    assert "GA902" in codes
    assert len(sink.events) <= 1
    assert engine.depth() == 0
    assert "GA901" not in codes


def test_an_observer_that_is_gone_hears_nothing(model: torch.nn.Linear) -> None:
    """After close the names are torch's own again."""
    before = torch.autograd._engine_run_backward, torch.autograd.graph._engine_run_backward
    sink = Backwards()
    audit = gradaudit.watch(model, on_finding="silent", sinks=[sink])
    assert torch.autograd._engine_run_backward is not before[0]
    assert torch.autograd.graph._engine_run_backward is not before[1]
    audit.close()
    assert torch.autograd._engine_run_backward is before[0]
    assert torch.autograd.graph._engine_run_backward is before[1]
    loss_of(model).backward()
    assert sink.events == []


def test_somebody_elses_wrapper_stays(model: torch.nn.Linear) -> None:
    """Who wraps over us keeps their wrapper, and ours passes through after close."""
    original = torch.autograd._engine_run_backward
    audit = gradaudit.watch(model, on_finding="silent")
    ours, calls = torch.autograd._engine_run_backward, []

    def theirs(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        return ours(*args, **kwargs)

    torch.autograd._engine_run_backward = theirs
    try:
        loss_of(model).backward()
        audit.close()
        loss_of(model).backward()
        assert torch.autograd._engine_run_backward is theirs
        assert len(calls) == 2
    finally:
        torch.autograd._engine_run_backward = original


def test_another_watch_under_somebody_elses_wrapper(model: torch.nn.Linear) -> None:
    """Each backward is heard once by a second watch that was opened over a left wrapper of ours."""
    original = torch.autograd._engine_run_backward
    first = gradaudit.watch(model, on_finding="silent")
    ours = torch.autograd._engine_run_backward
    torch.autograd._engine_run_backward = lambda *a, **k: ours(*a, **k)
    try:
        first.close()
        sink = Backwards()
        with gradaudit.watch(model, on_finding="silent", sinks=[sink]):
            loss_of(model).backward()
        assert len(sink.events) == 1
    finally:
        torch.autograd._engine_run_backward = original


# ---------------------------------------------------------------- without the private name

_WITHOUT = """
import torch, torch.autograd, torch.autograd.graph
run = torch.autograd._engine_run_backward
import types
# torch's own `backward` gets the engine under another name, as a later torch might have it.
public = torch.autograd.backward
own = {**vars(torch.autograd), "_engine_run_backward": run}
grad = torch.autograd.grad
def rebuilt(function):
    new = types.FunctionType(function.__code__, own, function.__name__, function.__defaults__)
    new.__kwdefaults__ = function.__kwdefaults__
    return new
torch.autograd.backward, torch.autograd.grad = rebuilt(public), rebuilt(grad)
own.update(backward=torch.autograd.backward, grad=torch.autograd.grad)
del torch.autograd._engine_run_backward, torch.autograd.graph._engine_run_backward
bound_early = torch.autograd.backward
original = torch.autograd.backward
import gradaudit
from gradaudit.events import BackwardEnded
heard = []
class Sink:
    def emit(self, record):
        if isinstance(record, BackwardEnded): heard.append(record)
    def close(self): pass
model = torch.nn.Linear(2, 1)
def loss(): return model(torch.ones(3, 2)).square().mean()
"""


def without(code: str) -> str:
    """Runs code in a process whose torch has no private entry; its output."""
    script = _WITHOUT + textwrap.dedent(code)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"}, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_public_fallback_hears_backwards() -> None:
    """Tensor.backward and torch.autograd.backward; not grad; one event of a nested one; errors."""
    assert without("""
        from torch.utils.checkpoint import checkpoint
        with gradaudit.watch(model, on_finding="silent", sinks=[Sink()]) as audit:
            assert torch.autograd.backward is not original
            loss().backward()
            torch.autograd.backward([loss(), loss()])
            torch.autograd.backward(loss(), inputs=[model.bias], create_graph=True)
            torch.autograd.grad(loss(), list(model.parameters()))
            x = torch.ones(3, 2, requires_grad=True)
            checkpoint(model, x, use_reentrant=True).sum().backward()
            freed = loss(); freed.backward()
            try: freed.backward()
            except RuntimeError: pass
            print(audit.statuses(), [f.code for f in audit.findings])
        assert torch.autograd.backward is original
        print([e.arrived.tolist() for e in heard])
        print([e.create_graph for e in heard], [e.error is None for e in heard])
        """).splitlines() == [
        "{'weight': 'ok', 'bias': 'ok'} ['GA703']",
        "[[True, True], [True, True], [False, True], [True, True], [True, True], [False, False]]",
        "[False, False, True, False, False, False] [True, True, True, True, True, False]",
    ]


def test_the_public_fallback_does_not_hear_what_was_bound_early() -> None:
    """As `gradaudit doctor` says; it does no harm either."""
    said = without("""
        with gradaudit.watch(model, on_finding="silent", sinks=[Sink()]):
            bound_early(loss())
        print(len(heard), model.weight.grad is not None)
        from gradaudit.cli.main import main
        main(["doctor"])
        """)
    assert said.splitlines()[0] == "0 True"
    (line,) = [one for one in said.splitlines() if one.startswith("backward: ")]
    assert line == ("backward: torch.autograd.backward (public fallback: a backward bound early is "
                    "not seen)")  # fmt: skip


def test_doctor_names_the_private_entry(capsys: pytest.CaptureFixture[str]) -> None:
    """Where it is there."""
    from gradaudit.cli.main import main

    assert main(["doctor"]) == 0
    assert "backward: torch.autograd._engine_run_backward\n" in capsys.readouterr().out
