"""Which gradients there were at the last look, as objects and versions.

Objects are known by weak reference, for an id is reused as soon as the old gradient is freed.
Asked several times in every step for every parameter: where nothing differs no line of Python runs
for each of them, only loops in C (`map`). Never `None in gradients`: that asks a tensor `== None`.
"""

from __future__ import annotations

import operator
import weakref
from collections.abc import Iterable, Sequence
from itertools import compress, repeat
from typing import Any

import numpy as np
import torch

from gradaudit.events import BoolArray

Gradients = list["torch.Tensor | None"]
PATTERNS_KEPT = 8
BLOCK = 2048
"""Gradients that are looked at together: so many are still in the processor's cache when they are
looked at once more.
"""

_grad_of, _version_of = operator.attrgetter("grad"), operator.attrgetter("_version")
_is, _is_not = operator.is_, operator.is_not
called = operator.call
"""What a weak reference refers to."""


def grads_of(refs: Iterable[Any]) -> Gradients | None:
    """`.grad` of tensors given by weak reference; None if one of them is gone."""
    try:
        return [*map(_grad_of, map(called, refs))]
    except AttributeError:
        return None


def none_there(gradients: Gradients) -> bool:
    """Is every gradient None?"""
    return not any(map(_is_not, gradients, repeat(None)))


def version_of(gradient: torch.Tensor) -> int:
    """Moves with every tracked in-place change. A DTensor has two counters; -1 where there is none.

    FSDP2 counts accumulation on the local shard and `zero_` on the DTensor itself.
    """
    try:
        local: Any = getattr(gradient, "_local_tensor", None)
        if local is not None:
            return gradient._version * (1 << 32) + local._version
        return gradient._version
    except RuntimeError:  # an inference tensor tracks no version
        return -1


