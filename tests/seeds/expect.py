"""What the audit must say about each script of this folder, and how the script ends by itself.

The scripts retell the snippets of five articles about `.grad is None`: s2_1.py is the first snippet
of the third. They hold bare tensors, without a module or an optimizer.
"""

from __future__ import annotations

from typing import NamedTuple


class Seed(NamedTuple):
    """One script and the verdict on it.

    Attributes:
        script: The file's name, in the folder of this module.
        exit: Its exit code: 1 where torch raises.
        codes: Codes of the errors and warnings that must be reported, at the least.
        healthy: True where nothing is wrong with the gradients: no error and no warning at all.
    """

    script: str
    exit: int = 0
    codes: frozenset[str] = frozenset()
    healthy: bool = False


SEEDS: list[Seed] = [
    Seed("s0_1.py", healthy=True),
    # Later: GA702 at the line of `level -= drain`.
    Seed("s0_2.py", exit=1),
    # A clone is no leaf: a question for `explain`, and worth no warning. No step used the sum.
    Seed("s0_3.py", healthy=True),
    Seed("s1_1.py", exit=1, codes=frozenset({"GA104"})),
    Seed("s1_2.py", healthy=True),
    Seed("s1_3.py", healthy=True),
    Seed("s1_4.py", healthy=True),
    Seed("s1_5.py", healthy=True),
    # Cause: no-grad-region.
    Seed("s2_1.py", exit=1, codes=frozenset({"GA104"})),
    Seed("s2_2.py", healthy=True),
    # The second backward adds to the first and no step uses the sum: a note at most, never GA301.
    Seed("s2_3.py", healthy=True),
    Seed("s3_1.py", healthy=True),
    Seed("s3_2.py", healthy=True),
    Seed("s3_3.py", healthy=True),
    # An error of shapes, passed on as it is: no gradient is concerned.
    Seed("s4_1.py", exit=1, healthy=True),
    Seed("s4_2.py", exit=1, healthy=True),
    Seed("s4_3.py", exit=1, healthy=True),
    Seed("s4_1_repaired.py", healthy=True),
    # Later: GA101 with the cause detach. Nothing ever steps here, so only a trace of the one
    # backward can tell that the two leaves without a gradient were cut off.
    Seed("s4_2_repaired.py"),
    # Cause: no-grad-region.
    Seed("s4_3_repaired.py", exit=1, codes=frozenset({"GA104"})),
]
