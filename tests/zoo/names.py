"""The architectures of the quick part of the zoo, by family: one class of each of these types."""

from __future__ import annotations

FAMILIES: dict[str, tuple[str, ...]] = {
    "encoder": (
        "BertForMaskedLM", "RobertaForSequenceClassification", "ElectraForTokenClassification",
        "DistilBertForQuestionAnswering", "DebertaV2ForSequenceClassification",
        "AlbertForMaskedLM", "BigBirdForCausalLM", "FNetForMaskedLM", "ModernBertForMaskedLM",
        "LongformerForMaskedLM", "XLNetLMHeadModel", "MPNetForMaskedLM",
        "SqueezeBertForTokenClassification", "CanineForTokenClassification",
        "RoCBertForMaskedLM", "MraForMaskedLM", "MarkupLMForTokenClassification",
        "FlaubertForMultipleChoice",
    ),
    "decoder": (
        "GPT2LMHeadModel", "LlamaForCausalLM", "MistralForCausalLM", "Qwen3ForCausalLM",
        "Gemma2ForCausalLM", "PhiForCausalLM", "FalconForCausalLM", "BloomForCausalLM",
        "OPTForCausalLM", "GPTNeoXForCausalLM", "MambaForCausalLM", "BartForCausalLM",
        "PegasusForCausalLM", "DeepseekV32ForCausalLM", "DogeForCausalLM",
    ),
    "mixture of experts": (
        "MixtralForCausalLM", "Qwen2MoeForCausalLM", "PhimoeForCausalLM", "GptOssForCausalLM",
        "DeepseekV3ForCausalLM", "GraniteMoeForCausalLM",
    ),
    "encoder-decoder": (
        "T5ForConditionalGeneration", "MBartForConditionalGeneration",
        "M2M100ForConditionalGeneration", "SwitchTransformersForConditionalGeneration",
    ),
    "vision": (
        "ViTForImageClassification", "DeiTForImageClassification", "ConvNextForImageClassification",
        "ResNetForImageClassification", "Dinov2ForImageClassification",
        "BeitForImageClassification", "SegformerForSemanticSegmentation",
        "PvtForImageClassification", "MobileNetV2ForImageClassification", "ViTMAEForPreTraining",
        "SiglipForImageClassification", "CLIPForImageClassification",
        "VideoMAEForVideoClassification", "GLPNForDepthEstimation",
    ),
    "audio": (
        "Wav2Vec2ForCTC", "HubertForCTC", "WavLMForCTC", "WhisperForConditionalGeneration",
        "ASTForAudioClassification", "Speech2TextForConditionalGeneration",
        "MoonshineForConditionalGeneration",
    ),
    "several modalities": (
        "CLIPModel", "LlavaForConditionalGeneration", "Gemma3ForConditionalGeneration",
        "Qwen3VLForConditionalGeneration", "AudioFlamingo3ForConditionalGeneration",
        "Idefics3ForConditionalGeneration", "Florence2ForConditionalGeneration",
        "LlavaNextForConditionalGeneration",
    ),
}  # fmt: skip
