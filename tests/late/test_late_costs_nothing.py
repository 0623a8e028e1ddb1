"""A late audit reads nothing from a device, keeps nothing alive, and changes nothing."""

from __future__ import annotations

import contextlib
import gc
import itertools
import weakref
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

import gradaudit
from gradaudit.probes import late_lanes
from tests.late.nowhere import read_by_nobody
from tests.late.slow_lane import late_cpu

STEPS = 50


def _network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(8, 16), nn.LayerNorm(16), nn.GELU(), nn.Dropout(0.1), nn.Linear(16, 4)
    )


OPTIMIZERS: dict[str, Callable[[Any], torch.optim.Optimizer]] = {
    "sgd": lambda p: torch.optim.SGD(p, 0.1, momentum=0.9),
    "adamw": lambda p: torch.optim.AdamW(p, 1e-3, foreach=True),
    "adamw, one by one": lambda p: torch.optim.AdamW(p, 1e-3, foreach=False),
}


HABITS = ("plain", "in place", "clipped", "accumulated")
KINDS = [
    pytest.param(
        *kind, marks=() if i % 8 == 0 or kind == ("sgd", "plain", "auto") else pytest.mark.slow
    )
    for i, kind in enumerate(itertools.product(OPTIMIZERS, HABITS, ("off", "auto", "always")))
]


def test_a_read_would_be_noticed() -> None:
    """Also where the error of it is caught."""
    with (
        pytest.raises(AssertionError, match="item"),
        read_by_nobody(),
        contextlib.suppress(RuntimeError),
    ):
        torch.ones((), device="meta").item()


@pytest.mark.parametrize(("optimizer", "habit", "trace"), KINDS)
def test_no_value_is_read_in_healthy_steps(optimizer: str, habit: str, trace: Any) -> None:
    """From the first step on, traced or not; and all is seen that presence and norms can tell."""
    with read_by_nobody() as lane:
        model = _network().to("meta")
        stepper = OPTIMIZERS[optimizer](model.parameters())
        backwards = 3 if habit == "accumulated" else 1
        steps = STEPS if trace != "always" else 8
        with gradaudit.watch(model, stepper, on_finding="silent", trace=trace) as audit:
            for _ in range(steps):
                for _ in range(backwards):
                    x = torch.randn(5, 8, device="meta")
                    y = torch.randint(0, 4, (5,), device="meta")
                    nn.functional.cross_entropy(model(x), y).backward()
                if habit == "clipped":
                    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                stepper.step()
                stepper.zero_grad(set_to_none=habit != "in place")
        report = audit.report()
    assert report.findings == ()
    assert (report.steps, report.backwards) == (steps, steps * backwards)
    assert set(audit.statuses().values()) == {"ok"}
    n = len(list(model.parameters()))
    # One vector for each backward: two numbers for each gradient, and the loss.
    assert lane.sent.count(2 * n + 1) == steps * backwards
    assert len(lane.sent) <= steps * backwards + 1


def test_a_layer_that_is_cut_off_is_found_without_reading_anything() -> None:
    """Whether a gradient is there is known on the host, and so is why it is not."""
    with read_by_nobody():
        first, second = nn.Linear(8, 8, device="meta"), nn.Linear(8, 4, device="meta")
        stepper = torch.optim.SGD([*first.parameters(), *second.parameters()], 0.1)
        with gradaudit.watch([first, second], stepper, on_finding="silent") as audit:
            for _ in range(5):
                stepper.zero_grad()
                second(first(torch.randn(5, 8, device="meta")).detach()).sum().backward()
                stepper.step()
    (found,) = audit.findings
    assert found.code == "GA101"
    assert found.cause is not None
    assert found.cause.kind == "detach"


def test_gradients_that_were_never_cleared_are_found_without_reading_anything() -> None:
    """Version counters tell."""
    with read_by_nobody():
        model = _network().to("meta")
        stepper = torch.optim.SGD(model.parameters(), 0.1)
        with gradaudit.watch(model, stepper, on_finding="silent") as audit:
            for _ in range(6):
                model(torch.randn(5, 8, device="meta")).sum().backward()
                stepper.step()
    assert [f.code for f in audit.findings] == ["GA301"]


def _trained(late: bool, habit: str) -> list[torch.Tensor]:
    model = _network()
    stepper = torch.optim.AdamW(model.parameters(), 1e-2)

    def loop() -> None:
        for _ in range(6):
            for _ in range(2):
                y = torch.randint(0, 4, (5,))
                nn.functional.cross_entropy(model(torch.randn(5, 8)), y).backward()
            if habit == "clipped":
                nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            stepper.step()
            stepper.zero_grad(set_to_none=habit != "in place")

    if late:
        with late_cpu(asks=2), gradaudit.watch(model, stepper, on_finding="silent"):
            loop()
    else:
        loop()
    return [*(p.detach().clone() for p in model.parameters()), torch.rand(3)]


@pytest.mark.parametrize("habit", ["plain", "clipped", "in place"])
def test_training_is_the_same_bit_for_bit(habit: str) -> None:
    """And what is drawn at random after it."""
    bare, audited = _trained(False, habit), _trained(True, habit)
    assert all(torch.equal(a, b) for a, b in zip(bare, audited, strict=True))


def test_no_gradient_loss_or_graph_is_kept_alive() -> None:
    """Though their values are still under way."""
    model = _network()
    stepper = torch.optim.SGD(model.parameters(), 0.1)
    gc.collect()
    gc.disable()
    try:
        with late_cpu(asks=1000), gradaudit.watch(model, stepper, on_finding="silent"):
            for step in range(4):
                x = torch.randn(5, 8)
                loss = model(x).square().sum()
                loss.backward()
                stepper.step()
                kept = [
                    weakref.ref(one) for one in (x, loss, *(p.grad for p in model.parameters()))
                ]
                node = weakref.ref(_Mark.put_on(loss))
                stepper.zero_grad()
                del x, loss
                assert [ref() for ref in kept] == [None] * len(kept), step
                assert node() is None, step
    finally:
        gc.enable()


class _Mark:
    """Lives as long as the graph of a loss."""

    @staticmethod
    def put_on(loss: torch.Tensor) -> _Mark:
        mark = _Mark()
        assert loss.grad_fn is not None
        metadata: Any = loss.grad_fn.metadata
        metadata["mark"] = mark
        return mark


def test_a_model_that_is_let_go_is_gone_when_the_audit_is_closed() -> None:
    """The queue is empty then."""
    with late_cpu(asks=1000):
        model = _network()
        stepper = torch.optim.SGD(model.parameters(), 0.1)
        with gradaudit.watch(model, stepper, on_finding="silent"):
            for _ in range(3):
                model(torch.randn(5, 8)).sum().backward()
                stepper.step()
        gone = weakref.ref(model)
        del model, stepper
        gc.collect()
        assert gone() is None


def test_the_buffers_of_devices_are_let_go_with_the_last_audit() -> None:
    """And not before."""
    one, other = _network(), _network()
    with late_cpu():
        device = torch.device("cpu")
        outer = gradaudit.watch(one, on_finding="silent")
        with gradaudit.watch(other, on_finding="silent"):
            other(torch.randn(5, 8)).sum().backward()
        assert device in late_lanes._lanes
        outer.close()
        assert late_lanes._lanes == {}
