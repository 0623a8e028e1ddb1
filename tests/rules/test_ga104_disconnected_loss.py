"""GA104: the loss reaches no trainable parameter."""

from __future__ import annotations

from tests.rules.build import Run

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
