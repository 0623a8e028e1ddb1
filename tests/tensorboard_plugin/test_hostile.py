"""Logs from anywhere: damaged, forged, and full of names that want to be code.

Whatever a log holds, every question is answered in time with JSON or a grid, never with an error
of the server; what can be read is shown, and a sentence says that something is left out.
"""

from __future__ import annotations

import resource
import struct
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gradaudit_tensorboard.documents import findings_in, parameters_in
from gradaudit_tensorboard.format import FormatError, encode_document
from tensorboard.compat.proto import tensor_shape_pb2

from tests.tensorboard_plugin.logs import DT_FLOAT, PREFIX, Grid, Log, Served, strict_json

NAMES = (
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "a\0b",
    "\u202egnp.exe",
    "\ud800half",
    "x" * 100_000,
    "weight|0",
    "../../etc/passwd",
    "\u2028\n\r\t",
    "javascript:alert(1)",
    "__proto__",
)
FINDING: dict[str, Any] = {
    "code": "GA101", "name": "<b>", "severity": "error", "message": "</script>", "fix": "\u202e",
    "parameters": list(NAMES), "model": None, "optimizer": "<i>", "rank": 0,
    "cause": {"kind": "detach", "op": "<u>", "file": "<script src=//x>", "line": 3,
              "function": None, "module": "\0", "certain": False},
    "first_step": 0, "last_step": 3, "count": 4, "evidence": {"source": "x = '</script>'"},
}  # fmt: skip


def shape(*sizes: int) -> tensor_shape_pb2.TensorShapeProto:
    dims = [tensor_shape_pb2.TensorShapeProto.Dim(size=size) for size in sizes]
    return tensor_shape_pb2.TensorShapeProto(dim=dims)


def forged(magic: bytes, body: bytes) -> bytes:
    """With a checksum that fits."""
    return magic + b"\x01" + struct.pack("<I", zlib.crc32(body)) + body


def document(text: str) -> bytes:
    """A document of any text."""
    data = text.encode("utf-8", "surrogatepass")
    return forged(b"GAJ", struct.pack("<I", len(data)) + zlib.compress(data))


def block(steps: list[int], width: int, status: bytes, norms: bytes) -> bytes:
    """A block of any streams."""
    body = struct.pack("<BIII", len(steps), width, len(status), len(norms))
    return forged(b"GAB", body + struct.pack(f"<{len(steps)}q", *steps) + status + norms)


def good(log: Log, *, until: int = 8) -> None:
    log.schema(["a", "b"])
    log.cells(range(until), np.zeros((until, 2)), size=2)


def corrupt_block(log: Log) -> None:
    good(log)
    log.record(log.grid_tag(0), b"GAB\x01" + b"\0" * 40, step=7)
    log.cells(range(8, 10), np.zeros((2, 2)))


def garbage(log: Log) -> None:
    random = np.random.default_rng(0)
    for kind in ("schema", "findings"):
        log.record(f"gradaudit/{kind}/0-18bcfe56800", random.bytes(500))
    for number in range(20):
        log.record(log.grid_tag(number), random.bytes(200))


def numbers(log: Log) -> None:
    """Tensors of numbers below our tags, one of them declared to be a terabyte."""
    good(log)
    log.record(log.grid_tag(7), b"", dtype=DT_FLOAT, string_val=[], float_val=[1.0])
    log.record(log.grid_tag(8), b"", dtype=DT_FLOAT, string_val=[], float_val=[1.0],
               tensor_shape=shape(2**30))  # fmt: skip
    log.record(log.grid_tag(9), b"", dtype=DT_FLOAT, string_val=[], float_val=[1.0],
               tensor_shape=shape(2**20, 2**20))  # fmt: skip


def declared(log: Log) -> None:
    """One string that is declared to be a billion, or none."""
    good(log)
    log.record(log.grid_tag(7), b"x", tensor_shape=shape(2**30))
    log.record(log.grid_tag(8), b"x", tensor_shape=shape(0))
    log.record(log.grid_tag(9), b"x", tensor_shape=shape(-1))
    log.record(log.grid_tag(10), b"", string_val=[])
    log.record(log.grid_tag(11), b"", string_val=[b"x"] * 1000, tensor_shape=shape(1000))
    log.record(log.grid_tag(12), b"x", dtype=99)


