"""Names tell whose a signature is only as far as they go."""

from __future__ import annotations

import pytest

from filiation.signing.identity import is_owner

TOLD = [
    ("ibm-granite", "stefanb@us.ibm.com", True),
    ("ibm-granite", "https://github.com/ibm-granite/release/.github/workflows/sign.yml@refs/heads/main", True),
    ("meta-llama", "someone@fb.com", True),
    ("Qwen", "release@mail.qwen.ai", True),
    ("nvidia", "signer@nvidia.com", True),
    ("zeta", "stefanb@us.ibm.com", False),
    ("zeta", "https://github.com/ibm-granite/x", False),
    ("acme-labs", "https://huggingface.co/acme", True),
    ("janedoe", "jane.doe@gmail.com", True),
    ("zeta", "jane.doe@gmail.com", None),
    ("zeta", "https://example.org/whoever", None),
    ("acme", "Acme release key", True),
    ("zeta", "Acme release key", None),
    ("zeta", "", None),
    ("zeta", "https://[", None),
    ("ai-labs", "somebody@ibm.com", None),
]


@pytest.mark.parametrize(("owner", "identity", "told"), TOLD)
def test_owner(owner, identity, told):
    assert is_owner(owner, identity) is told
