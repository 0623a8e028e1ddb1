"""GA204: gradients fall by orders of magnitude along the depth, or against their own past."""

from __future__ import annotations

from tests.rules.build import Run


def falling(orders: float, layers: int = 8) -> dict[int, float]:
    """Norms that lie `orders` decimal orders apart between first and last quarter of 8 layers."""
    return {i: 10.0 ** (orders * (i - layers + 1) / 6) for i in range(layers)}


def test_four_orders_along_the_depth() -> None:
    """Medians of the quarters decide: just below nothing, just above a warning."""
    assert Run(8).turns(5, norm=falling(3.99)).says("GA204") == []
    run = Run(8).turns(5, norm=falling(4.01))
    assert [severity for severity, _ in run.says("GA204")] == ["warning"]
    (finding,) = run.found("GA204")
    assert "a.weight" in finding.parameters
    assert "h.weight" not in finding.parameters
    assert run.told("GA204") == ["warning"]


def test_five_hits_or_a_whole_short_run() -> None:
    """Three looks are enough when the run is over and all were hits."""
    assert Run(8).turns(2, norm=falling(6)).says("GA204") == []
    run = Run(8).turns(3, norm=falling(6))
    assert run.told("GA204") == []
    assert len(run.says("GA204")) == 1
    assert Run(8).turn().turns(4, norm=falling(6)).says("GA204") == []
    assert len(Run(8).turn().turns(5, norm=falling(6)).says("GA204")) == 1


def test_what_does_not_fall_along_the_depth() -> None:
    """A single tiny tensor, disorder, vectors, embeddings, fewer than five layers."""
    assert Run(8).turns(6, norm={0: 1e-12}).says("GA204") == []
    disorder = dict(zip(range(8), [1e-9, 1e-9, 1.0, 1e-9, 1e-9, 1e-9, 1e-4, 1e-4], strict=True))
    assert Run(8).turns(6, norm=disorder).says("GA204") == []
    assert Run(8, shape=(16,)).turns(6, norm=falling(8)).says("GA204") == []
    assert Run(8, module_class="Embedding").turns(6, norm=falling(8)).says("GA204") == []
    assert Run(4).turns(6, norm=falling(8)).says("GA204") == []


def test_one_of_the_first_layers_that_learns_well_speaks_for_the_others() -> None:
    """Queries and keys of an untrained attention are tiny; the values beside them are not."""
    attention = falling(6) | {2: 10.0**-1.9}
    assert Run(8).turns(6, norm=attention).says("GA204") == []
    assert len(Run(8).turns(6, norm=attention | {2: 10.0**-3.1}).says("GA204")) == 1


def test_queries_and_keys_are_left_out_by_name() -> None:
    """Without them there are too few layers; packed with the values they count."""

    def found(*names: str) -> int:
        run = Run(4).add([f"{name}.weight" for name in names])
        norms = dict.fromkeys(range(4), 1.0) | dict.fromkeys(range(4, 4 + len(names)), 1e6)
        return len(run.optimizer().turns(6, norm=norms).says("GA204"))

    assert found("b.q_proj") == found("b.to_k") == found("attention.self.query") == 0
    assert found("b.v_proj") == found("query_key_value") == found("attn.in_proj") == 1


def test_size_is_per_element() -> None:
    """A layer of a million times the elements has a thousand times the norm."""

    def findings(orders: float) -> int:
        run = Run(4).add(["e.weight", "f.weight", "g.weight", "h.weight"], numel=16_000_000)
        norms = {i: 1.0 if i < 4 else 1000.0 * 10**orders for i in range(8)}
        return len(run.optimizer().turns(6, norm=norms).says("GA204"))

    assert (findings(3.9), findings(4.1)) == (0, 1)


def test_six_orders_against_the_past() -> None:
    """While the loss got no better; a fitted model has small gradients, and rightly so."""

    def shrunk(orders: float, loss: float) -> list[tuple[str, tuple[str, ...]]]:
        run = Run(2).turns(10, loss=1.0, loss_known=True)
        run.turns(10, norm=10.0**-orders, loss=loss, loss_known=True)
        return run.says("GA204")

    assert shrunk(5.99, 1.0) == []
    assert shrunk(6.01, 1.0) == [("warning", ("a.weight", "b.weight"))]
    assert shrunk(6.01, 0.99) == []