def bombs(log: Log) -> None:
    """Small streams that become very large."""
    good(log)
    zeros = zlib.compress(b"\0" * 2**25, 9)
    log.record(log.grid_tag(7), block([1], 2**25, zeros, zlib.compress(b"\0" * 2**26, 9)))
    log.record(log.grid_tag(8), block([1], 2**32 - 1, zeros, zeros))
    log.record(log.grid_tag(9), block([1] * 255, 10, zeros, zeros))
    log.record("gradaudit/findings/0-18bcfe56800", document("[" * 10**6))
    log.record(
        "gradaudit/schema/1-18bcfe56800",
        forged(b"GAJ", struct.pack("<I", 2**32 - 1) + zlib.compress(b" " * 2**27, 9)),
    )


def wide(log: Log) -> None:
    """Very many parameters, which deflate to nothing: as many as are shown, and more."""
    for step, count in enumerate((10**5, 10**5, 10**6)):
        data = zlib.compress(b"\0" * count, 9), zlib.compress(b"\0" * 2 * count, 9)
        log.record(log.grid_tag(step), block([step], count, *data))


def steps_of_all_kinds(log: Log) -> None:
    log.schema(["a"])
    streams = zlib.compress(b"\0"), zlib.compress(b"\0\0")
    for place, step in enumerate((-(2**63), 2**63 - 1, -5, 2**53 + 1, 7)):
        log.record(log.grid_tag(place), block([step], 1, *streams), step=step)
    log.record(log.grid_tag(9), block([5, 5], 1, zlib.compress(b"\0\0"), zlib.compress(b"\0" * 4)))
    log.record(log.grid_tag(10), block([], 1, *streams))


def no_json(log: Log) -> None:
    good(log)
    log.record("gradaudit/schema/0-18bcfe56800", document("nonsense"))
    log.record("gradaudit/findings/0-18bcfe56800", document("[1, 2]"))


def bad_json(log: Log) -> None:
    good(log)
    log.record("gradaudit/schema/0-18bcfe56800", document('{"parameters": [{"name": 7}]}'))
    log.record("gradaudit/findings/0-18bcfe56800", document('{"findings": [{"code": NaN}]}'))


def odd_numbers(log: Log) -> None:
    """JSON that Python reads and no browser does."""
    log.record("gradaudit/schema/0-18bcfe56800", encode_document({"parameters": []}))
    odd = encode_document({"findings": [FINDING]})
    text = zlib.decompress(odd[12:]).decode()
    text = text.replace("\"x = '</script>'\"", "[1e999, -1e999, " + "9" * 400 + "]")
    log.record("gradaudit/findings/0-18bcfe56800", document(text))


def names(log: Log) -> None:
    log.schema(NAMES)
    log.cells(range(4), np.ones((4, len(NAMES))))
    log.findings([FINDING])


def many_tags(log: Log) -> None:
    good(log)
    for number in range(2000):
        log.record(f"gradaudit/grid/0-18bcfe56800-{number}x", b"")
        log.record(f"gradaudit/grid/{number}", b"")
        log.record(f"gradaudit/other/<b>{number}", b"")
    log.record("gradaudit/grid/9999999999-1-1", b"")
    log.record("gradaudit/schema/0-" + "f" * 100, b"")
    log.record("gradaudit/grid/0-\u0663-1", b"")


def many_ranks(log: Log) -> None:
    for rank in range(300):
        log.record(f"gradaudit/schema/{rank}-1", encode_document({"parameters": []}))


WRITERS = {
    one.__name__: one
    for one in (corrupt_block, garbage, numbers, declared, bombs, wide, steps_of_all_kinds, no_json,
                bad_json, odd_numbers, names, many_tags, many_ranks)
}  # fmt: skip
STRANGE = ("<b>bold", "a|b|1", "%2f..%2f", "\u202ertl", "sp ace")


def cut_off(folder: Path) -> None:
    """An event file whose last record is not whole, and one that is none."""
    log = Log(folder)
    good(log)
    log.close()
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:-30])
    (folder / "events.out.tfevents.9.x").write_bytes(b"\xff" * 1000)


