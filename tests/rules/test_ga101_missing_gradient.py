"""GA101: a parameter never got a gradient while a sibling did."""

from __future__ import annotations

import numpy as np
import pytest

from gradaudit.events import ModulesRan, Status
from gradaudit.findings import Cause
from gradaudit.rules.traced import CUTS
from tests.rules.build import Run, at

DETACHED = Cause.at("detach", at(12), op="Tensor.detach", module="b")
UNUSED = Cause.at("unused-output", at(14), module="b")
NEVER_RAN = Cause("unused-module", module="b")


def the_cause(run: Run) -> Cause | None:
    """Of the only finding."""
    (finding,) = run.found("GA101")
    return finding.cause


def modules_ran(run: Run, ran: list[int], top: dict[int, str]) -> Run:
    """Whose forwards have run; `top`: the outermost module that never ran."""
    n = len(run.names)
    mask = np.zeros(n, np.bool_)
    mask[ran] = True
    return run.feed(
        ModulesRan(
            ran=mask,
            ran_without_grad=np.zeros(n, np.bool_),
            known=np.ones(n, np.bool_),
            functional=np.zeros(n, np.bool_),
            top=tuple(top.get(i, "") for i in range(n)),
        )
    )


def test_all_arrive() -> None:
    """Nothing to say where every parameter gets a gradient."""
    run = Run(3).turns(25)
    assert run.report().findings == ()


def test_one_never_arrives_in_a_short_run() -> None:
    """Two steps are the shortest run that is judged as a whole."""
    assert Run(3).turns(1, arrived=[0, 2]).says("GA101") == [("info", ("b.weight",))]
    run = Run(3).turns(2, arrived=[0, 2])
    assert run.says("GA101") == [("warning", ("b.weight",))]
    (finding,) = run.found("GA101")
    assert (finding.first_step, finding.last_step, finding.count) == (0, 1, 2)


def test_it_is_info_until_the_twentieth_step() -> None:
    """While a run goes on, fewer steps are a suspicion that may be taken back."""
    assert Run(3).turns(19, arrived=[0, 2]).told("GA101") == ["info"]
    assert Run(3).turns(20, arrived=[0, 2]).told("GA101") == ["info", "warning"]
    assert Run(3).turns(10, arrived=[0, 2]).turns(1).says("GA101") == []


def test_a_layer_that_came_late_has_not_missed_the_whole_run() -> None:
    """It was in the optimizer for fewer steps than its siblings were judged."""
    run = Run(2).turns(5)
    run.add(["late.weight"]).optimizer().turns(3, arrived=[0, 1])
    assert run.says("GA101") == [("info", ("late.weight",))]


def test_nothing_at_all_arrives_at_an_optimizer() -> None:
    """An error after 3 steps of it, or 2 in a whole run, when others do get gradients."""
    run = Run(3, optimizer=False).optimizer(0, [0]).optimizer(1, [1, 2])
    run.backward([0]).step(0).step(1).reset()
    assert run.says("GA101") == []
    run.backward([0]).step(0).step(1).reset()
    assert run.says("GA101") == [("error", ("b.weight", "c.weight"))]
    assert run.told("GA101") == []
    for _ in range(3):
        run.backward([0]).step(0).step(1).reset()
    assert run.told("GA101") == ["error"]


def test_a_loss_without_a_graph_is_another_matter() -> None:
    """GA104 tells of it, and of the optimizer that got nothing as well."""
    run = Run(2, optimizer=False).optimizer(0, [0]).optimizer(1, [1])
    for _ in range(5):
        run.backward([0], line=5).step(0).reset()
        run.backward([], line=6, root_is_leaf=True).step(1)
    assert [code for code, _ in run.loud()] == ["GA104"]


def test_another_optimizer_that_holds_it_steps_with_its_gradient() -> None:
    """Two optimizers that share a layer and take turns: it learns."""
    run = Run(3, optimizer=False).optimizer(0, [0, 1]).optimizer(1, [1, 2])
    for _ in range(3):
        run.backward([0]).step(0).reset().backward([1, 2]).step(1).reset()
    assert run.says("GA101") == []


