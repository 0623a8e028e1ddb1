"""Compiled modules are run without their compiled code while a step is traced.

Dynamo cannot trace through a function mode of ours; PyTorch's own switch for it is the stance
`force_eager` (torch.compiler.set_stance). Nothing is recompiled afterwards.
"""

from __future__ import annotations

import sys
from typing import Any

import torch


class EagerStance:
    """`forced`: compiled code was put aside in this trace."""

    def __init__(self) -> None:
        self.forced = False
        self._stance: Any = None

    def force(self) -> None:
        """Put compiled code aside, if there can be any: asking would import the compiler."""
        if self._stance is not None or "torch._dynamo" not in sys.modules:
            return
        set_stance = getattr(torch.compiler, "set_stance", None)
        if set_stance is None or _current() not in ("default", None):
            return
        self._stance = set_stance("force_eager")
        self.forced = _something_is_compiled()

    def give_back(self) -> None:
        """What the stance was before, unless somebody has changed it since."""
        stance, self._stance = self._stance, None
        if stance is not None and _current() in ("force_eager", None):
            stance.__exit__(None, None, None)
        self.forced = False


def _current() -> str | None:
    frames = sys.modules.get("torch._dynamo.eval_frame")
    return getattr(getattr(frames, "_stance", None), "stance", None)


def _something_is_compiled() -> bool:
    frames = sys.modules.get("torch._dynamo.convert_frame")
    return bool(getattr(frames, "FRAME_COUNTER", 0)) or True
