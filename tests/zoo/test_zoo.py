"""Healthy architectures of transformers, tiny and untrained: nothing but the truth is said of them.

Each is trained twice alike, without and with the audit. What plain PyTorch shows of the first run
(which `.grad` is None, which forward was called) decides whether what is said of the other is so.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from typing import Any

import pytest

import gradaudit
from tests.zoo.architectures import FAST, LLAVA_WITH_IMAGES, Architecture, batches, build
from tests.zoo.names import FAMILIES

pytest.importorskip("transformers")

STEPS = 3


@pytest.fixture(scope="module", autouse=True)
def _quiet_and_offline() -> Iterator[None]:
    """No network; and what has been imported is not looked through again in each audit."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
            patch.setenv(name, "1")
        import transformers

        level = transformers.logging.get_verbosity()
        transformers.logging.set_verbosity_error()
        gc.collect()
        gc.freeze()
        yield
        gc.unfreeze()
        transformers.logging.set_verbosity(level)


def optimizer_of(model: Any, kind: str = "sgd") -> Any:
    import torch

    if kind == "sgd":
        return torch.optim.SGD(model.parameters(), lr=1e-3)
    return torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.01)


def both(
    architecture: Architecture, *, steps: int = STEPS, trace: Any = "auto", kind: str = "sgd"
) -> tuple[Any, Any, Any]:
    """What plain PyTorch shows, the audit's report on the same training, and the model."""
    from tests.zoo.training import observe, train

    model = build(architecture)
    given = batches(architecture, model, steps)
    truth = observe(model, optimizer_of(model, kind), given)
    model = build(architecture)
    optimizer = optimizer_of(model, kind)
    with gradaudit.watch(model, optimizer, trace=trace, on_finding="silent") as audit:
        losses = train(model, optimizer, given)
    assert losses == truth.losses  # to the last bit
    assert hooks_of(model) == []
    return truth, audit.report(), model


def hooks_of(model: Any) -> list[str]:
    """Modules with a hook that is not their own (weight norm and the like have pre-hooks)."""
    return [
        name
        for name, module in model.named_modules()
        for hook in (*module._forward_pre_hooks.values(), *module._forward_hooks.values())
        if "gradaudit" in str(getattr(hook, "__module__", ""))
    ]


def test_the_zoo_has_sixty_types_of_all_families() -> None:
    """Each class is of another model type, and every family has several."""
    import transformers
    from transformers import AutoConfig

    kinds = [a for a in FAST if not a.title]
    types = {getattr(transformers, a.name).config_class.model_type for a in kinds}
    assert len(types) >= 60
    assert all(len(names) >= 4 for names in FAMILIES.values())
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    assert AutoConfig is not None


@pytest.mark.parametrize("architecture", FAST, ids=lambda a: a.id)
def test_every_finding_is_true(architecture: Architecture) -> None:
    """No error; each warning is dead weight, once a module, with lines that mean just it."""
    from tests.zoo.verdicts import lies

    truth, report, model = both(architecture)
    assert truth.nonfinite == set()
    assert lies(report, truth, model, traced=True) == []


def test_a_lie_would_be_noticed() -> None:
    """The check of the findings is no check that cannot fail: each of these reports is caught."""
    from dataclasses import replace

    from gradaudit.findings import Cause, Severity
    from tests.zoo.verdicts import lies

    truth, report, model = both(Architecture("BigBirdForCausalLM"))
    (pooler,) = report.findings
    assert pooler.severity is Severity.WARNING
    assert pooler.parameters == ("bert.pooler.weight", "bert.pooler.bias")

    def caught(*findings: Any) -> bool:
        return bool(lies(replace(report, findings=findings), truth, model, traced=True))

    assert not caught(pooler)
    assert caught()
    assert caught(pooler, pooler)
    assert caught(replace(pooler, severity=Severity.ERROR))
    assert caught(replace(pooler, cause=None))
    assert caught(replace(pooler, cause=Cause("unused-module", module="bert.pooler")))
    assert caught(replace(pooler, cause=Cause("unused-output", module="bert.encoder")))
    assert caught(replace(pooler, parameters=pooler.parameters[:1]))
    assert caught(
        replace(pooler, parameters=(*pooler.parameters, "bert.embeddings.LayerNorm.bias"))
    )
    assert caught(replace(pooler, fix="use it"))
    assert caught(replace(pooler, fix=pooler.fix.replace("bert.pooler", "bert.encoder")))
    assert caught(replace(pooler, count=2))
    assert caught(pooler, replace(pooler, code="GA204"))
    learns = ("bert.embeddings.LayerNorm.bias",)
    assert caught(pooler, replace(pooler, code="GA203", parameters=learns))


def warnings_of(report: Any) -> list[tuple[str, str | None, str | None, int]]:
    """Code, kind of cause, module and number of parameters of each warning."""
    return [
        (
            f.code,
            None if f.cause is None else f.cause.kind,
            None if f.cause is None else f.cause.module,
            len(f.parameters),
        )
        for f in report.findings
        if f.severity == "warning"
    ]


