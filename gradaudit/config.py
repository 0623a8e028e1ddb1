"""WHAT WAS ASKED FOR: the settings of an audit, checked once, where they come in."""

from __future__ import annotations

import difflib
import fnmatch
import os
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from gradaudit.errors import UsageError

if TYPE_CHECKING:
    from gradaudit.findings import Finding

Values: TypeAlias = Literal["all", "sampled"]
Trace: TypeAlias = Literal["auto", "always", "off"]
Threshold: TypeAlias = Literal["error", "warning"]
OnFinding: TypeAlias = "Literal['warn', 'log', 'silent'] | Callable[[Finding], None]"

_CODE = re.compile(r"GA\d{0,3}")
_OWN_CODES = "GA9"
"""Codes about the auditor itself: no `select` hides them, only an `ignore` that names them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one audit. `Settings.of` checks what users give; see its table of options.

    `select`, `ignore`: codes ("GA101"), prefixes of codes ("GA2") or names of rules;
    `ignore_parameters`: globs on qualified names; `trace`: when the graph is traced for causes;
    `values`: "all", every gradient is measured whole, or "sampled", large ones a sixteenth at a
    time; `every`: measured in every that-many-th backward;
    `on_finding`: what happens at once; `raise_on`: from this severity on an optimizer step raises;
    `fail_on`: from this severity on the command line exits with 1; `log_dir`: where events are
    saved, None for nowhere; `ranks`: "local", no rank asks another; `sync`: wait for the values of
    gradients on a device.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    ignore_parameters: tuple[str, ...] = ()
    trace: Trace = "auto"
    values: Values = "all"
    every: int = 1
    on_finding: OnFinding = "warn"
    raise_on: Threshold | None = None
    fail_on: Threshold | None = None
    log_dir: str | None = None
    ranks: Literal["local"] = "local"
    sync: bool = False

    @classmethod
    def of(cls, known: Mapping[str, str] | None = None, /, **options: object) -> Settings:
        """The settings that `options` ask for; an option left out has its default.

        `known`: the catalogue, code -> name; None: the one of `gradaudit.rules`.

        Raises:
            UsageError: an option, a value of it or a rule is not known.

        """
        checked = {name: _checked(name, value, known) for name, value in options.items()}
        # Each value has been checked against its own field by `_checked`.
        return cls(**checked)  # pyright: ignore[reportArgumentType]

    def wants(self, code: str) -> bool:
        """Whether findings of this code are to be told.

        The longest selector that matches decides, and `ignore` wins where both are equally long.
        GA9xx is about the auditor itself and is wanted unless it is ignored.
        """
        picked = max((_reach(one, code) for one in self.select), default=0)
        if code.startswith(_OWN_CODES):
            picked = max(picked, 0)
        ignored = max((_reach(one, code) for one in self.ignore), default=-1)
        return picked >= 0 and picked > ignored

    def ignores_parameter(self, name: str) -> bool:
        """Whether a parameter of this qualified name is left out of the audit."""
        return any(fnmatch.fnmatchcase(name, glob) for glob in self.ignore_parameters)

    def unmatched_globs(self, names: Sequence[str]) -> list[str]:
        """The globs of `ignore_parameters` that match none of these names."""
        return [
            glob
            for glob in self.ignore_parameters
            if not any(fnmatch.fnmatchcase(name, glob) for name in names)
        ]


def load_pyproject(start: Path, known: Mapping[str, str] | None = None) -> dict[str, object]:
    """The options under `[tool.gradaudit]` in the nearest pyproject.toml at or above `start`.

    Keys come back with underscores, lists as tuples, `log_dir` relative to the file's directory.
    Empty where there is no such file or no such table. `known`: as in `Settings.of`.

    Raises:
        UsageError: the file cannot be read, or an option in it is wrong; the sentence names it.

    """
    file = _nearest_pyproject(start)
    if file is None:
        return {}
    try:
        document: object = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{file}: expected a readable TOML file, got: {error}.") from error
    table = document
    for header in ("tool", "gradaudit"):
        table = cast("dict[str, object]", table).get(header, {})
        if not isinstance(table, dict):
            raise UsageError(
                f"{file}: expected a table [tool.gradaudit], got {header} = {table!r}; "
                "write the options below that header, one a line."
            )
    options: dict[str, object] = {}
    for key, value in cast("dict[str, object]", table).items():
        name = key.replace("-", "_")
        try:
            options[name] = _checked(name, value, known)
        except UsageError as error:
            raise UsageError(f"{file}: {error}") from error
    if isinstance(options.get("log_dir"), str):
        options["log_dir"] = str(file.parent / cast("str", options["log_dir"]))
    return options


def resolve_rule(word: str, known: Mapping[str, str]) -> str:
    """The code, or prefix of codes, that `word` means: "ga101", "GA2" or "missing-gradient".

    Raises:
        UsageError: no rule of `known` (code -> name) is meant by it.

    """
    code = word.strip().upper()
    if _CODE.fullmatch(code) and any(one.startswith(code) for one in known):
        return code
    name = word.strip().lower().replace("_", "-")
    for one, its_name in known.items():
        if its_name == name:
            return one
    near = difflib.get_close_matches(code, known, 1) or difflib.get_close_matches(
        name, list(known.values()), 1, 0.5
    )
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise UsageError(
        f"expected the code, the prefix or the name of a rule, got {word!r}; "
        f"{hint}`gradaudit rules` lists them all."
    )


def catalogue_names() -> dict[str, str]:
    """The name of every rule by its code, read off the names of the rules' files.

    Importing the rules would import numpy, and `gradaudit run` must not do that before the script.
    """
    found: dict[str, str] = {}
    for file in sorted(Path(__file__).parent.joinpath("rules").glob("ga[0-9]*.py")):
        code, _, name = file.stem.partition("_")
        found[code.upper()] = name.replace("_", "-")
    return found


def _reach(selector: str, code: str) -> int:
    """Length of the part of `code` that `selector` matches; -1 where it does not."""
    if _CODE.fullmatch(selector):
        return len(selector) if code.startswith(selector) else -1
    return len(code) if catalogue_names().get(code) == selector else -1


def _nearest_pyproject(start: Path) -> Path | None:
    start = start.absolute()
    for folder in (start, *start.parents):
        if (folder / "pyproject.toml").is_file():
            return folder / "pyproject.toml"
    return None


def _checked(name: str, value: object, known: Mapping[str, str] | None) -> object:
    """The value of an option as its field wants it."""
    if name in ("select", "ignore"):
        words = _words(name, value)
        names = catalogue_names() if known is None and words else known or {}
        try:
            return tuple(resolve_rule(word, names) for word in words)
        except UsageError as error:
            raise UsageError(f"{name}: {error}") from error
    check = _CHECKS.get(name)
    if check is None:
        options = ["select", "ignore", *_CHECKS]
        near = difflib.get_close_matches(name, options, 1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise UsageError(
            f"expected an option of gradaudit, got {name!r}; {hint}there are {', '.join(options)}."
        )
    return check(name, value)


def _words(name: str, value: object) -> tuple[str, ...]:
    """A string (parted at commas) or a sequence of strings, as a tuple of strings."""
    if value is None:
        return ()
    if isinstance(value, str):
        return tuple(word.strip() for word in value.split(",") if word.strip())
    if isinstance(value, (Sequence, set, frozenset)):
        words = list(cast("Sequence[object]", value))
        if all(isinstance(word, str) for word in words):
            return tuple(cast("list[str]", words))
    raise UsageError(f"{name}: expected a string or a list of strings, got {value!r}.")


def _choice(*choices: str | None) -> Callable[[str, object], object]:
    def check(name: str, value: object) -> object:
        # Not `value in choices`: an array would be compared element by element.
        if any(value is one or (isinstance(value, str) and value == one) for one in choices):
            return value
        words = [repr(one) for one in choices]
        near = difflib.get_close_matches(str(value), [str(one) for one in choices], 1)
        hint = f"; did you mean {near[0]!r}?" if near else "."
        raise UsageError(
            f"{name}: expected {', '.join(words[:-1])} or {words[-1]}, got {value!r}{hint}"
            if len(words) > 1
            else f"{name}: expected {words[0]}, the only choice in this version, got {value!r}."
        )

    return check


def _every(name: str, value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    raise UsageError(
        f"{name}: expected a whole number from 1 on, got {value!r}; "
        "1 measures every backward, 10 every tenth."
    )


def _flag(name: str, value: object) -> object:
    if isinstance(value, bool):
        return value
    raise UsageError(f"{name}: expected True or False, got {value!r}.")


def _on_finding(name: str, value: object) -> object:
    if callable(value):
        return value
    try:
        return _choice("warn", "log", "silent")(name, value)
    except UsageError as error:
        raise UsageError(
            f"{name}: expected 'warn', 'log', 'silent' or a function that takes a Finding, "
            f"got {value!r}."
        ) from error


def _log_dir(name: str, value: object) -> object:
    if value is None:
        return None
    if isinstance(value, (str, os.PathLike)):
        path = os.fspath(cast("str | os.PathLike[str]", value))
        if isinstance(path, str) and path:  # pyright: ignore[reportUnnecessaryIsInstance]
            return path
    raise UsageError(f"{name}: expected the path of a directory, got {value!r}.")


_CHECKS: Mapping[str, Callable[[str, object], object]] = {
    "ignore_parameters": _words,
    "trace": _choice("auto", "always", "off"),
    "values": _choice("all", "sampled"),
    "every": _every,
    "on_finding": _on_finding,
    "raise_on": _choice(None, "error", "warning"),
    "fail_on": _choice(None, "error", "warning"),
    "log_dir": _log_dir,
    "ranks": _choice("local"),
    "sync": _flag,
}
