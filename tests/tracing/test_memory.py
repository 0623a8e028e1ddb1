"""A trace keeps nothing alive: values, graphs and modules die when they do without us."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.tracing.support import Capture, net, sgd, train, watched


@pytest.fixture(autouse=True)
def _no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


class Deep(nn.Module):
    """Layers whose values are looked at on their way."""

    def __init__(self, seen: Callable[[Tensor], None]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(8, 8) for _ in range(6))
        self.seen = seen

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = torch.tanh(layer(x)) * 1.5
            self.seen(x)
        return x


def test_values_die_in_the_forward_where_no_graph_keeps_them() -> None:
    """Under no_grad each intermediate value is gone when the next one is there."""
    refs: list[weakref.ref[Tensor]] = []
    alive: list[int] = []

    def seen(x: Tensor) -> None:
        refs.append(weakref.ref(x))
        alive.append(sum(ref() is not None for ref in refs))

    model = Deep(seen)
    with watched(model), torch.no_grad():
        model(torch.ones(2, 8))
    assert alive == [1] * 6


def test_values_nodes_and_loss_die_with_the_graph() -> None:
    """The loss dropped after its backward, with the collector off."""
    refs: list[weakref.ref[Any]] = []
    model = Deep(lambda x: refs.append(weakref.ref(x)))
    with watched(model):
        for _ in range(3):
            refs.clear()
            loss = model(torch.ones(2, 8)).sum()
            refs.append(weakref.ref(loss))
            loss.backward()
            del loss
            assert [ref() for ref in refs] == [None] * 7


def test_graphs_that_nobody_runs_do_not_pile_up() -> None:
    """An evaluation without no_grad, 100 batches of it within a traced step."""
    refs: list[weakref.ref[Any]] = []
    sink = Capture()
    model = Deep(lambda x: refs.append(weakref.ref(x)))
    optimizer = sgd(model)
    alive: list[int] = []
    with watched(model, optimizer, trace="auto", sinks=[sink]):
        kept = model(torch.ones(2, 8)).sum()
        for _ in range(100):
            model(torch.ones(2, 8)).sum().item()
            alive.append(sum(ref() is not None for ref in refs))
        (model(torch.ones(2, 8)).sum() + kept).backward()
        optimizer.step()
    assert max(alive) < 120
    (record,) = sink.traced
    assert record.used.all()
    assert record.reached.all()
    assert record.causes == ()


def test_what_nodes_have_saved_dies_in_the_backward() -> None:
    """The memory of an activation is free once its node has run, not when the step is over."""

    class Marks(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            return x.clone()

        @staticmethod
        def backward(ctx: Any, *gradients: Tensor) -> Tensor:
            alive.append(sum(ref() is not None for ref in refs))
            return gradients[0]

    refs: list[weakref.ref[Any]] = []
    alive: list[int] = []

    class Kept(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            ctx.save_for_backward(x)
            big = torch.ones(3)
            ctx.big = big
            refs.append(weakref.ref(big))
            return x * 1

        @staticmethod
        def backward(ctx: Any, *gradients: Tensor) -> Tensor:
            del ctx.big
            return gradients[0]

    def step(model: nn.Module) -> list[int]:
        refs.clear()
        alive.clear()
        h = model(torch.ones(2, 4))
        for _ in range(4):
            h = Kept.apply(Marks.apply(h))
        h.sum().backward()
        return list(alive)

    model = nn.Linear(4, 4)
    bare = step(model)
    with watched(model):
        assert step(model) == bare == [3, 2, 1, 0]


def test_modules_made_in_a_forward_die_after_it() -> None:
    """Also those whose call was a cut, and whose output came to nothing."""
    refs: list[weakref.ref[nn.Module]] = []

    class Makes(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.base = nn.Linear(4, 4)

        def forward(self, x: Tensor) -> Tensor:
            layer = nn.Linear(4, 4)
            dead = nn.ReLU()
            refs.extend([weakref.ref(layer), weakref.ref(dead)])
            dead(layer(x))
            return layer(self.base(x).detach())

    model = Makes()
    with watched(model):
        for _ in range(2):
            model(torch.ones(2, 4)).sum().backward()
            assert [ref() for ref in refs] == [None] * len(refs)


def test_arrays_and_lists_that_left_torch_die() -> None:
    """`h.numpy()` and what it shares; the tensor made of it again."""
    model = nn.Linear(4, 4)
    with watched(model):
        h = model(torch.ones(2, 4))
        array = h.detach().numpy()
        again = torch.from_numpy(array)
        refs = [weakref.ref(one) for one in (h, array, again)]
        (again.sum() + h.sum()).backward()
        del h, array, again
        assert [ref() for ref in refs] == [None] * 3


def _live_tensors() -> int:
    return sum(issubclass(type(one), Tensor) for one in gc.get_objects())


def _peak(watch: Any) -> int:
    counts: list[int] = []
    model = Deep(lambda _: counts.append(_live_tensors()))
    optimizer = sgd(model)
    with watch(model, optimizer):
        for _ in range(3):
            train_on(model, optimizer)
    return max(counts)


def train_on(model: nn.Module, optimizer: Any) -> None:
    optimizer.zero_grad()
    model(torch.ones(2, 8)).square().mean().backward()
    optimizer.step()


@pytest.mark.slow
def test_a_traced_forward_has_no_more_tensors_alive() -> None:
    """At the end of each layer, as many tensors as without us."""
    assert _peak(watched) <= _peak(lambda *_: nullcontext()) + 1


def test_little_is_kept_of_each_step() -> None:
    """Where its nodes came from, for errors of later steps (a bounded table); nothing else."""
    model = net()
    optimizer = sgd(model)
    with watched(model, optimizer, sinks=[]):
        train(model, optimizer, 120)
        gc.collect()
        tracemalloc.start()
        try:
            train(model, optimizer, 20)
            gc.collect()
            before = tracemalloc.get_traced_memory()[0]
            train(model, optimizer, 180)
            gc.collect()
            after = tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()
    assert after - before < 180 * 4000


def test_new_values_each_step_do_not_pile_up() -> None:
    """New leaves, new modules, new lambdas and escapes in each of 60 steps: all are let go."""
    model = nn.Linear(4, 4)
    optimizer = sgd(model)
    sink = Capture()
    refs: list[weakref.ref[Any]] = []
    with watched(model, optimizer, sinks=[sink]):
        for _ in range(60):
            optimizer.zero_grad()
            extra = nn.Parameter(torch.randn(4))
            layer = nn.Linear(4, 1)
            names: dict[str, Any] = {"torch": torch, "h": model(torch.ones(2, 4))}
            exec(compile("h = torch.tanh(h) * h.detach().mean().item()", "<string>", "exec"), names)
            loss = layer(names.pop("h") * extra).sum()
            loss.backward()
            optimizer.step()
            refs += [weakref.ref(one) for one in (extra, layer, loss)]
            sink.records.clear()
            del extra, layer, loss, names
        gc.collect()
        alive = sum(ref() is not None for ref in refs)
    assert alive <= 3