def test_the_cause_is_given_where_it_is_known() -> None:
    """A module that never ran; a loss whose optimizer is another; a clearing call."""
    run = modules_ran(Run(3), [0, 2], {1: "b"}).turns(3, arrived=[0, 2])
    (finding,) = run.found("GA101")
    assert finding.cause is not None
    assert (finding.cause.kind, finding.cause.module) == ("unused-module", "b")

    run = Run(3)
    for _ in range(3):
        run.backward([1], line=5).reset([1]).backward([0, 2], line=6).step().reset()
    (finding,) = run.found("GA101")
    assert finding.cause is not None
    assert (finding.cause.kind, finding.cause.line) == ("other-backward", 5)

    run = Run(3)
    for _ in range(3):
        run.backward().reset([1], line=7).step().reset()
    (finding,) = run.found("GA101")
    assert finding.cause is not None
    assert (finding.cause.kind, finding.cause.line) == ("cleared", 7)


def test_frozen_and_zero_are_not_missing() -> None:
    """A frozen parameter is not expected to get a gradient, and zeros have arrived."""
    assert Run(3).freeze([1]).turns(5).says("GA101") == []
    assert Run(3).turns(5, status={1: Status.ZERO}).says("GA101") == []


# ---------------------------------------------------------------------- with a traced step


def test_a_cut_that_was_seen_is_told_at_once() -> None:
    """A warning at the first step: there was a way to the loss, and it is cut."""
    run = Run(3).trace([0, 2], {1: DETACHED}).turn(arrived=[0, 2])
    assert run.told("GA101") == ["warning"]
    (finding,) = run.found("GA101")
    assert (finding.severity.value, finding.parameters) == ("warning", ("b.weight",))
    assert finding.cause == DETACHED
    assert "detach()" in finding.fix


@pytest.mark.parametrize("kind", sorted(CUTS))
def test_every_kind_of_cut_is_told_at_once(kind: str) -> None:
    """And the fix is for that kind, not the one for a result that is not used."""
    run = Run(3).trace([0, 2], {1: Cause.at(kind, at(12))}).turn(arrived=[0, 2])
    (finding,) = run.found("GA101")
    assert finding.severity == "warning"
    assert "find_unused_parameters" not in finding.fix


def test_a_cut_that_is_not_certain_waits_for_more_steps() -> None:
    """It is named as probable, and the steps decide."""
    guess = Cause.at("rewrapped-value", at(12), certain=False)
    run = Run(3).trace([0, 2], {1: guess}).turn(arrived=[0, 2])
    assert (run.says("GA101"), the_cause(run)) == ([("info", ("b.weight",))], guess)
    assert run.turn(arrived=[0, 2]).says("GA101") == [("warning", ("b.weight",))]


def test_a_result_that_is_not_used_waits_for_more_steps() -> None:
    """A head of many that take turns: info until the twentieth step, or the end of the run."""
    run = Run(3).trace([0, 2], {1: UNUSED}).turns(19, arrived=[0, 2])
    assert run.told("GA101") == ["info"]
    assert run.turn(arrived=[0, 2]).told("GA101") == ["info", "warning"]
    assert the_cause(run) == UNUSED
    short = Run(3).trace([0, 2], {1: UNUSED}).turns(2, arrived=[0, 2])
    assert short.says("GA101") == [("warning", ("b.weight",))]
    assert Run(3).trace([0, 2], {1: UNUSED}).turns(5, arrived=[0, 2]).turn().says("GA101") == []


def test_each_cut_is_a_finding_of_its_own() -> None:
    """And the parameters behind one cut are one finding."""
    other = Cause.at("no-grad-region", at(20), op="torch.no_grad")
    why = {1: DETACHED, 2: DETACHED, 3: other}
    run = Run(4).trace([0], why).turn(arrived=[0])
    assert run.says("GA101") == [
        ("warning", ("b.weight", "c.weight")),
        ("warning", ("d.weight",)),
    ]


def test_the_backward_that_the_optimizer_stepped_after_decides() -> None:
    """Two losses, two optimizers: in the other one's loss the layer is detached, as it should be.

    In its own it is not used.
    """
    run = Run(3, optimizer=False).optimizer(0, [0, 1]).optimizer(1, [2])
    run.trace([2], {0: DETACHED, 1: DETACHED}).backward([2]).step(1).reset()
    run.trace([0], {1: UNUSED}).backward([0]).step(0).reset()
    assert run.says("GA101") == [("info", ("b.weight",))]
    assert the_cause(run) == UNUSED


