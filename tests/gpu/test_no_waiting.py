"""On a real GPU: a healthy step makes the host wait for nothing, and what is wrong is told late."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import nn

import gradaudit
from gradaudit.errors import GradAuditError
from gradaudit.probes import late_lanes
from gradaudit.probes.late_values import LateMeter
from gradaudit.probes.measure import GradientMeter
from tests.late.listening import Ear

STEPS = 50


@contextmanager
def _no_waiting() -> Generator[None]:
    """Any operation of torch's that waits for the GPU raises."""
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode("default")


def _network(width: int = 64) -> nn.Module:
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    for _ in range(4):
        layers += [nn.Linear(width, width), nn.LayerNorm(width), nn.GELU()]
    return nn.Sequential(*layers, nn.Dropout(0.1), nn.Linear(width, 8)).cuda()


def _batch(width: int = 64) -> tuple[torch.Tensor, torch.Tensor]:
    return (
        torch.randn(16, width, device="cuda"),
        torch.randint(0, 8, (16,), device="cuda"),
    )


def _watch(model: nn.Module, stepper: torch.optim.Optimizer) -> gradaudit.Watch:
    return gradaudit.watch(model, stepper, on_finding="silent", trace="off")


Make = Callable[[Any], torch.optim.Optimizer]
OPTIMIZERS: dict[str, Make] = {
    "sgd": lambda p: torch.optim.SGD(p, 0.01, momentum=0.9),
    "sgd, fused": lambda p: torch.optim.SGD(p, 0.01, fused=True),
    "adamw, foreach": lambda p: torch.optim.AdamW(p, 1e-3, foreach=True),
    "adamw, fused": lambda p: torch.optim.AdamW(p, 1e-3, fused=True),
}


