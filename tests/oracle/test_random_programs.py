"""Random small training programs: what the audit says is what a slow oracle says.

Left out of the generated programs, because no definition decides them:
 * single elements of a gradient that was used already are overwritten by hand (is it the same
   gradient?); gradients that were not used yet are overwritten at random;
 * a gradient is scaled by zero or by a negative number (zeroing is generated under its own name);
 * `.data.zero_()` after the backward that filled it and before any step: it moves no version
   counter, and reading every value once more at each step is not paid for. Used gradients are
   zeroed in this way at random.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

import gradaudit
from gradaudit.events import STATUS_NAMES, BackwardEnded, ParametersAdded, StepTaken
from tests.oracle.oracle import Oracle

SHAPES = ((), (3,), (2, 3), (0,), (45, 50), (4,), (1, 1))
TERMS = ("square", "square", "square", "linear", "zero", "nan", "inf", "detach", "raise")


class _Raises(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.clone()

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        raise ValueError("a backward of the user's own that raises")


def _term(kind: str, p: Tensor) -> Tensor:
    if kind == "square":
        return (p * 0.5).square().sum()
    if kind == "linear":
        return (p * 0.25).sum()
    if kind == "detach":
        return p.detach().sum()
    if kind == "raise":
        return _Raises.apply(p).sum()
    return (p * {"zero": 0.0, "nan": math.nan, "inf": math.inf}[kind]).sum()


@dataclass(frozen=True)
class Program:
    """`models`: shapes of each one's parameters; `optimizers`: (kind, positions held)."""

    models: tuple[tuple[tuple[int, ...], ...], ...]
    optimizers: tuple[tuple[str, tuple[int, ...]], ...]
    given: bool
    events: tuple[tuple[Any, ...], ...]


@st.composite
def programs(draw: st.DrawFn) -> Program:
    models = tuple(
        tuple(draw(st.lists(st.sampled_from(SHAPES), min_size=2, max_size=5)))
        for _ in range(draw(st.sampled_from((1, 1, 2, 3))))
    )
    n = sum(map(len, models))
    position = st.integers(0, n - 1)
    several = st.one_of(
        st.lists(position, min_size=1, max_size=n, unique=True).map(tuple),
        st.just(tuple(range(n))),
    )
    kinds = st.sampled_from(("sgd", "momentum", "adamw"))
    optimizers = tuple(draw(st.lists(st.tuples(kinds, several), min_size=1, max_size=3)))
    whole = tuple(range(n))
    terms = st.tuples(
        st.lists(st.sampled_from(TERMS), min_size=n, max_size=n).map(tuple),
        st.one_of(st.just(whole), st.just(whole), several),
    )
    plain = st.tuples(st.just(("square",) * n), st.one_of(st.just(whole), several))
    backward = st.tuples(
        st.just("backward"),
        st.lists(st.one_of(plain, plain, terms), min_size=1, max_size=2).map(tuple),
        st.booleans(),
        st.sampled_from((False, False, False, True)),
        st.one_of(st.none(), st.none(), st.none(), several),
    )
    optimizer = st.integers(0, len(optimizers) - 1)
    model = st.integers(0, len(models) - 1)
    scale = st.sampled_from((0.5, 2.0))
    step = st.tuples(st.just("step"), optimizer)
    events = st.one_of(
        backward,
        backward,
        backward,
        step,
        step,
        step,
        st.tuples(st.just("again")),
        st.tuples(st.just("clip_norm"), several, st.sampled_from((0.1, 1e6))),
        st.tuples(st.just("clip_value"), several, st.sampled_from((0.01, 10.0))),
        st.tuples(st.just("zero_grad"), optimizer, st.booleans()),
        st.tuples(st.just("model_zero_grad"), model, st.booleans()),
        st.tuples(st.just("none"), several),
        st.tuples(st.just("zero_"), several),
        st.tuples(st.just("data_zero_"), several),
        st.tuples(st.just("scale"), several, scale, st.booleans()),
        st.tuples(st.just("freeze"), several, st.booleans()),
        st.tuples(st.just("inject"), position, st.sampled_from((math.nan, math.inf))),
    )
    if draw(st.integers(0, 3)):  # as loops are: turns of backward and step, and more between
        turn = st.tuples(backward, st.lists(events, max_size=1), step, st.lists(events, max_size=2))
        turns = [[b, *x, s, *y] for b, x, s, y in draw(st.lists(turn, min_size=2, max_size=4))]
        drawn = [event for one in turns for event in one]
    else:
        drawn = draw(st.lists(events, min_size=2, max_size=12))
    return Program(models, optimizers, draw(st.booleans()), tuple(drawn))


