"""Image-text contrastive training where the text branch is wrapped in `no_grad` together with the head behind it.

Source: edreisMD/ConVIRT-pytorch#7.
"""

import torch
from torch import nn
from torch.nn import functional as F


class TextEncoder(nn.Module):
    """Stands in for a pretrained language model."""

    def __init__(self, vocab=50, dim=12):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.mix = nn.Linear(dim, dim)

    def forward(self, tokens):
        return torch.tanh(self.mix(self.embed(tokens))).mean(dim=1)


class ImageTextModel(nn.Module):
    def __init__(self, out_dim=8):
        super().__init__()
        self.image_encoder = nn.Sequential(nn.Linear(20, 24), nn.ReLU(), nn.Linear(24, 12))
        self.image_head = nn.Linear(12, out_dim)
        self.text_encoder = TextEncoder()
        for p in self.text_encoder.parameters():
            p.requires_grad = False
        self.text_head = nn.Sequential(nn.Linear(12, 12), nn.ReLU(), nn.Linear(12, out_dim))

    def encode_image(self, image):
        return self.image_head(self.image_encoder(image))

    def encode_text(self, tokens):
        with torch.no_grad():
            hidden = self.text_encoder(tokens)
            out = self.text_head(hidden)
        return out

    def forward(self, image, tokens):
        return F.normalize(self.encode_image(image), dim=-1), F.normalize(
            self.encode_text(tokens), dim=-1
        )


def nt_xent(a, b, t=0.3):
    sim = a @ b.T / t
    target = torch.arange(a.size(0))
    return 0.75 * F.cross_entropy(sim, target) + 0.25 * F.cross_entropy(sim.T, target)


if __name__ == "__main__":
    torch.manual_seed(5)
    lookup = torch.randn(50, 20)
    model = ImageTextModel()
    trainable = filter(lambda p: p.requires_grad, model.parameters())
    optimizer = torch.optim.Adam(trainable, lr=1e-3, weight_decay=1e-6)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=22)

    for step in range(22):
        tokens = torch.randint(0, 50, (16, 6))
        images = lookup[tokens].mean(1) + 0.1 * torch.randn(16, 20)
        optimizer.zero_grad()
        loss = nt_xent(*model(images, tokens))
        loss.backward()
        optimizer.step()
        scheduler.step()
        if step % 7 == 0:
            print(f"step {step}: {loss.item():.4f}")
