"""`gradaudit run`: audit a script that nobody changed.

[Note: Nothing before the script] Until the script imports torch, neither torch nor numpy nor rich
is imported here: what the script does first (environment variables, thread counts, warning
filters) must find them as it does without us. So the imports of those rooms stand in functions.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from gradaudit import torch_import
from gradaudit.cli.arguments import (
    add_target,
    creatable,
    file_of,
    json_of,
    rank_here,
    target_of,
)
from gradaudit.cli.script import Ending, Target, check, execute
from gradaudit.config import Settings, load_pyproject
from gradaudit.errors import UsageError

if TYPE_CHECKING:
    from gradaudit.cli.progress import Progress
    from gradaudit.probes.script import ScriptAudit
    from gradaudit.report import Report
    from gradaudit.sinks.base import Sink

_FINDINGS = 1
"""Exit code where `--fail-on` is reached and the script itself would have left with 0."""
_NOT_DELIVERED = 2
"""Exit code where the script's is 0, but `--json`, `--html` or `--fail-on` could not be served."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this verb; all that follows SCRIPT or `-m MODULE` belongs to the script."""
    add_target(parser, "[OPTIONS]")
    parser.add_argument(
        "--json", metavar="FILE", help="also write the report as JSON (FILE.rankN for other ranks)"
    )
    parser.add_argument(
        "--html", metavar="FILE", help="also write the report as a page of its own, for a browser"
    )
    parser.add_argument(
        "--log-dir",
        metavar="DIR",
        help="save the events, for `gradaudit report`, and a TensorBoard log",
    )
    parser.add_argument(
        "--fail-on",
        choices=("error", "warning"),
        help="leave with 1 instead of 0 when something at least this severe was found",
    )
    parser.add_argument(
        "--trace", choices=("auto", "always", "off"), help="when steps are traced for causes"
    )
    for name, metavar, what in (
        ("select", "RULES", "only these rules: codes, prefixes or names, with commas between them"),
        ("ignore", "RULES", "not these rules"),
        ("ignore-parameters", "GLOBS", "not parameters whose qualified names match"),
    ):
        parser.add_argument(f"--{name}", metavar=metavar, action="append", help=what)
    parser.add_argument(
        "--sync", action="store_true", help="wait for the GPU at each backward: slower, and exact"
    )
    parser.add_argument(
        "--quiet", action="store_true", help="no report when there is nothing to say"
    )


def main(args: argparse.Namespace) -> int:
    """Run the script under audit; its own exit code, or 1 where `--fail-on` is reached.

    Raises:
        UsageError: before the script has begun.
        KeyboardInterrupt: the script was interrupted; see `gradaudit.cli.script.execute`.

    """
    try:
        target = target_of(args, "run")
        settings = _settings(args)
        json, html = json_of(args), file_of(args.html, "--html")
        check(target)
        audited = AuditedRun(target, settings, json, html, quiet=bool(args.quiet))
        torch_import.when_torch_is_imported(audited.attach)
        return execute(target, audited.conclude, audited.explain)
    except UsageError as error:
        raise UsageError(f"gradaudit run: {error}") from error
    finally:
        torch_import.forget()


