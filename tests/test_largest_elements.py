"""Where a gradient is largest: what any optimizer must move first."""

from __future__ import annotations

import pytest
import torch

from gradaudit.probes.updates import LARGEST, ROW, ROWS_AT_LEAST, _largest

DTYPES = [torch.float64, torch.float32, torch.bfloat16, torch.float16]


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_large_tensor_gives_the_largest_of_its_largest_rows(dtype: torch.dtype) -> None:
    """The one that stands out is among them, and all belong to the upper percent."""
    torch.manual_seed(0)
    gradient = torch.randn(300, 400).to(dtype)
    gradient[123, 45] = -90.0
    found = _largest(gradient)
    sizes = gradient.double().abs().reshape(-1)
    assert len(set(found.tolist())) == LARGEST
    assert 123 * 400 + 45 in found.tolist()
    assert float(sizes[found].min()) >= float(torch.quantile(sizes, 0.99))


@pytest.mark.parametrize("place", [0, ROW * ROWS_AT_LEAST, -1])
def test_the_only_one_that_is_not_zero_is_found(place: int) -> None:
    """As in an embedding of which few rows were looked up; also in the rest that fills no row."""
    gradient = torch.zeros(ROW * ROWS_AT_LEAST + 17)
    gradient[place] = 1e-3
    assert place % len(gradient) in _largest(gradient).tolist()


def test_values_whose_squares_overflow_and_few_values() -> None:
    """Rows may be infinitely long, and a tensor may have fewer elements than are asked for."""
    assert len(_largest(torch.full((300, 400), 1e30))) == LARGEST
    assert sorted(_largest(torch.tensor([3.0, -4.0])).tolist()) == [0, 1]
    assert len(_largest(torch.randn(64, 64, 8, 8).to(memory_format=torch.channels_last))) == LARGEST
