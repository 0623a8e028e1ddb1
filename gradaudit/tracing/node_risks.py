"""Which operations can make a value that is not finite out of values that are."""

from __future__ import annotations

from functools import lru_cache

import torch

from gradaudit.tracing.opnames import shown

UNSET = frozenset(("empty", "empty_like", "new_empty", "empty_strided", "new_empty_strided"))
"""What is in there was computed by nobody."""

OVERWRITES = frozenset(
    ("zero_", "fill_", "copy_", "uniform_", "normal_", "random_", "bernoulli_", "trunc_normal_",
     "constant_", "ones_", "zeros_", "kaiming_uniform_", "kaiming_normal_", "xavier_uniform_",
     "xavier_normal_", "orthogonal_", "exponential_")
)  # fmt: skip
"""In place, and nothing of the old values is left."""

SAFE = UNSET | frozenset(
    (
        # the same numbers in another shape or order
        "view", "reshape", "view_as", "reshape_as", "flatten", "unflatten", "ravel", "squeeze",
        "unsqueeze", "transpose", "t", "permute", "movedim", "swapaxes", "swapdims", "expand",
        "expand_as", "broadcast_to", "broadcast_tensors", "repeat", "repeat_interleave", "tile",
        "chunk", "split", "split_with_sizes", "unbind", "narrow", "select", "__getitem__", "index",
        "index_select", "take", "take_along_dim", "gather", "masked_select", "cat", "concat",
        "stack", "hstack", "vstack", "flip", "roll", "rot90", "diagonal", "diag", "diag_embed",
        "triu", "tril", "unfold", "contiguous", "clone", "detach", "detach_", "data", "T", "mT",
        "H", "mH", "real", "imag", "grad", "requires_grad_", "float", "double", "cpu", "cuda",
        "alias", "as_strided", "squeeze_", "unsqueeze_", "transpose_", "t_", "meshgrid",
        "pixel_shuffle", "pixel_unshuffle", "channel_shuffle", "view_as_real", "view_as_complex",
        "__iter__", "pin_memory",
        # an element or nothing
        "relu", "relu_", "relu6", "hardtanh", "dropout", "dropout1d", "dropout2d", "dropout3d",
        "alpha_dropout", "feature_dropout", "embedding", "max", "min", "amax", "amin", "maximum",
        "minimum", "sort", "topk", "kthvalue", "median", "cummax", "cummin", "max_pool1d",
        "max_pool2d", "max_pool3d", "adaptive_max_pool1d", "adaptive_max_pool2d", "one_hot",
        # bounded
        "abs", "absolute", "neg", "negative", "sign", "sgn", "sigmoid", "sigmoid_", "tanh",
        "tanh_", "sin", "cos", "hardsigmoid", "leaky_relu", "elu", "gelu", "silu", "mish",
        "softplus", "logsigmoid", "softsign", "atan", "erf", "selu", "hardswish",
        "floor", "ceil", "round", "trunc", "nan_to_num",
        # not from any number of the user's
        "zeros", "ones", "zeros_like", "ones_like", "new_zeros", "new_ones", "rand", "randn",
        "rand_like", "randn_like", "randint", "arange", "eye", "zero_", "uniform_",
        "normal_", "bernoulli", "bernoulli_", "ones_", "zeros_",
    )
)  # fmt: skip
"""Finite in, finite out."""

FILLS = frozenset(
    ("masked_fill", "masked_fill_", "full", "full_like", "new_full", "fill_", "fill", "where",
     "__setitem__", "tensor", "as_tensor", "asarray", "new_tensor", "scalar_tensor", "index_fill",
     "index_fill_", "pad", "clamp", "clip", "constant_", "from_numpy", "frombuffer",
     "masked_scatter",     "index_put", "index_put_", "scatter", "scatter_", "copy_")
)  # fmt: skip
"""They put given values where they are told to, and compute none."""

FROM_OUTSIDE = frozenset(
    ("from_numpy", "frombuffer", "from_dlpack", "load", "as_tensor", "asarray", "tensor")
)
"""Unless a tensor is given, the values come from somewhere else than this program's operations."""

TRANSPORTS = frozenset(("to", "type", "type_as", "half", "bfloat16", "cuda", "cpu", "_to_copy"))
"""Nothing is computed, but a number may be too large for the new type."""

MASKED_BY_INF = frozenset(
    ("softmax", "log_softmax", "logsumexp", "_softmax", "_log_softmax", "gumbel_softmax",
     "scaled_dot_product_attention", "multi_head_attention_forward", "logaddexp", "cross_entropy",
     "nll_loss", "_native_multi_head_attention", "_transformer_encoder_layer_fwd", "logcumsumexp",
     "softmin")
)  # fmt: skip
"""An Inf that goes in here was put there to be masked; the NaN that comes out is theirs."""

