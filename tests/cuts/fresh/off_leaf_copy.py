# expect: GA104 requires-grad-off|detach|data-attribute|no-grad-region:
# exit: 1
# weights of a plain dict, made without requires_grad
import torch

params = {"w": torch.randn(3, 1), "b": torch.zeros(1)}  # CUT
for step in range(3):
    x = torch.randn(5, 3)
    loss = (x @ params["w"] + params["b"] - 1).pow(2).mean()
    loss.backward()
    for p in params.values():
        p.data -= 0.1 * p.grad
