"""The Grad Audit tab as TensorBoard sees it: its name, its page, and its routes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tensorboard.backend import http_util
from tensorboard.plugins import base_plugin
from werkzeug import wrappers

from gradaudit_tensorboard.loader import PLUGIN_NAME

STATIC = Path(__file__).parent / "static"
CONTENT_TYPES = {".js": "text/javascript", ".css": "text/css"}


class GradAuditPlugin(base_plugin.TBPlugin):
    """One of TensorBoard's dashboards."""

    plugin_name = PLUGIN_NAME

    def __init__(self, context: base_plugin.TBContext) -> None:
        self._files = {path.name: path for path in STATIC.glob("*") if path.suffix in CONTENT_TYPES}

    def is_active(self) -> bool:
        """False: TensorBoard itself asks first whether the log has data of this plugin."""
        return False

    def frontend_metadata(self) -> base_plugin.FrontendMetadata:
        """Where the page begins, and the name of the tab."""
        return base_plugin.FrontendMetadata(
            es_module_path="/static/index.js", tab_name="Grad Audit"
        )

    def get_plugin_apps(self) -> dict[str, Callable[..., Any]]:
        """The routes, all of them below `data/plugin/gradaudit`."""
        return {"/static/*": self._static}

    @wrappers.Request.application
    def _static(self, request: wrappers.Request) -> wrappers.Response:
        path = self._files.get(request.path.rpartition("/static/")[2])
        if path is None:
            return http_util.Respond(request, {"error": "no such file"}, "application/json", 404)
        return http_util.Respond(request, path.read_bytes(), CONTENT_TYPES[path.suffix])
