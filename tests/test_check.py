"""`gradaudit.check`: one training step, judged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

import gradaudit
from gradaudit import Report, Severity

HERE = Path(__file__).name


class Net(nn.Module):
    """Two layers; `between` comes between them."""

    def __init__(self, between: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.encoder, self.head = nn.Linear(4, 3), nn.Linear(3, 1)
        self.between = between

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.between(self.encoder(x)))


def cut(h: torch.Tensor) -> torch.Tensor:
    return h.detach()  # the cut


def line_of_the_cut() -> int:
    lines = Path(__file__).read_text().splitlines()
    return next(i for i, line in enumerate(lines, 1) if line.endswith("# the cut"))


def loud(report: Report) -> list[str]:
    return [f.code for f in report.findings if f.severity is not Severity.INFO]


@pytest.mark.parametrize("steps", [False, True], ids=["backward alone", "with a step"])
@pytest.mark.parametrize("given", [False, True], ids=["found", "given"])
def test_a_cut_is_named(steps: bool, given: bool) -> None:
    """Whether an optimizer steps or not: code, parameters, kind and line."""
    model = Net(cut)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def step() -> None:
        optimizer.zero_grad()
        model(torch.ones(2, 4)).sum().backward()
        if steps:
            optimizer.step()

    report = gradaudit.check(step, model, optimizer if given else None)
    (finding,) = [f for f in report.findings if f.severity is not Severity.INFO]
    assert finding.code == "GA101"
    assert finding.parameters == ("encoder.weight", "encoder.bias")
    assert finding.cause is not None
    assert (finding.cause.kind, finding.cause.line) == ("detach", line_of_the_cut())
    assert report.steps == int(steps)
    assert report.backwards == 1


@pytest.mark.parametrize("steps", [False, True])
def test_a_healthy_step_has_no_findings(steps: bool) -> None:
    """And it does what it does without us."""
    torch.manual_seed(0)
    model = Net(torch.tanh)
    twin = Net(torch.tanh)
    twin.load_state_dict(model.state_dict())
    optimizers = [torch.optim.SGD(m.parameters(), lr=0.1) for m in (model, twin)]

    def step(m: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        optimizer.zero_grad()
        m(torch.ones(2, 4)).sum().backward()
        if steps:
            optimizer.step()

    report = gradaudit.check(lambda: step(model, optimizers[0]), model, optimizers[0])
    step(twin, optimizers[1])
    assert report.findings == ()
    assert all(
        torch.equal(a, b) for a, b in zip(model.parameters(), twin.parameters(), strict=True)
    )


def test_without_any_optimizer() -> None:
    """Bare functions and leaf tensors: judged as an optimizer of all would find them."""
    weight, bias = torch.ones(3, requires_grad=True), torch.zeros(3, requires_grad=True)

    def step() -> None:
        (cut(weight * 2) + bias).sum().backward()

    report = gradaudit.check(step, {"weight": weight, "bias": bias})
    assert loud(report) == ["GA101"]
    assert report.findings[0].parameters == ("weight",)
    assert gradaudit.check(lambda: (weight * bias).sum().backward(), [weight, bias]).findings == ()


def test_nothing_arrived_at_all() -> None:
    """One step is enough to say so: an error."""
    model = Net(torch.tanh)
    scale = torch.ones(1, requires_grad=True)
    report = gradaudit.check(lambda: (cut(model(torch.ones(2, 4))) * scale).sum().backward(), model)
    (finding,) = report.findings
    assert (finding.code, finding.severity) == ("GA101", Severity.ERROR)
    assert len(finding.parameters) == 4
    assert finding.cause is not None
    assert (finding.cause.kind, finding.cause.line) == ("detach", line_of_the_cut())


def test_an_error_of_autograd_is_a_finding() -> None:
    """It is explained, and not raised again."""
    model = Net(torch.tanh)
    report = gradaudit.check(lambda: cut(model(torch.ones(1, 4))).sum().backward(), model)
    assert loud(report) == ["GA104"]
    assert report.exception is not None
    assert "does not require grad" in report.exception
    leaf = torch.ones(2, requires_grad=True)

    def in_place() -> None:
        leaf.add_(1)

    assert loud(gradaudit.check(in_place, [leaf])) == ["GA702"]


def test_other_errors_are_raised() -> None:
    """What `step` raises of its own is the caller's business."""
    with pytest.raises(ZeroDivisionError):
        gradaudit.check(lambda: 1 / 0, Net(torch.tanh))


@pytest.mark.parametrize(
    ("step", "words"), [(1.0, "got float"), (torch.ones(1), "got a tensor"), (lambda: 1, "none")]
)
def test_what_checks_nothing_is_refused(step: object, words: str) -> None:
    """A check that saw no backward must not pass."""
    with pytest.raises(gradaudit.UsageError, match=words):
        gradaudit.check(step, Net(torch.tanh))  # type: ignore[arg-type]


def test_non_finite_gradients() -> None:
    """Found in the one step, with the line."""
    leaf = torch.zeros(2, requires_grad=True)
    report = gradaudit.check(lambda: leaf.sqrt().sum().backward(), {"leaf": leaf})
    codes = [f.code for f in report.findings]
    assert "GA201" in codes
    cause = report.findings[codes.index("GA201")].cause
    assert cause is not None
    assert cause.file is not None
    assert cause.file.endswith(HERE)
