"""What the names of parameters that never learn often mean."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gradaudit.findings import Cause

_IMAGES = frozenset(("vision", "visual", "image", "images", "img", "pixel", "video"))
_SOUNDS = frozenset(("audio", "speech", "sound"))
_BRIDGES = frozenset(("multi_modal_projector", "mm_projector", "connector", "aligner"))
_CROSSED = frozenset(("encoder_attn", "crossattention", "cross_attn", "cross_attention"))
_MASKS = frozenset(("mask_token", "mask_emb", "mask_embedding", "masked_spec_embed"))
_TYPES = frozenset(("token_type_embeddings", "seg_embed", "segment_embeddings"))


def hint_of(names: Sequence[str], cause: Cause | None) -> str:
    """A question or a fact that fits these names of parameters; "" where they say nothing."""
    parts = set(names[0].split("."))
    for name in names:
        parts &= set(name.split("."))
    words = {word for part in parts for word in re.split(r"[_\d]+", part.lower())}
    idle = cause is not None and cause.kind == "unused-module"
    if any(part.startswith(cross) for part in parts for cross in _CROSSED):
        return "cross-attention runs only where it is given an encoder's output" if idle else ""
    if "experts" in parts or "expert" in words:
        return "no token was sent to it so far" if idle else ""
    if words & {"pooler", "pooling"}:
        return "many models are built without it by add_pooling_layer=False"
    if parts & _MASKS:
        return "it is used only where something is masked"
    if parts & _TYPES:
        return "it is used only where token_type_ids are given"
    if words & _IMAGES and idle:
        return "was there an image in the batch (pixel_values)?"
    if words & _SOUNDS and idle:
        return "was there sound in the batch (input_features, input_values)?"
    if parts & _BRIDGES and idle:
        return "was there an image or sound in the batch?"
    return ""
