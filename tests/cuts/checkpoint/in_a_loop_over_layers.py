"""Every layer checkpointed, the embedding is frozen: the first ones get nothing until grad appears; none does."""
# expect: GA101 reentrant-checkpoint: layers.0.weight layers.1.weight
import torch
import torch.utils.checkpoint
from torch import nn


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(12, 6)
        self.emb.weight.requires_grad = False
        self.layers = nn.ModuleList(nn.Linear(6, 6) for _ in range(2))
        self.head = nn.Linear(6, 12)

    def run(self, layer, x):
        def custom(*inputs):
            return torch.tanh(layer(*inputs))

        return torch.utils.checkpoint.checkpoint(custom, x, use_reentrant=True)  # CUT

    def forward(self, ids):
        x = self.emb(ids)
        for layer in self.layers:
            x = self.run(layer, x)
        return self.head(x)


torch.manual_seed(1)
model = Encoder()
optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=1e-2)
for _ in range(5):
    ids = torch.randint(0, 12, (4, 5))
    loss = nn.functional.cross_entropy(model(ids).flatten(0, 1), ids.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
