"""The Transformers callback of gradaudit.

A program imports it as `from gradaudit.transformers import GradAuditCallback`.
"""

from gradaudit_transformers.callback import GradAuditCallback as GradAuditCallback

__all__ = ["GradAuditCallback"]
