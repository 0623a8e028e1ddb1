"""The command line: one verb, one file; a verb's file is imported when that verb is used.

A verb is a module with `add_arguments(parser)` and `main(args) -> exit code`. Exit codes: 0 fine,
1 findings that `--fail-on` asked for, 2 wrong usage; `run` and `explain`
have that of the script.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Never, cast

from gradaudit.errors import UsageError

PROGRAM = "gradaudit"
VERBS = {
    "run": "audit a script that nobody changed: gradaudit run train.py",
    "explain": "run a script, and say why each .grad that it read was None",
    "report": "judge a saved run again and print what was found",
    "rules": "the catalogue of rules, or the page of one",
    "doctor": "versions, and what can be audited here",
    "demo": "ten seconds: a small transformer with planted mistakes",
}
RUNS_A_SCRIPT = ("run", "explain")
USAGE_ERROR = 2
INTERRUPTED = 130
_BROKEN_PIPE = 141


class Parser(argparse.ArgumentParser):
    """Raises a UsageError instead of leaving the process."""

    def error(self, message: str) -> Never:
        """Raises: UsageError."""
        said = message.removesuffix(".")
        raise UsageError(f"{self.prog}: {said}; `{self.prog} --help` shows what is taken.")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb. `argv`: without the program's name; None: that of the process."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        return _dispatch(words)
    except UsageError as error:
        print(error, file=sys.stderr)
        return USAGE_ERROR
    except KeyboardInterrupt:
        if words and words[0] in RUNS_A_SCRIPT:
            raise  # the script was interrupted, and dies of it as it would have
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has gone; the interpreter would raise once more when it flushes at exit.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE


def version() -> str:
    """The installed version of gradaudit; "unknown" where it runs from a bare checkout."""
    try:
        return metadata.version(PROGRAM)
    except metadata.PackageNotFoundError:
        return "unknown"


def _dispatch(words: list[str]) -> int:
    if not words or words[0].startswith("-"):
        _overview().parse_args(words)  # --help and --version leave here
        raise UsageError(
            f"{PROGRAM}: expected a verb, got none; to audit a script: {PROGRAM} run train.py."
        )
    verb, rest = words[0], words[1:]
    if verb not in VERBS:
        raise UsageError(_unknown_verb(verb))
    add_arguments, run = _verb(verb)
    parser = Parser(prog=f"{PROGRAM} {verb}", description=VERBS[verb], allow_abbrev=False)
    add_arguments(parser)
    code = run(parser.parse_args(rest))
    if verb not in RUNS_A_SCRIPT:  # there stdout is the script's
        sys.stdout.flush()
    return code


def _overview() -> Parser:
    parser = Parser(
        prog=PROGRAM,
        usage=f"{PROGRAM} VERB ...",
        description="Audits PyTorch training loops: which parameters do not learn, why, and where.",
        epilog="verbs:\n"
        + "\n".join(f"  {verb:<8} {what}" for verb, what in VERBS.items())
        + f"\n\n`{PROGRAM} VERB --help` says more of one.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {version()}")
    return parser


def _unknown_verb(word: str) -> str:
    if word.endswith(".py") or Path(word).is_file():
        return (
            f"{PROGRAM}: expected a verb, got the file {word!r}; to audit it: {PROGRAM} run {word}."
        )
    near = difflib.get_close_matches(word, VERBS, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"`{PROGRAM} --help` says what each does."
    return f"{PROGRAM}: expected a verb ({', '.join(VERBS)}), got {word!r}; {hint}"


def _verb(
    name: str,
) -> tuple[Callable[[argparse.ArgumentParser], None], Callable[[argparse.Namespace], int]]:
    """The two functions of a verb's module."""
    try:
        module = importlib.import_module(f"{PROGRAM}.cli.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"{PROGRAM}.cli.{name}":
            raise
        raise UsageError(f"{PROGRAM}: the verb {name!r} is not built in this version.") from error
    return (
        cast("Callable[[argparse.ArgumentParser], None]", module.add_arguments),
        cast("Callable[[argparse.Namespace], int]", module.main),
    )
