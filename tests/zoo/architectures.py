"""Which classes of transformers are trained, and what their names do not say of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.zoo.names import FAMILIES

PARAMETERS_AT_MOST = 3_000_000


@dataclass(frozen=True)
class Architecture:
    """A class by name; `given`: fields of its tiny configuration; `add`: what a batch has more."""

    name: str
    given: tuple[tuple[str, Any], ...] = ()
    add: Callable[[Any, Any], dict[str, Any]] | None = None
    title: str = ""

    @property
    def id(self) -> str:
        """In the names of tests."""
        return self.title or self.name


def _with_images(model: Any, draw: Any) -> dict[str, Any]:
    """Two sequences with one image each: as many image tokens as the tower has patches."""
    from tests.zoo.inputs import images, words

    ids = words((2, 24), draw)
    side = model.config.vision_config.image_size // model.config.vision_config.patch_size
    ids[:, 2 : 2 + side * side] = model.config.image_token_id
    return {
        "input_ids": ids,
        "attention_mask": ids.new_ones(ids.shape),
        "pixel_values": images(model.config, draw),
        "labels": ids.clone(),
    }


LLAVA_WITH_IMAGES = Architecture(
    "LlavaForConditionalGeneration", add=_with_images, title="LlavaForConditionalGeneration+images"
)
FAST = [Architecture(name) for names in FAMILIES.values() for name in names] + [LLAVA_WITH_IMAGES]


def config_class_of(kind: type) -> type:
    """Of a class of transformers; some classes do not say it themselves."""
    found = getattr(kind, "config_class", None)
    if found is None:
        raise LookupError(f"{kind.__name__} has no configuration of its own")
    return found


def build(architecture: Architecture, seed: int = 0) -> Any:
    """A tiny model of that class, always the same for one seed. Nothing is downloaded."""
    import torch
    import transformers

    from tests.zoo.shrink import shrunk

    kind = getattr(transformers, architecture.name)
    config = shrunk(config_class_of(kind)(), **dict(architecture.given))
    with torch.device("meta"):
        n = sum(p.numel() for p in kind(config).parameters())
    if n > PARAMETERS_AT_MOST:
        raise ValueError(f"{architecture.name} has {n} parameters: its configuration is not tiny")
    torch.manual_seed(seed)
    return kind(shrunk(config_class_of(kind)(), **dict(architecture.given)))


def batches(architecture: Architecture, model: Any, count: int) -> list[dict[str, Any]]:
    """Of as many steps, always the same ones."""
    import torch

    from tests.zoo.inputs import batch_for

    draw = torch.Generator().manual_seed(0)
    found: list[dict[str, Any]] = []
    for _ in range(count):
        batch = batch_for(model, draw)
        if architecture.add is not None:
            batch |= architecture.add(model, draw)
        found.append(batch)
    return found
