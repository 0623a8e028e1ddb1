"""What torch functions are to the tracer, by the names torch gives them."""

from __future__ import annotations

from functools import cache

ATTRIBUTES_FOLLOWED = frozenset(("data", "T", "mT", "H", "mH", "real", "imag"))
"""Attributes whose values depend on the tensor's; of the others only the shape or a flag does."""

IGNORED = frozenset(
    (
        "size", "dim", "ndimension", "numel", "nelement", "stride", "storage_offset",
        "element_size", "is_floating_point", "is_complex", "is_contiguous", "is_signed",
        "is_conj", "is_neg",
        "is_inference", "is_shared", "is_pinned", "is_set_to", "is_same_size", "get_device",
        "data_ptr", "untyped_storage", "storage", "storage_type", "has_names", "names",
        "register_hook", "register_post_accumulate_grad_hook", "retain_grad", "__hash__",
        "__repr__", "__str__", "__format__", "__len__", "__bool__", "__dir__", "__reduce_ex__",
        "__reduce__", "__setstate__", "_typed_storage", "has_torch_function", "result_type",
        "can_cast", "allclose", "equal", "is_same", "is_nonzero", "is_tensor", "__contains__",
        "_is_view", "_has_symbolic_sizes_strides", "_is_zerotensor", "_backward_hooks",
        "_record_function_enter", "_record_function_enter_new",
        "_record_function_exit", "_record_function_exit._RecordFunction",
        "record_stream", "share_memory_", "pin_memory", "_autocast_to_full_precision",
    )
)  # fmt: skip
"""Nothing of a value gets out of these that a loss could be made of."""

SHAPE_ONLY = frozenset(
    (
        "zeros_like", "ones_like", "empty_like", "rand_like", "randn_like", "randint_like",
        "new_zeros", "new_ones", "new_empty", "new_empty_strided", "zero_", "uniform_", "normal_",
        "random_", "bernoulli_", "exponential_", "geometric_", "log_normal_", "cauchy_",
        "trunc_normal_", "dropout_mask", "_nested_tensor_size",
    )
)  # fmt: skip
"""Results with the shape of an argument, or overwritten by values of no argument."""

SHAPE_OF_SECOND = frozenset(
    ("expand_as", "view_as", "reshape_as", "type_as", "resize_as_", "full_like", "new_full")
)
"""The first tensor's values, the other's shape or type. `full_like` and `new_full`: no tensor's."""

ESCAPES = frozenset(
    ("item", "tolist", "numpy", "__float__", "__int__", "__index__", "__complex__", "__array__",
     "__iter_values__", "__dlpack__")
)  # fmt: skip
"""Ways out of torch into Python and NumPy."""

FACTORIES = frozenset(
    (
        "tensor", "as_tensor", "asarray", "from_numpy", "scalar_tensor", "full", "full_like",
        "new_full", "new_tensor", "fill_", "masked_fill", "masked_fill_", "frombuffer",
        "from_dlpack", "sparse_coo_tensor", "complex", "index_fill", "index_fill_",
    )
)  # fmt: skip
"""Ways back: a value of Python or NumPy becomes (part of) a tensor."""

REWRAPS = frozenset(("tensor", "as_tensor", "asarray", "new_tensor", "from_dlpack"))
"""Factories that take a tensor, or a list of tensors, and copy its value out of the graph."""

CREATORS = FACTORIES | frozenset(
    (
        "zeros", "ones", "empty", "rand", "randn", "randint", "randperm", "arange", "linspace",
        "logspace", "eye", "normal", "zeros_like", "ones_like", "rand_like", "randn_like",
        "empty_like", "new_zeros", "new_ones", "new_empty",
    )
)  # fmt: skip

IN_PLACE_OPERATORS = frozenset(
    (
        "__setitem__", "__iadd__", "__isub__", "__imul__", "__itruediv__", "__idiv__",
        "__ifloordiv__", "__imod__", "__ipow__", "__imatmul__", "__iand__", "__ior__", "__ixor__",
        "__ilshift__", "__irshift__",
    )
)  # fmt: skip

