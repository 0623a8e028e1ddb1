"""Raises in the way that its argument names."""

import sys


def plain() -> None:
    print("before the error")
    raise ValueError("two\nlines")


def cause() -> None:
    try:
        plain()
    except ValueError as error:
        raise KeyError("the one seen last") from error


def context() -> None:
    try:
        plain()
    finally:
        {}["missing"]


def group() -> None:
    errors: list[Exception] = []
    for raising in (plain, cause, context):
        try:
            raising()
        except Exception as error:
            errors.append(error)
    inner = ExceptionGroup("inner", errors[:1])
    raise ExceptionGroup("outer", [*errors[1:], inner])


def recursion() -> None:
    recursion()


def note() -> None:
    error = RuntimeError("with a note")
    error.add_note("the note")
    raise error


def compiled() -> None:
    compile("a = = 1", "generated.py", "exec")


def interrupt() -> None:
    raise KeyboardInterrupt


def generator_exit() -> None:
    raise GeneratorExit("not an Exception")


def assertion() -> None:
    assert sys.argv == [], "not empty"


def hook() -> None:
    sys.excepthook = lambda kind, error, traceback: print(
        "hook", kind, error, traceback.tb_frame.f_code.co_name, traceback.tb_lineno, file=sys.stderr
    )
    plain()


def failing_hook() -> None:
    def fail(*_: object) -> None:
        raise TypeError("the hook is broken")

    sys.excepthook = fail
    plain()


def exiting_hook() -> None:
    sys.excepthook = lambda *_: sys.exit(5)
    plain()


def exiting_hook_interrupted() -> None:
    sys.excepthook = lambda *_: sys.exit(6)
    raise KeyboardInterrupt


def missing_hook() -> None:
    del sys.excepthook
    plain()


def broken_import() -> None:
    sys.path.insert(0, sys.argv[2])
    import torch  # noqa: F401


if __name__ == "__main__":
    globals()[sys.argv[1]]()
