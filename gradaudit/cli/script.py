"""THE SCRIPT ITSELF: runs a script or a module as `__main__`, and ends as Python would end it.

[Note: The order of an end] Python prints the traceback, waits for the threads, calls the atexit
handlers, tears down. Our conclusion comes after the threads, which may train as well, and before
the atexit handlers. Whoever presses Ctrl-C does not want to wait: there it comes first of all.
"""

from __future__ import annotations

import builtins
import contextlib
import io
import os
import pkgutil
import runpy
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader, SourcelessFileLoader
from types import CodeType, FrameType, ModuleType, TracebackType
from typing import NoReturn, cast

from gradaudit.errors import UsageError

_SIGNALLED = 128
"""A process that dies of signal n has exit code 128 + n in a shell, and in reports."""
_OURS = __name__.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be run: the path or the module as given, and its arguments."""

    name: str
    arguments: tuple[str, ...] = ()
    is_module: bool = False

    @property
    def command(self) -> tuple[str, ...]:
        """What would stand behind `python`."""
        return (*(("-m",) if self.is_module else ()), self.name, *self.arguments)

    @property
    def path(self) -> str:
        """Absolute, and otherwise as given: what Python makes `__file__`."""
        return os.path.join(os.getcwd(), self.name)


@dataclass(frozen=True, slots=True)
class Ending:
    """How it ended: exit code (0 to 255), and the exception or signal that ended it."""

    code: int
    exception: str | None = None


def check(target: Target) -> None:
    """See that there is something to run; a module is looked for only when it is run.

    Raises:
        UsageError: there is no such file, it cannot be read, or it has no `__main__`.

    """
    if target.is_module:
        return
    if not os.path.exists(target.name):
        raise UsageError(
            f"expected the path of a script, got {target.name!r}, which is not there: "
            f"give it as seen from {os.getcwd()}, or -m before the name of a module."
        )
    if not os.access(target.name, os.R_OK):
        raise UsageError(
            f"expected a script that can be read, got {target.name!r} without permission to: "
            "change the permissions of the file (`ls -l` shows them)."
        )
    importer = pkgutil.get_importer(target.path)
    if importer is not None and importer.find_spec("__main__") is None:
        raise UsageError(
            f"expected a script, got {target.name!r}, which holds no __main__.py: "
            "give the path of the script in it, or -m before the name of a package."
        )


def execute(
    target: Target,
    conclude: Callable[[Ending], int],
    raised: Callable[[BaseException], None] | None = None,
) -> int:
    """Run the target in this process as `python` would, and give the exit code to leave with.

    `conclude` is called once, whatever the end (a signal too, just before the process dies of
    it), but never in a forked child; it gives the exit code that is to be used instead.
    `raised` is called before that with the exception that the script died of.

    Raises:
        UsageError: there is no such module or it cannot be run.
        KeyboardInterrupt: the script was interrupted, and that has been reported and printed;
            let it through, so that Python dies of SIGINT as it does without us.

    """
    conclusion = _Conclusion(conclude)
    with _Termination(conclusion):
        error = _run(target)
        if error is None:
            _flush()
            ending = Ending(0)
        elif isinstance(error, SystemExit):
            _refuse_unknown(target, error)
            ending = Ending(_exit_code(error))
            # What hangs on its frames is to go now, as it does when nobody audits.
            del error
        else:
            if raised is not None:
                raised(error)
            _hide_our_frames(error)
            ending = Ending(1, describe(error))
            interrupted = type(error) is KeyboardInterrupt
            if interrupted:
                conclusion(Ending(_SIGNALLED + signal.SIGINT, ending.exception))
            code = _print_uncaught(error)
            if interrupted and code is None:
                sys.excepthook = _say_nothing
                raise error
            ending = Ending(1 if code is None else code, ending.exception)
        _wait_for_threads()
        return conclusion(ending)


def describe(error: BaseException) -> str:
    """The last line of a traceback: type and message, on as many lines as the message has."""
    kind = type(error)
    name = kind.__qualname__
    if kind.__module__ not in ("builtins", "__main__"):
        name = f"{kind.__module__}.{name}"
    try:
        message = str(error)
    except Exception:  # whatever the script's own class does
        message = "<exception str() failed>"
    return f"{name}: {message}" if message else name


class _Conclusion:
    """Calls `conclude` once at most, and only in the process in which the run began."""

    def __init__(self, conclude: Callable[[Ending], int]) -> None:
        self._conclude = conclude
        self._home = os.getpid()
        self._begun = False
        self.running = False

    @property
    def at_home(self) -> bool:
        """Whether this is the process in which the run began, and no forked child of it."""
        return os.getpid() == self._home

    def __call__(self, ending: Ending) -> int:
        if self._begun or not self.at_home:
            return ending.code
        self._begun = self.running = True
        try:
            return self._conclude(ending)
        finally:
            self.running = False


class _Termination(int):
    """Handles SIGTERM while it has its default disposition: concludes, then dies of it.

    [Note: A handler that does not show] Programs ask whether somebody handles SIGTERM already and
    behave otherwise then. This handler is an int equal to SIG_DFL, so that `signal.getsignal` and
    `signal.signal` show SIG_DFL; the C part takes it for a function, as it is not exactly an int.
    A handler that the script sets replaces it, and so does an explicit SIG_DFL.
    """

    _conclusion: _Conclusion
    _pending: bool

    def __new__(cls, conclusion: _Conclusion) -> _Termination:
        self = super().__new__(cls, int(signal.SIG_DFL))
        self._conclusion, self._pending = conclusion, False
        return self

    def __int__(self) -> NoReturn:
        # `signal.signal` makes an int of a handler that lets itself be made one.
        raise TypeError("a handler is no number")

    def __enter__(self) -> None:
        if os.name == "posix" and self._in_charge():
            signal.signal(signal.SIGTERM, self)
            # A child that is blocked in C would not die of SIGTERM with a handler in Python.
            os.register_at_fork(after_in_child=self._withdraw)

    def __exit__(self, *_: object) -> None:
        self._withdraw()
        if self._pending:
            os.kill(os.getpid(), signal.SIGTERM)

    def __call__(self, signum: int, frame: FrameType | None) -> None:
        """Conclude and die; while a conclusion is under way, die when it is done."""
        # A second SIGTERM kills at once, should the conclusion hang.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if self._conclusion.running and self._conclusion.at_home:
            self._pending = True
            return
        self._conclusion(Ending(_SIGNALLED + signum, signal.Signals(signum).name))
        os.kill(os.getpid(), signum)

    def _in_charge(self) -> bool:
        return (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        )

    def _withdraw(self) -> None:
        if self._in_charge():
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _run(target: Target) -> BaseException | None:
    """Execute the target; what it raised, None where it came to its end."""
    source = _Source(target)
    main = _become_main(target, source)
    try:
        if source.is_file:
            exec(source.compiled(), vars(main))  # this is what the verb is for
        else:
            # What `python` itself calls for -m, directories and zip files, by this name.
            run_as_main = cast("Callable[..., object]", getattr(runpy, "_run_module_as_main"))  # noqa: B009
            run_as_main(target.name if target.is_module else "__main__", target.is_module)
    except BaseException as error:  # all of it is the script's
        return error
    return None


class _Source:
    """A target as code: a file of source or byte code, or something that runpy runs."""

    def __init__(self, target: Target) -> None:
        self.path = target.path
        self.is_file = not target.is_module and pkgutil.get_importer(self.path) is None
        kind = SourcelessFileLoader if self.path.endswith(".pyc") else SourceFileLoader
        self.loader = kind("__main__", self.path)

    def compiled(self) -> CodeType:
        """The code of a file. Raises what Python prints: SyntaxError, OSError."""
        if isinstance(self.loader, SourcelessFileLoader):
            return cast("CodeType", self.loader.get_code("__main__"))
        with io.open_code(self.path) as file:
            return compile(file.read(), self.path, "exec", dont_inherit=True)


def _become_main(target: Target, source: _Source) -> ModuleType:
    """A fresh `__main__`, and sys.argv and sys.path as the target expects them."""
    ours = sys.modules["__main__"]
    main = ModuleType("__main__")
    main.__dict__["__builtins__"] = builtins
    # Which of these a `__main__` has depends on the version of Python.
    for name, value in (("__annotations__", cast("dict[str, object]", {})), ("__cached__", None)):
        if name in vars(ours):
            main.__dict__[name] = value
    if source.is_file:
        main.__dict__["__file__"] = source.path
        main.__loader__ = source.loader
    sys.modules["__main__"] = main
    sys.argv = ["-m" if target.is_module else target.name, *target.arguments]
    if target.is_module:
        first = os.getcwd()
    else:
        first = os.path.dirname(os.path.realpath(source.path)) if source.is_file else source.path
    if not sys.flags.safe_path:
        sys.path[:1] = [first]
    elif not source.is_file and not target.is_module:
        # Python puts a directory or a zip file there whatever -P says.
        sys.path.insert(0, first)
    return main


def _refuse_unknown(target: Target, error: SystemExit) -> None:
    """Raises: UsageError: runpy did not find the module, or found that it cannot be run."""
    refusal = getattr(runpy, "_Error", ())
    if isinstance(error.__context__, refusal):
        reason = str(error.__context__).rstrip(".")
        raise UsageError(
            f"expected {'a module' if target.is_module else 'a script'} that Python can run, got "
            f"{target.name!r}: {reason}; the current folder is {os.getcwd()}."
        ) from None


def _exit_code(error: SystemExit) -> int:
    """What Python leaves with; anything but an int or None is printed."""
    _flush()
    code = error.code
    if code is None:
        return 0
    if not isinstance(code, int):
        with contextlib.suppress(Exception):
            _complain(str(code), end="")
        _complain("")
        return 1
    # A C long, of which the system keeps the lowest byte.
    return (code if -(1 << 63) <= code < 1 << 63 else -1) & 0xFF


def _print_uncaught(error: BaseException) -> int | None:
    """Hand the exception to sys.excepthook. An exit code where the hook itself exits."""
    _flush()
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, error.__traceback__
    setattr(sys, "last_exc", error)  # noqa: B010 - since Python 3.12
    hook = getattr(sys, "excepthook", None)
    if hook is None:
        _complain("sys.excepthook is missing")
        hook = sys.__excepthook__
    try:
        hook(type(error), error, error.__traceback__)
    except SystemExit as its_exit:
        return _exit_code(its_exit)
    except BaseException as its_own:  # Python prints both and goes on
        failure = its_own
    else:
        return None
    _hide_our_frames(failure)
    for title, one in (("Error in sys.excepthook:", failure), ("\nOriginal exception was:", error)):
        _complain(title)
        sys.__excepthook__(type(one), one, one.__traceback__)
    return None


def _say_nothing(*_: object) -> None:
    """Prints nothing: it has been printed."""


def _hide_our_frames(error: BaseException) -> None:
    """Take our frames out of the traceback of this exception and of all that hang on it."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        one.__traceback__ = _without_our_frames(one.__traceback__)
        waiting += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            waiting += cast("BaseExceptionGroup[BaseException]", one).exceptions