class AuditedRun:
    """The audit of one script: attached when torch comes, told of when the script has ended."""

    def __init__(
        self,
        target: Target,
        settings: Settings,
        json: Path | None,
        html: Path | None = None,
        *,
        quiet: bool,
    ) -> None:
        self._command = target.command
        self._settings = settings
        self._json = json
        self._html = html
        self._quiet = quiet
        # The script may put another stream there, or leave the directory.
        self._stream: TextIO | None = sys.stderr
        self._home = os.getpid()
        self._audit: ScriptAudit | None = None
        self._progress: Progress | None = None
        self._failure: str | None = None
        self._missing: str | None = None

    def attach(self) -> None:
        """Begin to audit. Torch has just been imported."""
        if os.getpid() != self._home:
            return
        audit = None
        try:
            from gradaudit.probes.script import ScriptAudit

            audit = ScriptAudit(self._settings, self._command, self._sinks())
            audit.attach()
        except Exception as error:  # the script must go on
            self._failure = f"{type(error).__name__}: {error}"
            if audit is not None:
                with contextlib.suppress(Exception):
                    audit.finish(None, None)
        else:
            self._audit = audit

    def explain(self, error: BaseException) -> None:
        """The script has died of this exception."""
        if self._audit is not None and os.getpid() == self._home:
            self._audit.explain(error)

    def conclude(self, ending: Ending) -> int:
        """Report on the run, and give the exit code to leave with."""
        torch_import.forget()
        try:
            code = self._deliver(ending)
        except KeyboardInterrupt:
            self._say("gradaudit: interrupted while reporting.")
            code = _NOT_DELIVERED
        except Exception as error:  # the script's end must be its own
            self._say(f"gradaudit: the report failed ({type(error).__name__}: {error}).")
            code = _NOT_DELIVERED
        return ending.code or code

    def _deliver(self, ending: Ending) -> int:
        """Print and write the report; the exit code of a script that itself would leave with 0."""
        if self._progress is not None:
            self._progress.close()
        report = self._report(ending)
        self._show(report)
        fail_on = self._settings.fail_on
        if not self._write(report) or (self._failure is not None and fail_on is not None):
            return _NOT_DELIVERED
        return _FINDINGS if report.reaches(fail_on) else 0

    def _sinks(self) -> list[Sink]:
        from gradaudit.cli.progress import Progress

        sinks: list[Sink] = []
        if self._settings.log_dir is not None:
            from gradaudit.sinks.log_dir import log_dir_sinks, missing_here

            sinks += log_dir_sinks(self._settings.log_dir, rank_here())
            self._missing = missing_here(self._settings.log_dir)
        if self._stream is not None and rank_here() == 0:
            self._progress = Progress(self._stream)
            sinks.append(self._progress)
        return sinks

    def _report(self, ending: Ending) -> Report:
        if self._audit is not None:
            return self._audit.finish(ending.code, ending.exception)
        from gradaudit.cli.main import version
        from gradaudit.report import Report

        return Report(
            findings=(),
            backwards=0,
            steps=0,
            parameters=(),
            models=(),
            gradaudit=version(),
            torch=_torch_version(),
            command=self._command,
            exit_code=ending.code,
            exception=ending.exception,
            rank=rank_here(),
        )

    def _show(self, report: Report) -> None:
        """Print to the stderr of the beginning, after all that the script has printed."""
        for stream in (sys.stdout, sys.stderr):
            # It may be closed, or be anything that the script has put there.
            with contextlib.suppress(Exception):
                stream.flush()
        if self._stream is None:
            return
        silent = self._quiet or rank_here() > 0
        if self._failure is not None:
            self._say(f"gradaudit: nothing was audited, the audit could not begin: {self._failure}")
        elif self._audit is None and not silent:
            self._say("gradaudit: nothing was audited, because the script never imported torch.")
        elif report.findings or not silent:
            from gradaudit.sinks.console import ConsoleReport, plain_text

            try:
                ConsoleReport(self._stream).render(report)
            except (OSError, RuntimeError, ValueError):
                # The stream is closed, or a signal has come in the middle of a write to it.
                self._say(plain_text(report))
        if self._missing is not None and not silent:
            self._say(f"gradaudit: {self._missing}.")
        if self._audit is not None and not silent:
            for glob in self._audit.unmatched_globs():
                self._say(f"gradaudit: ignore_parameters: {glob!r} matched no parameter.")

    def _write(self, report: Report) -> bool:
        """Whether all files that are wanted could be written."""
        done = True
        for path, what, text in (
            (self._json, "JSON", lambda: report.to_json() + "\n"),
            (self._html, "HTML", report.to_html),
        ):
            if path is None:
                continue
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text(), encoding="utf-8")
            except Exception as error:
                self._say(f"gradaudit: the {what} could not be written: {error}.")
                done = False
        return done

    def _say(self, text: str) -> None:
        """Print, if need be past a stream that is closed or busy."""
        try:
            if self._stream is not None:
                self._stream.write(text + "\n")
                self._stream.flush()
        except (OSError, RuntimeError, ValueError):
            try:
                os.write(2, (text + "\n").encode("utf-8", "backslashreplace"))
            except OSError:
                return


def _settings(args: argparse.Namespace) -> Settings:
    """The settings of pyproject.toml, overruled by the command line.

    What is found is told at the end, never by a warning or an exception inside the script.
    """
    options = load_pyproject(Path.cwd())
    for name in ("trace", "fail_on", "log_dir"):
        if getattr(args, name) is not None:
            options[name] = getattr(args, name)
    for name in ("select", "ignore", "ignore_parameters"):
        if getattr(args, name) is not None:
            options[name] = ",".join(getattr(args, name))
    if args.sync:
        options["sync"] = True
    folder = options.get("log_dir")
    if isinstance(folder, str):
        options["log_dir"] = str(creatable(Path(folder), "--log-dir", is_directory=True))
    return Settings.of(**{**options, "on_finding": "silent", "raise_on": None})


def _torch_version() -> str:
    """The version of a torch that was imported though nothing could be attached to it."""
    return str(getattr(sys.modules.get("torch"), "__version__", ""))
