"""GA303: gradients were cleared before any step used them, though others like them were used."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradaudit.findings import Cause, Severity, Verdict
from gradaudit.history import History, SiteUse
from gradaudit.rules.base import RuleInfo, StateRule
from gradaudit.rules.words import at, optimizer_name

SHARE = 0.3
"""Of the backwards at one call site: fewer are batches that the loop skips on purpose."""

TAILS = 2


class DiscardedGradient(StateRule):
    """Judged by the backward's call site: a GAN's other backward is always thrown away."""

    info = RuleInfo(
        "GA303",
        "discarded-gradient",
        "gradients were cleared before any step used them",
        Severity.WARNING,
    )

    def conclude(self, history: History, *, final: bool) -> Iterator[Verdict]:
        """One verdict per backward call site and optimizer."""
        for optimizer in history.optimizers.values():
            if optimizer.handmade_steps * 2 >= optimizer.steps > 0:
                continue  # the loop reads gradients and writes its own: it has used them
            for origin, use in optimizer.uses.items():
                site = origin[0]
                if not use.used or not use.discarded:
                    continue
                total = use.used + use.discarded
                text = (
                    f"of {total} backwards{at(site)}, the gradients of {use.discarded} were cleared"
                    f"{at(use.cleared_at)} before any step of "
                    f"{optimizer_name(history, optimizer.index)} used them"
                )
                yield Verdict(
                    severity=Severity.WARNING if _is_a_habit(use, total) else Severity.INFO,
                    message=text,
                    fix="clear gradients only right after the step; step once more for what is "
                    "left at the end of an epoch",
                    parameters=_parameters(use),
                    optimizer=optimizer.index,
                    cause=Cause.at("cleared", use.cleared_at),
                    key=(optimizer.index, origin),
                    first_step=use.first_discard,
                    last_step=use.last_discard,
                    count=use.discarded,
                    evidence={"discarded": use.discarded, "used": use.used},
                )


def _is_a_habit(use: SiteUse, total: int) -> bool:
    if use.short_windows >= TAILS:
        return True
    return use.discarded >= 2 and use.discarded >= SHARE * total


def _parameters(use: SiteUse) -> tuple[int, ...]:
    return () if use.parameters is None else tuple(np.flatnonzero(use.parameters).tolist())
