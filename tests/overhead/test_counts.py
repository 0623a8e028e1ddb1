"""A healthy step does no more work than it did: counted, so that no noisy machine can fool it."""

from __future__ import annotations

import functools
from typing import Any

import pytest
import torch

from tests.overhead import counting
from tests.overhead.counting import HOME, NAMES, VERSIONS, complaints, is_counted, stored

counted = functools.cache(counting.measure)
"""Counting is deterministic, which `test_counting_twice_gives_the_same` says."""


SECONDS = ("tiny2000, accumulation",)
"""Loops that take some."""


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.slow] if n in SECONDS else []) for n in NAMES]
)
def test_a_healthy_step_does_no_more_work_than_recorded(name: str) -> None:
    """Bytecodes of ours, calls into torch and numpy, operators, and elements that are read."""
    if not is_counted(name):
        pytest.skip("this version of `watch` has no such option")
    recorded = stored().get(VERSIONS)
    if recorded is None:
        pytest.skip(f"nothing is recorded for {VERSIONS}; the ratios are tested all the same")
    assert complaints(name, counted(name), recorded[name]) == []


def test_work_grows_no_faster_than_the_parameters() -> None:
    """Ten times the parameters: at most eleven times the bytecodes, and hardly a call more."""
    few, many = counted("tiny200, plain"), counted("tiny2000, plain")
    assert many["instructions"] <= 11 * few["instructions"]
    assert many["instructions, mean"] <= 11 * few["instructions, mean"]
    assert many["calls"] <= few["calls"] + 2


def test_accumulation_costs_no_more_than_as_many_steps() -> None:
    """Eight backwards and one step are less than eight of each."""
    one, eight = counted("mlp20, plain"), counted("mlp20, accumulation")
    assert eight["instructions, mean"] <= 8 * one["instructions, mean"]
    assert eight["operators"] <= 8 * one["operators"]


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("tiny2000")])
def test_each_gradient_is_read_once_for_each_backward_at_most(name: str) -> None:
    """Elements that go into norms because of the audit, over those of all gradients."""
    if not is_counted(name):
        pytest.skip("this version of `watch` has no such option")
    assert counted(name)["read"] <= (8.01 if "accumulation" in name else 1.01)


def test_steps_in_which_something_is_due_are_rare_or_cheap() -> None:
    """The mean over 64 steps is at most three quarters above the median."""
    work = counted("mlp20, plain")
    assert work["instructions, mean"] <= 1.75 * work["instructions"]


def test_counting_twice_gives_the_same() -> None:
    """To the last bytecode: nothing in it depends on the clock or on where objects lie."""
    again = counting.measure("mlp20, clip")
    assert again["instructions"] == counted("mlp20, clip")["instructions"]
    assert again["calls"] == counted("mlp20, clip")["calls"]


def _sink(code: str) -> Any:
    """A listener whose code counts as gradaudit's own: a part that someone has added."""
    names: dict[str, Any] = {"torch": torch}
    exec(compile(code, f"{HOME}/sinks/added.py", "exec"), names)
    return names["Added"]()


LOOPS_OVER_PARAMETERS = """
class Added:
    def emit(self, record):
        if type(record).__name__ == "BackwardEnded":
            self.worst = 0
            for status, norm in zip(record.status, record.norm):
                self.worst = max(self.worst, int(status), 1 if norm != norm else 0)
    def close(self): pass
"""
READS_AGAIN = """
gradients = [torch.ones(41600)]
class Added:
    def emit(self, record):
        if type(record).__name__ == "BackwardEnded":
            torch._foreach_norm(gradients)
    def close(self): pass
"""


def test_a_loop_over_the_parameters_is_noticed() -> None:
    """In one sentence that says what rose and what to do: the guard can fail."""
    name = "tiny200, plain"
    slower = counting.measure(name, (_sink(LOOPS_OVER_PARAMETERS),))
    said = complaints(name, slower, counted(name))
    assert said
    assert said[0].startswith(f"instructions per step of the loop '{name}' rose from ")
    assert "benchmarks.record_counts" in said[0]


def test_a_second_pass_over_the_gradients_is_noticed() -> None:
    """Though it is one call, and hardly any bytecode."""
    name = "mlp20, plain"
    slower = counting.measure(name, (_sink(READS_AGAIN),))
    assert slower["read"] > 1.9
    assert any(s.startswith("read per step") for s in complaints(name, slower, counted(name)))


def test_the_same_numbers_are_no_complaint_and_smaller_ones_neither() -> None:
    """Nothing is said where nothing rose."""
    work = {"instructions": 1000.0, "calls": 10.0, "operators": 0.0, "read": 1.0}
    assert complaints("any", work, work) == []
    assert complaints("any", {key: value / 2 for key, value in work.items()}, work) == []
    (said,) = complaints("any", {**work, "instructions": 1051.0}, work)
    assert "from 1,000 to 1,051, and 1,050 is allowed" in said
