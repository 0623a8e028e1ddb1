"""`gradaudit explain` as a command: the script is left as it is, and the words at its end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gradaudit.cli.main import main
from tests.support.forked import RunServer

START = "import torch\nx = torch.ones(3, requires_grad=True)\n"


def script(folder: Path, text: str) -> Path:
    file = folder / "script.py"
    file.write_text(START + text)
    return file


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x.sum().backward()\n", "gradaudit: the script read no .grad.\n"),
        (
            "x.sum().backward()\nprint(x.grad)\n",
            "gradaudit: every .grad that the script read was there (1 read).\n",
        ),
    ],
)
def test_nothing_to_explain_is_one_sentence(
    text: str, said: str, tmp_path: Path, server: RunServer
) -> None:
    """And no more than that."""
    outcome = server.run(script(tmp_path, text), verb="explain")
    assert outcome.code == 0
    assert outcome.stderr == said


def test_alike_reads_are_told_once_with_their_number(tmp_path: Path, server: RunServer) -> None:
    """Grouped by line and tensor; the count says how often."""
    text = "y = x * 2\nfor _ in range(3):\n    [t.grad for t in (x, x)]\n"
    outcome = server.run(script(tmp_path, text), verb="explain")
    assert outcome.report is not None
    assert [one["count"] for one in outcome.report["explanations"]] == [6]
    assert "gradaudit: 6 reads of a .grad that was None, on one line\n" in outcome.stderr
    assert outcome.stderr.count("x: no-backward, 6 reads") == 1
    assert "script.py:5   [t.grad for t in (x, x)]" in outcome.stderr


def test_several_tensors_of_one_reason_are_one_answer(tmp_path: Path, server: RunServer) -> None:
    """Their names stand together."""
    text = "y = torch.ones(2, requires_grad=True)\nprint(x.grad, y.grad)\n"
    outcome = server.run(script(tmp_path, text), verb="explain")
    assert "  x, y: no-backward, 2 reads\n" in outcome.stderr


def test_the_exit_code_and_the_output_are_the_scripts(tmp_path: Path, server: RunServer) -> None:
    """Arguments too."""
    text = "import sys\nprint(sys.argv[1:], x.grad)\nsys.exit(7)\n"
    outcome = server.run(script(tmp_path, text), verb="explain", args=("--json", "-m"))
    assert outcome.code == 7
    assert outcome.stdout == "['--json', '-m'] None\n"
    assert outcome.report is not None
    assert outcome.report["exit"] == {"code": 7, "exception": None}


def test_a_dying_script_is_explained_after_its_own_traceback(
    tmp_path: Path, server: RunServer
) -> None:
    """The traceback is the script's, without our frames; the finding has the line to change."""
    file = script(tmp_path, "y = x.data * 2\ny.sum().backward()\n")
    outcome = server.run(file, verb="explain")
    assert outcome.code == 1
    traceback, _, ours = outcome.stderr.partition("gradaudit: ")
    assert traceback.startswith("Traceback (most recent call last):\n")
    assert "gradaudit" not in traceback
    assert "GA104 disconnected-loss" in ours
    assert "script.py:3 in <module>" in ours


def test_other_errors_pass_untouched(tmp_path: Path, server: RunServer) -> None:
    """What is no error of autograd is none of ours."""
    file = script(tmp_path, "torch.mm(x, x)\n")
    bare = subprocess.run(
        [sys.executable, str(file)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    outcome = server.run(file, verb="explain")
    assert outcome.code == bare.returncode == 1
    assert outcome.stderr == bare.stderr + "gradaudit: the script read no .grad.\n"


def test_a_module(tmp_path: Path) -> None:
    """`-m MODULE`, with the JSON beside it."""
    script(tmp_path, "print(x.grad)\n")
    result = subprocess.run(
        [sys.executable, "-m", "gradaudit", "explain", "--json", "out.json", "-m", "script"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert result.stdout == "None\n"
    assert "x: no-backward" in result.stderr
    assert (tmp_path / "out.json").exists()


def test_a_script_without_torch(tmp_path: Path) -> None:
    """Is said in one sentence, and torch is not imported on its behalf."""
    (tmp_path / "plain.py").write_text("import sys\nprint('torch' in sys.modules)\n")
    result = subprocess.run(
        [sys.executable, "-m", "gradaudit", "explain", "plain.py"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.stdout == "False\n"
    assert result.stderr == (
        "gradaudit: nothing was watched, because the script never imported torch.\n"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "expected a script, got none"),
        (["nowhere.py"], "which is not there"),
        (["--json", "-", "x.py"], "standard output is the script's"),
        (["--json", ".", "x.py"], "give another path"),
        (["--trace", "off", "x.py"], "unrecognized arguments"),
    ],
)
def test_bad_input_is_one_sentence(
    words: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit code 2, and the script has not begun."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.py").write_text("raise SystemExit('it ran')\n")
    assert main(["explain", *words]) == 2
    err = capsys.readouterr().err
    assert err.startswith("gradaudit explain: ")
    assert said in err
    assert err.count("\n") == 1
