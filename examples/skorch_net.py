"""skorch: `watch` around `partial_fit`, and a callback for `fit`, which makes the module itself."""

import numpy as np
import torch
from skorch import NeuralNetRegressor
from skorch.callbacks import Callback
from torch import nn

import gradaudit


class GradAudit(Callback):
    """Audits each fit of a skorch net; `net.history[:, "batches", :, "no_gradient"]` has counts."""

    def __init__(self, **options):
        self.options = options

    def on_train_begin(self, net, *args, **kwargs):
        self.on_train_end(net)  # a fit that was left by an exception told nobody
        self.audit_ = gradaudit.watch(net.module_, net.optimizer_, **self.options)

    def on_grad_computed(self, net, named_parameters, **kwargs):
        statuses = self.audit_.statuses().values()
        net.history.record_batch("no_gradient", sum(one == "none" for one in statuses))

    def on_train_end(self, net, *args, **kwargs):
        if hasattr(self, "audit_"):
            self.audit_.close()

    def __getstate__(self):  # a clone has the options, and no audit yet
        return {"options": self.options}


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.gate, self.head = nn.Linear(8, 16), nn.Linear(8, 16), nn.Linear(16, 1)

    def forward(self, x):
        return self.head(torch.tanh(self.body(x)))  # the gate was forgotten


rng = np.random.default_rng(0)
X = rng.normal(size=(64, 8)).astype("float32")
y = X.sum(axis=1, keepdims=True)
net = NeuralNetRegressor(
    Net, max_epochs=4, lr=0.01, batch_size=8, train_split=None, verbose=0,
    callbacks=[("audit", GradAudit(on_finding="silent"))],
)  # fmt: skip

net.fit(X, y)
report = dict(net.callbacks_)["audit"].audit_.report()
print(report)
assert [finding.code for finding in report.findings] == ["GA101"]
assert net.history[-1, "batches", -1, "no_gradient"] == 2

# Without a callback: initialize, so that module and optimizer are there, then fit partially.
plain = NeuralNetRegressor(nn.Linear, module__in_features=8, module__out_features=1, verbose=0)
plain.initialize()
with gradaudit.watch(plain.module_, plain.optimizer_) as audit:
    plain.partial_fit(X, y)
print(f"\n{audit.report()}")
assert audit.findings == ()
