"""Whether the module that owns a parameter has run its forward: one bit, asked for now and then.

`torch.nn.Module.__call__` is taken over during the first steps and in steps 8, 16, 32 ... after.
Nothing is ever attached to a module: a hook there would be pickled by `torch.save(model)` and
copied by `deepcopy`; a global hook would change the frames of the user's tracebacks. As soon as
`torch.compile` is called the name is given back for good, and the bits are unknown: a finding then
has no `unused-module` cause rather than a wrong one.
"""

from __future__ import annotations

import sys
import threading
import weakref
from collections.abc import Callable, Sequence
from types import CodeType, FrameType
from typing import Any

import numpy as np
import torch

from gradaudit.events import ModulesRan
from gradaudit.probes.callsites import user_frame
from gradaudit.probes.names import clean_name
from gradaudit.probes.patches import Patch

FIRST_STEPS = 5
WHOLE_MODEL = "."
"""Stands for the root module, whose qualified name is empty."""


def _never_compiled_alone(code: CodeType) -> None:
    """Dynamo passes over frames of this code, as it does over those of torch's own `__call__`.

    It may still inline them. Otherwise each kind of module would compile this one code anew, and
    after eight kinds the rest of a model would run uncompiled.
    """
    frames = getattr(getattr(torch._C, "_dynamo", None), "eval_frame", None)
    skip = getattr(frames, "skip_code", None)
    if skip is not None:
        skip(code)


class _Owner:
    """One module that owns parameters, with the modules around it, outermost first."""

    __slots__ = ("chain", "paths")

    def __init__(self, chain: list[torch.nn.Module], paths: list[str]) -> None:
        self.chain = [weakref.ref(m) for m in chain]
        self.paths = paths


class Running:
    """One forward that is running: the module, the line that called it, the forward around it.

    A layer that is made anew in each forward must die as it does without us: a weak reference.
    """

    __slots__ = ("_module", "code", "line", "names", "outer")

    def __init__(
        self, module: torch.nn.Module, frame: FrameType | None, outer: Running | None
    ) -> None:
        self._module, self.outer = weakref.ref(module), outer
        frame = user_frame(frame)
        self.code: CodeType | None = None if frame is None else frame.f_code
        self.line = 0 if frame is None else frame.f_lineno
        self.names: dict[str, Any] = {} if frame is None else frame.f_globals

    @property
    def module(self) -> torch.nn.Module | None:
        """The module, None if it is gone."""
        return self._module()


