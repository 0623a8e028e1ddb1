"""Trainings under `values="sampled"`: what is found, what is left alone, what the page says."""

from __future__ import annotations

import functools
import math
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from torch import Tensor

import gradaudit
from gradaudit.probes import sampling
from gradaudit.probes.sampling import CHUNK, LARGE, ROUND, WORTH_IT
from tests.loops.patterns import PATTERNS
from tests.oracle import test_random_programs as random_programs
from tests.test_loops import test_the_verdict_on_a_loop as verdict


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Several that wait for each other on a busy machine are fifty times slower."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@contextmanager
def tiny_is_large(rounds: int) -> Iterator[None]:
    """Every tensor of two elements is sampled, in every audit, and chunks have three."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sampling, "LARGE", 1)
        patch.setattr(sampling, "CHUNK", 3)
        patch.setattr(sampling, "WORTH_IT", 0)
        patch.setattr(sampling, "ROUND", rounds)
        patch.setattr(gradaudit, "watch", functools.partial(gradaudit.watch, values="sampled"))
        yield


class Net(torch.nn.Module):
    """Two wide layers (sampled), and small ones around them."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = torch.nn.Linear(8, 400)
        self.wide = torch.nn.Linear(400, 400)
        self.wider = torch.nn.Linear(400, 2400, bias=False)
        self.outer = torch.nn.Linear(2400, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.outer(self.wider(torch.relu(self.wide(torch.tanh(self.inner(x))))))


def _healthy(net: Net, optimizer: torch.optim.Optimizer, x: Tensor, step: int) -> None:
    optimizer.zero_grad()
    net(x).square().mean().backward()


def _without_a_layer(net: Net, optimizer: torch.optim.Optimizer, x: Tensor, step: int) -> None:
    optimizer.zero_grad()
    net.outer(net.wider(torch.ones(len(x), 400))).square().mean().backward()


def _never_cleared(net: Net, optimizer: torch.optim.Optimizer, x: Tensor, step: int) -> None:
    net(x).square().mean().backward()


def _nan_half_way(net: Net, optimizer: torch.optim.Optimizer, x: Tensor, step: int) -> None:
    optimizer.zero_grad()
    loss = net(x).square().mean()
    (loss if step < 20 else loss + torch.log(net.wide.weight[0, 0] * 0.0 - 1.0)).backward()


def _dies_half_way(net: Net, optimizer: torch.optim.Optimizer, x: Tensor, step: int) -> None:
    optimizer.zero_grad()
    factor = 1.0 if step < 20 else 0.0
    (net.outer(net.wider(net.wide(net.inner(x)) * factor))).square().mean().backward()


def _severed(net: Net, optimizer: torch.optim.Optimizer, x: Tensor, step: int) -> None:
    optimizer.zero_grad()
    net.outer(net.wider(net.wide(net.inner(x)).detach())).square().mean().backward()


LOOPS = {
    "a layer is not called": (_without_a_layer, "GA101"),
    "gradients are never cleared": (_never_cleared, "GA301"),
    "NaN from step 20 on": (_nan_half_way, "GA202"),
    "zero from step 20 on": (_dies_half_way, "GA203"),
    "a detach": (_severed, "GA101"),
}


def trained(
    body: Callable[..., None], values: str | None, steps: int = 60
) -> tuple[list[Tensor], set[str], dict[str, str]]:
    """Parameters after a training, the codes of what was found, and the last statuses."""
    torch.manual_seed(0)
    net = Net()
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-3, momentum=0.9)
    batches = torch.randn(steps, 16, 8)
    if values is None:
        for step in range(steps):
            body(net, optimizer, batches[step], step)
            optimizer.step()
        return list(net.parameters()), set(), {}
    options: Any = {"values": values, "on_finding": "silent"}
    with gradaudit.watch(net, optimizer, **options) as audit:
        for step in range(steps):
            body(net, optimizer, batches[step], step)
            optimizer.step()
        last = audit.statuses()
    return list(net.parameters()), {f.code for f in audit.findings}, last


@pytest.mark.parametrize("loop", LOOPS)
def test_a_mistake_is_found_as_with_all_values(loop: str) -> None:
    """The same rules speak, and the statuses at the end are the same."""
    body, code = LOOPS[loop]
    _, sampled, last = trained(body, "sampled")
    _, everything, same = trained(body, "all")
    assert code in sampled
    assert sampled == everything
    assert last == same


def test_a_gradient_that_is_wrong_all_by_itself_is_named_within_a_round() -> None:
    """A NaN that only one large weight gets, and that the loop takes out before it steps."""
    torch.manual_seed(0)
    net = Net()
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-3)
    weight = net.wider.weight
    first = None
    with gradaudit.watch(net, optimizer, values="sampled", on_finding="silent") as audit:
        for step in range(40):
            _healthy(net, optimizer, torch.randn(16, 8), step)
            assert set(audit.statuses().values()) == {"ok"} or step > 20
            if step == 20:
                weight.register_hook(poisoned)
            if first is None and audit.statuses()["wider.weight"] == "nan":
                first = step
                assert sum(s == "nan" for s in audit.statuses().values()) == 1
            assert weight.grad is not None
            torch.nan_to_num_(weight.grad)
            optimizer.step()
    assert first is not None
    assert 21 <= first < 21 + ROUND


