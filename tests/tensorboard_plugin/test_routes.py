"""What the page is told of good logs, through both of TensorBoard's loaders."""

from __future__ import annotations

import gc
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gradaudit_tensorboard import api
from gradaudit_tensorboard.plugin import GradAuditPlugin

from gradaudit.findings import Cause, Finding, Severity
from gradaudit.normcodes import norm_of
from gradaudit.strict_json import finding_to_dict
from tests.tensorboard_plugin.logs import PREFIX, START, Grid, Log, Served, strict_json

OK, NONE, NAN, UNSEEN = 0, 1, 2, 255
NAMES = ("body.0.weight", "body.0.bias", "head.weight")
FINDING = Finding(
    code="GA201", name="nonfinite-gradient", severity=Severity.ERROR, message="m", fix="f",
    parameters=("body.0.bias",), model="Net", first_step=123, last_step=123,
    cause=Cause("nonfinite-op", "torch.log", "train.py", 7, "forward", "body"),
    evidence={"largest": float("inf")},
)  # fmt: skip


def write_logs(home: Path) -> None:
    """Runs whose every cell is known."""
    log = Log(home / "plain")
    status = np.zeros((500, 3), int)
    status[123, 1] = NAN
    norms = np.tile(np.arange(500.0)[:, None] + 1, 3)
    log.schema(NAMES)
    log.cells(range(500), status, norms)
    log.findings([finding_to_dict(FINDING)])
    log.close()
    for rank in (0, 1):
        log = Log(home / "ranks", rank=rank)
        log.schema(NAMES)
        log.cells(range(40), np.full((40, 3), rank))
        log.close()
    first, second = Log(home / "resumed"), Log(home / "resumed", start=START + 9_000)
    first.schema(NAMES)
    first.cells(range(100), np.full((100, 3), OK))
    second.schema(NAMES)
    second.cells(range(60, 80), np.full((20, 3), NONE))
    first.close()
    second.close()
    log = Log(home / "grown")
    log.schema(NAMES[:2])
    log.cells(range(10), np.full((10, 2), NONE))
    log.schema(NAMES)
    log.cells(range(10, 20), np.full((10, 3), NONE))
    log.close()
    first, second = Log(home / "renamed"), Log(home / "renamed", start=START + 9_000)
    first.schema(["old", "kept"])
    first.cells(range(10), np.tile([NONE, NAN], (10, 1)))
    second.schema(["kept", "new"])
    second.cells(range(10, 20), np.tile([OK, NONE], (10, 1)))
    first.close()
    second.close()


