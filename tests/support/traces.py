"""What an audit could leave behind in this process."""

from __future__ import annotations

import sys


def traces_left() -> list[str]:
    """Every hook and patched name of ours that is still in place, in words. Empty is right."""
    import torch
    import torch.autograd.graph
    import torch.nn.utils.clip_grad as clip_grad
    from torch.nn.modules import module
    from torch.optim import optimizer

    left: list[str] = []
    places = [
        (torch.autograd, "_engine_run_backward"),
        (torch.autograd.graph, "_engine_run_backward"),
        (torch.autograd, "backward"),
        (torch, "compile"),
        (torch, "clear_autocast_cache"),
        (optimizer.Optimizer, "zero_grad"),
        (torch.nn.Module, "zero_grad"),
        (torch.nn.Module, "__call__"),
        (torch.amp.GradScaler, "step"),
        (torch.amp.GradScaler, "scale"),
        (torch.amp.GradScaler, "unscale_"),
        (clip_grad, "_clip_grads_with_norm_"),
        (clip_grad, "_group_tensors_by_device_and_dtype"),
    ]
    for holder, name in places:
        code = getattr(getattr(holder, name, None), "__code__", None)
        if code is not None and "/gradaudit/probes/" in code.co_filename.replace("\\", "/"):
            left.append(f"{holder.__name__}.{name}")
    for table in (
        optimizer._global_optimizer_pre_hooks,
        optimizer._global_optimizer_post_hooks,
        module._global_forward_pre_hooks,
    ):
        left += [
            f"hook {hook}"
            for hook in table.values()
            if getattr(hook, "__module__", "").startswith("gradaudit.")
        ]
    dynamo = sys.modules.get("torch._dynamo.callback")
    if dynamo is not None:
        calls = dynamo.callback_handler.start_callbacks
        left += [f"call at a compilation {one}" for one in calls if "gradaudit" in one.__module__]
    return left
