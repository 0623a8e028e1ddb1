"""What every event is made of: arrays with an entry per parameter, statuses, the base record."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

BoolArray: TypeAlias = npt.NDArray[np.bool_]
"""One truth value per parameter index."""
ByteArray: TypeAlias = npt.NDArray[np.uint8]
"""One `Status` per parameter index."""
FloatArray: TypeAlias = npt.NDArray[np.float64]
"""One float64 number per parameter index; NaN where it was not measured."""
IndexArray: TypeAlias = npt.NDArray[np.int32]
"""Parameter indices."""


class Status(IntEnum):
    """What one backward left for one parameter; the names are those of the reports."""

    OK = 0
    NONE = 1
    NAN = 2
    INF = 3
    ZERO = 4
    STALE = 5
    FROZEN = 6
    SKIPPED = 7


OK, NONE, NAN, INF, ZERO, STALE, FROZEN, SKIPPED = (int(status) for status in Status)
"""The same as plain numbers: reading a member of an enum costs as much as a dictionary."""

STATUS_NAMES: tuple[str, ...] = tuple(status.name.lower() for status in Status)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterInfo:
    """What is known of one parameter when it is announced.

    `norm` is the L2 norm of its values (float64) when it was announced, NaN where unknown.
    `kind` is "parameter" (registered in an audited module), "tensor" (a bare leaf tensor) or
    "stray" (a leaf that got a gradient and that no audited module has registered) or "orphan" (an
    nn.Parameter that an optimizer holds, and no live module and no variable).
    `module` is the qualified name of the module that owns it ("" for the root).
    `short` is the name without the model's: what is shown while only one model is audited.
    `is_parameter`: an nn.Parameter, or a tensor that the user named to be audited.
    `averaged_copy`: it belongs to a running average of a model (or to a metric).
    """

    index: int
    name: str
    model: str
    short: str = ""
    module: str = ""
    module_class: str = ""
    shape: tuple[int, ...] = ()
    dtype: str = "float32"
    numel: int = 0
    norm: float = float("nan")
    kind: str = "parameter"
    aliases: tuple[str, ...] = ()
    averaged_copy: bool = False
    is_parameter: bool = True


_ARRAYS: dict[type, tuple[str, ...]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of all records. `step`: see [Note: Steps]."""

    step: int = 0

    def __post_init__(self) -> None:
        kind = type(self)
        names = _ARRAYS.get(kind)
        if names is None:
            names = _ARRAYS[kind] = tuple(f.name for f in fields(kind) if "Array" in str(f.type))
        for name in names:
            value = getattr(self, name)
            if value is not None:
                value.setflags(write=False)
