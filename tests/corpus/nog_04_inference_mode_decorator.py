"""A prediction service whose `run` is decorated with `inference_mode` and fine-tunes a model inside.

Source: replicate/cog#1681.
"""

import torch
import torch.nn as nn


class Service:
    def setup(self):
        torch.manual_seed(0)
        self.model = nn.Sequential(nn.Linear(3, 10), nn.SiLU(), nn.Linear(10, 2))

    @torch.inference_mode()
    def run(self, examples, labels, steps=15):
        loss = self.finetune(examples, labels, steps)
        accuracy = (self.model(examples).argmax(1) == labels).float().mean()
        return {"loss": loss, "accuracy": float(accuracy)}

    def finetune(self, examples, labels, steps):
        optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-2)
        criterion = nn.CrossEntropyLoss()
        self.model.train()
        for step in range(steps):
            optimizer.zero_grad()
            loss = criterion(self.model(examples), labels)
            loss.requires_grad = True
            loss.backward()
            optimizer.step()
            if step % 5 == 0:
                print("finetune", step, loss.item())
        return loss.item()


if __name__ == "__main__":
    service = Service()
    service.setup()
    generator = torch.Generator().manual_seed(1)
    points = torch.randn(40, 3, generator=generator)
    print(service.run(points, (points.sum(1) > 0).long()))
