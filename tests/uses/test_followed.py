"""Names that are followed through several files, tables, classes and functions, and those that hide others."""

from __future__ import annotations

import pytest

COMMIT = "0123456789abcdef0123456789abcdef01234567"
SETTINGS = f"""
from enum import Enum
from dataclasses import dataclass
NAME = "o/settings"
TABLE = {{"small": "o/small", "large": "o/large"}}
NESTED = {{"a": {{"id": "o/nested", "rev": "{COMMIT}"}}, "b": {{"id": "o/other", "rev": "main"}}}}
@dataclass
class Config:
    field_of_model: str = "o/config"
class Models(Enum):
    BIG = "o/big"
class Base:
    which = "o/inherited"
"""
LOADING = """
from transformers import AutoModel
def load(name, device="cpu"):
    return AutoModel.from_pretrained(name)
def hand_on(label, device):
    return load(label)
class Encoder:
    def __init__(self, device, *, model_name):
        self.name = model_name
    def start(self):
        return AutoModel.from_pretrained(self.name)
"""


@pytest.fixture
def program(tree):
    """Say what `main.py` loads, beside two other files of its package, as (ref, revision)."""

    def program(text):
        found = tree(appSLASHsettings__py=SETTINGS, appSLASHloading__py=LOADING, appSLASHmain__py=text)
        return {(use.ref, use.revision) for use in found.uses if use.file == "app/main.py" and use.how != "key id"}

    return program


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("from .loading import load\nload('o/m')", "o/m"),
        ("from app import loading\nloading.load(name='o/m')", "o/m"),
        ("from .loading import load as get\nfrom .settings import NAME\nget(NAME)", "o/settings"),
        ("from .loading import hand_on\nhand_on('o/m', 'cpu')", "o/m"),
        ("from .loading import Encoder\nEncoder('cpu', model_name='o/m')", "o/m"),
        ("from .settings import TABLE\nfrom_pretrained(TABLE['small'])", "o/small"),
        ("from . import settings\nfrom_pretrained(settings.TABLE.get('large'))", "o/large"),
        ("from .settings import Config\nc = Config()\nfrom_pretrained(c.field_of_model)", "o/config"),
        ("from .settings import Config\nc = Config(field_of_model='o/given')\nfrom_pretrained(c.field_of_model)", "o/given"),
        ("from .settings import Models\nfrom_pretrained(Models.BIG.value)", "o/big"),
        ("from .settings import Base\nclass C(Base):\n    def f(self):\n        from_pretrained(self.which)", "o/inherited"),
        ("import app.settings\nfrom_pretrained(app.settings.NAME)", "o/settings"),
    ],
)
def test_a_name_of_another_file(program, text, ref):
    assert program(text) == {(f"model:{ref}", None)}


def test_a_revision_beside_it_is_followed_too(program):
    text = "from .settings import NESTED as N\nfrom_pretrained(N['a']['id'], revision=N['a']['rev'])"
    assert program(text) == {("model:o/nested", COMMIT)}


def test_a_place_that_its_callers_resolve_is_told_where_they_call(tree):
    found = tree(a__py=LOADING, b__py="from a import load\nload('o/m')\nload(unknown)")
    assert [(use.file, use.line, use.ref) for use in found.uses] == [("a.py", 11, None), ("b.py", 2, "model:o/m")]
    (use,) = (use for use in found.uses if use.ref)
    assert use.how == "load (AutoModel.from_pretrained)"


@pytest.mark.parametrize(
    ("text", "refs"),
    [
        ("T = {'a': 'o/a', 'b': 'o/b'}\nfor k, v in T.items():\n    from_pretrained(v)", {"o/a", "o/b"}),
        ("T = {'o/a': 1}\nfor k in T.keys():\n    from_pretrained(k)", {"o/a"}),
        ("for i, n in enumerate(['o/a', 'o/b']):\n    from_pretrained(n)", {"o/a", "o/b"}),
        ("for n, r in zip(['o/a'], ['main']):\n    from_pretrained(n, revision=r)", {"o/a"}),
        ("from_pretrained('{}/{}'.format('o', 'm'))", {"o/m"}),
        ("from_pretrained('{a}/{b}'.format(a='o', b='m'))", {"o/m"}),
        ("from_pretrained('%s/%s' % ('o', 'm'))", {"o/m"}),
        ("from_pretrained('/'.join(['o', 'm']))", {"o/m"}),
        ("from_pretrained(os.path.join('o', 'm'))", {"o/m"}),
        ("from_pretrained('O/M'.lower())", {"o/m"}),
        ("from_pretrained('o/m-x'.removesuffix('-x'))", {"o/m"}),
        ("from_pretrained(f'o/m-{7}b')", {"o/m-7b"}),
        ("os.environ['M'] = 'o/m'\nfrom_pretrained(os.environ['M'])", {"o/m"}),
        ("os.environ.setdefault('M', 'o/m')\nfrom_pretrained(os.environ['M'])", {"o/m"}),
        ("k = {'path': 'o/d', 'revision': 'v1'}\nload_dataset(**k)", {"o/d"}),
        ("class T:\n    m = Meta(data={'path': 'o/d'})\n    def f(self):\n        load_dataset(self.m.data['path'])", {"o/d"}),
    ],
)
def test_what_a_text_or_table_comes_to(tree, text, refs):
    found = tree(a__py=text)
    assert {use.ref.partition(":")[2] for use in found.uses if use.ref} == refs


