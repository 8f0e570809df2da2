"""Inputs and outputs of a model of sentence-transformers: its modules one after another.

Source:
    sentence-transformers 5.x, sentence_transformers/models/{Transformer,Pooling,Dense}.py: `max_seq_length` of the first module
    decides where a text is cut; where it says nothing, the smaller one of positions and `model_max_length` does.
"""

from __future__ import annotations

from typing import Any

from filiation.interface.model_folder import ModelFolder
from filiation.interface.shape import Fact, Port, Said, Untold
from filiation.interface.telling import Told, facts, inside, text, weighed, whole
from filiation.interface.tokenizer import limits, text_facts, tokenizer

MODULES, SETTINGS = "modules.json", "config_sentence_transformers.json"
CUTS = tuple(
    f"sentence_{name}_config.json" for name in ("bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet")
)
MAX_MODULES, MAX_PROMPTS = 32, 32
_SIMILAR = "sentence-similarity"


def read(files: ModelFolder) -> Told | None:
    """Return what the files tell; None where there are no modules of sentence-transformers."""
    modules = files.decoded(MODULES, list[dict[str, Any]]) if MODULES in files.names else None
    if not modules:
        return None
    modules = modules[:MAX_MODULES]
    below = _folder(modules[0])
    config = files.json(f"{below}config.json")
    found = tokenizer(files, below)
    most = limits(files, found, config, below, _own(files, below))
    inputs = (Port("text", "text", facts=facts(most) + text_facts(found, files, below) + _prompts(files)),)
    size = _dimension(files, modules, config, below)
    more = facts(size, *_how(files, modules))
    missing = [("max_tokens", most is None, CUTS[0]), ("tokenizer", found is None, f"{below}tokenizer.json")]
    missing += [("dimension", size is None, "1_Pooling/config.json /word_embedding_dimension")]
    return Told(
        "sentence-transformers", _SIMILAR, f"{MODULES} /0", inputs, (Port("embedding", "embedding", facts=more),),
        tuple(Untold(name, why) for name, is_missing, why in missing if is_missing),
    )  # fmt: skip


def _folder(module: dict[str, Any]) -> str:
    """Return the folder of a module with a slash behind it; empty for the top."""
    path = text(module.get("path"))
    return f"{path.strip('/')}/" if path else ""


def _own(files: ModelFolder, below: str) -> Said | None:
    for name in CUTS:
        if most := whole(files.json(below + name).get("max_seq_length"), 1 << 24):
            return Said(most, f"{below}{name} /max_seq_length")
    return None


def _prompts(files: ModelFolder) -> tuple[Fact, ...]:
    """Return the texts that the library puts before one's own, by their names; a query without its prompt is another query."""
    prompts = inside(files.json(SETTINGS).get("prompts"))
    written = tuple(
        f"{name}: {value}" for name, value in list(prompts.items())[:MAX_PROMPTS] if isinstance(value, str) and value
    )
    return (Fact("prompts", written, f"{SETTINGS} /prompts"),) if written else ()


def _dimension(files: ModelFolder, modules: list[dict[str, Any]], config: dict[str, Any], below: str) -> Fact | None:
    """Return how long an embedding is: what the last module that changes it says."""
    said = []
    for module in modules:
        kind, name = str(module.get("type")), f"{_folder(module)}config.json"
        key = "out_features" if kind.endswith(".Dense") else "word_embedding_dimension" if kind.endswith(".Pooling") else ""
        if key and (size := whole(files.json(name).get(key), 1 << 20)):
            said.insert(0, Said(size, f"{name} /{key}"))
    is_dense = any(str(module.get("type")).endswith(".Dense") for module in modules)
    own = whole(config.get("hidden_size"), 1 << 20)
    said += [Said(own, f"{below}config.json /hidden_size")] if own else []
    # A dense layer changes the length on purpose: what stood before it does not contradict.
    return weighed("dimension", said[:1] if is_dense else said)


def _how(files: ModelFolder, modules: list[dict[str, Any]]) -> list[Fact | None]:
    found: list[Fact | None] = []
    for number, module in enumerate(modules):
        kind, where = str(module.get("type")), f"{_folder(module)}config.json"
        if kind.endswith(".Pooling"):
            told = files.json(where)
            modes = tuple(
                sorted(key.removeprefix("pooling_mode_") for key in told if told[key] is True and "pooling_mode" in key)
            )
            found.append(Fact("pooling", modes, where) if modes else None)
        if kind.endswith(".Normalize"):
            found.append(Fact("unit_length", True, f"{MODULES} /{number}"))
    similar = text(files.json(SETTINGS).get("similarity_fn_name"))
    found.append(Fact("similarity", similar, f"{SETTINGS} /similarity_fn_name") if similar else None)
    return found
