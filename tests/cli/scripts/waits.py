"""Says that it is ready and waits for a signal, in the way that its argument names."""

import atexit
import os
import signal
import sys
import threading
import time


def wait() -> None:
    print("ready", flush=True)
    for _ in range(600):
        time.sleep(0.1)


def plain() -> None:
    wait()


def cleaning() -> None:
    # Closed by the interpreter, as it is by nobody else.
    globals()["file"] = open(sys.argv[2], "w")  # noqa: SIM115
    globals()["file"].write("written")
    try:
        wait()
    finally:
        print("cleaned up")


def handling() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(9))
    wait()


def ignoring() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("ready", flush=True)
    time.sleep(1)
    print("survived")


def thread() -> None:
    threading.Thread(target=wait).start()


def busy() -> None:
    print("ready", flush=True)
    sum(range(10**8))
    wait()


def busy_child() -> None:
    child = os.fork()
    if child == 0:
        # Within this one call no handler that is written in Python would be run.
        sum(range(10**13))
    time.sleep(0.3)
    os.kill(child, signal.SIGTERM)
    print("child", os.waitpid(child, 0)[1])


if __name__ == "__main__":
    atexit.register(print, "atexit")
    globals()[sys.argv[1]]()
