"""`gradaudit rules`: the catalogue of rules, or the page of one."""

from __future__ import annotations

import argparse
import sys
from importlib import resources
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown
from rich.text import Text

from gradaudit.config import resolve_rule
from gradaudit.rules import CATALOGUE
from gradaudit.rules.base import RuleInfo
from gradaudit.sinks.console import PLAIN_WIDTH


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this verb."""
    parser.add_argument(
        "rule", nargs="?", metavar="CODE|NAME", help="a code, a prefix of codes, or a name"
    )


def main(args: argparse.Namespace) -> int:
    """Print the table of the catalogue, of a part of it, or one page."""
    rules = sorted(CATALOGUE.values(), key=lambda info: info.code)
    if args.rule is not None:
        code = resolve_rule(args.rule, {info.code: info.name for info in rules})
        rules = [info for info in rules if info.code.startswith(code)]
        if [info.code for info in rules] == [code]:
            _print_page(rules[0])
            return 0
    _print_table(rules)
    return 0


def page(info: RuleInfo) -> str:
    """The Markdown text of a rule's page; of a rule that has none, what the catalogue says."""
    bundled = resources.files("gradaudit.rules") / "pages" / f"{info.code}.md"
    if bundled.is_file():
        return bundled.read_text(encoding="utf-8")
    in_repository = Path(__file__).parents[2] / info.page
    if in_repository.is_file():
        return in_repository.read_text(encoding="utf-8")
    return f"# {info.code} {info.name}\n\n{info.summary}\n"


def _print_page(info: RuleInfo) -> None:
    text = page(info)
    console = Console()
    if console.is_terminal:
        console.print(Markdown(text))
    else:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")


def _print_table(rules: list[RuleInfo]) -> None:
    console = Console(highlight=False)
    width = console.width if console.is_terminal else PLAIN_WIDTH
    for info in rules:
        head = f"{info.code}  {info.severity.value:<8} {info.name}"
        summary = Text(info.summary).wrap(console, max(width - 4, 20))
        console.print(Text(head, "bold"), soft_wrap=True)
        for line in summary:
            line.rstrip()
            console.print(Text.assemble("    ", line), soft_wrap=True)
