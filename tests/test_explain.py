"""`gradaudit.explain` at a prompt, within a watch, and within `gradaudit explain`."""

from __future__ import annotations

import gc
import json
import warnings
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

import gradaudit
from gradaudit import Explanation, explain
from gradaudit.tracing.explanation import REASONS
from tests.support.forked import RunServer

HERE = Path(__file__)


def line_of(mark: str) -> int:
    lines = HERE.read_text().splitlines()
    return next(i for i, line in enumerate(lines, 1) if line.endswith(f"# {mark}"))


def told(answer: Explanation) -> tuple[str, str | None]:
    """Reason and kind; and whatever is said is complete."""
    assert answer.reason in REASONS
    assert answer.message.endswith(".")
    assert answer.site is not None
    assert Path(answer.site.file).name == HERE.name
    assert str(answer).startswith(f"{answer.tensor or 'this tensor'}.grad: {answer.reason}\n")
    return answer.reason, None if answer.cause is None else answer.cause.kind


def leaf(n: int = 3) -> torch.Tensor:
    return torch.ones(n, requires_grad=True)


# ---------------------------------------------------------------------- at a prompt


def test_a_result_is_not_a_leaf() -> None:
    """What to do is said with the user's names."""
    weights = leaf()
    doubled = weights * 2
    doubled.sum().backward()
    answer = explain(doubled)
    assert told(answer) == ("not-a-leaf", None)
    assert answer.tensor == "doubled"
    assert "doubled.retain_grad()" in answer.fix
    assert "weights.grad" in answer.fix


def test_a_leaf_that_is_held_by_nobody() -> None:
    """`torch.randn(..., requires_grad=True) * 0.1`: the leaf is out of reach."""
    weights = leaf() * 0.1
    answer = explain(weights)
    assert told(answer) == ("not-a-leaf", None)
    assert "no variable holds" in answer.message
    assert "requires_grad_() last" in answer.fix


def test_flags_alone() -> None:
    """Without a watch nobody knows the line, and none is made up."""
    frozen, counts = torch.ones(2), torch.arange(3)
    cut = leaf().detach()
    for tensor in (frozen, counts, cut):
        assert told(explain(tensor)) == ("requires-grad-off", None)
    assert "int64" in explain(counts).message
    with torch.inference_mode():
        made = torch.ones(2)
    answer = explain(made)
    assert told(answer) == ("inference-tensor", "inference-mode")
    assert answer.cause is not None
    assert answer.cause.line is None


def test_the_graph_of_the_loss_is_asked() -> None:
    """Leads there or not, has run or not; what cannot be known is not said."""
    weights, other = leaf(), leaf()
    assert told(explain(weights)) == ("unknown", None)
    loss = weights.exp().sum()
    assert told(explain(weights, loss)) == ("no-backward", None)
    answer = explain(other, loss)
    assert told(answer) == ("not-reached", None)
    assert "`loss`" in answer.message
    assert told(explain(weights, loss.detach())) == ("not-reached", None)
    loss.backward()
    assert told(explain(weights, loss)) == ("has-gradient", None)
    weights.grad = None
    answer = explain(weights, loss)
    assert told(answer) == ("unknown", None)
    assert "cleared" in answer.message


def test_a_hidden_graph_is_not_called_cut() -> None:
    """Below a reentrant checkpoint nothing can be seen before its backward."""
    from torch.utils.checkpoint import checkpoint

    layer = nn.Linear(3, 3)
    x = leaf()
    loss = checkpoint(layer, x, use_reentrant=True).sum()
    assert told(explain(layer.weight, loss)) == ("unknown", None)
    assert told(explain(x, loss)) == ("no-backward", None)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([1.0, 2.0, 2.0], "of norm 3."),
        ([1.0, float("nan"), 0.0], "it holds NaN"),
        ([1.0, float("inf"), 0.0], "it holds Inf"),
        ([0.0, 0.0, 0.0], "exactly zero everywhere"),
    ],
)
def test_a_gradient_that_is_there(values: list[float], words: str) -> None:
    """What is wrong with it is said, and nothing where nothing is."""
    weights = leaf()
    weights.grad = torch.tensor(values)
    answer = explain(weights)
    assert told(answer)[0] == "has-gradient"
    assert words in answer.message
    assert bool(answer.fix) is ("norm" not in words)


def test_names_of_parameters() -> None:
    """The path in the model, however the parameter is reached."""
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    assert [explain(p).tensor for p in model.parameters()] == [
        "model.0.weight", "model.0.bias", "model.1.weight", "model.1.bias",
    ]  # fmt: skip


