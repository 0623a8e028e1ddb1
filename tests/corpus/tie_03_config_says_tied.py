"""A checkpoint without the head is loaded into a model from meta, whose head is tied no longer.

Sources: NVIDIA-NeMo/Automodel#2571 and PR#2511.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn


@dataclass
class ModelConfig:
    vocab_size: int = 20
    hidden_size: int = 16
    tie_word_embeddings: bool = True


class CausalLM(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        self.mixer = nn.GRU(config.hidden_size, config.hidden_size, batch_first=True)
        self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        if config.tie_word_embeddings:
            self.lm_head.weight = self.embed_tokens.weight

    def init_weights(self):
        for module in (self.embed_tokens, self.lm_head):
            nn.init.normal_(module.weight, std=0.2)
        self.mixer.reset_parameters()

    def forward(self, ids):
        return self.lm_head(self.mixer(self.embed_tokens(ids))[0])


def build(config):
    with torch.device("meta"):
        model = CausalLM(config)
    model.to_empty(device="cpu")
    model.init_weights()
    return model


def checkpoint(model):
    state = model.state_dict()
    if model.config.tie_word_embeddings:
        del state["lm_head.weight"]
    return {name: tensor.clone() for name, tensor in state.items()}


def train(model, steps):
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(steps):
        ids = (torch.randint(0, 20, (8, 1)) + torch.arange(7)) % 20
        loss = F.cross_entropy(model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()


torch.manual_seed(30)
config = ModelConfig()
pretrained = CausalLM(config)
losses = list(train(pretrained, steps=30))
print(f"before the checkpoint: {losses[-1]:.3f}")

resumed = build(config)
resumed.load_state_dict(checkpoint(pretrained), strict=False)
for step, loss in enumerate(train(resumed, steps=6)):
    print(f"resumed, step {step}: {loss:.3f}")
