"""`from gradaudit.transformers import GradAuditCallback`: the callback of the Trainer."""

from __future__ import annotations

try:
    from gradaudit_transformers import GradAuditCallback as GradAuditCallback
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] not in ("transformers", "accelerate"):
        raise
    raise ImportError(
        f"expected Transformers and Accelerate beside the callback, found no package "
        f'{error.name!r}: install them with pip install "gradaudit[transformers]"'
    ) from error

__all__ = ["GradAuditCallback"]
