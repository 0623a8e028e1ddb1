"""Where values stop being finite; what a traced window holds and changes."""

from __future__ import annotations

import gc
import weakref

import pytest
import torch
from torch import nn

from benchmarks import nonfinite_table
from gradaudit.tracing.births import Birth
from gradaudit.tracing.frontier import Frontier
from tests.nonfinite.catalogue import CASES, KINDS, OPS, Network, born_at, build
from tests.nonfinite.controls import CONTROLS
from tests.nonfinite.driver import traced

MODES = pytest.mark.parametrize("reading", ["at-once", "deferred", "late"])


@MODES
@pytest.mark.parametrize("name", CASES)
def test_the_op_and_the_line_of_the_birth(name: str, reading: str) -> None:
    """Of every case of the catalogue: read at once as on a CPU, at the end as on a GPU that is
    waited for, or when the window is long closed, as on one that is not.
    """
    model, loss_of = build(name)
    with traced(reading) as trace:
        loss = loss_of(torch.randn(3, 4))
        birth = trace.backward(loss)
    birth = birth if reading != "late" else trace.late_birth()
    assert birth is not None
    assert birth.place is not None
    assert birth.place.code.co_filename.endswith("catalogue.py")
    assert birth.place.line == born_at(CASES[name])
    assert birth.kind == KINDS[name]
    assert OPS[name].lower() in birth.op.lower()
    finite = all(torch.isfinite(p.grad).all() for p in model.parameters() if p.grad is not None)
    assert not finite or not torch.isfinite(loss), "the case itself is healthy"


@MODES
@pytest.mark.parametrize("name", CONTROLS)
def test_nothing_is_said_of_a_healthy_program(name: str, reading: str) -> None:
    """However much NaN and Inf there is in it on purpose."""
    torch.manual_seed(0)
    model = Network(CONTROLS[name])
    with traced(reading) as trace:
        loss = model(torch.randn(3, 4)).square().sum()
        birth = trace.backward(loss)
    birth = birth if reading != "late" else trace.late_birth()
    assert torch.isfinite(loss)
    assert all(torch.isfinite(p.grad).all() for p in model.parameters() if p.grad is not None)
    assert birth is None


def _network() -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(
        nn.Linear(6, 8), nn.LayerNorm(8), nn.GELU(), nn.Linear(8, 8), nn.BatchNorm1d(8), nn.Tanh(),
        nn.Linear(8, 2),
    )  # fmt: skip


def _gradients(model: nn.Module, *, trace: bool) -> list[torch.Tensor]:
    x = torch.randn(5, 6, generator=torch.Generator().manual_seed(1))
    if trace:
        with traced() as t:
            t.backward(model(x).square().mean())
    else:
        model(x).square().mean().backward()
    return [p.grad.clone() for p in model.parameters() if p.grad is not None]


def test_no_number_is_changed() -> None:
    """Bit for bit, and what is drawn at random afterwards as well."""
    torch.manual_seed(5)
    plain = _gradients(_network(), trace=False)
    drawn = torch.rand(3)
    torch.manual_seed(5)
    watched = _gradients(_network(), trace=True)
    assert torch.equal(drawn, torch.rand(3))
    assert all(torch.equal(a, b) for a, b in zip(plain, watched, strict=True))


def test_no_gradient_and_no_graph_is_kept() -> None:
    """Not even while the window is open."""
    model = _network()
    with traced() as t:
        hidden = model[0](torch.randn(5, 6))
        loss = model[1:](hidden).square().mean()
        t.backward(loss)
        t.origins.clear()
        gone = [weakref.ref(hidden), weakref.ref(loss)]
        kept = [weakref.ref(p.grad) for p in model.parameters()]
        del hidden, loss
        gc.collect()
        assert [r() for r in gone] == [None, None]
        model.zero_grad(set_to_none=True)
        assert all(r() is None for r in kept)


def test_hooks_of_a_closed_window_do_nothing() -> None:
    """A graph that outlives it can still be used."""
    model = Network(lambda h: (h * 0).sqrt() + h)
    with traced() as t:
        loss = model(torch.randn(3, 4)).sum()
    loss.backward()
    assert not torch.isfinite(model.first.weight.grad).all()
    assert t.values.backward_ends() is None


