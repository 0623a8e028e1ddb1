"""Compiled modules are run without their compiled code while a step is traced.

Dynamo cannot trace through a function mode of ours; PyTorch's own switch for it is the stance
`force_eager` (torch.compiler.set_stance). Nothing is recompiled afterwards.
"""

from __future__ import annotations

import sys
from typing import Any

import torch


class _Shared:
    """The stance of this process, for all traces that are on."""

    def __init__(self) -> None:
        self.users: list[EagerStance] = []
        self.stance: Any = None


_shared = _Shared()


class EagerStance:
    """`forced`: compiled code was put aside in this trace."""

    def __init__(self) -> None:
        self._on = False

    @property
    def forced(self) -> bool:
        """Has anything been compiled that runs without its compiled code now?"""
        return self._on and _shared.stance is not None and _something_is_compiled()

    def force(self) -> None:
        """Put compiled code aside, if there can be any: asking would import the compiler."""
        if self._on or "torch._dynamo" not in sys.modules:
            return
        if _shared.stance is None:
            set_stance = getattr(torch.compiler, "set_stance", None)
            if set_stance is None or _current() not in ("default", None):
                return
            _shared.stance = set_stance("force_eager")
        self._on = True
        _shared.users.append(self)

    def give_back(self) -> None:
        """With the last trace: what the stance was before, unless somebody has changed it since."""
        if not self._on:
            return
        self._on = False
        _shared.users.remove(self)
        if _shared.users:
            return
        stance, _shared.stance = _shared.stance, None
        if _current() in ("force_eager", None):
            stance.__exit__(None, None, None)


def _current() -> str | None:
    frames = sys.modules.get("torch._dynamo.eval_frame")
    return getattr(getattr(frames, "_stance", None), "stance", None)


def _something_is_compiled() -> bool:
    """`torch.compile` was called (a back end is known), or has compiled a frame."""
    frames = sys.modules.get("torch._dynamo.eval_frame")
    backends = getattr(frames, "cached_backends", None)
    if backends is None:
        return True
    counter = sys.modules.get("torch._dynamo.convert_frame")
    compiled = getattr(counter, "FRAME_COUNTER", 0)
    return bool(compiled) or any(one is not None for one in backends.values())
