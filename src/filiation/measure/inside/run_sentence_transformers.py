"""Run a model of sentence-transformers: texts as vectors."""

from __future__ import annotations

from asking import CannotRunError, in_type, precision_of, serve, torch_ready, versions


def prepare(asked):
    """Return what answers, and what is told of the model."""
    if asked["expects"] != "vector":
        raise CannotRunError("sentence-transformers gives vectors; this task needs something else")
    torch = torch_ready(asked)
    import sentence_transformers

    options = asked["options"]
    try:
        model = sentence_transformers.SentenceTransformer(
            asked["model"], device="cpu", trust_remote_code=False, local_files_only=True,
            model_kwargs={} if asked["allow_pickle"] else {"use_safetensors": True},
        )  # fmt: skip
    except (OSError, ValueError, KeyError) as error:
        raise CannotRunError(f"sentence-transformers cannot load it: {str(error)[:300]}") from error
    model = in_type(torch, model, asked)

    def answer(question):
        text = str(options.get(f"prefix_{question.get('role', '')}", "")) + question["text"]
        with torch.inference_mode():
            vector = model.encode(text, normalize_embeddings=True, show_progress_bar=False, convert_to_tensor=True)
            return {"vector": vector.double().tolist()}

    packages = versions("sentence-transformers", "transformers", "tokenizers", "torch", "numpy")
    return answer, {"version": sentence_transformers.__version__, "packages": packages, "precision": precision_of(model)}


if __name__ == "__main__":
    serve(prepare)
