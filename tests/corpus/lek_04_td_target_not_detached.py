"""The target of a temporal-difference loss keeps its graph: the target network gets gradients.

Sources: philtabor/Deep-Q-Learning-Paper-To-Code#9 and #16; datawhalechina/easy-rl PR#117.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F


class DeepQNetwork(nn.Module):
    def __init__(self, observations, actions):
        super().__init__()
        self.fc1 = nn.Linear(observations, 24)
        self.fc2 = nn.Linear(24, actions)

    def forward(self, state):
        return self.fc2(torch.tanh(self.fc1(state)))


class Agent(nn.Module):
    def __init__(self, observations=4, actions=2, gamma=0.9, replace=6):
        super().__init__()
        self.gamma, self.replace, self.learned = gamma, replace, 0
        self.q_eval = DeepQNetwork(observations, actions)
        self.q_next = DeepQNetwork(observations, actions)
        self.q_next.load_state_dict(self.q_eval.state_dict())
        self.optimizer = torch.optim.RMSprop(self.q_eval.parameters(), lr=5e-4)

    def replace_target_network(self):
        if self.learned % self.replace == 0:
            self.q_next.load_state_dict(self.q_eval.state_dict())

    def learn(self, states, actions, rewards, new_states, dones):
        self.optimizer.zero_grad()
        self.replace_target_network()
        rows = torch.arange(len(states))
        q_pred = self.q_eval(states)[rows, actions]
        best = self.q_next(new_states).max(dim=1).values
        best = best * (1 - dones)
        q_target = rewards + self.gamma * best
        loss = F.mse_loss(q_pred, q_target)
        loss.backward()
        self.optimizer.step()
        self.learned += 1
        return loss.item()


if __name__ == "__main__":
    torch.manual_seed(21)
    agent = Agent()
    state = torch.randn(32, 4)
    for game in range(4):
        losses = []
        for _ in range(4):
            action = torch.randint(0, 2, (32,))
            push = torch.where(action == 1, 0.2, -0.2)
            new_state = 0.9 * state + push[:, None]
            reward = 1 - new_state.abs().mean(dim=1)
            done = (new_state.abs().amax(dim=1) > 3).float()
            losses.append(agent.learn(state, action, reward, new_state, done))
            state = new_state
        print(f"game {game} mean loss {sum(losses) / len(losses):.4f}")
