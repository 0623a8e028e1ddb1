"""The audit changes no number, keeps nothing alive, breaks nothing, and leaves nothing behind."""

from __future__ import annotations

import copy
import gc
import io
import os
import pickle
import random
import subprocess
import sys
import threading
import tracemalloc
import warnings
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.optim.optimizer as optimizer_module
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.checkpoint import checkpoint

import gradaudit
from gradaudit.events import BackwardEnded, StepTaken
from tests.support.traces import traces_left

Loop = Callable[[Any], tuple[list[nn.Module], list[torch.optim.Optimizer], list[float]]]


class Capture:
    def __init__(self) -> None:
        self.records: list[Any] = []

    def emit(self, record: Any) -> None:
        self.records.append(record)

    def close(self) -> None:
        self.records.append("closed")

    def count(self, kind: type) -> int:
        return sum(isinstance(record, kind) for record in self.records)


def net() -> nn.Sequential:
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))


def silent(*args: Any, **kwargs: Any) -> gradaudit.Watch:
    return gradaudit.watch(*args, **{"on_finding": "silent", **kwargs})


# ---------------------------------------------------------------------------- no number changes

LOOPS: dict[str, Loop] = {}


def loop(function: Loop) -> Loop:
    LOOPS[function.__name__] = function
    return function


def _simple(watch: Any, model: nn.Module, optimizer: Any, loss: Any, steps: int = 6) -> Any:
    losses = []
    with watch(model, optimizer):
        for i in range(steps):
            optimizer.zero_grad()
            value = loss(i)
            value.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            losses.append(float(value.detach()) + random.random() + np.random.rand())
    return [model], [optimizer], losses


@loop
def plain(watch: Any) -> Any:
    model = net()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    return _simple(watch, model, optimizer, lambda _: model(torch.randn(6, 4)).square().mean())


@loop
def dropout(watch: Any) -> Any:
    model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.BatchNorm1d(8), nn.Linear(8, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-2, momentum=0.9)
    return _simple(watch, model, optimizer, lambda _: model(torch.randn(6, 4)).square().mean())


@loop
def gan(watch: Any) -> Any:
    g, d = nn.Linear(4, 4), net()
    og, od = torch.optim.Adam(g.parameters()), torch.optim.Adam(d.parameters())
    losses = []
    with watch({"g": g, "d": d}):
        for _ in range(6):
            od.zero_grad()
            loss_d = d(g(torch.randn(6, 4)).detach()).mean() - d(torch.randn(6, 4)).mean()
            loss_d.backward()
            od.step()
            og.zero_grad()
            loss_g = -d(g(torch.randn(6, 4))).mean()
            loss_g.backward()
            og.step()
            losses += [float(loss_d.detach()), float(loss_g.detach())]
    return [g, d], [og, od], losses


@loop
def lbfgs(watch: Any) -> Any:
    model = net()
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=4, line_search_fn="strong_wolfe")
    x = torch.randn(6, 4)
    losses = []
    with watch(model):
        for _ in range(4):

            def closure() -> Tensor:
                optimizer.zero_grad()
                loss = (model(x) - 1).square().mean()
                loss.backward()
                return loss

            losses.append(float(optimizer.step(closure)))
    return [model], [optimizer], losses


@loop
def scaler(watch: Any) -> Any:
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-2)
    scaling = torch.amp.GradScaler("cpu", init_scale=2.0**12, growth_interval=2)
    losses = []
    with watch(model):
        for i in range(8):
            optimizer.zero_grad()
            with torch.autocast("cpu", torch.bfloat16):
                loss = model(torch.randn(6, 4)).float().square().mean()
            scaling.scale(loss * (float("inf") if i == 3 else 1.0)).backward()
            scaling.unscale_(optimizer)
            nn.utils.clip_grad_value_(model.parameters(), 0.5)
            scaling.step(optimizer)
            scaling.update()
            losses += [float(loss.detach()), scaling.get_scale()]
    return [model], [optimizer], losses


@loop
def accumulation(watch: Any) -> Any:
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-2)
    losses = []
    with watch(model):
        for i in range(9):
            loss = model(torch.randn(6, 4)).square().mean() / 3
            loss.backward()
            losses.append(float(loss.detach()))
            if i % 3 == 2:
                optimizer.step()
                optimizer.zero_grad(set_to_none=False)
    return [model], [optimizer], losses