def test_a_backward_that_is_for_nobody_of_this_optimizer_decides_nothing() -> None:
    """Three losses before both steps: of the traced ones that which reaches something of this."""
    run = Run(3, optimizer=False).optimizer(0, [0, 1]).optimizer(1, [2])
    run.trace([0], {1: UNUSED}).backward([0])
    run.trace([2], {1: DETACHED}).backward([2])
    run.backward([0, 2]).step(0).step(1).reset()
    assert the_cause(run) == UNUSED


def test_what_some_traced_backward_reaches_has_no_cut() -> None:
    """There is a way, so the detach in the other loss is not why nothing came."""
    run = Run(3)
    run.trace([0, 2], {1: DETACHED}).backward([0, 2], line=10)
    run.trace([0, 1, 2]).backward([0, 2], line=11).step().reset()
    assert (run.says("GA101"), the_cause(run)) == ([("info", ("b.weight",))], None)


def test_a_module_that_never_ran_wins_over_what_was_not_used() -> None:
    """`unused-module` names the outermost module; a trace has seen the weight read elsewhere."""
    run = modules_ran(Run(3), [0, 2], {1: "b"})
    assert the_cause(run.trace([0, 2], {1: UNUSED}).turns(2, arrived=[0, 2])) == NEVER_RAN


def test_a_cut_wins_over_a_module_that_never_ran() -> None:
    """`F.linear(x, self.b.weight.data)`: b's forward never runs, yet its weight is used."""
    cut = Cause.at("data-attribute", at(12), op="Tensor.data")
    run = modules_ran(Run(3), [0, 2], {1: "b"})
    assert the_cause(run.trace([0, 2], {1: cut}).turns(2, arrived=[0, 2])) == cut


def test_a_module_that_ran_and_computed_nothing_with_it() -> None:
    """The trace saw no operation on it: its result is not used, and no line can be named."""
    run = modules_ran(Run(3), [0, 1, 2], {})
    run.trace([0, 2], used=[0, 2]).turns(2, arrived=[0, 2])
    assert the_cause(run) == Cause("unused-output", module="b")
    run = modules_ran(Run(3), [0, 1, 2], {})
    assert the_cause(run.trace([0, 2]).turns(2, arrived=[0, 2])) is None


def test_a_custom_function_is_named_with_the_line_that_calls_it() -> None:
    """It is a leaf of the graph, and nothing came; one line calls a Function of that name."""
    leaves = {"graph_leaves": np.ones(3, np.bool_), "custom_functions": ("", "Clip", "")}
    call = Cause.at("custom-function", at(12), op="Clip")
    run = Run(3).trace([0, 1, 2], functions=(call,)).turns(2, arrived=[0, 2], **leaves)
    assert the_cause(run) == call
    elsewhere = Cause.at("custom-function", at(15), op="Clip")
    run = Run(3).trace([0, 1, 2], functions=(call, elsewhere)).turns(2, arrived=[0, 2], **leaves)
    assert the_cause(run) == Cause("custom-function", op="Clip")


def test_nothing_at_all_arrived_and_the_trace_shows_why() -> None:
    """An error for each cut; another optimizer's parameters do get gradients."""
    run = Run(3, optimizer=False).optimizer(0, [0]).optimizer(1, [1, 2])
    for _ in range(2):
        run.trace([0], {1: DETACHED, 2: DETACHED}).backward([0]).step(0).step(1).reset()
    assert run.says("GA101") == [("error", ("b.weight", "c.weight"))]
    assert the_cause(run) == DETACHED
    assert "nothing that `optimizer1` holds" in run.found("GA101")[0].message


def test_a_parameter_that_came_after_the_trace() -> None:
    """The trace has no entry for it."""
    run = Run(2).trace([0, 1]).turn()
    run.add(["late.weight"]).optimizer().turns(2, arrived=[0, 1])
    assert run.says("GA101") == [("info", ("late.weight",))]
    assert the_cause(run) is None


def test_a_finding_without_a_line_asks_for_a_trace_once() -> None:
    """And one whose cause has a line does not."""
    run = Run(3).turns(3, arrived=[0, 2])
    assert run.auditor.takes_trace_request() == 1
    assert run.turns(2, arrived=[0, 2]).auditor.takes_trace_request() == 0
    run = Run(3).trace([0, 2], {1: DETACHED}).turns(3, arrived=[0, 2])
    assert run.auditor.takes_trace_request() == 0
