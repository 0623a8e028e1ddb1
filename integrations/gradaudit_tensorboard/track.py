"""One rank of one run: what its log says, read piece by piece and kept in bounded memory.

[Note: What is kept] Of every block the steps, and its cells pooled over `granule` steps: enough
for a view of the whole run, at 5 bytes for 16 steps of a parameter. Single steps are decoded
again when a view is narrow enough to show them; the last ones lie on the shelf. Where the pooled
cells become too many the granule grows to a block, and what comes then is left out, and said so.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from gradaudit.findings import Finding
from gradaudit_tensorboard.documents import (
    MOST_PARAMETERS,
    Parameter,
    findings_in,
    parameters_in,
    shown,
)
from gradaudit_tensorboard.format import STEPS_IN_BLOCK, FormatError, decode_block
from gradaudit_tensorboard.freed import give_back
from gradaudit_tensorboard.pooling import Bytes, Cells, Indices, counted, empty, had, to_ranks
from gradaudit_tensorboard.reading import Answer, LogReader, Stamp, Tag
from gradaudit_tensorboard.shelf import Shelf
from gradaudit_tensorboard.timeline import Segment, Stored, Timeline, row_bounds, timeline

MOST_TAGS = 20_000
"""Of one track: five million steps."""
MANY_TAGS = 4
"""Read for one answer: then memory is tidied up, which takes some milliseconds."""
_LARGEST = 2**53
"""Whole numbers beyond this are not exact in JavaScript."""
GRANULE = 16
"""Steps in one row of pooled cells."""
POOLED_BYTES = 320_000_000
"""Of one track; more than 10,000 parameters x 50,000 steps need."""
EXACT_CELLS = 30_000_000
"""Cells that are decoded for one answer, at most."""


@dataclass(slots=True)
class _Start:
    """One start of the run."""

    stamp: int
    parameters: list[Parameter] = field(default_factory=list[Parameter])
    findings: list[Finding] = field(default_factory=list[Finding])
    blocks: dict[str, list[Stored]] = field(default_factory=dict[str, list[Stored]])
    faults: dict[str, str] = field(default_factory=dict[str, str])
    widest: int = 0
    source: Indices | None = None
    had: Bytes | None = None

    def all_blocks(self) -> list[Stored]:
        return [block for blocks in self.blocks.values() for block in blocks]


@dataclass(frozen=True, slots=True)
class View:
    """Columns of a track: their first and last steps, int64 [C], and their cells [C, P].

    `had`: how many parameters have had each status in these steps, by its code, whatever the
    columns show; None where it was not asked for.
    """

    first: Indices
    last: Indices
    cells: Cells
    had: dict[int, int] | None = None


class Track:
    """A log as far as it was read. Hold `lock` while using it; `news` counts its changes."""

    def __init__(self, name: tuple[str, ...], shelf: Shelf) -> None:
        self.lock = threading.RLock()
        self.news = 0
        self.parameters: list[Parameter] = []
        self.unread = 0
        self.used_at = 0.0
        self._name = name
        self._shelf = shelf
        self._starts: dict[int, _Start] = {}
        self._read: dict[str, Stamp] = {}
        self._pooled: dict[tuple[str, int, int, int], Cells] = {}
        self._pooled_bytes = 0
        self._cells = 0
        """That were ever decoded: a view of all of them may need pooled ones."""
        self._granule = GRANULE
        self._full = False
        self._timeline = Timeline()

    # ------------------------------------------------------------------ what is known

    @property
    def steps(self) -> Indices:
        """All steps that are known, int64 [N], increasing."""
        return self._timeline.steps

    @property
    def started(self) -> int:
        """The latest start, in milliseconds since 1970."""
        return max(self._starts, default=0)

    @property
    def size(self) -> int:
        """Bytes of pooled cells in memory."""
        return self._pooled_bytes

    def findings(self) -> list[Finding]:
        """Of all starts that show, the latest start first."""
        showing = {one.block.start for one in self._timeline.segments}
        starts = sorted(self._starts, reverse=True)
        return [
            finding
            for stamp in starts
            if stamp in showing or stamp == starts[0]
            for finding in self._starts[stamp].findings
        ]

    @property
    def message(self) -> str | None:
        """What is wrong with this log, in one sentence or two; None where nothing is."""
        said: list[str] = []
        faults = [fault for one in self._starts.values() for fault in one.faults.values()]
        if faults:
            more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
            said.append(f"Parts of this log cannot be read and are left out: {faults[0]}{more}.")
        if self._full:
            said.append("This log is too large to be shown whole; its later steps are left out.")
        if any(one.widest > len(one.parameters) for one in self._starts.values()):
            said.append("The names of some parameters are not in this log; they have numbers.")
        return " ".join(said) or None

    # ------------------------------------------------------------------ reading

    def update(
        self, reader: LogReader, run: str, tags: Mapping[Tag, Stamp], until: float = np.inf
    ) -> None:
        """Read what is new below these tags.

        Names and findings are read whatever happens, steps until a moment of `time.monotonic`;
        `unread` counts the tags that were not come to.
        """
        changed = self._forget_all_but(tags)
        fresh = [tag for tag, stamp in tags.items() if self._read.get(tag.text) != stamp]
        # What has names and findings comes first, then the steps of the latest start.
        fresh.sort(key=lambda tag: (tag.kind == "grid", -tag.start, tag.number))
        room = MOST_TAGS - len(self._read)
        if len(fresh) > room:
            self._full = True
            known = [tag for tag in fresh if tag.text in self._read]
            fresh = known + [tag for tag in fresh if tag.text not in self._read][: max(0, room)]
        self.unread = len(fresh)
        for grids in (False, True):
            some = [tag for tag in fresh if (tag.kind == "grid") is grids]
            by_name = {tag.text: tag for tag in some}
            for name, answer in reader.read(run, by_name):
                tag = by_name[name]
                self._take(tag, answer)
                self._read[name] = tags[tag]
                self.unread -= 1
                changed = True
                if grids and time.monotonic() > until:
                    break
        if changed:
            self._conclude()
        if len(fresh) - self.unread > MANY_TAGS:
            give_back()

    def _forget_all_but(self, tags: Mapping[Tag, Stamp]) -> bool:
        """Whether something is gone: the log was deleted, or begun anew."""
        gone = self._read.keys() - {tag.text for tag in tags}
        for start in self._starts.values():
            for name in gone & (start.blocks.keys() | start.faults.keys()):
                self._drop(start, name)
        for name in gone:
            del self._read[name]
        here = {tag.start for tag in tags}
        for stamp in [stamp for stamp in self._starts if stamp not in here]:
            del self._starts[stamp]
        return bool(gone)

    def _drop(self, start: _Start, name: str) -> None:
        start.faults.pop(name, None)
        start.blocks.pop(name, None)
        for key in [key for key in self._pooled if key[0] == name]:
            self._pooled_bytes -= self._pooled.pop(key).size

    def _take(self, tag: Tag, answer: Answer) -> None:
        start = self._starts.setdefault(tag.start, _Start(tag.start))
        self._drop(start, tag.text)
        if isinstance(answer, str):
            start.faults[tag.text] = answer
            return
        try:
            if tag.kind == "grid":
                self._take_blocks(start, tag, answer)
            elif answer and tag.kind == "schema":
                start.parameters = parameters_in(answer[-1])
            elif answer:
                start.findings = findings_in(answer[-1])
        except FormatError as error:
            start.faults[tag.text] = str(error).rstrip(".")

    def _take_blocks(self, start: _Start, tag: Tag, answer: Sequence[bytes]) -> None:
        blocks = start.blocks[tag.text] = []
        for place, decoded in enumerate(map(_decoded_or_fault, answer)):
            if self._pooled_bytes > POOLED_BYTES and not self._made_coarser():
                self._full = True
                return
            if isinstance(decoded, str):
                start.faults[tag.text] = decoded
                continue
            steps, cells = decoded
            bits = had(cells.ranks)
            if start.had is None or not np.array_equal(start.had, bits):
                start.had = bits  # most blocks say the same, and hold the same array then
            width = cells.ranks.shape[1]
            block = Stored(start.stamp, tag.text, place, steps, width, start.had)
            blocks.append(block)
            self._shelf.put(self._key(block), cells)
            self._cells += cells.ranks.size
            if self._cells > EXACT_CELLS:  # else no view needs them yet
                self._pool(Segment(block, 0, len(steps), 0), cells)

    def _pool(self, segment: Segment, rows: Cells) -> Cells:
        """Keep the pooled cells of a segment, all of whose rows these are."""
        pooled = rows.pooled(self._granule)
        self._pooled[segment.key] = pooled
        self._pooled_bytes += pooled.size
        return pooled

    def _made_coarser(self) -> bool:
        """Pool the pooled cells once more; False where they cover a block already."""
        if self._granule >= STEPS_IN_BLOCK:
            return False
        self._granule *= 2
        for key, cells in self._pooled.items():
            self._pooled[key] = cells.pooled(2)
        self._pooled_bytes = sum(cells.size for cells in self._pooled.values())
        return True

    def _conclude(self) -> None:
        """Bring what was read into one timeline and one list of parameters."""
        starts = [self._starts[stamp] for stamp in sorted(self._starts, reverse=True)]
        self._timeline = timeline(one.all_blocks() for one in starts)
        known: dict[tuple[str, str, int], int] = {}
        places: list[list[int]] = []
        self.parameters = []
        for start in starts:
            start.widest = max((block.width for block in start.all_blocks()), default=0)
            listed = list(start.parameters)
            listed += [Parameter.unnamed(i) for i in range(len(listed), start.widest)]
            mine: list[int] = []
            seen: dict[tuple[str, str], int] = {}
            for one in listed:
                count = seen[one.model, one.name] = seen.get((one.model, one.name), -1) + 1
                place = known.setdefault((one.model, one.name, count), len(known))
                if place == len(self.parameters):
                    self.parameters.append(one)
                mine.append(place)
            places.append(mine)
        for start, mine in zip(starts, places, strict=True):
            start.source = _inverse(mine, len(self.parameters))
        self.parameters = shown(self.parameters)
        here = {one.key for one in self._timeline.segments}
        for key in [key for key in self._pooled if key not in here]:
            self._pooled_bytes -= self._pooled.pop(key).size
        self.news += 1

    # ------------------------------------------------------------------ views

    def view(
        self,
        reader: LogReader,
        run: str,
        span: tuple[int, int],
        columns: int,
        parameters: Indices | None = None,
        *,
        with_low: bool = False,
    ) -> View:
        """The steps of `span` (both ends included) in at most `columns` columns.

        A column is a step where they fit; else it holds about equally many, or, where they are
        too many to be decoded for this, whole rows of pooled cells.
        """
        begin, end = self._timeline.within(*span)
        segments = self._timeline.between(begin, end)
        count = len(self.parameters) if parameters is None else len(parameters)
        widest = max((one.widest for one in self._starts.values()), default=0)
        grain = 1 if (end - begin) * widest <= EXACT_CELLS else self._granule
        bounds = row_bounds(segments, begin, end, grain)
        edges = np.linspace(0, len(bounds) - 1, max(0, min(columns, len(bounds) - 1)) + 1)
        bounds = bounds[edges.astype(np.int64)]
        cells = empty(len(bounds) - 1, count, with_low=with_low)
        for segment in segments:
            found = self._cells_of(reader, run, segment, pooled=grain > 1)
            at = segment.offset + grain * np.arange(len(found.ranks))
            low, high = np.searchsorted(at, (bounds[0], bounds[-1])).tolist()
            if low == high:
                continue
            found = self._chosen(found.rows(low, high), segment.block.start, parameters)
            cells.take(found, np.searchsorted(bounds, at[low:high], "right") - 1)
        steps = self._timeline.steps
        first, last = steps[bounds[:-1]], steps[bounds[1:] - 1]
        if parameters is not None:
            return View(first, last, cells)
        return View(first, last, cells, self._had(reader, run, int(bounds[0]), int(bounds[-1])))

    def _had(self, reader: LogReader, run: str, begin: int, end: int) -> dict[int, int]:
        """How many parameters have had each status at places from `begin` up to `end`."""
        seen = np.zeros(len(self.parameters), np.uint8)
        before = None
        for segment in self._timeline.between(begin, end):
            block = segment.block
            low = segment.begin + max(0, begin - segment.offset)
            high = min(segment.end, segment.begin + end - segment.offset)
            bits = block.had
            if high - low < len(block.steps):
                cells = self._cells_of(reader, run, segment, pooled=False)
                bits = had(cells.ranks[low - segment.begin : high - segment.begin])
            elif before == (block.start, id(bits)):
                continue
            before = (block.start, id(bits))
            source = self._starts[block.start].source
            if source is None:
                seen[: len(bits)] |= bits
            else:
                known = source < len(bits)
                seen[known] |= bits[source[known]]
        return counted(seen)

    def _chosen(self, cells: Cells, stamp: int, parameters: Indices | None) -> Cells:
        """Cells of a start, in the order of `parameters` of this track; None: all of them."""
        source = self._starts[stamp].source
        if parameters is None:
            return cells if source is None else cells.of(source)
        return cells.of(parameters if source is None else source[parameters])

    def _cells_of(self, reader: LogReader, run: str, segment: Segment, *, pooled: bool) -> Cells:
        """All rows of a segment; nothing seen where they cannot be read any more."""
        block = segment.block
        if pooled:
            known = self._pooled.get(segment.key)
            if known is not None:
                return known
        cells = self._shelf.get(self._key(block))
        if cells is None or len(cells.ranks) != len(block.steps):
            cells = self._read_again(reader, run, block)
        rows = cells.rows(segment.begin, segment.end)
        return self._pool(segment, rows) if pooled else rows

    def _read_again(self, reader: LogReader, run: str, block: Stored) -> Cells:
        wanted = empty(len(block.steps), 0)
        for _, answer in reader.read(run, [block.tag]):
            for place, data in enumerate(() if isinstance(answer, str) else answer):
                decoded = _decoded_or_fault(data)
                if isinstance(decoded, str):
                    continue
                steps, cells = decoded
                if place == block.place and np.array_equal(steps, block.steps):
                    wanted = cells
                self._shelf.put((*self._name, block.tag, place), cells)
        return wanted

    def _key(self, block: Stored) -> tuple[object, ...]:
        return (*self._name, block.tag, block.place)


def _decoded_or_fault(data: bytes) -> tuple[Indices, Cells] | str:
    """Steps and cells of a block; a sentence where it is none, or cannot be shown."""
    try:
        block = decode_block(data)
    except FormatError as error:
        return str(error).rstrip(".")
    if block.steps[0] < -_LARGEST or block.steps[-1] > _LARGEST:
        return "a block has a step that is too large to be shown"
    if block.status.shape[1] > MOST_PARAMETERS:
        return f"a block has more than {MOST_PARAMETERS:,} parameters"
    return block.steps, Cells(to_ranks(block.status), block.norms)


def _inverse(places: Sequence[int], count: int) -> Indices | None:
    """For each of `count` parameters the column of a start that has it; None: the same one.

    A column that no block has stands for parameters which the start does not know.
    """
    if list(places) == list(range(len(places))):
        return None
    columns = np.full(count, MOST_PARAMETERS, np.int64)
    columns[places] = np.arange(len(places))
    return columns
