# expect: GA101 detach: encoder.0.weight encoder.0.bias
# allow: GA302
import torch
from torch import nn

model = nn.ModuleDict({"encoder": nn.Sequential(nn.Linear(3, 2)), "decoder": nn.Linear(2, 3)})
opt = torch.optim.SGD(model.parameters(), lr=0.1)
x = torch.randn(4, 3)
code = model["encoder"](x)
code = torch.Tensor.detach(code)  # CUT
nn.functional.mse_loss(model["decoder"](code), x).backward()
opt.step()
