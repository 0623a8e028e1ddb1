"""Is what the audit says of a model true? Asked of what plain PyTorch has shown of the same run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

import torch

from gradaudit.findings import Finding, Severity
from gradaudit.report import Report
from tests.zoo.training import Truth

FREEZE = re.compile(r"freeze (?:it|them): `([^`]+)`")
IGNORE = re.compile(r"`ignore_parameters=\[([^\]]+)\]`")
IDLE = ("unused-module", "unused-output")
ALLOWED = {
    "GA101": (Severity.WARNING, Severity.INFO),
    "GA102": (Severity.INFO,),
    "GA203": (Severity.WARNING, Severity.INFO),
    "GA403": (Severity.INFO,),
    "GA404": (Severity.INFO,),
}
"""Of a healthy architecture: dead weight, and facts."""


def lies(report: Report, truth: Truth, model: torch.nn.Module, *, traced: bool) -> list[str]:
    """Everything in the report that is not so, or is missing or said twice; empty is right."""
    return [*_lies(report, truth, model, traced=traced)]


def _lies(report: Report, truth: Truth, model: torch.nn.Module, *, traced: bool) -> Iterator[str]:
    told: list[str] = []
    for finding in report.findings:
        if finding.severity not in ALLOWED.get(finding.code, ()):
            yield f"{finding.severity} of a healthy model: {finding}"
        elif finding.code == "GA101":
            told += finding.parameters
            yield from _of_missing(finding, truth, model, traced=traced)
        elif finding.code == "GA102":
            yield from _of_intermittent(finding, truth)
        elif finding.code == "GA203":
            yield from _of_zero(finding, truth)
        elif finding.code == "GA404":
            stayed = {n for n, p in model.named_parameters() if torch.equal(p, truth.first[n])}
            if not set(finding.parameters) <= stayed:
                yield f"they moved: {finding}"
        elif finding.code == "GA403":
            frozen = {n for n, p in model.named_parameters() if not p.requires_grad}
            if not set(finding.parameters) <= frozen:
                yield f"not frozen: {finding}"
    never = {name for name, n in truth.arrived.items() if n == 0}
    if set(told) != never:
        yield f"missing gradients told {sorted(set(told) ^ never)[:4]} otherwise than they are"
    if len(told) != len(set(told)):
        yield "a parameter is in two findings of a missing gradient"
    heads = [
        (f.cause.kind, f.cause.module)
        for f in report.findings
        if f.code == "GA101" and f.cause is not None and f.cause.kind in IDLE
    ]
    if len(heads) != len(set(heads)):
        yield f"one module, several findings: {heads}"


def _of_missing(
    finding: Finding, truth: Truth, model: torch.nn.Module, *, traced: bool
) -> Iterator[str]:
    names = finding.parameters
    if finding.count != truth.steps:
        yield f"{finding.count} steps, not {truth.steps}"
    cause = finding.cause
    if cause is None:
        if traced:
            yield f"no cause although a step was traced: {finding}"
    elif cause.kind == "unused-module":
        meant = modules_of(cause.module, model)
        ran = [m for m in meant if any(_is_below(r, m) for r in truth.ran | truth.ran_without)]
        if ran:
            yield f"its forward did run: {ran}"
        if not meant or {n for n in names if not any(_is_below(n, m) for m in meant)}:
            yield f"not of {cause.module}: {names[:3]}"
        rest = {n for n in truth.trainable if any(_is_below(n, m) for m in meant)} - set(names)
        if rest:
            yield f"{cause.module} has more: {sorted(rest)[:3]}"
    elif cause.kind == "unused-output":
        meant = modules_of(cause.module, model)
        if not meant or not all(m in truth.ran or _is_used_unasked(m, truth) for m in meant):
            yield f"its forward did not run: {cause.module}"
        if {n for n in names if not any(_is_below(n, m) for m in meant)}:
            yield f"not of {cause.module}: {names[:3]}"
    elif cause.kind == "no-grad-region":
        owners = {name.rpartition(".")[0] for name in names}
        if owners & truth.ran:
            yield f"ran with gradients: {sorted(owners & truth.ran)}"
    if finding.severity is Severity.WARNING:
        yield from _of_its_fix(finding, model)


def _of_its_fix(finding: Finding, model: torch.nn.Module) -> Iterator[str]:
    """The lines to paste mean just these parameters."""
    if not re.search(r"\bfreeze\b", finding.fix):
        yield f"no way out: {finding.fix}"
    line = FREEZE.search(finding.fix)
    if line is not None:
        before = {n for n, p in model.named_parameters() if p.requires_grad and p.numel()}
        every = {n for n, p in model.named_parameters() if p.requires_grad}
        exec(line.group(1), {"model": model})
        after = {n for n, p in model.named_parameters() if p.requires_grad}
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(name in before or (name in every and not parameter.numel()))
        others = (before - after) ^ set(finding.parameters)
        if others:
            yield f"`{line.group(1)}` freezes other ones: {sorted(others)[:3]}"
    globs = IGNORE.search(finding.fix)
    if globs is not None:
        patterns = [one.strip().strip('"') for one in globs.group(1).split(",")]
        trainable = [n for n, p in model.named_parameters() if p.requires_grad and p.numel()]
        meant = {n for n in trainable if any(fnmatchcase(n, one) for one in patterns)}
        if meant != set(finding.parameters):
            yield f"{patterns} ignore other ones: {sorted(meant ^ set(finding.parameters))[:3]}"


def _of_intermittent(finding: Finding, truth: Truth) -> Iterator[str]:
    shares = {truth.arrived[name] for name in finding.parameters}
    if shares != {finding.evidence["arrived"]} or finding.evidence["steps"] != truth.steps:
        yield f"arrived in {shares} of {truth.steps} steps: {finding}"


def _of_zero(finding: Finding, truth: Truth) -> Iterator[str]:
    zero = [truth.zero[name] for name in finding.parameters]
    if min(zero) == 0 or max(zero) < finding.count:
        yield f"zero in {zero[:4]} steps: {finding}"


def _is_below(name: str, module: str) -> bool:
    """`module` "" is the model itself."""
    return module in ("", name) or name.startswith(f"{module}.")


def _is_used_unasked(module: str, truth: Truth) -> bool:
    """Around it something ran: its weights may have been used without calling it."""
    return any(_is_below(module, one) for one in truth.ran if one)


def modules_of(pattern: str | None, model: torch.nn.Module) -> list[str]:
    """The modules that a cause names: `layers.{0-2,7}.attn` are four; the model itself is ""."""
    names = [name for name, _ in model.named_modules() if name]
    if pattern == type(model).__name__:
        return [""]
    parts = [re.escape(part) if not part.startswith(("*", "{")) else _numbers(part)
             for part in (pattern or "").split(".")]  # fmt: skip
    return [name for name in names if re.fullmatch(r"\.".join(parts), name)]


def _numbers(part: str) -> str:
    if part == "*":
        return r"\d+"
    found: list[int] = []
    for one in part.strip("{}").split(","):
        first, _, last = one.partition("-")
        found += range(int(first), int(last or first) + 1)
    return f"(?:{'|'.join(map(str, found))})"