def poisoned(gradient: Tensor) -> Tensor:
    """Another tensor of the same numbers but one."""
    gradient = gradient.clone()
    gradient[333, 222] = math.nan
    return gradient


def test_the_training_is_the_same_bit_for_bit() -> None:
    """With the audit and without it; and of a healthy loop nothing is said."""
    audited, codes, _ = trained(_healthy, "sampled")
    bare, _, _ = trained(_healthy, None)
    assert all(torch.equal(a, b) for a, b in zip(audited, bare, strict=True))
    assert not codes
    assert all(
        torch.equal(a, b)
        for a, b in zip(trained(_never_cleared, "sampled")[0], trained(_never_cleared, None)[0])
    )


def test_a_model_of_many_sizes_is_healthy_all_along() -> None:
    """An embedding whose rows come by chance: estimates of its norm raise no alarm."""
    torch.manual_seed(1)
    table = torch.nn.Embedding(40_000, 32)
    head = torch.nn.Linear(32, 5)
    modules = torch.nn.ModuleList([table, head])
    optimizer = torch.optim.SGD(modules.parameters(), lr=0.1)
    with gradaudit.watch(modules, optimizer, values="sampled", on_finding="silent") as audit:
        for step in range(150):
            words = torch.randint(0, 40_000 if step % 7 else 50, (12,))
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(head(table(words)), words % 5).backward()
            optimizer.step()
            assert set(audit.statuses().values()) == {"ok"}
    assert not audit.findings


@settings(random_programs._QUICK, max_examples=20)
@given(random_programs.programs())
def test_in_rounds_of_one_the_audit_says_what_the_oracle_says(
    program: random_programs.Program,
) -> None:
    """Arrival, status and norm of random programs, with all chunks read in each backward."""
    with tiny_is_large(rounds=1):
        random_programs.check(program)


@pytest.mark.slow
@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda p: p.title)
def test_the_verdict_on_a_loop_is_that_of_all_values(pattern: Any) -> None:
    """Broken loops are told of and healthy ones left alone, with all of their tensors sampled."""
    with tiny_is_large(rounds=ROUND), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        verdict(pattern)


PAGE = (Path(__file__).parents[1] / "docs" / "sampled.md").read_text(encoding="utf-8")


def test_the_example_of_the_page_prints_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    """docs/sampled.md is run."""
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)
    (prints,) = re.findall(r"^<!-- prints -->\n```text\n(.*?)^```$", PAGE, re.M | re.S)
    exec(compile(code, "docs/sampled.md", "exec"), {"__name__": "page"})
    assert capsys.readouterr().out == prints


def test_the_numbers_of_the_page_are_those_of_the_code() -> None:
    """Sizes and counts."""
    for number in (LARGE, CHUNK, WORTH_IT):
        assert f"{number:,}" in PAGE
    assert f"{ROUND} backwards" in PAGE


def test_a_loop_that_clips_reads_all_and_the_audit_with_it() -> None:
    """The pass of `clip_grad_norm_` serves both: norms are exact, and one NaN is seen at once."""
    torch.manual_seed(0)
    net = Net()
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-3)
    poisoned = [False]

    def poison(grad: Tensor) -> Tensor:
        if poisoned[0]:
            grad = grad.clone()
            grad[1234, 321] = math.nan
        return grad

    net.wider.weight.register_hook(poison)
    exact = 0
    with gradaudit.watch(net, values="sampled", trace="off", on_finding="silent") as audit:
        for step in range(60):
            poisoned[0] = step == 53
            optimizer.zero_grad()
            net(torch.randn(4, 8)).square().mean().backward()
            true = [float(p.grad.norm()) for p in net.parameters() if p.grad is not None]
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            if poisoned[0]:
                break
            optimizer.step()
            if step >= 20:  # after the step, for a question would have it read before clipping
                exact += list(audit.norms().values()) == pytest.approx(true, rel=1e-6)
        assert exact > 25
        assert audit.statuses()["wider.weight"] == "nan"


def test_norms_that_clipping_gave_are_shared_out_to_the_chunks() -> None:
    """What was read whole is what is known of each part, until its turn comes."""
    meter = sampling.SampledMeter()
    gradients = [torch.randn(2000, 600), torch.randn(5)]
    for _ in range(3):
        meter.measure(gradients)
    gradients[0] *= 100.0
    found = meter.total(gradients)
    assert found is not None
    meter.took(found[0], found[1])
    gradients[0] *= 1.001  # seen in a sixteenth of it
    _, norm = meter.measure(gradients)
    assert norm[0] == pytest.approx(float(gradients[0].norm()), rel=2e-3)
