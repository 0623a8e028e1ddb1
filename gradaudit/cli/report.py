"""`gradaudit report`: judge a saved run again and print what was found."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gradaudit.auditor import Auditor
from gradaudit.config import Settings, load_pyproject
from gradaudit.errors import UsageError
from gradaudit.events import RunStarted
from gradaudit.report import Report
from gradaudit.sinks.console import ConsoleReport
from gradaudit.sinks.jsonl import log_files, opened_at, read_events

FINDINGS = 1
"""Exit code where `--fail-on` is reached."""
_TO_STDOUT = "-"
_ONE_RUN = 600.0
"""Seconds: ranks of one run start closer together than this, or their process group times out."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this verb."""
    parser.add_argument(
        "path",
        metavar="DIR|FILE",
        help="what log_dir or --log-dir named (the newest run in it, ranks merged), or one file",
    )
    parser.add_argument(
        "--json", metavar="FILE", help='also write the report as JSON; "-": only that, to stdout'
    )
    parser.add_argument(
        "--html", metavar="FILE", help="also write the report as a page of its own, for a browser"
    )
    for name, what in (("select", "only"), ("ignore", "not")):
        parser.add_argument(
            f"--{name}",
            metavar="RULES",
            action="append",
            help=f"{what} these rules: codes, prefixes or names, with commas between them",
        )
    parser.add_argument(
        "--fail-on",
        choices=("error", "warning"),
        help="exit with 1 when something at least this severe was found",
    )


def main(args: argparse.Namespace) -> int:
    """Replay and print; 0, or 1 where `--fail-on` is reached."""
    settings = _settings(args)
    if args.html == _TO_STDOUT:
        raise UsageError("expected a file for --html, got '-'; a browser opens it from a disk.")
    path = Path(args.path)
    files = newest_run(path) if path.is_dir() else [path]
    report = Report.combined(replay(file, settings) for file in files)
    if args.json == _TO_STDOUT:
        sys.stdout.write(report.to_json() + "\n")
    else:
        ConsoleReport(sys.stdout).render(report)
        if args.json is not None:
            _write(Path(args.json), "--json", report.to_json() + "\n")
    if args.html is not None:
        _write(Path(args.html), "--html", report.to_html())
    return FINDINGS if report.reaches(settings.fail_on) else 0


def replay(path: Path, settings: Settings) -> Report:
    """The report on one saved run of one rank, judged anew.

    Raises:
        UsageError: the file cannot be read, is damaged or holds no event.

    """
    auditor = Auditor(settings)
    count = 0
    for event in read_events(path):
        auditor.feed(event)
        count += 1
    if count == 0:
        raise UsageError(
            f"{path}: expected the events of a saved run, got none; "
            "the run was stopped before it began, or the file is no log of gradaudit."
        )
    return auditor.report()


def newest_run(directory: Path) -> list[Path]:
    """The log of each rank of the newest run that was saved in a directory, lowest rank first.

    Raises:
        UsageError: there is none.

    """
    last = {rank: files[-1] for rank, files in log_files(directory).items()}
    if not last:
        below = sorted(file.parent for file in directory.glob("*/gradaudit.rank*.jsonl"))
        hint = f"there is one in {below[0]}" if below else "give the directory `log_dir` named"
        raise UsageError(
            f"{directory}: expected a saved run (gradaudit.rank0.jsonl), got a directory without "
            f"one; {hint}."
        )
    newest = max(last.values(), key=opened_at)
    start, size = opened_at(newest), _world_size(newest)
    # A run of fewer ranks leaves the files of an earlier, larger one beside its own.
    return [
        path
        for path in last.values()
        if path == newest or (_world_size(path) == size and start - opened_at(path) < _ONE_RUN)
    ]


def _world_size(path: Path) -> int:
    """Number of ranks of a saved run; 0 where the log does not say."""
    first = next(read_events(path), None)
    return first.world_size if isinstance(first, RunStarted) else 0


def _settings(args: argparse.Namespace) -> Settings:
    """The settings of pyproject.toml, overruled by the command line."""
    options = load_pyproject(Path.cwd())
    for name in ("select", "ignore"):
        if getattr(args, name) is not None:
            options[name] = ",".join(getattr(args, name))
    if args.fail_on is not None:
        options["fail_on"] = args.fail_on
    return Settings.of(**{**options, "on_finding": "silent", "raise_on": None, "log_dir": None})


def _write(path: Path, option: str, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"expected a file that the report can be written to, got: {error}; "
            f"give another path to {option}."
        ) from error
