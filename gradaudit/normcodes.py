"""Gradient norms as 16-bit codes on a logarithmic scale: what a log and a heat map keep of them.

An ordinary code is `round((log2(norm) + BIAS) * SCALE)`, so a norm comes back within 0.8 %, from
2**-512 to 2**511; what lies beyond gets the outermost code. Four codes mean no ordinary number.
"""

from __future__ import annotations

from functools import cache
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from gradaudit.events import INF, NAN, NONE, SKIPPED

CodeArray: TypeAlias = npt.NDArray[np.uint16]
"""Norm codes."""

SCALE: Final = 64
"""Codes in an octave."""
BIAS: Final = 512
"""Octaves below 1."""
NO_NORM: Final = 0
"""There is no gradient, or its values were not read."""
ZERO_NORM: Final = 1
FIRST_NORM: Final = 2
"""The smallest ordinary code."""
INF_NORM: Final = 65534
NAN_NORM: Final = 65535
LAST_NORM: Final = INF_NORM - 1
"""The largest ordinary code."""

_BITS: Final = 8
"""Bits of the mantissa that are looked up: 1/256 of an octave is a quarter of a code."""
_SHIFT: Final = np.int64(52 - _BITS)
_MASK: Final = np.int64((1 << (11 + _BITS)) - 1)
_ABSENT: Final = (NONE, SKIPPED)


@cache
def _table() -> CodeArray:
    """Exponent and upper mantissa bits of a float64 -> its code. 1 MiB, of which little is used."""
    index = np.arange(1 << (11 + _BITS))
    octave, part = index >> _BITS, (index & ((1 << _BITS) - 1)) + 0.5
    code = np.rint((octave - 1023 + np.log2(1 + part / (1 << _BITS)) + BIAS) * SCALE)
    table = np.clip(code, FIRST_NORM, LAST_NORM).astype(np.uint16)
    table[0] = ZERO_NORM  # and numbers below 2**-1030, which no norm of a gradient is
    table[2047 << _BITS] = INF_NORM
    table[(2047 << _BITS) + 1 :] = NAN_NORM
    return table


def encode_norms(
    norms: npt.NDArray[np.float64], status: npt.NDArray[np.uint8] | None = None
) -> CodeArray:
    """The code of each norm (float64, at least 0, any shape); same shape, uint16.

    With `status` (uint8 codes of `events.Status`, same shape) a number says what the status says:
    no norm where there was no gradient, Inf or NaN where the gradient was; a NaN besides means
    that the values were not read, an Inf that finite values had a norm beyond all numbers.
    """
    bits = (np.ascontiguousarray(norms).view(np.int64) >> _SHIFT) & _MASK
    codes = _table().take(bits)
    if status is None:
        return codes
    odd = codes >= INF_NORM
    if odd.any():
        codes[codes == NAN_NORM] = NO_NORM
        codes[codes == INF_NORM] = LAST_NORM
    for code, norm in ((NAN, NAN_NORM), (INF, INF_NORM), *((one, NO_NORM) for one in _ABSENT)):
        where = status == code
        if where.any():
            codes[where] = norm
    return codes


def norm_of(codes: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """The norm behind each code, float64; NaN for `NO_NORM` and `NAN_NORM`."""
    given = np.asarray(codes, np.uint16)
    norms = np.asarray(np.exp2(given.astype(np.float64) / SCALE - BIAS))
    norms[given == ZERO_NORM] = 0.0
    norms[given == INF_NORM] = np.inf
    norms[(given == NAN_NORM) | (given == NO_NORM)] = np.nan
    return norms


__all__ = [
    "BIAS",
    "FIRST_NORM",
    "INF_NORM",
    "LAST_NORM",
    "NAN_NORM",
    "NO_NORM",
    "SCALE",
    "ZERO_NORM",
    "CodeArray",
    "encode_norms",
    "norm_of",
]
