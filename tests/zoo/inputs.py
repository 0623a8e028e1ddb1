"""A batch for any model of transformers: by the names of its class and its forward's arguments."""

from __future__ import annotations

import inspect
from typing import Any

import torch
from transformers import PretrainedConfig, PreTrainedModel

from tests.zoo.shrink import FIRST_WORD, IMAGE, LAST_WORD

BATCH, LENGTH, CHOICES, SAMPLES, FRAMES = 2, 12, 3, 3200, 64

Batch = dict[str, Any]


def arguments_of(model: PreTrainedModel) -> dict[str, inspect.Parameter]:
    """Of its forward."""
    return dict(inspect.signature(type(model).forward).parameters)


def field(config: PretrainedConfig, *names: str, default: Any = None) -> Any:
    """The first of these fields that the configuration or one inside it has."""
    for name in names:
        value = getattr(config, name, None)
        if value is not None:
            return value
    for inner in vars(config).values():
        if isinstance(inner, PretrainedConfig):
            value = field(inner, *names)
            if value is not None:
                return value
    return default


VIDEO_TYPES = ("timesformer", "vivit", "videomae", "vjepa2")


def batch_for(model: PreTrainedModel, draw: torch.Generator) -> Batch:
    """What one training step gives to `model`: text alone, unless it has to have something else."""
    config, takes = model.config, arguments_of(model)
    name, dual = type(model).__name__, _dual(model)

    def needs(argument: str) -> bool:
        if argument not in takes:
            return False
        required = takes[argument].default is inspect.Parameter.empty
        return required or model.main_input_name == argument

    batch: Batch = {}
    shape: tuple[int, ...] = (BATCH, LENGTH)
    if name.endswith("ForMultipleChoice"):
        shape = (BATCH, CHOICES, LENGTH)
    if needs("input_ids") or dual or ("input_ids" in takes and _is_clip(name, takes)):
        batch["input_ids"] = words(shape, draw)
        if "attention_mask" in takes:
            batch["attention_mask"] = torch.ones(shape, dtype=torch.long)
    if needs("pixel_values") or (dual and "pixel_values" in takes):
        video = "Video" in name or config.model_type in VIDEO_TYPES
        batch["pixel_values"] = images(config, draw, video=video)
    if needs("pixel_values_videos"):
        batch["pixel_values_videos"] = images(config, draw, video=True)
    if needs("input_values"):
        batch["input_values"] = sound(config, draw)
    if needs("input_features"):
        batch["input_features"] = features(config, draw)
    if "decoder_input_ids" in takes and config.is_encoder_decoder and "labels" not in takes:
        batch["decoder_input_ids"] = words((BATCH, LENGTH), draw)
    if config.is_encoder_decoder and name.endswith("ForSequenceClassification"):
        batch["input_ids"][:, -1] = config.eos_token_id
    if "bbox" in takes:
        batch["bbox"] = torch.tensor([10, 10, 40, 40]).expand(BATCH, LENGTH, 4).contiguous()
    if config.model_type == "tapas":
        batch["token_type_ids"] = _table()
    if "sampled_negative_indices" in takes:
        batch.update(_contrast(model, draw))
    batch.update(labels_for(model, takes, batch, draw))
    return batch


def _table() -> torch.Tensor:
    """int64 (batch, length, 7): two words of a question, and a table of two rows and columns."""
    kinds = torch.zeros(BATCH, LENGTH, 7, dtype=torch.long)
    kinds[:, 2:, 0] = 1
    kinds[:, 2:, 1] = 1 + torch.arange(LENGTH - 2) % 2  # column
    kinds[:, 2:, 2] = 1 + torch.arange(LENGTH - 2) // ((LENGTH - 2) // 2)  # row
    return kinds


def _contrast(model: Any, draw: torch.Generator) -> Batch:
    """Which frames are masked, and the ones to tell them from."""
    with torch.no_grad():
        frames = model.wav2vec2.feature_extractor(torch.zeros(1, SAMPLES)).shape[-1]
    mask = torch.zeros(BATCH, frames, dtype=torch.bool)
    mask[:, 1:4] = True
    count = field(model.config, "num_negatives", default=4)
    others = torch.randint(0, BATCH * frames, (BATCH, frames, count), generator=draw)
    return {"mask_time_indices": mask, "sampled_negative_indices": others}


def _is_clip(name: str, takes: dict[str, inspect.Parameter]) -> bool:
    return "CLIP" in name and "pixel_values" in takes


def _dual(model: PreTrainedModel) -> bool:
    """Two towers that are compared: they need both."""
    config = model.config
    name = type(model).__name__
    if not (hasattr(config, "vision_config") and hasattr(config, "text_config")):
        return False
    return "return_loss" in arguments_of(model) and not name.endswith("ImageClassification")


