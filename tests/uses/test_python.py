"""Uses in Python: the calls, and what their arguments can be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiation.uses.python import python_uses, rules
from filiation.uses.source import SourceError

M = "model:o/m"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ('AutoModel.from_pretrained("o/m")', M),
        ('transformers.AutoTokenizer.from_pretrained(pretrained_model_name_or_path="o/m")', M),
        ('FastLanguageModel.from_pretrained(model_name="o/m", load_in_4bit=True)', M),
        ('PeftModel.from_pretrained(base, "o/m")', M),
        ('PeftModelForCausalLM.from_pretrained(base, model_id="o/m")', M),
        ('Llama.from_pretrained(repo_id="o/m", filename="*q8_0.gguf")', M),
        ('pipeline("text-generation", model="o/m")', M),
        ('transformers.pipeline("text-generation", "o/m")', M),
        ('AutoModel.from_pretrained("gpt2")', "model:gpt2"),
        ('load_dataset("o/d", "en")', "dataset:o/d"),
        ('load_dataset(path="squad")', "dataset:squad"),
        ('hf_hub_download("o/m", "x.bin")', M),
        ('hf_hub_download(repo_id="o/d", filename="x", repo_type="dataset")', "dataset:o/d"),
        ('snapshot_download("o/m")', M),
        ('HfApi().snapshot_download(repo_id="o/m")', M),
        ('SentenceTransformer("all-MiniLM-L6-v2")', "model:sentence-transformers/all-MiniLM-L6-v2"),
        ('SentenceTransformer("o/m")', M),
        ('CrossEncoder("o/m")', M),
        ('LLM(model="o/m", tensor_parallel_size=2)', M),
        ('HuggingFaceEmbeddings(model_name="o/m")', M),
        ('timm.create_model("hf_hub:o/m", pretrained=True)', M),
        ('open_clip.create_model_and_transforms("hf-hub:o/m")', M),
        ('pipe.load_lora_weights("o/m")', M),
        ('keras_hub.models.Backbone.from_preset("hf://o/m")', M),
        ('pd.read_parquet("hf://datasets/o/d/train.parquet")', "dataset:o/d"),
        ('requests.get("https://huggingface.co/o/m/resolve/main/x.bin")', M),
        ('AutoModel.from_pretrained("https://huggingface.co/o/m")', M),
    ],
)
def test_what_a_call_loads(python, text, ref):
    assert [found for _, found, _ in python(f"import x\n{text}\n")] == [ref]


@pytest.mark.parametrize(
    ("text", "refs"),
    [
        ('timm.create_model("resnet50", pretrained=True)', ["model:timm/resnet50.a1_in1k"]),
        ('timm.create_model("convnext_base", True, pretrained=True)', ["model:timm/convnext_base.fb_in22k_ft_in1k"]),
        ('timm.create_model("cspnext_tiny", pretrained=flag)', ["model:munehiro-k/cspnext_tiny.rsb_a1_in1k"]),
        ('timm.create_model(**{"model_name": "resnet18"}, pretrained=True)', ["model:timm/resnet18.a1_in1k"]),
        ('timm.create_model("of_a_later.version_in1k", pretrained=True)', ["model:timm/of_a_later.version_in1k"]),
        ('timm.create_model("of_a_later_version", pretrained=True)', [None]),
        ('timm.create_model("resnet50", pretrained=False)', []),
        ('timm.create_model("resnet50")', []),
        ('def build(name):\n    return timm.create_model(name, pretrained=True)\nbuild("vgg16")', ["model:timm/vgg16.tv_in1k"]),
        (
            'open_clip.create_model_and_transforms("ViT-B/32", pretrained="laion2b-s34b-b79k")',
            ["model:laion/CLIP-ViT-B-32-laion2B-s34B-b79K"],
        ),
        ('open_clip.create_model("RN50", "openai", device="cpu")', ["model:timm/resnet50_clip.openai"]),
        ('open_clip.create_model("ViT-B-32")', []),
        ('open_clip.create_model("ViT-B-32", pretrained="of_a_later_version")', [None]),
    ],
)
def test_names_of_packages(python, text, refs):
    assert [found for _, found, _ in python(f"import open_clip, timm\n{text}\n")] == refs


@pytest.mark.parametrize(
    "text",
    [
        'AutoModel.from_pretrained("./here")',
        'AutoModel.from_pretrained("/srv/model")',
        'AutoModel.from_pretrained("weights/model.safetensors")',
        'AutoModel.from_pretrained("path/to/model/dir")',
        'load_dataset("csv", data_files="x.csv")',
        'timm.create_model("resnet50")',
        'WhisperModel("large-v3")',
        'playwright.pipeline(a, "o/m")',
        'print("from_pretrained(o/m)")',
        '"""See https://huggingface.co/o/m/resolve/main/x.bin and AutoModel.from_pretrained("o/m")."""',
        '# AutoModel.from_pretrained("o/m")',
        "AutoModel.from_pretrained(7)",
        "AutoModel.from_pretrained()",
        'from_pretrained = "o/m"',
    ],
)
def test_what_is_no_use(python, text):
    assert python(f"import x\n{text}\n") == []