@pytest.mark.parametrize("trace", ["off", "auto", "always"])
@pytest.mark.parametrize("habit", ["plain", "in place", "clipped", "accumulated", "bf16"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_fifty_healthy_steps_wait_for_nothing(optimizer: str, habit: str, trace: Any) -> None:
    """Whatever the optimizer and the habits of the loop, traced or not."""
    model = _network()
    if habit == "bf16":
        model = model.bfloat16()
    stepper = OPTIMIZERS[optimizer](model.parameters())
    with gradaudit.watch(model, stepper, on_finding="silent", trace=trace) as audit:
        with _no_waiting():
            for _ in range(STEPS):
                for _ in range(3 if habit == "accumulated" else 1):
                    x, y = _batch()
                    x = x.bfloat16() if habit == "bf16" else x
                    nn.functional.cross_entropy(model(x), y).backward()
                if habit == "clipped":
                    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                stepper.step()
                stepper.zero_grad(set_to_none=habit != "in place")
        report = audit.report()
        norms = audit.norms()
    assert report.findings == ()
    assert report.steps == STEPS
    assert all(0 < norm < math.inf for norm in norms.values())


@pytest.mark.parametrize("fused", [False, True])
def test_a_gradient_scaler_does_not_make_it_wait(fused: bool) -> None:
    """With a fused optimizer torch itself does not wait; else it does, in `scaler.step` alone."""
    model = _network()
    stepper = torch.optim.AdamW(model.parameters(), 1e-3, fused=fused)
    scaler = torch.amp.GradScaler("cuda", init_scale=1024.0)
    ear = Ear()
    with gradaudit.watch(model, stepper, on_finding="silent", sinks=[ear]) as audit:
        for _ in range(10):
            with _no_waiting():
                with torch.autocast("cuda", torch.float16):
                    x, y = _batch()
                    loss = nn.functional.cross_entropy(model(x), y)
                scaler.scale(loss).backward()
                if fused:
                    scaler.step(stepper)
            if not fused:
                scaler.step(stepper)
            scaler.update()
            stepper.zero_grad()
        findings = audit.findings
    assert findings == ()
    ended = ear.of("BackwardEnded")
    assert {event.scale for event in ended} == {1024.0}
    assert all(0 < event.loss < 20 for event in ended), "told without the scale"


def test_values_are_those_of_reading_at_once() -> None:
    """Of every dtype, of NaN and Inf, of what overflows and of what is nearly zero."""
    tensors: list[torch.Tensor | None] = [None]
    for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        for values in (
            [1.5, -2.0, 0.0],
            [0.0, -0.0],
            [1.0, math.nan],
            [-math.inf, 1.0],
            [math.inf, math.nan],
            [torch.finfo(dtype).tiny],
            [torch.finfo(dtype).max / 2],
        ):
            tensors.append(torch.tensor(values, dtype=dtype, device="cuda"))
        for size in (65_535, 65_536, 65_537, 1_000_003):
            spoiled = torch.randn(size, device="cuda").to(dtype)
            tensors.append(spoiled.clone())
            spoiled[-1] = math.nan
            tensors.append(spoiled)
        tensors.append(torch.randn(7, 5, device="cuda").to(dtype).t())
        tensors.append(torch.randn(1001, device="cuda").to(dtype)[1:])
        tensors.append(torch.zeros(0, dtype=dtype, device="cuda"))
    status, norm = GradientMeter().measure(tensors)
    with _no_waiting():
        reading = LateMeter().ask(tensors)
    reading.wait()
    assert reading.is_ready()
    assert reading.status.tolist() == status.tolist()
    assert reading.norm.tolist() == pytest.approx(norm.tolist(), rel=1e-4, nan_ok=True)


def test_a_nan_is_told_one_step_late_with_its_line_where_the_step_was_traced() -> None:
    """And the step that used it is named."""
    ear = Ear()
    model = _network()
    stepper = torch.optim.SGD(model.parameters(), 0.01)
    with gradaudit.watch(model, stepper, on_finding="silent", trace="always", sinks=[ear]) as audit:
        for step in range(8):
            ear.step = step
            x, y = _batch()
            out = model(x)
            if step == 3:
                out = torch.sqrt(out * 0)
            (out.mean() if step == 3 else nn.functional.cross_entropy(out, y)).backward()
            stepper.step()
            stepper.zero_grad()
            torch.cuda.synchronize()
        findings = {f.code: f for f in audit.findings}
    assert findings["GA201"].first_step == 3
    assert findings["GA201"].cause is not None
    assert "sqrt" in str(findings["GA201"].cause.op)
    assert ear.findings()["GA201"] == 4


def test_sync_raises_before_the_step() -> None:
    """The weights are still good then; without it they are not."""
    for sync in (True, False):
        model = _network()
        stepper = torch.optim.SGD(model.parameters(), 0.01)
        audit = gradaudit.watch(model, stepper, on_finding="silent", raise_on="error", sync=sync)
        taken: list[int] = []
        with pytest.raises(GradAuditError):
            _train_into_a_nan(model, stepper, taken)
        audit.close("stopped")
        good = all(bool(torch.isfinite(p).all()) for p in model.parameters())
        assert (taken, good) == (([0], True) if sync else ([0, 1], False))


def _train_into_a_nan(model: nn.Module, stepper: torch.optim.Optimizer, taken: list[int]) -> None:
    for step in range(4):
        x, y = _batch()
        loss = nn.functional.cross_entropy(model(x), y)
        (loss * math.nan if step == 1 else loss).backward()
        stepper.step()
        taken.append(step)
        stepper.zero_grad()
        torch.cuda.synchronize()


def test_training_is_the_same_bit_for_bit() -> None:
    """With an audit and without."""
    results: list[list[torch.Tensor]] = []
    for audited in (False, True):
        model = _network()
        stepper = torch.optim.AdamW(model.parameters(), 1e-3)
        torch.manual_seed(1)
        audit = _watch(model, stepper) if audited else None
        for _ in range(10):
            x, y = _batch()
            nn.functional.cross_entropy(model(x), y).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            stepper.step()
            stepper.zero_grad()
        if audit is not None:
            audit.close()
        results.append([p.detach().clone() for p in model.parameters()])
    assert all(torch.equal(a, b) for a, b in zip(*results, strict=True))


def test_two_devices_send_a_vector_each() -> None:
    """A model that is spread over them is read as one."""
    first = nn.Linear(64, 64, device="cuda:0")
    second = nn.Linear(64, 8, device="cuda:1")
    stepper = torch.optim.SGD([*first.parameters(), *second.parameters()], 0.01)
    with gradaudit.watch([first, second], stepper, on_finding="silent", trace="off") as audit:
        for _ in range(10):
            x = torch.randn(16, 64, device="cuda:0")
            second(first(x).to("cuda:1")).square().mean().backward()
            stepper.step()
            stepper.zero_grad()
        norms = audit.norms()
        findings = audit.findings
    assert findings == ()
    assert len(norms) == 4
    assert all(0 < norm < math.inf for norm in norms.values())


def test_buffers_are_pinned_and_made_once() -> None:
    """A copy into other memory would wait, and torch does not say so."""
    model = _network()
    stepper = torch.optim.SGD(model.parameters(), 0.01)
    seen: list[int] = []
    with gradaudit.watch(model, stepper, on_finding="silent", trace="off"):
        for step in range(60):
            x, y = _batch()
            nn.functional.cross_entropy(model(x), y).backward()
            stepper.step()
            stepper.zero_grad()
            if step >= 20:
                lane = late_lanes.lane_of(torch.device("cuda", torch.cuda.current_device()))
                assert isinstance(lane, late_lanes.EventLane)
                assert all(slot.buffer.is_pinned() for slot in lane._ring)
                seen.append(len(lane._ring))
    assert max(seen) <= late_lanes.RING


def test_a_thousand_tensors_take_less_than_a_megabyte_of_the_device() -> None:
    """At the peak, beyond what training takes."""
    peaks: list[int] = []
    for audited in (False, True):
        torch.manual_seed(0)
        model = nn.ParameterList([torch.randn(64, 64) for _ in range(1000)]).cuda()
        stepper = torch.optim.SGD(model.parameters(), 0.01)
        audit = _watch(model, stepper) if audited else None
        for step in range(6):
            if step == 3:
                torch.cuda.synchronize()
                torch.cuda.reset_peak_memory_stats()
            torch.stack([p.square().sum() for p in model]).sum().backward()
            stepper.step()
            stepper.zero_grad()
        torch.cuda.synchronize()
        peaks.append(torch.cuda.max_memory_allocated())
        if audit is not None:
            audit.close()
        del model, stepper, audit
    assert peaks[1] - peaks[0] < 1_000_000


def test_a_cuda_graph_can_be_captured_and_replayed() -> None:
    """Nothing of ours gets into it; what it does is told as not seen."""
    model = nn.Sequential(nn.Linear(32, 32), nn.GELU(), nn.Linear(32, 4)).cuda()
    stepper = torch.optim.SGD(model.parameters(), 0.01)
    x = torch.randn(16, 32, device="cuda")
    with gradaudit.watch(model, stepper, on_finding="silent", trace="off") as audit:
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                stepper.zero_grad(set_to_none=True)
                model(x).square().mean().backward()
                stepper.step()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        stepper.zero_grad(set_to_none=True)
        with torch.cuda.graph(graph):
            loss = model(x).square().mean()
            loss.backward()
            stepper.step()
        first = loss.item()
        for _ in range(20):
            x.normal_()
            graph.replay()
        report = audit.report()
    assert math.isfinite(first)
    assert loss.item() < 10
    assert [f.code for f in report.findings if f.severity.value != "info"] in ([], ["GA902"])
    assert not [f for f in report.findings if f.code == "GA901"]


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["default", "reduce-overhead"])
def test_compiled_steps_keep_working(mode: str) -> None:
    """Compiled forwards and backwards, with CUDA graphs of torch.compile's own as well."""
    model = _network()
    stepper = torch.optim.AdamW(model.parameters(), 1e-3)
    compiled: Any = torch.compile(model, mode=mode)
    with gradaudit.watch(model, stepper, on_finding="silent", trace="off") as audit:
        for _ in range(12):
            torch.compiler.cudagraph_mark_step_begin()
            x, y = _batch()
            nn.functional.cross_entropy(compiled(x), y).backward()
            stepper.step()
            stepper.zero_grad()
        report = audit.report()
        norms = audit.norms()
    assert report.findings == ()
    assert report.backwards == 12
    assert all(0 < norm < math.inf for norm in norms.values())