class ForwardWatch:
    """Collects the bits of all modules. `changed`: something new since the last event."""

    def __init__(self) -> None:
        self._ran: weakref.WeakSet[torch.nn.Module] = weakref.WeakSet()
        self._ran_without_grad: weakref.WeakSet[torch.nn.Module] = weakref.WeakSet()
        self._owners: dict[int, list[_Owner]] = {}
        self._call_patch: Patch | None = None
        self._compile_patch: Patch | None = None
        self.blind = False
        self.changed = False
        self._following = False
        self._running: Running | None = None
        self._thread = 0
        self.elsewhere = False
        """A forward ran on another thread than the one that is followed."""
        self._wanted = False
        self.compile_called: Callable[[], None] = _nothing

    def open(self) -> None:
        """Begin to look, unless something has been compiled already."""
        self.blind = _something_was_compiled()
        if not self.blind:
            self._compile_patch = Patch(torch, "compile", self._told_of_compile)
            if _starts() is not None:
                _starts().append(self._compiling)
            self._switch(on=True)

    def follow(self, *, on: bool) -> None:
        """Keep up which modules are running, for a traced step."""
        self._following = on
        self._running = None
        self._thread = threading.get_ident()
        self.elsewhere = False
        self._switch(on=self._wanted)

    def innermost(self) -> Running | None:
        """The module whose forward is running now; None where none is, or nobody follows."""
        return self._running

    def _told_of_compile(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def compile(*args: Any, **kwargs: Any) -> Any:
            self._compiling()
            result = original(*args, **kwargs)
            self.compile_called()
            return result

        return compile

    def _compiling(self, *_: object) -> None:
        """What is compiled now must not be compiled with ours inside: give the name back."""
        self.blind = True
        self._following = False
        self._running = None
        self._switch(on=False)

    def _switch(self, *, on: bool) -> None:
        self._wanted = on
        on = on or self._following
        if on and self._call_patch is None and not self.blind:
            self._call_patch = Patch(torch.nn.Module, "__call__", self._noting)
        elif not on and self._call_patch is not None:
            self._call_patch.remove()
            self._call_patch = None

    def _noting(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def __call__(module: torch.nn.Module, *args: Any, **kwargs: Any) -> Any:  # noqa: N807
            # Dynamo reads this as a constant and never sees what is below it.
            if not torch.compiler.is_compiling() and self._call_patch is not None:
                if self._following:
                    if threading.get_ident() == self._thread:
                        return self._follow(original, module, args, kwargs)
                    self.elsewhere = True
                self._note(module, args)
            return original(module, *args, **kwargs)

        _never_compiled_alone(__call__.__code__)
        return __call__

    def _follow(
        self,
        original: Callable[..., Any],
        module: torch.nn.Module,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        if self._wanted:
            self._note(module, args)
        outer = self._running
        self._running = Running(module, sys._getframe(2), outer)
        try:
            return original(module, *args, **kwargs)
        finally:
            self._running = outer

    def _note(self, module: torch.nn.Module, args: tuple[Any, ...]) -> None:
        if module in self._ran or _has_nothing(args):
            return
        if torch.is_grad_enabled():
            self._ran.add(module)
            self.changed = True
        elif module not in self._ran_without_grad:
            self._ran_without_grad.add(module)
            self.changed = True

    def step_boundary(self, step: int) -> None:
        """An optimizer step is over: look again, or not, during the next one."""
        power_of_two = step & (step - 1) == 0
        self._switch(on=step < FIRST_STEPS or power_of_two)

    def close(self) -> None:
        """Leave nothing behind."""
        self._switch(on=False)
        starts = _starts()
        if starts is not None and self._compiling in starts:
            starts.remove(self._compiling)
        if self._compile_patch is not None:
            self._compile_patch.remove()
            self._compile_patch = None

    def _anything_ran(self, module: torch.nn.Module) -> bool:
        return any(m in self._ran or m in self._ran_without_grad for m in module.modules())

    def add(self, model: torch.nn.Module, indices: dict[int, int]) -> None:
        """Take a model in. `indices`: parameter index by id of the parameter."""
        named = dict(model.named_modules(remove_duplicate=False))
        for path, module in named.items():
            own = [
                indices[id(p)]
                for p in module._parameters.values()
                if p is not None and id(p) in indices
            ]
            if not own:
                continue
            parts = path.split(".") if path else []
            paths = [".".join(parts[:i]) for i in range(len(parts) + 1)]
            chain = [named[one] for one in paths]
            if any(_is_opaque(m) for m in chain):
                continue
            owner = _Owner(chain, [clean_name(one) for one in paths])
            for index in own:
                self._owners.setdefault(index, []).append(owner)
        self.changed = True

    def event(self, n: int, step: int, names: Sequence[str]) -> ModulesRan:
        """The bits as they are now, for `n` parameters called `names`."""
        self.changed = False
        ran, without = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
        known, functional = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
        top = [""] * n
        active: dict[int, bool] = {}  # by id: the layers above are those of many parameters
        for index, owners in self._owners.items():
            if self.blind or index >= n:
                continue
            known[index] = True
            for owner in owners:
                chain = [m for m in (one() for one in owner.chain) if m is not None]
                if len(chain) < len(owner.chain):
                    known[index] = False
                    continue
                has_run = [m in self._ran for m in chain]
                for m in chain:
                    if id(m) not in active:
                        active[id(m)] = _is_list(m) or self._anything_ran(m)
                idle = [not active[id(m)] for m in chain]
                ran[index] |= has_run[-1] or _library_layer_ran(chain, has_run)
                without[index] |= chain[-1] in self._ran_without_grad
                if not top[index] and True in idle:
                    top[index] = owner.paths[idle.index(True)] or WHOLE_MODEL
                leaf = names[index].rsplit(".", 1)[-1]
                functional[index] |= any(
                    _reads(m, leaf) for m, yes in zip(chain, has_run, strict=True) if yes
                )
            without[index] &= ~ran[index]
            if ran[index] or without[index]:
                top[index] = ""
        return ModulesRan(
            step=step, ran=ran, ran_without_grad=without, known=known,
            functional=functional, top=tuple(top),
        )  # fmt: skip


def _nothing() -> None:
    """Nobody asked to be told."""


def _has_nothing(args: tuple[Any, ...]) -> bool:
    """Called on an empty batch (an expert without tokens): that computes nothing."""
    if not args or not isinstance(args[0], torch.Tensor):
        return False
    with torch._C.DisableTorchFunction():
        return args[0].numel() == 0


def _starts() -> Any:
    """What Dynamo calls before it compiles: a list. None where it is not loaded, or has none.

    Where it is not loaded, nothing has called `torch.compile` yet.
    """
    handler = getattr(sys.modules.get("torch._dynamo.callback"), "callback_handler", None)
    return getattr(handler, "start_callbacks", None)


def _something_was_compiled() -> bool:
    module = sys.modules.get("torch._dynamo.convert_frame")
    return bool(getattr(module, "FRAME_COUNTER", 0))


def _is_opaque(module: torch.nn.Module) -> bool:
    """Its children run, or do not run, where no forward hook can tell."""
    return (
        isinstance(module, (torch.nn.DataParallel, torch.jit.ScriptModule))
        or getattr(module, "_compiled_call_impl", None) is not None
        or type(module).__module__.startswith("torch._dynamo")
    )


_LISTS = (torch.nn.ModuleList, torch.nn.ModuleDict, torch.nn.ParameterList, torch.nn.ParameterDict)


def _is_list(module: torch.nn.Module) -> bool:
    """Never called by anybody, so that it did not run says nothing."""
    return isinstance(module, _LISTS)


def _library_layer_ran(chain: list[torch.nn.Module], has_run: list[bool]) -> bool:
    """A layer of torch.nn around the owner ran: it may use the owner's weights without calling it.

    torch.nn.MultiheadAttention does so with its out_proj; a layer that a user has hung below an
    nn.Identity is not used by it. A list (of parameters, of the parametrizations of a weight)
    belongs to the module around it, and to none further out.
    """
    belongs = _is_list(chain[-1])
    inner = chain[-1]
    for module, yes in zip(chain[-2::-1], has_run[-2::-1], strict=True):
        if belongs and yes:
            return True
        belongs = belongs and _is_list(module)
        if yes and _is_librarys(module) and _mentions(module, inner):
            return True
        inner = module
    return False


def _is_librarys(module: torch.nn.Module) -> bool:
    home = type(module).__module__
    return home.startswith("torch.nn") and not isinstance(module, torch.nn.Sequential)


def _mentions(module: torch.nn.Module, child: torch.nn.Module) -> bool:
    """Does a method of this module's classes name the child?"""
    names = {name for name, one in module._modules.items() if one is child}
    return any(
        not names.isdisjoint(code.co_names)
        for kind in type(module).__mro__
        if kind is not torch.nn.Module
        for code in (getattr(value, "__code__", None) for value in vars(kind).values())
        if code is not None
    )


def _reads(module: torch.nn.Module, leaf: str) -> bool:
    """Does a method of this module's class mention an attribute of that name?"""
    if type(module).__module__.startswith("torch."):
        return False
    for value in vars(type(module)).values():
        code = getattr(value, "__code__", None)
        if code is not None and leaf in code.co_names:
            return True
    return False
