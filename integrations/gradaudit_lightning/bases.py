"""Which Lightning is installed: `lightning`, `pytorch_lightning`, or both.

The two packages hold the same classes twice, and neither's `Callback` is the other's. The Trainers
take either, but LightningCLI and `isinstance` ask for their own: so the callback is both. The
second package costs about 0.3 s to import once the first is there, which takes 5 s.
"""

from __future__ import annotations

import importlib
from importlib import metadata

OLDEST = (2, 2)
PACKAGES = (
    ("lightning", "lightning.pytorch.callbacks"),
    ("pytorch-lightning", "pytorch_lightning.callbacks"),
)
"""Name of the distribution, and where it keeps `Callback`."""

_INSTALL = 'pip install "gradaudit[lightning]"'


def callback_bases() -> tuple[type, ...]:
    """The `Callback` of each Lightning that is installed, one at least.

    Raises:
        ImportError: there is none, it is too old, or it cannot be imported.

    """
    bases: list[type] = []
    trouble: list[str] = []
    cause: Exception | None = None
    for distribution, module in PACKAGES:
        try:
            version = metadata.version(distribution)
        except metadata.PackageNotFoundError:
            continue
        if _release(version) < OLDEST:
            trouble.append(f"{distribution} {version}, which is too old")
            continue
        try:
            bases.append(importlib.import_module(module).Callback)
        except Exception as error:  # one broken package must not hide the other
            cause = error
            trouble.append(
                f"{distribution} {version}, whose import fails ({type(error).__name__}: {error})"
            )
    if bases:
        return tuple(bases)
    wanted = ".".join(map(str, OLDEST))
    raise ImportError(
        f"gradaudit.lightning expects lightning or pytorch-lightning {wanted} or newer, got "
        f"{' and '.join(trouble) or 'neither'}: {_INSTALL}"
    ) from cause


def _release(version: str) -> tuple[int, ...]:
    """Major and minor number of a version such as "2.5.0rc1"; (0,) where it has none."""
    digits: list[int] = []
    for part in version.split(".")[:2]:
        if not part.isdigit():
            break
        digits.append(int(part))
    return tuple(digits) or (0,)
