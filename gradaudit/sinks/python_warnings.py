"""Findings told at once: as Python warnings, as log records, or to a function of the user's."""

from __future__ import annotations

import inspect
import logging
import os
import sysconfig
import warnings
from types import FrameType

from gradaudit.config import OnFinding
from gradaudit.errors import GradAuditWarning
from gradaudit.events import Event
from gradaudit.findings import Finding, Severity

_LEVELS = {
    Severity.INFO: logging.INFO,
    Severity.WARNING: logging.WARNING,
    Severity.ERROR: logging.ERROR,
}
_NEVER_THE_USERS = ("gradaudit", "torch")
"""Packages whose frames are never a place in the user's code."""
_LIBRARIES = tuple(
    {path + os.sep for name, path in sysconfig.get_paths().items() if name.endswith("lib")}
)


class WarningSink:
    """Tells findings as they come.

    `on_finding`: "warn" warns with `GradAuditWarning` of errors and warnings, at the cause's line
    where there is one, else at the user's line that is running now; "log" logs every finding to
    the logger "gradaudit" at its severity's level; "silent" does nothing; a function is called
    with every finding. One whose severity has risen comes again.
    """

    may_lag, hears_events = True, False

    def __init__(self, on_finding: OnFinding = "warn") -> None:
        self._on_finding: OnFinding = on_finding

    def emit(self, record: Event | Finding) -> None:
        """Tell a finding; events are passed over."""
        if not isinstance(record, Finding):
            return
        if callable(self._on_finding):
            self._on_finding(record)
        elif self._on_finding == "log":
            logging.getLogger("gradaudit").log(_LEVELS[record.severity], "%s", record)
        elif self._on_finding == "warn" and record.severity is not Severity.INFO:
            _warn(record)

    def close(self) -> None:
        """Nothing to do."""


def _warn(finding: Finding) -> None:
    text = f"{finding.code} {finding.name}: {finding.message.removesuffix('.')}"
    if finding.fix:
        text += f"; to mend it: {finding.fix}"
    cause = finding.cause
    if cause is not None and cause.file is not None and cause.line is not None:
        warnings.warn_explicit(text, GradAuditWarning, cause.file, cause.line)
        return
    frame = _user_frame()
    if frame is None:
        warnings.warn(text, GradAuditWarning, stacklevel=2)
    else:
        warnings.warn_explicit(text, GradAuditWarning, frame.f_code.co_filename, frame.f_lineno)


def _user_frame() -> FrameType | None:
    """The innermost frame of the user's code; where there is none, of a library, but never torch's.

    Trainers of frameworks call the step: a warning at their line would help nobody.
    """
    frame = inspect.currentframe()
    library: FrameType | None = None
    while frame is not None:
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if package not in _NEVER_THE_USERS and not package.startswith("gradaudit_"):
            if not frame.f_code.co_filename.startswith(_LIBRARIES):
                return frame
            library = library or frame
        frame = frame.f_back
    return library
