"""Any configuration of transformers, made tiny: by the names of its fields, sub-configurations too.

Nothing is downloaded. A size is never made larger than it was; what is not named here stays.
"""

from __future__ import annotations

import copy
import re
from typing import Any

from transformers import PretrainedConfig

WIDTH, HEADS, LAYERS, VOCABULARY, IMAGE, PATCH = 32, 2, 2, 128, 32, 8
FIRST_WORD, LAST_WORD = 20, 75
"""Ordinary tokens; the special ones of a shrunk vocabulary lie outside."""


def _table(*rows: tuple[int, str]) -> tuple[tuple[re.Pattern[str], int], ...]:
    """Patterns of names, apart by blanks, and a size; the first that fits counts."""
    return tuple((re.compile("|".join(names.split())), size) for size, names in rows)


_SIZES = _table(
    (
        512,
        r"(max_|n_)?(position|source_position|target_position).* n_positions n_ctx max_.*_length "
        r".*block_size max_seq_len.*",
    ),
    (
        VOCABULARY,
        r".*vocab_size(_.*)? .*codebook_size n_codes num_codebook_vectors .*num_embeddings",
    ),
    (16, r"(kv|q|qk|o|v)_lora_rank lora_rank .*_lora_rank .*_rank"),
    (8, r"qk_rope_head_dim"),
    (8, r"qk_nope_head_dim"),
    (16, r"qk_head_dim"),
    (16, r"v_head_dim"),
    (WIDTH // HEADS, r"(.*_)?head_dim d_head attention_head_size d_kv .*_head_dim head_size"),
    (
        HEADS,
        r".*num_(attention_|decoder_attention_|encoder_attention_)?(heads|head) n_heads? "
        r".*attention_heads num_.*_heads? n_.*_heads?",
    ),
    (
        LAYERS,
        r".*num_(hidden_|encoder_|decoder_)?layers n_layers? .*encoder_layers .*decoder_layers "
        r"num_.*_layers depth num_blocks .*_num_layers .*_layers .*_depth layers",
    ),
    (
        4,
        r"num_(local_|routed_)?experts n_routed_experts moe_num_experts num_.*_experts "
        r"n_.*_experts",
    ),
    (2, r"(num_experts_per_tok|moe_k|top_k|moe_topk|num_.*experts_per_tok|moe_top_k)"),
    (1, r"n_group topk_group num_expert_group"),
    (
        2 * WIDTH,
        r".*intermediate_size(_.*)? .*ffn_dim(_.*)? .*inner_dim(_.*)? .*d_ff(_.*)? "
        r".*ffn_hidden_size(_.*)? .*ff_dim(_.*)? .*mlp_dim(_.*)? .*feedforward_dim(_.*)? "
        r".*d_inner(_.*)? .*ffn_size(_.*)?",
    ),
    (
        WIDTH,
        r"(.*_)?hidden_size(_.*)? (.*_)?d_model(_.*)? (.*_)?n_embd(_.*)? (.*_)?hidden_dim(_.*)? "
        r"(.*_)?embed_dim(_.*)? (.*_)?embedding_size(_.*)? (.*_)?embedding_dim(_.*)? "
        r"(.*_)?dim(_.*)? (.*_)?projection_dim(_.*)? (.*_)?emb_dim(_.*)? (.*_)?model_dim(_.*)? "
        r"(.*_)?hid_dim(_.*)? (.*_)?width(_.*)? (.*_)?embed_dims?(_.*)? (.*_)?d_embed(_.*)? "
        r"(.*_)?output_size(_.*)? (.*_)?output_dim(_.*)? (.*_)?proj_dim(_.*)? "
        r"(.*_)?out_hidden_size(_.*)? (.*_)?hidden_channels(_.*)? (.*_)?channels(_.*)? "
        r"(.*_)?num_channels_latent(_.*)? (.*_)?decoder_dim(_.*)? (.*_)?encoder_dim(_.*)?",
    ),
    (IMAGE, r"image_size .*_image_size crop_size img_size input_size"),
    (4, r"window_size"),
    (PATCH, r"(.*_)?patch_size patch_stride"),
    (
        8,
        r"num_queries num_query_tokens num_latents num_object_queries encoder_seq_length "
        r".*num_proposals",
    ),
)
_LISTS = _table(
    (1, r".*depths? .*layers_per_stage num_blocks .*_blocks"),
    (
        WIDTH,
        r"(.*_)?hidden_sizes (.*_)?embed_dims? (.*_)?dims (.*_)?widths (.*_)?channels "
        r"(.*_)?neck_hidden_sizes (.*_)?encoder_hidden_sizes (.*_)?layer_dims (.*_)?in_channels "
        r"(.*_)?encoder_in_channels (.*_)?decoder_hidden_size.*",
    ),
    (2, r"(.*_)?(num_attention_heads|num_heads)"),
    (16, r"conv_dim tdnn_dim conv_dims?"),
    (IMAGE, r"image_size img_size"),
)
_UNSET = {
    "head_dim": WIDTH // HEADS,
    "n_routed_experts": 4,
    "n_shared_experts": 1,
    "n_group": 1,
    "topk_group": 1,
    "num_experts_per_tok": 2,
    "moe_intermediate_size": WIDTH,
}
_KEEP = frozenset(
    (
        "num_labels",
        "num_channels",
        "in_channels",
        "in_chans",
        "out_channels",
        "pad_head_dim_to_multiple_of",
    )
)


def shrunk(config: PretrainedConfig, **given: Any) -> PretrainedConfig:
    """A tiny configuration of the same class. `given`: fields that are known better."""
    return _shrunk(config, given)


def _shrunk(config: PretrainedConfig, given: dict[str, Any]) -> PretrainedConfig:
    changes: dict[str, Any] = {}
    specials = _Specials()
    for name, value in vars(config).items():
        if name.startswith("_") or name in _KEEP:
            continue
        if isinstance(value, PretrainedConfig):
            inner = given.get(name, {})
            changes[name] = _shrunk(value, inner if isinstance(inner, dict) else {})
        elif isinstance(value, bool):
            if name == "use_cache" and value:
                changes[name] = False
        elif value is None and name in _UNSET:
            changes[name] = _UNSET[name]
        elif isinstance(value, int):
            if name == "head_dim" and hasattr(config, "qk_rope_head_dim"):
                continue  # another name of that one
            new = specials.of(name, value)
            if new is None:
                new = min(value, _size(name, value))
            if new != value:
                changes[name] = new
        elif isinstance(value, list | tuple) and value and all(type(v) is int for v in value):
            new_list = _list(name, list(value))
            if new_list != list(value):
                changes[name] = new_list
    if getattr(config, "pad_token_id", 0) is None:
        changes["pad_token_id"] = 1
    if getattr(config, "is_encoder_decoder", False):
        for name in ("decoder_start_token_id", "pad_token_id", "bos_token_id", "eos_token_id"):
            if getattr(config, name, None) is None:
                changes.setdefault(name, 1 + (name == "eos_token_id"))
    changes.update(
        {k: v for k, v in given.items() if not isinstance(vars(config).get(k), PretrainedConfig)}
    )
    return _rebuilt(config, changes)


def _rebuilt(config: PretrainedConfig, changes: dict[str, Any]) -> PretrainedConfig:
    """By the constructor, which derives fields from others; one by one where that fails."""
    kind = type(config)
    try:
        return kind(**changes)
    except Exception:
        result = copy.deepcopy(config)
        for name, value in changes.items():
            try:
                setattr(result, name, value)
            except Exception:
                continue
        return result


class _Specials:
    """Special tokens of a small vocabulary: distinct, and none of the ordinary ones."""

    def __init__(self) -> None:
        self._next = LAST_WORD + 5

    def of(self, name: str, value: int) -> int | None:
        if not re.fullmatch(r".*(_token_id|_token_index|_token|_id|_index|token_ids)", name):
            return None
        if value < FIRST_WORD:
            return value
        self._next += 1
        return self._next


def _size(name: str, value: int) -> int:
    for pattern, size in _SIZES:
        if pattern.fullmatch(name):
            return size
    return value


def _list(name: str, values: list[int]) -> list[int]:
    for pattern, size in _LISTS:
        if pattern.fullmatch(name):
            return [min(v, size) for v in values]
    return values
