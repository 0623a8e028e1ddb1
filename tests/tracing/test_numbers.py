"""With every step traced not a bit differs: losses, weights, buffers, gradients, random states."""

from __future__ import annotations

import copy
import io
import pickle
import random
import sys
import threading
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn.utils import parametrizations, weight_norm
from torch.utils.checkpoint import checkpoint
from torch.utils.data import DataLoader, TensorDataset

from tests.tracing.support import Capture, watched

STEPS = 10
Run = tuple[nn.Module, Any, Callable[[int], Tensor]]
LOOPS: dict[str, Callable[[], Run]] = {}


def loop(function: Callable[[], Run]) -> Callable[[], Run]:
    LOOPS[function.__name__] = function
    return function


def _sgd(model: nn.Module) -> Any:
    return torch.optim.SGD(model.parameters(), lr=1e-2, momentum=0.9)


@loop
def convolution_and_batch_norm() -> Run:
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.LazyLinear(3), nn.BatchNorm1d(3),
    )  # fmt: skip
    model(torch.zeros(2, 3, 8, 8))
    return model, _sgd(model), lambda _: model(torch.randn(4, 3, 8, 8)).square().mean()


@loop
def transformer_with_dropout() -> Run:
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.3, batch_first=True)
    model = nn.Sequential(nn.Embedding(11, 8), nn.TransformerEncoder(layer, 2), nn.Linear(8, 11))
    optimizer = torch.optim.AdamW(model.parameters())

    def loss(_: int) -> Tensor:
        x = torch.randint(0, 11, (3, 5))
        return nn.functional.cross_entropy(model(x).flatten(0, 1), x.flatten(), label_smoothing=0.1)

    return model, optimizer, loss


@loop
def lstm() -> Run:
    model = nn.ModuleDict({"rnn": nn.LSTM(4, 6, 2, dropout=0.2), "head": nn.Linear(6, 2)})

    def loss(_: int) -> Tensor:
        packed = nn.utils.rnn.pack_padded_sequence(torch.randn(5, 3, 4), torch.tensor([5, 3, 2]))
        out, _state = model["rnn"](packed)
        padded, _lengths = nn.utils.rnn.pad_packed_sequence(out)
        return model["head"](padded).square().mean()

    return model, _sgd(model), loss


@loop
def lora() -> Run:
    model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 1))
    model.requires_grad_(requires_grad=False)
    a, b = nn.Parameter(torch.randn(4, 2)), nn.Parameter(torch.zeros(2, 4))
    model.register_parameter("a", a)
    model.register_parameter("b", b)

    def loss(_: int) -> Tensor:
        x = torch.randn(5, 4)
        return model[1](model[0](x) + x @ a @ b).square().mean()

    return model, torch.optim.Adam([a, b]), loss


def _checkpointed(*, reentrant: bool) -> Run:
    part = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.3), nn.BatchNorm1d(4))
    model = nn.Sequential(part, nn.Linear(4, 1))

    def loss(_: int) -> Tensor:
        x = torch.randn(6, 4, requires_grad=True)
        return model[1](checkpoint(part, x, use_reentrant=reentrant)).square().mean()

    return model, _sgd(model), loss


@loop
def checkpoint_reentrant() -> Run:
    return _checkpointed(reentrant=True)


@loop
def checkpoint_other() -> Run:
    return _checkpointed(reentrant=False)


class Clipped(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, low: float) -> Tensor:
        ctx.save_for_backward(x)
        ctx.low = low
        return x.clamp(min=low)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Any:
        (x,) = ctx.saved_tensors
        return gradients[0] * torch.where(x < ctx.low, 0.1, 1.0), None


@loop
def custom_function() -> Run:
    model = nn.Linear(4, 4)
    return model, _sgd(model), lambda _: Clipped.apply(model(torch.randn(5, 4)), 0.2).mean()


@loop
def lbfgs() -> Run:
    model = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 1))
    x = torch.randn(6, 4)
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=3, line_search_fn="strong_wolfe")
    return model, optimizer, lambda _: (model(x) - 1).square().mean()


