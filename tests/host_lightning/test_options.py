"""The options are those of `watch`, are checked when the callback is made, and come from YAML."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import gradaudit
from gradaudit.findings import Finding
from tests.host_lightning.support import BOTH, GradAuditCallback, pl, plain, quiet

TOLD: list[Finding] = []


def hear(finding: Finding) -> None:
    """What a YAML file names as `on_finding`."""
    TOLD.append(finding)


class Ear:
    """A sink that a YAML file can make."""

    heard: list[Any] = []  # noqa: RUF012

    def __init__(self, only: str = "") -> None:
        self.only = only

    def emit(self, record: Any) -> None:
        if not self.only or type(record).__name__ == self.only:
            self.heard.append(record)

    def close(self) -> None:
        pass


class Mute:
    """A sink without arguments, whose methods have no types."""

    def emit(self, record):
        pass

    def close(self):
        pass


def test_the_options_are_those_of_watch() -> None:
    """The same names and defaults, in the same order."""
    own = inspect.signature(GradAuditCallback).parameters
    theirs = inspect.signature(gradaudit.watch).parameters
    assert {n: p.default for n, p in own.items()} == {
        n: p.default for n, p in theirs.items() if n not in ("models", "optimizers")
    }
    assert all(p.kind is inspect.Parameter.KEYWORD_ONLY for p in own.values())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"trace": "sometimes"}, "'auto', 'always' or 'off'"),
        ({"values": "some"}, "'all' or 'sampled'"),
        ({"every": 0}, "a whole number from 1 on"),
        ({"on_finding": "shout"}, "a function that takes a Finding"),
        ({"raise_on": "info"}, "'error' or 'warning'"),
        ({"select": ["GA999"]}, "gradaudit rules"),
        ({"ignore": ["nothing-like-it"]}, "gradaudit rules"),
        ({"ignore_parameters": 3}, "a list of strings"),
        ({"sinks": [print]}, "emit"),
        ({"sinks": 3}, "a list of sinks"),
        ({"log_dir": 3}, "the path of a directory"),
        ({"ranks": "all"}, "'local'"),
        ({"sync": "yes"}, "True or False"),
        ({"names": "net"}, "a list with one name"),
        ({"names": ["a", "b"]}, "a list with one name"),
        ({"names": 3}, "a list with one name"),
    ],
    ids=str,
)
def test_a_wrong_option_is_told_in_one_sentence(options: dict[str, Any], said: str) -> None:
    """When the callback is made, not when training starts."""
    with pytest.raises(gradaudit.UsageError, match="expected") as caught:
        GradAuditCallback(**options)
    assert said in str(caught.value)


ALL_OPTIONS = """
seed_everything: 1
trainer:
  accelerator: cpu
  max_epochs: 1
  logger: false
  enable_checkpointing: false
  enable_progress_bar: false
  enable_model_summary: false
  callbacks:
    - class_path: gradaudit.lightning.GradAuditCallback
      init_args:
        names: [net]
        trace: always
        values: all
        every: 1
        on_finding: tests.host_lightning.test_options.hear
        raise_on: null
        select: [GA1, missing-zero-grad]
        ignore: GA102
        ignore_parameters: ["head.*"]
        sinks:
          - class_path: tests.host_lightning.test_options.Ear
            init_args: {only: StepTaken}
          - class_path: tests.host_lightning.test_options.Mute
        log_dir: %s
        ranks: local
        sync: false
"""


@BOTH
def test_every_option_can_be_given_in_yaml(package: str, tmp_path: Path) -> None:
    """LightningCLI of either package takes the callback as one of its own."""
    cli: Any = __import__(f"{package}.cli", fromlist=["LightningCLI"])
    config = tmp_path / "config.yaml"
    config.write_text(ALL_OPTIONS % (tmp_path / "log"), encoding="utf-8")
    TOLD.clear()
    Ear.heard.clear()
    module = type("Listed", (plain(package),), {"optimizer_zero_grad": lambda *_: None})
    with quiet():
        made = cli.LightningCLI(
            module, Loaded(package), args=["fit", "--config", str(config)],
            save_config_callback=None,
        )  # fmt: skip
    (callback,) = [c for c in made.trainer.callbacks if isinstance(c, GradAuditCallback)]
    assert {f.code for f in callback.findings} == {"GA301"}
    assert {f.code for f in TOLD} == {"GA301"}
    assert {type(one).__name__ for one in Ear.heard} == {"StepTaken"}
    assert (tmp_path / "log" / "gradaudit.rank0.jsonl").exists()
    assert isinstance(callback, pl(package).Callback)


def Loaded(package: str) -> Any:
    """A DataModule of that package."""
    from tests.host_lightning.support import data

    return type(
        "Loaded", (pl(package).LightningDataModule,), {"train_dataloader": lambda self: data()}
    )


def test_a_yaml_with_a_mistake_says_so() -> None:
    """jsonargparse checks the types, and the callback the rest."""
    cli: Any = __import__("lightning.pytorch.cli", fromlist=["LightningCLI"])
    arguments = ["fit", "--trainer.callbacks+=gradaudit.lightning.GradAuditCallback",
                 "--trainer.callbacks.trace=sometimes"]  # fmt: skip
    with quiet(), pytest.raises(SystemExit):
        cli.LightningCLI(plain(), args=arguments, save_config_callback=None, run=False)


WITHOUT = """
import sys
{hide}
try:
    import gradaudit.lightning
except ImportError as error:
    print(type(error).__name__, error)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("hide", "said"),
    [
        ("from importlib import metadata\n"
         "def version(name): raise metadata.PackageNotFoundError(name)\n"
         "metadata.version = version", "got neither: pip install"),
        ("from importlib import metadata\nmetadata.version = lambda name: '1.9.5'",
         "got lightning 1.9.5, which is too old and pytorch-lightning 1.9.5"),
        ("sys.modules['lightning'] = sys.modules['pytorch_lightning'] = None",
         "whose import fails (ModuleNotFoundError"),
    ],
    ids=["missing", "too old", "broken"],
)  # fmt: skip
def test_a_lightning_that_is_missing_or_too_old_is_told_of(hide: str, said: str) -> None:
    """One sentence, with the extra to install."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT.format(hide=hide)], capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    (line,) = done.stdout.splitlines()
    assert line.startswith("ImportError ")
    assert said in line
    assert 'pip install "gradaudit[lightning]"' in line


@pytest.mark.slow
def test_one_broken_package_does_not_hide_the_other() -> None:
    """Only its own Callback is no base then."""
    code = (
        "import sys; sys.modules['pytorch_lightning'] = None\n"
        "from gradaudit.lightning import GradAuditCallback as C\n"
        "print([k.__module__ for k in C.__mro__ if k.__name__ == 'Callback'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )  # fmt: skip
    assert done.stdout.strip() == "['lightning.pytorch.callbacks.callback']"