def words(shape: tuple[int, ...], draw: torch.Generator) -> torch.Tensor:
    """int64 of ordinary tokens."""
    return torch.randint(FIRST_WORD, LAST_WORD, shape, generator=draw)


def images(config: PretrainedConfig, draw: torch.Generator, *, video: bool = False) -> torch.Tensor:
    """float32 (batch, channels, height, width), of videos (batch, frames, channels, ...)."""
    size = field(config, "image_size", "img_size", "crop_size", default=IMAGE)
    height, width = (size, size) if isinstance(size, int) else (size[0], size[-1])
    channels = field(config, "num_channels", "in_channels", "in_chans", default=3)
    channels = channels if isinstance(channels, int) and channels <= 4 else 3
    shape: tuple[int, ...] = (BATCH, channels, height, width)
    if video:
        frames = field(config, "num_frames", "frames_per_clip", default=4)
        shape = (BATCH, frames, channels, height, width)
    return torch.randn(shape, generator=draw)


def sound(config: PretrainedConfig, draw: torch.Generator) -> torch.Tensor:
    """float32 (batch, samples); or a spectrogram (batch, frames, bins) where that is taken."""
    if config.model_type in ("audio-spectrogram-transformer", "speecht5_spectrogram"):
        return torch.randn(BATCH, config.max_length, config.num_mel_bins, generator=draw)
    return torch.randn(BATCH, SAMPLES, generator=draw)


def features(config: PretrainedConfig, draw: torch.Generator) -> torch.Tensor:
    """float32: a spectrogram (batch, bins, frames), or the other way round."""
    bins = field(
        config,
        "num_mel_bins",
        "feature_size",
        "input_feat_per_channel",
        "n_mels",
        "feature_projection_input_dim",
        "input_dim",
        default=80,
    )
    frames = field(config, "max_source_positions", default=FRAMES // 2) * 2
    if config.model_type in ("whisper", "moonshine_streaming"):
        return torch.randn(BATCH, bins, frames, generator=draw)
    return torch.randn(BATCH, FRAMES, bins, generator=draw)


def labels_for(model: PreTrainedModel, takes: Any, batch: Batch, draw: torch.Generator) -> Batch:
    """Of the head, where it has a loss of its own."""
    name, config = type(model).__name__, model.config

    def some(*shape: int, top: int | None = None) -> torch.Tensor:
        count = top if top is not None else max(int(getattr(config, "num_labels", 2) or 2), 1)
        return torch.randint(0, count, shape, generator=draw)

    if "start_positions" in takes:
        first, last = some(BATCH, top=LENGTH), some(BATCH, top=LENGTH)
        return {"start_positions": first, "end_positions": last}
    if "next_sentence_label" in takes and "labels" in takes and "PreTraining" in name:
        return {"labels": words((BATCH, LENGTH), draw), "next_sentence_label": some(BATCH, top=2)}
    if "return_loss" in takes and _dual(model):
        return {"return_loss": True}
    if "labels" not in takes:
        return {}
    if config.model_type == "tapas" and name.endswith("ForQuestionAnswering"):
        chosen = torch.zeros(BATCH, LENGTH, dtype=torch.long)
        chosen[:, 2] = 1
        return {"labels": chosen}
    if "ForMultipleChoice" in name:
        return {"labels": some(BATCH, top=CHOICES)}
    if "NextSentence" in name or "SentenceOrder" in name:
        return {"labels": some(BATCH, top=2)}
    if (
        "SequenceClassification" in name
        or "ImageClassification" in name
        or "VideoClassification" in name
        or "XVector" in name
    ):
        return {"labels": some(BATCH)}
    if "TokenClassification" in name:
        return {"labels": some(BATCH, LENGTH)}
    if "CTC" in name:
        return {"labels": torch.randint(3, 20, (BATCH, 3), generator=draw)}
    if any(
        part in name
        for part in (
            "CausalLM",
            "LMHead",
            "MaskedLM",
            "ConditionalGeneration",
            "Seq2Seq",
            "EncoderDecoder",
            "MTModel",
            "PreTraining",
            "Speech",
            "Retrieval",
        )
    ):
        if "input_ids" in batch and not config.is_encoder_decoder:
            return {"labels": batch["input_ids"].clone()}
        return {"labels": words((BATCH, LENGTH), draw)}
    if "SemanticSegmentation" in name:
        size = batch["pixel_values"].shape[-2:]
        return {"labels": some(BATCH, *size)}
    if "AudioClassification" in name:
        return {"labels": some(BATCH)}
    if "ObjectDetection" in name or "ForSegmentation" in name:
        return {
            "labels": [
                {"class_labels": some(2), "boxes": torch.rand(2, 4, generator=draw) * 0.4 + 0.3}
                for _ in range(BATCH)
            ]
        }
    return {}
