"""GA104: the loss reaches no trainable parameter."""

from __future__ import annotations

from gradaudit.findings import Cause
from tests.rules.build import Run, at

RAISED = "RuntimeError: element 0 of tensors does not require grad and does not have a grad_fn"


def test_backward_raised_for_want_of_a_graph() -> None:
    """An error that names what could have learned."""
    run = Run(2).backward([], error=RAISED, root_requires_grad=False)
    assert run.says("GA104") == [("error", ("a.weight", "b.weight"))]
    assert run.found("GA104")[0].cause is None


def test_other_exceptions_are_none_of_its_business() -> None:
    """Another text, or a root that does require grad."""
    run = Run(2).backward([], error="RuntimeError: shapes differ", root_requires_grad=False)
    assert run.says("GA104") == []
    assert Run(2).backward([], error=RAISED).says("GA104") == []


def test_a_loss_that_is_a_leaf() -> None:
    """requires_grad_() hid it: backward succeeds and reaches nothing, time and again."""
    run = Run(2)
    for _ in range(4):
        run.backward([], root_is_leaf=True).step()
    (finding,) = run.found("GA104")
    assert (finding.severity.value, finding.count) == ("error", 4)
    assert run.loud() == [("GA104", finding.message)]


def test_a_constant_for_an_empty_batch() -> None:
    """Info while no more than half of the backwards of that line have one."""
    run = Run(2)
    for hidden in (False, True, True, False):
        run.backward([] if hidden else None, root_is_leaf=hidden).step().reset()
    assert run.says("GA104") == [("info", ())]
    run.backward([], root_is_leaf=True)
    assert run.says("GA104") == [("error", ("a.weight", "b.weight"))]


def test_a_leaf_among_roots_that_reach_something() -> None:
    """What arrived speaks for itself."""
    assert Run(2).backward([0], root_is_leaf=True).says("GA104") == []


def test_causes_that_need_no_trace() -> None:
    """Everything is frozen; or the loss is a whole number (not certain)."""
    run = Run(2).freeze().backward([], error=RAISED, root_requires_grad=False)
    (finding,) = run.found("GA104")
    assert finding.cause is not None
    assert (finding.cause.kind, finding.parameters) == (
        "requires-grad-off",
        ("a.weight", "b.weight"),
    )
    run = Run(2).backward(
        [], error=RAISED, root_requires_grad=False, root_dtype_differentiable=False
    )
    (finding,) = run.found("GA104")
    assert finding.cause is not None
    assert (finding.cause.kind, finding.cause.certain) == ("non-differentiable-op", False)


# ---------------------------------------------------------------------- with a traced step


CUT = Cause.at("no-grad-region", at(8), op="torch.no_grad")


def test_the_cut_is_named_where_backward_raised() -> None:
    """Of the traced backward itself, and of no other."""
    fields = {"error": RAISED, "root_requires_grad": False}
    run = Run(2).trace([], loss_cause=CUT).backward([], **fields)
    (finding,) = run.found("GA104")
    assert (finding.severity.value, finding.cause) == ("error", CUT)
    assert "outside torch.no_grad()" in finding.fix
    run = Run(2).trace([0, 1], loss_cause=None).turn().backward([], **fields)
    assert run.found("GA104")[0].cause is None


def test_the_cut_is_named_where_the_loss_was_made_a_leaf() -> None:
    """And it stays named while later backwards are not traced."""
    run = Run(2).trace([], loss_cause=CUT).backward([], root_is_leaf=True).step()
    for _ in range(3):
        run.backward([], root_is_leaf=True).step()
    (finding,) = run.found("GA104")
    assert (finding.severity.value, finding.cause, finding.count) == ("error", CUT, 4)


def test_a_cause_belongs_to_the_line_of_its_backward() -> None:
    """Two losses without a graph: the one that was not traced has no cause."""
    run = Run(2).trace([], loss_cause=CUT).backward([], root_is_leaf=True, line=10)
    run.backward([], root_is_leaf=True, line=11)
    by_line = {f.evidence["backward"]: f.cause for f in run.found("GA104")}
    assert by_line == {"train.py:10": CUT, "train.py:11": None}


def test_that_everything_is_frozen_wins_over_a_cut() -> None:
    """Nothing could learn, cut or no cut; a line that switched it off stays named."""
    fields = {"error": RAISED, "root_requires_grad": False}
    run = Run(2).freeze().trace([], loss_cause=CUT).backward([], **fields)
    assert run.found("GA104")[0].cause == Cause("requires-grad-off")
    off = Cause.at("requires-grad-off", at(4))
    run = Run(2).freeze().trace([], loss_cause=off).backward([], **fields)
    assert run.found("GA104")[0].cause == off


def test_a_traced_cause_wins_over_a_guess_from_the_dtype() -> None:
    """The op before the whole number, with its line."""
    op = Cause.at("non-differentiable-op", at(9), op="Tensor.argmax")
    fields = {"error": RAISED, "root_requires_grad": False, "root_dtype_differentiable": False}
    run = Run(2).trace([], loss_cause=op).backward([], **fields)
    assert run.found("GA104")[0].cause == op