class Lookback:
    """The gradients of n parameters at the last look."""

    def __init__(self) -> None:
        self._refs: list[Any] = []
        self._versions: list[int] = []
        self._pattern: list[bool] = []
        self.present: BoolArray = np.zeros(0, np.bool_)
        """Which parameters had a gradient; replaced, never written to."""
        self.none_present, self.all_present = True, False
        self.sharded = False
        """Some are DTensors, which have two version counters each."""
        self._all: list[bool] = []
        self._none: list[bool] = []
        self._patterns: dict[int, tuple[list[bool], BoolArray]] = {}

    def __len__(self) -> int:
        """How many parameters."""
        return len(self._refs)

    def grow(self, n: int) -> None:
        """Room for as many; the new ones had no gradient."""
        more = n - len(self._refs)
        self._refs.extend([None] * more)
        self._versions.extend([-1] * more)
        self._patterns.clear()
        self._all, self._none = [True] * n, [False] * n
        self._note([ref is not None for ref in self._refs])

    def _note(self, pattern: list[bool]) -> None:
        """Which are there; patterns of which as many are there are likely to be the same."""
        if pattern is self._pattern or pattern == self._pattern:
            return
        count = sum(pattern)
        known = self._patterns.get(count)
        if known is None or (known[0] is not pattern and known[0] != pattern):
            mask = np.array(pattern, np.bool_)
            mask.setflags(write=False)
            known = self._patterns[count] = (pattern, mask)
            if len(self._patterns) > PATTERNS_KEPT:
                self._patterns.pop(next(iter(self._patterns)))
        self._pattern, self.present = known
        self.none_present, self.all_present = not count, count == len(pattern)

    def _note_refs(self) -> None:
        self._note([ref is not None for ref in self._refs])

    def differs(self, gradients: Gradients) -> list[int]:
        """Indices whose gradient is another object, or was changed in place (tracked)."""
        if self.none_present:
            if none_there(gradients):
                return []
            return [i for i, g in enumerate(gradients) if g is not None]
        if self._is_same(gradients):
            return []
        everything = zip(self._refs, gradients, self._versions, strict=True)
        return [
            i
            for i, (ref, g, version) in enumerate(everything)
            if (
                ref is not None
                if g is None
                else ref is None or ref() is not g or version_of(g) != version
            )
        ]

    def _is_same(self, gradients: Gradients) -> bool:
        """Are they what they were? Where this cannot know, False."""
        if self.sharded:
            return False
        refs, now, versions = self._refs, gradients, self._versions
        try:
            if not self.all_present:
                pattern = self._pattern
                if [*map(_is_not, gradients, repeat(None))] != pattern:
                    return False
                refs, now = [*compress(refs, pattern)], [*compress(gradients, pattern)]
                versions = [*compress(versions, pattern)]
            # One that is gone is None on both sides of the first, and has no version.
            return all(map(_is, map(called, refs), now)) and [*map(_version_of, now)] == versions
        except (AttributeError, RuntimeError):  # RuntimeError: an inference tensor among them
            return False

    def is_another(self, index: int, gradient: torch.Tensor) -> bool:
        """Is this another object than the one that was there, if there was one?"""
        ref = self._refs[index]
        return ref is None or ref() is not gradient

    def remember(self, gradients: Gradients, indices: Sequence[int]) -> None:
        """These are now what is known of those with these indices."""
        if not len(indices):
            return
        refs, versions = self._refs, self._versions
        changed = False
        for i in indices:
            g = gradients[i]
            if g is None:
                changed = changed or refs[i] is not None
                refs[i], versions[i] = None, -1
            else:
                ref = refs[i]
                if ref is None or ref() is not g:
                    changed = changed or ref is None
                    refs[i] = weakref.ref(g)
                versions[i] = version_of(g)
        if changed:
            self._note_refs()

    def remember_all(self, gradients: Gradients) -> None:
        """These are now what is known of all, where `remember_read` could not read them itself."""
        self._refs = [None if g is None else weakref.ref(g) for g in gradients]
        self._versions = [-1 if g is None else version_of(g) for g in gradients]
        self._note_refs()

    def remember_read(self, tensors: Sequence[Any]) -> Gradients | None:
        """Read `.grad` of tensors given by weak reference, and remember all. None, and nothing is
        remembered, where one of them is missing or has to be looked at more closely.
        """
        if self.sharded:
            return None
        gradients: Gradients = []
        refs: list[Any] = []
        versions: list[int] = []
        try:
            for start in range(0, len(tensors), BLOCK):
                block = [*map(_grad_of, map(called, tensors[start : start + BLOCK]))]
                versions += map(_version_of, block)
                refs += map(weakref.ref, block)
                gradients += block
        except (AttributeError, RuntimeError):  # None or an inference tensor among them
            return None
        self._refs, self._versions = refs, versions
        self._note(self._all)
        return gradients

    def read_same(self, tensors: Sequence[Any]) -> Gradients | None:
        """Read `.grad` of tensors given by weak reference; None unless all are there, and are what
        was remembered, as far as version counters tell.
        """
        if self.sharded or not self.all_present:
            return None
        gradients: Gradients = []
        try:
            for start in range(0, len(tensors), BLOCK):
                end = start + BLOCK
                block = [*map(_grad_of, map(called, tensors[start:end]))]
                # One that is gone is None on both sides of the first, and has no version.
                if not all(map(_is, map(called, self._refs[start:end]), block)):
                    return None
                if [*map(_version_of, block)] != self._versions[start:end]:
                    return None
                gradients += block
        except (AttributeError, RuntimeError):
            return None
        return gradients

    def refresh(self, gradients: Gradients) -> BoolArray | None:
        """Where these are the very objects that were there, none missing: which of them were
        changed in place, and their versions are what is known from now on. None where not.
        """
        if self.sharded or not self.all_present:
            return None
        try:
            versions = [*map(_version_of, gradients)]
        except (AttributeError, RuntimeError):  # None or an inference tensor among them
            return None
        if not all(map(_is, map(called, self._refs), gradients)):
            return None
        changed = [*map(operator.ne, versions, self._versions)]
        self._versions = versions
        return self.present if all(changed) else np.array(changed, np.bool_)

    def all_gone(self) -> None:
        """Every gradient is None now."""
        n = len(self._refs)
        self._refs, self._versions = [None] * n, [-1] * n
        self._note(self._none)

    def forget(self, index: int) -> None:
        """Another tensor has taken this slot."""
        self._refs[index], self._versions[index] = None, -1
        self._note_refs()

    def release(self, gradient: torch.Tensor) -> None:
        """Keep no reference to this gradient."""
        for i, ref in enumerate(self._refs):
            if ref is not None and ref() is gradient:
                self.forget(i)

    def is_as_before(self, index: int, tensor: torch.Tensor | None) -> bool:
        """Is this parameter's gradient what it was?"""
        gradient = None if tensor is None else tensor.grad
        ref = self._refs[index]
        if (None if ref is None else ref()) is not gradient:
            return False
        return gradient is None or version_of(gradient) == self._versions[index]
