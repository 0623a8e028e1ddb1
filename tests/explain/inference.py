"""Tensors that were made in inference mode."""

import torch
from torch import nn

torch.manual_seed(0)
layer = nn.Linear(2, 2)
with torch.inference_mode():  # AT with
    features = layer(torch.ones(1, 2))
    constant = torch.ones(2)


@torch.inference_mode()  # AT decorator
def predict(x):
    return layer(x)


predicted = predict(torch.ones(1, 2))
copied = features.clone().requires_grad_()
(copied * 2).sum().backward()
print(features.grad)  # WHY features inference-tensor inference-mode with
print(constant.grad)  # WHY constant inference-tensor inference-mode with
print(predicted.grad)  # WHY predicted inference-tensor inference-mode decorator
print(copied.grad)
