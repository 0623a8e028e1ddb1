"""Audits PyTorch training loops: which parameters are not learning, why, and on which line.

Importing this does not import torch; the names below are looked up when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradaudit.errors import GradAuditError as GradAuditError
    from gradaudit.errors import GradAuditWarning as GradAuditWarning
    from gradaudit.errors import UsageError as UsageError
    from gradaudit.findings import Cause as Cause
    from gradaudit.findings import Finding as Finding
    from gradaudit.findings import Severity as Severity
    from gradaudit.probes.check import check as check
    from gradaudit.probes.explain import explain as explain
    from gradaudit.probes.watch import Watch as Watch
    from gradaudit.probes.watch import watch as watch
    from gradaudit.report import Report as Report
    from gradaudit.tracing.explanation import Explanation as Explanation

_HOMES = {
    "Cause": "gradaudit.findings",
    "Explanation": "gradaudit.tracing.explanation",
    "Finding": "gradaudit.findings",
    "GradAuditError": "gradaudit.errors",
    "GradAuditWarning": "gradaudit.errors",
    "Report": "gradaudit.report",
    "Severity": "gradaudit.findings",
    "UsageError": "gradaudit.errors",
    "Watch": "gradaudit.probes.watch",
    "check": "gradaudit.probes.check",
    "explain": "gradaudit.probes.explain",
    "watch": "gradaudit.probes.watch",
}

__all__ = [
    "Cause",
    "Explanation",
    "Finding",
    "GradAuditError",
    "GradAuditWarning",
    "Report",
    "Severity",
    "UsageError",
    "Watch",
    "__version__",
    "check",
    "explain",
    "watch",
]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'gradaudit' has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(home), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
