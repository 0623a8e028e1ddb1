"""A TensorBoard log of an audit, in a writer that the loop has already; then what is in it."""

import tempfile
from pathlib import Path

import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import nn
from torch.utils.tensorboard import SummaryWriter

import gradaudit
from gradaudit.tensorboard import TensorBoardSink

torch.manual_seed(0)


class Recommender(nn.Module):
    def __init__(self):
        super().__init__()
        self.users, self.items = nn.Embedding(50, 16), nn.Embedding(80, 16)
        self.rating = nn.Linear(32, 1)

    def forward(self, user, item):
        taste = self.users(user).detach()  # the mistake: users never learn
        return self.rating(torch.cat([taste, self.items(item)], dim=1)).squeeze(1)


model = Recommender()
optimizer = torch.optim.Adam(model.parameters())

with tempfile.TemporaryDirectory() as folder:
    writer = SummaryWriter(str(Path(folder) / "first"))
    audit = gradaudit.watch(model, optimizer, on_finding="silent", sinks=[TensorBoardSink(writer)])
    for step in range(200):
        user, item, rating = torch.randint(50, (32,)), torch.randint(80, (32,)), torch.randn(32)
        loss = nn.functional.mse_loss(model(user, item), rating)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        writer.add_scalar("loss", loss.item(), step)
    audit.close()
    writer.close()

    # Look at it with `tensorboard --logdir FOLDER`; here it is read as TensorBoard would.
    log = EventAccumulator(writer.log_dir, size_guidance={"tensors": 0}).Reload()
    tags = log.Tags()
    scalars = [tag for tag in tags["scalars"] if tag.startswith("gradaudit/")]
    print("gradaudit:", len(scalars), "scalars:", *(tag.partition("/")[2] for tag in scalars[:6]))
    print("for the tab:", *(t for t in tags["tensors"] if not t.endswith("text_summary")))
    text = log.Tensors("gradaudit/findings/text_summary")[-1].tensor_proto.string_val[0].decode()
    print(*text.split("\n\n")[:2], sep="\n")
    assert "users.weight" in text
    assert "self.users(user).detach()" in text
    assert log.Scalars("gradaudit/parameters_none")[-1].value == 1
    assert log.Scalars("gradaudit/steps_with_none")[-1].value == 200
    assert len(log.Scalars("loss")) == 200
