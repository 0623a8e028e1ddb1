"""A healthy loop; torch is imported late, and finds the environment that the script has set."""

import os
import sys

os.environ["OMP_NUM_THREADS"] = "1"


def train() -> None:
    import torch

    print("threads", torch.get_num_threads(), "spec", torch.__spec__ is not None)
    print("loader", type(torch.__loader__).__name__, vars(torch.__loader__).keys())
    print("same", torch.__spec__.loader is torch.__loader__)
    print("finders", [getattr(finder, "__name__", finder) for finder in sys.meta_path])
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    for step in range(12):
        loss = (model(torch.randn(16, 4)) - 1).square().mean()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        print(step, loss.item().hex())
    if sys.argv[1:] == ["twice"]:
        loss.backward()


train()
if sys.argv[1:] == ["crash"]:
    raise RuntimeError("after the training")
