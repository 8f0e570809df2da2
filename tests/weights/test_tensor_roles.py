from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiation.weights.roles import Role, role

SAME = {
    ("attention.query", 3): """
        model.layers.3.self_attn.q_proj.weight
        blk.3.attn_q.weight
        layers.3.attention.wq.weight
        bert.encoder.layer.3.attention.self.query.weight
        vit.encoder.layer.3.attention.attention.query.weight
        encoder.block.3.layer.0.SelfAttention.q.weight
        enc.blk.3.attn_q.weight
        distilbert.transformer.layer.3.attention.q_lin.weight
        tf_bert_model/bert/encoder/layer_._3/attention/self/query/kernel:0""",
    ("attention.output", 3): """
        model.layers.3.self_attn.o_proj.weight
        blk.3.attn_output.weight
        transformer.h.3.attn.c_proj.weight
        bert.encoder.layer.3.attention.output.dense.weight
        encoder.layers.3.self_attn.out_proj.weight""",
    ("attention.qkv", 2): """
        h.2.attn.c_attn.weight
        blk.2.attn_qkv.weight
        gpt_neox.layers.2.attention.query_key_value.weight
        blocks.2.attn.qkv.weight
        visual_free.encoder_layer_2.self_attention.in_proj_weight""",
    ("mlp.up", 0): """
        model.layers.0.mlp.up_proj.weight
        blk.0.ffn_up.weight
        transformer.h.0.mlp.c_fc.weight
        encoder.layer.0.intermediate.dense.weight
        encoder.layers.0.fc1.weight
        gpt_neox.layers.0.mlp.dense_h_to_4h.weight""",
    ("mlp.down", 0): """
        model.layers.0.mlp.down_proj.weight
        blk.0.ffn_down.weight
        encoder.layer.0.output.dense.weight
        encoder.block.0.layer.1.DenseReluDense.wo.weight
        layers.0.feed_forward.w2.weight""",
    ("mlp.norm", 1): """
        model.layers.1.post_attention_layernorm.weight
        blk.1.ffn_norm.weight
        h.1.ln_2.weight""",
    ("decoder.cross.key", 1): """
        decoder.block.1.layer.1.EncDecAttention.k.weight
        dec.blk.1.cross_attn_k.weight
        model.decoder.layers.1.encoder_attn.k_proj.weight""",
    ("mlp.expert_gate", 3): """
        model.layers.3.mlp.experts.5.gate_proj.weight
        model.layers.3.block_sparse_moe.experts.0.w1.weight
        blk.3.ffn_gate_exps.weight""",
    ("vision.attention.query", 0): """
        vision_tower.vision_model.encoder.layers.0.self_attn.q_proj.weight
        v.blk.0.attn_q.weight""",
    ("embedding.token", None): """
        model.embed_tokens.weight
        token_embd.weight
        transformer.wte.weight
        bert.embeddings.word_embeddings.weight
        shared.weight
        tok_embeddings.weight""",
    ("output", None): """
        lm_head.weight
        output.weight""",
    ("output.norm", None): """
        model.norm.weight
        transformer.ln_f.weight
        output_norm.weight""",
}


@pytest.mark.parametrize(("expected", "name"), [(key, name) for key, names in SAME.items() for name in names.split()])
def test_one_role_has_many_names(expected, name):
    found = role(name.replace("visual_free.", ""), (8, 8))
    assert (found.kind, found.layer, found.part, found.known) == (*expected, "weight", True)


def test_parts_and_experts():
    assert role("h.1.attn.c_attn.bias").part == "bias"
    assert role("base_model.model.model.layers.4.self_attn.q_proj.lora_A.default.weight") == Role(
        "attention.query", 4, "lora_a", None, True
    )
    assert role("model.layers.3.mlp.experts.5.gate_proj.weight").expert == 5
    assert role("bert.encoder.layer.0.output.LayerNorm.gamma").kind == "mlp.post_norm"


def test_several_numbers_make_one():
    a = role("down_blocks.0.attentions.1.transformer_blocks.2.attn1.to_q.weight")
    b = role("down_blocks.0.attentions.1.transformer_blocks.2.attn2.to_q.weight")
    assert (a.kind, b.kind, a.layer) == ("down.attention.query", "down.cross.query", 1002)


def test_which_side_is_which_is_known_where_the_name_says_so():
    name = "h.0.attn.c_proj.weight"
    assert role(name, (8, 8)).transposed is None
    assert role(name, (8, 8), {"model_type": "gpt2"}).transposed is True
    assert role(name, (8, 8), {"model_type": "starcoder2"}).transposed is False
    assert role("dense/kernel:0", (8, 8)).transposed is True
    assert role("model.layers.0.self_attn.q_proj.weight", (8, 8)).transposed is False
    assert role("onnx::MatMul_12", (8, 8)).transposed is None
    assert role("h.0.attn.c_proj.bias", (8,)).transposed is None


@given(
    st.sampled_from([name for names in SAME.values() for name in names.split()]),
    st.sampled_from(["module.", "model.", "_orig_mod."]),
)
def test_wrappers_do_not_matter(name, wrapper):
    if not name.startswith(("v.", "visual_free")):
        assert role(wrapper + name, (8, 8)) == role(name, (8, 8))


@given(st.text(max_size=300), st.lists(st.integers(1, 9), max_size=4))
def test_any_name_has_a_role(name, shape):
    found = role(name, shape)
    assert found.kind
    assert found.layer is None or 0 <= found.layer < 10**12
