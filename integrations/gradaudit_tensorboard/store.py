"""All logs that somebody has looked at, in bounded memory, and safe to ask from several threads."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

from gradaudit.findings import Json
from gradaudit_tensorboard import api
from gradaudit_tensorboard.reading import LogReader, Stamp, Tag
from gradaudit_tensorboard.shelf import Shelf
from gradaudit_tensorboard.track import Track

SHELF_BYTES = 96_000_000
"""Decoded blocks of all tracks."""
TRACKS_BYTES = 340_000_000
"""Pooled cells of all tracks; those that were used longest ago are read anew when asked for."""
MOST_RUNS = 2_000
"""Lines of the list of runs."""
MOST_LISTED = 50_000
"""Tags of a run that are looked at."""
LISTING_SECONDS = 0.4
"""What a list of runs may spend on reading; see `Store.runs`."""

Tags = Mapping[Tag, Stamp]


@dataclass(frozen=True, slots=True)
class _Summary:
    """A line of the list of runs, and what the log was when it was made."""

    tags: Tags
    line: dict[str, Json]


class Store:
    """Answers the questions of the page, see `api`. `reader` is that of the request at hand."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shelf = Shelf(SHELF_BYTES)
        self._tracks: OrderedDict[tuple[str, str, int], Track] = OrderedDict()
        self._summaries: dict[tuple[str, str, int], _Summary] = {}

    def runs(self, reader: LogReader) -> list[Json]:
        """All runs and ranks with their numbers.

        To have them a log must be read. What cannot be read in a short time is listed as far as
        it is known; the next list knows more.
        """
        listing = sorted(reader.listing().items())
        until = time.monotonic() + LISTING_SECONDS
        lines: list[Json] = []
        for run, tags in listing:
            for rank, own in sorted(_by_rank(tags).items()):
                if len(lines) == MOST_RUNS:
                    return lines
                lines.append(self._line(reader, run, rank, own, until))
        return lines

    def schema(self, reader: LogReader, run: str, rank: int) -> dict[str, Json]:
        """The parameters of a track."""
        with self._track(reader, run, rank, until=0.0) as track:
            return api.schema(track.parameters)

    def findings(self, reader: LogReader, run: str, rank: int) -> dict[str, Json]:
        """The findings of a track, and what is wrong with its log."""
        with self._track(reader, run, rank, until=0.0) as track:
            told = api.findings(track.findings(), track.parameters)
            return {"findings": told, "message": track.message}

    def grid(self, reader: LogReader, run: str, rank: int, query: Mapping[str, str]) -> bytes:
        """A grid, see `api`, [Note: The grid]."""
        span, columns = api.span(query), api.columns(query)
        until = time.monotonic() + api.seconds(query)
        with self._track(reader, run, rank, until) as track:
            most = api.MOST_CELLS // max(1, len(track.parameters))
            return api.grid_of(track.view(reader, run, span, max(1, min(columns, most))))

    def curves(
        self, reader: LogReader, run: str, rank: int, query: Mapping[str, str]
    ) -> dict[str, Json]:
        """Norms and statuses of chosen parameters."""
        span, columns = api.span(query), api.columns(query)
        until = time.monotonic() + api.seconds(query)
        with self._track(reader, run, rank, until) as track:
            indices = api.chosen(query, len(track.parameters))
            view = track.view(reader, run, span, columns, indices, with_low=True)
            return api.curves(view, indices)

    # ------------------------------------------------------------------ tracks

    def _line(
        self, reader: LogReader, run: str, rank: int, tags: Tags, until: float
    ) -> dict[str, Json]:
        name = (reader.experiment, run, rank)
        known = self._summaries.get(name)
        if known is not None and known.tags == tags:
            return known.line
        with self._open(name) as track:
            track.update(reader, run, tags, until)
            line = api.summary(track, run, rank)
            if not track.unread:
                self._summaries[name] = _Summary(tags, line)
        self._make_room(name)
        return line

    @contextmanager
    def _track(
        self, reader: LogReader, run: str, rank: int, until: float = math.inf
    ) -> Generator[Track]:
        """The track with what its log holds now, locked; see `Track.update`.

        Raises:
            RefusedError: there is none.

        """
        tags = _by_rank(reader.listing(run).get(run, {})).get(rank)
        if tags is None:
            raise api.RefusedError("There is no data of gradaudit for this run and rank.", 404)
        name = (reader.experiment, run, rank)
        with self._open(name) as track:
            track.update(reader, run, tags, until)
            yield track
        self._make_room(name)

    @contextmanager
    def _open(self, name: tuple[str, str, int]) -> Generator[Track]:
        with self._lock:
            track = self._tracks.get(name)
            if track is None:
                track = self._tracks[name] = Track(tuple(map(str, name)), self._shelf)
            self._tracks.move_to_end(name)
        with track.lock:
            yield track

    def _make_room(self, used: tuple[str, str, int]) -> None:
        """Let go the tracks that were used longest ago, while all are too large together."""
        with self._lock:
            size = sum(one.size for one in self._tracks.values())
            for name in list(self._tracks):
                if size <= TRACKS_BYTES:
                    return
                if name != used:
                    size -= self._tracks.pop(name).size


def _by_rank(tags: Mapping[str, Stamp]) -> dict[int, dict[Tag, Stamp]]:
    ranks: dict[int, dict[Tag, Stamp]] = {}
    for text, stamp in islice(tags.items(), MOST_LISTED):
        tag = Tag.parsed(text)
        if tag is not None:
            ranks.setdefault(tag.rank, {})[tag] = stamp
    return ranks
