"""Three models, three optimizers, three schedulers; a plateau scheduler fed by an average of items."""
import torch
from torch import nn

torch.manual_seed(54)
enc, dec, disc = nn.Linear(6, 4), nn.Linear(4, 6), nn.Linear(4, 1)
oe, od, oc = (torch.optim.Adam(m.parameters(), lr=1e-2) for m in (enc, dec, disc))
scheds = [torch.optim.lr_scheduler.OneCycleLR(oe, 0.02, total_steps=15), torch.optim.lr_scheduler.ExponentialLR(od, 0.95)]
plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(oc, patience=2)
bce = nn.BCEWithLogitsLoss()
avg = 0.0
for step in range(14):
    x = torch.randn(12, 6)
    z = enc(x)
    rec = (dec(z) - x).pow(2).mean()
    oe.zero_grad()
    od.zero_grad()
    rec.backward()
    oe.step()
    od.step()
    with torch.no_grad():
        fake = enc(x)
    real = torch.randn_like(fake)
    d = bce(disc(real), torch.ones(12, 1)) + bce(disc(fake), torch.zeros(12, 1))
    oc.zero_grad()
    d.backward()
    oc.step()
    g = bce(disc(enc(x)), torch.ones(12, 1))
    oe.zero_grad()
    g.backward()
    oe.step()
    for s in scheds:
        s.step()
    avg = 0.9 * avg + 0.1 * d.item()
    plateau.step(avg)
    print(f"{rec.item():.4f} {d.item():.4f} {g.item():.4f}")
