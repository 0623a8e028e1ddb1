"""Our function mode among the user's: in every order, and never there afterwards."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from tests.tracing.support import Capture, loss_of, net, sgd, stack, train, watched

ROOT = Path(__file__).resolve().parents[2]


class Counts(TorchFunctionMode):
    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Any] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.calls.append(func)
        return func(*args, **(kwargs or {}))


class CountsOps(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Any] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.calls.append(func)
        return func(*args, **(kwargs or {}))


@pytest.fixture(autouse=True)
def _clean_stack() -> Iterator[None]:
    assert stack() == []
    yield
    left = stack()
    for _ in left:
        torch._C._pop_torch_function_stack()
    assert left == []


def _orders() -> list[tuple[str, ...]]:
    """All ways to enter (lower case) and leave two modes, and to open and close the watch."""
    found: list[tuple[str, ...]] = []

    def extend(done: tuple[str, ...], waiting: list[str], inside: list[str]) -> None:
        if not waiting and not inside:
            found.append(done)
        for one in waiting:
            if one == "b" and "a" in waiting:
                continue  # the same with other names
            extend((*done, one), [w for w in waiting if w != one], [*inside, one])
        modes = [one for one in inside if one != "w"]
        for one in inside:
            if one == "w" or one == modes[-1]:  # the user's modes leave from the top
                extend((*done, one.upper()), waiting, [i for i in inside if i != one])

    extend((), ["a", "b", "w"], [])
    return found


@pytest.mark.parametrize("order", _orders(), ids="".join)
def test_a_device_in_a_with_statement_is_a_mode_like_others(order: tuple[str, ...]) -> None:
    """`a` is `with torch.device("meta")` here: it leaves when it is left, and others stay."""
    model = net()
    optimizer = sgd(model)
    device, mode = torch.device("meta"), Counts()
    entering = {"a": device.__enter__, "b": mode.__enter__}
    leaving = {"A": device.__exit__, "B": mode.__exit__}
    audit: Any = None
    on_meta = False
    for move in order:
        if move == "w":
            audit = watched(model, optimizer)
        elif move == "W":
            audit.close()
        elif move.islower():
            entering[move]()
            on_meta = on_meta or move == "a"
        else:
            leaving[move](None, None, None)
            on_meta = on_meta and move != "A"
        optimizer.zero_grad()
        model(torch.ones(6, 4, device="cpu")).square().mean().backward()
        optimizer.step()
        assert torch.ones(1).is_meta == on_meta


@pytest.mark.parametrize("order", _orders(), ids="".join)
def test_users_modes_and_ours_in_any_order(order: tuple[str, ...]) -> None:
    """The stack holds the user's modes in their order throughout, and ends as it began."""
    model = net()
    optimizer = sgd(model)
    modes = {"a": Counts(), "b": Counts()}
    audit: Any = None
    inside: list[Any] = []
    for move in order:
        if move == "w":
            audit = watched(model, optimizer)
        elif move == "W":
            audit.close()
            audit = None
        elif move.islower():
            modes[move].__enter__()
            inside.append(modes[move])
        else:
            modes[move.lower()].__exit__(None, None, None)
            assert inside.pop() is modes[move.lower()]
        assert [one for one in stack() if isinstance(one, Counts)] == inside
        assert len(stack()) == len(inside) + (audit is not None)
        before = [len(one.calls) for one in modes.values()]
        train(model, optimizer)
        heard = [one for one, n in zip(modes.values(), before, strict=True) if len(one.calls) > n]
        assert set(map(id, heard)) == set(map(id, inside))


def _calls(kind: type, watch: Any, *, entered_first: bool) -> list[str]:
    torch.manual_seed(0)
    model = net()
    optimizer = sgd(model)
    mode = kind()
    with ExitStack() as entered:
        if entered_first:
            entered.enter_context(mode)
        if watch is not None:
            entered.enter_context(watch(model, optimizer))
        if not entered_first:
            entered.enter_context(mode)
        mode.calls.clear()
        for _ in range(3):
            optimizer.zero_grad()
            x = torch.ones(6, 4, requires_grad=True)
            loss = (model(x) ** 2).mean() + nn.Parameter(torch.zeros(1)).sum()
            loss.backward(retain_graph=True)
            torch.autograd.backward(loss)
            (loss.detach().numpy() + loss.item(), x.grad, x.data, x.T.shape)
            optimizer.step()
        return [str(func) for func in mode.calls]