def _checkpointed(watch: Any, *, reentrant: bool) -> Any:
    first = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.3))
    model = nn.Sequential(first, nn.Linear(4, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-2)

    def loss(_: int) -> Tensor:
        x = torch.randn(6, 4, requires_grad=True)
        return model[1](checkpoint(first, x, use_reentrant=reentrant)).square().mean()

    return _simple(watch, model, optimizer, loss)


@loop
def checkpoint_reentrant(watch: Any) -> Any:
    return _checkpointed(watch, reentrant=True)


@loop
def checkpoint_other(watch: Any) -> Any:
    return _checkpointed(watch, reentrant=False)


@loop
def autocast_around_all(watch: Any) -> Any:
    with torch.autocast("cpu", torch.bfloat16):
        return plain(watch)


@loop
def create_graph(watch: Any) -> Any:
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-2)

    def loss(_: int) -> Tensor:
        x = torch.randn(6, 4, requires_grad=True)
        (slope,) = torch.autograd.grad(model(x).sum(), x, create_graph=True)
        return (slope.norm(dim=1) - 1).square().mean() + model(x).mean()

    return _simple(watch, model, optimizer, loss)


@loop
def backward_create_graph(watch: Any) -> Any:
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-2)
    losses = []
    with watch(model):
        for _ in range(4):
            model.zero_grad()
            model(torch.randn(6, 4)).square().mean().backward(create_graph=True)
            penalty = sum(p.grad.square().sum() for p in model.parameters())
            penalty.backward()
            optimizer.step()
            losses.append(float(penalty.detach()))
            model.zero_grad()
    return [model], [optimizer], losses


@loop
def sparse(watch: Any) -> Any:
    model = nn.Embedding(20, 4, sparse=True)
    optimizer = torch.optim.SparseAdam(model.parameters())
    losses = []
    with watch(model):
        for _ in range(6):
            optimizer.zero_grad()
            loss = model(torch.randint(0, 20, (7,))).square().sum()
            loss.backward()
            optimizer.step()
            losses.append(float(loss.detach()))
    return [model], [optimizer], losses


@loop
def compiled(watch: Any) -> Any:
    torch._dynamo.reset()
    model = net()
    fast = torch.compile(model, backend="eager")
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-2)
    return _simple(watch, model, optimizer, lambda _: fast(torch.randn(6, 4)).square().mean())


@loop
def by_hand(watch: Any) -> Any:
    model = net()
    losses = []
    with watch(model):
        for _ in range(6):
            loss = model(torch.randn(6, 4)).square().mean()
            loss.backward()
            with torch.no_grad():
                for p in model.parameters():
                    p -= 0.01 * p.grad
                    p.grad = None
            losses.append(float(loss.detach()))
    return [model], [], losses


@loop
def half(watch: Any) -> Any:
    model = net().to(torch.bfloat16)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    x = torch.randn(6, 4, dtype=torch.bfloat16)
    return _simple(watch, model, optimizer, lambda _: model(x).square().mean())


