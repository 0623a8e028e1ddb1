"""Leaves in the way that its argument names."""

import atexit
import sys
import threading
import time


def late() -> None:
    time.sleep(0.2)
    print("the thread ends")


class Unprintable:
    def __str__(self) -> str:
        raise ValueError("no words for it")


WAYS: dict[str, object] = {
    "none": None,
    "zero": 0,
    "three": 3,
    "negative": -1,
    "large": 256 + 7,
    "huge": 1 << 80,
    "true": True,
    "text": "a text for stderr",
    "unprintable": Unprintable(),
    "float": 2.5,
}
atexit.register(print, "atexit")
if sys.argv[1:] == ["thread"]:
    threading.Thread(target=late).start()
elif sys.argv[1:] == ["raise"]:
    raise SystemExit
elif sys.argv[1:]:
    sys.exit(WAYS[sys.argv[1]])  # type: ignore[arg-type]
