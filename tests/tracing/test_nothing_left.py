"""After a traced step, an error in it, and the end of the watch, all is as it was."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from gradaudit.events import BackwardEnded
from tests.tracing.support import Capture, loss_of, marks, net, sgd, stack, stance, train, watched


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = marks()
    yield
    assert marks() == before


@pytest.mark.parametrize("trace", ["auto", "always", "off"])
@pytest.mark.parametrize("steps", [0, 1, 3])
def test_every_name_is_given_back(trace: str, steps: int) -> None:
    """Closed before, in the middle of and after the traced step."""
    before = marks()
    model = net()
    audit = watched(model, trace=trace)
    train(model, sgd(model), steps)
    if steps == 3 and trace != "always":
        assert [one for one in marks()[:3] if "gradaudit" in str(one[2])] == []
        assert stack() == []
    audit.close()
    assert marks() == before


@pytest.mark.parametrize("order", list(itertools.permutations("aAbB")), ids="".join)
def test_two_watches_in_any_order(order: tuple[str, ...]) -> None:
    """Opened and closed as it comes (closing one that is not open does nothing)."""
    before = marks()
    models = {"a": net(), "b": net()}
    optimizers = {key: sgd(model) for key, model in models.items()}
    sinks = {key: Capture() for key in models}
    audits: dict[str, Any] = {}
    expected = dict.fromkeys(models, 0)
    for move in order:
        key = move.lower()
        if move.islower():
            audits[key] = watched(models[key], optimizers[key], sinks=[sinks[key]])
        elif key in audits:
            audits.pop(key).close()
        for one, model in models.items():
            train(model, optimizers[one])
            expected[one] += one in audits
    for audit in audits.values():
        audit.close()
    assert marks() == before
    for key, sink in sinks.items():
        mine = [r for r in sink.traced if r.reached.any()]
        assert len(mine) == expected[key]
        assert all(record.used.all() and record.reached.all() for record in mine)
        assert sink.faults == []


@pytest.mark.parametrize("first", ["a", "b"])
def test_two_watches_whose_traces_end_within_one_backward(first: str) -> None:
    """By hand, one model: both windows close inside `Tensor.backward`, in either order."""
    before = marks()
    model = net()
    audits = [watched(model, trace="auto"), watched(model, trace="auto")]
    for _ in range(6):
        loss_of(model).backward()
        model.zero_grad()
    assert stack() == []
    for audit in audits if first == "a" else reversed(audits):
        audit.close()
    assert marks() == before


class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x * 2

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return gradients[0] * 2


def test_somebody_elses_apply_is_left_alone() -> None:
    """Who takes `Function.apply` over while a trace is on keeps it, and it works ever after."""
    original = vars(torch.autograd.Function)["apply"]
    model = net()
    calls: list[type] = []
    audit = watched(model)
    inner = vars(torch.autograd.Function)["apply"].__func__

    def apply(cls: type, *args: Any) -> Any:
        calls.append(cls)
        return inner(cls, *args)

    theirs = classmethod(apply)
    try:
        torch.autograd.Function.apply = theirs  # type: ignore[method-assign,assignment]
        train(model, sgd(model))
        audit.close()
        assert vars(torch.autograd.Function)["apply"] is theirs
        assert Double.apply(torch.ones(2)).tolist() == [2.0, 2.0]
        assert calls == [Double]
        with watched(model) as again:
            assert Double.apply(torch.ones(2)).tolist() == [2.0, 2.0]
            assert again.findings == ()
        assert vars(torch.autograd.Function)["apply"] is theirs
    finally:
        torch.autograd.Function.apply = original  # type: ignore[method-assign]


def test_the_compilers_stance_comes_back_with_the_last_trace() -> None:
    """Two traces with compiled code: it is put aside until both are over, then used again."""
    import torch._dynamo

    torch._dynamo.reset()
    compiled: list[int] = []

    def backend(graph: Any, inputs: Any) -> Any:
        compiled.append(len(inputs))
        return graph.forward

    model = net()
    optimizer = sgd(model)
    fast = torch.compile(model, backend=backend)
    sink = Capture()

    def step() -> None:
        optimizer.zero_grad()
        fast(torch.ones(6, 4)).square().mean().backward()
        optimizer.step()

    assert stance() == "default"
    first, second = watched(model, sinks=[sink]), watched(model)
    step()
    assert (stance(), compiled) == ("force_eager", [])
    first.close()
    step()
    assert (stance(), compiled) == ("force_eager", [])
    second.close()
    assert stance() == "default"
    step()
    assert len(compiled) == 1
    (record,) = sink.traced
    assert record.eager
    assert record.used.all()
    torch._dynamo.reset()


def test_a_users_stance_is_kept() -> None:
    """Set before or during the trace: it stays."""
    import torch._dynamo

    model = net()
    with torch.compiler.set_stance("eager_on_recompile"):
        with watched(model):
            train(model, sgd(model))
        assert stance() == "eager_on_recompile"
    with watched(model):
        torch.compiler.set_stance("eager_on_recompile")
        train(model, sgd(model))
    assert stance() == "eager_on_recompile"
    torch.compiler.set_stance("default")


def test_eager_is_said_only_where_something_was_compiled() -> None:
    """That the compiler is imported means nothing."""
    import torch._dynamo

    torch._dynamo.reset()
    model = net()
    sink = Capture()
    with watched(model, sinks=[sink]):
        train(model, sgd(model))
    assert [record.eager for record in sink.traced] == [False]


def test_hooks_on_a_retained_graph_do_nothing_later() -> None:
    """A graph that outlives the trace runs again, without a watch and under another one."""
    model = net()
    x = torch.ones(6, 4, requires_grad=True)
    with watched(model):
        loss = model(x).square().mean()
        loss.backward(retain_graph=True)
    first = [p.grad.clone() for p in model.parameters()]
    model.zero_grad()
    loss.backward(retain_graph=True)
    assert all(torch.equal(p.grad, g) for p, g in zip(model.parameters(), first, strict=True))
    sink = Capture()
    with watched(model, sinks=[sink]):
        model.zero_grad()
        loss.backward()
    assert all(torch.equal(p.grad, g) for p, g in zip(model.parameters(), first, strict=True))
    assert sink.faults == []
    assert len(sink.of(BackwardEnded)) == 1


# ---------------------------------------------------------------------------- errors


class Breaks(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        raise LookupError("of the user")

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return gradients[0]


class BreaksLater(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x * 2

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        raise LookupError("of the user")


def _raise(error: BaseException) -> Callable[..., Any]:
    def now(*_: Any) -> Any:
        raise error

    return now


def _in_module(model: nn.Module) -> None:
    handle = model[1].register_forward_hook(_raise(LookupError("of the user")))
    try:
        loss_of(model).backward()
    finally:
        handle.remove()


def _in_function(model: nn.Module) -> None:
    Breaks.apply(model(torch.ones(6, 4))).sum().backward()


def _in_functions_backward(model: nn.Module) -> None:
    BreaksLater.apply(model(torch.ones(6, 4))).sum().backward()


def _in_checkpoint(model: nn.Module, *, reentrant: bool, at: int) -> None:
    calls = itertools.count(1)

    def part(x: Tensor) -> Tensor:
        h = model[0](x)
        if next(calls) == at:
            raise LookupError("of the user")
        return model[1:](h)

    x = torch.ones(6, 4, requires_grad=True)
    checkpoint(part, x, use_reentrant=reentrant).sum().backward()


def _interrupted(model: nn.Module) -> None:
    with torch.no_grad(), torch.inference_mode():
        model[0].register_forward_pre_hook(_raise(KeyboardInterrupt()))
        try:
            loss_of(model)
        finally:
            model[0]._forward_pre_hooks.clear()


def _in_torch(model: nn.Module) -> None:
    nn.functional.cross_entropy(model(torch.ones(6, 4)), torch.ones(3, dtype=torch.long))


def _in_hook(model: nn.Module) -> None:
    h = model(torch.ones(6, 4))
    h.register_hook(_raise(LookupError("of the user")))
    h.sum().backward()


BREAKING: dict[str, Callable[[nn.Module], None]] = {
    "module": _in_module,
    "function": _in_function,
    "function's backward": _in_functions_backward,
    "checkpoint, reentrant": lambda m: _in_checkpoint(m, reentrant=True, at=1),
    "checkpoint, reentrant, again": lambda m: _in_checkpoint(m, reentrant=True, at=2),
    "checkpoint": lambda m: _in_checkpoint(m, reentrant=False, at=1),
    "checkpoint, again": lambda m: _in_checkpoint(m, reentrant=False, at=2),
    "interrupted": _interrupted,
    "torch": _in_torch,
    "hook": _in_hook,
}


@pytest.mark.parametrize("where", BREAKING)
@pytest.mark.parametrize("trace", ["auto", "always"])
def test_an_error_in_the_traced_step_leaves_everything_right(where: str, trace: str) -> None:
    """It is the user's own error; grad mode and names are as they were; later steps are audited."""
    model = net()
    optimizer = sgd(model)
    sink = Capture()
    before = marks()
    with watched(model, optimizer, trace=trace, sinks=[sink]) as audit:
        with pytest.raises((LookupError, KeyboardInterrupt, RuntimeError, ValueError)) as caught:
            BREAKING[where](model)
        assert "gradaudit" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert torch.is_grad_enabled()
        assert not torch.is_inference_mode_enabled()
        model.zero_grad()
        train(model, optimizer, 3)
        failed = {e.number for e in sink.of(BackwardEnded) if e.error is not None}
        good = [record for record in sink.traced if record.backward not in failed]
        assert len(good) == (3 if trace == "always" else 1)
        assert all(r.used.all() and r.reached.all() and not r.causes for r in good)
        assert len([e for e in sink.of(BackwardEnded) if e.error is None]) == 3
        assert {f.code for f in audit.findings} <= {"GA302", "GA303"}
    assert sink.faults == []
    assert marks() == before


@pytest.mark.parametrize("where", BREAKING)
def test_an_error_that_leaves_the_watch(where: str) -> None:
    """The block is left with everything in place."""
    model = net()
    before = marks()
    with suppress(LookupError, KeyboardInterrupt, RuntimeError, ValueError), watched(model):
        BREAKING[where](model)
    assert marks() == before
    assert torch.is_grad_enabled()
