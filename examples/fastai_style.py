"""A learner as fastai has it: callbacks around each part, and an optimizer that is not torch's."""

import torch
from torch import nn

import gradaudit


class Adam:
    """fastai has an optimizer of its own too: no subclass of torch's, and no hooks."""

    def __init__(self, parameters, lr, decay=0.9):
        self.parameters, self.lr, self.decay = list(parameters), lr, decay
        self.squares = [torch.zeros_like(p) for p in self.parameters]

    @torch.no_grad()
    def step(self):
        for p, square in zip(self.parameters, self.squares):
            if p.grad is not None:
                square.mul_(self.decay).addcmul_(p.grad, p.grad, value=1 - self.decay)
                p.addcdiv_(p.grad, square.sqrt() + 1e-8, value=-self.lr)

    def zero_grad(self):
        for p in self.parameters:
            p.grad = None


class Learner:
    def __init__(self, model, batches, loss, callbacks=()):
        self.model, self.batches, self.loss_of, self.callbacks = model, batches, loss, callbacks
        self.opt = Adam(model.parameters(), lr=1e-2)

    def __call__(self, event):
        for callback in self.callbacks:
            getattr(callback, event, lambda _: None)(self)

    def fit(self, epochs):
        for _ in range(epochs):
            for x, y in self.batches:
                self.pred = self.model(x)
                self("after_pred")
                self.loss = self.loss_of(self.pred, y)
                self("before_backward")
                self.loss.backward()
                self("after_backward")
                self("before_step")
                self.opt.step()
                self("after_step")
                self.opt.zero_grad()


class Clip:
    def before_step(self, learner):
        nn.utils.clip_grad_norm_(learner.model.parameters(), 1.0)


class Smooth:
    """Meant to smooth the predictions; it hands on a copy that has no graph."""

    def after_pred(self, learner):
        learner.pred = torch.tensor(learner.pred.tolist(), requires_grad=True)


def train(*callbacks):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 1))
    inputs = torch.randn(12, 16, 8)
    batches = [(x, x.sum(dim=1, keepdim=True)) for x in inputs]
    learner = Learner(model, batches, nn.functional.mse_loss, callbacks)
    with gradaudit.watch(model, on_finding="silent") as audit:
        learner.fit(2)
    return audit.report()


right = train(Clip())
print(right)
assert right.findings == ()

wrong = train(Clip(), Smooth())
print(f"\n{wrong}")
assert [finding.code for finding in wrong.findings] == ["GA104"]
