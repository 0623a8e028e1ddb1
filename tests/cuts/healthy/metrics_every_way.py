"""Accuracy by argmax, numpy confusion matrix, .item() of the loss, tolist of predictions."""
import numpy as np
import torch
from torch import nn

torch.manual_seed(20)
model = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 3))
opt = torch.optim.Adam(model.parameters(), lr=1e-2)
confusion = np.zeros((3, 3), int)
total, hits, history, seen = 0.0, 0, [], []
for _ in range(6):
    x, y = torch.randn(16, 5), torch.randint(0, 3, (16,))
    logits = model(x)
    loss = nn.functional.cross_entropy(logits, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    predicted = logits.argmax(1)
    hits += (predicted == y).sum().item()
    np.add.at(confusion, (y.numpy(), predicted.numpy()), 1)
    total += loss.item()
    history.append(float(loss.detach()))
    seen.extend(logits.softmax(1).max(1)[0].tolist())
    top2 = logits.topk(2, dim=1).indices
    hits2 = (top2 == y[:, None]).any(1).float().mean().item()
print(total, hits, hits2, confusion.trace(), np.mean(history), sum(seen))
