"""`gradaudit explain`: run a script as it is, and say why each `.grad` that it read was None.

See `gradaudit.cli.run`, [Note: Nothing before the script].
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gradaudit import torch_import
from gradaudit.cli.arguments import add_target, json_of, rank_here, target_of
from gradaudit.cli.run import AuditedRun
from gradaudit.cli.script import Target, check, execute
from gradaudit.config import Settings
from gradaudit.errors import UsageError

if TYPE_CHECKING:
    from gradaudit.causes import Site
    from gradaudit.probes.explaining import ExplainingAudit
    from gradaudit.report import Report
    from gradaudit.tracing.explanation import Explanation

SCHEMA = "gradaudit-explain/1"
RAISED = ("GA104", "GA701", "GA702", "GA703")
"""Findings that explain an error of autograd's."""
WIDTH = 80
NAMES_SHOWN = 6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this verb; all that follows SCRIPT or `-m MODULE` belongs to the script."""
    add_target(parser, "[--json FILE]")
    parser.add_argument("--json", metavar="FILE", help="also write the answers as JSON")


def main(args: argparse.Namespace) -> int:
    """Run the script and answer; its own exit code.

    Raises:
        UsageError: before the script has begun.
        KeyboardInterrupt: the script was interrupted; see `gradaudit.cli.script.execute`.

    """
    try:
        target = target_of(args, "explain")
        target_file = json_of(args)
        check(target)
        run = _ExplainedRun(target, target_file)
        torch_import.when_torch_is_imported(run.attach)
        return execute(target, run.conclude, run.explain)
    except UsageError as error:
        raise UsageError(f"gradaudit explain: {error}") from error
    finally:
        torch_import.forget()


class _ExplainedRun(AuditedRun):
    """The same as for `run`, with another audit, and another end."""

    def __init__(self, target: Target, json: Path | None) -> None:
        settings = Settings.of(trace="always", on_finding="silent")
        super().__init__(target, settings, json, quiet=False)
        self._asked: ExplainingAudit | None = None

    def attach(self) -> None:
        """Begin to watch. Torch has just been imported."""
        if os.getpid() != self._home:
            return
        audit = None
        try:
            from gradaudit.probes.explaining import ExplainingAudit

            audit = ExplainingAudit(self._settings, self._command)
            audit.attach()
        except Exception as error:  # the script must go on
            self._failure = f"{type(error).__name__}: {error}"
            if audit is not None:
                with contextlib.suppress(Exception):
                    audit.finish(None, None)
        else:
            self._audit = self._asked = audit

    def _answers(self) -> tuple[Explanation, ...]:
        return () if self._asked is None else self._asked.reads.explanations()

    def _show(self, report: Report) -> None:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        if self._stream is None or rank_here() > 0:
            return
        if self._failure is not None:
            self._say(f"gradaudit: nothing was watched, it could not begin: {self._failure}")
        elif self._asked is None:
            self._say("gradaudit: nothing was watched, because the script never imported torch.")
        else:
            reads = self._asked.reads
            self._say("\n".join(lines(self._answers(), reads.total, reads.missing)))
            self._show_errors(report)
            for finding in report.findings:
                if finding.code == "GA901":
                    self._say(f"gradaudit: {finding.message}")

    def _show_errors(self, report: Report) -> None:
        errors = tuple(one for one in report.findings if one.code in RAISED)
        if not errors:
            return
        from gradaudit.sinks.console import ConsoleReport, plain_text

        shown = replace(report, findings=errors)
        self._say("")
        try:
            assert self._stream is not None
            ConsoleReport(self._stream).render(shown)
        except (OSError, RuntimeError, ValueError):
            self._say(plain_text(shown))

    def _write(self, report: Report) -> bool:
        if self._json is None:
            return True
        document = report.to_dict()
        whole = {
            "schema": SCHEMA,
            **{key: document[key] for key in ("gradaudit", "torch", "command", "exit")},
            "reads": 0 if self._asked is None else self._asked.reads.total,
            "explanations": [one.to_dict() for one in self._answers()],
            "findings": document["findings"],
        }
        try:
            self._json.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps(whole, indent=2, allow_nan=False)
            self._json.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            self._say(f"gradaudit: the JSON could not be written: {error}.")
            return False
        return True


class _Answer(NamedTuple):
    """Explanations of one line that differ in nothing but the tensor's name."""

    first: Explanation
    names: list[str]
    reads: int


def lines(answers: tuple[Explanation, ...], total: int, missing: int) -> Iterator[str]:
    """All answers, for a console. `total`: reads of a `.grad`; `missing`: those that gave None."""
    if not total:
        yield "gradaudit: the script read no .grad."
        return
    if not missing:
        yield f"gradaudit: every .grad that the script read was there ({_times(total)})."
        return
    places = {str(one.site) for one in answers}
    where = "on one line" if len(places) == 1 else f"on {len(places)} lines"
    yield f"gradaudit: {_times(missing)} of a .grad that was None, {where}"
    site: Site | None = None
    for answer in _together(answers):
        if answer.first.site != site:
            site = answer.first.site
            yield ""
            yield f"{site}   {'' if site is None else site.text}".rstrip()
        yield from _block(answer)


def _times(count: int) -> str:
    return "1 read" if count == 1 else f"{count} reads"


def _together(answers: tuple[Explanation, ...]) -> list[_Answer]:
    found: dict[object, _Answer] = {}
    for one in answers:
        name = one.tensor
        key = (one.site, one.reason, one.cause, one.backward, one.message.replace(f"`{name}`", "*"))
        known = found.get(key)
        if known is None:
            found[key] = _Answer(one, [name] if name else [], one.count)
        else:
            found[key] = known._replace(names=[*known.names, name], reads=known.reads + one.count)
    order: dict[str, int] = {}
    for one in answers:
        order.setdefault(str(one.site), len(order))
    return sorted(found.values(), key=lambda answer: order[str(answer.first.site)])


def _block(answer: _Answer) -> Iterator[str]:
    one = answer.first
    names = ", ".join(answer.names[:NAMES_SHOWN]) or "a tensor without a name"
    more = len(answer.names) - NAMES_SHOWN
    names += f" and {more} more" if more > 0 else ""
    times = "" if answer.reads == 1 else f", {_times(answer.reads)}"
    yield f"  {names}: {one.reason}{times}"
    entries = [("why", one.message), *one.details()]
    for label, text in entries:
        yield textwrap.fill(
            text,
            width=WIDTH,
            initial_indent=f"    {label:<8}",
            subsequent_indent=" " * 12,
            break_long_words=False,
            break_on_hyphens=False,
        )
