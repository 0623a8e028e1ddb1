"""Why a tensor's `.grad` is None, from what a `BackwardLog` has seen: one question, one answer."""

from __future__ import annotations

from types import FrameType

import torch

from gradaudit.causes import Cause, Site
from gradaudit.rules.remedies import remedy
from gradaudit.tracing.backwardlog import Backward, BackwardLog
from gradaudit.tracing.calls import site_at
from gradaudit.tracing.clearings import cleared_by_hand
from gradaudit.tracing.explanation import Explanation
from gradaudit.tracing.opnames import shown
from gradaudit.tracing.provenance import Birth
from gradaudit.tracing.saved import node_of
from gradaudit.tracing.tensornames import leaf_behind, name_of, named

USE_IT = "use it in the computation of the loss, or do not expect a gradient for it"
CUT_WORDS = {
    "detach": "its value goes on only through {op}{at}, which leaves the graph behind",
    "data-attribute": "its value goes on only through {op}{at}, which leaves the graph behind",
    "no-grad-region": "what comes of it is computed while gradients are disabled ({op}{at})",
    "inference-mode": "what comes of it is computed in inference mode ({op}{at})",
    "non-differentiable-op": "its value goes on only through {op}{at}, which has no gradient",
    "rewrapped-value": "its value leaves the graph by {op}{at} and comes back as a new tensor",
    "reentrant-checkpoint": "{op}{at} passes no gradient on, as no input of it requires grad",
    "custom-function": "the backward of {op}{at} returns no gradient for it",
    "replaced-parameter": "the loss is computed with a copy of it ({op}{at})",
}


