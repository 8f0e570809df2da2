"""The tensors among the notes that a pickle of torch leaves: where each stands, on which storage, and what it is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from filiation.core.errors import WeightsError
from filiation.core.tensor import Content
from filiation.formats.pickle_notes import Call, Global, Pairs, Persistent
from filiation.formats.stored_values import BITS
from filiation.formats.tensor_contents import content_of, is_optimizer, is_wrapper

MAX_DEPTH = 64
MAX_STEPS = 2_000_000
"""A structure may hold one thing in many places: so many places are looked at."""
MAX_TENSORS = 200_000
MAX_NAME_CHARS = 1_024
MAX_NAMES_CHARS = 24 << 20
"""Of all names together."""
_STORAGES = {
    "FloatStorage": "F32", "DoubleStorage": "F64", "HalfStorage": "F16", "BFloat16Storage": "BF16", "LongStorage": "I64",
    "IntStorage": "I32", "ShortStorage": "I16", "CharStorage": "I8", "ByteStorage": "U8", "BoolStorage": "BOOL",
    "ComplexFloatStorage": "C64", "ComplexDoubleStorage": "C128", "QInt8Storage": "I8", "QUInt8Storage": "U8",
    "QInt32Storage": "I32", "UntypedStorage": "U8",
}  # fmt: skip
STORED_BYTES = {dtype: BITS[dtype] // 8 for dtype in _STORAGES.values() if dtype in BITS} | {"C64": 8, "C128": 16}
"""Bytes of one value of each type of storage."""
_DTYPES = {
    "float32": "F32", "float": "F32", "float64": "F64", "double": "F64", "float16": "F16", "half": "F16", "bfloat16": "BF16",
    "int64": "I64", "int32": "I32", "int16": "I16", "int8": "I8", "uint8": "U8", "uint16": "U16", "uint32": "U32",
    "uint64": "U64", "bool": "BOOL", "float8_e4m3fn": "F8_E4M3", "float8_e5m2": "F8_E5M2", "float8_e4m3fnuz": "F8_E4M3FNUZ",
    "float8_e5m2fnuz": "F8_E5M2FNUZ", "float8_e8m0fnu": "F8_E8M0", "complex64": "C64", "complex128": "C128",
}  # fmt: skip
_PARAMETERS, _BUFFERS, _MODULES = "_parameters", "_buffers", "_modules"


class Storage(msgspec.Struct, frozen=True):
    """A row of values that tensors look at: its key, the type of its values, how many, and where it begins in another's."""

    key: str
    dtype: str
    size: int
    first: int = 0


class Found(msgspec.Struct):
    """One tensor: a view of a storage, `strides` and `offset` counted in values of `dtype`.

    Attributes:
        path: Keys, attributes and numbers that lead to it.
        wrapped: How many of the first parts of the path are keys of plain dictionaries.
        quantizer: The scale and zero point of a quantised tensor, or its scales' and zero points' tensors and the axis.
    """

    path: tuple[str, ...]
    wrapped: int
    storage: Storage
    dtype: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int
    content: Content | None
    quantizer: tuple[Any, ...] | None = None
    name: str = ""


class Unread(msgspec.Struct, frozen=True):
    """A tensor that is there but is not read, with the reason."""

    path: tuple[str, ...]
    reason: str


Members = Mapping[str, tuple[frozenset[str], frozenset[str]]]
"""Of each class of a TorchScript archive, the names of its parameters and of its buffers."""


def tensors_in(root: Any, name: str, members: Members | None = None) -> tuple[list[Found], list[Unread]]:
    """Return the tensors below `root` in the order in which they were written, named; and those that are not read.

    Args:
        root: What `pickle_opcodes.interpret` returned.
        name: Of the file, for what is said when it goes too far.
        members: Of TorchScript classes.

    Raises:
        WeightsError: If they are nested too deep, lie in too many places, or one is not well formed.
    """
    walk = _Walk(name, members or {})
    walk.visit(root, (), 0, None)
    if sum(len(part) for tensor in walk.found for part in tensor.path) > MAX_NAMES_CHARS:
        raise WeightsError(f"{name} gives its tensors names of more than {MAX_NAMES_CHARS >> 20} million letters")
    _name(walk.found)
    return walk.found, walk.unread