@loop
def autocast_bfloat16() -> Run:
    model = nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.Linear(8, 1))

    def loss(_: int) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            return model(torch.randn(6, 4)).float().square().mean()

    return model, _sgd(model), loss


@loop
def weight_norm_and_parametrizations() -> Run:
    model = nn.Sequential(
        weight_norm(nn.Linear(4, 4)), parametrizations.weight_norm(nn.Linear(4, 4)),
        parametrizations.spectral_norm(nn.Linear(4, 4)),
        parametrizations.orthogonal(nn.Linear(4, 4)),
    )  # fmt: skip
    return model, _sgd(model), lambda _: model(torch.randn(5, 4)).square().mean()


@loop
def sparse_embedding() -> Run:
    model = nn.Sequential(nn.EmbeddingBag(20, 4, sparse=True))
    optimizer = torch.optim.SparseAdam(model.parameters())
    return model, optimizer, lambda _: model(torch.randint(0, 20, (3, 7))).square().sum()


@loop
def complex_numbers() -> Run:
    model = nn.Linear(4, 4, dtype=torch.complex64)

    def loss(_: int) -> Tensor:
        h = torch.fft.ifft(model(torch.fft.fft(torch.randn(3, 4))))
        return (
            h.real.square().mean()
            + h.imag.abs().sum()
            + torch.view_as_real(h.conj().resolve_conj()).std()
        )

    return model, _sgd(model), loss


@loop
def double_backward() -> Run:
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))

    def loss(_: int) -> Tensor:
        x = torch.randn(6, 4, requires_grad=True)
        (slope,) = torch.autograd.grad(model(x).sum(), x, create_graph=True)
        return (slope.norm(dim=1) - 1).square().mean()

    return model, _sgd(model), loss


@loop
def functional_transforms() -> Run:
    model = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 1))

    def loss(_: int) -> Tensor:
        parameters = dict(model.named_parameters())

        def one(p: Any, x: Tensor) -> Tensor:
            return torch.func.functional_call(model, p, (x,)).square().sum()

        x = torch.randn(3, 4)
        per_sample = torch.func.vmap(torch.func.grad(one), in_dims=(None, 0))(parameters, x)
        slope = torch.func.jacrev(lambda v: one(parameters, v))(x[0])
        penalty = sum(g.square().mean() for g in per_sample.values())
        return one(parameters, x) + 0.1 * penalty + slope.sum()

    return model, _sgd(model), loss


@loop
def scripted_and_traced() -> Run:
    class Scripted(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(4, 4)

        def forward(self, x: Tensor) -> Tensor:
            h = self.linear(x)
            for _ in range(2):
                h = torch.tanh(h) * 2
            return h

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        first = torch.jit.script(Scripted())
        second = torch.jit.trace(nn.Sequential(nn.Linear(4, 2), nn.ReLU()), torch.ones(2, 4))
    model = nn.Sequential(first, second)
    return model, _sgd(model), lambda _: model(torch.randn(5, 4)).square().mean()


@loop
def traced_scripted_and_exported_in_the_step() -> Run:
    model = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 1))

    def loss(step: int) -> Tensor:
        x = torch.randn(5, 4)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if step == 1:
                assert len(list(torch.fx.symbolic_trace(model).graph.nodes)) == 5
            elif step == 2:
                traced = torch.jit.trace(model, x)
                assert torch.equal(traced(x), model(x))
                assert len(list(traced.graph.nodes())) == 6
            elif step == 3:
                assert "tanh" in str(torch.export.export(model, (x,)).graph)
            elif step == 4:
                assert torch.equal(torch.jit.script(model)(x), model(x))
        return model(x).square().mean()

    return model, _sgd(model), loss


def _compiled(backend: str) -> Run:
    torch._dynamo.reset()
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    fast = torch.compile(model, backend=backend)
    return model, _sgd(model), lambda _: fast(torch.randn(6, 4)).square().mean()


@loop
def compiled_eager() -> Run:
    return _compiled("eager")


@loop
def compiled_aot_eager() -> Run:
    return _compiled("aot_eager")