class Capture:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.records: list[Any] = []

    def emit(self, record: Any) -> None:
        self.records.append(record)

    def close(self) -> None:
        self.records.append("closed")


class Execution:
    """Runs a program for real, telling the oracle of each event."""

    def __init__(self, program: Program) -> None:
        generator = torch.Generator().manual_seed(0)
        self.program = program
        self.models = [
            nn.ParameterDict(
                {f"p{i}": nn.Parameter(torch.randn(s, generator=generator) + 0.1)
                 for i, s in enumerate(shapes)}
            )
            for shapes in program.models
        ]  # fmt: skip
        self.named = {
            f"m{m}.{name}": p
            for m, model in enumerate(self.models)
            for name, p in model.named_parameters()
        }
        self.names = list(self.named)
        makers = {
            "sgd": lambda ps: torch.optim.SGD(ps, lr=0.01),
            "momentum": lambda ps: torch.optim.SGD(ps, lr=0.01, momentum=0.9),
            "adamw": lambda ps: torch.optim.AdamW(ps, lr=0.01),
        }
        self.optimizers = [
            makers[kind]([self.named[self.names[i]] for i in held])
            for kind, held in program.optimizers
        ]
        held = [[self.names[i] for i in positions] for _, positions in program.optimizers]
        self.oracle = Oracle(self.named, held)
        self.retained: list[Tensor] = []
        self.unused: set[str] = set()

    def run(self) -> None:
        for kind, *arguments in self.program.events:
            getattr(self, f"do_{kind}")(*arguments)

    def chosen(self, positions: tuple[int, ...]) -> list[Tensor]:
        return [self.named[self.names[i]] for i in positions]

    def do_backward(
        self, losses: Any, retain: bool, create: bool, inputs: tuple[int, ...] | None
    ) -> None:
        roots = []
        for kinds, subset in losses:
            parts = [_term(kinds[i], self.named[self.names[i]]) for i in subset]
            roots.append(torch.stack(parts).sum())
        options: dict[str, Any] = {"create_graph": create, "retain_graph": retain or create}
        if inputs is not None:
            options["inputs"] = self.chosen(inputs)
        self.backward(roots, options)
        self.retained = roots if retain else []

    def do_again(self) -> None:
        if self.retained:
            self.backward(self.retained, {"retain_graph": True})

    def backward(self, roots: list[Tensor], options: dict[str, Any]) -> None:
        self.oracle.backward_begins()
        raised = False
        try:
            if len(roots) == 1:
                roots[0].backward(**options)
            else:
                torch.autograd.backward(roots, **options)
        except (RuntimeError, ValueError):
            raised = True
        self.oracle.backward_ends(raised=raised)
        self.unused |= self.oracle.backwards[-1].arrived

    def do_step(self, number: int) -> None:
        self.oracle.step_begins(number)
        self.optimizers[number].step()
        self.unused -= set(self.oracle.held[number])

    def do_clip_norm(self, positions: tuple[int, ...], limit: float) -> None:
        nn.utils.clip_grad_norm_(self.chosen(positions), limit)
        self.oracle.clipped()

    def do_clip_value(self, positions: tuple[int, ...], limit: float) -> None:
        if any(p.grad is not None for p in self.chosen(positions)):  # else torch itself raises
            nn.utils.clip_grad_value_(self.chosen(positions), limit)
        self.oracle.clipped()

    def do_zero_grad(self, number: int, to_none: bool) -> None:
        self.optimizers[number].zero_grad(set_to_none=to_none)
        self.oracle.cleared()

    def do_model_zero_grad(self, number: int, to_none: bool) -> None:
        self.models[number].zero_grad(set_to_none=to_none)
        self.oracle.cleared()

    def do_none(self, positions: tuple[int, ...]) -> None:
        for p in self.chosen(positions):
            p.grad = None
        self.oracle.cleared()

    @torch.no_grad()
    def do_zero_(self, positions: tuple[int, ...]) -> None:
        for p in self.chosen(positions):
            if p.grad is not None:
                p.grad.zero_()
        self.oracle.cleared()

    def do_data_zero_(self, positions: tuple[int, ...]) -> None:
        for i in positions:
            p = self.named[self.names[i]]
            if p.grad is not None and self.names[i] not in self.unused:
                p.grad.data.zero_()
        # What a step after this and before any backward uses is not read again: it stays what
        # it was when it was last looked at, so only the beginning anew counts.
        judged = dict(self.oracle._judged)
        self.oracle.cleared()
        self.oracle._judged = judged

    @torch.no_grad()
    def do_scale(self, positions: tuple[int, ...], factor: float, replace: bool) -> None:
        for i in positions:
            p = self.named[self.names[i]]
            if p.grad is None:
                continue
            if replace:
                p.grad = p.grad * factor
            else:
                p.grad.mul_(factor)
            self.oracle.touched(self.names[i])

    def do_freeze(self, positions: tuple[int, ...], frozen: bool) -> None:
        for p in self.chosen(positions):
            p.requires_grad_(not frozen)

    @torch.no_grad()
    def do_inject(self, position: int, value: float) -> None:
        name = self.names[position]
        grad = self.named[name].grad
        used = any(name in one for one in self.oracle._used)
        if grad is not None and grad.numel() and not used:
            grad.view(-1)[0] = value
            self.oracle.touched(name)


