"""Findings in words: what every report says alike, on a console or elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gradaudit.findings import Cause, Finding, Severity
from gradaudit.grouping import Group, families, group_by_prefix
from gradaudit.report import Report

_CAUSES = {
    "unused-module": "the forward of the module never ran",
    "unused-output": "the forward ran, but nothing that it computed with this reached the loss",
    "detach": "the value was detached from the graph",
    "data-attribute": "the value was read through `.data`, which the graph does not follow",
    "no-grad-region": "the value was computed while gradients were disabled",
    "inference-mode": "the value was computed in inference mode",
    "non-differentiable-op": "an operation that has no gradient is in between",
    "rewrapped-value": "the value left the graph and was wrapped into a new tensor",
    "reentrant-checkpoint": "a reentrant checkpoint got no input that requires grad",
    "custom-function": "a custom autograd function returned no gradient",
    "requires-grad-off": "requires_grad is off",
    "replaced-parameter": "the parameter was replaced by another object",
    "unregistered-leaf": "the tensor is registered in no audited module",
    "cleared": "the gradient was cleared before it was used",
    "other-backward": "it belongs to another loss, whose backward reaches it",
    "nonfinite-op": "the value became non-finite in this operation",
    "nonfinite-input": "the input was non-finite already",
    "inplace-edit": "the value was changed in place",
    "reused-graph": "the value was built once and used by more than one backward",
    "kept-graph": "the value keeps the graph that it was computed with",
    "unknown": "not known",
}
NOT_JUDGED = ("frozen", "skipped")
MOST_SEVERE_FIRST = (Severity.ERROR, Severity.WARNING, Severity.INFO)


def plural(count: int, word: str) -> str:
    """As in "1 step", "2 steps"."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def headline(report: Report) -> str:
    """How many findings, in how much training: one line."""
    extent = ", ".join(
        (
            plural(report.steps, "step"),
            plural(report.backwards, "backward"),
            plural(len(report.parameters) + report.unnamed, "parameter"),
        )
    )
    found = [
        plural(report.count(severity), severity.value)
        for severity in MOST_SEVERE_FIRST
        if report.count(severity)
    ]
    return f"gradaudit: {', '.join(found) or 'no findings'} in {extent}"


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """The most severe first; among equals the order in which they were made."""
    return sorted(findings, key=lambda one: -one.severity.rank)


def groups(finding: Finding, report: Report) -> list[Group]:
    """The parameters of a finding, grouped by the modules they fill.

    Where the report does not know the healthy parameters, each stands alone.
    """
    known = report.known_names(finding.model)
    if not known:
        return [Group(name, (name,)) for name in finding.parameters]
    told = set(finding.parameters)
    # A module whose other parameters are frozen is affected as a whole.
    known = [n for n in known if n in told or report.statuses.get(n) not in NOT_JUDGED]
    return group_by_prefix(finding.parameters, known)


def members(finding: Finding, report: Report) -> list[str]:
    """The groups in words, those of several layers as one: "layers.*.attn.* (96 parameters)"."""
    found = groups(finding, report)
    known = report.known_names(finding.model)
    if not known:
        return [str(group) for group in found]
    modules = {name.rsplit(".", i)[0] for name in known for i in range(1, name.count(".") + 1)}
    sizes = {group.prefix: len(group.names) for group in found if not group.alone}
    words: dict[str, str] = {}
    for family in families(sizes, modules):
        whole = f"{family.pattern}.*" if family.pattern else "the whole model"
        n = sum(sizes[name] for name in family.members)
        words[family.members[0]] = f"{whole} ({plural(n, 'parameter')})"
    for family in families([g.prefix for g in found if g.alone], known):
        n = len(family.members)
        more = f" ({plural(n, 'parameter')})" if n > 1 else ""
        words[family.members[0]] = family.pattern + more
    return [words[group.prefix] for group in found if group.prefix in words]


def listed(words: Sequence[object], most: int) -> str:
    """At most `most` of the words, with commas, and how many more there are."""
    shown = ", ".join(str(word) for word in words[:most])
    return shown if len(words) <= most else f"{shown} and {len(words) - most} more"


def seen(finding: Finding) -> str:
    """As in "step 3", or "steps 0 to 9, 10 times"."""
    times = "" if finding.count == 1 else f", {finding.count} times"
    if finding.first_step == finding.last_step:
        return f"step {finding.first_step}{times}"
    return f"steps {finding.first_step} to {finding.last_step}{times}"


def place(cause: Cause) -> str | None:
    """As in "train.py:12 in forward"; None where no place is known."""
    if cause.file is None:
        return None
    line = "" if cause.line is None else f":{cause.line}"
    return f"{cause.file}{line}" + (f" in {cause.function}" if cause.function else "")


def because(cause: Cause) -> str:
    """The cause as a clause: its kind, what that means, the op and the module."""
    words = _CAUSES.get(cause.kind)
    said = cause.kind if words is None or cause.kind == "unknown" else f"{cause.kind}: {words}"
    if cause.op:
        said += f" ({cause.op})"
    if cause.module:
        said += f", in module {cause.module}"
    return said if cause.certain else f"probably {said}"
