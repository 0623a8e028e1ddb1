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
    __doc__ = Hooks.__doc__


__all__ = ["GradAuditCallback"]
