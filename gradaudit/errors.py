"""The exceptions of gradaudit. Messages say: expected, got, usual cause, what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradaudit.findings import Finding


class GradAuditError(Exception):
    """Base of all errors; raised itself at an optimizer step when `raise_on` asks for it.

    `findings` holds what was found; empty on errors of usage.
    """

    def __init__(self, message: str, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(message)
        self.findings = findings


class UsageError(GradAuditError, ValueError):
    """Something was asked for in a way that cannot be done. Exit code 2 on the command line."""


class GradAuditWarning(UserWarning):
    """What `on_finding="warn"` warns with."""
