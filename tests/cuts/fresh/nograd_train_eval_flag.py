# expect: GA101 no-grad-region: vit.weight vit.bias
import torch
from torch import nn


class Model(nn.Module):
    def __init__(self, tune=False):
        super().__init__()
        self.vit, self.head = nn.Linear(12, 6), nn.Linear(6, 2)
        self.tune = tune

    def forward(self, batch):
        with torch.set_grad_enabled(self.tune):  # CUT
            z = self.vit(batch["pixels"])
            z = nn.functional.gelu(z)
        logits = self.head(z)
        return {"logits": logits, "loss": nn.functional.cross_entropy(logits, batch["y"])}


model = Model()
opt = torch.optim.AdamW([{"params": model.vit.parameters(), "lr": 1e-5}, {"params": model.head.parameters()}])
for _ in range(6):
    out = model({"pixels": torch.randn(4, 12), "y": torch.randint(0, 2, (4,))})
    out["loss"].backward()
    opt.step()
    opt.zero_grad(set_to_none=True)
