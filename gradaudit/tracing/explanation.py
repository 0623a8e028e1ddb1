"""THE ANSWER to "why is this `.grad` None?": plain text and numbers, no tensor and no torch."""

from __future__ import annotations

from dataclasses import dataclass

from gradaudit.causes import Cause, Site
from gradaudit.strict_json import cause_to_dict

REASONS: dict[str, str] = {
    "has-gradient": "there is one (and if something is wrong with its values, that is said)",
    "not-a-leaf": "it was computed from other tensors, and a backward keeps no gradient for such",
    "retained-late": "retain_grad() was called after the backward that went through it",
    "requires-grad-off": "it does not require grad, so no backward ever gives it one",
    "inference-tensor": "it was made in inference mode, and can take no part in a backward",
    "no-backward": "no backward has run since it was made",
    "backward-raised": "the backward raised an exception before it arrived here",
    "not-reached": "a backward ran, and its way did not lead here",
    "not-among-inputs": "a backward ran that was given inputs=, and this was not among them",
    "autograd-grad": "torch.autograd.grad returned the gradient instead of storing it",
    "cleared": "there was one, and it was cleared or taken away since",
    "unknown": "what would tell was not watched",
}
"""Every `Explanation.reason`, and what it means. Stable: added to, never renamed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a tensor's `.grad` is None, or what is wrong with the one that is there.

    `tensor`: the user's name of it, "" where none was found; `reason`: one of `REASONS`;
    `message`: one or two sentences; `fix`: what to write instead, "" where nothing is to be done;
    `cause`: the op and the user's line where the gradient was lost, None where there is none to
    give; `site`: where the gradient was read; `made`: where the tensor was made; `backward`: the
    call of the backward that is spoken of; `count`: how often it was read there.
    """

    tensor: str
    reason: str
    message: str
    fix: str = ""
    cause: Cause | None = None
    site: Site | None = None
    made: Site | None = None
    backward: Site | None = None
    count: int = 1

    def __str__(self) -> str:
        name = self.tensor or "this tensor"
        lines = [f"{name}.grad: {self.reason}", f"  {self.message}"]
        lines += [f"  {label}: {text}" for label, text in self.details()]
        return "\n".join(lines)

    def details(self) -> list[tuple[str, str]]:
        """What there is beside the message: (label, text)."""
        found: list[tuple[str, str]] = []
        if self.cause is not None:
            sure = "" if self.cause.certain else "probably "
            op = f" ({self.cause.op})" if self.cause.op else ""
            found.append(("cause", f"{sure}{self.cause.kind}{op}"))
            if self.cause.file is not None:
                source = f"   {self.cause.source}" if self.cause.source else ""
                found.append(("where", f"{self.cause.file}:{self.cause.line}{source}"))
        if self.fix:
            found.append(("fix", self.fix))
        return found

    def to_dict(self) -> dict[str, object]:
        """As JSON holds it."""
        return {
            "tensor": self.tensor,
            "reason": self.reason,
            "message": self.message,
            "fix": self.fix,
            "cause": cause_to_dict(self.cause),
            "site": _place(self.site),
            "made": _place(self.made),
            "backward": _place(self.backward),
            "count": self.count,
        }


def _place(site: Site | None) -> dict[str, object] | None:
    if site is None:
        return None
    return {"file": site.file, "line": site.line, "function": site.function}
