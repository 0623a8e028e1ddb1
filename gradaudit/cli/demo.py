"""`gradaudit demo`: a small transformer with planted mistakes, audited as `gradaudit run` does it.

The script and its text are copied to the output directory and run there in a process of their own,
so that what the report says of files and lines can be looked up, mended and run again.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

from gradaudit.errors import UsageError
from gradaudit.findings import Finding, Severity
from gradaudit.strict_json import finding_from_dict, items, table

MISSED = 1
"""Exit code where a planted mistake was not found, or the training itself failed."""
FILES = ("train.py", "text.txt")
REPORT, PAGE = "report.json", "report.html"
SHORTEST = 5
"""Steps: less training than this shows too little to judge by."""


@dataclass(frozen=True, slots=True)
class Planted:
    """A mistake in train.py: the code and some parameters of the finding that it must lead to.

    `snippet`: text that stands in one line of train.py only; `what`: the mistake in a few words;
    `cause`: the kind of cause that must be named together with that line, None for no such cause.
    """

    code: str
    parameters: tuple[str, ...]
    snippet: str
    what: str
    cause: str | None = None

    def line(self, source: Sequence[str]) -> int:
        """Where it stands in the script, whose lines these are."""
        return next(n for n, text in enumerate(source, 1) if self.snippet in text)

    def is_named_by(self, finding: Finding, line: int) -> bool:
        """Whether this finding is loud, has code and parameters, and the cause at that line."""
        cause = finding.cause
        placed = cause is not None and (cause.kind, cause.line) == (self.cause, line)
        return (
            finding.severity is not Severity.INFO
            and finding.code == self.code
            and all(_is_in(name, finding.parameters) for name in self.parameters)
            and (placed or self.cause is None)
        )


PLANTED = (
    Planted(
        "GA105",
        ("bridges.0.weight", "bridges.2.bias"),
        "self.bridges = ",
        "layers stand in a plain list, not in an nn.ModuleList",
        cause="unregistered-leaf",
    ),
    Planted(
        "GA101",
        ("position.weight",),
        "self.position.weight.data",
        "position embeddings are read through .data, which cuts their gradient",
        cause="data-attribute",
    ),
    Planted(
        "GA406",
        ("letter.weight",),
        "model.letter.requires_grad",
        "a module's requires_grad is set, which freezes nothing",
    ),
    Planted(
        "GA401",
        ("blocks.2.qkv.weight", "blocks.2.down.bias"),
        "model.blocks[:-1]",
        "the last block is handed to no optimizer",
    ),
    Planted(
        "GA301",
        ("head.weight", "head.bias"),
        "head_optimizer = ",
        "nobody calls zero_grad() of this second optimizer",
    ),
    Planted(
        "GA306",
        ("blocks.0.qkv.weight",),
        "clip_grad_norm_(",
        "gradients are clipped before the backward makes them",
    ),
)
"""In the order of the script."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this verb."""
    parser.add_argument(
        "--steps", type=_steps, default=240, metavar="N", help="training steps (default: 240)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="default: 0")
    parser.add_argument(
        "--out",
        default="demo-output",
        metavar="DIR",
        help="where the script, the report and the log are put (default: demo-output)",
    )


def main(args: argparse.Namespace) -> int:
    """Train, report, and compare with what was planted; 0 where all of it was found.

    Raises:
        UsageError: the files cannot be put where `--out` says.

    """
    out = Path(args.out)
    _copy(out)
    script, report = out / FILES[0], out / REPORT
    print(
        f"gradaudit demo: `gradaudit run {script}` for {args.steps} steps",
        file=sys.stderr,
        flush=True,
    )
    # A pyproject.toml above us may leave rules out: the demo wants them all.
    options = ["--select=", "--ignore=", "--ignore-parameters=", f"--json={report}",
               f"--html={out / PAGE}"]  # fmt: skip
    subprocess.run(
        [sys.executable, "-m", "gradaudit", "run", *options, f"--log-dir={out}", str(script),
         f"--steps={args.steps}", f"--seed={args.seed}"],
        check=False,
    )  # fmt: skip
    try:
        code, findings = _read(report)
    except (OSError, KeyError, TypeError, ValueError) as error:
        print(f"\ngradaudit demo: there is no report to compare with: {error}.", file=sys.stderr)
        return MISSED
    if code != 0:
        print(f"\ngradaudit demo: the training itself failed, exit code {code}.", file=sys.stderr)
    lines, complete = compared(script, findings)
    print("\n" + "\n".join([*lines, "", *_next(out)]), file=sys.stderr)
    return 0 if complete and code == 0 else MISSED


def compared(script: Path, findings: Sequence[Finding]) -> tuple[list[str], bool]:
    """What was planted beside what was found, as lines; and whether all that was planted was."""
    source = script.read_text(encoding="utf-8").splitlines()
    rows: list[str] = []
    missed = 0
    lines = {planted: planted.line(source) for planted in PLANTED}
    for planted, line in lines.items():
        found = any(planted.is_named_by(one, line) for one in findings)
        missed += not found
        word = "found " if found else "MISSED"
        rows.append(f"  {word}  {planted.code}  line {line:<3}  {planted.what}")
    head = f"{len(PLANTED)} mistakes were planted in {script}"
    tail = "all of them were found" if not missed else f"{missed} of them were not found"
    for one in findings:
        if one.severity is not Severity.INFO and not any(
            planted.is_named_by(one, line) for planted, line in lines.items()
        ):
            rows.append(f"  not planted, yet told: {one.code} {one.name}")
    return [f"{head}; {tail}:", *rows], not missed


def _is_in(name: str, names: Sequence[str]) -> bool:
    """Whether `name` is among them, with or without the model's name in front."""
    return any(one == name or one.endswith(f".{name}") for one in names)


def _steps(word: str) -> int:
    try:
        steps = int(word)
    except ValueError:
        steps = 0
    if steps < SHORTEST:
        raise argparse.ArgumentTypeError(f"expected a whole number from {SHORTEST} on, got {word}")
    return steps


def _copy(out: Path) -> None:
    """Put the files of the demo into `out`; a report of an earlier demo goes away."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            content = resources.files("gradaudit.demo").joinpath(name).read_bytes()
            target = out / name
            if target.exists() and target.read_bytes() != content:
                raise UsageError(
                    f"gradaudit demo: expected no other {name} in {out}, got one that has been "
                    f"changed; to run yours: {program()} run {out / FILES[0]}; "
                    "to begin anew: delete it, or give another directory as --out."
                )
            target.write_bytes(content)
        for name in (REPORT, PAGE):
            (out / name).unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(
            f"gradaudit demo: expected a directory that can be written, got: {error}; "
            "give another one as --out."
        ) from error


def _read(path: Path) -> tuple[int | None, list[Finding]]:
    """The script's exit code and the findings, from a report as JSON."""
    document = table(json.loads(path.read_text(encoding="utf-8")))
    code = table(document["exit"])["code"]
    return (
        code if isinstance(code, int) else None,
        [finding_from_dict(table(one)) for one in items(document["findings"])],
    )


def _next(out: Path) -> list[str]:
    """What to try now."""
    name = program()
    rows = [
        (f"{out / PAGE}", "the same as a page: open it in a browser"),
        (f"{name} report {out}", "judge the saved run again"),
        (f"{name} rules GA101", "what one rule checks, and why"),
        (f"{name} run {out / FILES[0]}", "once a mistake is mended"),
    ]
    if any(out.glob("events.out.tfevents.*")) and find_spec("tensorboard") is not None:
        board = f"{program('tensorboard')} --logdir {out}"
        rows.insert(1, (board, "the same in TensorBoard, tab Grad Audit"))
    width = max(len(command) for command, _ in rows)
    return ["What to try next:", *(f"  {command:<{width}}  {what}" for command, what in rows)]


def program(name: str = "gradaudit") -> str:
    """How the user can call a program of this very environment from the current directory."""
    own = Path(sys.executable).with_name(name)
    if not own.exists():
        return f"{Path(sys.executable).name} -m {name}"
    known = shutil.which(name)
    if known is not None and Path(known).resolve() == own.resolve():
        return name
    here = Path.cwd()
    return str(own.relative_to(here)) if own.is_relative_to(here) else str(own)
