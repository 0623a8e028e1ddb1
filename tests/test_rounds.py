"""Rounds that are told together leave everything as if they had been told event by event."""

from __future__ import annotations

import copy
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gradaudit
from gradaudit.auditor import Auditor
from gradaudit.events import Event
from gradaudit.rounds import REPEATED
from gradaudit.rules import new_rules
from gradaudit.rules.base import Rule

Tensor = torch.Tensor
STEPS = 100


def model_of(kind: str) -> torch.nn.Module:
    """A small model; some have parameters that are frozen, or always get zeros."""
    torch.manual_seed(0)
    layers = [torch.nn.Linear(6, 6), torch.nn.ReLU(), torch.nn.Linear(6, 6), torch.nn.Linear(6, 2)]
    net = torch.nn.Sequential(*layers)
    if kind == "frozen":
        net[0].requires_grad_(False)
    if kind == "zeros":
        with torch.no_grad():
            net[2].weight.zero_()
    return net


@dataclass
class Plan:
    """One way of training, with deviations at some steps.

    `closure`: the last backward of a step, and the clipping, are done by the closure that is given
    to the optimizer, as Lightning does.
    """

    kind: str
    micro: int
    clip: str
    zero: str
    odd: dict[int, str]
    lr: float = 1e-3
    closure: bool = False

    def train(self, net: torch.nn.Module, steps: int, watch: gradaudit.Watch) -> list[Tensor]:
        """Train, and return the parameters as they are then."""
        optimizer = torch.optim.SGD(net.parameters(), lr=self.lr)
        parameters = list(net.parameters())
        if self.kind == "zeros":
            parameters[2].register_hook(torch.zeros_like)
        generator = torch.Generator().manual_seed(1)
        for i in range(steps):
            odd = self.odd.get(i, "")
            if odd == "pause":
                watch.pause()
            count = self.micro + (odd == "one more")
            for k in range(count - self.closure):
                if self.zero == "each" or (self.zero == "before" and k == 0):
                    optimizer.zero_grad()
                self.backward(net, odd, generator)

            def ready(odd: str = odd, *, alone: bool = count == 1) -> float:
                if self.closure:
                    if self.zero == "before" and alone:
                        optimizer.zero_grad()
                    self.backward(net, odd, generator)
                if odd == "ask":
                    watch.norms()
                change(parameters, odd)
                if self.clip == "norm":
                    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
                elif self.clip == "value":
                    torch.nn.utils.clip_grad_value_(parameters, 0.5)
                return 0.0

            if self.closure and odd != "no step":
                optimizer.step(ready)
            else:
                ready()
                if odd != "no step":
                    optimizer.step()
            if odd == "freeze":
                net[-1].requires_grad_(False)  # type: ignore[index]
            if self.zero == "after" and odd != "keep":
                optimizer.zero_grad()
            elif self.zero == "model":
                net.zero_grad()
            elif self.zero == "hand":
                for p in parameters:
                    p.grad = None
            if odd == "pause":
                watch.resume()
        return [p.detach().clone() for p in parameters]

    def backward(self, net: torch.nn.Module, odd: str, generator: torch.Generator) -> None:
        """One micro-batch."""
        x = torch.randn(4, 6, generator=generator)
        if odd == "nan":
            x[0, 0] = float("nan")
        loss = net(x).pow(2).mean() if odd != "sum" else net(x).pow(2).sum()
        if odd == "large":
            loss = loss * 1e7
        loss.backward()


def change(parameters: list[torch.nn.Parameter], odd: str) -> None:
    """What somebody does to the gradient of the last parameter before it is clipped and used."""
    last = parameters[-1]
    if odd == "none":
        last.grad = None
    if odd == "by hand":
        last.grad = torch.ones_like(last)
    if odd == "data" and last.grad is not None:
        last.grad.data.mul_(0.5)
    if odd == "poison" and last.grad is not None:
        last.grad[0] = float("inf")


class Kept:
    """A sink that puts up with lateness, and keeps what it is given."""

    may_lag = True

    def __init__(self) -> None:
        self.records: list[Any] = []

    def emit(self, record: Any) -> None:
        """Keep it."""
        self.records.append(record)

    def close(self) -> None:
        """Nothing."""


