"""Micro-batch losses are summed over the accumulation window and never divided by its length.

Sources: huggingface/transformers#37766 and PR#35207.
"""

import torch
import torch.nn.functional as F
from torch import nn


class TinyLM(nn.Module):
    def __init__(self, vocabulary=16, width=12):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, width)
        self.rnn = nn.LSTM(width, width, batch_first=True)
        self.lm_head = nn.Linear(width, vocabulary, bias=False)

    def forward(self, input_ids, labels):
        hidden, _ = self.rnn(self.embed(input_ids))
        logits = self.lm_head(hidden[:, :-1])
        return F.cross_entropy(logits.transpose(1, 2), labels[:, 1:])


class Trainer:
    def __init__(self, model, gradient_accumulation_steps):
        self.model = model
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self.model_accepts_loss_kwargs = False
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)

    def compute_loss(self, batch, num_items_in_batch):
        loss = self.model(batch, batch)
        if self.model_accepts_loss_kwargs:
            loss = loss * batch.numel() / num_items_in_batch
        return loss

    def train(self, update_steps):
        for update in range(update_steps):
            window = [
                (torch.randint(0, 16, (4, 1)) + torch.arange(8)) % 16
                for _ in range(self.gradient_accumulation_steps)
            ]
            items = sum(batch.numel() for batch in window)
            total = 0.0
            for batch in window:
                loss = self.compute_loss(batch, items)
                loss.backward()
                total += loss.item()
            norm = nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
            self.optimizer.step()
            self.optimizer.zero_grad()
            print({"step": update, "loss": round(total, 3), "grad_norm": round(norm.item(), 3)})


torch.manual_seed(0)
Trainer(TinyLM(), gradient_accumulation_steps=4).train(update_steps=6)
