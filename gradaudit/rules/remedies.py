"""What to write instead, for each kind of cause."""

from __future__ import annotations

from gradaudit.findings import Cause

_BY_KIND = {
    "detach": "take this detach() away, or detach a copy where only the value is meant; if it is "
    "meant, freeze these parameters or take them out of the optimizer",
    "data-attribute": "use the tensor itself, not its .data; to change values on purpose, do it "
    "under torch.no_grad() and outside the computation of the loss",
    "no-grad-region": "compute this outside torch.no_grad(); keep no_grad for what must not learn; "
    "if it is meant, freeze these parameters or take them out of the optimizer",
    "inference-mode": "compute this outside torch.inference_mode(); its tensors can never take "
    "part in a backward",
    "non-differentiable-op": "this operation has no gradient: use a differentiable stand-in "
    "(softmax for argmax, sigmoid for a comparison) or a straight-through estimator; if it is "
    "meant, freeze these parameters",
    "rewrapped-value": "keep the value a tensor: torch.stack or torch.cat for lists of tensors, "
    "torch operations for NumPy's; .item() and .numpy() are for reading only",
    "reentrant-checkpoint": "call checkpoint(..., use_reentrant=False), or let the input require "
    "grad: the reentrant one only passes gradients on if an input requires grad",
    "custom-function": "return a gradient for this input from the Function's backward",
    "requires-grad-off": "create the tensor with requires_grad=True, or unfreeze what should learn",
    "replaced-parameter": "train the object that the optimizer holds, not a copy of it",
    "cleared": "move the clearing call before the backward or after the step",
    "other-backward": "step the optimizer after the backward that reaches it, before it is cleared",
}


def remedy(cause: Cause | None, otherwise: str) -> str:
    """How to mend this cause; `otherwise` where there is no cause to mend."""
    return otherwise if cause is None else _BY_KIND.get(cause.kind, otherwise)
