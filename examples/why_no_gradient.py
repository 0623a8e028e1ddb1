"""Four layers that never learn, for four different reasons, and the line of each.

The loss falls, since the last layer learns with random features. The first training step is traced,
so the audit can say of each layer where its gradient was cut.
"""

import torch
from torch import nn

import gradaudit


class Recommender(nn.Module):
    """Scores items for a user from a profile, a few past items, a topic and the time of day."""

    def __init__(self):
        super().__init__()
        self.profile = nn.Linear(6, 8)
        self.past = nn.GRUCell(4, 8)
        self.topic = nn.Linear(6, 8)
        self.hour = nn.Linear(1, 8)
        self.score = nn.Linear(8, 5)

    def remember(self, items):
        state = torch.zeros(len(items), 8)
        for item in items.unbind(1):
            state = self.past(item, state).detach()
        return state

    @torch.no_grad()
    def profile_of(self, user):
        return torch.tanh(self.profile(user))

    def topic_of(self, user):
        best = self.topic(user).argmax(dim=1)
        return nn.functional.one_hot(best, 8).float()

    def hour_of(self, hour):
        return torch.tensor(torch.sin(self.hour(hour)).tolist())

    def forward(self, user, items, hour):
        mixed = self.profile_of(user) + self.remember(items)
        return self.score(mixed + self.topic_of(user) + self.hour_of(hour))


torch.manual_seed(0)
model = Recommender()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)

with gradaudit.watch(model, optimizer) as audit:
    for step in range(30):
        user, items, hour = torch.randn(32, 6), torch.randn(32, 3, 4), torch.rand(32, 1)
        loss = nn.functional.cross_entropy(model(user, items, hour), user[:, :5].argmax(1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step in (0, 29):
            print(f"step {step:2d}  loss {loss.item():.3f}", flush=True)

# What the report on stderr says in words is there as data as well.
causes = {finding.parameters[0].split(".")[0]: finding.cause for finding in audit.findings}
for layer, cause in causes.items():
    print(f"{layer:8} {cause.kind:22} line {cause.line}: {cause.source}")

assert all(cause.certain for cause in causes.values())
assert {layer: cause.kind for layer, cause in causes.items()} == {
    "profile": "no-grad-region",
    "past": "detach",
    "topic": "non-differentiable-op",
    "hour": "rewrapped-value",
}