@pytest.fixture(scope="module", autouse=True)
def _compiler_has_started() -> None:
    """The thread that it keeps from its first use on is none of the audit's."""
    _compiled("aot_eager")[2](0).backward()


@loop
def unusual_tensors() -> Run:
    model = nn.Linear(4, 4)

    def loss(_: int) -> Tensor:
        h = model(torch.randn(3, 4))
        still = h.detach()
        assert still.to_sparse_csr().values().sum() == still.to_sparse_csr().to_dense().sum()
        assert torch.quantize_per_tensor(still, 0.1, 0, torch.quint8).dequantize().shape == (3, 4)
        assert still.to(torch.float8_e4m3fn).float().sum().isfinite()
        total = h.to_sparse().coalesce().values().sum() + h[:0].sum()
        total = total + torch.sparse.mm(h.to_sparse(), h.t()).sum()
        nested = torch.nested.nested_tensor([still[0], still[1, :2]], layout=torch.jagged)
        assert torch.nested.to_padded_tensor(nested * 2, 0.0).shape == (2, 4)
        with FakeTensorMode():
            fake = torch.empty(3, 4)
            fake.add_(1)
            fake[0] = 2
            assert (fake.data @ fake.t()).shape == (3, 3)
        ghost = nn.Linear(4, 2, device="meta")
        ghost.weight.data.mul_(2)
        assert ghost(torch.empty(3, 4, device="meta")).sum().is_meta
        for view in (h.T, h.mT, h.view(2, 6), h.expand(2, 3, 4), h.diagonal(), h.unfold(0, 2, 1)):
            total = total + view.sum()
        a, b = torch.max(h, 0)
        values = torch.linalg.svd(h).S
        assert b.shape == (4,)
        return total + a.sum() + values.sum() + sum(h.split(2, 1)[0].unbind()).mean()

    return model, _sgd(model), loss


@loop
def data_loader_workers() -> Run:
    model = nn.Linear(4, 1)
    data = TensorDataset(torch.randn(STEPS * 3, 4))
    batches = iter(DataLoader(data, 3, shuffle=True, num_workers=2))
    return model, _sgd(model), lambda _: model(next(batches)[0]).square().mean()


@loop
def inference_on_another_thread() -> Run:
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    other = copy.deepcopy(model)

    def serve() -> None:
        generator = torch.Generator().manual_seed(1)
        with torch.inference_mode():
            for _ in range(20):
                other(torch.randn(6, 4, generator=generator)).detach().numpy()
        for _ in range(5):
            Clipped.apply(other(torch.ones(2, 4)), 0.1).sum().item()

    def loss(_: int) -> Tensor:
        thread = threading.Thread(target=serve)
        thread.start()
        value = model(torch.randn(6, 4)).square().mean()
        thread.join()
        return value

    return model, _sgd(model), loss


@loop
def copies_and_pickles_in_the_step() -> Run:
    model = nn.Sequential(weight_norm(nn.Linear(4, 8)), nn.Tanh(), nn.Linear(8, 1))

    def loss(_: int) -> Tensor:
        x = torch.randn(6, 4)
        h = model[0](x)
        buffer = io.BytesIO()
        torch.save({"model": model[1:], "x": h.detach()}, buffer)
        assert b"gradaudit" not in buffer.getvalue()
        buffer.seek(0)
        loaded = torch.load(buffer, weights_only=False)
        twin, again = copy.deepcopy(model[2]), pickle.loads(pickle.dumps(model[2]))
        assert torch.equal(twin.weight, again.weight)
        assert torch.equal(loaded["model"](h.detach()), model[1:](h.detach()))
        assert copy.copy(x).storage_offset() == pickle.loads(pickle.dumps(x)).storage_offset()
        return model[1:](h).square().mean() + copy.deepcopy(x).mean()

    return model, _sgd(model), loss


