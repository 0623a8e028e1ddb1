"""A thread serves predictions under no_grad with a copy while the main thread trains."""
import copy
import queue
import threading

import torch
from torch import nn

torch.manual_seed(7)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
requests, answers = queue.Queue(), queue.Queue()


def serve():
    while True:
        item = requests.get()
        if item is None:
            return
        model, x = item
        with torch.no_grad():
            answers.put(model(x).argmax(1).tolist())


worker = threading.Thread(target=serve)
worker.start()
x, y = torch.randn(16, 4), torch.randint(0, 2, (16,))
for step in range(12):
    logits = net(x)
    requests.put((copy.deepcopy(net), x[:4]))
    loss = nn.functional.cross_entropy(logits, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.4f}", answers.get())
requests.put(None)
worker.join()