DETACHES = frozenset(("detach", "detach_", "detach_copy"))

SUMS = frozenset(
    ("add", "__add__", "__radd__", "add_", "__iadd__", "sub", "__sub__", "__rsub__", "sub_",
     "__isub__", "rsub", "subtract", "subtract_", "stack", "cat", "concat", "hstack", "vstack")
)  # fmt: skip
"""Of their tensors, each is a summand of what comes out (or of the sum it is reduced to)."""

DIFFERENCES = frozenset(("sub", "__sub__", "__rsub__", "rsub", "subtract"))

CARRIES_SUMMANDS = frozenset(
    (
        "mean", "sum", "nansum", "neg", "__neg__", "squeeze", "unsqueeze", "view", "reshape",
        "flatten", "mul", "__mul__", "__rmul__", "mul_", "__imul__", "multiply", "div",
        "__truediv__", "div_", "__itruediv__", "divide", "true_divide", "float", "double", "to",
        "clone", "contiguous", "half", "bfloat16", "__getitem__",
    )
)  # fmt: skip
"""A sum that goes through one of these is still a sum of the same terms."""

_DUNDERS = {
    "__add__": "+", "__radd__": "+", "__sub__": "-", "__rsub__": "-", "__mul__": "*",
    "__rmul__": "*", "__truediv__": "/", "__rtruediv__": "/", "__div__": "/", "__pow__": "**",
    "__rpow__": "**", "__matmul__": "@", "__rmatmul__": "@", "__mod__": "%", "__floordiv__": "//",
    "__rfloordiv__": "//", "__gt__": ">", "__lt__": "<", "__ge__": ">=", "__le__": "<=",
    "__eq__": "==", "__ne__": "!=", "__and__": "&", "__or__": "|", "__xor__": "^",
    "__invert__": "~", "__neg__": "-", "__iadd__": "+=", "__isub__": "-=", "__imul__": "*=",
    "__itruediv__": "/=", "__idiv__": "/=", "__ipow__": "**=", "__getitem__": "indexing",
    "__setitem__": "indexed assignment", "gt": "torch.gt", "lt": "torch.lt",
}  # fmt: skip
_FUNCTIONS = frozenset(
    ("tensor", "as_tensor", "asarray", "from_numpy", "full", "scalar_tensor", "stack", "cat",
     "where", "full_like", "zeros_like", "sparse_coo_tensor", "einsum", "frombuffer")
)  # fmt: skip
_CASTS = frozenset(
    ("long", "int", "bool", "short", "char", "byte", "to", "type", "double", "float")
)
_SPECIAL = {"Parameter": "torch.nn.Parameter", "__deepcopy__": "copy.deepcopy"}
_METHODS = (
    DETACHES
    | ESCAPES
    | _CASTS
    | frozenset(("new_tensor", "new_full", "copy_", "fill_", "requires_grad_", "masked_fill_"))
)


def shown(name: str) -> str:
    """How the user would call it: `Tensor.detach`, `Tensor.data`, `torch.argmax`, `+`."""
    if name.endswith("=") and not name.startswith("__"):
        return f"Tensor.{name[:-1]} = ..."
    if name in ("__float__", "__int__", "__index__", "__complex__"):
        return f"{name.strip('_').replace('index', 'int')}()"
    if name in _SPECIAL:
        return _SPECIAL[name]
    if name == "__array__":
        return "numpy.asarray"
    if name in _DUNDERS:
        return _DUNDERS[name]
    if name in ATTRIBUTES_FOLLOWED or name in _METHODS:
        return f"Tensor.{name}"
    if name in _FUNCTIONS:
        return f"torch.{name}"
    if name.endswith("_") and not name.startswith("_"):
        return f"Tensor.{name}"
    return f"torch.{name}" if name.isidentifier() and not name.startswith("_") else name


@cache
def is_in_place(name: str) -> bool:
    """Does this call change its first tensor?"""
    if name in IN_PLACE_OPERATORS:
        return True
    return name.endswith("_") and not name.endswith("__")
