"""What `log_dir` asks for: the events as lines of JSON, and a TensorBoard log beside them."""

from __future__ import annotations

import logging
from importlib.util import find_spec

from gradaudit.sinks.base import Sink
from gradaudit.sinks.jsonl import SUFFIX, JsonlSink

MISSING = (
    "no TensorBoard log is written into log_dir, since neither tensorboard nor tensorboardX is "
    "installed; the events are saved all the same, for `gradaudit report`"
)
"""Said once, where somebody might wait for one."""
_told: list[str] = []


def log_dir_sinks(directory: str, rank: int) -> list[Sink]:
    """The sinks for a directory; for a file whose name ends in ".jsonl", that of the events alone.

    Nothing of TensorBoard is imported: that it is there says that somebody may look.

    Raises:
        UsageError: the directory cannot be made or written to.

    """
    sinks: list[Sink] = [JsonlSink(directory, rank)]
    if directory.endswith(SUFFIX):
        return sinks
    if not has_tensorboard():
        return sinks
    from gradaudit.tensorboard import TensorBoardSink

    return [*sinks, TensorBoardSink(directory, rank=rank)]


def has_tensorboard() -> bool:
    """Whether TensorBoard, or a writer for it, is installed."""
    return any(map(_is_installed, ("tensorboard", "tensorboardX")))


def _is_installed(package: str) -> bool:
    try:
        spec = find_spec(package)
    except ValueError:  # it was imported in an odd way, but it is there
        return True
    # A folder of logs that is called like it counts as a package without an origin.
    return spec is not None and spec.origin is not None


def missing_here(directory: str) -> str | None:
    """The sentence that no TensorBoard log is written, the first time that this is so."""
    if directory.endswith(SUFFIX) or has_tensorboard() or _told:
        return None
    _told.append(MISSING)
    return MISSING


def tell_if_missing(directory: str) -> None:
    """Say it to the logger "gradaudit", whose warnings reach stderr where nobody has set it up."""
    sentence = missing_here(directory)
    if sentence is not None:
        logging.getLogger("gradaudit").warning("%s", sentence)
