"""A world model learns by backprop, the controller by evolution strategies that write p.grad themselves."""
import torch
from torch import nn

torch.manual_seed(36)
world = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3))
controller = nn.Linear(3, 1)
world_opt = torch.optim.Adam(world.parameters(), lr=1e-2)
controller_opt = torch.optim.Adam(controller.parameters(), lr=1e-2)


@torch.no_grad()
def fitness(weights, state):
    action = torch.tanh(state @ weights[0].T + weights[1])
    return -world(torch.cat([state, action], 1)).pow(2).mean().item()


for gen in range(15):
    s, a = torch.randn(16, 3), torch.randn(16, 1)
    loss = nn.functional.mse_loss(world(torch.cat([s, a], 1)), 0.9 * s + 0.1 * a)
    world_opt.zero_grad()
    loss.backward()
    world_opt.step()
    estimate = [torch.zeros_like(p) for p in controller.parameters()]
    for _ in range(6):
        noise = [torch.randn_like(p) for p in controller.parameters()]
        up = fitness([p + 0.1 * n for p, n in zip(controller.parameters(), noise)], s)
        down = fitness([p - 0.1 * n for p, n in zip(controller.parameters(), noise)], s)
        for e, n in zip(estimate, noise):
            e -= (up - down) / 1.2 * n
    for p, e in zip(controller.parameters(), estimate):
        p.grad = e / 6
    controller_opt.step()
print(loss.item())
