"""What to do about parameters that never learn: which line to paste, and what may be meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gradaudit.findings import Cause
from gradaudit.grouping import families, group_by_prefix
from gradaudit.history import History
from gradaudit.rules.hints import hint_of
from gradaudit.rules.words import these

MOST_LINES = 3


@dataclass(frozen=True, slots=True)
class Weight:
    """Parameters in words. `modules`: patterns of whole modules; `rest`: of single parameters."""

    indices: Sequence[int]
    modules: tuple[str, ...]
    rest: tuple[str, ...]

    @property
    def globs(self) -> list[str]:
        """What `ignore_parameters` takes to mean exactly these; empty where that is too long."""
        found = [glob for one in self.modules for glob in _globs(f"{one}.*")]
        found += [glob for one in self.rest for glob in _globs(one)]
        return found if len(found) <= MOST_LINES else []


def weighed(history: History, indices: Sequence[int]) -> Weight:
    """The parameters by modules that they fill, those of all layers as one."""
    infos = history.parameters
    models = {infos[i].model for i in indices}
    names = history.display_names()
    trainable = {names[i] for i in indices}
    known: list[str] = []
    for i, info in enumerate(infos):
        if info.model in models and (history.trainable[i] or names[i] in trainable):
            # Elsewhere it may be shared with what learns: a module with such a weight is not whole.
            prefix = info.name.removesuffix(info.short)
            known += [names[i], *(one.removeprefix(prefix) for one in info.aliases)]
    groups = group_by_prefix([names[i] for i in indices], known)
    modules = [group.prefix for group in groups if not group.alone and group.prefix]
    single = [group.prefix for group in groups if group.alone]
    if len(groups) == 1 and not groups[0].prefix:
        return Weight(indices, (), ())
    prefixes = {".".join(parts[:i]) for parts in map(_parts, known) for i in range(1, len(parts))}
    whole = families(modules, prefixes)
    rest = families(single, known)
    return Weight(
        indices,
        tuple(family.pattern for family in whole),
        tuple(family.pattern for family in rest),
    )


def told(history: History, weight: Weight) -> str:
    """As in "`model.vision_tower.*` (43 parameters)"; up to two parameters go by their names."""
    n = len(weight.indices)
    if n <= 2 or len(weight.modules) + len(weight.rest) != 1:
        return these(history, weight.indices)
    glob = f"{weight.modules[0]}.*" if weight.modules else weight.rest[0]
    return f"`{glob}` ({n} parameters)"


def fix(history: History, weight: Weight, cause: Cause | None) -> str:
    """Use it, or freeze it, or say that it is meant; with the lines to paste."""
    it = "it" if len(weight.indices) == 1 else "them"
    names = history.display_names()
    hint = hint_of([names[i] for i in weight.indices], cause)
    line = _freeze(weight)
    freeze = f"freeze {it}: `{line}`" if line else f"freeze {it} with requires_grad_(False)"
    words = [
        f"use {it} in the computation of the loss{f' ({hint})' if hint else ''}, or {freeze}",
        f"DistributedDataParallel would fail on {it} unless find_unused_parameters=True",
    ]
    if weight.globs:
        globs = ", ".join(f'"{glob}"' for glob in weight.globs)
        words.append(f"where that is meant, `ignore_parameters=[{globs}]` says so")
    return "; ".join(words)


def _freeze(weight: Weight) -> str:
    """One line of Python, for a model in the variable `model`; empty where it takes several."""
    names, get = weight.modules, "get_submodule"
    if weight.rest:
        names, get = (weight.rest, "get_parameter") if not weight.modules else ((), "")
    if not 0 < len(names) <= MOST_LINES:
        return ""
    if not any(sign in name for name in names for sign in "*{"):
        if len(names) == 1:
            return f'model.{get}("{names[0]}").requires_grad_(False)'
        listed = ", ".join(f'"{name}"' for name in names)
        return f"for name in ({listed}): model.{get}(name).requires_grad_(False)"
    if len(names) == 1 and (parts := _of_every_layer(names[0])) is not None:
        above, below = parts
        one = f"layer.{below}" if _is_plain(below) else f'layer.{get}("{below}")'
        return f'for layer in model.get_submodule("{above}"): {one}.requires_grad_(False)'
    return ""


def _of_every_layer(pattern: str) -> tuple[str, str] | None:
    """`a.layers.*.b` is ("a.layers", "b"), None where there is another star."""
    above, star, below = pattern.partition(".*.")
    plain = star and not any(sign in above + below for sign in "*{")
    return (above, below) if plain else None


def _is_plain(attributes: str) -> bool:
    return all(part.isidentifier() for part in attributes.split("."))


def _globs(pattern: str) -> list[str]:
    """`a.{0-2,7}.b` as globs; a star stays one."""
    opened = pattern.find("{")
    if opened < 0:
        return [pattern]
    closed = pattern.index("}", opened)
    found: list[str] = []
    for one in pattern[opened + 1 : closed].split(","):
        first, _, last = one.partition("-")
        for number in range(int(first), int(last or first) + 1):
            found += _globs(f"{pattern[:opened]}{number}{pattern[closed + 1 :]}")
            if len(found) > MOST_LINES:
                return found
    return found


def _parts(name: str) -> list[str]:
    return name.split(".")
