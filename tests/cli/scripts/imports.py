"""Waits for a torch that stands in a directory of its own, in the way that its argument names."""

import importlib
import importlib.util
import sys
import threading

from gradaudit.torch_import import forget, when_torch_is_imported

sys.path.insert(0, sys.argv[2])
finders = list(sys.meta_path)


def called() -> None:
    module = sys.modules["torch"]
    print("called, torch is whole:", hasattr(module, "__version__"), file=sys.stderr)


def report() -> None:
    module = sys.modules["torch"]
    spec, loader = module.__spec__, module.__loader__
    assert spec is not None
    assert spec.loader is loader is not None
    print(type(loader).__name__, sorted(vars(loader)), spec.origin == module.__file__)
    print("finders as before", sys.meta_path == finders, file=sys.stderr)


def plain() -> None:
    when_torch_is_imported(called)
    importlib.import_module("torch")
    importlib.reload(sys.modules["torch"])


def looked_for_before() -> None:
    when_torch_is_imported(called)
    spec = importlib.util.find_spec("torch")
    assert spec is not None
    assert importlib.util.find_spec("no_such_module") is None
    importlib.import_module("torch")


def second_attempt() -> None:
    when_torch_is_imported(called)
    sys.torch_fails = True  # type: ignore[attr-defined]
    try:
        importlib.import_module("torch")
    except OSError as error:
        print("failed:", error, "torch" in sys.modules)
    del sys.torch_fails  # type: ignore[attr-defined]
    importlib.import_module("torch")


def already() -> None:
    importlib.import_module("torch")
    when_torch_is_imported(called)


def in_a_thread() -> None:
    when_torch_is_imported(called)
    worker = threading.Thread(target=importlib.import_module, args=("torch",))
    worker.start()
    worker.join()


def lazily() -> None:
    when_torch_is_imported(called)
    spec = importlib.util.find_spec("torch")
    assert spec is not None
    assert spec.loader is not None
    loader = importlib.util.LazyLoader(spec.loader)
    spec.loader = loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["torch"] = module
    loader.exec_module(module)
    print("used", module.__version__)


def forgotten() -> None:
    when_torch_is_imported(called)
    importlib.util.find_spec("torch")
    forget()
    importlib.import_module("torch")


def failing() -> None:
    when_torch_is_imported(lambda: 1 // 0)
    when_torch_is_imported(called)
    importlib.import_module("torch")


globals()[sys.argv[1]]()
report()
