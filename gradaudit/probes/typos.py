"""Attributes that look like a freeze and freeze nothing: PyTorch accepts any name on an object."""

from __future__ import annotations

import numpy as np
import torch

from gradaudit.events import FreezeIneffective
from gradaudit.probes.names import clean_name
from gradaudit.probes.registry import Registry

TYPOS = (
    "require_grad",
    "requires_grads",
    "require_grads",
    "required_grad",
    "requires_gradient",
    "require_gradient",
    "requires_gradients",
    "require_gradients",
    "requiresgrad",
    "requireGrad",
    "requiresGrad",
    "requires_Grad",
    "requires_grad_",
)
"""Misspelt, or a method overwritten by assignment."""


def _flag(attributes: dict[str, object], name: str) -> bool | None:
    value = attributes.get(name)
    return value if isinstance(value, bool) else None


def ineffective_freezes(registry: Registry, step: int) -> list[FreezeIneffective]:
    """Attributes whose value the parameters do not follow.

    A module that keeps a flag called `requires_grad` and obeys it is none of these: only a flag
    that disagrees with every parameter it stands over counts.
    """
    found: list[FreezeIneffective] = []
    by_typo: dict[tuple[str, bool], list[int]] = {}
    for index, tensor in enumerate(registry.tensors()):
        if tensor is None or not getattr(tensor, "__dict__", None):
            continue
        for name in TYPOS:
            value = _flag(vars(tensor), name)
            if value is not None and value != tensor.requires_grad:
                by_typo.setdefault((name, value), []).append(index)
    for (name, value), indices in by_typo.items():
        found.append(
            FreezeIneffective(
                step=step, attribute=name, target="parameters", on_module=False, value=value,
                indices=np.asarray(indices, np.int32),
            )
        )  # fmt: skip
    for model in registry.models:
        module = model.module()
        if module is None:
            continue
        for path, one in module.named_modules():
            for name in ("requires_grad", *TYPOS):
                value = _flag(vars(one), name)
                if value is None:
                    continue
                below = list(registry.indices_of(one.parameters()))
                against = [i for i in below if _disagrees(registry.refs[i](), value)]
                if below and len(against) == len(below):
                    target = clean_name(path)
                    found.append(
                        FreezeIneffective(
                            step=step, attribute=name, target=target, on_module=True, value=value,
                            indices=np.asarray(below, np.int32),
                        )
                    )  # fmt: skip
    return found


def _disagrees(tensor: torch.Tensor | None, value: bool) -> bool:
    return tensor is not None and tensor.requires_grad != value
