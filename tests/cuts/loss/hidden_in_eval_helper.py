"""The forward goes through predict(), written for deployment under inference_mode."""
# expect: GA104 inference-mode|detach: weight bias
# exit: 1
import torch
from torch import nn


@torch.inference_mode()  # CUT
def predict(model, x):  # CUT
    return model(x).sigmoid()


torch.manual_seed(6)
model = nn.Linear(3, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(3):
    x = torch.randn(5, 3)
    p = predict(model, x).clone()
    loss = nn.functional.binary_cross_entropy(p, (x[:, :1] > 0).float())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