def _bits(value: Any) -> Any:
    """Anything made of tensors, comparable bit by bit."""
    if isinstance(value, Tensor):
        dense = value.detach().to_dense() if value.layout != torch.strided else value.detach()
        flat = dense.contiguous().reshape(-1)
        return (str(value.dtype), tuple(value.shape), flat.view(torch.uint8).numpy().tobytes())
    if isinstance(value, dict):
        return {str(k): _bits(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_bits(v) for v in value]
    if isinstance(value, np.ndarray):
        return value.tobytes()
    return repr(value)


def _result(run: Loop, watch: Any) -> dict[str, Any]:
    torch.manual_seed(1)
    random.seed(1)
    np.random.seed(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        models, optimizers, losses = run(watch)
    return {
        "losses": _bits(losses),
        "models": _bits([m.state_dict() for m in models]),
        "gradients": _bits([p.grad for m in models for p in m.parameters()]),
        "optimizers": _bits([o.state_dict() for o in optimizers]),
        "torch": _bits(torch.get_rng_state()),
        "python": repr(random.getstate()),
        "numpy": _bits(list(np.random.get_state())),
    }


@pytest.mark.parametrize("name", LOOPS)
def test_not_a_bit_differs(name: str) -> None:
    """Losses, weights, gradients, optimizer state and random states with the audit on and off."""
    sink = Capture()
    silent(net()).close()  # what its first use imports is the business of the next test
    off = _result(LOOPS[name], lambda *a: nullcontext())
    on = _result(LOOPS[name], lambda *a: silent(*a, sinks=[sink], every=1))
    for part in off:
        assert on[part] == off[part], part
    assert sink.count(BackwardEnded) >= 4
    assert [r for r in sink.records if getattr(r, "code", "") == "GA901"] == []


def test_the_first_use_draws_no_random_number() -> None:
    """In a fresh process: what the audit imports, late or not, leaves random states alone."""
    code = (
        "import random, numpy as np, torch\n"
        "m = torch.nn.Linear(2, 1); o = torch.optim.AdamW(m.parameters())\n"
        "def train(): m(torch.ones(1, 2)).sum().backward(); o.step()\n"
        "def states(): return (random.getstate(), str(np.random.get_state()),"
        " torch.get_rng_state().tolist())\n"
        "train(); before = states()\n"
        "import gradaudit\n"
        "with gradaudit.watch(m, on_finding='warn') as audit: train()\n"
        "str(audit.report()); audit.report().to_json(); after = states()\n"
        "print([a == b for a, b in zip(before, after)])"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True,
                          text=True, cwd=Path(__file__).resolve().parents[1])  # fmt: skip
    assert done.stdout == "[True, True, True]\n", done.stderr


# ---------------------------------------------------------------------------- nothing is left


def _train(model: nn.Module, optimizer: Any, steps: int = 3) -> None:
    for _ in range(steps):
        optimizer.zero_grad()
        model(torch.randn(6, 4)).square().mean().backward()
        optimizer.step()


def _attributes(model: nn.Module, optimizer: Any) -> list[Any]:
    tensors = [t for p in model.parameters() for t in (p, p.grad) if t is not None]
    objects = [*model.modules(), optimizer, *tensors, torch.optim.Optimizer, nn.Module, torch,
               torch.autograd, torch.autograd.graph, torch.amp.GradScaler, torch.optim.SGD,
               torch.nn.modules.module, optimizer_module, torch.nn.utils.clip_grad]  # fmt: skip
    return [
        {k: (id(v) if not isinstance(v, (dict, list)) else len(v)) for k, v in vars(one).items()}
        for one in objects
    ]


def _hooks(model: nn.Module) -> list[Any]:
    tensors = [t for p in model.parameters() for t in (p, p.grad) if t is not None]
    return [(t._backward_hooks, t._post_accumulate_grad_hooks) for t in tensors]


@pytest.mark.parametrize("how", ["with", "close", "exception"])
def test_nothing_is_left_after_close(how: str) -> None:
    """Hooks, names, threads, attributes of modules, optimizers, tensors and torch itself."""
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    _train(model, optimizer)
    model.zero_grad(set_to_none=False)
    before, threads = _attributes(model, optimizer), threading.active_count()
    if how == "with":
        with silent(model, optimizer):
            _train(model, optimizer)
    elif how == "close":
        audit = silent(model)
        _train(model, optimizer)
        audit.close()
        audit.close()
    else:
        with pytest.raises(KeyError), silent(model):
            _train(model, {"optimizer": optimizer}["of the loop"])
    assert traces_left() == []
    assert threading.active_count() == threads
    model.zero_grad(set_to_none=True)
    now = _attributes(model, optimizer)
    assert [set(one) for one in now[: len(list(model.modules())) + 1]] == [
        set(one) for one in before[: len(list(model.modules())) + 1]
    ]
    assert now[-10:] == before[-10:]
    assert all(hooks == (None, None) for hooks in _hooks(model))


def test_nothing_is_attached_while_it_runs() -> None:
    """An open audit adds no attribute and no hook to modules, optimizers and tensors."""
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    _train(model, optimizer)
    mine = len(list(model.modules())) + 1 + 2 * len(list(model.parameters()))
    before = [set(one) for one in _attributes(model, optimizer)[:mine]]
    with silent(model, optimizer):
        _train(model, optimizer)
        assert [set(one) for one in _attributes(model, optimizer)[:mine]] == before
        assert all(hooks == (None, None) for hooks in _hooks(model))
        assert all(not m._forward_hooks and not m._forward_pre_hooks for m in model.modules())


@contextmanager
def _no_gc() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@pytest.mark.parametrize("kind", ["dense", "sparse", "large"])
def test_gradients_die_when_the_loop_drops_them(kind: str) -> None:
    """With the collector off and the audit open, p.grad = None frees every gradient."""
    model: nn.Module = {"dense": net, "sparse": lambda: nn.Embedding(9, 4, sparse=True),
                        "large": lambda: nn.Linear(90, 90)}[kind]()  # fmt: skip
    x = {"dense": torch.ones(2, 4), "sparse": torch.tensor([1, 2]), "large": torch.ones(2, 90)}
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with silent(model, optimizer), _no_gc():
        for step in range(4):
            model(x[kind]).square().mean().backward()
            model(x[kind]).square().mean().backward()
            if step % 2:
                nn.utils.clip_grad_norm_(model.parameters(), 1.0) if kind != "sparse" else None
                optimizer.step()
            refs = [weakref.ref(p.grad) for p in model.parameters()]
            assert all(ref() is not None for ref in refs)
            for p in model.parameters():
                p.grad = None
            assert [ref() for ref in refs] == [None] * len(refs)


def test_losses_and_graphs_die_after_the_backward() -> None:
    """The loss and what it was computed from are freed as without the audit."""
    model = net()
    with silent(model), _no_gc():
        loss = model(torch.ones(2, 4)).square().mean()
        refs = [weakref.ref(loss)]
        loss.backward()
        del loss
        assert [ref() for ref in refs] == [None]


def test_the_model_and_its_optimizer_die_while_the_watch_is_open() -> None:
    """`del` frees them, with the collector off; the watch goes on and reports."""
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    with silent(model, optimizer) as audit:
        _train(model, optimizer)
        refs = [weakref.ref(one) for one in (model, optimizer, *model.parameters())]
        with _no_gc():
            del model
            # What torch itself keeps in a cycle is not ours: the optimizer holds the parameters.
            del optimizer
            left = [ref() for ref in refs]
            assert left == [None] * len(refs)
        assert audit.report().steps == 3


def test_saving_copying_and_pickling_work_while_it_is_open(tmp_path: Path) -> None:
    """torch.save(model), deepcopy and pickle of both; the files know no gradaudit."""
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    with silent(model, optimizer) as audit:
        _train(model, optimizer)
        buffer = io.BytesIO()
        torch.save(model, buffer)
        pickled = pickle.dumps(optimizer)
        twin, other = copy.deepcopy(model), copy.deepcopy(optimizer)
        assert b"gradaudit" not in buffer.getvalue()
        assert b"gradaudit" not in pickled
        buffer.seek(0)
        loaded = torch.load(buffer, weights_only=False)
        for a, b, c in zip(model.parameters(), twin.parameters(), loaded.parameters(), strict=True):
            assert torch.equal(a, b)
            assert torch.equal(a, c)
        assert (
            pickle.loads(pickled).state_dict()["param_groups"]
            == (other.state_dict()["param_groups"])
        )
        _train(model, optimizer)
        assert "GA901" not in {f.code for f in audit.findings}


def _sizes(audit: Any) -> dict[str, int]:
    """Length of every container that can be reached from the watch through gradaudit's objects."""
    found: dict[str, int] = {}
    seen: set[int] = set()

    def walk(value: Any, path: str) -> None:
        if id(value) in seen or path.count(".") > 12:
            return
        seen.add(id(value))
        if isinstance(value, (list, dict, set, tuple)) or type(value).__name__ in (
            "deque", "WeakSet", "WeakKeyDictionary", "frozenset",
        ):  # fmt: skip
            found[path] = len(value)
            items = value.items() if isinstance(value, dict) else enumerate(value)
            for key, one in list(items):
                walk(one, f"{path}[{type(key).__name__}]")
        elif type(value).__module__.startswith("gradaudit"):
            slots = [s for k in type(value).__mro__ for s in getattr(k, "__slots__", ())]
            names = [*getattr(value, "__dict__", {}), *slots]
            for name in names:
                walk(getattr(value, name, None), f"{path}.{name}")

    walk(audit, "watch")
    for name, module in list(sys.modules.items()):
        if name.startswith("gradaudit."):
            for key, value in list(vars(module).items()):
                if isinstance(value, (list, dict, set)) and not key.startswith("__"):
                    walk(value, f"{name}.{key}")
    return found


@pytest.mark.slow
@pytest.mark.parametrize("healthy", [True, False])
def test_memory_is_flat(healthy: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """2,000 steps of a healthy loop, and of one with findings in every step."""
    monkeypatch.setattr("gradaudit.recorder.MOST_COLUMNS", 256)  # full before the first look
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-5)

    def train(steps: int) -> None:
        for i in range(steps):
            if healthy:
                optimizer.zero_grad()
            model(torch.ones(6, 4) * (0 if i % 7 == 0 else 1)).mean().backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()

    with silent(model, optimizer) as audit:
        train(600)
        gc.collect()
        sizes, objects = _sizes(audit), len(gc.get_objects())
        tracemalloc.start()
        train(50)
        gc.collect()
        memory = tracemalloc.get_traced_memory()[0]
        train(1950)
        gc.collect()
        growth = tracemalloc.get_traced_memory()[0] - memory
        tracemalloc.stop()
        grown = {k: (sizes.get(k, 0), n) for k, n in _sizes(audit).items() if n > sizes.get(k, 0)}
        assert {k: v for k, v in grown.items() if v[1] - v[0] > 40} == {}
        assert len(gc.get_objects()) - objects < 500
        assert growth < 120_000


# ---------------------------------------------------------------------------- life of a watch


@pytest.mark.parametrize("inner_first", [True, False])
def test_two_watches_at_once(inner_first: bool) -> None:
    """Both hear everything while they are open, in whatever order they close."""
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    sinks = [Capture(), Capture()]
    names = torch.clear_autocast_cache, torch.compile
    audits = [silent(model, sinks=[sink]) for sink in sinks]
    _train(model, optimizer, 2)
    audits[inner_first].close()
    _train(model, optimizer, 3)
    audits[not inner_first].close()
    _train(model, optimizer, 4)
    now = torch.clear_autocast_cache, torch.compile
    torch.clear_autocast_cache, torch.compile = names  # other tests must not suffer
    assert now == names
    assert sinks[inner_first].count(BackwardEnded) == sinks[inner_first].count(StepTaken) == 2
    assert sinks[not inner_first].count(BackwardEnded) == 5
    assert sinks[not inner_first].count(StepTaken) == 5
    assert [audit.report().findings for audit in audits] == [(), ()]


def test_a_watch_inside_gradaudit_run(server: Any, tmp_path: Path) -> None:
    """The script's own watch and the command line's audit do not disturb each other."""
    script = tmp_path / "train.py"
    script.write_text(
        "import torch, gradaudit\n"
        "model = torch.nn.Linear(4, 1)\n"
        "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)\n"
        "with gradaudit.watch(model, on_finding='silent') as audit:\n"
        "    for _ in range(4):\n"
        "        model(torch.ones(2, 4)).square().mean().backward()\n"
        "        optimizer.step()\n"
        "print(sorted(f.code for f in audit.findings))\n"
    )
    outcome = server.run(script)
    assert outcome.code == 0, outcome.stderr
    assert outcome.stdout.splitlines()[0] == "['GA301']"
    assert outcome.report is not None
    assert [f["code"] for f in outcome.loud()] == ["GA301"]
    assert outcome.report["counts"]["backwards"] == 4


def test_an_exception_in_the_loop_closes_and_is_told() -> None:
    """The loop's exception comes through unchanged and stands in the report."""
    model = net()
    error = KeyError("of the loop")
    with pytest.raises(KeyError) as raised, silent(model) as audit:
        raise error
    assert raised.value is error
    assert traces_left() == []
    assert audit.report().exception == "KeyError: 'of the loop'"


def test_closing_twice_tells_once() -> None:
    """The second close does nothing; the sinks are closed once the run is over."""
    sink = Capture()
    audit = silent(net(), sinks=[sink])
    audit.close()
    count = len(sink.records)
    audit.close()
    assert len(sink.records) == count
    assert sink.records[-1] == "closed"


def test_pause_and_resume() -> None:
    """Nothing that happens meanwhile is told or judged, and what comes after is judged alone."""
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    sink = Capture()
    with silent(model, optimizer, sinks=[sink]) as audit:
        _train(model, optimizer, 3)
        audit.pause()
        for _ in range(3):  # no zero_grad, a hand's update, a cleared gradient
            model(torch.randn(6, 4)).square().mean().backward()
            optimizer.step()
        with torch.no_grad():
            model[0].weight.mul_(2)
        audit.resume()
        _train(model, optimizer, 3)
    assert sink.count(BackwardEnded) == sink.count(StepTaken) == 6
    assert audit.report().findings == ()


def test_paused_in_the_middle_of_a_step() -> None:
    """A pause between backward and step, and a resume before the next step, confuse nobody."""
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with silent(model, optimizer) as audit:
        for i in range(6):
            optimizer.zero_grad()
            model(torch.randn(6, 4)).square().mean().backward()
            if i == 2:
                audit.pause()
            optimizer.step()
            if i == 2:
                audit.resume()
    assert [f for f in audit.report().findings if f.severity.value != "info"] == []


def test_a_forked_child_does_not_report(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Its backwards reach no sink, no log and no console, also when the block ends in the child."""
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    read, write = os.pipe()

    class Pipe(Capture):
        def emit(self, record: Any) -> None:
            os.write(write, b"x" if os.getpid() == parent else b"!")

        def close(self) -> None:
            os.write(write, b"c" if os.getpid() == parent else b"!")

    parent = os.getpid()
    audit = gradaudit.watch(model, on_finding="silent", sinks=[Pipe()], log_dir=tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        child = os.fork()
    if child == 0:
        code = 1
        try:
            with audit:
                for _ in range(3):  # GA301, were it judged
                    model(torch.ones(2, 4)).square().mean().backward()
                    optimizer.step()
            code = 0
        finally:
            sys.stderr.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    audit.close()
    os.close(write)
    heard = os.read(read, 100_000)
    os.close(read)
    assert os.waitstatus_to_exitcode(status) == 0
    assert b"!" not in heard
    assert b"x" in heard
    (log,) = tmp_path.glob("*.jsonl")
    assert "BackwardEnded" not in log.read_text()
    assert capfd.readouterr().err == ""


def test_a_backward_that_raises_leaves_the_audit_working() -> None:
    """The error is the user's, the run goes on, and the next steps are judged as usual."""
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    sink = Capture()
    with silent(model, optimizer, sinks=[sink]) as audit:
        _train(model, optimizer, 2)
        loss = model(torch.ones(2, 4)).square().mean()
        loss.backward()
        with pytest.raises(RuntimeError, match="second time"):
            loss.backward()
        _train(model, optimizer, 2)
        codes = {f.code for f in audit.findings}
    assert sink.count(BackwardEnded) == 6
    assert codes & {"GA901", "GA301"} == set()


# ---------------------------------------------------------------------------- the user's modes


class CountsFunctions(TorchFunctionMode):
    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.calls.append(str(func))
        return func(*args, **(kwargs or {}))


class CountsOps(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.calls.append(str(func))
        return func(*args, **(kwargs or {}))


def _train_under(mode: Any, watch: Any) -> tuple[list[str], Any, set[str]]:
    torch.manual_seed(0)
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model) as audit:
        with mode:
            for _ in range(4):
                optimizer.zero_grad()
                model(torch.ones(6, 4)).square().mean().backward()
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
        codes = set() if audit is None else {f.code for f in audit.findings}
    return mode.calls, _bits(model.state_dict()), codes


@pytest.mark.parametrize("kind", [CountsFunctions, CountsOps])
def test_a_users_mode_sees_its_own_loop_alone(kind: type) -> None:
    """What torch functions and ops a mode of the user sees is the same with and without."""
    calls, weights, _ = _train_under(kind(), lambda m: nullcontext())
    seen, same, codes = _train_under(kind(), silent)
    assert codes == set()
    assert same == weights
    assert seen == calls


@pytest.mark.parametrize("what", ["meta device", "float64"])
def test_a_default_device_or_dtype_changes_nothing(what: str) -> None:
    """The audit makes its own tensors where and as it needs them."""
    model = nn.Sequential(*(nn.Linear(4, 4) for _ in range(5)), nn.Linear(4, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    x = torch.randn(6, 4)
    sink = Capture()
    device, dtype = torch.get_default_device(), torch.get_default_dtype()
    try:
        with silent(model, optimizer, sinks=[sink]) as audit:
            if what == "float64":
                torch.set_default_dtype(torch.float64)
            else:
                torch.set_default_device("meta")
            for i in range(12):
                optimizer.zero_grad()
                model(x * (i % 2)).square().mean().backward()
                optimizer.step()
            codes = {f.code for f in audit.findings}
    finally:
        torch.set_default_dtype(dtype)
        torch.set_default_device(device if device.type != "cpu" else None)
    assert codes & {"GA901"} == set()
    assert sink.count(StepTaken) == 12


# ---------------------------------------------------------------------------- faults of our own


class Breaks(Capture):
    def __init__(self, kind: type) -> None:
        super().__init__()
        self.kind = kind

    def emit(self, record: Any) -> None:
        super().emit(record)
        if isinstance(record, self.kind):
            raise OSError("disk full")


@pytest.mark.parametrize("kind", [BackwardEnded, StepTaken, gradaudit.Finding])
def test_a_sink_that_raises_is_switched_off_and_told_of(kind: type) -> None:
    """GA901 names it, the other sinks hear everything, training and judging go on."""
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    broken, fine = Breaks(kind), Capture()
    with silent(model, optimizer, sinks=[broken, fine]) as audit:
        for _ in range(4):
            model(torch.ones(6, 4)).square().mean().backward()
            optimizer.step()
    findings = {f.code: f for f in audit.report().findings}
    assert set(findings) == {"GA301", "GA901"}
    assert "disk full" in findings["GA901"].message + str(findings["GA901"].evidence)
    assert sum(isinstance(record, kind) for record in broken.records) == 1
    assert fine.count(BackwardEnded) == fine.count(StepTaken) == 4


def test_a_sink_whose_close_raises_breaks_nothing() -> None:
    """Leaving the block works, and GA901 tells of it."""

    class Stuck(Capture):
        def close(self) -> None:
            raise OSError("stuck")

    with silent(net(), sinks=[Stuck()]) as audit:
        pass
    assert {f.code for f in audit.report().findings} == {"GA901"}


def test_a_rule_that_raises_is_switched_off_and_the_others_go_on() -> None:
    """GA901 names the rule and its error; GA301 is still found."""
    from gradaudit.rules.ga202_nonfinite_loss import NonfiniteLoss

    class Broken(NonfiniteLoss):
        def check(self, event: Any, history: Any) -> Iterator[Any]:
            if isinstance(event, BackwardEnded):
                raise ZeroDivisionError("in a rule")
            yield from ()

    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with silent(model, optimizer) as audit:
        audit._auditor._rules.insert(0, Broken())
        audit._auditor._listen()
        for _ in range(4):
            model(torch.ones(6, 4)).square().mean().backward()
            optimizer.step()
    findings = {f.code: f for f in audit.report().findings}
    assert set(findings) == {"GA301", "GA901"}
    told = findings["GA901"].message + str(dict(findings["GA901"].evidence))
    assert "GA202" in told
    assert "in a rule" in told
    assert findings["GA901"].count == 1


def test_a_callback_that_raises_does_not_stop_training() -> None:
    """`on_finding` is the user's own code: its error is told of, and training goes on."""
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def callback(finding: Any) -> None:
        raise ValueError("of the callback")

    with silent(model, optimizer, on_finding=callback) as audit:
        for _ in range(4):
            model(torch.ones(6, 4)).square().mean().backward()
            optimizer.step()
    assert {f.code for f in audit.report().findings} == {"GA301", "GA901"}
    assert audit.report().steps == 4
