"""detach_() on the code of an encoder, in the training loop."""
# expect: GA101 detach: encoder.weight encoder.bias
import torch
from torch import nn

torch.manual_seed(1)
model = nn.ModuleDict({"encoder": nn.Linear(5, 3), "decoder": nn.Linear(3, 5)})
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for step in range(6):
    x = torch.randn(10, 5)
    code = model["encoder"](x)
    code.detach_()  # CUT
    recon = model["decoder"](code)
    loss = nn.functional.mse_loss(recon, x)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
