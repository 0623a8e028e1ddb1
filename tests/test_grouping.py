"""Grouping of parameters by modules, against a slow and obvious oracle."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from gradaudit.grouping import Group, group_by_prefix

names = st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map(".".join)


def oracle(affected: list[str], known: list[str]) -> list[Group]:
    """For each affected name, the first of its modules, from the root, that is affected whole."""
    order = list(dict.fromkeys([*known, *affected]))
    found: dict[Group, None] = {}
    for name in order:
        if name not in affected:
            continue
        parts = name.split(".")
        group = Group(name, (name,))
        for depth in range(len(parts)):
            prefix = ".".join(parts[:depth])
            below = [one for one in order if depth == 0 or one.startswith(f"{prefix}.")]
            if len(below) > 1 and set(below) <= set(affected):
                group = Group(prefix, tuple(below))
                break
        found[group] = None
    return list(found)


@given(st.lists(names), st.lists(names))
def test_agrees_with_the_oracle(affected: list[str], known: list[str]) -> None:
    """Groups are the largest modules that are affected whole, whatever the names."""
    assert oracle(affected, known) == group_by_prefix(affected, known)


@given(st.lists(names), st.lists(names))
def test_every_affected_name_is_in_one_group(affected: list[str], known: list[str]) -> None:
    """No affected parameter is lost, none comes twice, no healthy one comes."""
    told = [name for group in group_by_prefix(affected, known) for name in group.names]
    assert sorted(set(affected)) == sorted(told)


def test_groups_in_words() -> None:
    """A module says how many parameters it has, a single one its name, the model that it is all."""
    known = ["a.0.weight", "a.0.bias", "b.weight", "b.bias"]
    assert [
        str(group) for group in group_by_prefix(["b.bias", "a.0.weight", "a.0.bias"], known)
    ] == ["a.* (2 parameters)", "b.bias"]
    assert [str(group) for group in group_by_prefix(known, known)] == [
        "the whole model (4 parameters)"
    ]
    assert [str(group) for group in group_by_prefix(["weight"], ["weight"])] == ["weight"]


def test_a_module_of_one_parameter_goes_by_its_name() -> None:
    """A norm layer with a weight only is told as that weight."""
    assert [Group("norm.weight", ("norm.weight",))] == group_by_prefix(
        ["norm.weight"], ["norm.weight", "head.weight"]
    )


def test_twenty_thousand_names_take_less_than_a_fifth_of_a_second() -> None:
    """Large models are grouped at once."""
    known = [
        f"model.layers.{layer}.{block}.{part}.{kind}"
        for layer in range(1250)
        for block in ("attention", "mlp")
        for part in ("q", "k", "v", "o")
        for kind in ("weight", "bias")
    ]
    affected = known[::2] + known[1:9999:2]
    durations: list[float] = []
    for _ in range(3):
        start = time.perf_counter()
        group_by_prefix(affected, known)
        durations.append(time.perf_counter() - start)
    assert len(known) == 20_000
    assert min(durations) < 0.2
