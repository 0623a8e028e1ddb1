"""What the `tensorboard` command imports at each start, whoever looks at whatever log.

TensorBoard does not guard the import of a plugin's entry point: an exception here would stop the
whole command. So this file needs the standard library and TensorBoard's own base classes, never
torch, and all else is imported in `load`, whose faults cost the tab alone.
"""

from __future__ import annotations

import argparse
import logging
from typing import Any

from tensorboard.plugins import base_plugin

PLUGIN_NAME = "gradaudit"
_LOG = logging.getLogger("gradaudit.tensorboard")


class GradAuditLoader(base_plugin.TBLoader):
    """Makes the Grad Audit tab, or none where that fails."""

    def fix_flags(self, flags: argparse.Namespace) -> None:
        """Ask the readers to keep all of our data; it is written so that they would anyway."""
        samples = getattr(flags, "samples_per_plugin", None)
        if isinstance(samples, dict):
            samples.setdefault(PLUGIN_NAME, 0)  # 0: all of them

    # The base class says None, because its own returns nothing else.
    def load(self, context: base_plugin.TBContext) -> Any:
        """The plugin; None, and a line in the log, where it cannot be had."""
        try:
            from gradaudit_tensorboard.plugin import GradAuditPlugin

            return GradAuditPlugin(context)
        except Exception as error:  # whatever it is, the other dashboards must start
            _LOG.warning("The Grad Audit tab is not shown: %s: %s", type(error).__name__, error)
            return None
