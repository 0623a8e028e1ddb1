"""The TensorBoard log of gradaudit, its plugin, and the page that stands alone.

Importing this package imports nothing else: TensorBoard imports it to find the plugin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradaudit_tensorboard.sink import TensorBoardSink as TensorBoardSink

__all__ = ["TensorBoardSink"]


def __getattr__(name: str) -> Any:
    if name == "TensorBoardSink":
        from gradaudit_tensorboard.sink import TensorBoardSink

        return TensorBoardSink
    raise AttributeError(f"module 'gradaudit_tensorboard' has no attribute {name!r}")
