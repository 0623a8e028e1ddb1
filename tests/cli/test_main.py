"""The command line as a whole: verbs, wrong usage, exit codes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gradaudit.cli.main import VERBS, main


def refusal(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err


def test_no_verb_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a verb one sentence says how to audit a script."""
    assert "gradaudit run train.py" in refusal(capsys)


def test_an_unknown_verb_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt verb is refused with the right one."""
    assert "'report'" in refusal(capsys, "reprot")
    assert "--help" in refusal(capsys, "xyzzy")


def test_a_script_without_run_is_told_how(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A file in the verb's place is refused with the command that was meant."""
    assert "gradaudit run train.py" in refusal(capsys, "train.py")
    (tmp_path / "train").touch()
    assert f"gradaudit run {tmp_path / 'train'}" in refusal(capsys, str(tmp_path / "train"))


def test_unknown_options_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Unknown options and missing arguments are one sentence, too."""
    assert "--nonsense" in refusal(capsys, "--nonsense")
    assert "gradaudit doctor --help" in refusal(capsys, "doctor", "--nonsense")
    assert "DIR|FILE" in refusal(capsys, "report")


def test_help_lists_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    """--help says what each verb does."""
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    said = capsys.readouterr().out
    assert all(verb in said and what in said for verb, what in VERBS.items())


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """--version prints one line."""
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out.startswith("gradaudit ")


def test_wrong_usage_has_no_traceback_and_imports_no_torch() -> None:
    """As a program: exit code 2, one line on stderr, and PyTorch stays out of it."""
    program = (
        "import sys; from gradaudit.cli.main import main; code = main(['reprot']);"
        "sys.exit(code if 'torch' not in sys.modules else 99)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="no such pipes on this system")
@pytest.mark.parametrize("words", [["rules"], ["rules", "GA101"], ["doctor"]])
def test_a_reader_that_goes_away_is_no_error(words: list[str]) -> None:
    """`gradaudit rules | head -1` ends without a traceback."""
    with subprocess.Popen(
        [sys.executable, "-m", "gradaudit", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
