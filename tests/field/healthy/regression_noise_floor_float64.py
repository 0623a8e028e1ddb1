"""Ridge-free least squares in float64 whose loss ends at the noise floor while gradients go to 1e-12."""
import torch

torch.manual_seed(1)
torch.set_default_dtype(torch.float64)
x = torch.randn(80, 4)
y = x @ torch.tensor([0.3, 0.2, -0.1, 0.4]).unsqueeze(1) + torch.randn(80, 1)
model = torch.nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.25, momentum=0.3)
history = []
for _ in range(90):
    optimizer.zero_grad()
    loss = ((model(x) - y) ** 2).mean()
    loss.backward()
    optimizer.step()
    history.append(loss.item())
print(history[0], history[-1])
