"""LoRA on a text encoder and a denoiser: the checkpointed text encoder's `lora_up` weights are still zero when saved.

Source: kohya-ss/sd-scripts#91; cloneofsimo/lora#26 (same mechanism as CKP-01).
"""

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.utils.checkpoint


class LoRAModule(nn.Module):
    def __init__(self, original, dim=2):
        super().__init__()
        self.original = original.requires_grad_(False)
        self.lora_down = nn.Linear(original.in_features, dim, bias=False)
        self.lora_up = nn.Linear(dim, original.out_features, bias=False)
        nn.init.normal_(self.lora_down.weight, std=0.3)
        nn.init.zeros_(self.lora_up.weight)

    def forward(self, x):
        return self.original(x) + self.lora_up(self.lora_down(x))


class TextEncoder(nn.Module):
    def __init__(self, vocab=24, dim=10):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab, dim).requires_grad_(False)
        self.layer1 = LoRAModule(nn.Linear(dim, dim))
        self.layer2 = LoRAModule(nn.Linear(dim, dim))
        self.checkpointing = False

    def run_layers(self, h):
        h = h + torch.tanh(self.layer1(h))
        return h + torch.tanh(self.layer2(h))

    def forward(self, ids):
        h = self.token_embedding(ids)
        if self.checkpointing:
            h = torch.utils.checkpoint.checkpoint(self.run_layers, h, use_reentrant=True)
        else:
            h = self.run_layers(h)
        return h.mean(dim=1)


class Denoiser(nn.Module):
    def __init__(self, latent=6, context=10, width=16):
        super().__init__()
        self.to_hidden = LoRAModule(nn.Linear(latent + context + 1, width))
        self.to_noise = LoRAModule(nn.Linear(width, latent))

    def forward(self, latents, t, context):
        h = torch.cat([latents, t, context], dim=1)
        return self.to_noise(F.silu(self.to_hidden(h)))


def lora_parameters(module):
    return [p for n, p in module.named_parameters() if "lora_" in n]


def train():
    torch.manual_seed(51)
    text_encoder = TextEncoder()
    unet = Denoiser()
    text_encoder.checkpointing = True
    optimizer = torch.optim.AdamW(
        [
            {"params": lora_parameters(unet), "lr": 5e-3},
            {"params": lora_parameters(text_encoder), "lr": 2e-3},
        ]
    )
    text_encoder.train()
    unet.train()
    for step in range(26):
        caption = torch.randint(0, 24, (12, 5))
        latents = caption.float()[:, :1] / 12 - 1 + 0.1 * torch.randn(12, 6)
        noise = torch.randn_like(latents)
        t = torch.rand(12, 1)
        noisy = (1 - t) * latents + t * noise
        loss = F.mse_loss(unet(noisy, t, text_encoder(caption)), noise)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(lora_parameters(unet) + lora_parameters(text_encoder), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if step % 8 == 0:
            print("step", step, "loss", loss.item())

    for prefix, module in (("lora_te", text_encoder), ("lora_unet", unet)):
        for name, p in module.named_parameters():
            if "lora_up" in name:
                print(f"{prefix}.{name}: mean |w| = {p.abs().mean().item():.6f}")


if __name__ == "__main__":
    train()
