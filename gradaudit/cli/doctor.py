"""`gradaudit doctor`: versions, and what can be audited here."""

from __future__ import annotations

import argparse
import platform
from collections.abc import Iterator
from importlib import metadata

from gradaudit.cli.main import version

_PACKAGES = (
    "torch",
    "numpy",
    "rich",
    "lightning",
    "pytorch-lightning",
    "transformers",
    "tensorboard",
)
_NOT_BUILT = (
    "the SARIF report",
    "comparisons of ranks with each other (GA601, GA603); each is audited by itself",
)
OLDEST_TENSORBOARD = (2, 21)
"""Older ones do not start beside the setuptools of today."""
PLACED = "a function mode, placed by torch's private functions below those of the program"
ON_TOP = (
    "a function mode, entered in public (fallback: within a mode of the program's that is entered "
    "later, calls are seen as that mode makes them)"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments."""


def main(args: argparse.Namespace) -> int:
    """Print the versions and the mechanisms; exit code 1 where nothing can be audited."""
    del args
    print(f"gradaudit {version()}")
    print(f"python {platform.python_version()} on {platform.platform()}")
    for name, its_version in installed():
        print(f"{name} {its_version}")
    print()
    try:
        # Late and guarded: this imports torch, which may be what is broken here.
        from gradaudit.probes.engine import describe
        from gradaudit.tracing.modestack import can_be_placed

        tracing = PLACED if can_be_placed() else ON_TOP
        mechanisms = [*describe(), ("tracing", tracing)]
    except Exception as error:
        print(f"audit: not possible here ({type(error).__name__}: {error})")
        return 1
    for mechanism, used in mechanisms:
        print(f"{mechanism}: {used}")
    print(f"the Grad Audit tab in TensorBoard: {tab()}")
    print("\nnot built in this version:")
    for part in _NOT_BUILT:
        print(f"  {part}")
    return 0


def installed() -> Iterator[tuple[str, str]]:
    """Name and version of each package that matters here; "not installed" where it is missing."""
    for name in _PACKAGES:
        try:
            yield name, metadata.version(name)
        except metadata.PackageNotFoundError:
            yield name, "not installed"


def tab() -> str:
    """Whether the `tensorboard` command of this environment has our tab, and if not, why."""
    try:
        its_version = metadata.version("tensorboard")
    except metadata.PackageNotFoundError:
        return "needs TensorBoard: pip install 'gradaudit[tensorboard]'"
    ours = [
        one for one in metadata.entry_points(group="tensorboard_plugins") if one.name == "gradaudit"
    ]
    if not ours:
        return "not registered: install gradaudit itself into this environment, with pip"
    try:
        ours[0].load()
    except Exception as error:  # `tensorboard` would end with it
        return f"cannot be loaded ({type(error).__name__}: {error})"
    digits = [int(part) for part in its_version.split(".")[:2] if part.isdecimal()]
    if tuple(digits) < OLDEST_TENSORBOARD:
        oldest = ".".join(map(str, OLDEST_TENSORBOARD))
        return f"registered, but TensorBoard {its_version} is older than {oldest}"
    return "registered"
