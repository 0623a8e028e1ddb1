"""The loop of the Trainer around us: how its end is noticed, and how numbers get into its logs.

[Note: An end that is not told] Where `Trainer.train()` is left by an exception, it calls no
callback. So while a training is audited, what its loop calls by name is called through us: the
methods of `METHODS` on this one Trainer, `call_event` on its list of callbacks, and
`on_train_begin` of the callbacks that come after ours. Each hands on what it is given and raises on
what is raised. When training ends, or is left, all names are given back. An interrupt (Ctrl-C) that
hits in between two of these calls stays unseen until the next training begins or the callback is
gone; then the audit ends without a report.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping
from typing import Any

from transformers import Trainer, TrainerCallback
from transformers.trainer_callback import CallbackHandler, PrinterCallback, ProgressCallback

METHODS = (
    "_run_epoch",
    "_finalize_training",
    "_evaluate",
    "_maybe_log_save_evaluate",
    "get_batch_samples",
    "training_step",
)
"""Of the Trainer, called from its loop; which there are depends on the version."""

_CONSOLE = (PrinterCallback, ProgressCallback)
_FRAMES = 60
_CALLERS = ("call_event", "_inner_training_loop", "train")


class Loop:
    """One call of `train()`: the Trainer (None where it is no Trainer) and its callbacks."""

    def __init__(self, trainer: Trainer | None, handler: CallbackHandler) -> None:
        self.trainer, self.handler = trainer, handler
        self._patched: list[tuple[Any, str, Any]] = []
        self._added: tuple[str, ...] = ()
        self._last: BaseException | None = None

    def open(
        self,
        callback: Any,
        *,
        ending: Callable[[], None],
        ended: Callable[[], None],
        left: Callable[[BaseException], None],
        more_logs: Callable[[], Mapping[str, float]],
    ) -> None:
        """Listen until `close`, on behalf of `callback`, which is hearing that training begins.

        `ending` and `ended` are called before and after the callbacks hear of the end of training,
        `left` where it is left by an exception; `more_logs` is asked what to add to what is logged.
        """
        self._ending, self._ended = ending, ended
        self._left, self._more_logs = left, more_logs
        self._put(self.handler, "call_event", self._telling(self.handler.call_event))
        for name in METHODS:
            original = getattr(self.trainer, name, None)
            if callable(original):
                self._put(self.trainer, name, self._guarded(original))
        if not hasattr(self.trainer, METHODS[0]):  # before 5.0 the loop was one long method
            optimizer = getattr(self.trainer, "optimizer", None)
            if optimizer is not None:
                self._put(optimizer, "step", self._guarded(optimizer.step))
        for one in self._after(callback):
            self._put(one, "on_train_begin", self._guarded(one.on_train_begin))

    def _after(self, callback: Any) -> list[Any]:
        """The callbacks that hear of an event after this one."""
        callbacks = self.handler.callbacks
        return callbacks[callbacks.index(callback) + 1 :] if callback in callbacks else []

    def close(self) -> None:
        """Give every name back. May be called twice."""
        patched, self._patched = self._patched, []
        for holder, name, before in reversed(patched):
            if before is _ABSENT:
                vars(holder).pop(name, None)
            else:
                setattr(holder, name, before)
        self._last = None

    def _put(self, holder: Any, name: str, replacement: Any) -> None:
        # What is looked up on a class stays there: a name of the object's own goes before it.
        self._patched.append((holder, name, vars(holder).get(name, _ABSENT)))
        setattr(holder, name, replacement)

    def _is_left(self, error: BaseException) -> None:
        if error is not self._last and self._patched:
            self._last = error
            self._left(error)

    def _guarded(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            try:
                return original(*args, **kwargs)
            except BaseException as error:
                self._is_left(error)
                raise

        return guarded

    def _telling(self, original: Callable[..., Any]) -> Callable[..., Any]:
        guarded = self._guarded(original)

        @functools.wraps(original)
        def call_event(event: str, *args: Any, **kwargs: Any) -> Any:
            if event == "on_train_end":
                self._ending()
                control = guarded(event, *args, **kwargs)
                self._ended()
                return control
            if event == "on_log" and isinstance(kwargs.get("logs"), dict):
                self._add_to(kwargs["logs"])
            return guarded(event, *args, **kwargs)

        return call_event

    # ------------------------------------------------------------------ logs

    def _add_to(self, logs: dict[str, Any]) -> None:
        """Before the callbacks hear of `logs`: our numbers, where a reporter would write them."""
        self._added = ()
        if "loss" in logs and any(_is_reporter(one) for one in self.handler.callbacks):
            more = {k: v for k, v in self._more_logs().items() if k not in logs}
            logs.update(more)
            self._added = tuple(more)

    def tidy(self, callback: Any, logs: dict[str, Any]) -> None:
        """Take our numbers out again, where only the console is to hear after `callback`."""
        if all(isinstance(one, _CONSOLE) for one in self._after(callback)):
            for name in self._added:
                logs.pop(name, None)


def running_loop() -> Loop | None:
    """The loop that is calling us; None where there is none of Transformers'."""
    handler: CallbackHandler | None = None
    frame = sys._getframe(1)
    for _ in range(_FRAMES):
        if frame is None:
            break
        # Reading the locals of a frame keeps them alive as long as the frame: not those of users.
        known = frame.f_code.co_name in _CALLERS and frame.f_code.co_varnames[:1] == ("self",)
        caller = frame.f_locals.get("self") if known else None
        if handler is None and isinstance(caller, CallbackHandler):
            handler = caller
        elif isinstance(caller, Trainer):
            return Loop(caller, caller.callback_handler)
        frame = frame.f_back
    return None if handler is None else Loop(None, handler)


def _is_reporter(callback: Any) -> bool:
    """Does it write logs elsewhere than to the console and to TensorBoard?

    TensorBoard has more of ours, and by another way.
    """
    kind = type(callback)
    if kind.__name__ == "TensorBoardCallback" or isinstance(callback, _CONSOLE):
        return False
    if kind.__module__.startswith("gradaudit_transformers"):
        return False
    return kind.on_log is not TrainerCallback.on_log


_ABSENT: Any = object()
