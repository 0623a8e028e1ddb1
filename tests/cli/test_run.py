"""`gradaudit run X` is `python X` with a report: the same output, exit code and signal."""

import json
import os
import pty
import py_compile
import re
import select
import signal
import subprocess
import sys
import time
import zipapp
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parent / "scripts"
ROOT = Path(__file__).parents[2]
OURS = "gradaudit: "


@dataclass(frozen=True)
class Outcome:
    """What a process printed, and how it ended."""

    stdout: str
    stderr: str
    code: int


def command(*words: str, audited: bool, options: tuple[str, ...] = ()) -> list[str]:
    run = ("-m", "gradaudit", "run", *options) if audited else ()
    return [sys.executable, *run, *words]


def environment(**more: str) -> dict[str, str]:
    path = os.pathsep.join((str(ROOT), os.environ.get("PYTHONPATH", ""))).rstrip(os.pathsep)
    return {**os.environ, "PYTHONPATH": path, **more}


def stable(text: str) -> str:
    """Without what differs between two runs of one program."""
    text = re.sub(r"0x[0-9a-f]+|pid=\d+", "0x", text)
    text = re.sub(r"ignored (in:|on threading shutdown) (<.*>):?", r"ignored in \2", text)
    text = text.replace("KeyboardInterrupt: \n", "KeyboardInterrupt\n")
    return re.sub(r"repeated \d+ more", "repeated many more", text)


def run(
    words: list[str], *, cwd: Path = SCRIPTS, stdin: str = "", env: dict[str, str] | None = None
) -> Outcome:
    env = env or environment()
    done = subprocess.run(
        words, cwd=cwd, env=env, input=stdin, capture_output=True, text=True, timeout=120
    )
    return Outcome(stable(done.stdout), stable(done.stderr), done.returncode)


def alike(
    *words: str, cwd: Path = SCRIPTS, stdin: str = "", flags: tuple[str, ...] = ()
) -> Outcome:
    """Runs with and without us, sees that nothing differs, and gives what there was."""
    plain = run([sys.executable, *flags, *words], cwd=cwd, stdin=stdin)
    ours = [sys.executable, *flags, "-m", "gradaudit", "run", "--quiet", *words]
    assert run(ours, cwd=cwd, stdin=stdin) == plain
    return plain


def interrupted(
    number: signal.Signals, *words: str, audited: bool, options: tuple[str, ...] = ("--quiet",)
) -> Outcome:
    """Sends a signal as soon as the script says that it is ready."""
    process = subprocess.Popen(
        command(*words, audited=audited, options=options),
        cwd=SCRIPTS,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Whoever runs the tests in the background has SIGINT ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler) and None,
    )
    ready = process.stdout.readline()  # type: ignore[union-attr]
    time.sleep(0.3)  # into the wait that follows
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=60)
    return Outcome(ready + stdout, stable(stderr), process.returncode)


def alike_interrupted(number: signal.Signals, *words: str) -> Outcome:
    plain = interrupted(number, *words, audited=False)
    assert interrupted(number, *words, audited=True) == plain
    return plain


# What the script sees


@pytest.mark.parametrize("flags", [(), ("-P",), ("-O",), ("-W", "error")])
@pytest.mark.parametrize("path", ["facts.py", "./parcel/../facts.py", "link.py"])
def test_a_script_finds_the_same_main_module(
    path: str, flags: tuple[str, ...], tmp_path: Path
) -> None:
    if path == "link.py":
        (tmp_path / path).symlink_to(SCRIPTS / "facts.py")
        path = str(tmp_path / path)
    seen = alike(path, "--json", "a b", flags=flags)
    assert "with its line" in seen.stderr
    assert ("as main" in seen.stdout) is ("error" not in flags)
    assert "imported for us []" in seen.stdout


@pytest.mark.parametrize("flags", [(), ("-P",)])
@pytest.mark.parametrize("words", [("parcel",), ("./parcel/", "x"), ("-m", "parcel", "-m")])
def test_directories_and_packages_run_their_main(
    words: tuple[str, ...], flags: tuple[str, ...]
) -> None:
    if words[0] == "-m" and flags:
        pytest.skip("-P hides the package from python itself")
    assert "__main__" in alike(*words, flags=flags).stdout


