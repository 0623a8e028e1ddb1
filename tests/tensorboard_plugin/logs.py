"""Logs written block by block, good ones and bad ones; and TensorBoard in this process."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from gradaudit_tensorboard.format import (
    FINDINGS,
    GRID,
    SCHEMA,
    Block,
    encode_block,
    encode_document,
    encode_norms,
    schema_entry,
    start_stamp,
    tag_of,
)
from gradaudit_tensorboard.store import Store
from tensorboard import program
from tensorboard.backend.application import TensorBoardWSGIApp
from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, tensor_shape_pb2
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from werkzeug.test import Client

from gradaudit.events import ParameterInfo

PREFIX = "/data/plugin/gradaudit"
START = 1_700_000_000_000
DT_STRING, DT_FLOAT = 7, 1


class Log:
    """An event file of one start of one rank, with any content below any tag."""

    def __init__(self, folder: Path, *, rank: int = 0, start: int = START) -> None:
        self._writer = EventFileWriter(str(folder), filename_suffix=f".{rank}.{start}")
        self._stamp = start_stamp(rank, start)
        self._blocks = 0

    def record(self, tag: str, data: bytes, step: int = 0, **changes: Any) -> None:
        """One datum; `changes`: fields of the TensorProto other than those of ours."""
        fields = {"dtype": DT_STRING, "string_val": [data],
                  "tensor_shape": tensor_shape_pb2.TensorShapeProto()} | changes  # fmt: skip
        metadata = summary_pb2.SummaryMetadata(data_class=summary_pb2.DATA_CLASS_TENSOR)
        metadata.plugin_data.plugin_name = "gradaudit"
        value = summary_pb2.Summary.Value(
            tag=tag, metadata=metadata, tensor=tensor_pb2.TensorProto(**fields)
        )
        self._writer.add_event(
            event_pb2.Event(
                wall_time=time.time(), step=step, summary=summary_pb2.Summary(value=[value])
            )
        )

    def grid_tag(self, number: int) -> str:
        return tag_of(GRID, self._stamp, number)

    def schema(self, names: Sequence[str], **changes: Any) -> None:
        entries = [
            schema_entry(
                ParameterInfo(
                    index=i, name=f"Net.{name}", short=name, model="Net", numel=4, shape=(2, 2),
                    module=name.rpartition(".")[0], module_class="Linear",
                )
            ) | changes
            for i, name in enumerate(names)
        ]  # fmt: skip
        self.record(tag_of(SCHEMA, self._stamp), encode_document({"parameters": [*entries]}))

    def findings(self, findings: Sequence[dict[str, Any]], step: int = 0) -> None:
        document = encode_document({"findings": [*findings]})
        self.record(tag_of(FINDINGS, self._stamp), document, step)

    def cells(self, steps: Any, status: Any, norms: Any = None, *, size: int = 32) -> None:
        """Blocks of `size` steps; status [S, P]; norms float [S, P], one where not given."""
        steps, status = np.asarray(steps, np.int64), np.asarray(status, np.uint8)
        norms = np.ones(status.shape) if norms is None else np.asarray(norms, np.float64)
        for low in range(0, len(steps), size):
            rows = slice(low, low + size)
            codes = encode_norms(norms[rows], status[rows])
            data = encode_block(Block(steps[rows], status[rows], codes))
            self.record(self.grid_tag(self._blocks // 8), data, int(steps[low]))
            self._blocks += 1

    def flush(self) -> None:
        self._writer.flush()

    def close(self) -> None:
        self._writer.close()


class Served:
    """TensorBoard over a folder, without a socket. `load_fast`: "auto" or "false", the loader."""

    def __init__(self, folder: Path, load_fast: str, *options: str) -> None:
        self.board = program.TensorBoard()
        self.board.configure(
            argv=["tensorboard", "--logdir", str(folder), "--load_fast", load_fast, *options]
        )
        data, multiplexer = self.board._make_data_provider()
        self.client = Client(
            TensorBoardWSGIApp(
                self.board.flags,
                self.board.plugin_loaders,
                data,
                self.board.assets_zip_provider,
                multiplexer,
            )
        )

    def fresh(self) -> None:
        """Forget what our plugin has read so far."""
        for one in gc.get_objects():
            if type(one) is Store:
                one.__init__()

    def ask(self, route: str, **query: Any) -> Any:
        """The answer of one of our routes; `from_`: the query's `from`."""
        words = {name.rstrip("_"): value for name, value in query.items()}
        return self.client.get(f"{PREFIX}/{route}", query_string=words)

    def grid(self, **query: Any) -> Grid:
        answer = self.ask("grid", **query)
        assert answer.status_code == 200, answer.data
        return Grid(answer.data)

    def runs(self) -> dict[str, dict[str, Any]]:
        """The list of runs by their keys."""
        answer = self.ask("runs")
        assert answer.status_code == 200, answer.data
        return {one["key"]: one for one in strict_json(answer.data)["runs"]}

    def until(self, done: Callable[[dict[str, dict[str, Any]]], bool]) -> None:
        """Wait for the loader, which works beside."""
        for _ in range(300):
            if done(runs := self.runs()):
                return
            time.sleep(0.05)
        raise AssertionError(runs)

    def close(self) -> None:
        """End the data server, where there is one."""
        handle = getattr(self.board._ingester, "_stdin_handle", None)
        if handle is not None:
            handle.close()


def strict_json(data: bytes) -> Any:
    """JSON without bare NaN and Infinity, which no browser reads."""

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    return json.loads(data, parse_constant=refuse)


class Grid:
    """A grid as the page reads it."""

    def __init__(self, data: bytes) -> None:
        length = int.from_bytes(data[:4], "little")
        assert (4 + length) % 4 == 0
        self.header = json.loads(data[4 : 4 + length])
        rows, columns = self.header["rows"], self.header["columns"]
        cells = rows * columns
        begin = 4 + length
        self.status = np.frombuffer(data, np.uint8, cells, begin).reshape(rows, columns)
        begin += cells + cells % 2
        self.norms = np.frombuffer(data, "<u2", cells, begin).reshape(rows, columns)
        assert len(data) == begin + 2 * cells
