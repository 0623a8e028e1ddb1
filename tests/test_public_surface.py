"""What others build on: names, signatures and codes, pinned."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import gradaudit
from gradaudit.events import STATUS_NAMES
from gradaudit.findings import CAUSE_KINDS, Finding, Severity
from gradaudit.rules import CATALOGUE
from gradaudit.tracing.explanation import REASONS

NAMES = ["Cause", "Explanation", "Finding", "GradAuditError", "GradAuditWarning", "Report",
         "Severity", "UsageError", "Watch", "__version__", "check", "explain",
         "watch"]  # fmt: skip

WATCH = {
    "models": inspect.Parameter.empty, "optimizers": None, "names": None, "trace": "auto",
    "values": "all", "every": 1, "on_finding": "warn", "raise_on": None, "select": (),
    "ignore": (), "ignore_parameters": (), "sinks": None, "log_dir": None, "ranks": "local",
    "sync": False,
}  # fmt: skip
"""Of DESIGN.md; `select` and `ignore` may be None or () there: both mean "not given"."""

CODES = {
    "GA101": ("missing-gradient", "warning"),
    "GA102": ("intermittent-gradient", "info"),
    "GA103": ("severed-loss-term", "warning"),
    "GA104": ("disconnected-loss", "error"),
    "GA105": ("unregistered-parameter", "warning"),
    "GA201": ("nonfinite-gradient", "error"),
    "GA202": ("nonfinite-loss", "error"),
    "GA203": ("zero-gradient", "info"),
    "GA204": ("vanishing-gradient", "warning"),
    "GA205": ("exploding-gradient", "warning"),
    "GA206": ("nonfinite-parameter", "error"),
    "GA301": ("missing-zero-grad", "error"),
    "GA302": ("step-without-gradient", "error"),
    "GA303": ("discarded-gradient", "warning"),
    "GA304": ("missing-step", "warning"),
    "GA305": ("cross-accumulation", "warning"),
    "GA306": ("clip-without-effect", "warning"),
    "GA307": ("closure-accumulates", "error"),
    "GA401": ("parameter-not-in-optimizer", "warning"),
    "GA402": ("stale-optimizer-parameter", "warning"),
    "GA403": ("frozen-parameter-in-optimizer", "info"),
    "GA404": ("parameter-not-updated", "warning"),
    "GA405": ("frozen-parameter-updated", "warning"),
    "GA406": ("ineffective-freeze", "warning"),
    "GA501": ("scaler-skips-steps", "warning"),
    "GA502": ("gradient-underflow", "info"),
    "GA601": ("ranks-disagree", "warning"),
    "GA602": ("unsynchronized-gradient", "error"),
    "GA603": ("diverged-parameters", "error"),
    "GA701": ("inplace-modified-value", "error"),
    "GA702": ("inplace-on-leaf", "error"),
    "GA703": ("backward-through-freed-graph", "error"),
    "GA704": ("silent-data-edit", "error"),
    "GA705": ("growing-graph", "warning"),
    "GA901": ("rule-failed", "info"),
    "GA902": ("cannot-audit", "info"),
}
"""The catalogue; a code that is not built yet is missing in `CATALOGUE`, never another one."""


def test_the_public_names() -> None:
    """`gradaudit.__all__` is this list, sorted, and every name is there."""
    assert list(gradaudit.__all__) == NAMES
    assert dir(gradaudit) == NAMES
    for name in NAMES:
        assert getattr(gradaudit, name) is not None


def test_the_version() -> None:
    """Three numbers."""
    assert re.fullmatch(r"\d+\.\d+\.\d+", gradaudit.__version__)


def test_the_signature_of_watch() -> None:
    """Names, order and defaults; everything after `optimizers` is keyword-only."""
    parameters = inspect.signature(gradaudit.watch).parameters
    defaults = {n: p.default for n, p in parameters.items()}
    for name in ("select", "ignore"):
        defaults[name] = defaults[name] or ()
    assert defaults == WATCH
    assert list(parameters) == list(WATCH)
    kinds = {n: p.kind.name for n, p in parameters.items()}
    assert {n for n, k in kinds.items() if k != "KEYWORD_ONLY"} == {"models", "optimizers"}


def test_the_signatures_of_explain_and_check() -> None:
    """Names and order; what need not be given."""
    for function, names, optional in (
        (gradaudit.explain, ["tensor", "loss"], {"loss"}),
        (gradaudit.check, ["step", "model", "optimizer"], {"optimizer"}),
    ):
        parameters = inspect.signature(function).parameters
        assert list(parameters) == names
        assert {n for n, p in parameters.items() if p.default is None} == optional


def test_the_fields_and_reasons_of_an_explanation() -> None:
    """Stable words: added to, never renamed."""
    assert list(gradaudit.Explanation.__dataclass_fields__) == [
        "tensor", "reason", "message", "fix", "cause", "site", "made", "backward", "count",
    ]  # fmt: skip
    assert set(REASONS) == {
        "has-gradient", "not-a-leaf", "retained-late", "requires-grad-off", "inference-tensor",
        "no-backward", "backward-raised", "not-reached", "not-among-inputs", "autograd-grad",
        "cleared", "unknown",
    }  # fmt: skip


def test_select_and_ignore_may_be_none() -> None:
    """DESIGN.md writes `select=None, ignore=None`: that is accepted as "not given"."""
    import torch

    with gradaudit.watch(torch.nn.Linear(1, 1), select=None, ignore=None, on_finding="silent"):
        pass


def test_the_methods_of_a_watch() -> None:
    """What the design names is there."""
    names = {name for name in dir(gradaudit.Watch) if not name.startswith("_")}
    assert names >= {"report", "statuses", "norms", "findings", "pause", "resume", "close"}


@pytest.mark.parametrize("code", CATALOGUE)
def test_a_code_keeps_its_name_and_severity(code: str) -> None:
    """As the catalogue of the contract has it."""
    info = CATALOGUE[code]
    assert (info.name, info.severity.value) == CODES[code]
    assert info.code == code


def test_the_codes_come_in_order() -> None:
    """`CATALOGUE` is sorted, and no rule that was built once is gone."""
    assert list(CATALOGUE) == sorted(CATALOGUE)
    built = {c for c in CODES if c not in ("GA103", "GA601", "GA602", "GA603", "GA701", "GA702",
                                           "GA703", "GA704", "GA705")}  # fmt: skip
    assert built <= set(CATALOGUE)


def test_every_code_has_its_file() -> None:
    """One rule, one file, named after code and rule."""
    folder = Path(gradaudit.__file__).parent / "rules"
    stems = {p.stem for p in folder.glob("ga*.py")}
    assert stems == {f"{i.code}_{i.name}".lower().replace("-", "_") for i in CATALOGUE.values()}


def test_words_of_the_contract() -> None:
    """Statuses, severities and kinds of causes."""
    assert STATUS_NAMES == ("ok", "none", "nan", "inf", "zero", "stale", "frozen", "skipped")
    assert [s.value for s in Severity] == ["info", "warning", "error"]
    assert CAUSE_KINDS == (
        "unused-module", "unused-output", "detach", "data-attribute", "no-grad-region",
        "inference-mode", "non-differentiable-op", "rewrapped-value", "reentrant-checkpoint",
        "custom-function", "requires-grad-off", "replaced-parameter", "unregistered-leaf",
        "cleared", "other-backward", "nonfinite-op", "nonfinite-input", "inplace-edit",
        "reused-graph", "kept-graph", "unknown",
    )  # fmt: skip
    fields = set(Finding.__dataclass_fields__)
    assert fields == {"code", "name", "severity", "message", "fix", "parameters", "model",
                      "optimizer", "rank", "cause", "first_step", "last_step", "count",
                      "evidence"}  # fmt: skip
