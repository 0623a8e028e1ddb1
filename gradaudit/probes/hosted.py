"""What the callbacks for frameworks have in common: options checked early, and the same questions.

A callback is made long before its framework trains, and is asked during the training and after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from gradaudit.config import Settings
from gradaudit.errors import UsageError
from gradaudit.findings import Finding
from gradaudit.probes.watch import Watch, _checked_sinks
from gradaudit.report import Report


def check_options(options: Mapping[str, Any]) -> None:
    """Raise what `gradaudit.watch` will raise of its options, before hours of preparing for it.

    Raises:
        UsageError: an option, or a value of one, is not known.

    """
    rest = dict(options)
    sinks, names = rest.pop("sinks"), rest.pop("names")
    Settings.of(**rest)
    _checked_sinks(sinks)
    _check_names(names)


def _check_names(names: object) -> None:
    if names is None:
        return
    if isinstance(names, (list, tuple)):
        words = cast("Sequence[object]", names)
        if len(words) == 1 and isinstance(words[0], str):
            return
    raise UsageError(
        "expected `names` to be a list with one name, since a Trainer has one model, got "
        f"{names!r}: write names=['generator'], say"
    )


class Hosted:
    """The questions that a callback answers, of the training that began last."""

    _watch: Watch | None = None
    _not_begun = "expected a training that has begun, got none"
    """What is said where there was none yet."""

    def report(self) -> Report:
        """What was found so far, or in all of a training that is over.

        Raises:
            UsageError: no training has begun in this process.

        """
        return self._audit().report()

    def statuses(self) -> dict[str, str]:
        """Name of each parameter -> its status after the last backward. Raises: as `report`."""
        return self._audit().statuses()

    def norms(self) -> dict[str, float]:
        """Name of each parameter -> L2 norm of its gradient. Raises: as `report`."""
        return self._audit().norms()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of `report()`. Raises: as it."""
        return self.report().findings

    def _audit(self) -> Watch:
        if self._watch is None:
            raise UsageError(self._not_begun)
        return self._watch
