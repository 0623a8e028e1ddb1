"""A digit classifier whose gradients are never cleared: every step uses the sum of all before it.

Source: StackOverflow 60335387.
"""

import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(0)

# a stand-in for MNIST: ten noisy 8x8 templates
templates = torch.rand(10, 1, 8, 8)
targets = torch.arange(160) % 10
images = templates[targets] + 0.1 * torch.randn(160, 1, 8, 8)
train_loader = torch.utils.data.DataLoader(
    torch.utils.data.TensorDataset(images, targets), batch_size=16, shuffle=True
)

model = nn.Sequential(
    nn.Flatten(),
    nn.Linear(64, 32),
    nn.ReLU(),
    nn.Linear(32, 10),
    nn.LogSoftmax(dim=1),
)
criterion = nn.NLLLoss()
optimizer = optim.SGD(model.parameters(), lr=1e-4)

for epoch in range(2):
    for batch_idx, (data, target) in enumerate(train_loader):
        output = model(data)
        loss = criterion(output, target)
        loss.backward()
        optimizer.step()
        if batch_idx % 5 == 0:
            print(f"Epoch {epoch} [{batch_idx * len(data)}/{len(images)}] Loss: {loss.item():.6f}")
