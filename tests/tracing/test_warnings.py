"""Warnings and tracebacks of a traced step are those of the program without us."""

from __future__ import annotations

import subprocess
import sys
import traceback
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.support.forked import RunServer
from tests.tracing.support import watched

F = nn.functional


def _softmax_twice(x: Tensor) -> None:
    F.softmax(x)
    F.softmax(x)


def _broadcast_in_a_loop(x: Tensor) -> None:
    for _ in range(3):
        F.mse_loss(x, torch.zeros(1, 4))
    F.mse_loss(x, torch.zeros(1, 4))


def _gradient_of_no_leaf(x: Tensor) -> None:
    h = x * 2
    assert h.grad is None
    assert h.grad is None


def _copied(x: Tensor) -> None:
    torch.tensor(x)
    torch.tensor(x.detach())
    [torch.tensor(x) for _ in range(2)]


def _from_c(x: Tensor) -> None:
    torch.ones(2, 3, 4).T
    x.std(dim=0) + x[:1].std(dim=0)
    x[:1].var(
        dim=0,
    )


def _in_a_module(x: Tensor) -> None:
    # (Of nn.Softmax() the warning counts five frames outwards, and meets torch.overrides there.)
    nn.MSELoss()(x, torch.zeros(1, 4))
    nn.L1Loss()(x, torch.zeros(1, 4))


def _in_a_function_of_torch(x: Tensor) -> None:
    nn.TransformerEncoderLayer(4, 1)(x)
    F.multi_head_attention_forward
    F.gumbel_softmax(x, eps=1)
    F.upsample(torch.ones(1, 1, 2), scale_factor=2)


CASES: dict[str, Callable[[Tensor], None]] = {
    name.strip("_"): value
    for name, value in list(globals().items())
    if callable(value) and getattr(value, "__module__", "") == __name__ and name.startswith("_")
}


def _heard(case: Callable[[Tensor], None], watch: Any, action: str) -> list[Any]:
    model = nn.Linear(4, 4)
    for module in list(sys.modules.values()):
        getattr(module, "__dict__", {}).get("__warningregistry__", {}).clear()
    always = torch.is_warn_always_enabled()
    torch.set_warn_always(True)
    try:
        with warnings.catch_warnings(record=True) as caught, watch(model):
            warnings.simplefilter(action)
            case(model(torch.ones(3, 4)))
    finally:
        torch.set_warn_always(always)
    return [(w.filename, w.lineno, w.category, str(w.message)) for w in caught]


@pytest.mark.parametrize("action", ["always", "default"])
@pytest.mark.parametrize("name", CASES)
def test_warnings_name_the_lines_that_they_name_without_us(name: str, action: str) -> None:
    """File, line, category and text, all of them and each as often as without us."""
    bare = _heard(CASES[name], lambda _: nullcontext(), action)
    assert _heard(CASES[name], watched, action) == bare
    if name != "in_a_function_of_torch":
        assert bare


def test_a_filter_by_module_works_on_the_users_module() -> None:
    """A warning made an error for this module is raised, at the user's line."""
    model = nn.Linear(4, 4)
    with watched(model), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", module=__name__.replace(".", r"\."))
        with pytest.raises(UserWarning, match="Implicit dimension"):
            F.softmax(model(torch.ones(3, 4)))
        warnings.simplefilter("ignore")
        F.softmax(model(torch.ones(3, 4))).sum().backward()


def test_an_error_has_no_line_twice() -> None:
    """In the traceback of an op's error the user's line stands once, above it only torch and us."""
    model = nn.Linear(4, 4)
    with watched(model), pytest.raises(RuntimeError) as caught:
        model(torch.ones(3, 4)) @ torch.ones(3, 4)
    lines = traceback.extract_tb(caught.value.__traceback__)
    assert [one.filename for one in lines].count(__file__) == 1


def test_an_error_that_was_raised_before_keeps_its_history() -> None:
    """One exception object, raised again and again through a traced call."""
    error = LookupError("once")

    def hook(*_: Any) -> None:
        raise error

    class Handler(Tensor):
        @classmethod
        def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None):
            hook()

    model = nn.Linear(4, 4)
    with watched(model):
        for _ in range(3):
            with pytest.raises(LookupError) as caught:
                torch.add(torch.ones(2).as_subclass(Handler), 1)
    names = [one.name for one in traceback.extract_tb(caught.value.__traceback__)]
    assert names.count("hook") == 1 or names.count("hook") == 3
    assert caught.value is error


SCRIPTS = {
    "an op": "h @ torch.ones(7, 7)",
    "a function": "F.cross_entropy(h, torch.zeros(9, dtype=torch.long))",
    "a layer": "nn.Linear(9, 1)(h)",
    "a module": "Bad()(h)",
    "indexing": "h[99]",
    "a custom function": "Own.apply(h)",
    "a backward": "h.backward()",
    "a checkpoint": "checkpoint(Bad(), h, use_reentrant=True)",
    "python": "[1][h.numel()]",
    "a conversion": "h.numpy()",
    "exit": "sys.exit(3)",
    "a cause": "\n".join(
        ["try:", "    h @ torch.ones(7, 7)", "except RuntimeError as e:",
         "    raise ValueError('mine') from e"]
    ),
}  # fmt: skip

PROGRAM = """
import sys
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint


class Own(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return torch.relu(x) @ x

    @staticmethod
    def backward(ctx, g):
        return g


class Bad(nn.Module):
    def forward(self, x):
        return torch.sigmoid(x).view(99, 99)


model = nn.Linear(4, 4)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
h = model(torch.ones(3, 4))
LINE
"""


PLAIN = """
import os, sys, traceback
import torch, torch.utils.checkpoint
for path in sys.argv[1:]:
    if os.fork() == 0:
        os.dup2(os.open(path + ".err", os.O_WRONLY | os.O_CREAT), 2)
        code = 0
        try:
            exec(compile(open(path).read(), path, "exec"), {"__name__": "__main__"})
        except SystemExit as leaving:
            code = leaving.code
        except BaseException as error:
            error.__traceback__ = error.__traceback__.tb_next
            traceback.print_exception(error)
            code = 1
        os._exit(code)
    with open(path + ".code", "w") as file:
        file.write(str(os.waitstatus_to_exitcode(os.wait()[1])))
"""


@pytest.mark.slow
def test_a_traceback_under_run_is_pythons_own(server: RunServer, tmp_path: Path) -> None:
    """A script that dies in its traced step: stderr and exit code as under plain Python."""
    scripts = {name: tmp_path / f"{i}.py" for i, name in enumerate(SCRIPTS)}
    for name, script in scripts.items():
        script.write_text(PROGRAM.replace("LINE", SCRIPTS[name]))
    plain = [sys.executable, "-W", "ignore", "-c", PLAIN, *map(str, scripts.values())]
    subprocess.run(plain, cwd=tmp_path, check=True)
    for name, script in scripts.items():
        audited = server.run(script, "--trace", "always")
        expected = _lines(Path(f"{script}.err").read_text())
        shown = _lines(audited.stderr)
        start = next((i for i, one in enumerate(shown) if expected[:1] == [one]), 0)
        assert shown[start : start + len(expected)] == expected, name
        assert str(audited.code) == Path(f"{script}.code").read_text()


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]