@pytest.mark.parametrize(
    ("text", "refs"),
    [
        ('N = "o/m"\nfrom_pretrained(N)', {M}),
        ('O = "o"\nfrom_pretrained(f"{O}/m")', {M}),
        ('O = "o/"\nfrom_pretrained(O + "m")', {M}),
        ('N = "o/old"\nN = "o/m"\nfrom_pretrained(N)', {M}),
        ('N = "o/m"\nfrom_pretrained(N)\nN = "o/late"', {M}),
        ('N = "o/m"\nif x:\n    N = "o/other"\nfrom_pretrained(N)', {M, "model:o/other"}),
        ('a, b = "o/m", "o/n"\nfrom_pretrained(b)', {"model:o/n"}),
        ('def f(n="o/m"):\n    from_pretrained(n)', {M}),
        ('def f(n):\n    from_pretrained(n)\nf("o/m")\nf(n="o/n")', {M, "model:o/n"}),
        ('def f(*, n="o/m"):\n    from_pretrained(n)', {M}),
        ('for n in ["o/m", "o/n"]:\n    from_pretrained(n)', {M, "model:o/n"}),
        ('L = ("o/m",)\n[from_pretrained(n) for n in L]', {M}),
        ('D = {"s": "o/m", "l": "o/l"}\nfrom_pretrained(D["s"])', {M}),
        ('D = {"s": "o/m", "l": "o/l"}\nfrom_pretrained(D[k])', {M, "model:o/l"}),
        ('p.add_argument("--base-model", default="o/m")\nfrom_pretrained(args.base_model)', {M}),
        ('n = os.environ.get("N", "o/m")\nfrom_pretrained(n)', {M}),
        ('from_pretrained("o/m" if x else "o/n")', {M, "model:o/n"}),
        ('from_pretrained(n or "o/m")', {M}),
        ('class C:\n    n: str = "o/m"\n    def f(self):\n        from_pretrained(self.n)', {M}),
        (
            'class C:\n    def __init__(self, n="o/m"):\n        self.n = n\n    def f(self):\n        from_pretrained(self.n)',
            {M},
        ),
        ('class C:\n    def __init__(self, n):\n        self.n = n\n        from_pretrained(self.n)\nC("o/m")', {M}),
        ('n = field(default="o/m")\nfrom_pretrained(n)', {M}),
        ('N = "o/m"\ndef f():\n    N = "o/inner"\n    from_pretrained(N)', {"model:o/inner"}),
        ("x = y\ny = x\nfrom_pretrained(x)", {None}),
        ('from_pretrained(f"o/m-{size}")', {None}),
        ("from_pretrained(ask())", {None}),
        ('pipeline("ner")', {None}),
    ],
)
def test_names_are_followed(python, text, refs):
    assert {found for _, found, _ in python(text)} == refs


def test_what_is_not_resolved_is_said_as_it_is_written(tree):
    found = tree(a__py='AutoModel.from_pretrained(f"meta/{size}")\npipeline("ner")\n')
    assert [use.written for use in found.uses] == ["f'meta/{size}'", "the library's default for ner"]


@pytest.mark.parametrize(
    ("given", "revision", "pinned"),
    [
        ("", None, False),
        (', revision="main"', "main", False),
        (f', revision="{COMMIT}"', COMMIT, True),
        (", revision=R", COMMIT, True),
        (", revision=unknown", None, False),
        (f', revision="{COMMIT[:10]}"', COMMIT[:10], False),
    ],
)
def test_a_revision_is_pinned_when_it_is_a_whole_commit(tree, given, revision, pinned):
    (use,) = tree(a__py=f'R = "{COMMIT}"\nAutoModel.from_pretrained("o/m"{given})\n').uses
    assert (use.revision, use.is_pinned) == (revision, pinned)


def test_the_more_ways_there_are_the_less_sure_each_is(tree):
    uses = tree(a__py='from_pretrained("o/a")\nfrom_pretrained(D["k"] if x else "o/b")\nfrom_pretrained("models/c")\n').uses
    sure = {use.ref: use.confidence for use in uses}
    assert sure["model:o/a"] > sure["model:o/b"] > sure["model:models/c"]


def test_nothing_is_run(tree, tmp_path):
    mark = tmp_path / "mark"
    tree(a__py=f'open({str(mark)!r}, "w")\nAutoModel.from_pretrained("o/m")\n', sitecustomize__py="raise SystemExit(7)\n")
    assert not mark.exists()


@pytest.mark.parametrize(
    "text",
    [
        "def f(:\n  from_pretrained('o/m')",
        "from_pretrained('o/m')\n" + "(" * 5_000,
        "from_pretrained(" + "-" * 100_000 + "1)",
        "from_pretrained('o/m')\0",
    ],
)
def test_what_is_no_python_is_said(text):
    with pytest.raises(SourceError, match="not Python"):
        list(python_uses(text, "a.py"))


def test_a_name_that_stands_for_very_much_is_given_up_soon():
    doubled = "\n".join(f"a{n} = a{n - 1} + a{n - 1} if x else a{n - 1} or a{n - 1}" for n in range(1, 60))
    uses = list(python_uses(f'a0 = "o/m"\n{doubled}\nfrom_pretrained(a59)', "a.py"))
    assert all(len(use.written) <= 200 for use in uses)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    try:
        for use in python_uses(f"from_pretrained({text!r})\n{text}", "a.py"):
            assert use.line >= 1
            assert 0 <= use.confidence <= 1
    except SourceError:
        pass


SHOWN = {"[a-z]{2}_": "en_core_web_sm", "[a-z][": "resnet50.a1_in1k"}


def test_every_rule_can_be_met():
    for options in rules().values():
        for rule in options:
            owner = f"{rule.of[0]}." if rule.of else f"{rule.from_[0]}." if rule.from_ else ""
            name = next((name for start, name in SHOWN.items() if (rule.pattern or "").startswith(start)), "o/m")
            given = f", {rule.given}=True" if rule.given else ""
            text = f'{owner}{rule.call}({rule.names[0]}="{(*rule.prefix, "")[0]}{name}"{given})'
            wanted = name if "/" in name else f"{rule.owner}/{name}"
            assert [use.ref.partition(":")[2] for use in python_uses(text, "a.py")] == [wanted], rule
