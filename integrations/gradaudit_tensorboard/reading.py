"""What a log holds, out of TensorBoard's hands: tags, and the bytes below them.

[Note: Before it becomes an array] TensorBoard makes an array of a tensor at the size that the
file declares, and one number can be declared to be billions of them. So where its readers are
those that we know, the record is looked at before that; else its public way is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from tensorboard.data import provider

from gradaudit_tensorboard.loader import PLUGIN_NAME

Stamp: TypeAlias = tuple[Any, Any]
"""Largest step and latest time below a tag: another one means that there is news."""
Answer: TypeAlias = "list[bytes] | str"
"""The data of a tag in their order, or a sentence that says why there are none."""

_TAG = re.compile(r"gradaudit/(grid|schema|findings)/(\d{1,9})-([0-9a-f]{1,16})(?:-(\d{1,9}))?")
_AT_ONCE = 8
"""Tags that are asked for together at first: an answer of the data server has at most 256 MB."""
_BYTES_AT_ONCE = 16_000_000
"""What later answers are to hold: where tags are many and small, each question costs most."""


@dataclass(frozen=True, slots=True, order=True)
class Tag:
    """A tag of ours: `rank` of the process, `start` (ms since 1970), `number` of a grid's part."""

    kind: str
    rank: int
    start: int
    number: int
    text: str

    @classmethod
    def parsed(cls, text: str) -> Tag | None:
        """The parts of a tag's name; None where it is not one of ours."""
        match = _TAG.fullmatch(text)
        if match is None or (match[1] == "grid") is (match[4] is None):
            return None
        return cls(match[1], int(match[2]), int(match[3], 16), int(match[4] or 0), text)


class LogReader:
    """One experiment, as the data provider of TensorBoard has it, for one request.

    `context`: what TensorBoard wants to be handed on with each question.
    """

    def __init__(self, data: Any, context: Any, experiment: str) -> None:
        self._data = data
        self._context = context
        self.experiment = experiment

    def listing(self, run: str | None = None) -> dict[str, dict[str, Stamp]]:
        """Tags with their stamps, by run; of one run alone where it is given."""
        chosen = None if run is None else provider.RunTagFilter(runs=[run])
        found = self._data.list_tensors(
            self._context,
            experiment_id=self.experiment,
            plugin_name=PLUGIN_NAME,
            run_tag_filter=chosen,
        )
        return {
            name: {tag: (one.max_step, one.max_wall_time) for tag, one in tags.items()}
            for name, tags in found.items()
        }

    def read(self, run: str, tags: Iterable[str]) -> Iterator[tuple[str, Answer]]:
        """The data of each tag. Never raises for what the log holds."""
        left = list(tags)
        size = _AT_ONCE
        while left:
            some, left = left[:size], left[size:]
            try:
                answers = self._several(run, some)
            except Exception as error:  # one tag's fault must not take the others along
                if len(some) > 1:
                    size, left = len(some) // 2, some + left
                else:
                    yield some[0], f"TensorBoard cannot read it ({type(error).__name__})"
                continue
            for tag in some:
                yield tag, answers.get(tag, [])
            read = sum(len(data) for answer in answers.values() for data in answer)
            size = min(2 * size, max(_AT_ONCE, len(some) * _BYTES_AT_ONCE // max(1, read)))

    def _several(self, run: str, tags: list[str]) -> Mapping[str, Answer]:
        stub = getattr(self._data, "_stub", None)
        multiplexer: Any = getattr(self._data, "_multiplexer", None)
        if hasattr(stub, "ReadTensors"):
            return self._from_data_server(stub, run, tags)
        if hasattr(multiplexer, "Tensors"):
            return {
                tag: _each(event.tensor_proto for event in multiplexer.Tensors(run, tag))
                for tag in tags
            }
        return self._in_public(run, tags)

    def _from_data_server(self, stub: Any, run: str, tags: list[str]) -> Mapping[str, Answer]:
        """See [Note: Before it becomes an array]."""
        from tensorboard.data.proto import data_provider_pb2 as messages

        request: Any = getattr(messages, "ReadTensorsRequest")()  # noqa: B009 (made at run time)
        request.experiment_id = self.experiment
        request.plugin_filter.plugin_name = PLUGIN_NAME
        request.run_tag_filter.runs.names.append(run)
        request.run_tag_filter.tags.names.extend(tags)
        request.downsample.num_points = _ALL
        return {
            entry.tag_name: _each(entry.data.value)
            for one in stub.ReadTensors(request).runs
            if one.run_name == run
            for entry in one.tags
        }

    def _in_public(self, run: str, tags: list[str]) -> Mapping[str, Answer]:
        found = self._data.read_tensors(
            self._context,
            experiment_id=self.experiment,
            plugin_name=PLUGIN_NAME,
            downsample=_ALL,
            run_tag_filter=provider.RunTagFilter(runs=[run], tags=tags),
        )
        return {
            tag: [_bytes_of(np.asarray(one.numpy)) for one in data]
            for tag, data in found.get(run, {}).items()
        }


_ALL = 1_000_000
"""Data of one tag; ours have eight at most."""
_STRING = 7
"""DT_STRING of TensorFlow's types.proto."""


def _bytes_of(value: npt.NDArray[Any]) -> bytes:
    """As `_each`, of an array."""
    one: object = value.reshape(-1)[0] if value.size == 1 else None
    return one if isinstance(one, bytes) else b""


def _each(tensors: Iterable[Any]) -> Answer:
    """The one string in each of these TensorProtos; nothing (b"") where it holds anything else."""
    found: list[bytes] = []
    for tensor in tensors:
        alone = (
            tensor.dtype == _STRING
            and len(tensor.string_val) == 1
            and all(dimension.size == 1 for dimension in tensor.tensor_shape.dim)
        )
        found.append(tensor.string_val[0] if alone else b"")
    return found