def test_modules_import_their_neighbours_and_keep_their_traceback() -> None:
    seen = alike("-m", "parcel.part", "--json", "x")
    assert seen.stdout.startswith("parcel __main__ parcel.part parcel ")
    assert "<frozen runpy>" in seen.stderr


def test_a_zip_file_runs_its_main(tmp_path: Path) -> None:
    zipapp.create_archive(SCRIPTS / "parcel", tmp_path / "parcel.pyz")
    assert "parcel.pyz/__main__.py" in alike(str(tmp_path / "parcel.pyz")).stdout


def test_options_behind_the_script_are_the_scripts_and_so_is_stdin() -> None:
    words = ("--json", "a", "--i", "b", "--quiet", "-m", "c", "--ignore-p=d", "x", "--", "--json")
    seen = alike("options.py", *words, stdin="asked\nfor")
    assert "json='a'" in seen.stdout
    assert "asked\nfor" in seen.stdout
    ours = command("--", "options.py", *words, audited=True, options=("--quiet",))
    assert run(ours, stdin="asked\nfor") == seen


def test_the_encoding_cookie_is_honoured(tmp_path: Path) -> None:
    script = tmp_path / "schön.py"
    script.write_bytes("# coding: latin-1\nprint(ascii('ü€'[:1]))\n1 / 0  # ü\n".encode("cp1252"))
    assert alike(script.name, cwd=tmp_path).stdout == "'\\xfc'\n"


def test_compiled_files_run(tmp_path: Path) -> None:
    py_compile.compile(str(SCRIPTS / "exits.py"), str(tmp_path / "exits.pyc"), dfile="exits.py")
    assert alike("exits.pyc", "three", cwd=tmp_path).code == 3


# How it ends


@pytest.mark.parametrize(
    ("code", "ways"),
    [(0, "none zero thread raise"), (1, "true text float"), (3, "three"), (7, "large")],
)
def test_exit_codes_are_the_scripts(code: int, ways: str) -> None:
    for way in ways.split():
        seen = alike("exits.py", way)
        assert (seen.code, "atexit" in seen.stdout) == (code, True)


@pytest.mark.parametrize(("way", "code"), [("huge", 255), ("negative", 255), ("unprintable", 1)])
def test_odd_exit_codes_become_what_python_makes_of_them(way: str, code: int) -> None:
    # Not compared: Python 3.13 itself prints a slip of its own here.
    assert run(command("exits.py", way, audited=True, options=("--quiet",))).code == code


@pytest.mark.parametrize(
    "ways",
    [
        "plain cause context group recursion note",
        "compiled generator_exit assertion interrupt",
        "hook failing_hook exiting_hook exiting_hook_interrupted missing_hook",
    ],
)
def test_uncaught_exceptions_are_printed_as_python_prints_them(ways: str) -> None:
    for way in ways.split():
        seen = alike("errors.py", way)
        assert seen.code != 0
        assert seen.stderr or way.startswith("exiting_hook")


