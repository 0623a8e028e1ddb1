"""Fine-tuning a classifier head that is frozen together with the backbone: only batch-norm statistics keep moving.

Source: PyTorch forum 84911 (TrainCheck pytorch-forum-84911).
"""

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class SmallResNet(nn.Module):
    def __init__(self, num_classes=4):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(6)
        self.conv2 = nn.Conv2d(6, 6, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(6)
        self.relu = nn.ReLU()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(6, num_classes)

    def forward(self, x):
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.relu(self.bn2(self.conv2(x)) + x)
        return self.fc(self.pool(x).flatten(1))


def freeze_all_but_bn(model):
    for name, module in model.named_modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            for p in module.parameters():
                p.requires_grad = False


def prepare(num_classes=2):
    model = SmallResNet()
    for p in model.fc.parameters():
        p.requires_grad = False
    model.fc = nn.Linear(6, num_classes)
    freeze_all_but_bn(model)
    return model


def run_epoch(model, loader, criterion, optimizer):
    model.train()
    running = 0.0
    for images, labels in loader:
        model.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
        running += loss.item() * len(images)
    return running / len(loader.dataset)


torch.manual_seed(84)
images = torch.randn(48, 3, 6, 6)
labels = (images.mean(dim=(1, 2, 3)) > 0).long()
loader = DataLoader(TensorDataset(images, labels), batch_size=12, shuffle=True)

model = prepare()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.fc.parameters(), lr=0.01, momentum=0.9)
for epoch in range(6):
    print(f"epoch {epoch}: train loss {run_epoch(model, loader, criterion, optimizer):.4f}")