@pytest.mark.parametrize("entered_first", [True, False])
@pytest.mark.parametrize("kind", [Counts, CountsOps])
def test_a_users_mode_sees_the_same_calls(kind: type, entered_first: bool) -> None:
    """Function by function, with and without a trace, outside or inside the watch."""
    bare = _calls(kind, None, entered_first=entered_first)
    traced = _calls(kind, watched, entered_first=entered_first)
    assert traced == bare
    assert len(bare) > 10


def test_a_trace_that_ends_within_a_backward_leaves_no_mode() -> None:
    """A loop without an optimizer: the window closes in `Tensor.backward`, itself a torch call."""
    model = net()
    sink = Capture()
    with watched(model, trace="auto", sinks=[sink]) as audit:
        for _ in range(6):
            loss_of(model).backward()
            with torch.no_grad():
                for p in model.parameters():
                    p -= 0.01 * p.grad
                    p.grad = None
        assert not audit._probe.tracer.on
        assert stack() == []
    assert 1 <= len(sink.traced) < 6


@pytest.mark.parametrize("how", ["with before", "with inside", "default before", "default inside"])
def test_a_default_device_comes_and_goes(how: str) -> None:
    """`with torch.device` and `set_default_device`: tensors are made there, steps are traced."""
    model = net()
    optimizer = sgd(model)
    sink = Capture()
    try:
        with ExitStack() as outside:
            if how == "with before":
                outside.enter_context(torch.device("meta"))
            if how == "default before":
                torch.set_default_device("meta")
            with watched(model, optimizer, sinks=[sink]), ExitStack() as inside:
                if how == "with inside":
                    inside.enter_context(torch.device("meta"))
                if how == "default inside":
                    torch.set_default_device("meta")
                assert torch.ones(2).device.type == "meta"
                for _ in range(2):
                    optimizer.zero_grad()
                    model(torch.ones(6, 4, device="cpu")).square().mean().backward()
                    optimizer.step()
                if how == "default inside":
                    torch.set_default_device(None)
                    assert torch.ones(2).device.type == "cpu"
                    train(model, optimizer)
            if "before" in how:
                assert torch.ones(2).device.type == "meta"
    finally:
        torch.set_default_device(None)
    assert torch.ones(2).device.type == "cpu"
    assert sink.faults == []
    assert all(record.reached.all() for record in sink.traced)
    assert len(sink.traced) >= 2


def test_the_default_device_is_changed_between_opening_and_closing() -> None:
    """PyTorch swaps the mode at the bottom of the stack: ours must not be taken for it."""
    model = net()
    optimizer = sgd(model)
    try:
        torch.set_default_device("meta")
        with watched(model, optimizer):
            torch.set_default_device("cpu")
            train(model, optimizer)
            torch.set_default_device("meta")
        assert torch.ones(2).device.type == "meta"
        torch.set_default_device("cpu")
        assert torch.ones(2).device.type == "cpu"
    finally:
        torch.set_default_device(None)
    assert stack() == []


class Marked(Tensor):
    """A subclass with a handler of its own."""

    seen: ClassVar[list[str]] = []

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        cls.seen.append(getattr(func, "__name__", ""))
        return super().__torch_function__(func, types, args, kwargs or {})


class Wrapped:
    """No tensor at all: it answers through `__torch_function__`."""

    def __init__(self, value: Tensor) -> None:
        self.value = value

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        plain = [one.value if isinstance(one, cls) else one for one in args]
        return func(*plain, **(kwargs or {}))


def _with_subclasses(watch: Any) -> tuple[list[str], list[type], list[float]]:
    torch.manual_seed(0)
    Marked.seen.clear()
    model = net()
    optimizer = sgd(model)
    kinds, losses = [], []
    with watch(model, optimizer) as _:
        for _ in range(3):
            optimizer.zero_grad()
            x = torch.ones(6, 4).as_subclass(Marked)
            out = model(x)
            loss = torch.mean(Wrapped(out.square())) + torch.add(Wrapped(torch.ones(())), 1)
            kinds += [type(out), type(loss), type(out.data), type(out[0])]
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return list(Marked.seen), kinds, losses


def test_subclasses_and_foreign_objects_answer_as_they_do() -> None:
    """Their handlers get the same calls, results have the same types, numbers are the same."""
    bare = _with_subclasses(lambda *_: ExitStack())
    assert _with_subclasses(watched) == bare
    assert "backward" in bare[0]