@pytest.mark.parametrize("text", ["def f(:\n    pass\n", "if True:\nx = 1\n", "print('x'\n"])
def test_syntax_errors_are_printed_as_python_prints_them(text: str, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(text)
    assert "SyntaxError" in alike("broken.py", cwd=tmp_path).stderr.replace("Indentation", "Syntax")


def test_an_import_of_torch_that_fails_is_printed_without_the_import_system(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("raise OSError('a library is missing')\n")
    seen = alike("errors.py", "broken_import", str(tmp_path))
    assert "importlib" not in seen.stderr
    assert "a library is missing" in seen.stderr


@pytest.mark.parametrize("way", ["plain", "cleaning", "thread"])
def test_ctrl_c_interrupts_and_python_dies_of_sigint(way: str, tmp_path: Path) -> None:
    seen = alike_interrupted(signal.SIGINT, "waits.py", way, str(tmp_path / "file"))
    assert "KeyboardInterrupt" in seen.stderr
    assert "atexit" in seen.stdout
    assert seen.code == (0 if way == "thread" else -signal.SIGINT)
    if way == "cleaning":
        assert (tmp_path / "file").read_text() == "written"
        assert "cleaned up" in seen.stdout


@pytest.mark.parametrize(
    ("way", "code"),
    [("plain", -15), ("cleaning", -15), ("thread", -15), ("handling", 9), ("ignoring", 0)],
)
def test_sigterm_kills_unless_the_script_handles_it(way: str, code: int, tmp_path: Path) -> None:
    seen = alike_interrupted(signal.SIGTERM, "waits.py", way, str(tmp_path / "file"))
    assert (seen.code, "atexit" in seen.stdout) == (code, code >= 0)


@pytest.mark.parametrize(
    ("number", "way"),
    [(signal.SIGTERM, "plain"), (signal.SIGTERM, "busy"), (signal.SIGINT, "plain")],
)
def test_signals_are_reported_before_the_process_dies(
    number: signal.Signals, way: str, tmp_path: Path
) -> None:
    options = ("--json", str(tmp_path / "report.json"))
    seen = interrupted(number, "waits.py", way, audited=True, options=options)
    assert seen.code == -number
    assert seen.stderr.startswith(OURS)
    ended = json.loads((tmp_path / "report.json").read_text())["exit"]
    name = "SIGTERM" if number is signal.SIGTERM else "KeyboardInterrupt"
    assert ended == {"code": 128 + number, "exception": name}


# Other processes


@pytest.mark.parametrize("way", ["fork", "spawn", "forkserver", "raise", "exit", "end", "thread"])
def test_other_processes_work_and_report_nothing(way: str, tmp_path: Path) -> None:
    seen = alike("workers.py", way)
    assert "Task(number=6)" in seen.stdout or "child left with" in seen.stdout
    loud = run(command("workers.py", way, audited=True))
    assert loud.stderr.count(OURS) == 1
    assert loud.stdout == seen.stdout


def test_data_loader_workers_work() -> None:
    assert alike("workers.py", "loader").stdout.splitlines()[0] == "[0, 1]"


def test_a_busy_child_dies_of_sigterm_at_once() -> None:
    assert alike("waits.py", "busy_child").stdout == "child 15\natexit\n"


# Torch


@pytest.mark.parametrize(
    ("calls", "ways"),
    [
        (1, "plain looked_for_before second_attempt already in_a_thread lazily failing"),
        (0, "forgotten"),
    ],
)
def test_an_import_of_torch_calls_back_once_and_leaves_no_trace(
    calls: int, ways: str, tmp_path: Path
) -> None:
    torch = "import sys\nif hasattr(sys, 'torch_fails'):\n    raise OSError('broken')\n"
    (tmp_path / "torch.py").write_text(torch + "__version__ = '0'\n")
    for way in ways.split():
        seen = run(command("imports.py", way, str(tmp_path), audited=False))
        assert seen.stderr.count("called, torch is whole: True") == calls, way
        assert seen.stderr.endswith("finders as before True\n"), way
        assert seen.stdout.endswith("SourceFileLoader ['name', 'path'] True\n"), way
        assert ("ZeroDivisionError" in seen.stderr) is (way == "failing")


def test_training_computes_the_same_and_finds_its_environment() -> None:
    assert alike("training.py").stdout.startswith("threads 1 ")


def test_an_error_in_a_backward_is_printed_without_our_frames() -> None:
    plain, ours = (run(command("training.py", "twice", audited=one)) for one in (False, True))
    assert "graph a second time" in plain.stderr
    assert ours.stderr.partition(OURS)[0] == plain.stderr


def test_a_crash_after_training_is_reported_below_its_traceback(tmp_path: Path) -> None:
    plain = run(command("training.py", "crash", audited=False))
    options = ("--json", "report.json", "--log-dir", "log")
    script = str(SCRIPTS / "training.py")
    ours = run(command(script, "crash", audited=True, options=options), cwd=tmp_path)
    before, _, report = ours.stderr.partition(OURS)
    assert (ours.stdout, before, ours.code) == (plain.stdout, plain.stderr, 1)
    assert "12 steps" in report.splitlines()[0]
    document = json.loads((tmp_path / "report.json").read_text())
    assert document["exit"] == {"code": 1, "exception": "RuntimeError: after the training"}
    assert (document["command"], document["counts"]["backwards"]) == ([script, "crash"], 12)
    (log,) = (tmp_path / "log").glob("*.jsonl")
    assert log.name == "gradaudit.rank0.jsonl"


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        ((), 0, True),
        (("--fail-on", "warning"), 1, True),
        (("--fail-on", "error"), 0, True),
        (("--fail-on=warning", "--ignore", "GA4,GA1"), 0, False),
        (("--fail-on=warning", "--ignore", "GA1", "--ignore=GA401"), 0, False),
        (("--fail-on=warning", "--select=GA2"), 0, False),
        (("--fail-on=warning", "--ignore-parameters", "0.*"), 0, False),
    ],
)
def test_fail_on_makes_findings_an_exit_code(
    options: tuple[str, ...], code: int, told: bool
) -> None:
    seen = run(command("forgetful.py", audited=True, options=options))
    assert (seen.stdout, seen.code, "GA401" in seen.stderr) == ("done\n", code, told)


