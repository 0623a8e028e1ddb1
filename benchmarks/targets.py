"""What an audited step may cost, as a ratio to the bare one. On a CPU, with one thread.

Every element of every gradient is looked at, in every backward, unless a line says `sampled`.
"""

from __future__ import annotations

MODELS = ("mlp", "gpt", "resnet", "tiny2000", "tiny20000", "wide")

WITHOUT_CLIPPING = {"mlp": 1.04, "gpt": 1.005, "resnet": 1.02, "tiny2000": 1.04, "wide": 1.18}
CLIPPING = 1.01
"""In a loop that clips the norms are needed once anyway."""
SAMPLED = {"mlp": 1.005, "gpt": 1.005, "resnet": 1.005, "wide": 1.03}
SHARE_OF_CLIPPING = 0.6
"""The audit at most so much of what `clip_grad_norm_` costs, in the same loop."""
TEN_TIMES_THE_PARAMETERS = 12.0
"""20,000 parameters at most so many times what 2,000 cost."""


def target(model: str, *, clip: bool, accumulate: int, values: str) -> float | None:
    """The largest ratio that was asked for; None where nothing was.

    With accumulation the norms may be read once per optimizer step, so that a step of eight
    backwards is to cost no larger share than one of a single backward.
    """
    del accumulate
    if values == "sampled":
        return SAMPLED.get(model)
    if values != "all":
        return None
    return CLIPPING if clip else WITHOUT_CLIPPING.get(model)
