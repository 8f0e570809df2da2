"""Where the name of a model and the structure of its weights say different things."""

from __future__ import annotations

from functools import cache

from filiation.knowledge import load
from filiation.names.judging import Judgement, is_known_type, judge
from filiation.names.name import Element, Name
from filiation.names.statements import Statement
from filiation.structure.identity import Identity

PLACE = "tensors"
"""Where what is known stands, as findings write locations."""


def compare_name(name: Name, found: Identity) -> list[Statement]:
    """Return what `name` says of architecture, parameters, size and layers, held against the structure; contradictions first.

    Types whose tensors have the same names are all confirmed by them. Of a structure that was never learned, and of an adapter,
    nothing is contradicted. Heads are not told by tensors.

    Args:
        name: Read by `names.parse`.
        found: What the tensors tell, of the same model.
    """
    told = {kind: _said(name, kind) for kind in ("architecture", "parameters", "size", "layers")}
    total, layers = str(found.sizes.parameters), found.sizes.layers
    statements = []
    if told["architecture"] and found.model_type:
        statements.append(_architecture(told["architecture"], found))
    if told["parameters"]:
        statements.append(_statement("parameters", told["parameters"], total, found))
    if told["architecture"] and told["size"]:
        statements.append(_statement("size", (*told["architecture"], "|", *told["size"]), total, found))
    if told["layers"] and layers:
        statements.append(_statement("layers", told["layers"], str(layers), found))
    return sorted(statements, key=lambda item: (item.judgement != "contradicted", item.judgement, item.topic))


def _said(name: Name, kind: str) -> tuple[str, ...]:
    """Return the values of elements that are sure enough, ``?`` before one that may confirm and not contradict."""
    least = load("name_exceptions")["least"]["confidence"]
    said = [element for element in name.elements if element.kind == kind and element.confidence >= least]
    is_packed = any(element.value in _packed() for element in name.elements if element.kind == "adaptation")
    weak = [_is_ending(element) or (is_packed and kind in {"parameters", "size"}) for element in said]
    return tuple(f"?{element.value}" if doubt else element.value for element, doubt in zip(said, weak, strict=True))


def _is_ending(element: Element) -> bool:
    """Say whether an architecture stands at the end of another word only, as in Breitbart."""
    plain = "".join(filter(str.isalnum, element.text.lower()))
    return element.kind == "architecture" and not plain.startswith("".join(filter(str.isalnum, element.value))[:3])


@cache
def _packed() -> frozenset[str]:
    return frozenset(load("name_exceptions")["packed"]["words"].split())


def _architecture(said: tuple[str, ...], found: Identity) -> Statement:
    assert found.model_type is not None  # noqa: S101  # the caller has looked
    types = [found.model_type.value, *(one for one in found.same_names if one != found.model_type.value)]
    known = tuple(one for one in types if is_known_type(one))
    verdict: Judgement = judge("architecture", said, known) if types[0] in known else "unverifiable"
    return _told("architecture", said, types[0], verdict, found)


def _statement(topic: str, said: tuple[str, ...], known: str, found: Identity) -> Statement:
    verdict = judge(topic, said, (known,))
    if verdict == "contradicted" and found.model_type is None:
        verdict = "unverifiable"
    shown = known if topic == "layers" else f"{int(known) / 1e9:.3g}b"
    return _told(topic, said, shown, verdict, found)


def _told(topic: str, said: tuple[str, ...], known: str, verdict: Judgement, found: Identity) -> Statement:
    words = ", ".join(word.lstrip("?") for word in said if word != "|")
    return Statement(topic, words, known, verdict, round(found.known, 3), [PLACE])
