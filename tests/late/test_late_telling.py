"""When a late audit tells what: all of it, in order, and no sooner than the values are there."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import gradaudit
from gradaudit.errors import GradAuditError
from gradaudit.events import Event, FrontierFound
from gradaudit.probes import late_events
from tests.late.listening import Ear, differences, net, train
from tests.late.slow_lane import late_cpu

ASKS = pytest.mark.parametrize("asks", [1, 5])


def _plain(watch: Callable[..., Any]) -> None:
    train_in(watch, lambda model, optimizer, k: None)


def _accumulated(watch: Callable[..., Any]) -> None:
    train_in(watch, lambda model, optimizer, k: None, backwards=3)


def _clipped(watch: Callable[..., Any]) -> None:
    def clip(model: nn.Module, optimizer: Any, k: int) -> None:
        nn.utils.clip_grad_norm_(model.parameters(), 0.1)

    train_in(watch, clip)


def _nan_once(watch: Callable[..., Any]) -> None:
    def spoil(model: nn.Module, optimizer: Any, k: int) -> None:
        if k == 3:
            optimizer.zero_grad()

    train_in(watch, spoil, bad=3)


def _zeroed_in_place(watch: Callable[..., Any]) -> None:
    train_in(watch, lambda model, optimizer, k: None, set_to_none=False)


def _never_cleared(watch: Callable[..., Any]) -> None:
    train_in(watch, lambda model, optimizer, k: None, clear=False)


def _two_optimizers(watch: Callable[..., Any]) -> None:
    model = net()
    first = torch.optim.SGD(model[0].parameters(), 0.01)
    second = torch.optim.Adam(model[2].parameters(), 0.01)
    with watch(model, [first, second]):
        for k in range(6):
            model(torch.randn(6, 4)).square().mean().backward()
            for one in (first, second) if k % 2 else (second,):
                one.step()
                one.zero_grad()


def _scaled(watch: Callable[..., Any], *, unscale: bool = True, bad: int = -1) -> None:
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    scaler = torch.amp.GradScaler("cpu", init_scale=64.0)
    with watch(model, optimizer):
        for k in range(8):
            optimizer.zero_grad()
            for _ in range(2):
                loss = model(torch.randn(6, 4)).square().mean()
                scaler.scale(loss * float("inf") if k == bad else loss).backward()
            if unscale:
                scaler.unscale_(optimizer)
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            scaler.step(optimizer)
            scaler.update()


def _clipped_while_scaled(watch: Callable[..., Any]) -> None:
    _scaled(watch, unscale=False)


def _overflowing_once(watch: Callable[..., Any]) -> None:
    _scaled(watch, bad=4)


def train_in(
    watch: Callable[..., Any],
    after: Callable[[nn.Module, Any, int], None],
    *,
    backwards: int = 1,
    bad: int = -1,
    set_to_none: bool = True,
    clear: bool = True,
) -> None:
    """Eight steps of a loop with these habits."""
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    with watch(model, optimizer):
        for k in range(8):
            for _ in range(backwards):
                loss = model(torch.randn(6, 4)).square().mean()
                (loss * float("nan") if k == bad else loss).backward()
            after(model, optimizer, k)
            optimizer.step()
            if clear:
                optimizer.zero_grad(set_to_none=set_to_none)


LOOPS = [_plain, _accumulated, _clipped, _nan_once, _zeroed_in_place, _never_cleared,
         _two_optimizers, _scaled, _clipped_while_scaled, _overflowing_once]  # fmt: skip


def _told(loop: Callable[..., None]) -> list[Event]:
    ear = Ear()
    torch.manual_seed(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loop(partial(gradaudit.watch, on_finding="silent", trace="off", sinks=[ear]))
    # A search through the graph, which is gone before late values are there.
    return [one for one in ear.events() if not isinstance(one, FrontierFound)]


@ASKS
@pytest.mark.parametrize("loop", LOOPS, ids=lambda loop: loop.__name__.strip("_"))
def test_the_same_events_are_told_in_the_same_order(loop: Callable[..., None], asks: int) -> None:
    """Their statuses and norms are those of reading at once, however long they take."""
    at_once = _told(loop)
    with late_cpu(asks) as lane:
        late = _told(loop)
    assert lane.sent
    assert [type(e).__name__ for e in late] == [type(e).__name__ for e in at_once]
    assert [d for a, b in zip(at_once, late, strict=True) for d in differences(a, b)] == []


def test_a_finding_comes_one_step_late() -> None:
    """The step that has used it is over by then; the finding names that step all the same."""
    ear = Ear()
    with late_cpu(asks=2):
        _, audit = train(bad=2, ear=ear)
    (found,) = [f for f in audit.findings if f.code == "GA201"]
    assert found.first_step == 2
    assert ear.findings()["GA201"] == 3
    ear = Ear()
    train(bad=2, ear=ear)
    assert ear.findings()["GA201"] == 2


def test_sync_waits_and_tells_before_the_step() -> None:
    """Nothing is sent anywhere then."""
    with late_cpu(asks=2) as lane, pytest.raises(GradAuditError) as raised:
        train(bad=2, raise_on="error", sync=True)
    assert "GA2" in str(raised.value)
    assert lane.sent == []


def test_what_raises_late_is_raised_before_the_next_step_is_applied() -> None:
    """One bad step has been applied; the next one is not."""
    applied: list[int] = []
    with late_cpu(asks=1), pytest.raises(GradAuditError):
        train(bad=2, raise_on="error", each=lambda step, audit: applied.append(step))
    assert applied == [0, 1, 2]


def test_what_raises_late_in_the_last_step_is_raised_when_the_audit_is_closed(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """And the report is printed first."""
    with late_cpu(asks=50), pytest.raises(GradAuditError):
        train(3, bad=2, raise_on="error", on_finding="log")
    assert "GA201" in capfd.readouterr().err


def test_an_exception_of_the_users_own_is_not_replaced_by_ours() -> None:
    """What is still to come is told, and not raised."""

    def fail(step: int, audit: Any) -> None:
        if step == 2:
            raise KeyError("mine")

    ear = Ear()
    with late_cpu(asks=50), pytest.raises(KeyError):
        train(bad=2, raise_on="error", ear=ear, each=fail)
    assert "GA201" in ear.findings()


@pytest.mark.parametrize("question", ["report", "statuses", "norms", "findings", "pause"])
def test_whoever_asks_is_told_everything_up_to_now(question: str) -> None:
    """Then the device is waited for."""
    ear = Ear()
    backwards: list[int] = []

    def ask(step: int, audit: Any) -> None:
        before = len(ear.of("BackwardEnded"))
        answer = getattr(audit, question)
        if callable(answer):
            answer()
        backwards.append(before)
        backwards.append(len(ear.of("BackwardEnded")))
        if question == "pause":
            audit.resume()

    with late_cpu(asks=1000) as lane:
        train(3, ear=ear, each=ask, trace="off")
    assert backwards == [0, 1, 1, 2, 2, 3]
    assert all(flight.waited for flight in lane.sent)


def test_statuses_and_norms_are_those_of_the_last_backward() -> None:
    """Not of the last one whose values happen to be there."""
    answers: list[dict[str, float]] = []
    model, audit = None, None

    def ask(step: int, audit: Any) -> None:
        answers.append(audit.norms())
        assert set(audit.statuses().values()) == {"nan" if step == 3 else "ok"}

    with late_cpu(asks=1000):
        model, audit = train(4, bad=3, each=ask, trace="off")
    for step in range(3):
        assert all(np.isfinite(list(answers[step].values())))
    assert all(np.isnan(list(answers[3].values())))
    assert audit is not None
    assert model is not None


def test_closing_tells_what_is_still_to_come() -> None:
    """Nothing of a run is lost at its end."""
    ear = Ear()
    with late_cpu(asks=1000, ring=100):
        train(4, ear=ear, trace="off")
    assert [e.number for e in ear.of("BackwardEnded")] == [0, 1, 2, 3]
    assert all(e.measured for e in ear.of("BackwardEnded"))
    assert len(ear.of("StepTaken")) == 4


def test_without_anybody_asking_nothing_waits() -> None:
    """Until the end of the run."""
    with late_cpu(asks=1) as lane:
        train(20, trace="off")
    assert [flight.waited for flight in lane.sent[:-1]] == [False] * (len(lane.sent) - 1)


def test_values_that_never_come_are_told_as_not_measured() -> None:
    """A device that is too far behind: the oldest are given up, and nobody slows down."""
    ear = Ear()
    with late_cpu(asks=1000, ring=3) as lane:
        _, audit = train(12, bad=2, ear=ear, trace="off")
    ended = ear.of("BackwardEnded")
    assert [e.measured for e in ended] == [False] * 9 + [True] * 3
    assert all(np.isnan(e.norm).all() for e in ended[:9])
    assert all(np.isfinite(e.norm).all() for e in ended[9:]) or audit.findings
    assert sum(flight.given_up for flight in lane.sent) == 9
    assert [f for f in audit.findings if f.code == "GA901"] == []


def test_a_loop_that_is_healthy_stays_so_when_values_never_come() -> None:
    """What is not known is never held against it."""
    for habit in (_plain, _accumulated, _zeroed_in_place, _clipped, _two_optimizers):
        ear = Ear()
        with late_cpu(asks=1000, ring=1):
            habit(partial(gradaudit.watch, on_finding="silent", sinks=[ear]))
        assert ear.findings() == {}


def test_a_fault_of_ours_does_not_stop_the_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told of once, and the audit is switched off."""

    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("ours")

    with late_cpu(asks=1):
        monkeypatch.setattr(late_events.LateBackward, "complete", broken)
        model, audit = train(6, trace="off")
    (found,) = [f for f in audit.findings if f.code == "GA901"]
    assert "ZeroDivisionError" in found.message
    assert all(torch.isfinite(p).all() for p in model.parameters())


