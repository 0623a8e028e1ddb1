"""IS IT WRONG? The catalogue: one rule, one file, one code, one page, one test.

A new rule is added to the list below, gets a page in docs/rules and a test in tests/rules.
"""

from __future__ import annotations

from gradaudit.rules.base import Rule, RuleInfo
from gradaudit.rules.ga101_missing_gradient import MissingGradient
from gradaudit.rules.ga102_intermittent_gradient import IntermittentGradient
from gradaudit.rules.ga103_severed_loss_term import SeveredLossTerm
from gradaudit.rules.ga104_disconnected_loss import DisconnectedLoss
from gradaudit.rules.ga105_unregistered_parameter import UnregisteredParameter
from gradaudit.rules.ga201_nonfinite_gradient import NonfiniteGradient
from gradaudit.rules.ga202_nonfinite_loss import NonfiniteLoss
from gradaudit.rules.ga203_zero_gradient import ZeroGradient
from gradaudit.rules.ga204_vanishing_gradient import VanishingGradient
from gradaudit.rules.ga205_exploding_gradient import ExplodingGradient
from gradaudit.rules.ga206_nonfinite_parameter import NonfiniteParameter
from gradaudit.rules.ga301_missing_zero_grad import MissingZeroGrad
from gradaudit.rules.ga302_step_without_gradient import StepWithoutGradient
from gradaudit.rules.ga303_discarded_gradient import DiscardedGradient
from gradaudit.rules.ga304_missing_step import MissingStep
from gradaudit.rules.ga305_cross_accumulation import CrossAccumulation
from gradaudit.rules.ga306_clip_without_effect import ClipWithoutEffect
from gradaudit.rules.ga307_closure_accumulates import ClosureAccumulates
from gradaudit.rules.ga401_parameter_not_in_optimizer import ParameterNotInOptimizer
from gradaudit.rules.ga402_stale_optimizer_parameter import StaleOptimizerParameter
from gradaudit.rules.ga403_frozen_parameter_in_optimizer import FrozenParameterInOptimizer
from gradaudit.rules.ga404_parameter_not_updated import ParameterNotUpdated
from gradaudit.rules.ga405_frozen_parameter_updated import FrozenParameterUpdated
from gradaudit.rules.ga406_ineffective_freeze import IneffectiveFreeze
from gradaudit.rules.ga501_scaler_skips_steps import ScalerSkipsSteps
from gradaudit.rules.ga502_gradient_underflow import GradientUnderflow
from gradaudit.rules.ga602_unsynchronized_gradient import UnsynchronizedGradient
from gradaudit.rules.ga701_inplace_modified_value import InplaceModifiedValue
from gradaudit.rules.ga702_inplace_on_leaf import InplaceOnLeaf
from gradaudit.rules.ga703_backward_through_freed_graph import BackwardThroughFreedGraph
from gradaudit.rules.ga704_silent_data_edit import SilentDataEdit
from gradaudit.rules.ga705_growing_graph import GrowingGraph
from gradaudit.rules.ga901_rule_failed import RuleFailed
from gradaudit.rules.ga902_cannot_audit import CannotAudit

RULES: tuple[type[Rule], ...] = (
    MissingGradient,
    IntermittentGradient,
    SeveredLossTerm,
    DisconnectedLoss,
    UnregisteredParameter,
    NonfiniteGradient,
    NonfiniteLoss,
    ZeroGradient,
    VanishingGradient,
    ExplodingGradient,
    NonfiniteParameter,
    MissingZeroGrad,
    StepWithoutGradient,
    DiscardedGradient,
    MissingStep,
    CrossAccumulation,
    ClipWithoutEffect,
    ClosureAccumulates,
    ParameterNotInOptimizer,
    StaleOptimizerParameter,
    FrozenParameterInOptimizer,
    ParameterNotUpdated,
    FrozenParameterUpdated,
    IneffectiveFreeze,
    ScalerSkipsSteps,
    GradientUnderflow,
    UnsynchronizedGradient,
    InplaceModifiedValue,
    InplaceOnLeaf,
    BackwardThroughFreedGraph,
    SilentDataEdit,
    GrowingGraph,
    RuleFailed,
    CannotAudit,
)
"""Every rule, in the order of its code."""

CATALOGUE: dict[str, RuleInfo] = {rule.info.code: rule.info for rule in RULES}
"""What is known of each code without running anything."""


def new_rules() -> list[Rule]:
    """A fresh object of every rule: rules remember what they saw of one run."""
    return [rule() for rule in RULES]


__all__ = ["CATALOGUE", "RULES", "Rule", "RuleInfo", "new_rules"]
