"""WHAT WAS SEEN CALL BY CALL: the records of traced steps and of errors of autograd.

Indices, steps and arrays: as gradaudit/events.py says, which hands these records on.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from gradaudit.causes import Cause, Site
from gradaudit.event_base import BoolArray, Event, IndexArray


@dataclass(frozen=True, slots=True, kw_only=True)
class LossTerm:
    """A summand of a traced loss that is computed from parameters and reaches none of them.

    `site`: where it was added; `depends`: parameters its value depends on (indices); `reaches`:
    parameters that a gradient through it arrives at, none or some that others hold; `others`: what
    the other summands reach; `weighs`: parameters of live values that the cut value was
    combined with elsewhere (a weight, a target).
    """

    cause: Cause
    depends: IndexArray
    reaches: IndexArray
    others: IndexArray
    weighs: IndexArray = field(default_factory=lambda: np.zeros(0, np.int32))
    site: Site | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceRecorded(Event):
    """What a traced step showed of one backward. Comes right before its `BackwardEnded`.

    `backward`: the number of that backward; `reason`: "first", "finding", "always" or "asked";
    `used`: took part in an operation since the trace began; `depends`: the roots' values depend on
    it; `reached`: it is below the roots; `causes` and `cause_of`: for each parameter that is not
    reached, the place in `causes` of why (-1: nothing to say); `loss_cause`: for roots that reach
    nothing at all; `terms`: see `LossTerm`; `functions`: the lines that called custom autograd
    Functions (`op`: their names) since the trace began; `birth`: where a value stopped being
    finite, in the forward or in this backward (kind nonfinite-op or nonfinite-input), None where
    none did; `birth_value`: "nan" or "inf"; `in_backward`: it was born in the backward; `eager`:
    compiled modules were run without their compiled code for this; `blind`: some forward ran where
    no trace can look (another thread, a transform of torch.func, jit).
    """

    backward: int
    site: Site | None = None
    reason: str = "first"
    used: BoolArray
    depends: BoolArray
    reached: BoolArray
    causes: tuple[Cause, ...] = ()
    cause_of: IndexArray
    loss_cause: Cause | None = None
    terms: tuple[LossTerm, ...] = ()
    functions: tuple[Cause, ...] = ()
    birth: Cause | None = None
    birth_value: str = ""
    in_backward: bool = False
    eager: bool = False
    blind: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontierFound(Event):
    """Where in a backward that nobody traced the gradient stopped being finite.

    In the order of the backward, the gradient of parameter `after` was the last finite one (-1:
    the loss itself) and that of `before` the first that was not (-1: none was reached);
    `nodes`: names of the autograd nodes between them; `cause`: the op and line if only one of them
    can have made it; certain only where the values themselves have shown it; `ranks`: how many had
    a part in these gradients, where the backward ran a collective: then nothing on this rank says
    whose value it was, and the rest is empty. Comes right after the `BackwardEnded` of number
    `backward`.
    """

    backward: int
    ranks: int = 1
    after: int = -1
    before: int = -1
    nodes: tuple[str, ...] = ()
    cause: Cause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AutogradRaised(Event):
    """An error of autograd, in a backward or in an operation, and what is known of it.

    `rule`: the code that explains it ("GA701", "GA702" or "GA703"); `error`: its text; `tensor`:
    the user's name of the value concerned ("" unknown); `cause`: the line that changed it (GA701,
    GA702) or that built it (GA703); `saved_by`, `saved_at`: the op that saved the value for its
    backward; `backward_site`, `earlier_site`: where it raised, and the backward that had freed
    the graph before; `parameters`: audited ones that are concerned.
    """

    rule: str
    error: str
    tensor: str = ""
    cause: Cause | None = None
    saved_by: str = ""
    saved_at: Site | None = None
    backward_site: Site | None = None
    earlier_site: Site | None = None
    parameters: IndexArray


@dataclass(frozen=True, slots=True, kw_only=True)
class DataEdited(Event):
    """A value that a backward needs was changed where autograd cannot see it (GA704).

    `tensor`: the user's name of it; `cause`: the line that changed it, through `.data` (kind
    data-attribute) or a NumPy array (rewrapped-value); `saved_by`, `saved_at`: the op whose
    backward used the changed value; `backward`: number of that backward.
    """

    backward: int
    tensor: str = ""
    cause: Cause | None = None
    saved_by: str = ""
    saved_at: Site | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphGrew(Event):
    """A variable that outlives the steps holds a graph that grows with each (GA705).

    `tensor`: the user's name of it; `sizes`: autograd nodes it held at the looks, oldest first;
    `steps`: the optimizer steps of these looks; `cause`: the line that builds it.
    """

    tensor: str
    sizes: tuple[int, ...]
    steps: tuple[int, ...]
    cause: Cause | None = None
