"""Hand-written LoRA: B starts at zero, so the gradient of A is exactly zero in the first step and alive from then on.

Control. Source: lich99/ChatGLM-finetune-LoRA#22 (a claim of a bug; recreated here without transformers and peft).
"""

import torch
import torch.nn as nn
import torch.nn.functional as F


class LoRALinear(nn.Module):
    def __init__(self, linear, rank=4, alpha=8, dropout=0.05):
        super().__init__()
        self.linear = linear
        for p in self.linear.parameters():
            p.requires_grad = False
        self.A = nn.Parameter(torch.randn(rank, linear.in_features) / linear.in_features**0.5)
        self.B = nn.Parameter(torch.zeros(linear.out_features, rank))
        self.scaling = alpha / rank
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        update = F.linear(F.linear(self.dropout(x), self.A), self.B)
        return self.linear(x) + self.scaling * update


class SelfAttention(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.query = LoRALinear(nn.Linear(dim, dim))
        self.key = nn.Linear(dim, dim)
        self.value = LoRALinear(nn.Linear(dim, dim))

    def forward(self, x):
        return x + F.scaled_dot_product_attention(
            self.query(x), self.key(x), self.value(x), is_causal=True
        )


class TinyLM(nn.Module):
    def __init__(self, vocab=16, dim=16):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.layers = nn.Sequential(SelfAttention(dim), SelfAttention(dim))
        self.norm = nn.LayerNorm(dim)
        self.lm_head = nn.Linear(dim, vocab)

    def forward(self, ids):
        return self.lm_head(self.norm(self.layers(self.embed(ids))))


def only_lora_trains(model):
    for name, p in model.named_parameters():
        p.requires_grad_(name.endswith((".A", ".B")))
    return [p for p in model.parameters() if p.requires_grad]


def main():
    torch.manual_seed(22)
    model = TinyLM()
    params = only_lora_trains(model)
    optimizer = torch.optim.AdamW(params, lr=1e-2)
    scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.3, total_iters=5)
    for step in range(30):
        ids = (torch.randint(0, 16, (8, 1)) + torch.arange(9)) % 16
        loss = F.cross_entropy(model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(params, 1.0)
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad()
        if step % 10 == 0:
            print(f"step {step} lr {scheduler.get_last_lr()[0]:.4f} loss {loss.item():.4f}")


if __name__ == "__main__":
    main()
