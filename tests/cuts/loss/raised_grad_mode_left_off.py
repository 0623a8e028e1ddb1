"""set_grad_enabled(False) for an evaluation at the start is never undone."""
# expect: GA104 no-grad-region: weight bias
# exit: 1
import torch
from torch import nn

torch.manual_seed(13)
model = nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)


def evaluate():
    torch.set_grad_enabled(False)  # CUT
    return (model(torch.randn(8, 4)).argmax(1) == 0).float().mean().item()


before = evaluate()
for _ in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    loss = nn.functional.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
