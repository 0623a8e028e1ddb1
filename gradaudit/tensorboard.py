"""`from gradaudit.tensorboard import TensorBoardSink`: the TensorBoard log, under our own name."""

from gradaudit_tensorboard import TensorBoardSink

__all__ = ["TensorBoardSink"]
