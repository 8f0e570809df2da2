"""Run a model of transformers: texts as classes, numbers, vectors or texts."""

from __future__ import annotations

from asking import CannotRunError, in_type, precision_of, serve, torch_ready, versions

CLASSES = {
    "label": "AutoModelForSequenceClassification",
    "number": "AutoModelForSequenceClassification",
    "vector": "AutoModel",
    "text": "AutoModelForCausalLM",
}


def prepare(asked):
    """Return what answers, and what is told of the model."""
    torch = torch_ready(asked)
    import transformers

    model, tokenizer = load(torch, transformers, asked)
    answers = {"label": _label, "number": _number, "vector": _vector, "text": _text}
    reply = answers[asked["expects"]]

    def answer(question):
        text = str(asked["options"].get(f"prefix_{question.get('role', '')}", "")) + question["text"]
        with torch.inference_mode():
            return reply(model, tokenizer, text, asked["options"])

    packages = versions("transformers", "tokenizers", "safetensors", "torch", "numpy")
    return answer, {"version": transformers.__version__, "packages": packages, "precision": precision_of(model)}


def load(torch, transformers, asked):
    """Return the model and its tokenizer, as they lie there: no code of the model's own, no network."""
    folder = asked["model"]
    quiet = {"trust_remote_code": False, "local_files_only": True}
    safe = {} if asked["allow_pickle"] else {"use_safetensors": True}
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **quiet)
        model = getattr(transformers, CLASSES[asked["expects"]]).from_pretrained(folder, **quiet, **safe)
    except (OSError, ValueError, KeyError) as error:
        raise CannotRunError(f"transformers cannot load it: {str(error)[:300]}") from error
    return in_type(torch, model.eval(), asked), tokenizer


def _cut(tokenizer, text, options):
    limit = int(options.get("max_tokens", min(tokenizer.model_max_length, 512)))
    return tokenizer(text, return_tensors="pt", truncation=True, max_length=limit)


def _label(model, tokenizer, text, options):
    logits = model(**_cut(tokenizer, text, options)).logits[0]
    return {"label": str(model.config.id2label[int(logits.argmax())])}


def _number(model, tokenizer, text, options):
    return {"number": float(model(**_cut(tokenizer, text, options)).logits.reshape(-1)[0])}


def _vector(model, tokenizer, text, options):
    cut = _cut(tokenizer, text, options)
    states = model(**cut).last_hidden_state[0]
    weights = cut["attention_mask"][0].unsqueeze(-1).to(states.dtype)
    pooled = states[0] if options.get("pooling") == "cls" else (states * weights).sum(0) / weights.sum()
    return {"vector": (pooled / pooled.norm().clamp_min(1e-12)).double().tolist()}


def _text(model, tokenizer, text, options):
    cut = tokenizer(text, return_tensors="pt")
    limit = int(options.get("new_tokens", 32))
    fill = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    out = model.generate(**cut, max_new_tokens=limit, do_sample=False, num_beams=1, pad_token_id=fill)
    told = tokenizer.decode(out[0][cut["input_ids"].shape[1] :], skip_special_tokens=True)
    stop = options.get("stop")
    return {"text": told.split(str(stop))[0] if stop else told}


if __name__ == "__main__":
    serve(prepare)
