"""The Lightning callback, `Trainer(callbacks=[GradAuditCallback()])`: see docs/lightning.md."""

from gradaudit_lightning import GradAuditCallback as GradAuditCallback

__all__ = ["GradAuditCallback"]