def test_asking_changes_nothing() -> None:
    """No warning of torch's, no gradient, no tensor kept alive."""
    weights = leaf()
    result = weights * 2
    ref = weakref.ref(result)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        answer = explain(result, result.sum())
    assert not result.retains_grad
    assert weights.grad is None
    del result
    gc.collect()
    assert ref() is None
    assert answer.tensor == "result"


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: explain(None), "not its .grad"),  # type: ignore[arg-type]
        (lambda: explain(nn.Linear(1, 1)), "the module Linear"),  # type: ignore[arg-type]
        (lambda: explain(1.5), "got float"),  # type: ignore[arg-type]
        (lambda: explain(leaf(), 1.5), "expected `loss`"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_tensor_is_refused(ask: Callable[[], object], words: str) -> None:
    """One sentence."""
    with pytest.raises(gradaudit.UsageError, match=words):
        ask()


# ---------------------------------------------------------------------- within a watch


class Net(nn.Module):
    """A cut, and a layer that nobody uses."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.head, self.idle = nn.Linear(3, 3), nn.Linear(3, 1), nn.Linear(1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.encoder(x).detach())  # watched cut


def test_a_watch_knows_the_line() -> None:
    """Before the backward, after it, and in steps that are not traced any more."""
    model = Net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with gradaudit.watch(model, optimizer, on_finding="silent"):
        assert told(explain(model.encoder.weight)) == ("no-backward", None)
        for step in range(4):
            loss = model(torch.ones(2, 3)).sum()
            if step == 0:
                early = explain(model.encoder.weight, loss)
                assert told(early) == ("not-reached", "detach")
            loss.backward()
            for parameter in model.encoder.parameters():
                answer = explain(parameter)
                assert told(answer) == ("not-reached", "detach")
                assert answer.cause is not None
                assert answer.cause.line == line_of("watched cut")
            assert told(explain(model.head.weight)) == ("has-gradient", None)
            assert told(explain(model.idle.weight)) == ("not-reached", "unused-module")
            optimizer.step()
            optimizer.zero_grad()  # watched clear
            answer = explain(model.head.weight)
            assert told(answer) == ("cleared", "cleared")
            assert answer.cause is not None
            assert answer.cause.line == line_of("watched clear")


def test_a_traced_step_knows_where_things_were_made() -> None:
    """Values cut off, frozen, created: while the trace is on."""
    model = nn.Linear(3, 1)
    with gradaudit.watch(model, on_finding="silent"):
        constant = torch.ones(3)  # made here
        out = model(constant)
        stopped = out.detach()  # stopped here
        model.bias.requires_grad_(False)  # frozen here
        for tensor, kind, mark in (
            (constant, "requires-grad-off", "made here"),
            (stopped, "detach", "stopped here"),
            (model.bias, "requires-grad-off", "frozen here"),
        ):
            answer = explain(tensor)
            assert told(answer) == ("requires-grad-off", kind)
            assert answer.cause is not None
            assert answer.cause.line == line_of(mark)
        model.bias.requires_grad_(True)
        assert explain(out).made is not None
        out.sum().backward()


def test_a_backward_that_raised() -> None:
    """The finding that explains it is the cause."""
    model = nn.Linear(3, 1)
    with gradaudit.watch(model, on_finding="silent"):
        with pytest.raises(RuntimeError):
            model(torch.ones(1, 3)).detach().sum().backward()  # raised here
        answer = explain(model.weight)
        assert told(answer) == ("backward-raised", "detach")
        assert answer.cause is not None
        assert answer.cause.line == line_of("raised here")


def test_a_nan_is_explained_by_the_watch() -> None:
    """With the operation where it was born."""
    scale = torch.zeros(2, requires_grad=True)
    with gradaudit.watch([scale], on_finding="silent"):
        (scale.sqrt() * 0).sum().backward()  # born here
        answer = explain(scale)
        assert told(answer) == ("has-gradient", "nonfinite-op")
        assert answer.cause is not None
        assert answer.cause.line == line_of("born here")


# ---------------------------------------------------------------------- within gradaudit explain


def test_a_script_that_asks_by_itself(tmp_path: Path, server: RunServer) -> None:
    """`explain` in a script under `gradaudit explain` uses what that has seen."""
    script = tmp_path / "asks.py"
    script.write_text(
        "import torch, gradaudit\n"
        "x = torch.ones(3, requires_grad=True)\n"
        "y = torch.ones(3, requires_grad=True)\n"
        "loss = (x.detach() * y).sum()\n"
        "print(gradaudit.explain(x, loss).reason, gradaudit.explain(x, loss).cause.line)\n"
        "loss.backward()\n"
        "print(gradaudit.explain(x).cause.kind, gradaudit.explain(x).cause.line)\n"
    )
    outcome = server.run(script, verb="explain")
    assert outcome.code == 0, outcome.stderr
    assert outcome.stdout == "not-reached 4\ndetach 4\n"
    assert outcome.report is not None
    assert outcome.report["explanations"] == []


def test_the_json_is_strict_and_complete(tmp_path: Path, server: RunServer) -> None:
    """Schema, command, exit, answers and findings."""
    script = tmp_path / "one.py"
    script.write_text("import torch\nx = torch.ones(1, requires_grad=True)\nprint(x.grad)\n")
    report = server.run(script, verb="explain").report
    assert report is not None
    assert set(report) == {
        "schema", "gradaudit", "torch", "command", "exit", "reads", "explanations", "findings",
    }  # fmt: skip
    assert report["schema"] == "gradaudit-explain/1"
    (answer,) = report["explanations"]
    assert set(answer) == set(Explanation.__dataclass_fields__)
    assert answer["site"] == {"file": "one.py", "line": 3, "function": "<module>"}
    assert json.loads(json.dumps(report, allow_nan=False)) == report
