"""What the user calls a tensor that turned up without a name."""

from __future__ import annotations

from types import FrameType

import torch

from gradaudit.probes.names import clean_name, scopes, variable_name
from gradaudit.tracing.saved import is_leaf_node, node_of, nodes_below

NODES_SEARCHED = 4096
MODELS_SEARCHED = 64


def name_of(tensor: torch.Tensor, frame: FrameType | None) -> str:
    """`model.encoder.weight`, or the variable; "" where nothing around `frame` holds it."""
    if isinstance(tensor, torch.nn.Parameter) or tensor.is_leaf:
        path = _in_modules(tensor, frame)
        if path:
            return path
    return variable_name(tensor, frame) or ""


def _in_modules(tensor: torch.Tensor, frame: FrameType | None) -> str:
    searched = 0
    found = ""
    for variables in scopes(frame):
        for name, value in list(variables.items()):
            if not isinstance(value, torch.nn.Module) or name.startswith("__"):
                continue
            searched += 1
            if searched > MODELS_SEARCHED:
                return found
            for path, parameter in value.named_parameters(remove_duplicate=False):
                if parameter is tensor:
                    whole = f"{name}.{clean_name(path)}"
                    if not found or len(path) > len(found.partition(".")[2]):
                        # The whole model says more than one layer of it that a variable holds.
                        found = whole
        if found:
            return found
    return found


def named(name: str, otherwise: str = "this tensor") -> str:
    """In a sentence."""
    return f"`{name}`" if name else otherwise


def leaf_behind(tensor: torch.Tensor) -> tuple[torch.Tensor | None, bool]:
    """The only leaf that a value was computed from, and whether by a single operation.

    None where there are several.
    """
    node = node_of(tensor)
    if node is None:
        return None, False
    nodes = nodes_below([node], NODES_SEARCHED)
    leaves = [n.variable for n in nodes if is_leaf_node(n) and hasattr(n, "variable")]
    if len(leaves) != 1 or len(nodes) >= NODES_SEARCHED:
        return None, False
    return leaves[0], len(nodes) == 2
