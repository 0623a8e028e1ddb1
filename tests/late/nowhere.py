"""PyTorch's device "meta" as a device that is late: its tensors have no values that could be read.

Whoever reads one all the same gets an error of torch's, as on a GPU when its sync debug mode is
"error". Every gradient is told to be finite and not zero.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch

from gradaudit.events import FloatArray
from gradaudit.probes import late_lanes


class Landed:
    """Ones, at once."""

    given_up = False

    def __init__(self, n: int) -> None:
        self._n = n

    def ready(self) -> bool:
        """Always."""
        return True

    def wait(self) -> None:
        """There is nothing to wait for."""

    def numbers(self) -> FloatArray:
        """As many as were sent."""
        return np.ones(self._n)


class Nowhere:
    """The lane of the device "meta", whose tensors have no values that anybody could read."""

    def __init__(self) -> None:
        self.sent: list[int] = []

    def capturing(self) -> bool:
        """Never."""
        return False

    def send(self, vector: torch.Tensor) -> Landed:
        """Only its length gets through."""
        assert vector.device.type == "meta"
        self.sent.append(vector.numel())
        return Landed(vector.numel())


READS = ("item", "tolist", "numpy", "cpu", "nonzero", "__bool__", "__float__", "__int__",
         "__index__", "__array__", "__contains__")  # fmt: skip


@contextmanager
def read_by_nobody() -> Generator[Nowhere]:
    """Reads of tensors without values fail; here they are noted as well, should we catch that."""
    lane, read = Nowhere(), list[str]()

    def noting(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            if self.device.type == "meta":
                read.append(name)
            return original(self, *args, **kwargs)

        return method

    late_lanes.forget_lanes()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(late_lanes.LANES, "meta", lambda device: lane)
        for name in READS:
            patch.setattr(torch.Tensor, name, noting(name, getattr(torch.Tensor, name)))
        for name in ("equal", "allclose", "nonzero", "is_nonzero"):
            patch.setattr(torch, name, noting(name, getattr(torch, name)))
        yield lane
    late_lanes.forget_lanes()
    assert read == [], f"read: {read}"
