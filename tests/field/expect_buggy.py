"""What the audit must say of each script in tests/field/buggy: decided before it was run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.corpus.cases import Expect


@dataclass(frozen=True)
class Said(Expect):
    """One finding that must come. `code` may name two that are equally true, parted by "|".

    `parameters` are all that it may name, unless the case says `atleast`; empty: not compared.
    """

    severity: str = ""


@dataclass(frozen=True)
class Field:
    """One script and the whole verdict on it; `allow`: codes that are true of it as well."""

    id: str
    expect: Sequence[Said] = ()
    exit: int = 0
    allow: Sequence[str] = ()
    atleast: bool = False


S = Said

CASES: list[Field] = [
    Field(
        "ga101_dict_of_heads",
        (S("GA101", ("heads.aux.weight", "heads.aux.bias"), "unused-module", "warning"),),
    ),
    Field(
        "ga101_third_model_idle",
        (S("GA101", ("style.weight", "style.bias"), "unused-module", "warning"),),
    ),
    Field(
        "ga101_bare_tensor_left_out",
        (S("GA101", ("curvature",), None, "warning"),),
    ),
    Field(
        "ga101_custom_function_drops_bias",
        (S("GA101", ("out.bias",), "custom-function", "warning"),),
    ),
    Field(
        "ga101_grad_erased_by_hand",
        (S("GA101", ("embed.weight",), "cleared", "warning"),),
    ),
    Field(
        "ga101_held_by_the_wrong_optimizer",
        (S("GA101", ("critic.weight", "critic.bias"), "other-backward", "warning"),),
    ),
    Field(
        "ga101_gate_parameter_never_read",
        (S("GA101", ("blocks.1.gate",), None, "warning"),),
    ),
    Field(
        "ga101_lbfgs_spare_layer",
        (S("GA101", ("spare.weight", "spare.bias"), "unused-module", "warning"),),
    ),
    Field(
        "ga101_tied_decoder_bias",
        (S("GA101", ("decoder.bias",), None, "warning"),),
    ),
    Field(
        "ga101_optimizer_of_the_unused_net",
        (
            S("GA101", ("policy.weight", "policy.bias"), None, "error"),
            S(
                "GA401",
                ("value.0.weight", "value.0.bias", "value.2.weight", "value.2.bias"),
                None,
                "warning",
            ),
        ),
    ),
    Field(
        "ga101_unused_bf16_branch",
        (S("GA101", ("right.weight", "right.bias"), "unused-module", "warning"),),
    ),
    Field(
        "ga102_alternating_heads",
        (
            S(
                "GA102",
                ("heads.0.weight", "heads.0.bias", "heads.1.weight", "heads.1.bias"),
                None,
                "info",
            ),
        ),
    ),
    Field(
        "ga102_auxiliary_from_step_ten",
        (S("GA102", ("aux.weight", "aux.bias"), None, "info"),),
    ),
    Field(
        "ga102_branch_lost_half_way",
        (S("GA102", ("side.weight",), None, "info"),),
    ),
    Field(
        "ga102_bare_scale_now_and_then",
        (S("GA102", ("gain",), None, "info"),),
    ),
    Field(
        "ga102_experts_in_a_dict",
        (
            S(
                "GA102",
                (
                    "experts['cat'].weight",
                    "experts['cat'].bias",
                    "experts['dog'].weight",
                    "experts['dog'].bias",
                    "experts['owl'].weight",
                    "experts['owl'].bias",
                ),
                None,
                "info",
            ),
        ),
    ),
    Field(
        "ga104_loss_from_item",
        (S("GA104", ("0.weight", "0.bias", "2.weight", "2.bias"), None, "error"),),
    ),
    Field(
        "ga104_error_swallowed",
        (S("GA104", ("weight", "bias"), None, "error"),),
    ),
    Field(
        "ga104_all_frozen",
        (
            S(
                "GA104",
                ("body.weight", "body.bias", "fc.weight", "fc.bias"),
                "requires-grad-off",
                "error",
            ),
        ),
        exit=1,
    ),
    Field(
        "ga104_frozen_by_validation",
        (S("GA104", ("0.weight", "0.bias", "2.weight", "2.bias"), "requires-grad-off", "error"),),
        exit=1,
    ),
    Field(
        "ga104_accuracy_as_loss",
        (S("GA104", ("weight", "bias"), None, "error"),),
    ),
    Field(
        "ga104_outputs_detached_and_revived",
        (S("GA104|GA101", ("weight", "bias"), None, "error"),),
    ),
    Field(
        "ga104_generator_loss_by_numpy",
        (S("GA104", ("G.weight", "G.bias"), None, "error"),),
        atleast=True,
    ),
    Field(
        "ga105_layers_in_a_dict",
        (
            S(
                "GA105",
                ("branches.a.weight", "branches.a.bias", "branches.b.weight", "branches.b.bias"),
                "unregistered-leaf",
                "warning",
            ),
        ),
    ),
    Field(
        "ga105_layer_built_in_forward",
        (S("GA105", (), "unregistered-leaf", "warning"),),
    ),
    Field(
        "ga105_tensor_attribute",
        (S("GA105", ("scale",), "unregistered-leaf", "warning"),),
    ),
    Field(
        "ga105_tuple_in_one_of_two_models",
        (
            S(
                "GA105",
                (
                    "dec.layers.0.weight",
                    "dec.layers.0.bias",
                    "dec.layers.1.weight",
                    "dec.layers.1.bias",
                ),
                "unregistered-leaf",
                "warning",
            ),
        ),
    ),
    Field(
        "ga105_module_inside_a_dataclass",
        (S("GA105", ("parts.proj.weight", "parts.proj.bias"), "unregistered-leaf", "warning"),),
    ),
    Field(
        "ga105_layer_in_a_closure",
        (S("GA105|GA401", (), None, "warning"),),
    ),
    Field(
        "ga105_bare_parameter_in_no_optimizer",
        (S("GA105|GA401", ("logit_scale",), None, "warning"),),
    ),
    Field(
        "ga105_loss_weights_in_trainer",
        (S("GA105|GA401", ("log_vars",), None, "warning"),),
    ),
    Field(
        "ga105_mask_rewraps_weight",
        (S("GA105", ("layer.weight",), "unregistered-leaf", "warning"),),
        allow=["GA101", "GA401", "GA402"],
    ),
    Field(
        "ga201_sqrt_of_zero_distance",
        (
            S("GA201", ("0.weight", "0.bias", "2.weight", "2.bias"), None, "error"),
            S("GA206", ("0.weight", "0.bias", "2.weight", "2.bias"), None, "error"),
        ),
        allow=["GA202"],
    ),
    Field(
        "ga201_infinite_sample_mid_run",
        (
            S("GA201", ("weight",), None, "error"),
            S("GA206", ("weight",), None, "error"),
            S("GA202", (), None, "error"),
        ),
    ),
    Field(
        "ga201_sparse_embedding",
        (
            S("GA201", ("items.weight", "users.weight"), None, "error"),
            S("GA206", ("items.weight", "users.weight"), None, "error"),
        ),
        allow=["GA202"],
        atleast=True,
    ),
    Field(
        "ga201_complex_reciprocal",
        (
            S("GA201", ("taps",), None, "error"),
            S("GA206", ("taps",), None, "error"),
        ),
        allow=["GA202"],
    ),
    Field(
        "ga201_loop_updates_by_hand",
        (
            S("GA201", ("w",), None, "error"),
            S("GA206", ("w",), None, "error"),
        ),
        allow=["GA202"],
    ),
    Field(
        "ga201_bias_alone",
        (
            S("GA201", ("gate.bias",), None, "error"),
            S("GA206", ("gate.bias",), None, "error"),
        ),
        allow=["GA202"],
        atleast=True,
    ),
    Field(
        "ga201_scaler_keeps_skipping",
        (
            S("GA201", (), None, "warning"),
            S("GA501", (), None, "warning"),
        ),
        allow=["GA202"],
    ),
    Field(
        "ga201_learning_rate_blows_up",
        (
            S("GA201", ("weight", "bias"), None, "error"),
            S("GA206", ("weight", "bias"), None, "error"),
        ),
        allow=["GA202", "GA205"],
    ),
    Field(
        "ga201_one_of_three_models",
        (
            S(
                "GA201",
                ("scales[1].log_s", "scales[1].fc.weight", "scales[1].fc.bias"),
                None,
                "error",
            ),
            S(
                "GA206",
                ("scales[1].log_s", "scales[1].fc.weight", "scales[1].fc.bias"),
                None,
                "error",
            ),
        ),
        allow=["GA202"],
    ),
    Field(
        "ga202_empty_selection",
        (S("GA202", (), None, "error"),),
    ),
    Field(
        "ga202_masked_target_class",
        (S("GA202", (), None, "error"),),
        allow=["GA201", "GA206"],
    ),
    Field(
        "ga202_per_sample_losses",
        (S("GA202", (), None, "error"),),
        allow=["GA201", "GA206"],
    ),
    Field(
        "ga202_nan_in_second_epoch",
        (
            S("GA202", (), None, "error"),
            S("GA201", ("0.weight", "0.bias", "2.weight", "2.bias"), None, "error"),
            S("GA206", ("0.weight", "0.bias", "2.weight", "2.bias"), None, "error"),
        ),
    ),
    Field(
        "ga202_reciprocal_of_variance",
        (S("GA202", (), None, "error"),),
        allow=["GA201", "GA206"],
    ),
    Field(
        "ga203_dead_relu_layer",
        (S("GA203", ("net.0.weight", "net.0.bias", "net.2.weight"), None, ""),),
    ),
    Field(
        "ga203_weight_of_a_loss_is_zero",
        (S("GA203", ("aux.weight", "aux.bias"), None, "warning"),),
    ),
    Field(
        "ga203_clamped_bare_tensor",
        (S("GA203", ("theta",), None, "info"),),
    ),
    Field(
        "ga203_short_run",
        (S("GA203", ("last.weight",), None, "info"),),
        atleast=True,
    ),
    Field(
        "ga203_gate_closed_half_way",
        (S("GA203", ("adapter.weight", "adapter.bias"), None, "warning"),),
    ),
    Field(
        "ga204_sigmoid_stack",
        (S("GA204", ("0.weight", "2.weight"), None, "warning"),),
        atleast=True,
    ),
    Field(
        "ga204_bare_tensor_network",
        (S("GA204", (), None, "warning"),),
        allow=["GA404"],
    ),
    Field(
        "ga204_registered_backwards",
        (S("GA204", (), None, "warning"),),
        allow=["GA404"],
    ),
    Field(
        "ga204_split_into_two_models",
        (S("GA204", (), None, "warning"),),
        allow=["GA404"],
    ),
    Field(
        "ga204_output_saturates_mid_run",
        (S("GA204", (), None, "warning"),),
        allow=["GA404"],
    ),
    Field(
        "ga204_three_steps_of_a_deep_tanh",
        (S("GA204", (), None, "warning"),),
    ),
    Field(
        "ga205_divergence",
        (S("GA205", ("weight",), None, "warning"),),
        atleast=True,
    ),
    Field(
        "ga205_outlier_behind_a_clip",
        (S("GA205", ("0.weight",), None, "warning"),),
        atleast=True,
    ),
    Field(
        "ga205_raw_inputs_summed",
        (S("GA205", ("weight",), None, "warning"),),
        atleast=True,
    ),
    Field(
        "ga205_only_the_discriminator",
        (S("GA205", ("D.weight",), None, "warning"),),
        atleast=True,
    ),
    Field(
        "ga205_bare_tensors_at_step_twenty",
        (S("GA205", ("b",), None, "warning"),),
        atleast=True,
    ),
    Field(
        "ga205_gradient_descent_by_hand",
        (S("GA205", ("w",), None, "warning"),),
        allow=["GA201", "GA202"],
    ),
    Field(
        "ga301_parentheses_forgotten",
        (S("GA301", ("0.weight", "0.bias", "2.weight", "2.bias"), None, "error"),),
    ),
    Field(
        "ga301_cleared_once_per_epoch",
        (S("GA301", ("weight", "bias"), None, "error"),),
    ),
    Field(
        "ga301_decoder_not_cleared",
        (S("GA301", ("decoder.weight", "decoder.bias"), None, "error"),),
    ),
    Field(
        "ga301_by_hand",
        (S("GA301", ("w1", "w2"), None, "error"),),
    ),
    Field(
        "ga301_lbfgs_single_iteration",
        (S("GA301", ("weight", "bias"), None, "error"),),
    ),
    Field(
        "ga301_second_of_two_optimizers",
        (S("GA301", ("nets[1].weight", "nets[1].bias"), None, "error"),),
    ),
    Field(
        "ga301_only_in_the_first_epoch",
        (S("GA301", ("fc.weight", "fc.bias", "emb.weight"), None, "error"),),
    ),
    Field(
        "ga301_temperature_beside_the_model",
        (S("GA301", ("temperature",), None, "error"),),
    ),
    Field(
        "ga301_sgd_with_closure",
        (S("GA301", ("theta",), None, "error"),),
    ),
    Field(
        "ga301_scaler_two_steps",
        (S("GA301", ("weight", "bias"), None, "error"),),
    ),
    Field(
        "ga301_window_longer_than_the_step",
        (S("GA301", ("weight", "bias"), None, "error"),),
    ),
    Field(
        "ga301_new_optimizer_is_cleared",
        (S("GA301", ("weight", "bias"), None, "error"),),
    ),
    Field(
        "ga302_cleared_before_step",
        (
            S(
                "GA302",
                ("net.0.weight", "net.0.bias", "net.2.weight", "net.2.bias"),
                "cleared",
                "error",
            ),
        ),
    ),
    Field(
        "ga302_data_zeroed_before_step",
        (S("GA302", ("w", "b"), "cleared", "error"),),
    ),
    Field(
        "ga302_step_before_backward",
        (S("GA302", ("weight", "bias"), "cleared", "error"),),
    ),
    Field(
        "ga302_one_of_two_optimizers",
        (S("GA302", ("models['head'].weight", "models['head'].bias"), "cleared", "error"),),
    ),
    Field(
        "ga302_zeros_kept_with_adam",
        (S("GA302", ("weight",), "cleared", "error"),),
    ),
    Field(
        "ga302_from_the_middle_on",
        (S("GA302", ("weight", "bias"), "cleared", "error"),),
    ),
    Field(
        "ga303_step_after_the_epoch",
        (S("GA303", ("weight", "bias"), "cleared", "warning"),),
    ),
    Field(
        "ga303_grad_none_in_the_window",
        (S("GA303", ("0.weight", "0.bias", "1.weight", "1.bias"), "cleared", "warning"),),
    ),
    Field(
        "ga303_one_optimizer_of_two",
        (S("GA303", ("tail.weight", "tail.bias"), "cleared", "warning"),),
    ),
    Field(
        "ga303_from_the_middle_on",
        (S("GA303", ("weight", "bias"), "cleared", "warning"),),
    ),
    Field(
        "ga303_scaler_window_short",
        (S("GA303", ("weight", "bias"), "cleared", "warning"),),
    ),
    Field(
        "ga304_scheduler_instead_of_optimizer",
        (S("GA304", ("weight", "bias"), None, "warning"),),
    ),
    Field(
        "ga304_step_without_parentheses",
        (S("GA304", ("0.weight", "0.bias", "2.weight", "2.bias"), None, "warning"),),
    ),
    Field(
        "ga304_discriminator_never_steps",
        (S("GA304", ("D.0.weight", "D.0.bias", "D.2.weight", "D.2.bias"), None, "warning"),),
    ),
    Field(
        "ga304_one_entry_of_a_dict",
        (S("GA304", ("head.weight", "head.bias"), None, "warning"),),
    ),
    Field(
        "ga304_window_never_full",
        (S("GA304", ("w",), None, "warning"),),
    ),
    Field(
        "ga305_generator_fills_discriminator",
        (S("GA305", ("D.weight", "D.bias"), "other-backward", "warning"),),
    ),
    Field(
        "ga305_shared_encoder",
        (S("GA305", ("encoder.weight", "encoder.bias"), "other-backward", "warning"),),
    ),
    Field(
        "ga305_adversarial_noise",
        (S("GA305", ("weight", "bias"), "other-backward", "warning"),),
        atleast=True,
    ),
    Field(
        "ga305_actor_fills_critic",
        (
            S(
                "GA305",
                ("agents['critic'].weight", "agents['critic'].bias"),
                "other-backward",
                "warning",
            ),
        ),
    ),
    Field(
        "ga305_from_step_ten",
        (S("GA305", ("D.weight",), "other-backward", "warning"),),
    ),
    Field(
        "ga306_before_backward",
        (S("GA306", ("weight", "bias"), None, "warning"),),
    ),
    Field(
        "ga306_after_step",
        (S("GA306", ("0.weight", "0.bias", "2.weight", "2.bias"), None, "warning"),),
    ),
    Field(
        "ga306_each_micro_batch",
        (S("GA306", ("weight", "bias"), None, "warning"),),
    ),
    Field(
        "ga306_still_scaled",
        (S("GA306", ("fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"), None, "warning"),),
    ),
    Field(
        "ga306_exhausted_generator",
        (S("GA306", (), None, "warning"),),
    ),
    Field(
        "ga306_only_the_generator",
        (S("GA306", ("G.weight", "G.bias"), None, "warning"),),
    ),
    Field(
        "ga306_from_the_middle_on",
        (S("GA306", ("weight", "bias"), None, "warning"),),
    ),
    Field(
        "ga307_lbfgs_never_cleared",
        (S("GA307", ("weight", "bias"), None, "error"),),
    ),
    Field(
        "ga307_cleared_outside",
        (S("GA307", ("a", "b"), None, "error"),),
    ),
    Field(
        "ga307_wrong_model_cleared",
        (S("GA307", ("0.weight", "0.bias", "2.weight", "2.bias"), None, "error"),),
    ),
    Field(
        "ga307_own_two_point_optimizer",
        (S("GA307", ("weight", "bias"), None, "error"),),
    ),
    Field(
        "ga307_half_is_cleared",
        (S("GA307", ("upper.weight", "upper.bias"), None, "error"),),
    ),
    Field(
        "ga401_biases_filtered_out",
        (S("GA401", ("0.bias", "2.bias"), None, "warning"),),
    ),
    Field(
        "ga401_mapping_network",
        (S("GA401", ("M.weight", "M.bias"), None, "warning"),),
    ),
    Field(
        "ga401_lbfgs_only_holds_the_head",
        (S("GA401", ("stem.weight", "stem.bias"), None, "warning"),),
    ),
    Field(
        "ga401_layer_grown_at_step_ten",
        (S("GA401", ("layers.1.weight", "layers.1.bias"), None, "warning"),),
    ),
    Field(
        "ga401_norm_in_no_group",
        (
            S(
                "GA401",
                ("blocks.0.1.weight", "blocks.0.1.bias", "blocks.1.1.weight", "blocks.1.1.bias"),
                None,
                "warning",
            ),
        ),
    ),
    Field(
        "ga401_bare_tensor_forgotten",
        (S("GA401|GA105", ("b2",), None, "warning"),),
    ),
    Field(
        "ga402_assigned_state",
        (S("GA402", ("0.weight", "0.bias", "2.weight", "2.bias"), "replaced-parameter", "error"),),
        allow=["GA401", "GA101"],
    ),
    Field(
        "ga402_head_swapped_at_step_ten",
        (S("GA402", ("head.weight", "head.bias"), "replaced-parameter", "warning"),),
        allow=["GA401"],
    ),
    Field(
        "ga402_model_made_twice",
        (S("GA402", ("weight", "bias"), "replaced-parameter", "error"),),
        allow=["GA401", "GA101"],
        atleast=True,
    ),
    Field(
        "ga402_half_copy_is_trained",
        (S("GA402", (), "replaced-parameter", "error"),),
        allow=["GA401", "GA101"],
    ),
    Field(
        "ga402_weight_norm_after",
        (S("GA402", (), "replaced-parameter", "warning"),),
        allow=["GA401", "GA101", "GA105"],
    ),
    Field(
        "ga403_group_of_a_frozen_tower",
        (S("GA403", ("tower.weight", "tower.bias"), "requires-grad-off", "warning"),),
    ),
    Field(
        "ga403_one_frozen_layer",
        (S("GA403", ("0.weight", "0.bias"), None, "info"),),
    ),
    Field(
        "ga403_second_optimizer_frozen",
        (S("GA403", ("prior.weight", "prior.bias"), None, "warning"),),
    ),
    Field(
        "ga403_bare_tensor_without_grad",
        (S("GA403", ("shift",), None, "info"),),
    ),
    Field(
        "ga403_second_phase_never_thawed",
        (S("GA403", ("body.weight", "body.bias"), None, "warning"),),
        allow=["GA402"],
    ),
    Field(
        "ga404_rate_rounds_in_bfloat16",
        (S("GA404", ("weight", "bias"), None, "warning"),),
    ),
    Field(
        "ga404_home_made_optimizer",
        (S("GA404", ("0.weight", "0.bias", "2.weight", "2.bias"), None, "warning"),),
    ),
    Field(
        "ga404_rate_falls_to_zero",
        (S("GA404", ("weight", "bias"), None, ""),),
    ),
    Field(
        "ga404_lora_in_half",
        (S("GA404", ("A",), None, "warning"),),
        allow=["GA203"],
    ),
    Field(
        "ga404_weights_restored_each_time",
        (S("GA404", ("weight", "bias"), None, "warning"),),
    ),
    Field(
        "ga404_rate_too_small",
        (S("GA404", ("encoder.weight", "encoder.bias"), None, "warning"),),
    ),
    Field(
        "ga405_decay_of_a_frozen_body",
        (S("GA405", ("body.weight", "body.bias"), None, "warning"),),
    ),
    Field(
        "ga405_momentum_of_a_list_member",
        (S("GA405", ("parts[0].weight", "parts[0].bias"), None, "warning"),),
    ),
    Field(
        "ga405_bias_frozen_in_a_short_run",
        (S("GA405", ("bias",), None, "warning"),),
    ),
    Field(
        "ga405_rows_of_an_embedding",
        (S("GA405", ("emb.weight",), None, "warning"),),
    ),
    Field(
        "ga405_update_by_hand",
        (S("GA405", ("frozen",), None, "warning"),),
        allow=["GA301"],
    ),
    Field(
        "ga406_plural_in_a_loop",
        (S("GA406", ("0.weight", "0.bias"), None, "warning"),),
    ),
    Field(
        "ga406_flag_on_one_model_of_a_dict",
        (S("GA406", ("nets['backbone'].0.weight", "nets['backbone'].0.bias"), None, "warning"),),
    ),
    Field(
        "ga406_trainable_as_in_keras",
        (S("GA406", ("encoder.weight", "encoder.bias"), None, "warning"),),
    ),
    Field(
        "ga406_typed_in_the_middle",
        (S("GA406", ("0.weight", "0.bias"), None, "warning"),),
    ),
    Field(
        "ga406_method_overwritten",
        (S("GA406", ("weight", "bias"), None, "warning"),),
    ),
    Field(
        "ga406_bare_tensor_meant_to_train",
        (S("GA406", ("shift",), None, "warning"),),
    ),
    Field(
        "ga501_scale_far_too_high",
        (S("GA501", (), None, "warning"),),
        allow=["GA201"],
    ),
    Field(
        "ga501_second_optimizer_always_skips",
        (
            S("GA501", (), None, "warning"),
            S("GA201", ("b.weight", "b.bias"), None, "warning"),
        ),
        allow=["GA202"],
    ),
    Field(
        "ga501_from_step_twelve",
        (
            S("GA501", (), None, "warning"),
            S("GA201", ("0.weight", "0.bias", "2.weight", "2.bias"), None, "warning"),
        ),
        allow=["GA202"],
    ),
    Field(
        "ga501_bare_tensor_infinite",
        (
            S("GA501", (), None, "warning"),
            S("GA201", ("w",), None, "warning"),
        ),
        allow=["GA202"],
    ),
    Field(
        "ga501_float16_model",
        (S("GA501", (), None, "warning"),),
        allow=["GA201", "GA202"],
    ),
    Field(
        "ga502_tiny_loss_in_float16",
        (S("GA502", ("0.weight",), None, "info"),),
        allow=["GA404", "GA203", "GA204"],
        atleast=True,
    ),
    Field(
        "ga502_bare_matrix",
        (S("GA502", ("W",), None, "info"),),
        allow=["GA404"],
    ),
    Field(
        "ga502_one_of_two_models",
        (S("GA502", ("tiny.weight",), None, "info"),),
        allow=["GA404"],
    ),
    Field(
        "ga502_from_step_twenty",
        (S("GA502", ("weight",), None, "info"),),
        allow=["GA404"],
    ),
    Field(
        "ga502_trainer_with_sums",
        (S("GA502", ("lin.weight",), None, "info"),),
        allow=["GA404"],
    ),
    Field(
        "ga206_epsilon_underflows",
        (S("GA206", ("lin.weight",), None, "error"),),
        allow=["GA202", "GA201"],
    ),
    Field(
        "ga206_last_layer_of_adam",
        (
            S("GA206", ("1.weight", "1.bias"), None, "error"),
            S("GA201", ("1.weight", "1.bias"), None, "error"),
        ),
        allow=["GA202"],
        atleast=True,
    ),
    Field(
        "ga206_one_of_two_optimizers",
        (
            S("GA206", ("b",), None, "error"),
            S("GA201", ("b",), None, "error"),
        ),
        allow=["GA202"],
    ),
    # True by the catalogue, though nothing breaks: heads that no batch of the whole run used.
    Field(
        "ga101_heads_never_drawn",
        (
            S(
                "GA101",
                tuple(f"heads.set{i}.{p}" for i in (4, 5, 6) for p in ("weight", "bias")),
                "unused-module",
                "warning",
            ),
        ),
    ),
    # True by the catalogue: the gradients of the whole network are computed for nobody.
    Field("ga401_style_net_not_frozen", (S("GA401", (), None, "warning"),)),
]

KNOWN_MISSES: dict[str, str] = {
    "ga105_loss_weights_in_trainer": "a bare tensor that is no nn.Parameter may be an input",
    "ga401_bare_tensor_forgotten": "a bare tensor that is no nn.Parameter may be an input",
    "ga204_bare_tensor_network": "bare tensors have no known order of depth",
    "ga204_registered_backwards": "depth is the order of registration, not of the graph",
    "ga204_split_into_two_models": "depth is looked at model by model",
    "ga205_outlier_behind_a_clip": "what is clipped does not reach the step",
    "ga205_gradient_descent_by_hand": "GA205 judges torch optimizers only",
    "ga404_rate_falls_to_zero": "a rate that was changed on purpose is excused",
    "ga404_weights_restored_each_time": "values are compared right after the step",
    "ga405_update_by_hand": "frozen values are compared around steps of torch optimizers only",
    "ga406_trainable_as_in_keras": "`trainable` is an attribute that many classes define and obey",
    "ga206_epsilon_underflows": "values are looked at only after a non-finite gradient",
}
"""Scripts whose mistake is not seen in this version, and why."""
