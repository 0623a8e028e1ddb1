"""A recurrent network is fed the hidden state of the iteration before, graph and all.

Source: MorvanZhou/PyTorch-Tutorial#57.
"""

import numpy as np
import torch
from torch import nn

torch.manual_seed(1)

TIME_STEP = 10
LR = 0.02


class RNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(input_size=1, hidden_size=16, num_layers=1, batch_first=True)
        self.out = nn.Linear(16, 1)

    def forward(self, x, h_state):
        r_out, h_state = self.rnn(x, h_state)
        return self.out(r_out), h_state


rnn = RNN()
optimizer = torch.optim.Adam(rnn.parameters(), lr=LR)
loss_func = nn.MSELoss()
h_state = None
for step in range(10):
    moments = np.linspace(step * np.pi, (step + 1) * np.pi, TIME_STEP, dtype=np.float32)
    x = torch.from_numpy(np.sin(moments)).view(1, -1, 1)
    y = torch.from_numpy(np.cos(moments)).view(1, -1, 1)
    prediction, h_state = rnn(x, h_state)
    loss = loss_func(prediction, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print("step", step, "loss", loss.item())
