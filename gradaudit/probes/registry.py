"""Which parameters are audited, and under which names. Holds weak references only.

A slot is a name; the tensor behind it may be replaced (`load_state_dict(assign=True)`, a layer
re-created, a bare tensor rebound in a loop): the slot then follows what the module holds now.
"""

from __future__ import annotations

import operator
import weakref
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch.nn.parameter import is_lazy

from gradaudit.errors import UsageError
from gradaudit.events import BoolArray, ParameterInfo
from gradaudit.probes.measure import dense_values
from gradaudit.probes.names import clean_name
from gradaudit.probes.sharded import whole_and_shard

_needs_grad = operator.attrgetter("requires_grad")
_GONE: Any = lambda: None  # noqa: E731  (a dead reference that costs no weakref)


PARALLEL = (
    "DistributedDataParallel", "DataParallel", "FullyShardedDataParallel", "DeepSpeedEngine",
)  # fmt: skip
AROUND_PARALLEL = ("_orig_mod", "_forward_module")
"""Where torch.compile and Fabric keep what they wrap, which may be parallel."""


def unwrapped(module: torch.nn.Module) -> torch.nn.Module:
    """The model inside parallel wrappers, whose names the user knows."""
    while True:
        inner = module
        if type(module).__name__ in PARALLEL:
            inner = getattr(module, "module", None)
        else:
            for name in AROUND_PARALLEL:
                # The modules of a script module have no `get`.
                one = module._modules[name] if name in module._modules else None  # noqa: SIM401
                inner = one if type(one).__name__ in PARALLEL else inner
        if inner is module or not isinstance(inner, torch.nn.Module):
            return module
        module = inner


def norm_of_values(tensor: torch.Tensor) -> float:
    """L2 norm (float64) of a parameter's values, NaN where there are none to read."""
    if is_lazy(tensor) or tensor.device.type == "meta" or tensor.numel() == 0:
        return float("nan")
    if tensor.device.type != "cpu":
        return float("nan")  # reading it would wait for the device
    try:
        with torch.no_grad(), torch._C.DisableTorchFunction():
            values = dense_values(tensor)
            return float(torch.linalg.vector_norm(values, dtype=torch.float64
                         if values.dtype == torch.float64 else torch.float32))  # fmt: skip
    except (RuntimeError, NotImplementedError, TypeError):
        return float("nan")


def _is_fillable(tensor: torch.Tensor | None) -> bool:
    return tensor is not None and not is_lazy(tensor) and tensor.numel() > 0


def is_averaged_copy(module: torch.nn.Module) -> bool:
    """A running average of another model (or a metric): trainable by flag, trained by nobody."""
    names = {kind.__name__ for kind in type(module).__mro__}
    return bool(names & {"AveragedModel", "ModelEma", "ModelEmaV2", "ModelEmaV3", "Metric"})


@dataclass(slots=True, frozen=True)
class Trainable:
    """Which of the audited tensors a backward may fill now. Masks, one entry per index.

    `expected`: alive, requires_grad, with elements, and not an engine's that hides gradients;
    `frozen`: requires no grad (or gone); `alive`; `everything`: all are expected.
    """

    expected: BoolArray
    frozen: BoolArray
    alive: BoolArray
    everything: bool
    some_frozen: bool


class Model:
    """One audited module tree: its name, the prefix of its parameters' names."""

    __slots__ = ("known", "module", "name", "prefix")

    def __init__(self, module: torch.nn.Module, name: str, prefix: str) -> None:
        self.module = weakref.ref(module)
        self.name, self.prefix = name, prefix
        self.known: set[str] = set()


