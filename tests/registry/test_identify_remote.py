"""What a model on the Hub is takes one request of its weights."""

from __future__ import annotations

import numpy as np
from safetensors.numpy import save
from test_byte_ranges import linked

from filiation.structure.answers import identified
from filiation.weights.checkpoint import open_checkpoint


def test_one_request():
    names = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj")
    made = {f"model.layers.{i}.{name}.weight": np.zeros((96, 96), "f") for i in range(20) for name in names}
    with linked({"/model.safetensors": save(made)}) as (link, seen, _):
        file = link.file(link.endpoint + "/model.safetensors", "model.safetensors")
        answer = identified(open_checkpoint([file]))
    assert answer.requests == len(seen) == 1
    assert answer.tensors == 80
    assert answer.sizes.layers == 20