def state_of(value: Any, seen: dict[int, Any] | None = None) -> Any:
    """Everything below an object as plain data, arrays by their bytes."""
    seen = {} if seen is None else seen
    if isinstance(value, (str, bytes, int, float, bool, type(None), type)):
        return repr(value)
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if id(value) in seen:
        return "again"
    seen[id(value)] = value
    if isinstance(value, dict):
        return {repr(k): state_of(v, seen) for k, v in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(repr(v) for v in value)
    if isinstance(value, (list, tuple)) or type(value).__name__ == "deque":
        return [state_of(v, seen) for v in value]
    if is_dataclass(value):
        return {f.name: state_of(getattr(value, f.name), seen) for f in fields(value)}
    if callable(value):
        return "callable"
    if not hasattr(value, "__dict__"):
        return repr(value)
    return {k: state_of(v, seen) for k, v in sorted(vars(value).items())}


def audited(plan: Plan, steps: int, *, together: bool) -> tuple[Any, ...]:
    """Train under an audit: parameters, events, and what history, rules and recorder hold."""
    net, kept = model_of(plan.kind), Kept()
    watch = gradaudit.watch(net, trace="off", on_finding="silent", sinks=[kept])
    auditor: Any = watch._auditor
    count = 0
    if not together:
        auditor.may_lag = lambda: False
    else:
        feed = auditor.feed_rounds

        def counted(rounds: Any) -> None:
            nonlocal count
            count += rounds.count
            feed(rounds)

        watch._probe.cruise._tell = counted
    with watch:
        weights = plan.train(net, steps, watch)
        watch._probe.catch_up()
        history = state_of(copy.copy(auditor.history))
        rules = {type(r).__name__: state_of(vars(r)) for r in auditor._rules}
        findings = [str(f) for f in watch.report().findings]
        (grid,) = watch.report().grids
    events = [
        {f.name: state_of(getattr(e, f.name)) for f in fields(e)} | {"kind": type(e).__name__}
        for e in kept.records
        if isinstance(e, Event)
    ]
    cells = (grid.first.tolist(), grid.last.tolist(), grid.status.tobytes(), grid.norms.tobytes())
    return weights, events, history, rules, findings, cells, count


BEFORE_CLIPPING = {"none", "by hand", "data", "poison"}
"""What is done to a gradient after the backward and before clipping, which reads it for both."""


def compare(plan: Plan, steps: int = STEPS) -> int:
    """Both ways give the same; returns how many rounds were told together.

    Where a gradient was changed before the one look at it, its norm is not known: all but norms
    is the same then.
    """
    one, other = audited(plan, steps, together=False), audited(plan, steps, together=True)
    for a, b in zip(one[0], other[0], strict=True):
        assert np.array_equal(a.numpy(), b.numpy(), equal_nan=True)
    assert one[4] == other[4]
    norms = plan.clip != "norm" or not BEFORE_CLIPPING.intersection(plan.odd.values())
    for a, b in zip(one[1], other[1], strict=True):
        assert without(a, "norm", norms) == without(b, "norm", norms)
    if not norms:
        assert one[5][:3] == other[5][:3]
        return other[6]
    for name in one[2]:
        assert one[2][name] == other[2][name], name
    for name in one[3]:
        assert one[3][name] == other[3][name], name
    assert one[5] == other[5]
    return other[6]


def without(event: dict[str, Any], field: str, keep: bool) -> dict[str, Any]:
    """An event as it is, or but for one of its fields."""
    return event if keep else {name: value for name, value in event.items() if name != field}


WAYS = list(
    itertools.product(
        ["plain", "frozen", "zeros"], [1, 3], ["", "norm", "value"],
        ["before", "after", "model", "hand"], [False, True],
    )
)  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "micro", "clip", "zero", "closure"),
    [pytest.param(*way, marks=[pytest.mark.slow] * (k % 13 != 0)) for k, way in enumerate(WAYS)],
)
def test_told_together_is_as_told_one_by_one(
    kind: str, micro: int, clip: str, zero: str, *, closure: bool
) -> None:
    """History, rules, findings, events of sinks and the heat map; and it is really used."""
    assert compare(Plan(kind, micro, clip, zero, {}, closure=closure)) > STEPS / 4


