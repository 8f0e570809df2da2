from __future__ import annotations

import pytest

from filiation.formats.yaml_text import YamlError, load_yaml


def test_a_document_is_read():
    assert load_yaml("a: [1, {b: c}]\nd: &x e\nf: *x\n") == {"a": [1, {"b": "c"}], "d": "e", "f": "e"}


BOMB = "a: &a [x, x]\n" + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [{f'*{chr(97 + i)}, ' * 9}]\n" for i in range(9))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, "deep"),
        ("{a: " * 50_000, "deep"),
        ("- " * 50_000, "deep"),
        (BOMB, "aliases"),
        ("x" * (1 << 20) + "y", "longer"),
        ("a: b: c", "not YAML"),
        ("a: !!python/object/apply:os.system [ls]", "not YAML"),
        ("a: 2024-99-99", "not YAML"),
        ("--- 1\n--- 2", "not YAML"),
    ],
)
def test_hostile_text_is_refused(text, message):
    with pytest.raises(YamlError, match=message):
        load_yaml(text)
