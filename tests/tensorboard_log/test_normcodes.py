"""Norms as codes of 16 bits."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gradaudit.events import Status
from gradaudit.normcodes import (
    BIAS,
    FIRST_NORM,
    INF_NORM,
    LAST_NORM,
    NAN_NORM,
    NO_NORM,
    SCALE,
    ZERO_NORM,
    encode_norms,
    norm_of,
)


@settings(max_examples=300, deadline=None)
@given(st.floats(min_value=2.0**-511, max_value=2.0**511))
def test_a_norm_comes_back_within_one_per_cent(norm: float) -> None:
    """Over a thousand octaves; a gradient in float32 has three hundred at most."""
    code = int(encode_norms(np.array([norm]))[0])
    assert FIRST_NORM <= code <= LAST_NORM
    assert abs(float(norm_of(code)) / norm - 1) < 0.008
    assert math.isclose(float(norm_of(code)), 2.0 ** (code / SCALE - BIAS))


def test_a_larger_norm_never_has_a_smaller_code() -> None:
    """Nothing, zero, ordinary norms, infinity, NaN: the largest code of some is their largest."""
    rising = np.concatenate([[0.0], np.exp2(np.linspace(-600, 600, 50_000)), [np.inf]])
    codes = encode_norms(rising).astype(int)
    assert (np.diff(codes) >= 0).all()
    assert (codes[0], codes[1], codes[-2], codes[-1]) == (
        ZERO_NORM,
        FIRST_NORM,
        LAST_NORM,
        INF_NORM,
    )
    assert NO_NORM < ZERO_NORM < FIRST_NORM
    assert LAST_NORM < INF_NORM < NAN_NORM


def test_a_status_says_what_a_number_means() -> None:
    """A NaN is a norm that was not read, unless the gradient was NaN."""
    status = [Status.OK, Status.OK, Status.NAN, Status.NAN, Status.INF, Status.NONE, Status.SKIPPED,
              Status.ZERO, Status.OK]  # fmt: skip
    norms = [1.0, math.nan, math.nan, 1.0, math.inf, 1.0, 0.0, 0.0, math.inf]
    codes = encode_norms(np.array(norms), np.array(status, np.uint8))
    one = BIAS * SCALE
    assert codes.tolist() == [one, NO_NORM, NAN_NORM, NAN_NORM, INF_NORM, NO_NORM, NO_NORM,
                              ZERO_NORM, LAST_NORM]  # fmt: skip
    back = norm_of(codes)
    assert back[0] == 1.0
    assert np.isnan(back[[1, 2, 3, 5, 6]]).all()
    assert (back[4], back[7]) == (math.inf, 0.0)


def test_shapes_stay() -> None:
    """Two dimensions as well, in any order in memory."""
    norms = np.exp2(np.arange(12.0)).reshape(3, 4)
    assert encode_norms(norms).shape == (3, 4)
    assert (encode_norms(np.asfortranarray(norms)) == encode_norms(norms)).all()
    assert norm_of(encode_norms(norms)).shape == (3, 4)
    assert encode_norms(np.zeros((0, 3))).shape == (0, 3)