class _Walk:
    def __init__(self, name: str, members: Members) -> None:
        self.name = name
        self.members = members
        self.found: list[Found] = []
        self.unread: list[Unread] = []
        self._steps = 0
        self._barren: set[int] = set()
        self._made: list[Call] = []

    def visit(self, node: Any, path: tuple[str, ...], wrapped: int, content: Content | None) -> None:
        """Look at a node and below it; `content` is what is known of all tensors there, `wrapped` as in `Found`."""
        if not isinstance(node, (Pairs, Call, list, tuple)) or isinstance(node, (Global, Persistent)):
            return
        if id(node) in self._barren:  # it was looked at before, and no tensor is below it
            return
        if len(path) > MAX_DEPTH:
            raise WeightsError(f"{self.name} nests its objects more than {MAX_DEPTH} deep")
        met = len(self.found) + len(self.unread)
        self._look(node, path, wrapped, content)
        if len(self.found) + len(self.unread) == met:
            self._barren.add(id(node))

    def _look(self, node: Any, path: tuple[str, ...], wrapped: int, content: Content | None) -> None:
        if isinstance(node, Pairs):
            self._pairs(node, path, wrapped, content)
        elif isinstance(node, Call):
            self._call(node, path, wrapped, content)
        else:
            for number, element in enumerate(node):
                self._step()
                self.visit(element, (*path, str(number)), wrapped, content)

    def _step(self) -> None:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise WeightsError(f"{self.name} has more than {MAX_STEPS:,} things in its structure")

    def _items(self, node: Pairs) -> Iterator[tuple[str, Any]]:
        """Yield keys as parts of a name, each once, with what was set last."""
        last: dict[str, Any] = {}
        for key, value in node.items:
            self._step()
            last[key[:MAX_NAME_CHARS] if isinstance(key, str) else str(key)[:20] if isinstance(key, int) else "?"] = value
        yield from last.items()

    def _pairs(self, node: Pairs, path: tuple[str, ...], wrapped: int, content: Content | None) -> None:
        keys = {key for key, _ in node.items if isinstance(key, str)}
        if {"state", "param_groups"} <= keys:
            content = Content.OPTIMIZER
        inside = wrapped + 1 if wrapped == len(path) else wrapped
        for part, value in self._items(node):
            known = Content.OPTIMIZER if wrapped == len(path) and is_optimizer(part) else content
            self.visit(value, (*path, part), inside, known)

    def _call(self, node: Call, path: tuple[str, ...], wrapped: int, content: Content | None) -> None:
        made = node.function.name if isinstance(node.function, Global) else ""
        module = node.function.module if isinstance(node.function, Global) else ""
        if made in _MAKERS and module.startswith("torch."):
            self._tensor(made, node, path, wrapped, content)
            return
        state = node.state
        for part in state if isinstance(state, tuple) else (state,):
            if isinstance(part, Pairs):
                self._attributes(part, path, wrapped, content, f"{module}.{made}")
            else:
                self.visit(part, path, wrapped, content)
        for part in (node.args, node.elements, node.pairs):
            if part is not node.pairs or node.pairs.items:
                self._step()
                self.visit(part, path, wrapped, content)

    def _attributes(self, state: Pairs, path: tuple[str, ...], wrapped: int, content: Content | None, made: str) -> None:
        """Look at the attributes of an object; a module's own parameters, buffers and modules lie one level down."""
        parameters, buffers = self.members.get(made, (None, frozenset()))
        plain = _is_module(state) or parameters is not None
        for part, value in self._items(state):
            if plain and part in {_PARAMETERS, _BUFFERS, _MODULES} and isinstance(value, Pairs):
                within = {_PARAMETERS: content or Content.WEIGHT, _BUFFERS: content or Content.BUFFER}.get(part, content)
                for name, held in self._items(value):
                    self.visit(held, (*path, name), wrapped, within)
                continue
            known = content
            if plain and _is_tensor(value):
                is_weight = parameters is not None and part in parameters
                known = content or (Content.WEIGHT if is_weight else Content.BUFFER if part in buffers else Content.CONSTANT)
            self.visit(value, (*path, part), wrapped, known)

    def _tensor(self, made: str, node: Call, path: tuple[str, ...], wrapped: int, content: Content | None) -> None:
        args = node.args
        if made == "_rebuild_from_type_v2" and len(args) > 2:
            self._made.append(Call(args[0], args[2]))  # kept, so that no other note gets its identity
            self.visit(self._made[-1], path, wrapped, content)
        elif made in {"_rebuild_parameter", "_rebuild_parameter_with_state", "Parameter"}:
            self.visit(args[0] if args else None, path, wrapped, content or Content.WEIGHT)
        elif made not in _VIEWS or not args:
            self.unread.append(Unread(path, f"a tensor of a kind that is not read ({made[:80]})"))
        else:
            try:
                found = view(made, args, path, wrapped, content)
            except (IndexError, TypeError, ValueError, AttributeError) as error:
                raise WeightsError(
                    f"{self.name} describes the tensor {'.'.join(path)[-80:]!r} in a way that makes no sense"
                ) from error
            if isinstance(found, Found):
                self.found.append(found)
            else:
                self.unread.append(found)
            if len(self.found) + len(self.unread) > MAX_TENSORS:
                raise WeightsError(f"{self.name} holds more than {MAX_TENSORS:,} tensors")


