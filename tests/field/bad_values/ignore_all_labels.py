# expect: GA202|GA201 nonfinite-op:
import torch
from torch import nn

model = nn.ModuleDict({"emb": nn.Embedding(7, 4), "lm": nn.Linear(4, 7)})
opt = torch.optim.Adam(model.parameters())
criterion = nn.CrossEntropyLoss(ignore_index=-100)
for i in range(4):
    ids = torch.randint(0, 7, (5,))
    labels = torch.full((5,), -100) if i == 3 else ids
    logits = model["lm"](model["emb"](ids))
    loss = criterion(logits, labels)  # CUT
    opt.zero_grad()
    loss.backward()
    opt.step()
