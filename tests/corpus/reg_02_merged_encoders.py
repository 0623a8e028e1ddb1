"""A text classifier over convolutions of several widths, merged by a library layer that does not register them.

Source: asyml/texar-pytorch#72.
"""

import torch
from torch import nn
from torch.optim.lr_scheduler import StepLR

from reg_02_merge_layer import MergeLayer


class WidthConv(nn.Module):
    def __init__(self, dim, filters, width):
        super().__init__()
        self.conv = nn.Conv1d(dim, filters, width)

    def forward(self, x):
        return torch.relu(self.conv(x)).amax(dim=-1)


class TextCNN(nn.Module):
    def __init__(self, vocab=30, dim=8, filters=5, classes=2):
        super().__init__()
        self.embedding = nn.Embedding(vocab, dim)
        self.encoder = MergeLayer([WidthConv(dim, filters, w) for w in (2, 3, 4)])
        self.dropout = nn.Dropout(0.1)
        self.logits = nn.Linear(3 * filters, classes)

    def forward(self, tokens):
        x = self.embedding(tokens).transpose(1, 2)
        return self.logits(self.dropout(self.encoder(x)))


def main():
    torch.manual_seed(23)
    model = TextCNN()
    print("parameters:", sum(p.numel() for p in model.parameters()))
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    scheduler = StepLR(optimizer, step_size=10, gamma=0.5)
    loss_fn = nn.CrossEntropyLoss()
    for step in range(21):
        tokens = torch.randint(0, 30, (16, 9))
        labels = (tokens < 5).any(dim=1).long()
        loss = loss_fn(model(tokens), labels)
        loss.backward()
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad()
        if step % 10 == 0:
            print(step, f"{loss.item():.4f}")


if __name__ == "__main__":
    main()
