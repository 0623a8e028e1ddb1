"""Reads a log back, with TensorBoard's own readers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from gradaudit_tensorboard.format import Block, decode_block, decode_document
from tensorboard import context, default, program
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

LONGEST = 30.0
"""Seconds until a loader, which reads in the background, must have read a log."""


@dataclass
class Log:
    """What one folder holds: `starts` are the stamps, oldest first."""

    blocks: dict[str, list[Block]]
    schemas: dict[str, dict[str, Any]]
    findings: dict[str, dict[str, Any]]

    @property
    def starts(self) -> list[str]:
        return sorted(self.blocks)

    def steps(self, start: str | None = None) -> list[int]:
        blocks = self.blocks[start or self.starts[-1]]
        return [int(step) for block in blocks for step in block.steps]

    def column(self, step: int, start: str | None = None) -> list[int]:
        """The statuses of a step."""
        for block in self.blocks[start or self.starts[-1]]:
            where = np.flatnonzero(block.steps == step)
            if len(where):
                return block.status[where[0]].tolist()
        raise LookupError(step)


def log_of(tensors: dict[str, list[bytes]]) -> Log:
    """From tag -> data, as any reader gives them."""
    log = Log({}, {}, {})
    for tag in sorted(tensors):
        family, _, rest = tag.partition("/")[2].partition("/")
        if family == "grid":
            start = rest.rpartition("-")[0]
            log.blocks.setdefault(start, []).extend(map(decode_block, tensors[tag]))
        elif family in ("schema", "findings") and rest != "text_summary":
            documents = log.schemas if family == "schema" else log.findings
            documents[rest] = decode_document(tensors[tag][-1])  # pyright: ignore
    return log


def accumulated(folder: Path) -> EventAccumulator:
    """Everything in a folder."""
    everything = {"tensors": 0, "scalars": 0, "histograms": 0}
    found = EventAccumulator(str(folder), size_guidance=everything)
    found.Reload()
    return found


def read(folder: Path) -> Log:
    """What is in a folder, by the plainest of the readers."""
    found = accumulated(folder)
    mine = [tag for tag in found.Tags()["tensors"] if tag.startswith("gradaudit/")]
    return log_of(
        {tag: [bytes(one.tensor_proto.string_val[0]) for one in found.Tensors(tag)] for tag in mine}
    )


class Loader:
    """A `tensorboard` in this process; `fast`: with the data server, as is the default."""

    def __init__(self, logdir: Path, *, fast: bool) -> None:
        board = program.TensorBoard(plugins=default.get_static_plugins())
        flag = "true" if fast else "false"
        board.configure(argv=["", "--logdir", str(logdir), "--load_fast", flag])
        self.provider, _ = board._make_data_provider()
        self._context = context.RequestContext()

    def tensors(self, plugin: str = "gradaudit") -> dict[str, dict[str, list[bytes]]]:
        """Run -> tag -> data."""
        found = self.provider.read_tensors(
            self._context, experiment_id="", plugin_name=plugin, downsample=10**6
        )
        return {
            run: {tag: [one.numpy.tolist()[0] for one in data] for tag, data in tags.items()}
            for run, tags in found.items()
        }

    def scalars(self) -> dict[str, dict[str, list[float]]]:
        """Run -> tag -> numbers."""
        found = self.provider.read_scalars(
            self._context, experiment_id="", plugin_name="scalars", downsample=10**6
        )
        return {r: {t: [x.value for x in d] for t, d in tags.items()} for r, tags in found.items()}

    def histograms(self) -> dict[str, dict[str, int]]:
        """Run -> tag -> how many."""
        found = self.provider.read_tensors(
            self._context, experiment_id="", plugin_name="histograms", downsample=10**6
        )
        return {run: {tag: len(data) for tag, data in tags.items()} for run, tags in found.items()}

    def until(self, complete: Callable[[dict[str, dict[str, list[bytes]]]], bool]) -> None:
        """Wait until what is read satisfies `complete`; AssertionError after `LONGEST`."""
        end = time.monotonic() + LONGEST
        while time.monotonic() < end:
            try:
                if complete(self.tensors()):
                    return
            except KeyError:
                pass
            time.sleep(0.1)
        raise AssertionError("the loader has not read the log")
