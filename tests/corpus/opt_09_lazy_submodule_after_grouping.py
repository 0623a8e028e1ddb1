"""Parameters are grouped by name before the first forward, which then builds one more sub-network.

Source: ACEsuit/mace PR#1529.
"""

import torch
from torch import nn


class EnergyModel(nn.Module):
    def __init__(self, features=8):
        super().__init__()
        self.features = features
        self.interaction = nn.Linear(3, features)
        self.product = nn.Linear(features, features, bias=False)
        self.radial = None

    def forward(self, positions, distances):
        if self.radial is None:
            self.radial = nn.Sequential(
                nn.Linear(distances.shape[-1], self.features),
                nn.SiLU(),
                nn.Linear(self.features, 1),
            )
        atoms = self.product(torch.tanh(self.interaction(positions)))
        return atoms.sum(dim=(1, 2)) + self.radial(distances).squeeze(-1)


def parameter_groups(model, decay):
    decayed, plain = {}, {}
    for name, parameter in model.named_parameters():
        chosen = decayed if name.startswith("product") else plain
        chosen[name] = parameter
    return [
        {"name": "decay", "params": list(decayed.values()), "weight_decay": decay},
        {"name": "plain", "params": list(plain.values()), "weight_decay": 0.0},
    ]


def train(model, optimizer, epochs):
    generator = torch.Generator().manual_seed(11)
    for epoch in range(epochs):
        running = 0.0
        for _ in range(3):
            positions = torch.rand(5, 4, 3, generator=generator)
            distances = torch.pdist(positions[0]).expand(5, -1)
            energies = positions.square().sum(dim=(1, 2))
            optimizer.zero_grad(set_to_none=True)
            loss = (model(positions, distances) - energies).abs().mean()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 10.0)
            optimizer.step()
            running += loss.item()
        print(f"epoch {epoch}  mean absolute error {running / 3:.4f}")


torch.manual_seed(5)
model = EnergyModel()
optimizer = torch.optim.Adam(parameter_groups(model, decay=1e-4), lr=5e-3, amsgrad=True)
train(model, optimizer, epochs=5)
