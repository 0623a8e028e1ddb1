"""Part B of the corpus: optimizers, clearing, leaks, non-finite values, clipping, graph lifetime.

`parameters` are those that must be named; once a NaN was stepped, the report may name more. A
silent case that is no control says in a comment why no statement of the catalogue is true of it.
"""

from __future__ import annotations

from tests.corpus.cases import Case, Expect


def _layers(*layers: str) -> tuple[str, ...]:
    """The names of the weight and the bias of each layer."""
    return tuple(f"{layer}.{kind}" for layer in layers for kind in ("weight", "bias"))


def _recurrent(module: str) -> tuple[str, ...]:
    """The four parameter names of a recurrent layer of one direction."""
    return tuple(
        f"{module}.{kind}_{side}_l0" for kind in ("weight", "bias") for side in ("ih", "hh")
    )


# What a non-finite gradient does to the rest of a run that goes on.
_AFTERMATH = ("GA202", "GA206")

CASES: list[Case] = [
    # --- OPT: the optimizer does not hold the live parameters
    Case(
        "OPT-01",
        "opt_01_flat_parameters_after_optimizer.py",
        [Expect("GA402")],
        # The same from the other side: nothing arrives, and the flat parameter is held by nobody.
        allow=["GA101", "GA105", "GA401"],
    ),
    Case(
        "OPT-03",
        "opt_03_embeddings_resized_after_optimizer.py",
        # That the new embedding is in no optimizer is the same cause seen from the other side.
        [Expect("GA402", ["embed.weight"])],
    ),
    Case(
        "OPT-04",
        "opt_04_groups_never_appended.py",
        [Expect("GA401", ["crf.transitions", *_layers("fc")])],
    ),
    Case(
        "OPT-05",
        "opt_05_positional_embedding_in_no_group.py",
        [Expect("GA401", ["fusion.pos_emb"])],
    ),
    Case(
        "OPT-09",
        "opt_09_lazy_submodule_after_grouping.py",
        [Expect("GA401", _layers("radial.0", "radial.2"))],
    ),
    # --- ZGR: zero_grad is missing, or clears the wrong thing
    Case(
        "ZGR-01",
        "zgr_01_mnist_without_zero_grad.py",
        [Expect("GA301", _layers("1", "3"))],
    ),
    Case(
        "ZGR-03",
        "zgr_03_court_keypoints_without_zero_grad.py",
        [
            Expect(
                "GA301",
                _layers("conv1.block.0", "conv1.block.2", "conv2.block.0", "conv2.block.2", "out"),
            )
        ],
    ),
    Case(
        "ZGR-05",
        "zgr_05_trainer_steps_without_clearing.py",
        [
            Expect(
                "GA301",
                [
                    "tok.weight",
                    "layer.self_attn.in_proj_weight",
                    "layer.self_attn.in_proj_bias",
                    *_layers("layer.self_attn.out_proj", "layer.linear1", "layer.linear2"),
                    *_layers("layer.norm1", "layer.norm2", "out"),
                ],
            )
        ],
    ),
    Case(
        "ZGR-06",
        "zgr_06_lora_without_zero_grad.py",
        [Expect("GA301", ["0.lora_a", "0.lora_b", "2.lora_a", "2.lora_b"])],
    ),
    Case(
        "ZGR-08",
        "zgr_08_gan_each_clears_its_own.py",
        [Expect("GA305", _layers("netD.0", "netD.2"))],
    ),
    Case(
        "ZGR-09",
        "zgr_09_discriminator_never_cleared.py",
        [Expect("GA301", _layers("discriminator.0", "discriminator.2"))],
        allow=["GA305"],  # the generator's loss is in the sum as well
    ),
    Case(
        "ZGR-10",
        "zgr_10_generator_losses_reach_discriminator_step.py",
        [Expect("GA305", _layers("net_disc.body", "net_disc.score"))],
    ),
    # --- ACC: accumulation
    Case(
        "ACC-01",
        "acc_01_tail_dropped_at_epoch_start.py",
        [Expect("GA303", _layers("0", "2"))],
    ),
    Case(
        "ACC-04",
        "acc_04_cleared_below_sample_target.py",
        [Expect("GA303", _layers("layer1", "norm", "last"))],
    ),
    Case(
        "ACC-05",
        "acc_05_zero_grad_outside_the_condition.py",
        [Expect("GA303", ["time.weight", *_layers("enter", "leave")])],
    ),
    # A wrong divisor is a factor on a gradient like any other: a sum may be what was meant.
    Case("ACC-07", "acc_07_loss_not_divided.py"),
    Case("ACC-10", "acc_10_normalised_by_sentences.py"),
    # --- LEK: gradients go where they must not
    Case(
        "LEK-04",
        "lek_04_td_target_not_detached.py",
        [Expect("GA401", _layers("q_next.fc1", "q_next.fc2"))],
    ),
    Case(
        "LEK-05",
        "lek_05_policy_loss_adds_to_critics.py",
        [
            Expect(
                "GA305", [n for i in range(3) for n in _layers(f"critics.{i}.0", f"critics.{i}.2")]
            )
        ],
    ),
    # Every parameter gets a gradient of the size that the code asks for; only the paper differs.
    Case("LEK-06", "lek_06_vq_detaches_swapped.py"),
    Case("LEK-07", "lek_07_reconstruction_moves_codebook.py"),
    Case(
        "LEK-08",
        "lek_08_ema_teacher_collects_gradients.py",
        [Expect("GA401", _layers("teacher.enter", "teacher.mix"))],
    ),
    # --- NAN: non-finite gradients
    Case(
        "NAN-02",
        "nan_02_where_hides_exp_overflow.py",
        [Expect("GA201", _layers("0"), "nonfinite-op")],
        allow=_AFTERMATH,
    ),
    Case(
        "NAN-03",
        "nan_03_std_over_one_element.py",
        [Expect("GA201", _layers("hidden", "embedding"), "nonfinite-op")],
        allow=_AFTERMATH,
    ),
    Case(
        "NAN-06",
        "nan_06_attention_row_fully_masked.py",
        [
            Expect(
                "GA201",
                [
                    "attn.in_proj_weight",
                    "attn.in_proj_bias",
                    "attn.out_proj.weight",
                    "head.weight",
                    *_layers("embed"),
                ],
                "nonfinite-op",
            )
        ],
        allow=_AFTERMATH,
    ),
    Case(
        "NAN-07",
        "nan_07_logsumexp_of_minus_infinity.py",
        [Expect("GA201", ["move", *_layers("emit")], "nonfinite-op")],
        allow=_AFTERMATH,
    ),
    Case(
        "NAN-08",
        "nan_08_square_root_of_zero_power.py",
        [Expect("GA201", ["filters"], "nonfinite-op")],
        allow=_AFTERMATH,
    ),
    Case(
        "NAN-10",
        "nan_10_acos_at_one.py",
        [Expect("GA201", _layers("0", "2.angle"), "nonfinite-op")],
        allow=_AFTERMATH,
    ),
    Case(
        "NAN-11",
        "nan_11_nan_targets_masked_after_loss.py",
        [Expect("GA201", ["weight", "bias"], "nonfinite-input")],
        allow=_AFTERMATH,
    ),
    Case(
        "NAN-15",
        "nan_15_large_negative_fill_scaled.py",
        [
            Expect(
                "GA201",
                [
                    "token_embed.weight",
                    "attention.to_qkv.weight",
                    "attention.to_out.weight",
                    "to_logits.weight",
                ],
                "nonfinite-op",
            )
        ],
        allow=_AFTERMATH,
    ),
    Case(
        "NAN-16",
        "nan_16_log_of_saturated_sigmoid.py",
        [Expect("GA202"), Expect("GA201", _layers("0", "2"), "nonfinite-op")],
        allow=["GA206"],
    ),
    Case(
        # It happens at step 22: too late for the trace of a run's first step to see the cause.
        "NAN-18",
        "nan_18_bf16_overflow_inside_adam.py",
        [Expect("GA201", ["weight"]), Expect("GA206", ["weight"])],
        allow=["GA202"],
    ),
    # --- CLP: the order of clipping and unscaling
    Case("CLP-01", "clp_01_clip_before_unscale.py", [Expect("GA306")]),
    Case("CLP-05", "clp_05_clip_inside_training_step.py", [Expect("GA306")]),
    Case(
        # What is left after two divisions is below the spacing of the half-precision weights.
        "CLP-06",
        "clp_06_unscaled_twice.py",
        [Expect("GA404", _layers("0", "2"))],
        allow=["GA205"],  # the scale is the user's own: unknown, so each gradient dwarfs its weight
    ),
    Case("CLP-07", "clp_07_clip_after_optimizer_in_backward.py", [Expect("GA306")]),
    Case(
        # In the last step alone, and only this one: the others are NaN after the clipping.
        "CLP-09",
        "clp_09_clip_spreads_nan.py",
        [Expect("GA201", ["side.weight"])],
        allow=["GA206"],
    ),
    # --- INP: in-place modification
    Case("INP-01", "inp_01_slice_assignment_after_relu.py", [Expect("GA701")], exit=1),
    Case("INP-02", "inp_02_pyramid_added_in_place.py", [Expect("GA701")], exit=1),
    Case(
        "INP-04",
        "inp_04_weights_restored_before_backward.py",
        [Expect("GA701")],
        exit=1,
    ),
    Case("INP-06", "inp_06_in_place_on_embedding_output.py", [Expect("GA702")], exit=1),
    # --- LIF: how long a graph lives
    Case("LIF-01", "lif_01_hidden_state_carried.py", [Expect("GA703")], exit=1),
    Case("LIF-02", "lif_02_running_loss_keeps_graphs.py", [Expect("GA705")]),
    Case(
        "LIF-04",
        "lif_04_reference_reused_across_micro_steps.py",
        [Expect("GA703")],
        exit=1,
    ),
    # --- TIE: two tensors that a config calls one, yet both train as they should
    Case("TIE-03", "tie_03_config_says_tied.py"),
]

LEFT_OUT: dict[str, str] = {
    "OPT-07": "needs another device",
    "OPT-08": "needs a GPU",
    "ACC-03": "needs accelerate",
    "ACC-09": "needs Lightning; a wrong divisor has no code either",
    "NAN-05": "no longer happens on torch 2.13",
    "NAN-09": "no longer happens on torch 2.13",
    "NAN-13": "no longer happens on torch 2.13",
    "CLP-08": "needs several ranks",
    "TIE-01": "needs several GPUs",
    "UPD-01": "needs MPS and torch < 2.4",
    "UPD-02": "needs DeepSpeed",
    "UPD-03": (
        "no code: the weights do change, but the forward goes on with cached casts of the old ones "
        "(script: upd_03_autocast_around_the_whole_loop.py)"
    ),
}
