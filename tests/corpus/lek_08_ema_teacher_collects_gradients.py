"""The teacher of a self-distilling model is a copy that was never marked as not trainable.

Source: arxyzan/data2vec-pytorch#8.
"""

import copy

import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, inputs, width):
        super().__init__()
        self.enter = nn.Linear(inputs, width)
        self.mix = nn.Conv1d(width, width, kernel_size=5, padding=2)

    def forward(self, x):
        hidden = nn.functional.gelu(self.enter(x))
        return hidden + self.mix(hidden.transpose(1, 2)).transpose(1, 2)


class EMA:
    def __init__(self, student, teacher, decay):
        self.student, self.teacher, self.decay = student, teacher, decay

    @torch.no_grad()
    def step(self):
        for new, old in zip(self.student.parameters(), self.teacher.parameters()):
            old.lerp_(new, 1 - self.decay)


class Data2Vec(nn.Module):
    def __init__(self, encoder, width):
        super().__init__()
        self.encoder = encoder
        self.teacher = copy.deepcopy(encoder)
        self.regression_head = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )
        self.ema = EMA(self.encoder, self.teacher, decay=0.98)

    def forward(self, x, mask):
        predicted = self.regression_head(self.encoder(x.masked_fill(mask[..., None], 0.0)))
        targets = self.teacher(x)
        targets = nn.functional.layer_norm(targets, targets.shape[-1:])
        return predicted[mask], targets[mask]


def main():
    torch.manual_seed(17)
    width = 8
    model = Data2Vec(Encoder(5, width), width)
    optimizer = torch.optim.Adam(
        [*model.encoder.parameters(), *model.regression_head.parameters()], lr=1e-3
    )
    criterion = nn.SmoothL1Loss(beta=0.5)
    for batch in range(12):
        x = torch.randn(6, 10, 5)
        mask = torch.rand(6, 10) < 0.4
        predicted, targets = model(x, mask)
        loss = criterion(predicted, targets)
        loss.backward()
        optimizer.step()
        model.ema.step()
        optimizer.zero_grad()
        print("batch", batch, "loss", f"{loss.item():.4f}")


if __name__ == "__main__":
    main()