def _two_backwards(first: str, second: str) -> list[Birth | None]:
    births: list[Birth | None] = []
    with traced() as t:
        for name in (first, second):
            torch.manual_seed(0)
            functions = {**CASES, **CONTROLS}
            births.append(t.backward(Network(functions[name])(torch.randn(3, 4)).square().sum()))
    return births


def test_each_backward_has_its_own_birth() -> None:
    """What an earlier loss had is not told of a later one."""
    one, two = _two_backwards("sqrt_of_zero", "acos_of_one")
    assert one is not None
    assert two is not None
    assert "Sqrt" in one.op
    assert "Acos" in two.op
    one, two = _two_backwards("exp_overflow", "masked_softmax")
    assert one is not None
    assert two is None


def test_a_trace_that_goes_on_for_many_steps() -> None:
    """Nothing of a step is kept, and the hooks of its graphs do nothing any more."""
    model = Network(CASES["sqrt_of_zero"])
    with traced() as t:
        old = model(torch.randn(3, 4)).sum()
        t.origins.clear()
        t.values.forget()
        node = weakref.ref(old)
        old.backward()
        del old
        gc.collect()
        assert node() is None
        assert t.backward(Network(torch.relu)(torch.randn(3, 4)).sum()) is None
        birth = t.backward(Network(CASES["acos_of_one"])(torch.randn(3, 4)).sum())
        assert birth is not None
        assert "Acos" in birth.op


def test_a_graph_used_twice() -> None:
    """With retain_graph the second backward is judged as well."""
    model = Network(CASES["sqrt_of_zero"])
    with traced() as t:
        loss = model(torch.randn(3, 4)).sum()
        one = t.backward(loss, retain_graph=True)
        two = t.backward(loss)
    assert one is not None
    assert two is not None
    assert one.place == two.place


def test_an_overflow_of_the_sum_is_no_birth() -> None:
    """Values whose sum is not finite are looked at one by one."""
    with traced() as t:
        w = torch.full((4000,), 60000.0, dtype=torch.float16, requires_grad=True)
        x = torch.full((16,), 3e38, requires_grad=True)
        loss = (w * 1.0).float().mean() + (x * 1.0).amax()
        assert t.backward(loss) is None


def test_complex_and_sparse_values() -> None:
    """They are read like others."""
    table = nn.Embedding(5, 3, sparse=True)
    with traced() as t:
        z = torch.view_as_complex(table(torch.tensor([0, 1])).repeat(1, 2).view(2, 3, 2) * 0)
        birth = t.backward(torch.view_as_real(z.sqrt()).sum())
    assert birth is not None
    assert "sqrt" in birth.op


def _frontier(name: str) -> tuple[nn.Module, object]:
    model, loss_of = build(name)
    frontier, x = Frontier(), torch.randn(3, 4)
    with traced() as t:
        loss = loss_of(x)
        frontier.remember((loss,), t.origins)
        t.backward(loss)
    model.zero_grad()
    loss = loss_of(x)
    if not torch.isfinite(loss):
        frontier.before((loss,))
    loss.backward()
    bad = {
        id(p): not bool(torch.isfinite(p.grad).all())
        for p in model.parameters()
        if p.grad is not None
    }
    return model, frontier.after((loss,), bad)


def test_the_frontier_names_a_line_or_none() -> None:
    """Without a trace of that backward: right in most cases, and never wrong."""
    right = 0
    for name in CASES:
        _, gap = _frontier(name)
        if gap is None or gap.kind is None:
            continue
        assert gap.site is not None
        assert (gap.kind, gap.site.line) == (KINDS[name], born_at(CASES[name])), name
        right += 1
    assert right > 0.7 * len(CASES)


def test_the_frontier_lies_between_two_parameters() -> None:
    """The last finite one and the first that is not."""
    model, gap = _frontier("sqrt_of_zero")
    names = {id(p): name for name, p in model.named_parameters()}
    assert names[gap.after].startswith("third")
    assert names[gap.before].startswith("second")
    assert "SqrtBackward0" in gap.nodes


@pytest.mark.slow
def test_the_page_is_true() -> None:
    """The table of docs/nonfinite.md is what comes out, and right throughout."""
    table = nonfinite_table.table()
    assert table in nonfinite_table.PAGE.read_text(encoding="utf-8")
    rows = [row.split(" | ") for row in table.splitlines()[2:-1]]
    assert len(rows) == len(CASES) >= 25
    assert all(row[3] == row[4] == "right" for row in rows)
