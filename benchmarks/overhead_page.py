"""Turns the result of `benchmarks.overhead` into the tables of docs/overhead.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from benchmarks import targets
from benchmarks.environment import ROOT

PAGE = ROOT / "docs" / "overhead.md"
BEGIN, END = "<!-- the tables begin -->", "<!-- the tables end -->"
Json = dict[str, Any]
LOOKS_AT = {
    "clip_grad_norm_": "the norm of all gradients together; the yardstick",
    "isfinite loop": "`all(torch.isfinite(p.grad).all() for p in parameters)` before the step",
    "detect_anomaly": "NaN in the result of each backward function",
    "torch-audit": "`autopatch(model, optimizer=..., every_n_steps=1)`, as it comes",
    "torcheck": "NaN and Inf in parameters and in the output of the model; no gradient",
    "torchdiag": "`check_gradients(model)` before each step: mean, largest, smallest",
}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """As Markdown; the first column to the left, numbers to the right."""
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def milliseconds(value: float) -> str:
    """Three digits."""
    return f"{value:,.2f}" if value < 10 else f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def size(value: float) -> str:
    """Bytes, in the unit that fits."""
    for unit, factor in (("MB", 1e6), ("KB", 1e3)):
        if abs(value) >= factor:
            return f"{value / factor:.3g} {unit}"
    return f"{value:.0f} bytes"


def microseconds(value: float) -> str:
    """Or milliseconds from ten on."""
    return f"{value / 1e3:,.1f} ms" if abs(value) >= 1e4 else f"{value:,.0f} µs"


def verdict(one: Json, wanted: float | None) -> str:
    """What was asked for, and whether it was reached; open where the spread covers it."""
    if wanted is None:
        return ""
    if abs(one["ratio"] - wanted) <= one["error"]:
        return f"{wanted:.3f}, within the error"
    return f"{wanted:.3f}, {'reached' if one['ratio'] < wanted else '**missed**'}"


def _cases(model: Json, values: Sequence[str]) -> Iterator[Json]:
    return (case for case in model["cases"] if case["case"]["values"] in values)


def _ratio(one: Json) -> str:
    return f"{one['ratio']:.3f} ± {one['error']:.3f}"


def _case_rows(model: Json) -> Iterator[list[str]]:
    for outcome in _cases(model, ("null", "all", "sampled")):
        case, one = outcome["case"], outcome["comparison"]
        if one is None:
            continue
        loop = case["optimizer"] + (", clip" if case["clip"] else "")
        loop += f", {case['accumulate']} backwards" if case["accumulate"] > 1 else ""
        what = {"null": "*bare against bare*", "all": "audited", "sampled": "sampled"}
        asked = {k: case[k] for k in ("clip", "accumulate", "values")}
        yield [
            f"{what[case['values']]}, {loop}",
            milliseconds(one["bare_ms"]),
            _ratio(one),
            f"{one['low']:.3f} to {one['high']:.3f}",
            f"{one['mean_ratio']:.3f}",
            microseconds(one["added_us"]),
            f"{one['pairs']} x {one['steps']}",
            verdict(one, targets.target(model["model"], **asked)),
        ]


def steps_table(model: Json) -> str:
    """All cases of one model."""
    head = ("loop", "bare, ms", "ratio", "quartiles", "mean", "added", "pairs x steps", "target")
    title = f"### {model['title']}\n\n{model['parameters']:,} parameters, "
    title += f"{model['elements'] * 4 / 1e6:,.3g} MB of gradients.\n\n"
    return title + table(head, _case_rows(model))


def _plain(model: Json, **wanted: Any) -> Json | None:
    asked = {"optimizer": "SGD", "clip": False, "accumulate": 1, "values": "all", **wanted}
    for outcome in model["cases"]:
        if outcome["case"] == asked and outcome["comparison"] is not None:
            return outcome["comparison"]
    return None


def peers_table(models: dict[str, Json]) -> str:
    """Ratios of everybody, one column for each model."""
    chosen = [m for m in models.values() if m["peers"]]
    if not chosen:
        return ""
    head = ["one thread, SGD", *(m["title"].split(",")[0] for m in chosen), "looks at"]
    audit = [_plain(m) for m in chosen]
    rows = [["**gradaudit**", *(f"{a['ratio']:.3f}" if a else "" for a in audit),
             "presence, staleness, and the norm of every gradient"]]  # fmt: skip
    for name, looks_at in LOOKS_AT.items():
        cells: list[str] = []
        for model in chosen:
            value = model["peers"].get(name, "")
            cells.append(f"{value['ratio']:.3f}" if isinstance(value, dict) else value)
        rows.append([name, *cells, looks_at])
    shares = [
        f"{a['added_us'] / m['peers']['clip_grad_norm_']['added_us']:.2f}" if a else ""
        for m, a in zip(chosen, audit, strict=True)
    ]
    asked = f"target: {targets.SHARE_OF_CLIPPING} at most"
    rows.append(["*gradaudit over clip_grad_norm_, of what is added*", *shares, asked])
    return "### Beside others\n\n" + table(head, rows)


def figures_table(figures: Json, models: dict[str, Json]) -> str:
    """What is not the time of a step."""
    rows: list[tuple[str, str, str]] = []
    if "tiny2000" in models and "tiny20000" in models:
        few, many = _plain(models["tiny2000"]), _plain(models["tiny20000"])
        if few and many and few["added_us"] > 0:
            times = many["added_us"] / few["added_us"]
            asked = f"{targets.TEN_TIMES_THE_PARAMETERS:.0f} times at most"
            rows.append(("added by 20,000 parameters, over 2,000", f"{times:.1f} times", asked))
    imports = figures.get("imports")
    if imports:
        rows.append(("`import gradaudit`, without torch", f"{imports['import_ms']:.1f} ms", ""))
        said = f"{imports['ready_ms']:.0f} ms"
        rows.append(("`gradaudit.watch` ready, torch imported before", said, ""))
    for count, one in figures.get("startup", {}).items():
        said = f"{one['watch_ms']:,.0f} ms, `close` {one['close_ms']:,.0f} ms"
        rows.append((f"`watch(...)` for {int(count):,} parameters", said, ""))
    for count, one in figures.get("memory", {}).items():
        said = f"{size(one['traced'])} by Python and numpy; the process grew by "
        said += f"{size(one['resident'])}"
        rows.append((f"memory held for {int(count):,} parameters", said, ""))
        said = f"{one['per_step']:.0f} bytes a step over {one['steps']} steps"
        rows.append((f"growth of it, {int(count):,} parameters", said, "none"))
    for one in figures.get("log", {}).values():
        said = f"{size(one['bytes_per_step'])} a step, {microseconds(one['added_us'])}; "
        said += f"{size(one['head_bytes'])} by step 40"
        rows.append((f"`log_dir`, {one['parameters']:,} parameters", said, ""))
    for name, one in figures.get("traced", {}).items():
        said = f"{one['ratio']:.2f} ({one['low']:.2f} to {one['high']:.2f})"
        rows.append((f"a traced step: {name}", said, f"{one['target']:.1f}"))
    return "### Not in a step\n\n" + table(("what", "measured", "target"), rows) if rows else ""


def notes(result: Json) -> Iterator[str]:
    """What a reader must know of this run, where there is something."""
    outcomes = [(m, o) for m in result["models"].values() for o in m["cases"]]
    if any(o["left"] for _, o in outcomes):
        yield (
            "While the audit was paused, names of it were still in place in torch, so that bare "
            "steps were slower than without it, and the ratios too small by that."
        )
    told = sorted({f"{code} on {m['model']}" for m, o in outcomes for code in o["findings"]})
    if told:
        yield f"The audit told of something: {', '.join(told)}."
    for reason in sorted({o["skipped"] for _, o in outcomes if o["skipped"]}):
        yield f"Some cases were left out: {reason}."
    load = result["machine"]["load_at_start"], result["machine"]["load_at_end"]
    if max(load) > 1.5:
        yield f"Other work ran beside: the load average was {load[0]} before and {load[1]} after."


def tables(result: Json) -> str:
    """All that is written between the marks of the page."""
    about, models = result["machine"], result["models"]
    parts = [
        f"{about['processor']}, {about['cores']} cores, {about['system']}; Python "
        f"{about['python']}, PyTorch {about['torch']}; one thread; {about['date']}, commit "
        f"{about['commit']}. Load average {about['load_at_start']} before, "
        f"{about['load_at_end']} after; {about['minutes']:.0f} minutes.\n",
        *(f"{note}\n" for note in notes(result)),
        *(steps_table(model) for model in models.values()),
        peers_table(models),
        figures_table(result["figures"], models),
    ]
    return "\n".join(part for part in parts if part)


def write(result: Json) -> None:
    """Put the tables into the page, between the marks."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{tables(result)}\n{END}{after}", encoding="utf-8")
