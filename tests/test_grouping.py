"""Grouping of parameters by modules, against a slow and obvious oracle."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from gradaudit.grouping import Family, Group, families, group_by_prefix, shape_of, within

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


def test_the_same_module_of_every_layer_is_one_family() -> None:
    """A star for all layers there are, a list for some, the name itself for one."""
    known = [f"layers.{i}.{part}" for i in range(12) for part in ("attn", "mlp")] + ["head"]
    every = [f"layers.{i}.attn" for i in range(12)]
    assert families(every, known) == [Family("layers.*.attn", tuple(every))]
    assert [f.pattern for f in families(every[:3] + every[7:8], known)] == ["layers.{0-2,7}.attn"]
    assert [f.pattern for f in families(every[4:6], known)] == ["layers.{4,5}.attn"]
    assert [f.pattern for f in families(["head", every[4], "layers.4.mlp"], known)] == [
        "head",
        "layers.4.attn",
        "layers.4.mlp",
    ]


def test_a_family_claims_no_module_that_is_not_meant() -> None:
    """Expert 3 of two layers and expert 5 of another one are no product of layers and experts."""
    known = [f"layers.{i}.experts.{k}" for i in range(3) for k in range(8)]
    names = ["layers.0.experts.3", "layers.1.experts.3", "layers.2.experts.5"]
    assert [f.pattern for f in families(names, known)] == [
        "layers.{0,1}.experts.3",
        "layers.2.experts.5",
    ]
    assert [f.pattern for f in families(known, known)] == ["layers.*.experts.*"]


@given(st.lists(st.lists(st.sampled_from(["a", "0", "1", "2", "03"]), min_size=1, max_size=4)))
def test_families_have_each_name_once(parts: list[list[str]]) -> None:
    """Whatever the numbers: no name is lost, none is added, those of one family look alike."""
    all_names = list(dict.fromkeys(".".join(one) for one in parts))
    found = families(all_names, all_names)
    members = [name for family in found for name in family.members]
    assert sorted(members) == sorted(all_names)
    for family in found:
        assert {shape_of(name) for name in family.members} == {shape_of(family.members[0])}
        assert len(family.members) > 1 or family.pattern == family.members[0]


def test_what_lies_within_one_module() -> None:
    """Its name, or the same one of several layers; none where there is nothing in common."""
    assert within(["a.b"]) == "a.b"
    assert within(["a.b", "a.c.d"]) == "a"
    assert within(["layers.0.attn.q", "layers.1.attn.k"]) == "layers.{0,1}.attn"
    assert within(["layers.0", "layers.1", "layers.2"]) == "layers.{0-2}"
    assert within(["encoder.a", "decoder.a"]) is None
    assert within([]) is None