class Judge:
    """Answers with what is known at that moment; asked again later, it may say something else."""

    def __init__(self, log: BackwardLog) -> None:
        self._log = log

    def why(self, tensor: torch.Tensor, name: str, frame: FrameType | None) -> Explanation:
        """Of a tensor whose `.grad` is None. `name`: the user's, "" unknown."""
        if tensor.is_inference():
            return self._inference(tensor, name)
        if not tensor.requires_grad:
            return self._does_not_require(tensor, name, frame)
        if not tensor.is_leaf and not tensor.retains_grad:
            return not_a_leaf(tensor, name, frame, site_at(self._log.origin_of(tensor)))
        return self._expected(tensor, name, frame)

    # ------------------------------------------------------------------ it cannot have one

    def _inference(self, tensor: torch.Tensor, name: str) -> Explanation:
        birth = self._log.provenance.birth_of(tensor)
        cause = made = None
        if birth is not None:
            made = site_at(birth.place)
            where = site_at(birth.region) or made
            cause = Cause.at("inference-mode", where, "torch.inference_mode")
        return in_inference_mode(name, cause, made)

    def _does_not_require(
        self, tensor: torch.Tensor, name: str, frame: FrameType | None
    ) -> Explanation:
        one = named(name)
        off = self._log.provenance.switched_off(tensor)
        if off is not None:
            site = site_at(off.place)
            cause = Cause.at("requires-grad-off", site, "requires_grad = False")
            return Explanation(
                tensor=name,
                reason="requires-grad-off",
                message=f"{one} does not require grad: it was frozen{_at(site)}.",
                fix="unfreeze it with requires_grad_(True) before the forward, if it is to learn",
                cause=cause,
            )
        birth = self._log.provenance.birth_of(tensor)
        if birth is None:
            return without_grad(tensor, name)
        made = site_at(birth.place)
        if birth.cut is not None:
            cause = birth.cut.cause(self._log.name_of)
            return Explanation(
                tensor=name,
                reason="requires-grad-off",
                message=f"{one} does not require grad: it was computed from tensors that do, "
                f"and lost its graph{_by(cause)}.",
                fix=remedy(cause, ""),
                cause=cause,
                made=made,
            )
        return self._never_had(tensor, name, birth, made, frame)

    def _never_had(
        self,
        tensor: torch.Tensor,
        name: str,
        birth: Birth,
        made: Site | None,
        frame: FrameType | None,
    ) -> Explanation:
        one = named(name)
        if not (tensor.is_floating_point() or tensor.is_complex()):
            return without_grad(tensor, name, made)
        op = shown(birth.op)
        fix = f"create {one} with requires_grad=True (or call requires_grad_() before the forward)"
        if birth.created:
            cause = Cause.at("requires-grad-off", made, op)
            message = f"{one} does not require grad: it was created{_at(made)} without it."
        elif birth.complete and len(birth.sources) == 1:
            source = birth.sources[0]
            origin = source.ref()
            place = site_at(source.place)
            its = name_of(origin, frame) if origin is not None else ""
            cause = Cause.at("requires-grad-off", place, shown(source.op))
            message = (
                f"{one} does not require grad: it was computed{_at(made)} from "
                f"{named(its, 'a tensor')}, which was created{_at(place)} without requires_grad."
            )
            fix = f"create {named(its, 'that tensor')} with requires_grad=True"
        else:
            cause = Cause.at("requires-grad-off", made, op, certain=birth.complete)
            message = (
                f"{one} does not require grad: none of the tensors that it was "
                f"computed from{_at(made)} requires it."
            )
            fix = "create what is to learn with requires_grad=True"
        return Explanation(
            tensor=name,
            reason="requires-grad-off",
            message=message,
            fix=fix,
            cause=cause,
            made=made,
        )

    # ------------------------------------------------------------------ it could have had one

    def _expected(self, tensor: torch.Tensor, name: str, frame: FrameType | None) -> Explanation:
        log = self._log
        cleared, filled = log.cleared(tensor), log.filled(tensor)
        birth = log.provenance.birth_of(tensor)
        since = 0 if birth is None else birth.number
        cause = Cause("cleared", certain=False)
        if filled is not None:
            since = max(since, filled.seen)
            by_hand = cleared_by_hand(frame, name)
            if cleared is not None and cleared.number > filled.seen:
                since = cleared.number
                cause = Cause.at("cleared", cleared.site, cleared.op)
            elif by_hand is not None:
                cause = Cause.at("cleared", by_hand[0], by_hand[1])
        node = node_of(tensor)
        made = -1 if node is None else node._sequence_nr()
        later = [b for b in log.backwards if b.number > since and b.sequence > made]
        if later:
            return self._after(tensor, name, later)
        if filled is not None:
            return was_cleared(name, cause, filled.backward.site)
        return self._no_backward(tensor, name)

    def _no_backward(self, tensor: torch.Tensor, name: str) -> Explanation:
        one = named(name)
        log = self._log
        given = log.provenance.given_to_grad(tensor)
        if given is not None:
            return returned_by_grad(name, site_at(given.place))
        made = None if tensor.is_leaf else site_at(log.origin_of(tensor))
        birth = log.provenance.birth_of(tensor)
        if birth is not None and tensor.is_leaf:
            made = site_at(birth.place)
        since = "" if not log.backwards else f" since it was made{_at(made)}"
        return Explanation(
            tensor=name,
            reason="no-backward",
            message=f"no backward has run{since}, so {one} has no gradient yet.",
            fix="call backward() on the loss before you read it",
            made=made,
        )

    def _after(self, tensor: torch.Tensor, name: str, later: list[Backward]) -> Explanation:
        log, one = self._log, named(name)
        reached = [b for b in later if log.reaches(b, tensor)]
        asked = [b for b in reached if not b.error and b.was_asked_for(tensor)]
        last = (asked or reached or later)[-1]
        given = log.provenance.given_to_grad(tensor)
        if last.error:
            return self._raised(name, last)
        if given is not None and not reached and given.number > last.number:
            return returned_by_grad(name, site_at(given.place))
        if reached and not asked:
            return Explanation(
                tensor=name,
                reason="not-among-inputs",
                message=f"the backward{_at(last.site)} was called with inputs=, and {one} is not "
                "among them, so its gradient was not stored.",
                fix=f"add {one} to inputs=, or leave inputs= out",
                backward=last.site,
            )
        if asked and not tensor.is_leaf:
            return retained_late(name, last.site)
        bit = log.bit_of(tensor) if tensor.is_leaf else 0
        # What a step lost may be carried into later ones, which know nothing of it.
        cause = next((b.causes[bit] for b in reversed(later) if bit in b.causes), None)
        birth = log.provenance.birth_of(tensor)
        owner = name.rpartition(".")[0]
        if (
            cause is None
            and tensor.is_leaf
            and owner
            and birth is not None
            and birth.op == "Parameter"
            and not log.was_used(tensor)
        ):
            cause = Cause.at("unused-module", site_at(birth.place), module=owner)
        return not_reached(name, cause, last, reached=bool(asked))

    def _raised(self, name: str, last: Backward) -> Explanation:
        one = named(name)
        cause = last.loss_cause if last.bare else None
        why = ""
        if cause is not None:
            why = f" Nothing that its loss was computed from requires grad{_by(cause)}."
        return Explanation(
            tensor=name,
            reason="backward-raised",
            message=f"the backward{_at(last.site)} raised an exception, so {one} got nothing.{why}",
            fix=remedy(cause, "mend what the backward raised for"),
            cause=cause,
            backward=last.site,
        )


# ---------------------------------------------------------------------- answers that need no log


