"""Functional in place."""

# expect: GA702 inplace-edit
# exit: 1
import torch
import torch.nn.functional as F

x = torch.randn(3, requires_grad=True)
y = F.relu(x, inplace=True)  # HERE
y.sum().backward()
