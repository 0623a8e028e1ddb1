"""A real `tensorboard` command over a good and a hostile log, under a path prefix."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.tensorboard_plugin import test_hostile as hostile
from tests.tensorboard_plugin.logs import Grid, Log


class Command:
    """The command, and its address."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.said = folder.parent / "said.txt"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tensorboard.main", "--logdir", str(folder), "--port", "0",
             "--host", "127.0.0.1", "--reload_interval", "1", *options],
            stdout=self.said.open("w"), stderr=subprocess.STDOUT,
        )  # fmt: skip
        self.address = ""
        for _ in range(600):
            words = [
                word for word in self.said.read_text().split() if word.startswith("http://127")
            ]
            if words:
                self.address = words[-1].rstrip("/")
                return
            time.sleep(0.1)
        raise AssertionError(self.said.read_text())

    def get(self, path: str) -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(f"{self.address}/{path}", timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Command, Path]]:
    home = tmp_path_factory.mktemp("process") / "logs"
    for name in ("corrupt_block", "numbers", "declared", "garbage", "names", "bad_json"):
        log = Log(home / name)
        getattr(hostile, name)(log)
        log.close()
    running = Command(home, "--path_prefix", "/deep/er")
    yield running, home
    running.close()


def test_it_shows_a_log_that_grows_and_outlives_hostile_ones(
    command: tuple[Command, Path],
) -> None:
    running, home = command
    route = "data/plugin/gradaudit"
    assert running.address.endswith("/deep/er")
    log = Log(home / "live")
    log.schema(["w"])
    for seen in (10, 20):
        log.cells(range(seen - 10, seen), np.ones((10, 1)))
        log.flush()
        for _ in range(200):
            code, body = running.get(f"{route}/grid?key=live%7C0")
            if code == 200 and Grid(body).header["columns"] == seen:
                break
            time.sleep(0.1)
        else:
            raise AssertionError(body)
    log.close()
    runs = json.loads(running.get(f"{route}/runs")[1])["runs"]
    assert {one["run"] for one in runs} >= {"live", "numbers", "declared", "garbage"}
    for one in runs:
        for question in ("schema", "findings", "grid", "curve"):
            code, _ = running.get(f"{route}/{question}?key={one['run']}%7C0&p=0")
            assert code in (200, 400)
    code, body = running.get(f"{route}/static/index.js")
    assert (code, b"export async function render" in body) == (200, True)
    assert running.get(f"{route}/static/..%2f..%2floader.py")[0] == 404
    code, body = running.get("data/plugins_listing")
    assert json.loads(body)["gradaudit"]["enabled"]
    assert running.alive()
    assert "Traceback" not in running.said.read_text()