@loop
def values_through_python_and_numpy() -> Run:
    model = nn.Linear(4, 4)
    table = np.arange(12, dtype=np.float32).reshape(3, 4)

    def loss(_: int) -> Tensor:
        h = model(torch.from_numpy(table))
        scale = float(h.detach().max()) + h.detach().numpy().mean() + sum(h[0].tolist())
        h = h * torch.tensor(scale) / max(abs(scale), 1.0) + nn.Parameter(torch.zeros(4))
        out = torch.empty(3, 4)
        torch.add(h.detach(), 1, out=out)
        h[0, 0] += out[0, 0]
        return torch.stack(list(h.unbind(0))).square().mean()

    return model, _sgd(model), loss


@loop
def two_networks_with_two_optimizers() -> Run:
    model = nn.ModuleDict({"g": nn.Linear(4, 4), "d": nn.Linear(4, 1)})
    train_d = torch.optim.Adam(model["d"].parameters())

    def loss(_: int) -> Tensor:
        fake = model["g"](torch.randn(6, 4))
        train_d.zero_grad()
        (model["d"](fake.detach()).mean() - model["d"](torch.randn(6, 4)).mean()).backward()
        train_d.step()
        return -model["d"](fake).mean()

    return model, torch.optim.Adam(model["g"].parameters()), loss


def _bits(value: Any) -> Any:
    if isinstance(value, Tensor):
        dense = value.detach()
        dense = dense.to_dense() if dense.layout != torch.strided else dense
        raw = dense.resolve_conj().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
        return str(value.dtype), tuple(value.shape), raw
    if isinstance(value, dict):
        return {str(k): _bits(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_bits(v) for v in value]
    return value.tobytes() if isinstance(value, np.ndarray) else repr(value)


def _result(make: Callable[[], Run], watch: Any, accumulate: int = 1) -> dict[str, Any]:
    torch.manual_seed(1)
    random.seed(1)
    np.random.seed(1)
    losses: list[float] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model, optimizer, loss = make()
        with watch(model, optimizer):
            for step in range(STEPS):
                if step % accumulate == 0:
                    optimizer.zero_grad()

                def closure(step: int = step) -> Tensor:
                    optimizer.zero_grad()
                    value = loss(step)
                    value.backward()
                    return value

                if isinstance(optimizer, torch.optim.LBFGS):
                    losses.append(float(optimizer.step(closure)))
                    continue
                value = loss(step) / accumulate
                value.backward()
                losses.append(float(value.detach()))
                if step % accumulate == accumulate - 1:
                    if "sparse" not in make.__name__:
                        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                    optimizer.step()
    return {
        "losses": repr(losses),
        "state": _bits(model.state_dict()),
        "gradients": _bits([p.grad for p in model.parameters()]),
        "optimizer": _bits(optimizer.state_dict()),
        "torch": _bits(torch.get_rng_state()),
        "python": repr(random.getstate()),
        "numpy": _bits(list(np.random.get_state())),
    }


def _compare(make: Callable[[], Run], accumulate: int = 1) -> Capture:
    sink, untraced = Capture(), Capture()
    bare = _result(make, lambda *_: nullcontext(), accumulate)
    traced = _result(make, lambda *a: watched(*a, sinks=[sink]), accumulate)
    _result(make, lambda *a: watched(*a, sinks=[untraced], trace="off"), accumulate)
    for part in bare:
        assert traced[part] == bare[part], part
    assert sink.faults == []
    assert _codes(sink) == _codes(untraced)
    return sink


def _codes(sink: Capture) -> set[str]:
    return {code for record in sink.records if (code := getattr(record, "code", None))}


@pytest.mark.parametrize("name", LOOPS)
def test_not_a_bit_differs_with_every_step_traced(name: str) -> None:
    """Ten steps of each kind of program, and every one of them was traced."""
    sink = _compare(LOOPS[name])
    assert len(sink.traced) >= STEPS


def test_not_a_bit_differs_with_accumulated_gradients() -> None:
    """Several backwards in a traced step."""
    assert len(_compare(transformer_with_dropout, accumulate=3).traced) == STEPS


def test_what_is_traced_of_compiled_code_is_said() -> None:
    """`eager`, and the parameters of the compiled module are seen as used."""
    sink = _compare(compiled_eager)
    assert all(record.eager and record.used.all() for record in sink.traced)
    sys.modules["torch._dynamo"].reset()
