"""The padding row of an embedding is set to zero by assignment."""

# expect: GA702 inplace-edit
# exit: 1
# tensor: model.embed.weight
import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(10, 4, padding_idx=0)
        self.out = nn.Linear(4, 2)

    def forward(self, ids):
        return self.out(self.embed(ids).mean(1))


def reset_padding(model):
    model.embed.weight[0] = 0.0  # HERE


model = Tagger()
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(3):
    opt.zero_grad()
    model(torch.randint(0, 10, (4, 5))).square().mean().backward()
    opt.step()
    reset_padding(model)
