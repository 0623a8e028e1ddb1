"""Cross-entropy written with log on sigmoid outputs that saturate to exactly zero and one.

Sources: snipsco/ntm-lasagne#5; tiny-dnn#410.
"""

import torch
import torch.nn as nn


def binary_cross_entropy(p, y):
    return -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()


def main():
    torch.manual_seed(3)
    network = nn.Sequential(nn.Linear(2, 10), nn.Tanh(), nn.Linear(10, 1), nn.Sigmoid())
    with torch.no_grad():
        network[2].weight.mul_(60)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.05)

    points = torch.cat([torch.randn(25, 2) * 6 - 6, torch.randn(25, 2) * 6 + 6])
    labels = (torch.arange(50) >= 25).float().unsqueeze(1)
    for epoch in range(3):
        order = torch.randperm(50)
        for picked in order.split(25):
            optimizer.zero_grad()
            loss = binary_cross_entropy(network(points[picked]), labels[picked])
            loss.backward()
            optimizer.step()
        print(f"epoch {epoch}: {loss.item()}")


main()
