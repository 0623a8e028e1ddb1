"""Which part of the package may import what: read from the source, and tried once for real."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import gradaudit

HOME = Path(gradaudit.__file__).parent
SCRIPTS = ("train.py",)  # what `gradaudit demo` runs: a user's script, imported by nobody
FILES = sorted(p for p in HOME.rglob("*.py") if p.name not in SCRIPTS)
TOUCH_TORCH = ("probes", "tracing")
FACADES = (
    "lightning.py", "transformers.py", "tensorboard.py", "html.py",
    "pytest_plugin.py", "testing.py",
)  # fmt: skip
RICH = ("sinks", "cli")
NO_IO_IN_RULES = {
    "asyncio", "builtins.open", "http", "io", "json", "logging", "os", "pathlib", "pickle",
    "shutil", "socket", "sqlite3", "subprocess", "sys", "tempfile", "threading", "urllib",
    "warnings",
}  # fmt: skip


def imports(path: Path, *, at_runtime: bool = True) -> set[str]:
    """Full names of what a file imports anywhere; not what only the type checker reads."""
    tree = ast.parse(path.read_text("utf-8"))
    hidden: set[int] = set()
    for node in ast.walk(tree):
        if at_runtime and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            hidden.update(id(inner) for one in node.body for inner in ast.walk(one))
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in hidden:
            continue
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module or "")
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def room(path: Path) -> str:
    parts = path.relative_to(HOME).parts
    return parts[0] if len(parts) > 1 else parts[-1]


def tops(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path)}


IDS = [str(path.relative_to(HOME)) for path in FILES]


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_only_the_probes_touch_torch(path: Path) -> None:
    """torch is imported in gradaudit/probes (and tracing) and nowhere else, not even late."""
    if room(path) in (*TOUCH_TORCH, *FACADES):
        return
    assert "torch" not in tops(path)


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_the_core_needs_numpy_alone(path: Path) -> None:
    """Third parties: numpy anywhere, rich in sinks and cli, torch where it may be."""
    third = tops(path) - set(sys.stdlib_module_names) - {"gradaudit", "__future__"}
    allowed = {"numpy"}
    allowed |= {"rich"} if room(path) in RICH else set()
    allowed |= {"torch"} if room(path) in TOUCH_TORCH else set()
    if room(path) in FACADES:
        return
    assert third - allowed == set()


@pytest.mark.parametrize("path", [p for p in FILES if room(p) == "rules"],
                         ids=[i for i in IDS if i.startswith("rules")])  # fmt: skip
def test_rules_are_numbers_in_findings_out(path: Path) -> None:
    """A rule imports no torch, no probe, no sink, nothing that reads or writes."""
    names = imports(path)
    ours = {name for name in names if name.startswith("gradaudit.")}
    foreign = {
        n for n in ours if n.split(".")[1] in ("probes", "sinks", "cli", "auditor", "report")
    }
    assert foreign == set()
    assert tops(path) & (NO_IO_IN_RULES | {"torch"}) == set()
    calls = {node.func.id for node in ast.walk(ast.parse(path.read_text("utf-8")))
             if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}  # fmt: skip
    assert calls & {"open", "print", "input", "exec", "eval"} == set()


@pytest.mark.parametrize("name", ["events.py", "history.py", "findings.py", "errors.py"])
def test_the_core_does_not_know_who_feeds_or_hears_it(name: str) -> None:
    """Events, history and findings import no probe, no rule, no sink, no command."""
    ours = {n.split(".")[1] for n in imports(HOME / name) if n.startswith("gradaudit.")}
    assert ours & {"probes", "rules", "sinks", "cli", "auditor", "report"} == set()


def test_the_import_walk_sees_what_it_must() -> None:
    """This very test would not pass over nothing: rules, probes and the core are all there."""
    rooms = {room(path) for path in FILES}
    assert rooms >= {"rules", "probes", "sinks", "cli", "events.py", "history.py", "auditor.py"}
    assert "torch" in tops(HOME / "probes" / "engine.py")


def _loaded_after(code: str) -> set[str]:
    script = f"{code}\nimport sys\nprint(*(m for m in sys.modules if '.' not in m))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd="/"
    )
    return set(done.stdout.split())


def test_importing_the_package_is_light() -> None:
    """`import gradaudit` loads neither torch nor numpy nor rich."""
    loaded = _loaded_after("import gradaudit")
    assert "gradaudit" in loaded
    assert loaded & {"torch", "numpy", "rich"} == set()


def test_names_are_looked_up_late() -> None:
    """`gradaudit.Report` needs no torch; `gradaudit.watch` loads it."""
    assert "torch" not in _loaded_after("import gradaudit; gradaudit.Report, gradaudit.Finding")
    assert "torch" in _loaded_after("import gradaudit; gradaudit.watch")


def test_rules_and_history_run_without_torch() -> None:
    """A saved run can be judged where torch is not installed."""
    code = ("import sys; sys.modules['torch'] = None\n"
            "import gradaudit.auditor\n"
            "a = gradaudit.auditor.Auditor(); a.report(); del sys.modules['torch']")  # fmt: skip
    assert "torch" not in _loaded_after(code)
