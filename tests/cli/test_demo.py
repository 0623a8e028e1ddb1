"""`gradaudit demo`: every mistake that it plants is one that the audit names, and no other."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gradaudit.cli.demo import FILES, MISSED, PLANTED, compared
from gradaudit.cli.main import main
from gradaudit.strict_json import finding_from_dict

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "gradaudit" / "demo"
STEPS = "24"
MENDED = {
    "GA101": ("self.position.weight.data[", "self.position.weight["),
    "GA105": ("self.bridges = [nn.Linear(WIDTH, WIDTH) for _ in range(DEPTH)]",
              "self.bridges = nn.ModuleList([nn.Linear(WIDTH, WIDTH) for _ in range(DEPTH)])"),
    "GA406": ("model.letter.requires_grad = False", ""),
    "GA401": ("*model.blocks[:-1]]", "*model.blocks]"),
    "GA301": ("    optimizer.zero_grad()\n",
              "    optimizer.zero_grad()\n    head_optimizer.zero_grad()\n"),
    "GA306": ("    torch.nn.utils.clip_grad_norm_(weights, 1.0)\n", ""),
}  # fmt: skip


def gradaudit(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gradaudit", *words],
        cwd=cwd, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def script(source: str, folder: Path) -> list[str]:
    """Puts the script and its text into the folder, and gives the words that run it."""
    (folder / "train.py").write_text(source)
    (folder / "text.txt").write_bytes((DEMO / "text.txt").read_bytes())
    return ["train.py", "--steps", STEPS]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    home = tmp_path_factory.mktemp("demo")
    return home, gradaudit("demo", "--steps", STEPS, cwd=home)


def test_all_that_was_planted_is_found_and_nothing_else_is_told(
    run: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    """Each row says found; no warning is about anything that was not planted."""
    _, done = run
    assert done.returncode == 0, done.stderr
    rows = re.findall(r"^  found   (GA\d+)  line \d+ ", done.stderr, re.MULTILINE)
    assert sorted(rows) == sorted(planted.code for planted in PLANTED)
    assert "not planted" not in done.stderr
    assert max(map(len, done.stderr.splitlines())) <= 160  # the path of a test's Python is long


def test_the_loss_falls_all_the_same(
    run: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    """By a third within few steps: nothing in the losses gives the mistakes away."""
    _, done = run
    losses = [float(number) for number in re.findall(r"loss ([\d.]+)", done.stdout)]
    assert len(losses) > 5
    assert losses[-1] < losses[0] * 2 / 3


def test_the_lines_that_are_named_are_those_of_the_mistakes(
    run: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    """Every snippet stands in one line of the script, which is the line that is told.

    Where a mistake has a cause, the report gives the line as well, and its text.
    """
    _, done = run
    source = (DEMO / "train.py").read_text().splitlines()
    for planted in PLANTED:
        lines = [n for n, text in enumerate(source, 1) if planted.snippet in text]
        assert len(lines) == 1
        assert re.search(rf"{planted.code}  line {lines[0]} ", done.stderr)
        if planted.cause is not None:
            assert re.search(
                rf"train\.py:{lines[0]} in .*\n +{re.escape(source[lines[0] - 1].strip())}\n",
                done.stderr,
            )
            assert f"cause       {planted.cause}: " in done.stderr


def test_the_report_and_the_log_are_kept(
    run: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    """The report that is saved is the one that was printed, and the log is judged alike."""
    home, done = run
    folder = home / "demo-output"
    names = {path.name for path in folder.iterdir()}
    assert {*FILES, "report.json", "report.html", "gradaudit.rank0.jsonl"} <= names
    printed = set(re.findall(r"^(?:error|warning) +(GA\d+)", done.stderr, re.MULTILINE))
    saved = json.loads((folder / "report.json").read_text())["findings"]
    assert {one["code"] for one in saved if one["severity"] != "info"} == printed
    page = (folder / "report.html").read_text("utf-8")
    assert all(f'"{code}"' in page for code in printed)
    assert f"  {Path('demo-output', 'report.html')}  " in done.stderr
    again = gradaudit("report", "demo-output", cwd=home)
    assert again.returncode == 0
    assert set(re.findall(r"^(?:error|warning) +(GA\d+)", again.stdout, re.MULTILINE)) == printed


def test_a_mistake_that_is_not_found_is_called_missed(
    run: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    """The comparison reads the findings: without one, or with a wrong line, its row says so."""
    home, _ = run
    saved = json.loads((home / "demo-output" / "report.json").read_text())["findings"]
    findings = [finding_from_dict(one) for one in saved if one["code"] != "GA105"]
    lines, complete = compared(DEMO / "train.py", findings)
    assert not complete
    assert [line.split()[:2] for line in lines if "MISSED" in line] == [["MISSED", "GA105"]]
    findings = [
        replace(one, cause=replace(one.cause, line=1)) if one.code == "GA101" else one
        for one in map(finding_from_dict, saved)
    ]
    lines, complete = compared(DEMO / "train.py", findings)
    assert not complete
    assert [line.split()[:2] for line in lines if "MISSED" in line] == [["MISSED", "GA101"]]
    lines, complete = compared(DEMO / "train.py", [])
    assert not complete
    assert sum("MISSED" in line for line in lines) == len(PLANTED)


def test_the_script_knows_nothing_of_us() -> None:
    """It is an ordinary user's script, of ordinary length."""
    source = (DEMO / "train.py").read_text()
    assert "gradaudit" not in source.lower()
    assert len(source.splitlines()) <= 130


def test_mended_it_has_no_findings(tmp_path: Path) -> None:
    """Every mistake is one edit away from right, and then nothing is told."""
    source = (DEMO / "train.py").read_text()
    for wrong, right in MENDED.values():
        assert source.count(wrong) == 1
        source = source.replace(wrong, right)
    # Layers that are registered now are to be trained as well.
    source = source.replace("*model.blocks]", "*model.blocks, *model.bridges]")
    options = ["--fail-on", "warning"]
    done = gradaudit("run", *options, *script(source, tmp_path), cwd=tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("code", MENDED)
def test_what_is_mended_is_told_no_more(code: str, tmp_path: Path) -> None:
    """With one mistake mended, the others are still found."""
    source = (DEMO / "train.py").read_text().replace(*MENDED[code])
    options = ["--json", "report.json"]
    assert gradaudit("run", *options, *script(source, tmp_path), cwd=tmp_path).returncode == 0
    told = {one["code"] for one in json.loads((tmp_path / "report.json").read_text())["findings"]}
    assert told & set(MENDED) == set(MENDED) - {code}


def test_a_script_that_somebody_has_edited_is_not_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says how to run the edited one."""
    (tmp_path / "train.py").write_text("print('mine')\n")
    assert main(["demo", "--out", str(tmp_path)]) == 2
    assert (tmp_path / "train.py").read_text() == "print('mine')\n"
    assert f"run {tmp_path / 'train.py'}" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--steps", "1"], ["--steps", "many"], ["--out", "file/x"]])
def test_wrong_usage_is_refused(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """With exit code 2 and a sentence that says what was expected."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    assert main(["demo", *words]) == 2
    assert "expected" in capsys.readouterr().err


def test_a_training_that_fails_is_no_success(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a report there is nothing to compare with, and the exit code says so."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert main(["demo", "--steps", STEPS, "--out", str(tmp_path / "out")]) == MISSED
    assert "no report" in capsys.readouterr().err
