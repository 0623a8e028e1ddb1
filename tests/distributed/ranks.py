"""Runs a script as the ranks of one process group, in forked children of a process with torch.

As torchrun does it, each child has RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT, and the group is
gloo's over loopback; unlike torchrun, nobody ends the other ranks when one has died. Requests are
lines of JSON on stdin, answers lines of JSON on stdout.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.forked import Outcome

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = Path(__file__).parent / "scripts"
PATIENCE = 60.0
"""Seconds after which ranks that are still there are ended; a test then sees code -9."""


@dataclass(frozen=True)
class Ranks:
    """How the ranks of one run ended, by rank."""

    outcomes: tuple[Outcome, ...]

    def __getitem__(self, rank: int) -> Outcome:
        return self.outcomes[rank]

    def codes(self) -> set[str]:
        """Codes of errors and warnings on any rank."""
        return {code for one in self.outcomes for code in one.codes()}

    def truth(self) -> dict[int, set[str]]:
        """What a script printed with `common.tell`: step -> names whose gradients disagree."""
        lines = re.findall(r"^truth (\d+)(.*)$", self.outcomes[0].stdout, re.M)
        return {int(step): set(names.split()) for step, names in lines}

    def check_alive(self) -> None:
        """Every rank came to its end."""
        assert [one.code for one in self.outcomes] == [0] * len(self.outcomes), self.errors()

    def errors(self) -> str:
        """What was written to stderr."""
        return "\n".join(f"rank {r}: {one.stderr}" for r, one in enumerate(self.outcomes))


class RankServer:
    """The process that forks. Use as a context manager."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.distributed.ranks"], cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "100"},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def __enter__(self) -> RankServer:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)

    def run(
        self,
        script: str | Path,
        *args: str,
        options: Iterable[str] = (),
        ranks: int = 2,
        audited: bool = True,
    ) -> Ranks:
        """`gradaudit run OPTIONS --json F SCRIPT ARGS` on each rank, or the script by itself."""
        script = SCRIPTS / script
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder, "report.json")
            audit = ["run", "--json", str(target), *options]
            request = {
                "argv": [*(audit if audited else []), str(script), *args],
                "audited": audited,
                "cwd": str(script.parent),
                "folder": folder,
                "ranks": ranks,
            }
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            codes = json.loads(self._process.stdout.readline())["codes"]
            return Ranks(tuple(_outcome(folder, rank, code) for rank, code in enumerate(codes)))


def _outcome(folder: str, rank: int, code: int) -> Outcome:
    report = Path(folder, "report.json" if rank == 0 else f"report.json.rank{rank}")
    out, err = (Path(folder, f"{name}{rank}").read_text() for name in ("out", "err"))
    return Outcome(code, out, err, json.loads(report.read_text()) if report.exists() else None)


def _child(request: dict[str, Any], rank: int, port: int) -> None:
    os.chdir(request["cwd"])
    for name, number in (("out", 1), ("err", 2)):
        path = Path(request["folder"], f"{name}{rank}")
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ |= {
        "RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(request["ranks"]),
        "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "GLOO_SOCKET_IFNAME": "lo",
    }  # fmt: skip
    code = 70
    try:
        if request["audited"]:
            from gradaudit.cli.main import main

            sys.argv = ["gradaudit", *request["argv"]]
            code = main(request["argv"]) or 0
        else:
            import runpy

            sys.argv = request["argv"]
            sys.path.insert(0, request["cwd"])
            runpy.run_path(request["argv"][0], run_name="__main__")
            code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except BaseException:
        import traceback

        traceback.print_exc()
        code = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _codes(children: list[int]) -> list[int]:
    """Exit codes in the order of the children; what takes too long is killed."""
    codes: dict[int, int] = {}
    end = time.monotonic() + PATIENCE
    while len(codes) < len(children):
        for child in children:
            if child not in codes:
                done, status = os.waitpid(child, os.WNOHANG)
                if done:
                    codes[child] = os.waitstatus_to_exitcode(status)
                elif time.monotonic() > end:
                    os.kill(child, signal.SIGKILL)
        time.sleep(0.01)
    return [codes[child] for child in children]


def _serve() -> None:
    import torch
    import torch._dynamo
    import torch.distributed.algorithms.ddp_comm_hooks.powerSGD_hook
    import torch.distributed.algorithms.join
    import torch.distributed.fsdp
    import torch.optim  # noqa: F401

    import gradaudit.cli.main
    import gradaudit.probes.script
    import gradaudit.probes.watch
    import gradaudit.sinks.console  # noqa: F401

    for line in sys.stdin:
        request = json.loads(line)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        children: list[int] = []
        for rank in range(request["ranks"]):
            child = os.fork()
            if child == 0:
                _child(request, rank, port)
            children.append(child)
        print(json.dumps({"codes": _codes(children)}), flush=True)


if __name__ == "__main__":
    _serve()