ODD = (
    "one more", "nan", "sum", "large", "none", "by hand", "data", "poison", "no step", "freeze",
    "keep", "ask", "pause",
)  # fmt: skip


@pytest.mark.parametrize(
    ("odd", "clip", "closure"),
    [
        pytest.param(odd, clip, closure, marks=[pytest.mark.slow] * (closure == bool(k % 3)))
        for k, odd in enumerate(ODD)
        for clip in ("", "norm")
        for closure in (False, True)
    ],
)
def test_whatever_differs_is_told_at_its_place(odd: str, clip: str, *, closure: bool) -> None:
    """One odd step within a long row of equal ones, seen as without the short way."""
    zero, micro = ("after", 1) if bool(clip) != closure else ("before", 2)
    plan = Plan("plain", micro, clip, zero, {42: odd, 70: odd, 71: odd}, closure=closure)
    assert compare(plan, 84) > 10


@pytest.mark.parametrize("micro", [2, 5])
def test_what_is_thrown_away_in_each_round_is_counted(micro: int) -> None:
    """Cleared before each backward, and a step after several: told one by one."""
    assert compare(Plan("plain", micro, "", "each", {}), 60) == 0


@given(st.data())
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
def test_random_loops(data: st.DataObject) -> None:
    """The same of loops drawn at random."""
    random_of = data.draw(st.randoms(use_true_random=False))
    assert isinstance(random_of, random.Random)
    odd = {random_of.randrange(20, 80): random_of.choice(ODD) for _ in range(3)}
    plan = Plan(
        data.draw(st.sampled_from(["plain", "frozen", "zeros"])),
        data.draw(st.integers(1, 3)),
        data.draw(st.sampled_from(["", "norm", "value"])),
        data.draw(st.sampled_from(["before", "after", "model", "hand", "each"])),
        odd,
        closure=data.draw(st.booleans()),
    )
    compare(plan, 84)


def test_a_bad_gradient_is_found_at_its_step() -> None:
    """Not when the rounds before it would have been told: at once, in the same hook as ever."""
    found: list[int] = []
    net = model_of("plain")
    step = [0]
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-3)
    with gradaudit.watch(net, trace="off", on_finding=lambda f: found.append(step[0])):
        for i in range(60):
            step[0] = i
            x = torch.randn(4, 6)
            if i == 47:
                x[0] = float("nan")
            net(x).pow(2).mean().backward()
            optimizer.step()
            optimizer.zero_grad()
    assert found
    assert found[0] == 47


def test_what_is_asked_for_is_up_to_date() -> None:
    """norms(), statuses() and report() in the middle of a row of equal rounds."""
    net = model_of("plain")
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-3)
    with gradaudit.watch(net, trace="off", on_finding="silent") as audit:
        for i in range(80):
            net(torch.randn(4, 6)).pow(2).mean().backward()
            if i % 17 == 0:
                true = [float(p.grad.norm()) for p in net.parameters() if p.grad is not None]
                assert list(audit.norms().values()) == pytest.approx(true)
            optimizer.step()
            if i % 23 == 0:
                assert audit.report().steps == i + 1
            optimizer.zero_grad()


def test_every_rule_that_hears_of_rounds_knows_how_to_take_them_together() -> None:
    """A new rule without `may_repeat` would make every step slow: it has to say."""
    hearing = [r for r in new_rules() if REPEATED.intersection(r.hears)]
    assert hearing
    assert all(type(r).may_repeat is not Rule.may_repeat for r in hearing)


def test_a_rule_that_does_not_know_makes_it_slow_and_not_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Then the rounds are told event by event."""
    never: Callable[..., bool] = lambda *_: False  # noqa: E731
    for rule in new_rules():
        monkeypatch.setattr(type(rule), "may_repeat", never)
    compare(Plan("plain", 2, "norm", "after", {70: "nan"}))


def test_a_history_that_is_elsewhere_takes_nothing_together() -> None:
    """`may_repeat` of a history that was never told of the round."""
    net = model_of("plain")
    told: list[Any] = []
    with gradaudit.watch(net, trace="off", on_finding="silent") as audit:
        audit._probe.cruise._tell = told.append
        Plan("plain", 1, "", "after", {}).train(net, 60, audit)
    assert told
    assert not Auditor().history.may_repeat(told[0])
