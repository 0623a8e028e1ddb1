"""Results of computations: what they are made of, and when retain_grad helps."""

import torch

torch.manual_seed(0)
base = torch.randn(4, requires_grad=True)
doubled = base * 2
moved = torch.randn(3, requires_grad=True).to(torch.float64)
scaled = torch.rand(4, requires_grad=True) * 0.1


class Holder:
    def __init__(self, value):
        self.value = value


held = Holder(base.exp())
rows = [base + i for i in range(3)]
loss = (doubled * scaled).sum() + moved.sum() + held.value.sum() + sum(r.sum() for r in rows)
loss.backward()
print(doubled.grad)  # WHY doubled not-a-leaf
print(moved.grad, scaled.grad)  # WHY moved not-a-leaf; scaled not-a-leaf
print(held.value.grad)  # WHY held.value not-a-leaf
print(rows[1].grad)  # WHY rows[1] not-a-leaf
print(base.grad.shape)

kept = base * 3
kept.retain_grad()
kept.sum().backward()
print(kept.grad)

late = base * 3
late.sum().backward()
late.retain_grad()
print(late.grad)  # WHY late retained-late

early = base * 3
early.retain_grad()
print(early.grad)  # WHY early no-backward
early.sum().backward()
print(early.grad)

aside = base * 3
aside.retain_grad()
base.sum().backward()
print(aside.grad)  # WHY aside not-reached