def test_a_cut_is_named_through_a_subclass_and_a_mode() -> None:
    """The line is the user's own, not the handler's."""
    model, head = nn.Linear(4, 4), nn.Linear(4, 1)
    optimizer = torch.optim.SGD([*model.parameters(), *head.parameters()], lr=0.1)
    sink = Capture()
    with watched([model, head], optimizer, sinks=[sink]), Counts():
        h = model(torch.ones(2, 4).as_subclass(Marked))
        cut = h.detach()
        head(cut).sum().backward()
        optimizer.step()
    (record,) = sink.traced
    causes = {record.causes[i] for i in record.cause_of if i >= 0}
    assert {(c.kind, c.source) for c in causes} == {("detach", "cut = h.detach()")}


class Raises(TorchFunctionMode):
    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.tanh or getattr(func, "__name__", "") == "tanh":
            raise LookupError("of the mode")
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("outside", [True, False])
def test_a_mode_that_raises_breaks_nothing(outside: bool) -> None:
    """Its error arrives, the stack is right, the next step is traced."""
    model = net()
    optimizer = sgd(model)
    sink = Capture()
    with ExitStack() as entered:
        if outside:
            mode = entered.enter_context(Raises())
            audit = entered.enter_context(watched(model, optimizer, sinks=[sink]))
        else:
            audit = entered.enter_context(watched(model, optimizer, sinks=[sink]))
            mode = Raises()
        for _ in range(2):
            with (
                pytest.raises(LookupError, match="of the mode"),
                nullcontext() if outside else mode,
            ):
                train(model, optimizer)
        assert len(stack()) == 1 + outside
        if not outside:
            train(model, optimizer, 2)
            assert len(sink.traced) == 2
        audit.close()
    assert sink.faults == []


def test_an_audit_inside_a_users_handler() -> None:
    """A whole step that a mode's handler runs is traced, and the stack is right afterwards."""
    model = net()
    optimizer = sgd(model)
    sink = Capture()

    class Trains(TorchFunctionMode):
        busy = False

        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            if not self.busy:
                self.busy = True
                with watched(model, optimizer, sinks=[sink]):
                    train(model, optimizer, 2)
            return func(*args, **(kwargs or {}))

    with Trains():
        torch.ones(2) + 1
    assert len(sink.traced) == 2
    assert all(record.used.all() and record.reached.all() for record in sink.traced)


FALLBACK = """
import torch, gradaudit
from gradaudit.tracing import modestack
if {missing}:
    modestack._length = modestack._pop = modestack._push = None
from torch import nn
from torch.overrides import TorchFunctionMode
class Mine(TorchFunctionMode):
    calls = 0
    def __torch_function__(self, func, types, args=(), kwargs=None):
        Mine.calls += 1
        return func(*args, **(kwargs or {{}}))
model = nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
def step():
    optimizer.zero_grad(); model(torch.ones(2, 4)).sum().backward(); optimizer.step()
kept = []
class Sink:
    def emit(self, record): kept.append(type(record).__name__)
    def close(self): pass
length = torch._C._len_torch_function_stack
with gradaudit.watch(model, optimizer, on_finding="silent", sinks=[Sink()]):
    step(); step()
print(length(), kept.count("TraceRecorded"))
with Mine():
    with gradaudit.watch(model, optimizer, on_finding="silent", trace="always"):
        step()
    before = Mine.calls
    torch.ones(2) + 1
    print(length(), Mine.calls > before)
print(length())
audit = gradaudit.watch(model, optimizer, on_finding="silent", trace="always")
mine = Mine()
with mine:
    step()
    audit.close()
    before = Mine.calls
    step()
    print(Mine.calls > before)
print(length() - {missing})
"""


@pytest.mark.parametrize("missing", [0, 1])
def test_without_the_functions_that_rearrange_the_stack(missing: int) -> None:
    """The public way in and out; below a user's mode ours cannot leave, and stays there deaf."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FALLBACK.format(missing=missing)],
        capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip
    assert done.stdout.split() == ["0", "1", "1", "True", "0", "True", "0"], done.stderr


def test_training_on_another_thread_has_no_wrong_cause() -> None:
    """The watch is made here, the loop runs there: nothing of it is seen, so nothing is claimed."""
    model, head = nn.Linear(4, 4), nn.Linear(4, 1)
    optimizer = torch.optim.SGD([*model.parameters(), *head.parameters()], lr=0.1)
    left: list[Any] = []

    def loop() -> None:
        for _ in range(4):
            optimizer.zero_grad()
            head(model(torch.ones(2, 4)).detach()).sum().backward()
            optimizer.step()
        left.extend(stack())

    with watched([model, head], optimizer) as audit:
        worker = threading.Thread(target=loop)
        worker.start()
        worker.join()
        findings = audit.findings
    assert left == []
    assert {f.cause for f in findings} <= {None}
    assert "GA902" in {f.code for f in findings}
