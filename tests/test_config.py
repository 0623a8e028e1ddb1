"""Settings: what is taken, what is refused, and which rules and parameters are wanted."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from gradaudit.config import Settings, load_pyproject
from gradaudit.errors import UsageError
from gradaudit.findings import Finding

KNOWN = {
    "GA101": "missing-gradient",
    "GA102": "intermittent-gradient",
    "GA201": "nonfinite-gradient",
    "GA301": "missing-zero-grad",
    "GA901": "rule-failed",
}
of = functools.partial(Settings.of, KNOWN)


def refusal(**options: object) -> str:
    with pytest.raises(UsageError) as caught:
        of(**options)
    return str(caught.value)


def test_defaults() -> None:
    """No options give the defaults."""
    assert Settings() == of()


def test_everything_is_wanted_by_default() -> None:
    """Without select and ignore every rule is wanted."""
    assert all(of().wants(code) for code in KNOWN)


def test_select_by_code_prefix_and_name() -> None:
    """Select takes a code, a prefix or a name, in any case, as a string with commas or a list."""
    for select in ("ga101, missing-zero-grad", ["GA101", "GA30"], ("missing_gradient", "GA3")):
        settings = of(select=select)
        assert [code for code in KNOWN if settings.wants(code)] == ["GA101", "GA301", "GA901"]


def test_ignore_wins_where_it_is_longer_or_equal() -> None:
    """The longest selector decides, and between equals ignore does."""
    assert not of(select="GA1", ignore="GA101").wants("GA101")
    assert of(select="GA1", ignore="GA101").wants("GA102")
    assert not of(select="GA101", ignore="GA101").wants("GA101")
    assert of(select="GA101", ignore="GA1").wants("GA101")
    assert not of(ignore="missing-gradient").wants("GA101")


def test_the_auditors_own_findings_are_hidden_only_by_name() -> None:
    """GA9xx is wanted whatever is selected, unless an ignore matches it."""
    assert of(select="GA101").wants("GA901")
    assert not of(select="GA101", ignore="GA9").wants("GA901")


def test_unknown_rule_names_the_nearest() -> None:
    """An unknown code or name is refused with the nearest known one."""
    assert "'missing-gradient'" in refusal(select="mising-gradient")
    assert "'GA301'" in refusal(ignore=["GA3O1"])
    assert "gradaudit rules" in refusal(select="GA5")


def test_ignored_parameters_are_globs_on_qualified_names() -> None:
    """A glob matches the whole qualified name, with its case."""
    settings = of(ignore_parameters="encoder.*, *.bias")
    assert settings.ignores_parameter("encoder.0.weight")
    assert settings.ignores_parameter("head.bias")
    assert not settings.ignores_parameter("head.weight")
    assert not settings.ignores_parameter("Encoder.weight")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("trace", "sometimes"),
        ("trace", None),
        ("values", "some"),
        ("every", 0),
        ("every", True),
        ("every", 2.0),
        ("on_finding", "shout"),
        ("on_finding", 3),
        ("raise_on", "info"),
        ("fail_on", ["error"]),
        ("log_dir", ""),
        ("log_dir", 3),
        ("ranks", "all"),
        ("sync", "yes"),
        ("sync", 1),
        ("select", 3),
        ("ignore", [3]),
        ("ignore_parameters", {"a": 1}),
    ],
)
def test_wrong_values_are_refused_in_one_sentence(name: str, value: object) -> None:
    """A wrong value is refused with the option's name, what it takes and what was given."""
    said = refusal(**{name: value})
    assert said.startswith(f"{name}: expected")
    assert repr(value) in said or str(value) in said
    assert "\n" not in said


def test_unknown_option_names_the_nearest() -> None:
    """An unknown option is refused with the nearest one."""
    assert "'log_dir'" in refusal(logdir="runs")


def test_good_values_are_taken(tmp_path: Path) -> None:
    """Every documented value is taken; a path becomes a string."""

    def hear(finding: Finding) -> None:
        del finding

    settings = of(
        trace="off", values="sampled", every=10, on_finding=hear, raise_on="error",
        fail_on="warning", log_dir=tmp_path, ranks="local",
    )  # fmt: skip
    assert settings.on_finding is hear
    assert str(tmp_path) == settings.log_dir


def test_pyproject_is_found_upward(tmp_path: Path) -> None:
    """The nearest pyproject.toml above counts; dashes are underscores, log-dir is beside it."""
    (tmp_path / "pyproject.toml").write_text(
        '[tool.gradaudit]\nselect = ["GA1"]\nfail-on = "error"\nlog-dir = "runs"\nevery = 5\n'
    )
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    expected = {
        "select": ("GA1",), "fail_on": "error", "log_dir": str(tmp_path / "runs"), "every": 5,
    }  # fmt: skip
    assert expected == load_pyproject(inner, KNOWN)
    assert Settings.of(KNOWN, **expected).fail_on == "error"


def test_no_pyproject_and_no_table_say_nothing(tmp_path: Path) -> None:
    """A file without the table gives no options, and hides the ones further up."""
    (tmp_path / "pyproject.toml").write_text("[tool.gradaudit]\nevery = 5\n")
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert load_pyproject(inner, KNOWN) == {}


@pytest.mark.parametrize(
    "text",
    [
        "[tool.gradaudit]\nselekt = ['GA1']\n",
        "[tool.gradaudit]\nselect = ['nonsense']\n",
        "[tool.gradaudit]\nevery = '5'\n",
        "[tool.gradaudit]\non-finding = 5\n",
        "[tool]\ngradaudit = 5\n",
        "tool = 5\n",
        "[tool.gradaudit\n",
    ],
)
def test_wrong_pyproject_is_refused_by_its_path(tmp_path: Path, text: str) -> None:
    """Unknown keys, wrong types and broken TOML are refused with the file's path."""
    file = tmp_path / "pyproject.toml"
    file.write_text(text)
    with pytest.raises(UsageError) as caught:
        load_pyproject(tmp_path, KNOWN)
    assert str(caught.value).startswith(f"{file}: ")
