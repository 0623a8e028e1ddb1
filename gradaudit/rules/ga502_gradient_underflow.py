"""GA502: much of a low-precision gradient is exactly zero."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradaudit.events import Event, UnderflowMeasured
from gradaudit.findings import Severity, Verdict
from gradaudit.history import History
from gradaudit.rules.base import Rule, RuleInfo
from gradaudit.rules.words import these

LARGE_SHARE = 0.5


class GradientUnderflow(Rule):
    """Rows and columns that are zero throughout do not count: those are unused, not rounded off."""

    info = RuleInfo(
        "GA502", "gradient-underflow", "much of a low-precision gradient is exactly zero",
        Severity.INFO,
    )  # fmt: skip
    hears = (UnderflowMeasured,)

    def check(self, event: Event, history: History) -> Iterator[Verdict]:
        """Where the share of zeros was measured."""
        if not isinstance(event, UnderflowMeasured):
            return
        bad = event.indices[event.shares > LARGE_SHARE]
        if not len(bad):
            return
        indices = bad.tolist()
        share = float(np.max(event.shares))
        yield Verdict(
            severity=Severity.INFO,
            message=f"up to {100 * share:.0f} % of the gradient of {these(history, indices)} is "
            f"exactly zero in {history.parameters[indices[0]].dtype}",
            fix="scale the loss (torch.amp.GradScaler), or keep gradients in float32 or bfloat16",
            parameters=tuple(indices),
            key="underflow",
            evidence={"share": share},
        )
