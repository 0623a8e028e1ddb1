"""The Grad Audit tab as TensorBoard sees it: its name, its page, and its routes.

Names, paths and lines of code come from logs, and logs come from anywhere. So a route answers with
JSON or bytes and never with HTML, files are served from a list of names, and a log that cannot be
read costs a sentence on the page.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from tensorboard import plugin_util
from tensorboard.backend import http_util
from tensorboard.plugins import base_plugin
from werkzeug import wrappers

from gradaudit.findings import Json
from gradaudit_tensorboard import api
from gradaudit_tensorboard.loader import PLUGIN_NAME
from gradaudit_tensorboard.reading import LogReader
from gradaudit_tensorboard.store import Store

STATIC = Path(__file__).parent / "static"
CONTENT_TYPES = {".js": "text/javascript", ".css": "text/css"}
_LOG = logging.getLogger("gradaudit.tensorboard")

Query: TypeAlias = Mapping[str, str]
Answer: TypeAlias = "dict[str, Json] | bytes"
Route: TypeAlias = Callable[[LogReader, Query], Answer]


class GradAuditPlugin(base_plugin.TBPlugin):
    """One of TensorBoard's dashboards."""

    plugin_name = PLUGIN_NAME

    def __init__(self, context: base_plugin.TBContext) -> None:
        self._data = context.data_provider
        self._store = Store()
        self._files = static_files()

    def is_active(self) -> bool:
        """False: TensorBoard itself asks first whether the log has data of this plugin."""
        return False

    def frontend_metadata(self) -> base_plugin.FrontendMetadata:
        """Where the page begins, and the name of the tab."""
        return base_plugin.FrontendMetadata(
            es_module_path="/static/index.js", tab_name="Grad Audit"
        )

    def get_plugin_apps(self) -> dict[str, Any]:
        """The routes, all of them below `data/plugin/gradaudit`."""
        return {
            "/static/*": wrappers.Request.application(self._static),
            "/runs": self._app(self._runs),
            "/schema": self._app(self._schema),
            "/findings": self._app(self._findings),
            "/grid": self._app(self._grid),
            "/curve": self._app(self._curve),
        }

    def _runs(self, reader: LogReader, query: Query) -> Answer:
        del query
        return {"runs": self._store.runs(reader)}

    def _schema(self, reader: LogReader, query: Query) -> Answer:
        return self._store.schema(reader, *api.run_and_rank(query))

    def _findings(self, reader: LogReader, query: Query) -> Answer:
        return self._store.findings(reader, *api.run_and_rank(query))

    def _grid(self, reader: LogReader, query: Query) -> Answer:
        return self._store.grid(reader, *api.run_and_rank(query), query)

    def _curve(self, reader: LogReader, query: Query) -> Answer:
        return self._store.curves(reader, *api.run_and_rank(query), query)

    def _static(self, request: wrappers.Request) -> wrappers.Response:
        path = self._files.get(request.path.rpartition("/static/")[2])
        if path is None:
            return _respond(request, {"error": "There is no such file."}, 404)
        return http_util.Respond(request, path.read_bytes(), CONTENT_TYPES[path.suffix])

    def _app(self, route: Route) -> Any:
        """A WSGI application that answers whatever happens."""

        def answer(request: wrappers.Request) -> wrappers.Response:
            if request.method not in ("GET", "HEAD"):
                return _respond(request, {"error": "Expected the method GET."}, 405)
            try:
                reader = LogReader(
                    self._data,
                    plugin_util.context(request.environ),
                    plugin_util.experiment_id(request.environ),
                )
                return _respond(request, route(reader, request.args))
            except api.RefusedError as error:
                return _respond(request, {"error": str(error)}, error.status)
            except Exception as error:  # a log must not be able to do more than this
                _LOG.warning("The Grad Audit tab could not answer: %r", error, exc_info=True)
                sentence = f"This log cannot be shown ({type(error).__name__})."
                return _respond(request, {"error": sentence}, 422)

        return wrappers.Request.application(answer)


def static_files() -> dict[str, Path]:
    """The files of the page by name: what is served, and nothing else is."""
    return {path.name: path for path in STATIC.glob("*") if path.suffix in CONTENT_TYPES}


def _respond(request: wrappers.Request, answer: Answer, status: int = 200) -> wrappers.Response:
    if isinstance(answer, dict):
        body = api.json_bytes(answer)
        return http_util.Respond(request, body, "application/json", status)
    # Runs are what there is to find in a grid, and this finds them in half the time.
    packer = zlib.compressobj(1, zlib.DEFLATED, 31, 9, zlib.Z_RLE)
    packed = packer.compress(answer) + packer.flush()
    return http_util.Respond(
        request, packed, "application/octet-stream", status, content_encoding="gzip"
    )
