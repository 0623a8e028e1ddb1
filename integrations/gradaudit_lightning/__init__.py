"""The Lightning callback of gradaudit: `from gradaudit.lightning import GradAuditCallback`."""

from gradaudit_lightning.callback import GradAuditCallback

__all__ = ["GradAuditCallback"]