def not_reached(
    name: str, cause: Cause | None, last: Backward | None, *, reached: bool, sure: bool = True
) -> Explanation:
    """A backward did not lead here (`reached`: it did, and nothing came).

    `sure`: without a cause, nothing can have been cut off on the way.
    """
    one = named(name)
    site = None if last is None else last.site
    start = f"the backward{_at(site)} ran, but did not reach {one}"
    where = "" if cause is None or cause.file is None else f" at {cause.file}:{cause.line}"
    if cause is not None and cause.kind in CUT_WORDS:
        why = CUT_WORDS[cause.kind].format(op=cause.op or "an operation", at=where)
        message = f"{start}: {why}."
    elif cause is not None and cause.kind == "unused-module":
        of = f" (of `{cause.module}`)" if cause.module else ""
        message = f"{start}: nothing was computed with it{of}."
    elif cause is not None and cause.kind == "unused-output" and where:
        message = f"{start}: it was last used{where}, and nothing of that went into the loss."
    elif reached:
        message = (
            f"the way of the backward{_at(site)} led to {one}, but an operation on it gave no "
            "gradient there."
        )
    elif sure:
        message = f"{start}: the loss was not computed from it."
    else:
        message = f"{start}: it was cut off on the way, or the loss was not computed from it."
    return Explanation(
        tensor=name,
        reason="not-reached",
        message=message,
        fix=remedy(cause, USE_IT),
        cause=cause,
        backward=site,
    )


def not_a_leaf(
    tensor: torch.Tensor, name: str, frame: FrameType | None, made: Site | None
) -> Explanation:
    """A result of a computation."""
    one = named(name)
    short = name or "it"
    leaf, direct = leaf_behind(tensor)
    its = "" if leaf is None else name_of(leaf, frame)
    message = (
        f"{one} is not a leaf: it was computed{_at(made)} from tensors that require grad, and a "
        "backward stores gradients in leaves only."
    )
    fix = f"call {short}.retain_grad() before the backward"
    if its and its != name:
        fix += f", or read the gradient of the leaf that it was computed from: {its}.grad"
    elif leaf is not None and direct and not its:
        message = (
            f"{one} is not a leaf: it was computed{_at(made)} from a leaf that no variable holds, "
            "and a backward stores gradients in leaves only."
        )
        fix = (
            f"make {short} itself the leaf: compute or move it first, and call requires_grad_() "
            "last; or call retain_grad() on it before the backward"
        )
    return Explanation(tensor=name, reason="not-a-leaf", message=message, fix=fix, made=made)


def retained_late(name: str, backward: Site | None) -> Explanation:
    """retain_grad() came after the backward."""
    one = named(name)
    return Explanation(
        tensor=name,
        reason="retained-late",
        message=f"the backward{_at(backward)} went through {one} before retain_grad() was called "
        "for it, and so stored nothing in it.",
        fix="call retain_grad() before the backward",
        backward=backward,
    )


def without_grad(tensor: torch.Tensor, name: str, made: Site | None = None) -> Explanation:
    """requires_grad is off, and where that comes from is not known (or is the dtype)."""
    one = named(name)
    if not (tensor.is_floating_point() or tensor.is_complex()):
        kind = str(tensor.dtype).removeprefix("torch.")
        return Explanation(
            tensor=name,
            reason="requires-grad-off",
            message=f"{one} is of type {kind}: only floating-point and complex tensors can require "
            "grad.",
            fix="learn a floating-point tensor; an integer one can only select or count",
            made=made,
        )
    return Explanation(
        tensor=name,
        reason="requires-grad-off",
        message=f"{one} does not require grad, so no backward gives it one.",
        fix="create it with requires_grad=True, or call requires_grad_() before the forward; if it "
        "was computed, look for a detach(), no_grad or .data on its way",
        made=made,
    )


def in_inference_mode(name: str, cause: Cause | None, made: Site | None) -> Explanation:
    """Made in inference mode."""
    at = "" if cause is None or cause.file is None else f" ({cause.file}:{cause.line})"
    return Explanation(
        tensor=name,
        reason="inference-tensor",
        message=f"{named(name)} was made in inference mode{at}: autograd does not follow it, "
        "whatever is done with it later.",
        fix="make it outside torch.inference_mode(), or clone() it outside and call "
        "requires_grad_() on the clone",
        cause=cause,
        made=made,
    )


def was_cleared(name: str, cause: Cause, backward: Site | None) -> Explanation:
    """There was one."""
    at = "" if cause.file is None else f" at {cause.file}:{cause.line}"
    by = f" by {cause.op}" if cause.op else ""
    return Explanation(
        tensor=name,
        reason="cleared",
        message=f"{named(name)} had a gradient after the backward{_at(backward)}, and it was "
        f"cleared since{by}{at}.",
        fix="read it between the backward and the line that clears it",
        cause=cause,
        backward=backward,
    )


def returned_by_grad(name: str, site: Site | None) -> Explanation:
    """`torch.autograd.grad` was used."""
    return Explanation(
        tensor=name,
        reason="autograd-grad",
        message=f"torch.autograd.grad{_at(site)} returned the gradient of {named(name)}; unlike "
        "backward() it stores nothing in .grad.",
        fix="use what torch.autograd.grad returns, or call backward() on the loss",
        backward=site,
    )


def _at(site: Site | None) -> str:
    return "" if site is None else f" at {site}"


def _by(cause: Cause) -> str:
    at = "" if cause.file is None else f" at {cause.file}:{cause.line}"
    return f" ({cause.op}{at})" if cause.op else at
