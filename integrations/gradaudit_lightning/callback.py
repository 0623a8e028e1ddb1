"""The callback itself: the hooks, on the `Callback` of every Lightning that is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradaudit_lightning.hooks import Hooks

if TYPE_CHECKING:
    from lightning.pytorch.callbacks import Callback as _Callback
else:
    from gradaudit_lightning.bases import callback_bases

    _Callback = type("_Callback", callback_bases(), {"__module__": __name__})


class GradAuditCallback(Hooks, _Callback):
    """Audits `fit`: `Trainer(callbacks=[GradAuditCallback()])`. Takes the options of `watch`.

    Args:
        names: the model's name in findings, as a list of one; None: that of its class.
        trace: when a step is traced for causes: "auto", "always" or "off".
        values: "all": every element of every gradient is looked at; "sampled": large ones by
            and by, in 16 backwards.
        every: look at the values in every n-th backward only.
        on_finding: "warn", "log", "silent", or a function that is given the Finding.
        raise_on: stop `fit` with GradAuditError at a finding as bad as this.
        select: only these rules: codes, prefixes of codes or names.
        ignore: not these rules.
        ignore_parameters: globs over qualified names; what matches is not judged.
        sinks: objects with `emit(record)` and `close()` that get every event and finding.
        log_dir: where to save the events, for `gradaudit report`.
        ranks: "local": each process judges for itself.
        sync: wait for the GPU, so that a bad gradient is known before the step; by default nothing
            waits, and findings about values come one step late.

    Raises:
        UsageError: an option that is not known.

    """


__all__ = ["GradAuditCallback"]
