"""A run as columns: real loops, whose columns can be said beforehand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import gradaudit
from gradaudit.columns import PATIENCE, UNSEEN, WORST_FIRST, Columns
from gradaudit.events import BackwardEnded, ParameterInfo, ParametersAdded, Status, StepTaken
from gradaudit.normcodes import norm_of
from tests.tensorboard_log.loops import Net, rows, sgd, steps_of, watched

NAN, INF = float("nan"), float("inf")


def product(net: Net) -> torch.Tensor:
    return (net.a * net.b).sum()


def test_each_step_is_a_column_and_a_missing_gradient_a_cell() -> None:
    """In the third of five steps the loss does not depend on b."""
    net = Net()
    optimizer = sgd(*net.parameters())
    with watched(net, optimizer) as audit:
        for step in range(5):
            optimizer.zero_grad()
            (net.a * (1 if step == 2 else net.b)).sum().backward()
            optimizer.step()
    grid = audit.report().grid
    assert rows(grid) == {"a": ".....", "b": "..0.."}
    assert steps_of(grid) == [0, 1, 2, 3, 4]


def test_norms_are_those_of_the_consumed_gradients() -> None:
    """The gradient of b is a, of norm sqrt(3) at first; b has none in the third step."""
    net = Net()
    optimizer = sgd(*net.parameters())
    expected: list[float] = []
    with watched(net, optimizer) as audit:
        for step in range(4):
            optimizer.zero_grad()
            (net.a * (1 if step == 2 else net.b)).sum().backward()
            expected.append(NAN if net.b.grad is None else float(net.b.grad.norm()))
            optimizer.step()
    grid = audit.report().grid
    assert grid is not None
    np.testing.assert_allclose(norm_of(grid.norms[:, 1]), expected, rtol=0.008)


def test_nan_in_a_micro_batch_stays_though_the_step_was_sound() -> None:
    """The loop throws the sum away and goes on; the column of that step shows the NaN."""
    net = Net()
    optimizer = sgd(*net.parameters())
    with watched(net, optimizer) as audit:
        for step in range(4):
            optimizer.zero_grad()
            for part in range(3):
                bad = (step, part) == (2, 1)
                (product(net) * (NAN if bad else 1)).backward()
                if bad:
                    optimizer.zero_grad()
            optimizer.step()
    grid = audit.report().grid
    assert rows(grid) == {"a": "..N.", "b": "..N."}
    assert steps_of(grid) == [0, 1, 2, 3]


@pytest.mark.parametrize(("every", "expected"), [(1, "...."), (3, "??....")])
def test_a_gan_is_healthy_in_one_column_a_round(every: int, expected: str) -> None:
    """The generator's backward fills the discriminator, and that is no stale sum.

    Where the generator learns in each third round only, nothing is said of it before.
    """
    generator, judge = Net("g"), Net("d")
    of_g, of_d = sgd(generator.g), sgd(judge.d)
    with watched({"G": generator, "D": judge}, [of_g, of_d]) as audit:
        for step in range(4 if every == 1 else 6):
            of_d.zero_grad()
            (judge.d * generator.g.detach()).sum().backward()
            of_d.step()
            if step % every == every - 1:
                of_g.zero_grad()
                (judge.d * generator.g).sum().backward()
                of_g.step()
    grid = audit.report().grid
    assert rows(grid) == {"g": expected, "d": "." * len(expected)}
    assert steps_of(grid) == ([0, 2, 4, 6] if every == 1 else [0, 1, 2, 4, 5, 6])
    assert grid is not None
    assert grid.last.tolist() == ([1, 3, 5, 7] if every == 1 else [0, 1, 3, 4, 5, 7])


def test_a_sum_that_was_used_already_is_stale_from_the_second_step_on() -> None:
    """Nobody clears the gradients."""
    net = Net()
    optimizer = sgd(*net.parameters())
    with watched(net, optimizer) as audit:
        for _ in range(4):
            product(net).backward()
            optimizer.step()
    assert rows(audit.report().grid) == {"a": ".SSS", "b": ".SSS"}


def test_nan_is_worse_than_stale() -> None:
    """A sum that is both is shown as NaN."""
    net = Net()
    optimizer = sgd(*net.parameters())
    with watched(net, optimizer) as audit:
        for step in range(3):
            (product(net) * (NAN if step == 1 else 1)).backward()
            optimizer.step()
    assert rows(audit.report().grid)["a"] == ".NN"


def test_what_no_optimizer_holds_is_shown_as_its_backward_left_it() -> None:
    """b is in no optimizer and gets gradients, c is frozen."""
    net = Net("abc")
    net.c.requires_grad_(False)
    optimizer = sgd(net.a)
    with watched(net, optimizer) as audit:
        for _ in range(3):
            optimizer.zero_grad()
            (net.a * net.b * net.c).sum().backward()
            optimizer.step()
    assert rows(audit.report().grid) == {"a": "...", "b": "...", "c": "FFF"}


def test_backwards_without_any_optimizer_are_columns() -> None:
    """A loop that looks at gradients and never steps."""
    net = Net()
    with watched(net) as audit:
        for step in range(5):
            net.zero_grad()
            (product(net) * (INF if step == 3 else 1)).backward()
    grid = audit.report().grid
    assert rows(grid) == {"a": "...I.", "b": "...I."}
    assert steps_of(grid) == [0, 1, 2, 3, 4]


def test_backwards_before_the_first_step_belong_to_it() -> None:
    """Accumulation over ten backwards with an optimizer that nobody has named makes one column."""
    net = Net()
    optimizer = sgd(*net.parameters())
    with watched(net) as audit:
        for _ in range(3):
            for _ in range(10):
                product(net).backward()
            optimizer.step()
            optimizer.zero_grad()
    assert steps_of(audit.report().grid) == [0, 1, 2]


def test_a_loop_that_updates_by_hand_has_a_column_an_update() -> None:
    """Its steps have no number of their own; the columns count on."""
    net = Net()
    with watched(net) as audit:
        for _ in range(5):
            product(net).backward()
            with torch.no_grad():
                for p in net.parameters():
                    assert p.grad is not None
                    p -= 0.01 * p.grad
                    p.grad = None
    grid = audit.report().grid
    assert rows(grid) == {"a": ".....", "b": "....."}
    assert steps_of(grid) == [0, 1, 2, 3, 4]


def test_evaluations_of_a_closure_are_one_column() -> None:
    """LBFGS calls it up to twenty times a step."""
    net = Net()
    optimizer = torch.optim.LBFGS(net.parameters())

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = ((net.a - 3) * net.b).square().sum()
        loss.backward()
        return loss

    with watched(net, optimizer) as audit:
        for _ in range(3):
            optimizer.step(closure)
    assert steps_of(audit.report().grid) == [0, 1, 2]


def test_an_optimizer_for_each_parameter_shares_the_column_of_their_backward() -> None:
    """The steps are taken inside the backward, and clear what they have used."""
    net = Net()
    optimizers = {p: sgd(p) for p in net.parameters()}

    def step_at_once(p: torch.Tensor) -> None:
        optimizers[p].step()  # pyright: ignore[reportArgumentType]
        optimizers[p].zero_grad()  # pyright: ignore[reportArgumentType]

    for p in net.parameters():
        p.register_post_accumulate_grad_hook(step_at_once)
    with watched(net) as audit:
        for _ in range(3):
            product(net).backward()
    grid = audit.report().grid
    assert rows(grid) == {"a": "...", "b": "..."}
    assert steps_of(grid) == [0, 2, 4]


def test_a_step_that_the_scaler_skips_shows_in_the_next() -> None:
    """Numbers of steps stay those of the findings."""
    net = Net()
    optimizer, scaler = sgd(*net.parameters()), torch.amp.GradScaler("cpu", init_scale=2.0**10)
    with watched(net, optimizer) as audit:
        for step in range(5):
            optimizer.zero_grad()
            scaler.scale(product(net) * (INF if step == 1 else 1)).backward()
            scaler.step(optimizer)
            scaler.update()
    grid = audit.report().grid
    assert rows(grid) == {"a": ".I..", "b": ".I.."}
    assert steps_of(grid) == [0, 1, 2, 3]


def test_of_parameters_that_come_later_nothing_was_seen() -> None:
    """A layer is added after two steps."""
    net = Net()
    optimizer = sgd(*net.parameters())
    with watched(net, optimizer) as audit:
        for step in range(4):
            if step == 2:
                net.register_parameter("c", torch.nn.Parameter(torch.ones(3)))
                optimizer.add_param_group({"params": [net.c]})
            optimizer.zero_grad()
            torch.stack([p.sum() for p in net.parameters()]).sum().backward()
            optimizer.step()
    assert rows(audit.report().grid) == {"a": "....", "b": "....", "c": "??.."}


def test_the_backward_that_no_step_has_used_is_the_last_column() -> None:
    """The loop notices NaN itself, and raises."""
    net = Net()
    optimizer = sgd(*net.parameters())
    audit = watched(net, optimizer)

    def train() -> None:
        with audit:
            for step in range(4):
                optimizer.zero_grad()
                (product(net) * (NAN if step == 3 else 1)).backward()
                if step == 3:
                    raise ArithmeticError
                optimizer.step()

    with pytest.raises(ArithmeticError):
        train()
    assert rows(audit.report().grid) == {"a": "...N", "b": "...N"}


def test_norms_that_were_not_read_are_missing_and_nothing_else() -> None:
    """every=3 reads the first of three backwards."""
    net = Net()
    optimizer = sgd(*net.parameters())
    with watched(net, optimizer, every=3) as audit:
        for _ in range(7):
            optimizer.zero_grad()
            product(net).backward()
            optimizer.step()
    grid = audit.report().grid
    assert grid is not None
    assert rows(grid)["a"] == "......."
    assert np.isfinite(norm_of(grid.norms[:, 0])).tolist() == [k % 3 == 0 for k in range(7)]


def test_a_report_while_the_run_goes_on_has_the_step_that_is_under_way() -> None:
    """And `check`, which is over after one step, has that one."""
    net = Net()
    optimizer = sgd(*net.parameters())

    def step() -> None:
        optimizer.zero_grad()
        product(net).backward()
        optimizer.step()

    with watched(net, optimizer) as audit:
        for count in range(1, 4):
            step()
            assert len(steps_of(audit.report().grid)) == count
    assert steps_of(audit.report().grid) == [0, 1, 2]
    assert rows(gradaudit.check(step, net, optimizer).grid) == {"a": ".", "b": "."}


# ---------------------------------------------------------------------- by hand


def columns_of(first_step: int = 0, parameters: int = 1) -> Columns:
    columns = Columns(first_step)
    infos = tuple(ParameterInfo(index=i, name=f"p{i}", model="m") for i in range(parameters))
    columns.feed(ParametersAdded(parameters=infos))
    return columns


def backward(step: int, status: Status = Status.OK) -> BackwardEnded:
    one = np.ones(1, np.bool_)
    return BackwardEnded(
        step=step, number=step, site=None, arrived=one, expected=one.copy(), before=~one,
        status=np.array([status], np.uint8), norm=np.ones(1),
    )  # fmt: skip


def step_taken(step: int) -> StepTaken:
    return StepTaken(
        step=step, number=step, optimizer=0, held=np.zeros(1, np.int32),
        status=np.zeros(1, np.uint8), norm=np.ones(1), frozen=np.zeros(1, np.bool_),
    )  # fmt: skip


def test_a_run_that_goes_on_elsewhere_counts_from_its_first_step() -> None:
    """`first_step` is added to the numbers of the events."""
    columns = columns_of(first_step=60)
    found = []
    for k in range(3):
        found += columns.feed(backward(k)) + columns.feed(step_taken(k))
    found += columns.finish()
    assert [(one.step, one.last) for one in found] == [(60, 60), (61, 61), (62, 62)]
    assert columns.finish() == []


def test_patience_ends_where_no_step_ever_comes() -> None:
    """Then each backward is shown as it comes, and a first step still is a column."""
    columns = columns_of()
    found = [columns.feed(backward(0)) for _ in range(PATIENCE + 3)]
    assert [len(one) for one in found] == [0] * PATIENCE + [PATIENCE + 1] + [0, 0]
    later = columns.feed(step_taken(0)) + columns.feed(step_taken(1)) + columns.finish()
    assert [one.step for one in later] == [PATIENCE + 1, PATIENCE + 2]


def test_the_order_of_statuses_is_that_of_the_contract() -> None:
    """Worst first: nan, inf, stale, none, zero, ok, frozen, skipped, nothing seen."""
    names = [Status(code).name.lower() for code in WORST_FIRST[:-1]]
    assert names == ["nan", "inf", "stale", "none", "zero", "ok", "frozen", "skipped"]
    assert WORST_FIRST[-1] == UNSEEN
