"""Models wrapped in DistributedDataParallel (DDP): were the gradients that a step uses averaged?

[Note: What one rank knows] Nothing in here talks to another rank: a question that only some ranks
ask would hang them all. But DDP's reducer knows, on each rank by itself, whether it has finished.
It counts down the parameters it was built with, as autograd reaches them; at zero it waits for the
sums and writes the averages into `.grad`. So there are three ways to a gradient that is this
rank's own:

- unfinished: a parameter was not reached, and the countdown never ends. The reducer says so when
  asked, with the parameters it waits for; otherwise it says so in the next forward, by raising.
- bypassed: the forward was that of the model inside, so that the reducer was never started. Its
  time stamps of the last backward then stay what they were. Not so below `no_sync`, which is meant.
- outside: the reducer knows nothing of a parameter that was frozen, or not there, when it was
  built.

The last two are silent for ever. A loop may average by hand instead, so they count only if
no collective ran inside the backward and the gradients still point where the backward left them.
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
import torch.distributed as dist

from gradaudit.arrays import padded
from gradaudit.event_base import BoolArray
from gradaudit.events import Site
from gradaudit.probes import discovery
from gradaudit.probes.directions import Few, Unsure
from gradaudit.probes.lookback import Gradients
from gradaudit.probes.names import clean_name
from gradaudit.probes.registry import Registry
from gradaudit.rank_events import GradientsUnsynchronized

AWAITED = re.compile(r"Parameter indices which did not receive grad for rank \d+:([ \d]+)")
NOT_FINISHED = "Expected to have finished reduction in the prior iteration"
SAMPLED = 4
"""Gradients whose direction is compared, the largest ones."""
LARGEST_COPY = 1 << 28
"""Bytes of gradients up to which the reducer may be asked for its buckets, which copies them."""


def is_distributed() -> bool:
    """Is there a process group?"""
    return dist.is_available() and dist.is_initialized()


def _indices(mask: BoolArray) -> Any:
    return np.flatnonzero(mask).astype(np.int32)


class _Replica:
    """One wrapper: which parameters its reducer has, and what happened since their last step."""

    def __init__(self, wrapper: Any) -> None:
        self.ref = weakref.ref(wrapper)
        self.world_size = int(wrapper.process_group.size())
        self.reduced = [weakref.ref(p) for p in _reduced_parameters(wrapper) or ()]
        self.stamps: list[int] = wrapper.reducer.get_backward_stats()
        self.backwards = 0 if not any(self.stamps) else 1
        """That went through the reducer, as far as that is known."""
        self._delayed = bool(getattr(wrapper, "_static_graph_delay_allreduce_enqueued", False))
        self._masks_of = (-1, -1)
        nothing = np.zeros(0, np.bool_)
        self.inside, self.outside = nothing, nothing
        self.local, self.averaged, self.excused = nothing, nothing, nothing
        self.samples: dict[int, Few] = {}
        self.told: tuple[int, ...] | None = None

    def grow(self, wrapper: Any, registry: Registry) -> None:
        """Bring the masks up to date with the registry."""
        now = (registry.generation, len(registry))
        if self._masks_of == now:
            return
        self._masks_of, n = now, len(registry)
        self.local, self.averaged = padded(self.local, n), padded(self.averaged, n)
        self.excused = padded(self.excused, n)
        self.inside, self.outside = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
        known: set[int] = set()
        for p in (one() for one in self.reduced):
            index = None if p is None else registry.index_of(p)
            if index is not None:
                known.add(index)
        self.inside[list(known)] = True
        ignored = set(getattr(wrapper, "parameters_to_ignore", ()))
        for name, p in wrapper.module.named_parameters():
            index = registry.index_of(p)
            if self.reduced and index is not None and index not in known and name not in ignored:
                self.outside[index] = True

    def went_through(self, wrapper: Any) -> bool:
        """Has the reducer been at work since this was asked last?"""
        stamps, before = wrapper.reducer.get_backward_stats(), self.stamps
        delayed = bool(getattr(wrapper, "_static_graph_delay_allreduce_enqueued", False))
        # The first backward of a static graph is reduced in one go, and leaves no stamps.
        worked = stamps != before or (delayed and not self._delayed)
        self.stamps, self._delayed = stamps, delayed
        return worked


class Replicas:
    """All wrappers that are alive; see [Note: What one rank knows]."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._replicas: list[_Replica] = []
        self._off: set[int] = set()
        self._collectives = -1
        self.ranks_mixed = 1
        """Ranks that had a part in the gradients of the last backward."""
        self.late: Callable[[], bool] = lambda: False
        """May values of gradients come later?"""
        self._looked_for: int | None = None
        self._site: Site | None = None

    def look(self) -> None:
        """Find wrappers that were made since the last look."""
        known = {id(one.ref()) for one in self._replicas}
        for wrapper in discovery.live_replicas():
            # The Python reducer of compiled autograd is another thing altogether.
            if id(wrapper) in known or getattr(wrapper, "_use_python_reducer", False):
                continue
            if not getattr(wrapper, "_delay_all_reduce_all_params", False):
                self._replicas.append(_Replica(wrapper))

    def _alive(self) -> Iterator[tuple[_Replica, Any]]:
        for replica in tuple(self._replicas):
            wrapper = replica.ref()
            if wrapper is None or "reducer" not in wrapper.__dict__:
                self._replicas.remove(replica)
                continue
            replica.grow(wrapper, self._registry)
            yield replica, wrapper

    # ------------------------------------------------------------------ backwards

    def backward_begins(self, *, often: bool, optimizers: int, site: Site | None) -> None:
        """`often`: a backward in which it is worth to look around; `optimizers`: how many known."""
        self._collectives, self.ranks_mixed = -1, 1
        if not is_distributed():
            return
        self._collectives = _collectives()
        if often or optimizers != self._looked_for:
            self._looked_for = optimizers
            self.look()
        if not self._replicas:
            return
        self._site = site
        self._off = {id(one) for one, w in self._alive() if not w.require_backward_grad_sync}

    def backward_ends(self, arrived: BoolArray, gradients: Gradients, *, plain: bool) -> None:
        """`arrived`: by parameter index; `plain`: it raised nothing and was given no inputs."""
        if not is_distributed():
            return
        same = self._collectives >= 0 and _collectives() == self._collectives
        if self._collectives >= 0 and not same:
            self.ranks_mixed = dist.get_world_size()
        quiet = plain and same
        for replica, wrapper in self._alive():
            through = replica.went_through(wrapper)
            replica.backwards += through
            came = padded(arrived, len(replica.inside))
            mine = came & replica.inside
            if through:
                replica.averaged |= mine
            off = id(replica) in self._off or not wrapper.require_backward_grad_sync
            if replica.world_size == 1:
                continue
            if through and not off:
                self.ranks_mixed = max(self.ranks_mixed, replica.world_size)
            silent = (
                came & replica.outside if through else came & (replica.inside | replica.outside)
            )
            if not silent.any():
                continue
            if off or not plain or not (quiet or through):
                replica.excused |= silent
            else:
                replica.local |= silent
                self._note_directions(replica, silent, gradients)

    def _note_directions(self, replica: _Replica, mask: BoolArray, gradients: Gradients) -> None:
        sizes = {i: g.numel() for i in np.flatnonzero(mask).tolist()
                 if (g := gradients[i]) is not None}  # fmt: skip
        for i in sorted(sizes, key=lambda i: -sizes[i])[:SAMPLED]:
            gradient = gradients[i]
            if gradient is not None:
                replica.samples[i] = Few(gradient, late=self.late())

    # ------------------------------------------------------------------ steps

    def at_step(
        self, held: Sequence[int], gradients: Gradients, optimizer: int, step: int
    ) -> Iterator[Unsure]:
        """What the step that begins now will use, though it was not averaged."""
        if not self._replicas or not is_distributed():
            return
        for replica, wrapper in self._alive():
            mine = np.zeros(len(replica.inside), np.bool_)
            mine[held] = True
            if not (mine & (replica.inside | replica.outside)).any():
                continue
            awaited = _awaited(wrapper, replica)
            if awaited is not None:
                replica.told = tuple(awaited)
                event = self._unfinished(replica, wrapper, awaited, gradients, optimizer, step)
                yield Unsure((event,), (), ())
            else:
                yield from self._silent(replica, mine, gradients, optimizer, step)
            for mask in (replica.local, replica.averaged, replica.excused):
                mask[mine] = False

    def _silent(
        self, replica: _Replica, mine: BoolArray, gradients: Gradients, optimizer: int, step: int
    ) -> Iterator[Unsure]:
        suspects = mine & replica.local & ~replica.averaged & ~replica.excused
        if not suspects.any():
            return
        before: list[Few] = []
        now: list[Few] = []
        for i in list(replica.samples):
            gradient = gradients[i] if suspects[i] else None
            if gradient is not None:
                before.append(replica.samples.pop(i))
                now.append(Few(gradient, late=self.late()))
        if not before:
            return
        told: list[GradientsUnsynchronized] = []
        for why, where in (("bypassed", replica.inside), ("outside", replica.outside)):
            local = suspects & where
            # A model that is bypassed as a whole is one mistake, not two.
            if local.any() and not (why == "outside" and (suspects & replica.inside).any()):
                event = GradientsUnsynchronized(
                    step=step, why=why, missing=_none(), frozen=_none(), local=_indices(local),
                    optimizer=optimizer, world_size=replica.world_size, site=self._site,
                )  # fmt: skip
                told.append(event)
        yield Unsure(tuple(told), tuple(before), tuple(now))

    def _unfinished(
        self,
        replica: _Replica,
        wrapper: Any,
        awaited: list[int],
        gradients: Gradients,
        optimizer: int,
        step: int,
    ) -> GradientsUnsynchronized:
        missing: list[int] = []
        frozen: list[int] = []
        elsewhere: list[str] = []
        names = {id(p): clean_name(name) for name, p in wrapper.module.named_parameters()}
        for i in awaited:
            tensor = replica.reduced[i]() if i < len(replica.reduced) else None
            index = None if tensor is None else self._registry.index_of(tensor)
            if index is None:
                elsewhere.append(names.get(id(tensor), ""))
                continue
            missing.append(index)
            if tensor is not None and not tensor.requires_grad:
                frozen.append(index)
        present = np.array([g is not None for g in gradients], np.bool_)
        local = padded(present, len(replica.inside)) & replica.inside
        local[missing] = False
        partial = bool(wrapper.gradient_as_bucket_view)
        if partial:
            # Then the sums are made in `.grad` itself, bucket by bucket, and some were begun.
            never = _never_begun(replica, wrapper, awaited, self._registry)
            partial = not never >= set(np.flatnonzero(local).tolist())
            keep = np.zeros_like(local)
            keep[list(never)] = True
            local &= keep
        static, find = wrapper.static_graph, wrapper.find_unused_parameters
        return GradientsUnsynchronized(
            step=step,
            why="unfinished",
            missing=np.asarray(sorted(missing), np.int32),
            frozen=np.asarray(sorted(frozen), np.int32),
            local=_indices(local) if replica.world_size > 1 else _none(),
            missing_elsewhere=tuple(sorted(elsewhere)),
            optimizer=optimizer,
            world_size=replica.world_size,
            mode="static-graph" if static else "find-unused" if find else "default",
            partial=partial and replica.world_size > 1,
            site=self._site,
        )

    def raised(
        self, error: BaseException, gradients: Gradients, step: int
    ) -> Iterator[GradientsUnsynchronized]:
        """The wrapper has raised because of the backward before; was that told already?"""
        if NOT_FINISHED not in str(error) or not is_distributed():
            return
        self.look()
        for replica, wrapper in self._alive():
            awaited = _awaited(wrapper, replica)
            if awaited is not None and replica.told != tuple(awaited):
                replica.told = tuple(awaited)
                yield self._unfinished(replica, wrapper, awaited, gradients, -1, step)


