"""Runs `gradaudit run` in forked children of one process that has torch loaded already.

Importing torch takes seconds, a script of the corpus milliseconds. The server imports, runs
nothing (so no thread pool exists when it forks), and forks once per request; the child is the real
command line from `main` on. Requests are lines of JSON on stdin, answers lines of JSON on stdout.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Outcome:
    """How one run ended: `code` negative for a signal; `report`: the JSON, None if none came."""

    code: int
    stdout: str
    stderr: str
    report: dict[str, Any] | None

    def loud(self) -> list[dict[str, Any]]:
        """Findings of severity error or warning."""
        found = (self.report or {"findings": []})["findings"]
        return [f for f in found if f["severity"] in ("error", "warning")]

    def codes(self) -> set[str]:
        """Codes of the loud findings."""
        return {f["code"] for f in self.loud()}


class RunServer:
    """The process that forks. Use as a context manager."""

    def __init__(self) -> None:
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "100"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.forked"],
            cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def __enter__(self) -> RunServer:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)

    def run(
        self, script: Path, *options: str, args: tuple[str, ...] = (), verb: str = "run"
    ) -> Outcome:
        """`gradaudit run OPTIONS --json F SCRIPT ARGS` in the script's directory."""
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder, "report.json")
            argv = [verb, "--json", str(target), *options, str(script), *args]
            request = {"argv": argv, "cwd": str(script.parent), "folder": folder}
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            code = json.loads(self._process.stdout.readline())["code"]
            report = json.loads(target.read_text()) if target.exists() else None
            return Outcome(
                code, Path(folder, "out").read_text(), Path(folder, "err").read_text(), report
            )


def _child(request: dict[str, Any]) -> None:
    os.chdir(request["cwd"])
    for name, number in (("out", 1), ("err", 2)):
        file = os.open(Path(request["folder"], name), os.O_WRONLY | os.O_CREAT, 0o600)
        os.dup2(file, number)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    import torch

    from gradaudit.cli.main import main

    torch.manual_seed(0)  # scripts say what is expected of them, whatever chance would draw
    sys.argv = ["gradaudit", *request["argv"]]
    code = 70
    try:
        code = main(request["argv"]) or 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _serve() -> None:
    import torch
    import torch._dynamo
    import torch.optim  # noqa: F401

    import gradaudit.cli.main
    import gradaudit.probes.script
    import gradaudit.sinks.console  # noqa: F401

    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            _child(request)
        _, status = os.waitpid(child, 0)
        print(json.dumps({"code": os.waitstatus_to_exitcode(status)}), flush=True)


if __name__ == "__main__":
    _serve()