def test_a_listener_that_fails_is_as_harmless_as_ever() -> None:
    """A sink that raises is switched off, and the run goes on."""

    class Bad(Ear):
        def emit(self, record: Any) -> None:
            raise ZeroDivisionError("theirs")

    with late_cpu(asks=1):
        _, audit = train(6, ear=Bad(), trace="off")
    assert [f.code for f in audit.findings] == ["GA901"]


def test_where_a_graph_is_captured_nothing_is_sent() -> None:
    """The lane says so; those backwards are told as not measured."""
    ear = Ear()

    def capture(step: int, audit: Any) -> None:
        lane.captures = step in (2, 3)

    with late_cpu(asks=0) as lane:
        train(8, ear=ear, each=capture, trace="off")
    assert [e.measured for e in ear.of("BackwardEnded")] == [True] * 3 + [False] * 2 + [True] * 3
    assert len(lane.sent) == 6


def test_a_device_without_memory_left_is_told_as_not_measured() -> None:
    """The audit takes none by force, and listens on."""
    ear = Ear()

    def fill(step: int, audit: Any) -> None:
        lane.fails = "out of memory" if step in (2, 3) else None

    with late_cpu(asks=0) as lane:
        _, audit = train(8, ear=ear, each=fill, trace="off")
    assert [e.measured for e in ear.of("BackwardEnded")] == [True] * 3 + [False] * 2 + [True] * 3
    assert audit.findings == ()


def test_an_error_of_the_device_is_the_users_and_no_fault_of_ours() -> None:
    """What was seen before it is told, without the values that never came."""
    ear = Ear()

    def fail(step: int, audit: Any) -> None:
        if step == 3:
            lane.fails = "device-side assert triggered"
            raise RuntimeError(lane.fails)

    with late_cpu(asks=1000) as lane, pytest.raises(RuntimeError, match="device-side"):
        train(8, ear=ear, each=fail, trace="off")
    assert len(ear.of("BackwardEnded")) == 4
    assert ear.of("ProbeFailed") == []
    assert ear.findings() == {}
