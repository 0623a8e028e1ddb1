"""All loops of this folder: the library must be right about each, and silent about the healthy."""

from __future__ import annotations

from tests.loops import clearing, hosts, methods, optimizers, precision, structure
from tests.loops.pattern import Pattern, Watch

__all__ = ["PATTERNS", "Pattern", "Watch"]

PATTERNS: tuple[Pattern, ...] = (
    *clearing.LOOPS.patterns,
    *optimizers.LOOPS.patterns,
    *structure.LOOPS.patterns,
    *methods.LOOPS.patterns,
    *precision.LOOPS.patterns,
    *hosts.LIGHTNING.patterns,
    *hosts.TRANSFORMERS.patterns,
    *hosts.ACCELERATE.patterns,
)