def _close(a: float, b: float) -> bool:
    return (math.isnan(a) and math.isnan(b)) or a == b or math.isclose(a, b, rel_tol=1e-5)


def _different(name: str, what: str, said: Any, true: Any) -> str:
    return f"{name}: {what} is {true}, the audit says {said}"


def check(program: Program) -> None:
    """Runs the program under the audit; every event and finding must say what the oracle says."""
    torch.manual_seed(0)
    run = Execution(program)
    sink = Capture()
    audit = gradaudit.watch(
        {f"m{i}": model for i, model in enumerate(run.models)},
        run.optimizers if program.given else None,
        on_finding="silent",
        sinks=[sink],
    )
    with audit, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run.run()
    oracle = run.oracle
    names = [
        info.name
        for event in sink.records
        if isinstance(event, ParametersAdded)
        for info in event.parameters
    ]
    assert names == run.names
    backwards = [one for one in sink.records if isinstance(one, BackwardEnded)]
    steps = [one for one in sink.records if isinstance(one, StepTaken)]
    assert (len(backwards), len(steps)) == (len(oracle.backwards), len(oracle.steps))
    wrong = []
    for said, true in zip(backwards, oracle.backwards, strict=True):
        where = f"backward {said.number}"
        if (said.error is not None) != true.raised:
            wrong.append(_different(where, "raised", said.error, true.raised))
        for i, name in enumerate(names):
            where = f"backward {said.number}, {name}"
            status = STATUS_NAMES[said.status[i]]
            if bool(said.arrived[i]) != (name in true.arrived):
                wrong.append(_different(where, "arrived", said.arrived[i], name in true.arrived))
            if status != true.status[name]:
                wrong.append(_different(where, "status", status, true.status[name]))
            if not _close(float(said.norm[i]), true.norm[name]):
                wrong.append(_different(where, "norm", said.norm[i], true.norm[name]))
    numbers: dict[int, int] = {}
    for k, (said, true) in enumerate(zip(steps, oracle.steps, strict=True)):
        assert said.step == k
        assert numbers.setdefault(said.optimizer, true.number) == true.number
        assert [names[i] for i in said.held] == true.held
        for j, name in enumerate(true.held):
            where, status = f"step {k}, {name}", STATUS_NAMES[said.status[j]]
            if status != true.status[name]:
                wrong.append(_different(where, "status", status, true.status[name]))
            if not _close(float(said.norm[j]), true.norm[name]):
                wrong.append(_different(where, "norm", said.norm[j], true.norm[name]))
    findings = audit.report().findings
    single = "" if len(run.models) > 1 else "m0."
    told = sorted(
        (
            (frozenset(single + name for name in f.parameters), f.count, f.first_step, f.last_step)
            for f in findings
            if f.code == "GA301"
        ),
        key=lambda one: (one[2], one[3], sorted(one[0])),
    )
    if told != oracle.missing_zero_grad():
        wrong.append(_different("GA301", "finding", told, oracle.missing_zero_grad()))
    wrong += [f.message for f in findings if f.code == "GA901"]
    assert wrong == [], "\n".join(wrong)