def _without_our_frames(traceback: TracebackType | None) -> TracebackType | None:
    kept: list[TracebackType] = []
    for one in _entries(traceback):
        if one.tb_frame.f_code is _run.__code__:
            kept.clear()
        elif str(one.tb_frame.f_globals.get("__name__")).partition(".")[0] != _OURS:
            if len(kept) > 1 and _goes_round(kept[-1], kept[-2], one):
                del kept[-2:]
            kept.append(one)
        else:
            # Python hides the import system's frames, except where ours are between them.
            while kept and kept[-1].tb_frame.f_code.co_filename.startswith("<frozen importlib"):
                kept.pop()
            if kept and kept[-1].tb_frame.f_code.co_name == "handle_torch_function":
                # A function of torch that asked a mode of ours first comes again further in.
                del kept[-2:]
    following = None
    for one in reversed(kept):
        one.tb_next = following
        following = one
    return following


def _goes_round(handler: TracebackType, before: TracebackType, after: TracebackType) -> bool:
    """A torch function that was called twice, the second time from within a function mode."""
    return (
        handler.tb_frame.f_code.co_name == "handle_torch_function"
        and before.tb_frame.f_code is after.tb_frame.f_code
    )


def _entries(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        following = traceback.tb_next
        yield traceback
        traceback = following


def _wait_for_threads() -> None:
    """What the interpreter does next anyway: its second call finds nothing left to do."""
    shutdown = getattr(threading, "_shutdown", None)
    if shutdown is None or threading.current_thread() is not threading.main_thread():
        return
    try:
        shutdown()
    except BaseException as error:  # Python prints it and goes on
        _hide_our_frames(error)
        _complain(f"Exception ignored in: {threading!r}")
        sys.__excepthook__(type(error), error, error.__traceback__)


def _complain(text: str, end: str = "\n") -> None:
    # A process may have no stderr; `print` would take stdout then.
    if cast("object", sys.stderr) is not None:
        print(text, end=end, file=sys.stderr)


def _flush() -> None:
    for stream in (sys.stderr, sys.stdout):
        # Python tries again at its very end, and complains there.
        with contextlib.suppress(Exception):
            stream.flush()
