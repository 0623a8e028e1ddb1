"""What docs/lightning.md shows is so: its blocks are run, and its tables compared."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from gradaudit.errors import GradAuditError
from gradaudit.events import Status
from tests.host_lightning.support import GradAuditCallback, data, pl, plain, quiet
from tests.host_lightning.test_loggers import SCALARS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "lightning.md").read_text(encoding="utf-8")


def block(remark: str, language: str) -> str:
    """The one block below this comment."""
    (found,) = re.findall(rf"^<!-- {remark} -->\n```{language}\n(.*?)^```$", PAGE, re.M | re.S)
    return found


def test_the_five_lines_make_a_trainer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are five, not counting what is empty, and the callback is in it."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    with quiet():
        exec(block("the start", "python"), names)
    assert any(isinstance(c, GradAuditCallback) for c in names["trainer"].callbacks)


def test_the_config_runs_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With LightningCLI, and it stops a fit that goes wrong."""
    cli: Any = __import__("lightning.pytorch.cli", fromlist=["LightningCLI"])
    monkeypatch.chdir(tmp_path)
    Path("config.yaml").write_text(block("the config", "yaml"), encoding="utf-8")
    loaded = type("Loaded", (pl().LightningDataModule,), {"train_dataloader": lambda self: data()})
    never = type("Never", (plain(),), {"optimizer_zero_grad": lambda *_: None})
    quick = ["--trainer.logger=false", "--trainer.enable_progress_bar=false",
             "--trainer.enable_checkpointing=false", "--trainer.accelerator=cpu",
             "--trainer.enable_model_summary=false"]  # fmt: skip
    with quiet(), pytest.raises(GradAuditError, match="GA301"):
        cli.LightningCLI(
            never, loaded, args=["fit", "--config=config.yaml", *quick], save_config_callback=None
        )
    assert Path("runs/events.jsonl").stat().st_size > 0
    assert list(Path("runs/audit").glob("gradaudit.rank0*.jsonl"))


def test_the_tables_have_every_option_scalar_and_status() -> None:
    """And no others."""
    options = PAGE.split("## Options")[1].split("## ")[0]
    named = {n for row in re.findall(r"^\| (`.*?) \|", options, re.M) for n in
             re.findall(r"`(\w+)`", row)}  # fmt: skip
    assert named == set(inspect.signature(GradAuditCallback).parameters)
    assert set(re.findall(r"^\| `(gradaudit/\w+)` \|", PAGE, re.M)) == SCALARS
    listed = ", ".join(f"{int(one)} {one.name.lower()}" for one in Status)
    assert listed in " ".join(PAGE.split())