CARRIERS = frozenset(
    (
        "ViewBackward0", "UnsafeViewBackward0", "ReshapeAliasBackward0", "TBackward0",
        "TransposeBackward0", "PermuteBackward0", "UnsqueezeBackward0", "SqueezeBackward0",
        "SqueezeBackward1", "AliasBackward0", "CloneBackward0", "ExpandBackward0", "AddBackward0",
        "SubBackward0", "NegBackward0", "ReluBackward0", "ThresholdBackward0", "CatBackward0",
        "StackBackward0", "SplitBackward0", "SplitWithSizesBackward0", "UnbindBackward0",
        "SliceBackward0", "SelectBackward0", "SumBackward0", "SumBackward1",
    )
)  # fmt: skip
"""Backward nodes that hand on numbers they were given (or zeros, or sums), and compute none."""

_RISKY = (
    "log", "sqrt", "rsqrt", "div", "pow", "acos", "asin", "acosh", "atanh", "norm", "std", "var",
    "exp", "expm1", "softmax", "cdist", "reciprocal", "atan2", "prod", "cumprod", "det", "inverse",
    "inv", "svd", "eigh", "eig", "qr", "cholesky", "solve", "lgamma", "digamma", "tan", "erfinv",
    "cosinesimilarity", "binarycrossentropy", "logit", "attention", "sinc", "hypot", "xlogy",
    "kldiv", "renorm", "weightnorm", "igamma", "polygamma", "cosh", "sinh", "addcdiv",
)  # fmt: skip
_HARMLESS = (
    "nativelayernorm", "nativebatchnorm", "nativegroupnorm", "fusedrmsnorm", "expand", "tanh",
    "binarycrossentropywithlogits", "logsoftmax", "logsigmoid", "softplus", "split", "divergent",
)  # fmt: skip
"""They contain the word, and have an epsilon or no such operation at all."""


_STEEP = (
    "sqrt", "pow", "acos", "asin", "acosh", "norm", "cdist", "svd", "eigh", "eig", "qr", "erfinv",
    "det", "cholesky", "atanh", "prod",
)  # fmt: skip
_MASKING = (
    "Where", "MaskedFill", "MaskedSelect", "Index", "Gather", "Select", "Slice", "Narrow", "Split",
    "NanToNum", "Clamp", "Minimum", "Maximum", "Min", "Max", "Amax", "Amin", "Topk", "Sort",
    "Nansum", "Nanmean", "Exp", "Softmax", "Logsumexp", "ScaledDotProduct", "Hardtanh", "Unbind",
    "Take", "Logaddexp", "Tril", "Triu", "Chunk",
)  # fmt: skip


def is_steep(node_name: str) -> bool:
    """Can its slope be infinite (or not defined) where its value is finite?"""
    name = node_name.lower().replace("_", "")
    return "rsqrt" not in name and any(word in name for word in _STEEP)


def may_mask(node_name: str) -> bool:
    """Can its result be finite though its input is not?"""
    return node_name.startswith(_MASKING)


@lru_cache(maxsize=4096)
def can_create(node_name: str, *, custom: bool) -> bool:
    """Is this backward node one in which a gradient stops being finite in ordinary training?

    Sums and products can overflow as well; they are not what is looked for first.
    """
    if custom:
        return True
    name = node_name.lower().removesuffix("0").removesuffix("1").replace("_", "")
    if name.startswith(_HARMLESS):
        return False
    return any(word in name for word in _RISKY)


def op_name(name: str) -> str:
    """The call as the user knows it: `torch.log`, `torch.nn.functional.softmax`, `/`."""
    text = shown(name)
    if not text.startswith("torch."):
        return text
    if name.startswith("linalg_"):
        return f"torch.linalg.{name.removeprefix('linalg_')}"
    if hasattr(torch, name) and not hasattr(torch.nn.functional, name):
        return text
    if name in ("grad", "backward"):
        return f"torch.autograd.{name}"
    if hasattr(torch.nn.functional, name) and not hasattr(torch.Tensor, name):
        return f"torch.nn.functional.{name}"
    if hasattr(torch, name):
        return text
    return f"Tensor.{name}" if hasattr(torch.Tensor, name) else name


def backward_name(node_name: str, call_name: str, *, custom: bool) -> str:
    """The backward of a call: `SqrtBackward0 (backward of torch.sqrt)`, `MyFunction.backward`."""
    if custom:
        return f"{call_name}.backward"
    of = f"backward of {op_name(call_name)}"
    return f"{node_name} ({of})" if node_name else of