def _none() -> Any:
    return np.zeros(0, np.int32)


def _collectives() -> int:
    """How many collectives of the default group were begun, -1 where nobody counts."""
    try:
        group: Any = dist.distributed_c10d._get_default_group()
        return int(group._get_sequence_number_for_group())
    except (AttributeError, RuntimeError, ValueError):
        return -1


def _awaited(wrapper: Any, replica: _Replica) -> list[int] | None:
    """Which parameters the reducer waits for, by its own count; None where it has finished."""
    ask = getattr(wrapper.reducer, "_check_reducer_finalized", None)
    if ask is None:
        return None
    try:
        ask()
    except RuntimeError as error:
        text = str(error)
        if NOT_FINISHED not in text:
            return None
        match = AWAITED.search(text)
        return [int(i) for i in match[1].split()] if match is not None else []
    replica.told = None
    return None


def _reduced_parameters(wrapper: Any) -> list[torch.Tensor] | None:
    """The parameters the reducer was built with, in its order; None where that cannot be said.

    It took those that required grad then. It says how many, so where as many do now it is these.
    """
    there: list[torch.Tensor] = list(wrapper._module_parameters)
    try:
        sizes = wrapper.logger._get_ddp_logging_data().ints_map
        count = int(sizes["num_parameter_tensors"])
    except (AttributeError, KeyError, RuntimeError):
        return None
    ask = getattr(wrapper.reducer, "_get_zeros_like_grad_buckets", None)
    for candidates in (there, [p for p in there if p.requires_grad]):
        if len(candidates) == count:
            return candidates
    if ask is None or sizes.get("total_parameter_size_bytes", LARGEST_COPY) >= LARGEST_COPY:
        return None
    taken = {id(p) for bucket in ask() for p in bucket.parameters()}
    return [p for p in there if id(p) in taken]


def _never_begun(
    replica: _Replica, wrapper: Any, awaited: list[int], registry: Registry
) -> set[int]:
    """Audited parameters in buckets whose sum cannot have been begun: it goes bucket by bucket."""
    layout: list[list[int]] = []
    try:
        data = wrapper.logger._get_ddp_logging_data().strs_map
    except (AttributeError, RuntimeError):
        return set()
    rebuilt = data.get("rebuilt_per_bucket_param_indices", "")
    if rebuilt:
        layout = [[int(i) for i in bucket.split()] for bucket in rebuilt.split(",")]
    elif replica.backwards <= 1 and "," not in data.get("bucket_sizes", ","):
        layout = [list(range(len(replica.reduced)))]
    first = next((k for k, b in enumerate(layout) if set(b) & set(awaited)), len(layout))
    found: set[int] = set()
    for i in (i for bucket in layout[first:] for i in bucket):
        tensor = replica.reduced[i]() if i < len(replica.reduced) else None
        index = None if tensor is None else registry.index_of(tensor)
        if index is not None:
            found.add(index)
    return found
