"""WHERE AND WHY: a place in the user's code, and the cause of a finding.

Events and findings are made of them; nothing but plain text and numbers in here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Site:
    """A place in the user's code: `file` as the user would write it, `line` from 1."""

    file: str
    line: int
    function: str
    text: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


CAUSE_KINDS: tuple[str, ...] = (
    "unused-module",
    "unused-output",
    "detach",
    "data-attribute",
    "no-grad-region",
    "inference-mode",
    "non-differentiable-op",
    "rewrapped-value",
    "reentrant-checkpoint",
    "custom-function",
    "requires-grad-off",
    "replaced-parameter",
    "unregistered-leaf",
    "cleared",
    "other-backward",
    "nonfinite-op",
    "nonfinite-input",
    "inplace-edit",
    "reused-graph",
    "kept-graph",
    "unknown",
)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a gradient is missing or wrong: the op, the user's own line, the module.

    `kind` is one of `CAUSE_KINDS`. `certain` is False where the evidence leaves room for doubt.
    """

    kind: str
    op: str | None = None
    file: str | None = None
    line: int | None = None
    function: str | None = None
    module: str | None = None
    certain: bool = True
    source: str = ""
    """The text of that line."""

    @classmethod
    def at(
        cls,
        kind: str,
        site: Site | None,
        op: str | None = None,
        module: str | None = None,
        *,
        certain: bool = True,
    ) -> Cause:
        """A cause at a place in the user's code (`site` None: the place is not known)."""
        if site is None:
            return cls(kind, op=op, module=module, certain=certain)
        return cls(kind, op, site.file, site.line, site.function, module, certain, site.text)
