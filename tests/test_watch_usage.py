"""`with gradaudit.watch(...)` in one process: what may be passed, what is raised, what is named."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import gradaudit
from gradaudit import GradAuditError, UsageError


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def mlp() -> nn.Sequential:
    return nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 2))


def loss_of(model: nn.Module) -> torch.Tensor:
    return model(torch.randn(6, 4)).pow(2).mean()


def codes(report: Any, *severities: str) -> set[str]:
    wanted = severities or ("error", "warning")
    return {f.code for f in report.findings if f.severity in wanted}


def named(report: Any, code: str) -> set[str]:
    return {name for f in report.findings if f.code == code for name in f.parameters}


# ---------------------------------------------------------------- what is found


def test_a_model_without_zero_grad() -> None:
    net = mlp()
    opt = torch.optim.SGD(net.parameters(), lr=0.01)
    with gradaudit.watch(net, on_finding="silent") as audit:
        for _ in range(3):
            loss_of(net).backward()
            opt.step()
    report = audit.report()
    assert codes(report) == {"GA301"}
    assert named(report, "GA301") == {"0.weight", "0.bias", "2.weight", "2.bias"}


def test_names_of_a_dict_go_in_front() -> None:
    g, d = nn.Linear(4, 4), nn.Linear(4, 1)
    opt = torch.optim.Adam(g.parameters(), lr=1e-3)
    with gradaudit.watch({"G": g, "D": d}, on_finding="silent") as audit:
        for _ in range(25):
            g.zero_grad()
            d.zero_grad()
            d(g(torch.randn(5, 4))).mean().backward()
            opt.step()
    report = audit.report()
    assert codes(report) == {"GA401"}
    assert named(report, "GA401") == {"D.weight", "D.bias"}


def test_a_list_of_models_and_optimizers_one_of_which_never_steps() -> None:
    a, b = nn.Linear(4, 3), nn.Linear(3, 1)
    first, second = (torch.optim.SGD(m.parameters(), lr=0.01) for m in (a, b))
    with gradaudit.watch([a, b], [first, second], names=["a", "b"], on_finding="silent") as audit:
        for _ in range(25):
            first.zero_grad()
            second.zero_grad()
            b(a(torch.randn(5, 4))).mean().backward()
            first.step()
    report = audit.report()
    assert codes(report) == {"GA304"}
    assert named(report, "GA304") == {"b.weight", "b.bias"}
    (finding,) = (f for f in report.findings if f.code == "GA304")
    assert finding.optimizer == "second"


def test_models_in_a_list_have_the_names_of_their_variables() -> None:
    encoder, decoder = nn.Linear(4, 3), nn.Linear(3, 1)
    opt = torch.optim.SGD([*encoder.parameters(), *decoder.parameters()], lr=0.01)
    with gradaudit.watch([encoder, decoder], on_finding="silent") as audit:
        decoder(encoder(torch.randn(5, 4))).mean().backward()
        opt.step()
        assert set(audit.statuses()) == {
            "encoder.weight",
            "encoder.bias",
            "decoder.weight",
            "decoder.bias",
        }


def test_bare_tensors_have_the_names_of_their_variables() -> None:
    slope = torch.randn(4, requires_grad=True)
    shift = torch.zeros(1, requires_grad=True)
    opt = torch.optim.SGD([slope, shift], lr=0.01)
    with gradaudit.watch([slope, shift], on_finding="silent") as audit:
        for _ in range(5):
            opt.zero_grad()
            (torch.randn(6, 4) @ slope).mean().backward()
            opt.step()
        assert audit.statuses() == {"slope": "ok", "shift": "none"}
    assert named(audit.report(), "GA101") == {"shift"}


def test_a_bare_tensor_that_no_optimizer_holds() -> None:
    net, scale = nn.Linear(4, 2), torch.ones(1, requires_grad=True)
    opt = torch.optim.SGD(net.parameters(), lr=0.01)
    with gradaudit.watch({"net": net, "scale": scale}, on_finding="silent") as audit:
        for _ in range(25):
            opt.zero_grad()
            scale.grad = None
            (net(torch.randn(6, 4)) * scale).pow(2).mean().backward()
            opt.step()
    assert named(audit.report(), "GA401") == {"scale"}


def test_an_optimizer_whose_every_parameter_was_replaced() -> None:
    net = nn.Linear(4, 2)
    opt = torch.optim.SGD(net.parameters(), lr=0.01)
    with gradaudit.watch(net, opt, on_finding="silent") as audit:
        state = {k: v.clone() for k, v in net.state_dict().items()}
        net.load_state_dict(state, assign=True)
        for _ in range(10):
            net.zero_grad()
            loss_of(net).backward()
            opt.step()
    assert ("GA402", "error") in {(f.code, f.severity) for f in audit.report().findings}


def test_pause_and_resume() -> None:
    net = mlp()
    opt = torch.optim.SGD(net.parameters(), lr=0.01)
    with gradaudit.watch(net, on_finding="silent") as audit:
        audit.pause()
        for _ in range(4):
            loss_of(net).backward()
            opt.step()
        opt.zero_grad()
        audit.resume()
        for _ in range(4):
            opt.zero_grad()
            loss_of(net).backward()
            opt.step()
    assert codes(audit.report()) == set()


def test_used_without_with_and_closed_twice() -> None:
    net = mlp()
    opt = torch.optim.SGD(net.parameters(), lr=0.01)
    audit = gradaudit.watch(net, on_finding="silent")
    for _ in range(2):
        loss_of(net).backward()
        opt.step()
    audit.close()
    audit.close()
    assert codes(audit.report()) == {"GA301"}


def test_an_exception_passes_and_the_report_is_there() -> None:
    net = mlp()
    opt = torch.optim.SGD(net.parameters(), lr=0.01)
    audit = gradaudit.watch(net, on_finding="silent")

    def train() -> None:
        with audit:
            for _ in range(3):
                loss_of(net).backward()
                opt.step()
            raise KeyError("mine")

    with pytest.raises(KeyError):
        train()
    assert codes(audit.report()) == {"GA301"}


def test_a_callable_hears_each_finding_once() -> None:
    net, heard = mlp(), []
    opt = torch.optim.SGD(net.parameters(), lr=0.01)
    with gradaudit.watch(net, on_finding=heard.append):
        for _ in range(12):
            loss_of(net).backward()
            opt.step()
    assert [f.code for f in heard] == ["GA301"]


# ---------------------------------------------------------------- raise_on


def test_raise_on_error_comes_before_the_step_is_applied() -> None:
    net = mlp()
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    with gradaudit.watch(net, raise_on="error", on_finding="silent"):
        (loss_of(net) * float("inf")).backward()
        before = [p.detach().clone() for p in net.parameters()]
        with pytest.raises(GradAuditError) as caught:
            opt.step()
    assert all(torch.equal(b, p) for b, p in zip(before, net.parameters(), strict=True))
    assert {f.code for f in caught.value.findings} >= {"GA201"}


def test_raise_on_error_at_the_second_step_of_a_loop_that_never_clears() -> None:
    net = mlp()
    opt = torch.optim.Adam(net.parameters(), lr=0.1)
    with gradaudit.watch(net, raise_on="error", on_finding="silent"):
        loss_of(net).backward()
        opt.step()
        before = [p.detach().clone() for p in net.parameters()]
        loss_of(net).backward()
        with pytest.raises(GradAuditError, match="GA301"):
            opt.step()
    assert all(torch.equal(b, p) for b, p in zip(before, net.parameters(), strict=True))


def test_raise_on_warning_for_a_warning() -> None:
    net = mlp()
    opt = torch.optim.SGD(net[2].parameters(), lr=0.1)

    def train() -> None:
        for _ in range(30):
            net.zero_grad()
            loss_of(net).backward()
            opt.step()

    with (
        gradaudit.watch(net, raise_on="warning", on_finding="silent"),
        pytest.raises(GradAuditError, match="GA401"),
    ):
        train()


def test_raise_on_error_leaves_a_warning_alone() -> None:
    net = mlp()
    opt = torch.optim.SGD(net[2].parameters(), lr=0.1)
    with gradaudit.watch(net, raise_on="error", on_finding="silent"):
        for _ in range(30):
            net.zero_grad()
            loss_of(net).backward()
            opt.step()


def test_raise_on_with_an_ignored_code_does_not_raise() -> None:
    net = mlp()
    opt = torch.optim.SGD(net.parameters(), lr=0.01)
    with gradaudit.watch(net, raise_on="error", ignore="GA301", on_finding="silent") as audit:
        for _ in range(4):
            loss_of(net).backward()
            opt.step()
    assert codes(audit.report()) == set()


# ---------------------------------------------------------------- select, ignore


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"select": "GA3"}, {"GA301"}),
        ({"select": ["missing-zero-grad"]}, {"GA301"}),
        ({"select": ("GA401",)}, {"GA401"}),
        ({"ignore": "GA3"}, {"GA401"}),
        ({"select": "GA3", "ignore": ["GA301"]}, set()),
        ({"ignore_parameters": "0.*"}, {"GA301"}),
        ({"ignore_parameters": ["*.weight", "*.bias"]}, set()),
    ],
)
def test_what_is_selected_is_told(options: dict[str, Any], expected: set[str]) -> None:
    net = mlp()
    opt = torch.optim.SGD(net[2].parameters(), lr=0.01)
    with gradaudit.watch(net, on_finding="silent", **options) as audit:
        for _ in range(10):
            net[0].zero_grad()
            F.mse_loss(net(torch.randn(6, 4)), torch.zeros(6, 2)).backward()
            opt.step()
    assert codes(audit.report()) == expected


# ---------------------------------------------------------------- bad inputs

LEAF = torch.ones(2, requires_grad=True)
NET = nn.Linear(2, 2)
OTHER = torch.optim.SGD(nn.Linear(2, 2).parameters(), lr=0.1)


@pytest.mark.parametrize(
    ("models", "optimizers", "options"),
    [
        (None, None, {}),
        (nn.Linear, None, {}),
        ("model", None, {}),
        (3, None, {}),
        ([], None, {}),
        ({}, None, {}),
        (nn.ReLU(), None, {}),
        ([NET, None], None, {}),
        ({"net": "net"}, None, {}),
        (LEAF * 2, None, {}),
        (NET.parameters(), None, {}),
        ([NET, [NET]], None, {}),
        (torch.ones(3, dtype=torch.int64), None, {}),
        (torch.ones(3), None, {}),
        (NET, NET, {}),
        (NET, "adam", {}),
        (NET, [None], {}),
        (NET, OTHER, {}),
        (NET, torch.optim.SGD, {}),
        (NET, torch.optim.lr_scheduler.StepLR(OTHER, 1), {}),
        (NET, None, {"names": ["a", "b"]}),
        (NET, None, {"names": "net"}),
        ({"net": NET}, None, {"names": ["a"]}),
        ([NET, LEAF], None, {"names": [1]}),
        (NET, None, {"select": "GA999"}),
        (NET, None, {"ignore": ["nonsense"]}),
        (NET, None, {"select": 3}),
        (NET, None, {"ignore_parameters": "encoder.*"}),
        (NET, None, {"ignore_parameters": 5}),
        (NET, None, {"raise_on": "info"}),
        (NET, None, {"raise_on": True}),
        (NET, None, {"on_finding": "shout"}),
        (NET, None, {"on_finding": 1}),
        (NET, None, {"every": 0}),
        (NET, None, {"every": 1.5}),
        (NET, None, {"trace": "yes"}),
        (NET, None, {"values": "some"}),
        (NET, None, {"ranks": "all"}),
        (NET, None, {"sync": "no"}),
        (NET, None, {"log_dir": 7}),
        (NET, None, {"log_dir": ""}),
        (NET, None, {"sinks": [object()]}),
        (NET, None, {"sinks": 3}),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_bad_input_is_one_clear_sentence(
    models: Any, optimizers: Any, options: dict[str, Any]
) -> None:
    with pytest.raises(UsageError) as caught:
        gradaudit.watch(models, optimizers, **options).close()
    text = str(caught.value)
    assert "expected" in text
    assert "got" in text
    assert "\n" not in text


def test_a_log_dir_that_is_a_file(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text("")
    with pytest.raises(UsageError):
        gradaudit.watch(NET, log_dir=file).close()


def test_a_failed_watch_leaves_no_log_dir_behind(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        gradaudit.watch(NET, OTHER, log_dir=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()
