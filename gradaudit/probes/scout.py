"""Finding out what an unknown leaf or an unknown parameter of an optimizer is.

It may be a new or replaced parameter of an audited model, a layer that the model keeps in a plain
Python list, a whole model that nobody named to us (`gradaudit run` audits those), a bare leaf
tensor with a variable's name, or an input that merely requires grad.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from types import FrameType
from typing import Any

import torch
from torch.optim.optimizer import Optimizer

from gradaudit.events import ParameterInfo
from gradaudit.probes import discovery, sharded
from gradaudit.probes.forwards import ForwardWatch
from gradaudit.probes.names import module_path_of, variable_name
from gradaudit.probes.registry import Model, Registry, unique_names, unwrapped

SAME_NAME_LEAVES = 3
"""Bare leaves that came and went under one name; then the name's slot is used again."""


class Scout:
    """Keeps the registry up to date. Methods return what is new: (added, replaced indices)."""

    def __init__(self, registry: Registry, forwards: ForwardWatch, *, discover: bool) -> None:
        self._registry, self._forwards, self._discover = registry, forwards, discover
        self._foreign: dict[int, weakref.ref[Any]] = {}
        self._former: dict[int, tuple[weakref.ref[Any], int]] = {}
        self.added: list[ParameterInfo] = []
        self.replaced: list[int] = []

    # ------------------------------------------------------------ models and tensors by name

    def take_models(self, named: Iterable[tuple[str, torch.nn.Module]]) -> None:
        """Audit these models; the model's name goes in front of its parameters' names."""
        pairs = [(name, unwrapped(module)) for name, module in named]
        taken = [model.name for model in self._registry.models]
        names = unique_names([*taken, *(name for name, _ in pairs)])[len(taken) :]
        for name, (_, module) in zip(names, pairs, strict=True):
            self._sync(self._registry.add_model(module, name, f"{name}."))

    def add_tensor(
        self,
        tensor: torch.Tensor,
        name: str,
        kind: str = "tensor",
        short: str = "",
        *,
        named: bool = False,
    ) -> None:
        """Audit a bare leaf tensor, or a stray one; `named`: the user asked for this one."""
        index = self._registry.index_named(name)
        if index is not None and self._registry.infos[index].kind == kind:
            old = self._registry.refs[index]()
            if old is None or kind == "stray":
                self._registry.rebind(index, tensor)
                self.replaced.append(index)
                return
        count = kind == "tensor" and sum(
            info.name.split("#")[0] == name and info.kind == kind for info in self._registry.infos
        )
        if count >= SAME_NAME_LEAVES:
            self._ignore(tensor)
            return
        first = name.split(".")[0]
        models = {one.name for one in self._registry.models}
        model = first if kind == "tensor" or first in models else ""
        info = ParameterInfo(
            index=0,
            name=name,
            short=short,
            model=model,
            kind=kind,
            is_parameter=named or isinstance(tensor, torch.nn.Parameter),
        )
        self.added.append(self._registry.add(tensor, info))

    def _sync(self, model: Model) -> bool:
        before = {i: ref() for i, ref in enumerate(self._registry.refs)}
        added, replaced = self._registry.sync(model)
        for index in replaced:
            old = before.get(index)
            if old is not None:
                self._former[id(old)] = (weakref.ref(old), index)
        self.added.extend(added)
        self.replaced.extend(replaced)
        module = model.module()
        if (added or replaced) and module is not None:
            self._forwards.add(module, self._registry.ids())
        return bool(added or replaced)

    def sync_models(self) -> None:
        """Look whether audited models have got new parameters, or others in their place."""
        for model in self._registry.models:
            self._sync(model)

    # ------------------------------------------------------------ unknown leaves of a graph

    def _ignore(self, tensor: Any) -> None:
        if len(self._foreign) > 100_000:
            self._foreign = {k: r for k, r in self._foreign.items() if r() is not None}
        self._foreign[id(tensor)] = weakref.ref(tensor)

    def release(self, tensor: Any) -> None:
        """Keep no reference to this tensor."""
        self._foreign.pop(id(tensor), None)
        self._former.pop(id(tensor), None)

    def unknown(self, tensors: Iterable[torch.Tensor]) -> list[torch.Tensor]:
        """Those that are neither audited nor known to be none of our business."""
        result: list[torch.Tensor] = []
        for tensor in tensors:
            ref = self._foreign.get(id(tensor))
            if self._registry.index_of(tensor) is None and (ref is None or ref() is not tensor):
                result.append(tensor)
        return result

    def meet_leaves(self, leaves: list[torch.Tensor], frame: FrameType | None) -> None:
        """Leaves below a loss that nobody knew."""
        rest = self.unknown(leaves)
        if not rest:
            return
        self.sync_models()
        rest = self.unknown(rest)
        if not rest:
            return
        if sharded.in_use():
            self._meet_sharded(rest, frame)
            rest = self.unknown(rest)
        rest = [t for t in rest if not self._is_hidden_in_a_model(t)]
        if not rest:
            return
        modules = discovery.live_modules()
        rest = self._take_owning_modules(rest, modules, frame)
        for tensor in rest:
            self._meet_bare_leaf(tensor, frame)

    def _meet_sharded(self, leaves: list[torch.Tensor], frame: FrameType | None) -> None:
        """Leaves that stand for a sharded parameter: know whose, or look at them no more."""
        modules = discovery.live_modules()
        shards = self._registry.note_wholes(modules)
        whole = [t for t in self.unknown(leaves) if id(t) in shards]
        if not whole:
            return
        self._take_owning_modules([shards[id(t)] for t in whole] + whole, modules, frame)
        self._registry.note_wholes(modules)
        for tensor in self.unknown(whole):
            self._ignore(tensor)

    def _is_hidden_in_a_model(self, tensor: torch.Tensor) -> bool:
        for model in self._registry.models:
            module = model.module()
            path = module_path_of(tensor, module) if module is not None else None
            if path is not None:
                self.add_tensor(tensor, model.prefix + path, kind="stray", short=path)
                return True
        return False

    def _take_owning_modules(
        self, tensors: list[torch.Tensor], modules: list[torch.nn.Module], frame: FrameType | None
    ) -> list[torch.Tensor]:
        """Adopt (or, in `watch`, leave alone) the models that own some; returns the others."""
        wanted = {id(t): t for t in tensors}
        chosen: list[torch.nn.Module] = []
        for module in discovery.top_level(modules):
            owned = [wanted.pop(id(p)) for p in module.parameters() if id(p) in wanted]
            if not owned:
                continue
            if self._discover:
                chosen.append(module)
            else:
                for tensor in owned:
                    self._ignore(tensor)
        if chosen:
            self._adopt(chosen, frame)
        rest = [t for t in tensors if id(t) in wanted]
        return [t for t in rest if not self._is_hidden_in_a_model(t)] if chosen else rest

    def _adopt(self, modules: list[torch.nn.Module], frame: FrameType | None) -> None:
        """Audit these top-level modules; a layer that another keeps unregistered is its stray."""
        outer = {id(unwrapped(m)): m for m in modules}
        modules = [unwrapped(m) for m in modules]
        hosts = [m.module() for m in self._registry.models] + modules
        models: list[tuple[str, torch.nn.Module]] = []
        strays: list[tuple[torch.nn.Module, torch.nn.Module, str]] = []
        for module in modules:
            for host in hosts:
                path = _layer_path(module, host)
                if path is not None and host is not None:
                    strays.append((module, host, path))
                    break
            else:
                name = variable_name(module, frame) or variable_name(outer[id(module)], frame)
                name = name or type(module).__name__
                models.append((name.removeprefix("self."), module))
        self.take_models(models)
        for module, host, path in strays:
            prefix = next((m.prefix for m in self._registry.models if m.module() is host), "")
            for inner, p in module.named_parameters():
                short = f"{path}.{inner}"
                self.add_tensor(p, prefix + short, kind="stray", short=short)

    def _meet_bare_leaf(self, tensor: torch.Tensor, frame: FrameType | None) -> None:
        name = variable_name(tensor, frame)
        parameter = isinstance(tensor, torch.nn.Parameter)
        if name is None:
            if parameter:
                owner = discovery.owner_of(tensor)
                label = f"{type(owner[0]).__name__}.{owner[1]}" if owner else _shape_name(tensor)
                self.add_tensor(tensor, label, kind="stray")
            else:
                self._ignore(tensor)
            return
        if self._discover:
            self.add_tensor(tensor, name.removeprefix("self."))
        else:
            self._ignore(tensor)

    # ------------------------------------------------------------ parameters of an optimizer

    def meet_optimizer(self, optimizer: Optimizer, frame: FrameType | None) -> None:
        """In `gradaudit run`: audit what this optimizer holds."""
        if not self._discover:
            return
        held = [p for group in optimizer.param_groups for p in group["params"]]
        rest = [t for t in self.unknown(held) if id(t) not in self._former]
        if not rest:
            return
        self.sync_models()
        rest = self._take_owning_modules(self.unknown(rest), discovery.live_modules(), frame)
        for tensor in self._without_the_dead(optimizer, rest):
            name = variable_name(tensor, frame)
            lost = name is None and isinstance(tensor, torch.nn.Parameter)
            self.add_tensor(
                tensor,
                (name or _shape_name(tensor)).removeprefix("self."),
                kind="orphan" if lost else "tensor",
            )

    def _without_the_dead(
        self, optimizer: Optimizer, orphans: list[torch.Tensor]
    ) -> list[torch.Tensor]:
        dead = {id(t) for t, _, _ in self.dead_parameters(optimizer, orphans)}
        return [t for t in orphans if id(t) not in dead]

    def dead_parameters(
        self, optimizer: Optimizer, unknown: list[torch.Tensor]
    ) -> list[tuple[torch.Tensor, str, int]]:
        """Parameters this optimizer holds that no live module has: (tensor, name, twin's index).

        Only with evidence: it used to be in a slot, or an audited parameter of its shape that this
        optimizer does not hold has taken its place.
        """
        if not unknown:
            return []
        alive = {id(p) for m in discovery.live_modules() for p in m._parameters.values()
                 if p is not None}  # fmt: skip
        everything = (p for group in optimizer.param_groups for p in group["params"])
        held = set(self._registry.indices_of(everything))
        free = [i for i, info in enumerate(self._registry.infos)
                if i not in held and info.kind == "parameter"]  # fmt: skip
        result: list[tuple[torch.Tensor, str, int]] = []
        rest: list[torch.Tensor] = []
        for tensor in unknown:
            former = self._former.get(id(tensor))
            if former is not None and former[0]() is tensor:
                index = former[1]
                result.append((tensor, self._registry.infos[index].name, index))
                if index in free:
                    free.remove(index)
                continue
            if id(tensor) in alive or not isinstance(tensor, torch.nn.Parameter):
                continue
            twin = next((i for i in free if self._looks_like(i, tensor)), None)
            if twin is None:
                rest.append(tensor)
                continue
            free.remove(twin)
            result.append((tensor, self._registry.infos[twin].name, twin))
        # What is left may go with a layer that was found: a bias of another size.
        layers = {self._registry.infos[index].module for _, _, index in result}
        for tensor in rest:
            for i in free:
                other = self._registry.refs[i]()
                near = self._registry.infos[i].module in layers
                if near and other is not None and other.ndim == tensor.ndim:
                    free.remove(i)
                    result.append((tensor, self._registry.infos[i].name, i))
                    break
        return result

    def _looks_like(self, index: int, tensor: torch.Tensor) -> bool:
        other = self._registry.refs[index]()
        if other is None or other.ndim != tensor.ndim or other.dtype != tensor.dtype:
            return False
        # A re-created layer often differs in one size (more classes, more tokens).
        same = sum(a == b for a, b in zip(other.shape, tensor.shape, strict=True))
        return same >= max(1, tensor.ndim - 1) if tensor.ndim > 1 else same == 1


def _shape_name(tensor: torch.Tensor) -> str:
    return f"Parameter({'x'.join(map(str, tensor.shape))})"


def _layer_path(layer: torch.nn.Module, model: torch.nn.Module | None) -> str | None:
    return module_path_of(layer, model) if model is not None and layer is not model else None