class Registry:
    """All slots, in the order of their index."""

    def __init__(self) -> None:
        self.infos: list[ParameterInfo] = []
        self.refs: list[Any] = []
        self.models: list[Model] = []
        self._index_of: dict[int, int] = {}
        self._wholes: dict[int, tuple[Any, int]] = {}
        """By id of the whole tensor of a sharded parameter; see probes/sharded.py."""
        self._by_name: dict[str, int] = {}
        self.generation = 0
        self._trainable: Trainable | None = None
        self._flags: list[bool | None] = []
        self._trainable_at = -1
        self._lazy = False
        self._hidden: frozenset[int] = frozenset()

    def __len__(self) -> int:
        return len(self.infos)

    def tensors(self) -> list[torch.Tensor | None]:
        """Every audited tensor now, None where it is gone."""
        return [ref() for ref in self.refs]

    def index_of(self, tensor: Any) -> int | None:
        """The index of this very tensor, None if it is not audited."""
        index = self._index_of.get(id(tensor))
        if index is not None and self.refs[index]() is tensor:
            return index
        ref, index = self._wholes.get(id(tensor), (None, None))
        return index if ref is not None and ref() is tensor else None

    def tensors_in_graphs(self) -> list[torch.Tensor | None]:
        """As `tensors`, with the whole tensor where a parameter is sharded: what forwards use."""
        tensors = self.tensors()
        for ref, index in self._wholes.values():
            whole = ref()
            tensors[index] = whole if whole is not None else tensors[index]
        return tensors

    def note_wholes(self, modules: Iterable[torch.nn.Module]) -> dict[int, torch.Tensor]:
        """Know the whole tensors of sharded parameters: id of each whole one -> its shard."""
        shards: dict[int, torch.Tensor] = {}
        for whole, shard in whole_and_shard(modules):
            shards[id(whole)] = shard
            index = self._index_of.get(id(shard))
            if index is not None and self.refs[index]() is shard:
                self._wholes[id(whole)] = (weakref.ref(whole), index)
        return shards

    def indices_of(self, tensors: Iterable[Any]) -> Iterator[int]:
        """Indices of those that are audited, in the order given."""
        for tensor in tensors:
            index = self.index_of(tensor)
            if index is not None:
                yield index

    def hide(self, indices: Iterable[int]) -> None:
        """Expect no gradient of these any more: an engine keeps them."""
        self._hidden = frozenset(indices)
        self.generation += 1

    def index_named(self, name: str) -> int | None:
        """The slot of that name."""
        return self._by_name.get(name)

    def ids(self) -> dict[int, int]:
        """Index by id of the live tensors."""
        return {id(t): i for i, t in enumerate(self.tensors()) if t is not None}

    def _bind(self, index: int, tensor: torch.Tensor) -> None:
        self.refs[index] = weakref.ref(tensor)
        self._index_of[id(tensor)] = index
        self.generation += 1

    def add(self, tensor: torch.Tensor, info: ParameterInfo) -> ParameterInfo:
        """A new slot; the name is made unique. Returns the info with its index."""
        name, number = info.name, 2
        while name in self._by_name:
            name, number = f"{info.name}#{number}", number + 1
        lazy = is_lazy(tensor)
        info = replace(
            info,
            index=len(self.infos),
            name=name,
            short=info.short or name,
            shape=() if lazy else tuple(tensor.shape),
            dtype=str(tensor.dtype).removeprefix("torch."),
            numel=0 if lazy else tensor.numel(),
            norm=norm_of_values(tensor),
        )
        self.infos.append(info)
        self.refs.append(_GONE)
        self._by_name[name] = info.index
        self._bind(info.index, tensor)
        return info

    def release(self, tensor: torch.Tensor) -> int | None:
        """Let go of this tensor for a moment: its index, None if it is not audited."""
        index = self.index_of(tensor)
        if index is not None:
            self.refs[index] = _GONE
        return index

    def rebind(self, index: int, tensor: torch.Tensor) -> None:
        """The slot's name stands for another tensor from now on."""
        old = self.refs[index]()
        if old is not None and self._index_of.get(id(old)) == index:
            del self._index_of[id(old)]
        self._bind(index, tensor)

    @property
    def known_trainable(self) -> Trainable | None:
        """What `trainable` gave last; None where the audited parameters are not those of then."""
        return self._trainable if self._trainable_at == self.generation else None

    def trainable(self) -> Trainable:
        """Which a backward may fill now; the same object as long as nothing has changed."""
        try:
            flags = [*map(_needs_grad, map(operator.call, self.refs))]
        except AttributeError:  # one of the tensors is gone
            flags = [None if (t := ref()) is None else t.requires_grad for ref in self.refs]
        known = self._trainable
        if (
            known is not None
            and self._trainable_at == self.generation
            and flags == self._flags
            and not self._lazy
        ):
            return known
        tensors = self.tensors()
        self._trainable_at, self._flags = self.generation, flags
        self._lazy = any(t is not None and is_lazy(t) for t in tensors)
        fillable = np.array([_is_fillable(t) for t in tensors], np.bool_)
        fillable[list(self._hidden)] = False
        needs = np.array([bool(flag) for flag in flags], np.bool_)
        alive = np.array([flag is not None for flag in flags], np.bool_)
        expected = needs & fillable
        self._trainable = Trainable(
            expected, ~needs, alive, bool(expected.all()), not bool(needs.all())
        )
        return self._trainable

    def add_model(self, module: torch.nn.Module, name: str, prefix: str) -> Model:
        """Audit a module tree; `sync` then takes its parameters in."""
        model = Model(module, name, prefix)
        self.models.append(model)
        return model

    def sync(self, model: Model) -> tuple[list[ParameterInfo], list[int]]:
        """Compare a model with what is known of it: (new slots, indices of replaced tensors)."""
        module = model.module()
        if module is None:
            return [], []
        shards = self.note_wholes(module.modules())
        owners: dict[int, tuple[str, torch.nn.Module]] = {}
        averaged: set[int] = set()
        for path, owner in module.named_modules():
            if is_averaged_copy(owner):
                averaged.update(id(p) for p in owner.parameters())
            for p in owner._parameters.values():
                if p is not None:
                    owners.setdefault(id(shards.get(id(p), p)), (path, owner))
        aliases: dict[int, list[str]] = {}
        for name, p in module.named_parameters(remove_duplicate=False):
            key = id(shards.get(id(p), p))
            aliases.setdefault(key, []).append(model.prefix + clean_name(name))
        new: list[ParameterInfo] = []
        replaced: list[int] = []
        for name, p in module.named_parameters():
            full = model.prefix + clean_name(name)
            p = shards.get(id(p), p)
            if self.index_of(p) is not None:
                continue
            index = self._by_name.get(full)
            if index is not None and full in model.known:
                self.rebind(index, p)
                replaced.append(index)
                continue
            path, owner = owners[id(p)]
            info = ParameterInfo(
                index=0,
                name=full,
                model=model.name,
                short=clean_name(name),
                module=clean_name(path),
                module_class=type(owner).__name__,
                aliases=tuple(a for a in aliases[id(p)] if a != full),
                averaged_copy=id(p) in averaged,
            )
            model.known.add(full)
            new.append(self.add(p, info))
        if shards:
            self.note_wholes(module.modules())
        return new, replaced