@pytest.mark.parametrize(
    "text",
    [
        "name = 'o/outer'\ndef f(name):\n    from_pretrained(name)",
        "name = 'o/outer'\ndef f(*name):\n    from_pretrained(name)",
        "name = 'o/outer'\ng = lambda name: from_pretrained(name)",
    ],
)
def test_a_parameter_hides_a_name_outside(tree, text):
    assert [use.ref for use in tree(a__py=text).uses] == [None]


def test_each_class_has_its_own_table(tree):
    one, other = (
        f"class {name}:\n    meta = Meta(data={{'path': 'o/{name.lower()}'}})\n"
        f"    def load(self):\n        load_dataset(self.meta.data['path'])\n"
        for name in ("A", "B")
    )
    assert [(use.line, use.ref) for use in tree(a__py=one + other).uses] == [(4, "dataset:o/a"), (8, "dataset:o/b")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('Any(model_name="o/m")', ("model:o/m", None)),
        ('DEFAULT_MODEL = "o/m"', ("model:o/m", None)),
        ('class C:\n    embedding_model: str = Field(default="o/m")', ("model:o/m", None)),
        ('def f(tokenizer_name="o/m"): ...', ("model:o/m", None)),
        ('p.add_argument("--reranker-model", default="o/m")', ("model:o/m", None)),
        ('get_model("o/m")', ("model:o/m", None)),
        ('T = {"dataset_name": "o/d"}', ("dataset:o/d", None)),
        (f'Any(name="o/m", revision="{COMMIT}")', ("model:o/m", COMMIT)),
        ('Task(dataset={"path": "o/d", "revision": "v1"})', ("dataset:o/d", "v1")),
        ('mark.parametrize("model_name", ["o/m"])', ("model:o/m", None)),
        ('subprocess.run(["hf", "download", "o/m", "--revision", "v1"])', ("model:o/m", "v1")),
        ('os.system("vllm serve o/m")', ("model:o/m", None)),
    ],
)
def test_names_that_wait_to_be_loaded(tree, text, found):
    assert [(use.ref, use.revision) for use in tree(a__py=text).uses] == [found]


@pytest.mark.parametrize(
    "text",
    [
        'Any(adapted_from_model="o/m")', 'Any(model="openai/gpt-4")', 'Any(model="small")', 'Any(content="application/json")',
        'push_to_hub(repo_id="o/m")', 'assert_model("o/m")', 'Any(model_url="o/m")', 'Any(model="./o/m")',
        '"""Any(model="o/m")"""',
        "from vertexai import X\nX.from_pretrained('text@001')", 'x = "https://huggingface.co/o/m/blob/main/LICENSE"',
        'nn.Embedding.from_pretrained("o/m")', 'timm.create_model("resnet50.a1_in1k", pretrained=False)',
    ],
)  # fmt: skip
def test_what_only_looks_like_it(tree, text):
    assert tree(a__py=text).uses == []


def test_what_the_same_file_loads_is_told_once(tree):
    assert [use.line for use in tree(a__py='DEFAULT_MODEL = "o/m"\nfrom_pretrained(DEFAULT_MODEL)').uses] == [2]
    assert [use.line for use in tree(a__py='LLM(\n    model="o/m",\n)').uses] == [1]


def test_a_file_made_to_be_slow_is_given_up_and_said(tree, monkeypatch):
    monkeypatch.setattr("filiation.uses.budget.Allowance.__init__.__defaults__", (3_000, None))
    doubled = "\n".join(f"a{n} = a{n - 1} + a{n - 1} if x else a{n - 1} or a{n - 1}" for n in range(1, 60))
    found = tree(a__py=f"a0 = 'o/m'\n{doubled}\n" + "from_pretrained(a59)\n" * 50, b__py="from_pretrained('o/m')")
    assert [(item.file, "some are not resolved" in item.reason) for item in found.skipped] == [("a.py", True)]
    assert [use.ref for use in found.uses if use.file == "b.py"] == ["model:o/m"]
