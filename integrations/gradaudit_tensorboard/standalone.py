"""The page as one HTML file with its data inside: opened from a disk, it asks nobody for anything.

[Note: What cannot get out] Names, paths and lines of code are data of the user's. They stand in
JSON inside a script element that no browser runs, with each "<" written as an escape, so that
nothing in them can end it; the page's own code puts them on the screen as text only. A policy in
the head allows the two pieces of code by their hashes, and no request to anywhere.
"""

from __future__ import annotations

import base64
import hashlib
import html
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gradaudit.findings import Finding, Json
from gradaudit_tensorboard import api
from gradaudit_tensorboard.documents import Parameter, shown
from gradaudit_tensorboard.modules import joined
from gradaudit_tensorboard.pooling import Cells, Indices, counted, empty, had, to_codes, to_ranks

if TYPE_CHECKING:
    from gradaudit.recorder import Grid
    from gradaudit.report import Report

STATIC = Path(__file__).parent / "static"
ENTRY, STYLE = "standalone.js", "page.css"
MOST_CELLS = 2_000_000
"""Of one rank in the file, which takes about 2 bytes for each; more are pooled."""
_DATA = "gradaudit-data"
"""Id of the element with the data; `standalone.js` reads it."""


def page(report: Report) -> str:
    """The report as a page. Its text is ASCII but for what the page's own files hold."""
    script = joined(_sources(), ENTRY)
    style = (STATIC / STYLE).read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    data = api.json_bytes(document(report)).decode("ascii").replace("<", "\\u003c")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width">
<meta name="referrer" content="no-referrer">
<title>{_escaped(f"{run_name(report)} - gradaudit")}</title>
<style>{style}</style>
</head>
<body>
<noscript><pre>{_escaped(str(report))}</pre></noscript>
<script type="application/json" id="{_DATA}">{data}</script>
<script type="module">{script}</script>
</body>
</html>
"""


def document(report: Report) -> dict[str, Json]:
    """What the page holds: the report without its findings, and for each rank what `api` tells.

    `grid` is a grid (`api`, [Note: The grid]) as a zlib stream in base64, None where there is none.
    """
    run = run_name(report)
    head = report.to_dict()
    del head["findings"]
    grids = {grid.rank: grid for grid in report.grids}
    ranks = sorted(grids.keys() | {one.rank for one in report.findings} or {report.rank})
    runs: list[Json] = []
    data: dict[str, Json] = {}
    for rank in ranks:
        found = [one for one in report.findings if one.rank == rank]
        grid = grids.get(rank)
        parameters = _parameters(report, grid)
        told: list[Json] = api.findings(found, parameters)
        runs.append(_line(report, run, rank, found, parameters, grid))
        data[api.key_of(run, rank)] = {
            "schema": api.schema(parameters),
            "findings": {"findings": told, "message": None},
            "grid": None if grid is None else _packed(grid),
            "encoding": "deflate",
        }
    return {"report": head, "runs": runs, "data": data}


def run_name(report: Report) -> str:
    """What the page calls the run: the script and its arguments, where they are known."""
    return " ".join(report.command)[:200] or "run"


def _parameters(report: Report, grid: Grid | None) -> list[Parameter]:
    if grid is not None:
        return shown([Parameter.of(info) for info in grid.parameters])
    pairs = zip(report.parameters, report.models, strict=True)
    return [Parameter(name=name, short=name, model=model) for name, model in pairs]


def _line(
    report: Report,
    run: str,
    rank: int,
    found: list[Finding],
    parameters: list[Parameter],
    grid: Grid | None,
) -> dict[str, Json]:
    columns = grid is not None and len(grid.first)
    return api.line(
        run,
        rank,
        steps=report.steps,
        span=(int(grid.first[0]), int(grid.last[-1])) if grid is not None and columns else None,
        parameters=len(parameters),
        findings=found,
    )


def _packed(grid: Grid) -> str:
    first, last, cells = _fitting(grid)
    counts = counted(had(to_ranks(grid.status))) if grid.status.size else None
    data = api.grid(first, last, to_codes(cells.ranks), cells.norms, counts)
    return base64.b64encode(zlib.compress(data, 9)).decode("ascii")


def _fitting(grid: Grid) -> tuple[Indices, Indices, Cells]:
    """The columns of a grid, neighbours pooled where they are too many for a file."""
    columns, rows = grid.status.shape
    cells = Cells(to_ranks(grid.status), grid.norms)
    most = max(1, MOST_CELLS // max(1, rows))
    if columns <= most:
        return grid.first, grid.last, cells
    together = -(-columns // most)
    pooled = empty(-(-columns // together), rows)
    pooled.take(cells, np.arange(columns) // together)
    ends = np.minimum(np.arange(together, columns + together, together), columns) - 1
    return grid.first[::together], grid.last[ends], pooled


def _sources() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in STATIC.glob("*.js")}


def _hash(text: str) -> str:
    """As a policy names a piece of code."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _escaped(text: str) -> str:
    """As text of HTML; half characters, which no file can hold, as escapes."""
    return html.escape(text).encode("utf-8", "backslashreplace").decode("utf-8")