_VIEWS = frozenset({"_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3", "_rebuild_qtensor"})
_MAKERS = _VIEWS | {
    "_rebuild_from_type_v2", "_rebuild_parameter", "_rebuild_parameter_with_state", "Parameter", "_rebuild_sparse_tensor",
    "_rebuild_sparse_csr_tensor", "_rebuild_nested_tensor", "_rebuild_device_tensor_from_numpy", "_rebuild_wrapper_subclass",
    "_rebuild_meta_tensor_no_storage", "_rebuild_device_tensor_from_cpu_tensor", "_load_from_bytes",
}  # fmt: skip


def view(made: str, args: Any, path: tuple[str, ...] = (), wrapped: int = 0, content: Content | None = None) -> Found | Unread:
    """Return the tensor that one of torch's functions would rebuild from `args`.

    Raises:
        ValueError: If the arguments are not those of that function; also TypeError, IndexError and AttributeError.
    """
    storage = storage_of(args[0])
    if storage is None:
        return Unread(path, "a tensor on a storage of an unknown kind")
    offset, shape, strides = args[1], tuple(args[2]), tuple(args[3])
    if not all(isinstance(number, int) and number >= 0 for number in (offset, *shape, *strides)) or len(shape) != len(strides):
        raise ValueError(shape)
    dtype = storage.dtype
    if made == "_rebuild_tensor_v3":
        dtype = _DTYPES.get(args[6].name, "")
    quantizer = tuple(args[4]) if made == "_rebuild_qtensor" else None
    if not dtype:
        return Unread(path, "values of an unknown type")
    if any(isinstance(part, Pairs) and (part.get("conj") or part.get("neg")) for part in args[6:]):
        return Unread(path, "values that are stored with their sign turned")
    if dtype in {"C64", "C128"}:  # pairs of real numbers: one more dimension, of 2
        dtype, offset = ("F32" if dtype == "C64" else "F64"), 2 * offset
        shape, strides = (*shape, 2), (*(2 * stride for stride in strides), 1)
    return Found(path, wrapped, storage, dtype, shape, strides, storage.first + offset, content, quantizer)


def storage_of(note: Any) -> Storage | None:
    """Return the storage that a persistent key tells of; None where it is of an unknown kind.

    Raises:
        ValueError: If the key is not that of a storage; also TypeError and AttributeError.
    """
    if isinstance(note, Call) and note.args:  # a typed storage around an untyped one
        return storage_of(next((part for part in note.args if isinstance(part, Persistent)), None))
    if not isinstance(note, Persistent):
        return None
    kind, made, key, _, size, *rest = note.key
    if kind != "storage" or not isinstance(size, int) or size < 0:
        raise ValueError(kind)
    dtype = _STORAGES.get(made.name)
    first = rest[0][1] if rest and rest[0] is not None else 0
    return None if dtype is None else Storage(str(key), dtype, size, int(first))


def _is_module(state: Pairs) -> bool:
    names = {key for key, _ in state.items if isinstance(key, str)}
    return {_PARAMETERS, _MODULES} <= names


def _is_tensor(value: Any) -> bool:
    return isinstance(value, Call) and isinstance(value.function, Global) and value.function.name in _MAKERS


def _name(found: list[Found]) -> None:
    """Name the tensors by their paths, without the keys that only wrap the model's state, and each by a name of its own."""
    wrapper = _wrapper([tensor for tensor in found if tensor.content is not Content.OPTIMIZER])
    taken: set[str] = set()
    for number, tensor in enumerate(found):
        path = tensor.path
        if tensor.content is not Content.OPTIMIZER and path[: len(wrapper)] == wrapper:
            path = path[len(wrapper) :]
        names = (".".join(part)[-MAX_NAME_CHARS:] for part in (path, tensor.path))
        tensor.name = next((name for name in names if name and name not in taken), f"tensor#{number}")
        taken.add(tensor.name)
        if tensor.content is None:
            tensor.content = content_of(tensor.name, tensor.dtype, tensor.shape)


def _wrapper(found: list[Found]) -> tuple[str, ...]:
    """Return the keys, outermost first, below which lie more than half of the values and that tell nothing."""
    wrapper: tuple[str, ...] = ()
    while True:
        depth = len(wrapper)
        sizes: dict[str, int] = {}
        for tensor in found:
            if tensor.path[:depth] == wrapper:
                part = tensor.path[depth] if tensor.wrapped > depth < len(tensor.path) - 1 else ""
                sizes[part] = sizes.get(part, 0) + tensor.storage.size
        part = max(sizes, key=lambda key: sizes[key], default="")
        if not part or not is_wrapper(part) or 2 * sizes[part] <= sum(tensor.storage.size for tensor in found):
            return wrapper
        wrapper = (*wrapper, part)
