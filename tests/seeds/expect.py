"""What must be said of each script of this folder, and how the script ends by itself.

The scripts retell the snippets of five articles about `.grad is None`: s2_1.py is the first snippet
of the third. They hold bare tensors, without a module or an optimizer.
"""

from __future__ import annotations

from typing import NamedTuple


class Found(NamedTuple):
    """A finding: its code, the kind of its cause, and the line of the cause."""

    code: str
    kind: str
    line: int


class Answer(NamedTuple):
    """What `gradaudit explain` says of one read of a `.grad` that is None.

    Attributes:
        line: Of the read.
        tensor: The variable.
        reason: Why there is none.
        kind: Of the cause, None where there is none to give.
        cause: Line of the cause; without one, of the backward that the answer speaks of, or the
            line that made the tensor.
    """

    line: int
    tensor: str
    reason: str
    kind: str | None
    cause: int


class Seed(NamedTuple):
    """One script and the verdict on it.

    Attributes:
        script: The file's name, in the folder of this module.
        exit: Its exit code: 1 where torch raises.
        found: Findings that must be reported, and no other error or warning with them.
        answers: Every read that `gradaudit explain` must speak of.
        healthy: True where nothing is wrong with the gradients: no error and no warning at all.
    """

    script: str
    exit: int = 0
    found: tuple[Found, ...] = ()
    answers: tuple[Answer, ...] = ()
    healthy: bool = False


SEEDS: list[Seed] = [
    Seed("s0_1.py", healthy=True),
    Seed("s0_2.py", exit=1, found=(Found("GA702", "inplace-edit", 8),)),
    # A clone is no leaf: worth no warning. No step used the sum of the two gradients of `source`.
    Seed(
        "s0_3.py",
        answers=(
            Answer(12, "copied", "not-a-leaf", None, 8),
            Answer(18, "copied", "not-a-leaf", None, 14),
        ),
        healthy=True,
    ),
    Seed("s1_1.py", exit=1, found=(Found("GA104", "requires-grad-off", 5),)),
    Seed("s1_2.py", answers=(Answer(11, "tripled", "not-a-leaf", None, 6),), healthy=True),
    Seed("s1_3.py", answers=(Answer(11, "column", "not-a-leaf", None, 6),), healthy=True),
    Seed("s1_4.py", healthy=True),
    Seed("s1_5.py", healthy=True),
    Seed("s2_1.py", exit=1, found=(Found("GA104", "no-grad-region", 8),)),
    Seed("s2_2.py", healthy=True),
    # The second backward adds to the first and no step uses the sum: a note at most, never GA301.
    Seed("s2_3.py", healthy=True),
    Seed(
        "s3_1.py",
        answers=(Answer(7, "sides", "requires-grad-off", "requires-grad-off", 5),),
        healthy=True,
    ),
    # Too early: the backward at line 10 fills it.
    Seed("s3_2.py", answers=(Answer(8, "sides", "no-backward", None, 10),), healthy=True),
    Seed("s3_3.py", healthy=True),
    # An error of shapes, passed on as it is: no gradient is concerned.
    Seed("s4_1.py", exit=1, healthy=True),
    Seed("s4_2.py", exit=1, healthy=True),
    Seed("s4_3.py", exit=1, healthy=True),
    Seed(
        "s4_1_repaired.py",
        answers=(Answer(15, "predicted", "not-a-leaf", None, 10),),
        healthy=True,
    ),
    # Nothing ever steps here, and nothing raises: only who reads the gradient misses it.
    Seed(
        "s4_2_repaired.py",
        answers=(
            Answer(17, "predicted", "not-a-leaf", None, 12),
            Answer(18, "inputs", "not-reached", "detach", 11),
        ),
    ),
    Seed("s4_3_repaired.py", exit=1, found=(Found("GA104", "no-grad-region", 10),)),
]
