"""What is known of a backward that is over, and the birth that follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from torch.multiprocessing.reductions import StorageWeakRef

from gradaudit.tracing.blame import MEANT, Bad, Birth, Judge, Record, by_order
from gradaudit.tracing.finite import FINITE, NAN, WORDS
from gradaudit.tracing.gradient_paths import Firing, Paths
from gradaudit.tracing.node_risks import backward_name
from gradaudit.tracing.reruns import Reruns


@dataclass(slots=True)
class Ending:
    """Of one backward; numbers, names and places, no tensor and no node.

    Where answers are on a device, `roots`, `tape` and `firings` hold the places of these. `judge`,
    `table` (values that are not finite, by storage) and `known` (storages) are those of the trace:
    endings of one trace are to be answered in their order.
    """

    roots: list[tuple[int, int]]
    tape: list[Record]
    firings: list[Firing]
    paths: Paths
    judge: Judge
    table: dict[int, tuple[StorageWeakRef, Bad]]
    known: dict[int, StorageWeakRef]
    reruns: Reruns

    def answered(self, answers: Sequence[int]) -> Birth | None:
        """As `birth`. `answers`: FINITE, INF or NAN by place."""
        self.roots = [(key, answers[flag]) for key, flag in self.roots]
        self._play_tape(answers)
        for firing in self.firings:
            firing.bad = {i: v for i, flag in firing.bad.items() if (v := answers[flag])}
        self.firings = [firing for firing in self.firings if firing.bad]
        return self.birth()

    def never_answered(self) -> None:
        """What this step has made is not known, so that nothing can be said of later ones."""
        self.judge.lost = True

    def birth(self) -> Birth | None:
        """The birth that made this backward's loss or gradients non-finite; None: there is none."""
        if self.judge.lost:
            return None
        worst = [key for key, value in self.roots if value]
        if not worst:
            return self.first_that_arrives()
        known = [self.table[key][1] for key in worst if key in self.table]
        return min(known, key=by_order).birth if known else None

    def _play_tape(self, answers: Sequence[int]) -> None:
        table, judge = self.table, self.judge
        for record in self.tape:
            for key, flag in record.outside:
                if answers[flag]:
                    table[key] = self.known[key], judge.from_outside(record, answers[flag])
            bad = [table[key][1] for key in record.inputs if key in table]
            worst = max((answers[flag] for _, flag in record.outputs), default=FINITE)
            if not worst and not bad:
                continue
            mine = judge.judge(record, worst, bad)
            for key, flag in record.outputs:
                if answers[flag] and mine is not None:
                    table[key] = self.known[key], mine
                elif key in table and not answers[flag]:
                    del table[key]

    def first_that_arrives(self) -> Birth | None:
        """The first birth among the firings whose consequences reached a leaf."""
        found = self.paths.trace_back(self.firings)
        if found is None:
            return None
        forward = self.judge.of_node.get(found.key)
        if forward is not None:
            if forward.source != MEANT:
                return forward.birth
            if forward.value == NAN:
                return replace(forward.birth, kind="nonfinite-input")
        seen = self.table.get(found.gradient)
        if found.handed_in:
            # A hook on a tensor, or the gradient that backward was given, was bad already.
            return seen[1].birth if seen is not None else None
        if self.reruns.holds(found.key):
            inner = self.reruns.suspect(found.key)
            if inner is None:
                return None
            op = backward_name("", inner.name, custom=False)
            return Birth("nonfinite-op", op, inner.place, inner.module, WORDS[found.value],
                         in_backward=True, certain=False)  # fmt: skip
        origin = found.origin
        op = backward_name(found.node_name, origin.name, custom=found.custom)
        return Birth("nonfinite-op", op, origin.place, origin.module, WORDS[found.value],
                     in_backward=True, certain=found.certain)  # fmt: skip
