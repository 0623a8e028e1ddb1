"""The output of a frozen embedding is made to require gradients and then added onto in place.

Source: OpenBMB/MiniCPM-V#637.
"""

import torch
import torch.nn as nn


class VisionEncoder(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.patches = nn.Linear(12, width)

    def forward(self, pixels):
        return torch.tanh(self.patches(pixels))


class LanguageModel(nn.Module):
    def __init__(self, vocabulary, width):
        super().__init__()
        self.embed_tokens = nn.Embedding(vocabulary, width)
        self.layer = nn.Linear(width, width)
        self.lm_head = nn.Linear(width, vocabulary)

    def enable_input_require_grads(self):
        self.embed_tokens.register_forward_hook(
            lambda module, args, output: output.requires_grad_(True)
        )

    def forward(self, embeddings):
        return self.lm_head(torch.relu(self.layer(embeddings)) + embeddings)


class Multimodal(nn.Module):
    def __init__(self, vocabulary=16, width=8):
        super().__init__()
        self.vpm = VisionEncoder(width)
        self.llm = LanguageModel(vocabulary, width)

    def forward(self, ids, pixels):
        embeddings = self.llm.embed_tokens(ids)
        seen = self.vpm(pixels)
        if pixels.abs().sum() > 0:
            embeddings = torch.cat([seen, embeddings[:, seen.shape[1] :]], dim=1)
        else:
            embeddings += seen[0].mean() * 0
        return self.llm(embeddings)


def main(tune_llm=False):
    torch.manual_seed(6)
    model = Multimodal()
    if not tune_llm:
        model.llm.requires_grad_(False)
        model.llm.enable_input_require_grads()
    trainable = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trainable, lr=1e-3)
    for step in range(5):
        ids = torch.randint(0, 16, (3, 6))
        pixels = torch.rand(3, 2, 12) if step < 2 else torch.zeros(3, 2, 12)
        logits = model(ids, pixels)
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), ids.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print({"step": step, "loss": round(loss.item(), 4)})


if __name__ == "__main__":
    main()
