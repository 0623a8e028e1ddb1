"""A promptable segmenter that runs its prompt encoder under `no_grad` and leaves it out of the optimizer on purpose.

Control. Source: bowang-lab/MedSAM#233.
"""

import torch
from torch import nn
from torch.nn import functional as F


class PromptEncoder(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.corners = nn.Linear(4, dim)

    def forward(self, boxes):
        return torch.sin(self.corners(boxes))


class MaskDecoder(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.mix = nn.Conv2d(dim, dim, 1)
        self.to_mask = nn.Conv2d(dim, 1, 1)

    def forward(self, image, prompt):
        return self.to_mask(F.gelu(self.mix(image + prompt[:, :, None, None])))


class PromptSegmenter(nn.Module):
    def __init__(self, dim=6):
        super().__init__()
        self.image_encoder = nn.Conv2d(1, dim, 3, padding=1)
        self.prompt_encoder = PromptEncoder(dim)
        self.mask_decoder = MaskDecoder(dim)

    def forward(self, image, boxes):
        features = self.image_encoder(image)
        with torch.no_grad():
            prompt = self.prompt_encoder(boxes)
        return self.mask_decoder(features, prompt)


def dice_loss(logits, target):
    p = logits.sigmoid().flatten(1)
    t = target.flatten(1)
    return (1 - (2 * (p * t).sum(1) + 1) / (p.sum(1) + t.sum(1) + 1)).mean()


def main():
    torch.manual_seed(0)
    model = PromptSegmenter()
    params = list(model.image_encoder.parameters()) + list(model.mask_decoder.parameters())
    optimizer = torch.optim.AdamW(params, lr=2e-3, weight_decay=0.01)
    for step in range(28):
        image = torch.rand(6, 1, 8, 8)
        mask = (image > 0.55).float()
        boxes = torch.rand(6, 4)
        pred = model(image, boxes)
        loss = dice_loss(pred, mask) + F.binary_cross_entropy_with_logits(pred, mask)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 9 == 0:
            print(f"step {step}: loss {loss.item():.4f}")


if __name__ == "__main__":
    main()
