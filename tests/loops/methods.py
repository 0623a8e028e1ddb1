"""Training methods with a shape of their own: rivals, second order, teachers, perturbed weights."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.optim.swa_utils import AveragedModel

from tests.loops.pattern import Loops, Watch, adamw, batch, error, net, sgd

LOOPS = Loops()


def _rivals() -> tuple[nn.Sequential, nn.Sequential]:
    """A generator of four numbers from four, and a critic that gives one."""
    torch.manual_seed(0)
    generator = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 4))
    critic = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    return generator, critic


def _real() -> Tensor:
    return 0.5 * batch() + 1.0


def _judgement(critic: nn.Module, fake: Tensor) -> Tensor:
    """Low when the critic tells real from fake: what the critic minimises."""
    return (
        nn.functional.softplus(critic(fake)).mean()
        + nn.functional.softplus(-critic(_real())).mean()
    )


def _deception(critic: nn.Module, fake: Tensor) -> Tensor:
    """Low when the critic takes fake for real: what the generator minimises."""
    return nn.functional.softplus(-critic(fake)).mean()


@LOOPS.loop("GAN: each network is cleared before its own backward")
def _(watch: Watch) -> None:
    generator, critic = _rivals()
    of_generator, of_critic = sgd(generator), sgd(critic)
    with watch({"generator": generator, "critic": critic}, [of_generator, of_critic]):
        for _ in range(5):
            of_generator.zero_grad()
            _deception(critic, generator(batch())).backward()
            of_generator.step()
            of_critic.zero_grad()
            _judgement(critic, generator(batch()).detach()).backward()
            of_critic.step()


@LOOPS.loop("GAN: the critic is frozen while the generator learns")
def _(watch: Watch) -> None:
    generator, critic = _rivals()
    of_generator, of_critic = adamw(generator), adamw(critic)
    with watch({"generator": generator, "critic": critic}):
        for _ in range(5):
            critic.requires_grad_(False)
            of_generator.zero_grad()
            _deception(critic, generator(batch())).backward()
            of_generator.step()
            critic.requires_grad_(True)
            of_critic.zero_grad()
            _judgement(critic, generator(batch()).detach()).backward()
            of_critic.step()


@LOOPS.loop("GAN: the critic is never cleared", "GA301")
def _(watch: Watch) -> None:
    generator, critic = _rivals()
    of_generator, of_critic = sgd(generator), sgd(critic)
    with watch({"generator": generator, "critic": critic}, [of_generator, of_critic]):
        for _ in range(5):
            of_generator.zero_grad()
            _deception(critic, generator(batch())).backward()
            of_generator.step()
            _judgement(critic, generator(batch()).detach()).backward()
            of_critic.step()


@LOOPS.loop("GAN: one batch of fakes serves the critic, then the generator")
def _(watch: Watch) -> None:
    generator, critic = _rivals()
    of_generator, of_critic = adamw(generator), adamw(critic)
    with watch({"generator": generator, "critic": critic}):
        for _ in range(5):
            fake = generator(batch())
            of_critic.zero_grad()
            _judgement(critic, fake.detach()).backward()
            of_critic.step()
            of_generator.zero_grad()
            _deception(critic, fake).backward()
            of_generator.step()


@LOOPS.loop(
    "GAN: both losses go backward, then both optimizers step with inputs= keeping them apart"
)
def _(watch: Watch) -> None:
    generator, critic = _rivals()
    of_generator, of_critic = sgd(generator), sgd(critic)
    with watch({"generator": generator, "critic": critic}, [of_generator, of_critic]):
        for _ in range(5):
            fake = generator(batch())
            of_generator.zero_grad()
            of_critic.zero_grad()
            _judgement(critic, fake).backward(retain_graph=True, inputs=list(critic.parameters()))
            _deception(critic, fake).backward(inputs=list(generator.parameters()))
            of_generator.step()
            of_critic.step()


@LOOPS.loop(
    "GAN: cleared after its own step alone, so the critic keeps what the generator left", "GA305"
)
def _(watch: Watch) -> None:
    generator, critic = _rivals()
    of_generator, of_critic = sgd(generator), sgd(critic)
    with watch({"generator": generator, "critic": critic}):
        for _ in range(6):
            _judgement(critic, generator(batch()).detach()).backward()
            of_critic.step()
            of_critic.zero_grad()
            _deception(critic, generator(batch())).backward()
            of_generator.step()
            of_generator.zero_grad()


@LOOPS.loop("Wasserstein GAN: three critic steps with a gradient penalty, one generator step")
def _(watch: Watch) -> None:
    generator, critic = _rivals()
    of_generator, of_critic = adamw(generator), adamw(critic)
    with watch({"generator": generator, "critic": critic}, [of_generator, of_critic]):
        for i in range(9):
            fake, real = generator(batch()).detach(), _real()
            between = (real + torch.rand(6, 1) * (fake - real)).requires_grad_()
            (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
            penalty = (slope.norm(dim=1) - 1).square().mean()
            critic.zero_grad()
            (critic(fake).mean() - critic(real).mean() + penalty).backward()
            of_critic.step()
            if i % 3 == 2:
                generator.zero_grad()
                (-critic(generator(batch())).mean()).backward()
                of_generator.step()


@LOOPS.loop("actor and critic: the actor's loss runs through the critic")
def _(watch: Watch) -> None:
    torch.manual_seed(0)
    actor, critic = nn.Linear(4, 1), nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 1))
    of_actor, of_critic = adamw(actor), adamw(critic)
    with watch({"actor": actor, "critic": critic}):
        for _ in range(6):
            seen, done = batch(), torch.rand(6, 1)
            value = critic(torch.cat([seen, done], dim=1))
            of_critic.zero_grad()
            (value + (seen[:, :1] - done).square()).square().mean().backward()
            of_critic.step()
            of_actor.zero_grad()
            (-critic(torch.cat([seen, actor(seen).sigmoid()], dim=1)).mean()).backward()
            of_actor.step()


@LOOPS.loop("a target network follows by averaging and gives its targets without gradients")
def _(watch: Watch) -> None:
    online = net()
    target = copy.deepcopy(online).requires_grad_(False)
    optimizer = adamw(online)
    with watch({"online": online, "target": target}, optimizer):
        for _ in range(6):
            x = batch()
            with torch.no_grad():
                wanted = x[:, :1] + 0.9 * target(x)
            optimizer.zero_grad()
            (online(x) - wanted).square().mean().backward()
            optimizer.step()
            with torch.no_grad():
                for slow, quick in zip(target.parameters(), online.parameters(), strict=True):
                    slow.lerp_(quick, 0.05)


@LOOPS.loop("an average of the weights is kept by AveragedModel")
def _(watch: Watch) -> None:
    model = net()
    average = AveragedModel(model)
    optimizer = sgd(model)
    with watch(model):
        for _ in range(5):
            optimizer.zero_grad()
            error(model).backward()
            optimizer.step()
            average.update_parameters(model)


@LOOPS.loop("SAM: the first gradient only moves the weights for a while")
def _(watch: Watch) -> None:
    model = net()
    optimizer = sgd(model)
    with watch(model, optimizer):
        for _ in range(5):
            error(model).backward()
            moves = [0.05 * p.grad for p in model.parameters() if p.grad is not None]
            with torch.no_grad():
                for parameter, move in zip(model.parameters(), moves, strict=True):
                    parameter.add_(move)
            optimizer.zero_grad()
            error(model).backward()
            with torch.no_grad():
                for parameter, move in zip(model.parameters(), moves, strict=True):
                    parameter.sub_(move)
            optimizer.step()
            optimizer.zero_grad()


@LOOPS.loop("SAM: both of its gradients come from one helper")
def _(watch: Watch) -> None:
    model = net()
    optimizer = sgd(model)

    def gradients() -> list[Tensor]:
        optimizer.zero_grad()
        error(model).backward()
        return [p.grad for p in model.parameters() if p.grad is not None]

    with watch(model):
        for _ in range(5):
            moves = [0.05 * gradient for gradient in gradients()]
            for parameter, move in zip(model.parameters(), moves, strict=True):
                parameter.data += move
            gradients()
            for parameter, move in zip(model.parameters(), moves, strict=True):
                parameter.data -= move
            optimizer.step()


@LOOPS.loop("MAML: the outer gradient runs through an inner step")
def _(watch: Watch) -> None:
    model = net()
    optimizer = adamw(model)
    with watch(model, optimizer):
        for _ in range(4):
            weights = dict(model.named_parameters())
            inner = error(model)
            slopes = torch.autograd.grad(inner, list(weights.values()), create_graph=True)
            fast = {
                name: weight - 0.1 * slope
                for (name, weight), slope in zip(weights.items(), slopes, strict=True)
            }
            optimizer.zero_grad()
            error(lambda x, fast=fast: functional_call(model, fast, (x,))).backward()
            optimizer.step()


@LOOPS.loop("a penalty on the gradient, by backward with create_graph")
def _(watch: Watch) -> None:
    model = net()
    optimizer = sgd(model, lr=0.01)
    with watch(model):
        for _ in range(4):
            x = batch().requires_grad_()
            loss = (model(x) - x.detach().sum(dim=1, keepdim=True)).square().mean()
            (slope,) = torch.autograd.grad(loss, x, create_graph=True)
            optimizer.zero_grad()
            (loss + slope.square().sum()).backward()
            optimizer.step()


@LOOPS.loop("noise is added to the gradients before each step")
def _(watch: Watch) -> None:
    model = net()
    optimizer = sgd(model)
    with watch(model, optimizer):
        for _ in range(5):
            optimizer.zero_grad()
            error(model).backward()
            for parameter in model.parameters():
                if parameter.grad is not None:
                    parameter.grad += 0.01 * torch.randn_like(parameter)
            optimizer.step()


@LOOPS.loop("an attack on the input takes its gradient first")
def _(watch: Watch) -> None:
    model = net()
    optimizer = adamw(model)
    with watch(model):
        for _ in range(4):
            x = batch().requires_grad_()
            wanted = x.detach().sum(dim=1, keepdim=True)
            (model(x) - wanted).square().mean().backward()
            assert x.grad is not None
            attacked = (x + 0.1 * x.grad.sign()).detach()
            optimizer.zero_grad()
            (model(attacked) - wanted).square().mean().backward()
            optimizer.step()
