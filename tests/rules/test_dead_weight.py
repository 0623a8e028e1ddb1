"""GA101: dead weight in words: families of layers, the line to paste, luck, and why it is idle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from gradaudit.events import ModulesRan
from tests.rules.build import Run

BLOCKS = [
    f"layers.{i}.{part}.{leaf}"
    for i in range(3)
    for part in ("attn", "cross")
    for leaf in ("weight", "bias")
]
CROSS = [i for i, name in enumerate(BLOCKS) if ".cross." in name]


def idle(
    names: Sequence[str],
    top: Mapping[int, str],
    *,
    steps: int = 3,
    ran: Sequence[int] = (),
    functional: Sequence[int] = (),
) -> Run:
    """`steps` steps in which nothing arrives at the parameters of `top`.

    `top` has the outermost module that never ran of each; `ran`: those whose own forward did.
    """
    run, n = Run(names), len(names)

    def mask(indices: Sequence[int]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        result = np.zeros(n, np.bool_)
        result[list(indices)] = True
        return result

    run.feed(
        ModulesRan(
            ran=mask([i for i in range(n) if i not in top or i in ran]),
            ran_without_grad=mask([]),
            known=mask(range(n)),
            functional=mask(functional),
            top=tuple("" if i in ran else top.get(i, "") for i in range(n)),
        )
    )
    return run.turns(steps, arrived=[i for i in range(n) if i not in top])


def layers_without_cross(which: Sequence[int]) -> Run:
    """The cross-attention of these layers never ran."""
    gone = [i for i in CROSS if int(BLOCKS[i].split(".")[1]) in which]
    return idle(BLOCKS, {i: BLOCKS[i].rpartition(".")[0] for i in gone})


def test_one_module_of_every_layer_is_one_finding() -> None:
    """With a star, and one line of Python that goes through the layers."""
    (finding,) = layers_without_cross([0, 1, 2]).found("GA101")
    assert finding.cause is not None
    assert (finding.cause.kind, finding.cause.module) == ("unused-module", "layers.*.cross")
    assert finding.message.startswith("`layers.*.cross.*` (6 parameters) got no gradient")
    line = 'for layer in model.get_submodule("layers"): layer.cross.requires_grad_(False)'
    assert f"freeze them: `{line}`" in finding.fix
    assert 'ignore_parameters=["layers.*.cross.*"]' in finding.fix


def test_some_layers_are_told_by_their_numbers() -> None:
    """No star that would mean a layer that learns."""
    (finding,) = layers_without_cross([1, 2]).found("GA101")
    assert finding.cause is not None
    assert finding.cause.module == "layers.{1,2}.cross"
    assert finding.parameters == tuple(f"layers.{i}.cross.{leaf}" for i in (1, 2)
                                       for leaf in ("weight", "bias"))  # fmt: skip
    assert 'ignore_parameters=["layers.1.cross.*", "layers.2.cross.*"]' in finding.fix


def test_two_modules_are_two_findings() -> None:
    """Whatever else they have in common."""
    names = ["tower.a.weight", "tower.a.bias", "head.weight", "head.bias", "body.weight"]
    run = idle(names, {0: "tower", 1: "tower", 2: "head", 3: "head"})
    modules = [f.cause and f.cause.module for f in run.found("GA101")]
    assert modules == ["tower", "head"]


def test_of_one_module_a_single_line_freezes_it() -> None:
    """A module by its name, a parameter of a module that learns otherwise by its own."""
    (tower,) = idle(["tower.a", "tower.b", "x.a"], {0: "tower", 1: "tower"}).found("GA101")
    assert '`model.get_submodule("tower").requires_grad_(False)`' in tower.fix
    (alone,) = idle(["x.mask", "x.a", "x.b"], {0: "x"}, ran=[0]).found("GA101")
    assert '`model.get_parameter("x.mask").requires_grad_(False)`' in alone.fix
    assert 'ignore_parameters=["x.mask"]' in alone.fix


def test_a_module_whose_weight_was_used_elsewhere_is_idle_without_certainty() -> None:
    """An enclosing module's code reads the parameter itself, so that its own need not run."""
    (finding,) = idle(["a.w", "a.v", "b.w"], {0: "a", 1: "a"}, functional=[0]).found("GA101")
    assert finding.cause is not None
    assert finding.cause.certain is False


EXPERTS = [f"moe.experts.{i}.w" for i in range(4)] + ["router.w"]


def test_an_expert_without_a_token_is_unlucky_before_it_is_dead() -> None:
    """Info while a sibling learns and 20 steps are not over."""
    assert [s for s, _ in idle(EXPERTS, {3: "moe.experts.3"}).says("GA101")] == ["info"]
    late = idle(EXPERTS, {3: "moe.experts.3"}, steps=20)
    assert [s for s, _ in late.says("GA101")] == ["warning"]
    (finding,) = late.found("GA101")
    assert "no token was sent to it so far" in finding.fix


def test_experts_of_which_none_ever_learned_are_no_bad_luck() -> None:
    """Nothing shows that any of them is ever chosen."""
    run = idle(EXPERTS, {i: f"moe.experts.{i}" for i in range(4)})
    assert {s for s, _ in run.says("GA101")} == {"warning"}


def test_a_layer_that_was_dropped_in_each_step_so_far_is_unlucky_too() -> None:
    """Its like in another layer came and went: layerdrop draws anew in each step."""
    names = ["layers.0.w", "layers.1.w", "head.w"]
    run = Run(names).turn(arrived=[0, 2]).turns(2, arrived=[2])
    assert ("info", ("layers.1.w",)) in run.says("GA101")
    steady = Run(names).turns(3, arrived=[0, 2])
    assert steady.says("GA101") == [("warning", ("layers.1.w",))]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("model.vision_tower", "was there an image in the batch (pixel_values)?"),
        ("audio_tower", "was there sound in the batch (input_features, input_values)?"),
        ("multi_modal_projector", "was there an image or sound in the batch?"),
        ("decoder.encoder_attn", "cross-attention runs only where it is given an encoder's output"),
        ("bert.pooler", "many models are built without it by add_pooling_layer=False"),
        ("seg_embed", "it is used only where token_type_ids are given"),
    ],
)
def test_a_name_that_says_what_is_missing(name: str, hint: str) -> None:
    """As a question or a fact, in brackets, before the line that freezes."""
    names = [f"{name}.weight", f"{name}.bias", "body.weight"]
    (finding,) = idle(names, {0: name, 1: name}).found("GA101")
    assert f"({hint})" in finding.fix
    (plain,) = idle(["x.weight", "x.bias", "body.weight"], {0: "x", 1: "x"}).found("GA101")
    assert hint not in plain.fix
