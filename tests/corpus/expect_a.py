"""Part A of the corpus: cuts, unused and frozen parameters, registration, checkpoints, controls.

Where a row of the corpus can be told in two ways, the script's docstring says which one it tells.
"""

from __future__ import annotations

from tests.corpus.cases import Case, Expect


def _layers(*layers: str) -> tuple[str, ...]:
    """Name the weight and the bias of each layer."""
    return tuple(f"{layer}.{kind}" for layer in layers for kind in ("weight", "bias"))


CASES: list[Case] = [
    # --- DET: the graph is cut by detach, .data or a value wrapped anew
    Case(
        "DET-01",
        "det_01_generator_on_detached_fake.py",
        [Expect("GA103", _layers("generator.0", "generator.2"), "detach")],
    ),
    Case(
        "DET-02",
        "det_02_maml_data_update.py",
        [Expect("GA101", _layers("0", "2"), "data-attribute")],
        # The loss does reach leaves, but they are copies that nobody holds.
        allow=["GA104", "GA105"],
    ),
    Case(
        "DET-04",
        "det_04_fresh_tensor_loss.py",
        [Expect("GA103", _layers("encoder.0", "position"), "rewrapped-value")],
    ),
    Case(
        "DET-07",
        "det_07_memory_loss_detached.py",
        [Expect("GA103", _layers("backbone.0", "backbone.2"), "detach")],
    ),
    Case(
        "DET-08",
        "det_08_detach_in_generator_loop.py",
        [Expect("GA101", _layers("netG.0", "netG.2"), "detach")],
    ),
    Case(
        "DET-11",
        "det_11_requires_grad_on_loss.py",
        [Expect("GA104", _layers("fc1", "fc2"), "detach")],
    ),
    # --- NOG: no_grad and inference_mode regions
    Case(
        "NOG-02",
        "nog_02_encoder_under_no_grad.py",
        [Expect("GA101", _layers("encoder.0", "encoder.2", "encoder.5"), "no-grad-region")],
    ),
    Case(
        "NOG-03",
        "nog_03_projection_head_under_no_grad.py",
        [Expect("GA101", _layers("text_head.0", "text_head.2"), "no-grad-region")],
    ),
    Case(
        "NOG-04",
        "nog_04_inference_mode_decorator.py",
        [Expect("GA104", _layers("0", "2"), "inference-mode")],
    ),
    # --- NDF: an operation without a derivative on the way to the loss
    Case(
        "NDF-02",
        "ndf_02_argmax_edge_loss.py",
        [Expect("GA103", _layers("down", "mid", "out"), "non-differentiable-op")],
    ),
    Case(
        "NDF-04",
        "ndf_04_argmax_regression.py",
        [Expect("GA104", cause="non-differentiable-op")],
        exit=1,
    ),
    Case(
        "NDF-05",
        "ndf_05_count_by_threshold.py",
        [Expect("GA203", _layers("period_head.0", "period_head.2"))],
    ),
    # --- UNU: parameters that no loss reaches
    Case(
        "UNU-02",
        "unu_02_loop_writes_to_a_local.py",
        [
            Expect(
                "GA101",
                _layers(
                    "fusion.rcu0.conv1",
                    "fusion.rcu0.conv2",
                    "fusion.rcu1.conv1",
                    "fusion.rcu1.conv2",
                ),
                "unused-output",
            )
        ],
    ),
    Case(
        "UNU-05",
        "unu_05_pooler_left_out.py",
        [Expect("GA101", _layers("bert.pooler.dense"), "unused-output")],
    ),
    Case(
        "UNU-07",
        "unu_07_head_without_loss.py",
        [Expect("GA101", _layers("box", "score"), "unused-output")],
        exit=1,
    ),
    Case(
        "UNU-08",
        "unu_08_leftover_layer.py",
        [Expect("GA101", ("down2.0.weight", *_layers("down2.1")), "unused-module")],
        exit=1,
    ),
    Case("UNU-13", "unu_13_data_dependent_branch.py", [Expect("GA102", ("tail_shift",))]),
    # --- FRZ: freezing too much, too little, too late
    Case(
        "FRZ-01",
        "frz_01_fc_frozen_again.py",
        [Expect("GA403", _layers("fc")), Expect("GA401", _layers("bn1", "bn2"))],
    ),
    Case(
        "FRZ-02",
        "frz_02_freeze_in_train.py",
        [Expect("GA405", _layers("backbone.stage0.0", "backbone.stage0.1"))],
    ),
    Case(
        "FRZ-04",
        "frz_04_requires_grad_on_module.py",
        [Expect("GA406", _layers("encoder.0", "encoder.2"))],
    ),
    Case(
        "FRZ-05",
        "frz_05_frozen_encoder.py",
        [Expect("GA406", _layers("encoder.net.0", "encoder.net.2"))],
    ),
    Case(
        "FRZ-07",
        "frz_07_require_grad_typo.py",
        [Expect("GA406", _layers("features.0", "features.2"))],
    ),
    Case(
        "FRZ-08",
        "frz_08_sticky_freeze.py",
        [Expect("GA403", _layers("encoder.features.0", "encoder.features.2", "encoder.fc"))],
    ),
    Case(
        "FRZ-11",
        "frz_11_registration_resets_flag.py",
        [Expect("GA401", ("words.weight", "suffixes.weight"))],
    ),
    # --- REG: parameters that are not registered (a leaf in a list has no name to compare)
    Case("REG-01", "reg_01_layers_in_python_list.py", [Expect("GA105")]),
    Case("REG-02", "reg_02_merged_encoders.py", [Expect("GA105")]),
    Case(
        "REG-05",
        "reg_05_weight_dropout_rewrap.py",
        # The cause is "unregistered-leaf" as much as "rewrapped-value": not compared.
        [Expect("GA101", ("core.weight_hh_l0_raw",))],
        # The new Parameter of each forward gets the gradient, and no optimizer holds it.
        allow=["GA105", "GA401"],
    ),
    # --- CKP: gradient checkpointing
    Case(
        "CKP-01",
        "ckp_01_lora_in_reentrant_checkpoint.py",
        [
            Expect(
                "GA101",
                (
                    "blocks.0.fc.lora_A",
                    "blocks.0.fc.lora_B",
                    "blocks.1.fc.lora_A",
                    "blocks.1.fc.lora_B",
                ),
                "reentrant-checkpoint",
            )
        ],
    ),
    Case(
        "CKP-03",
        "ckp_03_policy_checkpoint_no_input_grads.py",
        [Expect("GA104", cause="reentrant-checkpoint")],
        exit=1,
    ),
    Case(
        "CKP-05",
        "ckp_05_text_encoder_lora_zero.py",
        [
            Expect(
                "GA101",
                (
                    "text_encoder.layer1.lora_down.weight",
                    "text_encoder.layer1.lora_up.weight",
                    "text_encoder.layer2.lora_down.weight",
                    "text_encoder.layer2.lora_up.weight",
                ),
                "reentrant-checkpoint",
            )
        ],
    ),
    # --- CUS: custom Functions
    Case(
        "CUS-01",
        "cus_01_grad_mode_in_backward.py",
        [Expect("GA101", (*_layers("inp"), "mid.weight"), "custom-function")],
    ),
    Case(
        "CUS-02",
        "cus_02_fused_attention_bias.py",
        [Expect("GA101", ("attn.bias.table.weight",), "custom-function")],
    ),
    # --- CTL: controls from the corpus, no error and no warning
    Case("CTL-02", "ctl_02_gan_without_detach.py"),
    Case("CTL-03", "ctl_03_prompt_encoder_no_grad.py"),
    Case("CTL-06", "ctl_06_checkpointed_frozen_tower.py"),
    Case("CTL-07", "ctl_07_alternating_layers.py"),
    Case("CTL-08", "ctl_08_zero_grad_anywhere.py"),
    Case("CTL-10", "ctl_10_lora_zero_at_start.py"),
    Case("CTL-12", "ctl_12_scaler_skips_first_steps.py"),
    # --- OWN: controls of our own, no error and no warning
    Case("OWN-LAYERDROP", "ctl_own_layerdrop.py"),
    Case("OWN-STOCHASTIC-DEPTH", "ctl_own_stochastic_depth.py"),
    Case("OWN-WEIGHT-TYING", "ctl_own_weight_tying.py"),
    Case("OWN-FROZEN-BACKBONE", "ctl_own_frozen_backbone.py"),
    Case("OWN-MEAN-TEACHER", "ctl_own_mean_teacher.py"),
    Case("OWN-STRAIGHT-THROUGH", "ctl_own_straight_through.py"),
    Case("OWN-VQ-VAE", "ctl_own_vq_vae.py"),
    Case("OWN-HEAVY-DROPOUT", "ctl_own_heavy_dropout.py"),
    Case("OWN-LORA-PARAMETRIZED", "ctl_own_lora_parametrized.py"),
    Case("OWN-MOE-EXPERTS", "ctl_own_moe_experts.py"),
    Case("OWN-SIMSIAM", "ctl_own_simsiam.py"),
    Case("OWN-DQN", "ctl_own_dqn.py"),
    Case("OWN-FGSM", "ctl_own_fgsm.py"),
    Case("OWN-GRADIENT-PENALTY", "ctl_own_gradient_penalty.py"),
    Case("OWN-TRUNCATED-BPTT", "ctl_own_truncated_bptt.py"),
    Case("OWN-GRADUAL-UNFREEZING", "ctl_own_gradual_unfreezing.py"),
]

LEFT_OUT: dict[str, str] = {
    "DET-10": "needs several ranks",
    "NOG-06": "needs lightning: the inference_mode is the one of its test loop",
    "UNU-04": "needs transformers; UNU-05 shows the same mechanism",
    "UNU-09": "needs a GPU",
    "UNU-10": "needs several ranks",
    "UNU-11": "needs transformers, and the thread does not state the cause",
    "FRZ-09": "needs transformers and peft",
    "FRZ-13": "the thread does not state the cause",
    "CKP-04": "needs transformers: its trainer resets the flag",
    "CUS-03": "needs a GPU, and wrong gradient values have no code",
    "CUS-05": "needs a GPU",
    "CUS-06": "no longer happens on torch 2.13",
    "CTL-11": "needs DeepSpeed",
}
