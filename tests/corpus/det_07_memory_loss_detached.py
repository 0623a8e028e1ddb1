"""A classifier with a prototype memory: the memory loss is called on detached features, so it trains nothing.

Source: haowang1992/DSN#1 (comment).
"""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self, in_dim, feat_dim, n_classes):
        super().__init__()
        self.backbone = nn.Sequential(
            nn.Linear(in_dim, 32), nn.ReLU(inplace=True), nn.Linear(32, feat_dim)
        )
        self.classifier = nn.Linear(feat_dim, n_classes)

    def forward(self, x):
        features = self.backbone(x)
        return features, self.classifier(features)


class PrototypeMemory:
    def __init__(self, n_classes, feat_dim, momentum=0.8):
        self.slots = F.normalize(torch.randn(n_classes, feat_dim), dim=1)
        self.momentum = momentum

    def loss(self, features, labels, temperature=0.2):
        similarity = F.normalize(features, dim=1) @ self.slots.t()
        return F.cross_entropy(similarity / temperature, labels)

    @torch.no_grad()
    def update(self, features, labels):
        for c in labels.unique():
            centre = F.normalize(features[labels == c].mean(0), dim=0)
            self.slots[c] = F.normalize(
                self.momentum * self.slots[c] + (1 - self.momentum) * centre, dim=0
            )


class Trainer:
    def __init__(self):
        self.model = Net(10, 8, 3)
        self.memory = PrototypeMemory(3, 8)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.02, momentum=0.5)
        self.centres = torch.randn(3, 10) * 0.6

    def batch(self):
        labels = torch.randint(0, 3, (24,))
        return self.centres[labels] + torch.randn(24, 10), labels

    def step(self):
        x, labels = self.batch()
        features, logits = self.model(x)
        loss_cls = F.cross_entropy(logits, labels)
        loss_memory = self.memory.loss(features[:16].detach(), labels[:16])
        loss = loss_cls + 0.5 * loss_memory
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        self.optimizer.step()
        self.memory.update(features, labels)
        return loss_cls.item(), loss_memory.item()

    def fit(self, steps):
        for i in range(steps):
            cls, mem = self.step()
            if (i + 1) % 8 == 0:
                print("step", i + 1, "cls", round(cls, 4), "memory", round(mem, 4))


if __name__ == "__main__":
    torch.manual_seed(7)
    Trainer().fit(24)
