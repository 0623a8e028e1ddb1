"""What `run` and `explain` share on the command line: the script, and the file for JSON."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from gradaudit.cli.script import Target
from gradaudit.errors import UsageError


def add_target(parser: argparse.ArgumentParser, options: str) -> None:
    """SCRIPT, or `-m MODULE`, and all that follows. `options`: how the usage line shows ours."""
    # An option of the script that is the beginning of two of ours would be refused as ambiguous.
    parser.allow_abbrev = False
    start = f"{parser.prog} {options}"
    parser.usage = f"{start} SCRIPT [ARGS...] | {start} -m MODULE [ARGS...]"
    parser.add_argument("script", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    parser.add_argument(
        "-m",
        dest="module",
        nargs=argparse.REMAINDER,
        metavar="MODULE",
        help="run a module or a package, as python -m does",
    )


def target_of(args: argparse.Namespace, verb: str) -> Target:
    """What is to be run.

    Raises:
        UsageError: nothing was named.

    """
    words: list[str] = list(args.script)
    if args.module is not None:
        words = [*args.module, *words]
    elif words[:1] == ["--"]:
        del words[0]
    if not words:
        raise UsageError(
            "expected a script, got none; "
            f"for example: gradaudit {verb} train.py, or: gradaudit {verb} -m package.train."
        )
    return Target(words[0], tuple(words[1:]), is_module=args.module is not None)


def json_of(args: argparse.Namespace) -> Path | None:
    """Where the JSON of this rank goes; see `file_of`."""
    return file_of(args.json, "--json")


def file_of(word: str | None, option: str) -> Path | None:
    """Where this rank writes what an option names a file for; None where it was not given.

    Raises:
        UsageError: standard output, or a place where no file can be made.

    """
    if word is None:
        return None
    if word == "-":
        raise UsageError(
            f"expected a file for {option}, got '-': standard output is the script's, "
            "so give a path."
        )
    path = creatable(Path(word), option, is_directory=False)
    rank = rank_here()
    if rank == 0:
        return path
    if option == "--json":
        return path.with_name(f"{path.name}.rank{rank}")
    return path.with_name(f"{path.stem}.rank{rank}{path.suffix}")  # browsers go by the suffix


def creatable(path: Path, option: str, *, is_directory: bool) -> Path:
    """The absolute path, if something can be written there.

    Raises:
        UsageError: it cannot.

    """
    path = path.absolute()
    place = next(one for one in (path, *path.parents) if one.exists())
    wrong = None
    if place == path and place.is_dir() is not is_directory:
        wrong = f"which is {'no' if is_directory else 'a'} directory"
    elif place != path and not place.is_dir():
        wrong = f"but {place} is no directory"
    elif not os.access(place, os.W_OK):
        wrong = f"but there is no permission to write to {place}"
    if wrong is None:
        return path
    wanted = "directory" if is_directory else "file"
    raise UsageError(
        f"expected a {wanted} that can be written for {option}, got {str(path)!r}, "
        f"{wrong}: give another path."
    )


def rank_here() -> int:
    """The rank of this process, as launchers give it."""
    rank = os.environ.get("RANK", "")
    return int(rank) if rank.isdecimal() else 0