_QUICK = settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@_QUICK
@given(programs())
def test_the_audit_says_what_the_oracle_says(program: Program) -> None:
    """Arrival, status and norm of every backward and step, and GA301, are the oracle's."""
    check(program)


@pytest.mark.slow
@settings(_QUICK, max_examples=300)
@given(programs())
def test_the_audit_says_what_the_oracle_says_of_300_programs(program: Program) -> None:
    """The same of many more programs."""
    check(program)


_ALL = ("square", "square")


def _backward(*positions: int, kinds: tuple[str, ...] = _ALL) -> tuple[Any, ...]:
    return ("backward", ((kinds, positions),), False, False, None)


BY_HAND: dict[str, tuple[tuple[Any, ...], ...]] = {
    "scaled after its step, then another optimizer steps": (
        _backward(0, 1), ("step", 0), ("scale", (0,), 0.5, False), ("step", 1),
        _backward(0, 1), ("step", 0),
    ),
    "scaled after its step, then something is clipped": (
        _backward(0, 1), ("step", 0), ("scale", (0,), 0.5, False), ("clip_norm", (0, 1), 1e6),
        _backward(0, 1), ("step", 0),
    ),
    "frozen after it became stale, and used all the same": (
        _backward(0, 1), ("step", 0), _backward(0, 1), ("freeze", (0,), True), ("step", 0),
    ),
    "a stale gradient with NaN is scaled": (
        _backward(0, 1), ("step", 0), _backward(0, 1, kinds=("nan", "square")),
        ("scale", (0,), 0.5, False), ("step", 0),
    ),
    "stale with a graph of its own": (
        ("backward", ((_ALL, (0, 1)),), True, True, None), ("step", 0),
        ("backward", ((_ALL, (0, 1)),), True, True, None), ("step", 0),
    ),
    "replaced after its step": (
        _backward(0, 1), ("step", 0), ("scale", (0,), 2.0, True), _backward(0, 1), ("step", 0),
    ),
    "stale, then replaced by a multiple of itself": (
        _backward(0, 1), ("step", 0), _backward(0, 1), ("scale", (0,), 2.0, True), ("step", 0),
    ),
    "stale with Inf, then clipped to NaN": (
        _backward(0, 1), ("step", 0), _backward(0, 1, kinds=("inf", "square")),
        ("clip_norm", (0, 1), 0.1), ("step", 0),
    ),
    "stale with Inf, then the finite ones are clipped to zero": (
        _backward(0, 1), ("step", 0), _backward(0, 1, kinds=("square", "inf")),
        ("clip_norm", (0, 1), 0.1), ("step", 0),
    ),
    "stale, and the last backward reached another parameter only": (
        _backward(0, 1), ("step", 0), _backward(0, 1), _backward(1), ("step", 0),
    ),
}  # fmt: skip


@pytest.mark.parametrize("title", BY_HAND)
def test_programs_that_chance_rarely_writes(title: str) -> None:
    """The same claim for programs written by hand: two optimizers with one parameter each."""
    program = Program((((3,), (2, 3)),), (("sgd", (0,)), ("sgd", (1,))), True, BY_HAND[title])
    check(program)
