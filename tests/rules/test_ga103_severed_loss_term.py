"""GA103: a summand of the loss reaches it only through a cut, while others flow."""

from __future__ import annotations

from collections.abc import Sequence

from gradaudit.events import LossTerm
from gradaudit.findings import Cause
from tests.rules.build import Run, at, indices

CUT = Cause.at("detach", at(12), op="Tensor.detach")
OTHER_CUT = Cause.at("rewrapped-value", at(13), op="Tensor.item")


def term(
    depends: Sequence[int],
    others: Sequence[int],
    reaches: Sequence[int] = (),
    cause: Cause = CUT,
) -> LossTerm:
    """A summand computed from `depends`; what its gradient and those of the others arrive at."""
    return LossTerm(
        cause=cause, depends=indices(depends), reaches=indices(reaches), others=indices(others),
        site=at(15),
    )  # fmt: skip


def test_a_severed_term() -> None:
    """A warning at once: all parameters learn from the other terms, so no GA101 tells of it."""
    run = Run(3).trace(terms=(term([0, 1], [0, 1, 2]),)).turn()
    assert run.told("GA103") == ["warning"]
    (finding,) = run.found("GA103")
    assert (finding.severity.value, finding.parameters) == ("warning", ("a.weight", "b.weight"))
    assert finding.cause == CUT
    assert "detach()" in finding.fix
    assert run.loud() == [("GA103", finding.message)]


def test_traces_of_one_cut_are_one_finding() -> None:
    """Counted over the traced backwards, with all parameters; another cut is another finding."""
    run = Run(3)
    run.trace(terms=(term([0], [0, 1, 2]),)).turn()
    run.turns(3)
    run.trace(terms=(term([1], [0, 1, 2]), term([2], [0, 1], cause=OTHER_CUT))).turn()
    assert run.says("GA103") == [
        ("warning", ("a.weight", "b.weight")),
        ("warning", ("c.weight",)),
    ]
    (first, second) = run.found("GA103")
    assert (first.first_step, first.last_step, first.count) == (0, 4, 2)
    assert (second.first_step, second.last_step, second.count) == (4, 4, 1)
    assert second.cause == OTHER_CUT


def test_a_term_that_trains_something_is_not_severed() -> None:
    """A distillation loss: the teacher's side is detached, the student's flows."""
    run = Run(3).trace(terms=(term([0], [0, 1, 2], reaches=[1]),)).turn()
    assert run.says("GA103") == []


def test_the_discriminator_on_detached_fakes() -> None:
    """Its optimizer does not hold the generator: the fake's term has to train the rest only."""
    run = Run(4, optimizer=False).optimizer(0, [0, 1]).optimizer(1, [2, 3])
    run.trace([2, 3], terms=(term([0, 1], [2, 3], reaches=[2, 3]),)).backward([2, 3])
    run.step(1).reset()
    run.trace([0, 1]).backward([0, 1, 2, 3]).step(0).reset()
    assert run.loud() == []


def test_a_term_of_parameters_that_the_step_does_not_train() -> None:
    """A penalty made of another network's output is a constant for this optimizer."""
    run = Run(4, optimizer=False).optimizer(0, [0, 1]).optimizer(1, [2, 3])
    run.trace(terms=(term([0, 1], [2, 3]),)).backward([2, 3]).step(1).reset()
    run.backward([0, 1]).step(0).reset()
    assert run.says("GA103") == []


def test_the_same_term_before_the_step_of_their_own_optimizer() -> None:
    """It is the step that used the backward that says what should have learned."""
    run = Run(4, optimizer=False).optimizer(0, [0, 1]).optimizer(1, [2, 3])
    run.trace(terms=(term([0, 1], [0, 1, 2, 3]),)).backward().step(0).step(1).reset()
    assert run.says("GA103") == [("warning", ("a.weight", "b.weight"))]


def test_a_backward_that_nobody_used() -> None:
    """Gradients that are cleared, or still wait for a step, were for no optimizer."""
    run = Run(3).trace(terms=(term([0], [0, 1, 2]),)).backward()
    assert run.says("GA103") == []
    run.reset().turn()
    assert run.says("GA103") == []


def test_where_no_other_term_trains_anything_there_is_nothing_to_compare_with() -> None:
    """What flows goes to parameters of others."""
    run = Run(4, optimizer=False).optimizer(0, [0, 1]).optimizer(1, [2, 3])
    run.trace(terms=(term([0, 1], [2, 3]),)).backward().step(0).reset()
    assert run.says("GA103") == []


def test_what_gets_no_gradient_at_all_is_told_by_ga101() -> None:
    """One cut, one finding; once a gradient does arrive, the term is what remains."""
    run = Run(3).trace([0, 2], {1: CUT}, terms=(term([1], [0, 2]),)).turns(2, arrived=[0, 2])
    assert run.says("GA103") == []
    assert run.says("GA101") == [("warning", ("b.weight",))]
    assert run.turn().says("GA103") == [("warning", ("b.weight",))]


def test_a_loop_that_changes_parameters_by_hand_does_not_count_beside_a_real_optimizer() -> None:
    """An average, a clamp of weights: it holds parameters that this loss need not train."""
    for by_hand, expected in ((True, []), (False, [("warning", ("a.weight",))])):
        run = Run(3, optimizer=False).optimizer(0, [1, 2]).optimizer(1, [0], manual=by_hand)
        run.trace(terms=(term([0], [0, 1, 2]),)).backward()
        run.step(0).step(1, manual=by_hand).reset()
        assert run.says("GA103") == expected


def test_a_loop_without_an_optimizer_trains_what_it_changes() -> None:
    """Then there is nobody else who could have used the backward."""
    run = Run(3, optimizer=False).optimizer(0, manual=True)
    run.trace(terms=(term([0], [0, 1, 2]),)).backward().step(0, manual=True).reset()
    run.trace(terms=(term([0], [0, 1, 2]),)).backward().step(0, manual=True).reset()
    assert run.says("GA103") == [("warning", ("a.weight",))]