@pytest.fixture(scope="module", params=["auto", "false"])
def board(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("hostile")
    for name, write in WRITERS.items():
        log = Log(home / name)
        write(log)
        log.close()
    for name in STRANGE:
        log = Log(home / name)
        good(log)
        log.close()
    cut_off(home / "cut_off")
    served = Served(home, request.param, "--reload_interval", "0")
    wanted = {f"{name}|0" for name in (*WRITERS, *STRANGE, "cut_off")}
    served.until(lambda runs: wanted <= set(runs) and len(runs) >= len(wanted) + 299)
    yield served
    served.close()


ALL = (*WRITERS, *STRANGE, "cut_off")


@pytest.mark.parametrize(
    "run", [pytest.param(one, marks=pytest.mark.slow) if one == "wide" else one for one in ALL]
)
def test_every_question_is_answered(board: Served, run: str) -> None:
    """With data or a refusal, in strict JSON, within seconds and without much memory."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    key = f"{run}|0"
    for route in ("schema", "findings"):
        answer = board.ask(route, key=key)
        assert answer.status_code == 200
        strict_json(answer.data)
    schema = board.ask("schema", key=key).json
    grid = board.ask("grid", key=key, cols=4096)
    assert grid.status_code == 200
    header = Grid(grid.data).header
    assert header["rows"] * header["columns"] <= 8_000_000
    assert header["columns"] == 0 or header["rows"] == len(schema["parameters"])
    curve = board.ask("curve", key=key, p="0")
    assert curve.status_code == (200 if header["rows"] else 400)
    strict_json(curve.data)
    assert time.monotonic() - began < 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 600_000  # kB


@pytest.mark.parametrize(
    "run",
    ["corrupt_block", "garbage", "numbers", "declared", "bombs", "wide",
     "steps_of_all_kinds", "no_json", "bad_json"],
)  # fmt: skip
def test_what_is_left_out_is_said(board: Served, run: str) -> None:
    message = board.runs()[f"{run}|0"]["message"]
    assert message.startswith("Parts of this log cannot be read and are left out: ")
    assert len(message) < 400


@pytest.mark.parametrize(
    ("run", "steps"),
    [("corrupt_block", 10), ("numbers", 8), ("declared", 8), ("bombs", 8), ("no_json", 8),
     ("bad_json", 8), ("many_tags", 8), ("steps_of_all_kinds", 2), *((one, 8) for one in STRANGE)],
)  # fmt: skip
def test_what_is_whole_is_shown(board: Served, run: str, steps: int) -> None:
    grid = board.grid(key=f"{run}|0", cols=4096)
    assert grid.header["columns"] == steps
    assert (grid.status == 0).all()


def test_a_log_that_is_cut_off_shows_what_was_written(board: Served) -> None:
    assert 0 < board.runs()["cut_off|0"]["steps"] <= 8


def test_names_stay_names(board: Served) -> None:
    """They come back as they are, long ones cut; and only inside strings of JSON."""
    answer = board.ask("schema", key="names|0")
    assert [one["name"] for one in answer.json["parameters"]] == [name[:2000] for name in NAMES]
    assert answer.data.isascii()
    (finding,) = board.ask("findings", key="names|0").json["findings"]
    assert finding["cause"]["file"] == "<script src=//x>"
    assert finding["indices"] == [i for i, name in enumerate(NAMES) if len(name) <= 2000]


def test_numbers_that_no_browser_reads_become_words(board: Served) -> None:
    (finding,) = strict_json(board.ask("findings", key="odd_numbers|0").data)["findings"]
    assert finding["evidence"]["source"][:2] == ["Infinity", "-Infinity"]


def test_the_other_dashboards_go_on(board: Served) -> None:
    for path in ("/data/environment", "/data/runs", "/data/plugins_listing", PREFIX + "/runs"):
        assert board.client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (parameters_in, '{"parameters": 7}'),
        (parameters_in, "{}"),
        (parameters_in, '{"parameters": [7]}'),
        (parameters_in, '{"parameters": [{}]}'),
        (parameters_in, '{"parameters": [{"name": "a", "shape": 3}]}'),
        (parameters_in, '{"parameters": [{"name": "a", "shape": [1.5]}]}'),
        (parameters_in, '{"parameters": [{"name": "a", "numel": 1e400}]}'),
        (parameters_in, '{"parameters": [{"name": "a", "numel": 99999999999999999999}]}'),
        (findings_in, '{"findings": {}}'),
        (findings_in, '{"findings": [{"code": "GA101"}]}'),
        (findings_in, "[" * 100_000),
    ],
)
def test_documents_of_other_shapes_are_refused_in_a_sentence(read: Any, text: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(document(text))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.slow
def test_very_many_tags_cost_time_and_no_life(tmp_path: Path) -> None:
    """A hundred thousand of them: the list of runs is answered all the same."""
    log = Log(tmp_path / "flood")
    good(log)
    for number in range(100_000):
        log.record(f"gradaudit/grid/0-{number:x}-0", b"GAB")
    log.close()
    served = Served(tmp_path, "auto", "--reload_interval", "0")
    for _ in range(600):
        listed = served.runs()
        if listed:
            break
        time.sleep(0.1)
    began = time.monotonic()
    assert served.ask("schema", key="flood|0").status_code == 200
    assert served.ask("grid", key="flood|0").status_code == 200
    assert time.monotonic() - began < 60
    assert "too large" in served.runs()["flood|0"]["message"]
    served.close()
