"""`gradaudit run` on training scripts of zoo models: the same output, and the same verdicts."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("transformers")
pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

SCRIPT = """\
import torch
import transformers

from tests.zoo.architectures import Architecture, batches, build

transformers.logging.set_verbosity_error()
architecture = Architecture("{name}")
model = build(architecture)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for step, batch in enumerate(batches(architecture, model, 3)):
    torch.manual_seed(step)
    optimizer.zero_grad()
    loss = model(**batch).loss
    loss.backward()
    optimizer.step()
    print(loss.item().hex())
"""

MODELS = {
    "GPT2LMHeadModel": [],
    "BartForCausalLM": [
        ("unused-module", "model.decoder.layers.*.encoder_attn", 16),
        ("unused-module", "model.decoder.layers.*.encoder_attn_layer_norm", 4),
    ],
    "BigBirdForCausalLM": [("unused-output", "bert.pooler", 2)],
    "LlavaForConditionalGeneration": [
        ("unused-module", "model.vision_tower", 39),
        ("unused-module", "model.multi_modal_projector", 4),
    ],
}
"""Kind of cause, module and number of parameters of each warning; there is no error."""


@pytest.mark.parametrize("name", MODELS)
def test_a_script_that_nobody_changed(name: str, tmp_path: Path) -> None:
    """Exit code 0, each loss to the last bit, and one line a module."""
    script = tmp_path / "train.py"
    script.write_text(SCRIPT.format(name=name), encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words], cwd=tmp_path, env=env, capture_output=True, text=True,
            timeout=200, check=False,
        )  # fmt: skip

    plain = run("train.py")
    assert plain.returncode == 0, plain.stderr
    audited = run("-m", "gradaudit", "run", "--json", "report.json", "train.py")
    assert audited.returncode == 0, audited.stderr
    assert audited.stdout == plain.stdout
    assert len(re.findall(r"0x1\.", plain.stdout)) == 3
    findings = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["findings"]
    loud = [one for one in findings if one["severity"] != "info"]
    assert {one["severity"] for one in loud} <= {"warning"}
    assert [
        (one["cause"]["kind"], one["cause"]["module"], len(one["parameters"])) for one in loud
    ] == MODELS[name]
    assert all(one["code"] == "GA101" for one in loud)
