"""A frozen vision tower under reentrant checkpointing: torch warns that no input requires grad, and none has to.

Control. Source: Victorwz/LLaVA-Llama-3#4; InternLM/InternLM-XComposer#326.
"""

import torch
import torch.nn as nn
from torch.utils.checkpoint import checkpoint


class VisionTower(nn.Module):
    def __init__(self, patch=12, dim=16, depth=3):
        super().__init__()
        self.patch_embed = nn.Linear(patch, dim)
        self.layers = nn.ModuleList(
            [nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, dim), nn.GELU()) for _ in range(depth)]
        )
        self.requires_grad_(False)

    def forward(self, patches):
        h = self.patch_embed(patches)
        for layer in self.layers:
            h = h + checkpoint(layer, h, use_reentrant=True)
        return h


class VisionLanguageModel(nn.Module):
    def __init__(self, vocab=12):
        super().__init__()
        self.vision_tower = VisionTower()
        self.projector = nn.Sequential(nn.Linear(16, 16), nn.GELU(), nn.Linear(16, 10))
        self.token_embed = nn.Embedding(vocab, 10)
        self.decoder = nn.GRU(10, 10, batch_first=True)
        self.lm_head = nn.Linear(10, vocab)

    def forward(self, patches, tokens):
        seen = self.projector(self.vision_tower(patches)).mean(1, keepdim=True)
        h, _ = self.decoder(self.token_embed(tokens) + seen)
        return self.lm_head(h)


class FineTuner:
    def __init__(self, model, lr):
        self.model = model
        self.trainable = [p for p in model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(self.trainable, lr=lr)

    def step(self, patches, tokens):
        logits = self.model(patches, tokens[:, :-1])
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(self.trainable, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        return loss.item()


if __name__ == "__main__":
    torch.manual_seed(326)
    tuner = FineTuner(VisionLanguageModel(), lr=3e-3)
    for i in range(25):
        patches = torch.randn(8, 5, 12)
        first = (patches.mean(dim=(1, 2)) > 0).long()
        tokens = (first[:, None] * 6 + torch.arange(6)) % 12
        loss = tuner.step(patches, tokens)
        if i % 6 == 0:
            print(i, round(loss, 4))
