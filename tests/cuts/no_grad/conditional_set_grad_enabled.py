"""with torch.set_grad_enabled(self.finetune): the flag was never set."""
# expect: GA101 no-grad-region: bert.weight bert.bias
import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self, finetune=False):
        super().__init__()
        self.bert = nn.Linear(8, 8)
        self.cls = nn.Linear(8, 2)
        self.finetune = finetune

    def forward(self, x):
        with torch.set_grad_enabled(self.finetune and self.training):  # CUT
            hidden = torch.nn.functional.gelu(self.bert(x))
        return self.cls(hidden)


torch.manual_seed(5)
model = Classifier()
model.train()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for step in range(5):
    x, y = torch.randn(8, 8), torch.randint(0, 2, (8,))
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