def test_a_tower_without_images_is_one_line() -> None:
    """All of its parameters, one module, and the question whether there was an image."""
    _, report, _ = both(Architecture("LlavaForConditionalGeneration"))
    assert warnings_of(report) == [
        ("GA101", "unused-module", "model.vision_tower", 39),
        ("GA101", "unused-module", "model.multi_modal_projector", 4),
    ]
    tower = report.findings[0]
    assert tower.message.startswith("`model.vision_tower.*` (39 parameters) got no gradient")
    assert "was there an image in the batch (pixel_values)?" in tower.fix
    assert 'model.get_submodule("model.vision_tower").requires_grad_(False)' in tower.fix
    assert 'ignore_parameters=["model.vision_tower.*"]' in tower.fix


def test_with_images_only_what_llava_leaves_out_is_told() -> None:
    """It takes the features of the last layer but one: the last one and its norm never learn."""
    _, report, _ = both(LLAVA_WITH_IMAGES)
    found = warnings_of(report)
    assert all(code == "GA101" and kind == "unused-output" for code, kind, _, _ in found)
    assert {module for _, _, module, _ in found} == {
        "model.vision_tower.encoder.layers.1",
        "model.vision_tower.post_layernorm",
    }


def test_cross_attention_without_an_encoder_is_told_once_for_all_layers() -> None:
    """Two findings, not two a layer, and one line of Python that freezes it in every layer."""
    _, report, _ = both(Architecture("BartForCausalLM"))
    assert warnings_of(report) == [
        ("GA101", "unused-module", "model.decoder.layers.*.encoder_attn", 16),
        ("GA101", "unused-module", "model.decoder.layers.*.encoder_attn_layer_norm", 4),
    ]
    assert (
        "cross-attention runs only where it is given an encoder's output" in report.findings[0].fix
    )


def test_an_indexer_that_chooses_without_gradients() -> None:
    """Its forward is decorated with no_grad: that is the cause, and no module that never ran."""
    _, report, _ = both(Architecture("DeepseekV32ForCausalLM"))
    ((code, kind, _, n),) = warnings_of(report)
    assert (code, kind, n) == ("GA101", "no-grad-region", 10)


MENDED = ("BartForCausalLM", "LlavaForConditionalGeneration", "XLNetLMHeadModel")


@pytest.mark.parametrize("name", MENDED)
def test_what_the_fix_says_makes_it_silent(name: str) -> None:
    """The line that freezes, pasted, or the globs of `ignore_parameters`: no warning is left."""
    from tests.zoo.training import train
    from tests.zoo.verdicts import FREEZE, IGNORE

    _, report, _ = both(Architecture(name))
    fixes = [f.fix for f in report.findings if f.severity == "warning"]
    lines = [found.group(1) for fix in fixes if (found := FREEZE.search(fix))]
    globs = [one.strip(' "') for fix in fixes if (found := IGNORE.search(fix))
             for one in found.group(1).split(",")]  # fmt: skip
    for freeze in (True, False):
        model = build(Architecture(name))
        if freeze and len(lines) == len(fixes):
            for line in lines:
                exec(line, {"model": model})
        given = batches(Architecture(name), model, STEPS)
        optimizer = optimizer_of(model)
        ignored = globs if not freeze or len(lines) < len(fixes) else ()
        with gradaudit.watch(
            model, optimizer, ignore_parameters=ignored, on_finding="silent"
        ) as audit:
            train(model, optimizer, given)
        assert warnings_of(audit.report()) == []


OFF = (
    "BertForMaskedLM",
    "BartForCausalLM",
    "LlavaForConditionalGeneration",
    "SiglipForImageClassification",
    "Wav2Vec2ForCTC",
    "MixtralForCausalLM",
)


@pytest.mark.parametrize("name", OFF)
def test_without_a_trace_nothing_wrong_is_said_either(name: str) -> None:
    """A module that never ran is still told as one; for the rest there is no cause."""
    from tests.zoo.verdicts import lies

    truth, report, model = both(Architecture(name), trace="off")
    assert lies(report, truth, model, traced=False) == []


LONG = (
    "LlamaForCausalLM",
    "BartForCausalLM",
    "MixtralForCausalLM",
    "RoCBertForMaskedLM",
    "MobileNetV2ForImageClassification",
    "LlavaForConditionalGeneration",
    "T5ForConditionalGeneration",
    "Wav2Vec2ForCTC",
    "MraForMaskedLM",
    "DogeForCausalLM",
    "GLPNForDepthEstimation",
    "DeepseekV32ForCausalLM",
)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sgd", "adamw"])
@pytest.mark.parametrize("name", LONG)
def test_twenty_five_steps(name: str, kind: str) -> None:
    """Past every grace period: a gradient that is zero for 10 steps is told, and it is zero."""
    from tests.zoo.verdicts import lies

    truth, report, model = both(Architecture(name), steps=25, kind=kind)
    assert lies(report, truth, model, traced=True) == []
