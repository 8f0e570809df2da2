"""Which classes each model type of transformers has, and the task that a class is made for, as tags of the Hub."""

from __future__ import annotations

TASKS = {
    "MODEL_MAPPING": "feature-extraction",
    "MODEL_FOR_TEXT_ENCODING": "feature-extraction",
    "MODEL_FOR_BACKBONE": "feature-extraction",
    "MODEL_FOR_IMAGE": "feature-extraction",
    "MODEL_FOR_PRETRAINING": None,
    "MODEL_FOR_CAUSAL_LM": "text-generation",
    "MODEL_FOR_MASKED_LM": "fill-mask",
    "MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM": "text2text-generation",
    "MODEL_FOR_SEQUENCE_CLASSIFICATION": "text-classification",
    "MODEL_FOR_TOKEN_CLASSIFICATION": "token-classification",
    "MODEL_FOR_QUESTION_ANSWERING": "question-answering",
    "MODEL_FOR_TABLE_QUESTION_ANSWERING": "table-question-answering",
    "MODEL_FOR_DOCUMENT_QUESTION_ANSWERING": "document-question-answering",
    "MODEL_FOR_VISUAL_QUESTION_ANSWERING": "visual-question-answering",
    "MODEL_FOR_MULTIPLE_CHOICE": "multiple-choice",
    "MODEL_FOR_NEXT_SENTENCE_PREDICTION": "next-sentence-prediction",
    "MODEL_FOR_IMAGE_CLASSIFICATION": "image-classification",
    "MODEL_FOR_ZERO_SHOT_IMAGE_CLASSIFICATION": "zero-shot-image-classification",
    "MODEL_FOR_ZERO_SHOT_OBJECT_DETECTION": "zero-shot-object-detection",
    "MODEL_FOR_OBJECT_DETECTION": "object-detection",
    "MODEL_FOR_IMAGE_SEGMENTATION": "image-segmentation",
    "MODEL_FOR_SEMANTIC_SEGMENTATION": "image-segmentation",
    "MODEL_FOR_INSTANCE_SEGMENTATION": "image-segmentation",
    "MODEL_FOR_UNIVERSAL_SEGMENTATION": "image-segmentation",
    "MODEL_FOR_IMAGE_MATTING": "image-segmentation",
    "MODEL_FOR_MASK_GENERATION": "mask-generation",
    "MODEL_FOR_MASKED_IMAGE_MODELING": None,
    "MODEL_FOR_DEPTH_ESTIMATION": "depth-estimation",
    "MODEL_FOR_NORMAL_ESTIMATION": None,
    "MODEL_FOR_POINTMAP_ESTIMATION": None,
    "MODEL_FOR_POSE_ESTIMATION": "keypoint-detection",
    "MODEL_FOR_KEYPOINT_DETECTION": "keypoint-detection",
    "MODEL_FOR_KEYPOINT_MATCHING": "keypoint-detection",
    "MODEL_FOR_IMAGE_TO_IMAGE": "image-to-image",
    "MODEL_FOR_CAUSAL_IMAGE_MODELING": "unconditional-image-generation",
    "MODEL_FOR_VIDEO_CLASSIFICATION": "video-classification",
    "MODEL_FOR_IMAGE_TEXT_TO_TEXT": "image-text-to-text",
    "MODEL_FOR_MULTIMODAL_LM": "any-to-any",
    "MODEL_FOR_RETRIEVAL": "visual-document-retrieval",
    "MODEL_FOR_AUDIO_CLASSIFICATION": "audio-classification",
    "MODEL_FOR_AUDIO_FRAME_CLASSIFICATION": "voice-activity-detection",
    "MODEL_FOR_AUDIO_XVECTOR": "audio-classification",
    "MODEL_FOR_CTC": "automatic-speech-recognition",
    "MODEL_FOR_RNNT": "automatic-speech-recognition",
    "MODEL_FOR_TDT": "automatic-speech-recognition",
    "MODEL_FOR_SPEECH_SEQ_2_SEQ": "automatic-speech-recognition",
    "MODEL_FOR_TEXT_TO_SPECTROGRAM": "text-to-speech",
    "MODEL_FOR_TEXT_TO_WAVEFORM": "text-to-speech",
    "MODEL_FOR_TIME_SERIES_PREDICTION": "time-series-forecasting",
    "MODEL_FOR_TIME_SERIES_CLASSIFICATION": "time-series-forecasting",
    "MODEL_FOR_TIME_SERIES_REGRESSION": "time-series-forecasting",
    "MODEL_FOR_DECISION": "reinforcement-learning",
    "MODEL_FOR_TABLE_RECOGNITION": "image-to-text",
    "MODEL_FOR_TEXT_RECOGNITION": "image-to-text",
}
"""The task of the classes in each of transformers' mappings; None where the Hub has no tag for it. Where a class is in several,
the first mapping tells."""
LAST = ("MODEL_FOR_PRETRAINING", "MODEL_MAPPING", "MODEL_FOR_MULTIMODAL_LM", "MODEL_FOR_IMAGE")
"""What these say of a class counts only where no other mapping has it."""


def tasks() -> dict[str, dict[str, str | None]]:
    """Return the task of each class by model type and name of the class."""
    from transformers.models.auto import modeling_auto

    order = [name for name in TASKS if name not in LAST] + list(LAST)
    found: dict[str, dict[str, str | None]] = {}
    for mapping in order:
        for model_type, named in getattr(
            modeling_auto, f"{mapping}_NAMES", getattr(modeling_auto, f"{mapping}_MAPPING_NAMES", {})
        ).items():
            for name in [named] if isinstance(named, str) else named:
                found.setdefault(model_type, {}).setdefault(name, TASKS[mapping])
    return found
