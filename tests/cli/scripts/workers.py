"""Work in other processes, with classes of `__main__`, in the way that its argument names."""

import multiprocessing
import os
import sys
import threading
from dataclasses import dataclass


@dataclass
class Task:
    number: int


def double(task: Task) -> Task:
    return Task(task.number * 2)


def pool(method: str) -> None:
    with multiprocessing.get_context(method).Pool(2) as processes:
        print(processes.map(double, [Task(1), Task(2), Task(3)]))


def child(end: str) -> None:
    sys.stdout.flush()
    number = os.fork()
    if number:
        print("child left with", os.waitpid(number, 0)[1])
    elif end == "raise":
        raise ValueError("in the child")
    elif end == "exit":
        sys.exit(4)
    else:
        print("the child goes on")


def forking_thread() -> None:
    worker = threading.Thread(target=child, args=("exit",))
    worker.start()
    worker.join()


def loader() -> None:
    import torch
    from torch.utils.data import DataLoader, Dataset

    class Squares(Dataset[int]):
        def __len__(self) -> int:
            return 6

        def __getitem__(self, index: int) -> int:
            return index * index

    globals()["Squares"] = Squares
    model = torch.nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), 0.001)
    for batch in DataLoader(Squares(), batch_size=2, num_workers=2):
        loss = model(batch[:, None].float()).square().mean()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        print(batch.tolist())


if __name__ == "__main__":
    way = sys.argv[1]
    if way in ("fork", "spawn", "forkserver"):
        pool(way)
    elif way == "loader":
        loader()
    elif way == "thread":
        forking_thread()
    else:
        child(way)
