"""What a program can see of how it was started."""

import inspect
import io
import pickle
import signal
import sys
import warnings

unexpected = sorted({"torch", "numpy", "rich"} & set(sys.modules))


class Thing:
    pass


def own_source() -> str:
    return "this text is in the source"


print("names", sorted(globals()))
print("argv", sys.argv)
print("file", __file__, "name", __name__, "package", __package__, "spec", __spec__)
print("loader", type(__loader__).__name__, "builtins", type(__builtins__).__name__)
print("path", sys.path)
print("main", sys.modules["__main__"].__dict__ is globals())
print("source", inspect.getsource(own_source).splitlines()[-1].strip())
print("pickled", type(pickle.loads(pickle.dumps(Thing()))) is Thing)
print("imported for us", unexpected)
print("SIGTERM", signal.getsignal(signal.SIGTERM), repr(signal.signal(signal.SIGTERM, print)))
print("streams", type(sys.stdout) is io.TextIOWrapper, vars(sys.stdout), vars(sys.stderr))
print("limit", sys.getrecursionlimit(), sys.excepthook is sys.__excepthook__, sys.exc_info())
print(__doc__, __debug__)
warnings.warn("with its line", stacklevel=1)
if __name__ == "__main__":
    print("as main")
