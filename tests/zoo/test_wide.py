"""Hundreds of classes of the AutoModel mappings: what is said of them is known, and true.

`said.json` is written by `python -m tests.zoo.wide`; it is compared, and not trusted: each finding
is held against plain PyTorch as well.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator

import pytest

from tests.zoo.names import FAMILIES

pytest.importorskip("transformers")
pytestmark = pytest.mark.slow

CHUNKS = 24


def expected() -> dict[str, list[str]]:
    """Of each class: code, severity, kind of cause, module or parameter, number of parameters."""
    from tests.zoo.wide import SAID

    return json.loads(SAID.read_text(encoding="utf-8"))


@pytest.fixture(scope="module", autouse=True)
def _quiet_and_offline() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        import transformers

        level = transformers.logging.get_verbosity()
        transformers.logging.set_verbosity_error()
        for name in expected():
            getattr(transformers, name)
        gc.collect()
        gc.freeze()
        yield
        gc.unfreeze()
        transformers.logging.set_verbosity(level)


def test_there_are_hundreds() -> None:
    """And among them those of the quick part, and every kind of finding that is to be expected."""
    known = expected()
    assert len(known) >= 250
    assert {name for names in FAMILIES.values() for name in names} <= set(known)
    said = {tuple(line.split()[:2]) for lines in known.values() for line in lines}
    assert {("GA101", "warning"), ("GA102", "info"), ("GA203", "info")} <= said
    assert "error" not in {severity for _, severity in said}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_what_is_said_is_known_and_true(chunk: int) -> None:
    """The words of `said.json`, no lie, and the same losses to the last bit."""
    from tests.zoo.wide import judge

    wrong: dict[str, object] = {}
    for name, words in list(expected().items())[chunk::CHUNKS]:
        lines, untrue, same = judge(name)
        if lines != words or untrue or not same:
            wrong[name] = (lines, untrue, same)
    assert wrong == {}
