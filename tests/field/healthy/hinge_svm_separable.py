"""A linear SVM without decay on separable points: once all margins are met the hinge loss is exactly 0."""
import torch

torch.manual_seed(2)
x = torch.cat([torch.randn(30, 2) + 4, torch.randn(30, 2) - 4])
y = torch.cat([torch.ones(30), -torch.ones(30)])


class Svm(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = torch.nn.Linear(2, 1)

    def forward(self, x):
        return self.fc(x).squeeze(-1)


svm = Svm()
opt = torch.optim.SGD(svm.parameters(), lr=0.1)
for step in range(40):
    opt.zero_grad()
    loss = torch.clamp(1 - y * svm(x), min=0).mean()
    loss.backward()
    opt.step()
print("final hinge", loss.item(), "accuracy", ((svm(x) > 0) == (y > 0)).float().mean().item())