def named_models(models: Any) -> tuple[list[tuple[str, torch.nn.Module]], dict[str, torch.Tensor]]:
    """What the user passed to `watch` as (named modules, named bare tensors)."""
    modules: list[tuple[str, torch.nn.Module]] = []
    tensors: dict[str, torch.Tensor] = {}

    def take(value: Any, name: str | None, where: str) -> None:
        if isinstance(value, torch.nn.Module):
            own = type(unwrapped(value)).__name__
            modules.append((name if name is not None else own, value))
        elif isinstance(value, torch.Tensor):
            if not value.is_leaf:
                raise UsageError(
                    f"expected a leaf tensor as {where}, got the result of an operation "
                    f"({type(value.grad_fn).__name__}): gradients of results are not kept; pass "
                    "the tensor it was computed from, or call retain_grad() and read it yourself"
                )
            if not (value.is_floating_point() or value.is_complex()) or not value.requires_grad:
                raise UsageError(
                    f"expected a tensor that requires grad as {where}, got one of "
                    f"{value.dtype} with requires_grad={value.requires_grad}: create it with "
                    "requires_grad=True (floating point or complex)"
                )
            tensors[name if name is not None else f"tensor{len(tensors)}"] = value
        else:
            raise UsageError(
                f"expected a torch.nn.Module or a leaf tensor as {where}, got "
                f"{type(value).__name__}: pass the model itself, for instance "
                "gradaudit.watch(model) or gradaudit.watch({'G': netG, 'D': netD})"
            )

    if isinstance(models, dict):
        for key, value in models.items():  # type: ignore[misc]
            take(value, str(key), f"models[{key!r}]")  # type: ignore[misc]
    elif isinstance(models, (list, tuple, set)):
        for i, value in enumerate(models):  # type: ignore[misc]
            take(value, None, f"models[{i}]")
    else:
        take(models, None, "models")
    if not modules and not tensors:
        raise UsageError(
            "expected at least one model or leaf tensor to watch, got an empty "
            f"{type(models).__name__}: pass the model itself, for instance gradaudit.watch(model)"
        )
    return modules, tensors


def unique_names(names: list[str]) -> list[str]:
    """The names with numbers where they repeat: ["Net", "Net"] becomes ["Net", "Net2"]."""
    seen: dict[str, int] = {}
    result: list[str] = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name}{seen[name]}")
    return result
