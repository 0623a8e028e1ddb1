"""forward returns loss and an accuracy computed from argmax; only the loss is used."""
import torch
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(4, 3)

    def forward(self, x, y):
        logits = self.lin(x)
        loss = nn.functional.cross_entropy(logits, y)
        accuracy = (logits.argmax(-1) == y).float().mean()
        return {"loss": loss, "accuracy": accuracy, "logits": logits.detach().cpu().numpy()}


torch.manual_seed(21)
model = Model()
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    out = model(torch.randn(8, 4), torch.randint(0, 3, (8,)))
    opt.zero_grad()
    out["loss"].backward()
    opt.step()
    print(f"{out['loss']:.3f} {out['accuracy']:.2f}")