@pytest.fixture(scope="module", params=["auto", "false"])
def board(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("logs")
    write_logs(home)
    served = Served(home, request.param, "--reload_interval", "0")
    steps = {"plain|0": 500, "ranks|0": 40, "ranks|1": 40, "resumed|0": 100, "grown|0": 20,
             "renamed|0": 20}  # fmt: skip
    served.until(lambda runs: {key: one["steps"] for key, one in runs.items()} == steps)
    yield served
    served.close()


def test_the_tab_is_listed_where_there_is_data_of_ours(board: Served) -> None:
    listed = board.client.get("/data/plugins_listing").json["gradaudit"]
    assert listed["enabled"]
    assert listed["tab_name"] == "Grad Audit"
    assert listed["loading_mechanism"]["module_path"].endswith("gradaudit/static/index.js")


def test_runs_are_told_with_their_numbers(board: Served) -> None:
    assert board.runs()["plain|0"] == {
        "run": "plain", "rank": 0, "key": "plain|0", "steps": 500, "first_step": 0,
        "last_step": 499, "parameters": 3, "started": START, "message": None, "unread": 0,
        "findings": {"error": 1, "warning": 0, "info": 0},
    }  # fmt: skip


def test_the_schema_names_parameters_and_codes(board: Served) -> None:
    schema = strict_json(board.ask("schema", key="plain|0").data)
    assert [one["name"] for one in schema["parameters"]] == list(NAMES)
    assert schema["parameters"][1] == {
        "name": "body.0.bias", "model": "Net", "module": "body.0", "class": "Linear",
        "shape": [2, 2], "dtype": "float32", "numel": 4,
    }  # fmt: skip
    assert schema["statuses"][:4] == ["ok", "none", "nan", "inf"]
    assert schema["unseen"] == UNSEEN
    norm = schema["norm"]
    code = board.grid(key="plain|0", from_=99, to=99).norms[0, 0]
    assert 2 ** (code / norm["scale"] - norm["bias"]) == pytest.approx(100, rel=0.01)


def test_findings_are_those_of_the_report_and_know_their_rows(board: Served) -> None:
    answer = strict_json(board.ask("findings", key="plain|0").data)
    (finding,) = answer["findings"]
    assert finding["id"].startswith("GA201-")
    assert finding["indices"] == [1]
    assert finding["evidence"] == {"largest": "Infinity"}
    without = {key: value for key, value in finding.items() if key not in ("id", "indices")}
    assert without == finding_to_dict(FINDING)
    assert answer["message"] is None


def test_one_bad_step_is_in_its_column_at_any_width(board: Served) -> None:
    for columns in (1, 7, 10, 499, 500, 4096):
        grid = board.grid(key="plain|0", cols=columns)
        assert grid.header["columns"] == min(columns, 500)
        first, last = np.array(grid.header["first"]), np.array(grid.header["last"])
        assert first[0] == 0
        assert last[-1] == 499
        assert (first[1:] == last[:-1] + 1).all()
        expected = np.zeros(grid.status.shape)
        expected[1, (first <= 123) & (last >= 123)] = NAN
        assert (grid.status == expected).all()
        assert norm_of(grid.norms[0]) == pytest.approx(last + 1.0, rel=0.01)


def test_a_range_has_its_steps_and_no_other(board: Served) -> None:
    grid = board.grid(key="plain|0", from_=120, to=125)
    assert grid.header["first"] == [120, 121, 122, 123, 124, 125] == grid.header["last"]
    assert grid.status.tolist() == [[OK] * 6, [OK] * 3 + [NAN] + [OK] * 2, [OK] * 6]
    assert grid.header["had"] == {str(OK): 3, str(NAN): 1}
    nothing = board.grid(key="plain|0", from_=1000, to=2000)
    assert nothing.header == {"columns": 0, "rows": 3, "first": [], "last": [], "had": {}}


def test_an_answer_may_come_before_all_is_read(
    board: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bit by bit: each answer has more, and the list of runs says how much is missing."""
    from gradaudit_tensorboard import store

    fresh = store.Store()
    for app in (one for one in gc.get_objects() if type(one) is GradAuditPlugin):
        monkeypatch.setattr(app, "_store", fresh)
    monkeypatch.setattr(store, "LISTING_SECONDS", 0.0)
    monkeypatch.setattr(api, "seconds", lambda _: 0.0)
    seen = [board.grid(key="plain|0").header["last"][-1], board.runs()["plain|0"]]
    assert seen[0] == 255
    assert (seen[1]["last_step"], seen[1]["unread"]) == (499, 0)
    fresh._tracks.clear()
    fresh._summaries.clear()
    line = board.runs()["plain|0"]
    assert (line["last_step"], line["unread"], line["parameters"]) == (255, 1, 3)


def test_curves_hold_the_largest_and_the_smallest_norm(board: Served) -> None:
    answer = strict_json(board.ask("curve", key="plain|0", p="2,1", cols=5).data)
    assert answer["first"] == [0, 100, 200, 300, 400]
    assert answer["last"] == [99, 199, 299, 399, 499]
    head, bias = answer["curves"]
    assert (head["index"], bias["index"]) == (2, 1)
    assert head["status"] == [OK] * 5
    assert bias["status"] == [OK, NAN, OK, OK, OK]
    assert norm_of(head["norm"]) == pytest.approx([100, 200, 300, 400, 500], rel=0.01)
    assert norm_of(bias["low"]) == pytest.approx([1, 101, 201, 301, 401], rel=0.01)
    assert np.isnan(norm_of(bias["norm"])[1])


def test_ranks_are_apart(board: Served) -> None:
    for rank in (0, 1):
        assert (board.grid(key=f"ranks|{rank}").status == rank).all()


def test_a_resumed_run_shows_what_it_did_again(board: Served) -> None:
    """Steps 60 to 79 are those of the later start, all others are the first one's."""
    grid = board.grid(key="resumed|0", cols=4096)
    assert grid.header["first"] == list(range(100))
    expected = np.zeros(100)
    expected[60:80] = NONE
    assert (grid.status == expected).all()


def test_parameters_that_come_later_were_not_seen_before(board: Served) -> None:
    grid = board.grid(key="grown|0")
    assert grid.status[2].tolist() == [UNSEEN] * 10 + [NONE] * 10
    assert (grid.status[:2] == NONE).all()


def test_parameters_of_two_starts_are_matched_by_name(board: Served) -> None:
    names = [one["name"] for one in board.ask("schema", key="renamed|0").json["parameters"]]
    assert names == ["kept", "new", "old"]
    grid = board.grid(key="renamed|0")
    rows = dict(zip(names, grid.status.tolist(), strict=True))
    assert rows == {
        "kept": [NAN] * 10 + [OK] * 10,
        "new": [UNSEEN] * 10 + [NONE] * 10,
        "old": [NONE] * 10 + [UNSEEN] * 10,
    }
    curve = board.ask("curve", key="renamed|0", p="2,0").json["curves"]
    assert [one["status"] for one in curve] == [rows["old"], rows["kept"]]


@pytest.mark.parametrize(
    ("route", "query", "status"),
    [
        ("grid", {}, 400),
        ("grid", {"key": "plain"}, 400),
        ("grid", {"key": "plain|x"}, 400),
        ("grid", {"key": "plain|²"}, 400),
        ("grid", {"key": "plain|7"}, 404),
        ("grid", {"key": "../plain|0"}, 404),
        ("grid", {"key": "..%2fplain|0"}, 404),
        ("grid", {"key": "nowhere\0|0"}, 404),
        ("grid", {"key": "plain|0", "cols": "0"}, 400),
        ("grid", {"key": "plain|0", "cols": "4097"}, 400),
        ("grid", {"key": "plain|0", "cols": "1e3"}, 400),
        ("grid", {"key": "plain|0", "cols": "٣"}, 400),
        ("grid", {"key": "plain|0", "from_": "nan"}, 400),
        ("grid", {"key": "plain|0", "to": "9" * 5000}, 400),
        ("grid", {"key": "plain|0", "within": "0"}, 400),
        ("curve", {"key": "plain|0"}, 400),
        ("curve", {"key": "plain|0", "p": "3"}, 400),
        ("curve", {"key": "plain|0", "p": "-1"}, 400),
        ("curve", {"key": "plain|0", "p": ",".join("0" * 25)}, 400),
        ("schema", {"key": "nowhere|0"}, 404),
        ("findings", {"key": "|0"}, 404),
    ],
)
def test_other_questions_are_refused_in_a_sentence(
    board: Served, route: str, query: dict[str, Any], status: int
) -> None:
    answer = board.ask(route, **query)
    assert answer.status_code == status
    assert strict_json(answer.data)["error"].endswith(".")


@pytest.mark.parametrize(
    "name",
    ["nothing.js", "", "../plugin.py", "..%2fplugin.py", "%2e%2e/plugin.py", "sub/index.js",
     "index.js%00", "/etc/passwd", "..%5cplugin.py", "."],
)  # fmt: skip
def test_no_other_file_is_served(board: Served, name: str) -> None:
    answer = board.client.get(f"{PREFIX}/static/{name}")
    assert answer.status_code == 404
    assert b"import" not in answer.data


def test_only_reading_is_answered(board: Served) -> None:
    assert board.client.post(f"{PREFIX}/runs").status_code == 405
    assert board.client.head(f"{PREFIX}/runs").status_code == 200


def test_answers_say_what_they_are_and_are_not_kept(board: Served) -> None:
    """No browser may guess a type, run a name as HTML, or show the page of yesterday."""
    kinds = {
        "runs": "application/json", "schema?key=plain|0": "application/json",
        "grid?key=plain|0": "application/octet-stream", "static/index.js": "text/javascript",
        "static/page.css": "text/css", "static/none.html": "application/json",
    }  # fmt: skip
    for route, kind in kinds.items():
        answer = board.client.get(f"{PREFIX}/{route}")
        assert answer.content_type.split(";")[0] == kind
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "no-cache" in answer.headers["Cache-Control"]


def test_grids_travel_compressed_to_those_who_take_it(board: Served) -> None:
    asked = {"path": f"{PREFIX}/grid", "query_string": {"key": "plain|0"}}
    plain = board.client.get(**asked)
    packed = board.client.get(**asked, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert Grid(plain.data).header["rows"] == 3


def test_every_file_of_the_page_is_served(board: Served) -> None:
    from gradaudit_tensorboard import plugin

    names = [path.name for path in plugin.STATIC.iterdir() if path.suffix in (".js", ".css")]
    assert {"index.js", "app.js", "page.css"} <= set(names)
    for name in names:
        assert board.ask(f"static/{name}").data == (plugin.STATIC / name).read_bytes()
