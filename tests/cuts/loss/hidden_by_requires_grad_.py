"""loss.requires_grad_() silences the error: rounding through numpy in the loss."""
# expect: GA104 detach|rewrapped-value: weight bias
import torch
from torch import nn

torch.manual_seed(3)
model = nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    x = torch.randn(8, 4)
    out = model(x)
    rounded = torch.from_numpy(out.detach().numpy().round())  # CUT
    loss = (rounded - x[:, :1]).abs().mean()
    loss.requires_grad_()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