def test_pyproject_is_read_and_the_command_line_wins(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.gradaudit]\nfail-on = "warning"\n')
    script = str(SCRIPTS / "forgetful.py")
    assert run(command(script, audited=True), cwd=tmp_path).code == 1
    options = ("--fail-on", "error")
    assert run(command(script, audited=True, options=options), cwd=tmp_path).code == 0


def test_ranks_write_files_of_their_own_and_only_the_first_reports_health(tmp_path: Path) -> None:
    script = str(SCRIPTS / "exits.py")
    words = command(script, audited=True, options=("--json", "report.json"))
    assert run(words, cwd=tmp_path, env=environment(RANK="3")).stderr == ""
    assert [path.name for path in tmp_path.iterdir()] == ["report.json.rank3"]


def test_the_page_is_written_however_the_script_ends(tmp_path: Path) -> None:
    """It names the exit and the findings; another rank's has its own name, still a page's."""
    page = tmp_path / "deep" / "report.html"
    options = ("--html", str(page), "--json", str(tmp_path / "report.json"))
    for rank, path in ((0, page), (2, page.with_name("report.rank2.html"))):
        words = command("exits.py", "three", audited=True, options=options)
        seen = run(words, env=environment(RANK=str(rank)))
        assert seen.code == 3
        text = path.read_text("utf-8")
        assert '"exit":{"code":3,' in text
        assert text.startswith("<!doctype html>")
    assert sorted(one.name for one in page.parent.iterdir()) == ["report.html", "report.rank2.html"]


def test_a_script_without_torch_is_told_of(tmp_path: Path) -> None:
    words = command("exits.py", "three", audited=True, options=("--json", str(tmp_path / "r.json")))
    seen = run(words)
    assert re.match(OURS + ".*never imported torch", seen.stderr)
    document = json.loads((tmp_path / "r.json").read_text())
    assert (document["exit"]["code"], document["torch"], seen.code) == (3, "", 3)


# Wrong usage


@pytest.mark.parametrize(
    "line",
    [
        "|-m|nowhere.py|-m nowhere|-m parcel.nowhere|..",
        "--json parcel exits.py|--json exits.py/report.json exits.py|--json - exits.py",
        "--html - exits.py|--html parcel exits.py|--html exits.py/report.html exits.py",
        "--log-dir facts.py exits.py|--trace never exits.py",
        "--select GA999 exits.py|--unknown exits.py",
    ],
)
def test_wrong_usage_is_one_sentence_and_exit_code_2(line: str) -> None:
    for words in line.split("|"):
        seen = run(command(*words.split(), audited=True))
        assert (seen.stdout, seen.code) == ("", 2), words
        assert re.fullmatch(r"gradaudit run: [^\n]+\n", seen.stderr), words


# A terminal


def on_terminal(script: str) -> tuple[str, str]:
    """stdout, which is no terminal, and what appeared on the terminal that is stderr."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        command(script, audited=True),
        cwd=SCRIPTS,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=follower,
    )
    os.close(follower)
    shown = b""
    while select.select([leader], [], [], 60)[0]:
        try:
            shown += os.read(leader, 1 << 16)
        except OSError:
            break
    os.close(leader)
    return process.communicate(timeout=60)[0].decode(), shown.decode()


def test_a_terminal_gets_a_line_of_progress_that_is_wiped() -> None:
    stdout, shown = on_terminal("slow.py")
    before, _, after = shown.replace("\r\n", "\n").partition("from the script\n")
    drawn = re.findall(r"\rgradaudit: \d+ steps, \d+ backwards *\r", before)
    assert 2 <= len(drawn) <= 7
    assert stdout == "done\n"
    # Whatever stood on the line is blank when the script, or the report, writes.
    assert re.search(r"\r +\r$", before)
    assert re.search(r"\r +\r[^\r]*gradaudit: ", after)
