"""The variable of a loop says little: the name that a tensor has elsewhere is told."""

import torch

first, second = (torch.ones(2, requires_grad=True) for _ in range(2))
pair = [torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)]
named = {"low": torch.ones(2, requires_grad=True)}


def count(tensors):
    missing = 0
    for tensor in tensors:
        if tensor.grad is None:  # WHY first no-backward; second no-backward; tensors[2] no-backward
            missing += 1
    return missing


print(count([first, second, pair[1]]))
print([value.grad for value in named.values()])  # WHY named['low'] no-backward
print([t.grad for t in (first, pair[0])])  # WHY first no-backward; pair[0] no-backward
for lonely in [torch.ones(3, requires_grad=True)]:
    print(lonely.grad)  # WHY lonely no-backward
