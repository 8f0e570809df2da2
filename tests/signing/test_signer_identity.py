"""Names tell whose a signature is only as far as they go."""

from __future__ import annotations

import pytest

from filiation.signing.identity import is_owner

TOLD = [
    ("ibm-granite", "stefanb@us.ibm.com", True),
    ("ibm-granite", "https://github.com/ibm-granite/release/.github/workflows/sign.yml@refs/heads/main", True),
    ("meta-llama", "someone@fb.com", True),
    ("Qwen", "release@mail.qwen.ai", True),
    ("TencentARC", "someone@tencent.com", True),
    ("stabilityai", "security@stability.ai", True),
    ("acme-labs", "https://huggingface.co/acme", True),
    ("acme-labs", "release@acmelabs.co.uk", True),
    ("zeta", "stefanb@us.ibm.com", False),
    ("zeta", "https://github.com/ibm-granite/x", False),
    ("zeta", "https://github.com/somebody/x", None),
    ("seduerr", "seduerr@mit.edu", None),
    ("squish", "someone@jh.edu", None),
    ("ibm-granite", "ibm-granite@gmail.com", None),
    ("ibm-granite", "signer@ibm.evil.org", None),
    ("ibm-granite", "signer@ibm-granite-models.org", None),
    ("acme", "Acme release key", None),
    ("zeta", "https://example.org/zeta", None),
    ("zeta", "", None),
    ("zeta", "https://[", None),
    ("zeta", "x@localhost", None),
    ("", "stefanb@us.ibm.com", None),
]


@pytest.mark.parametrize(("owner", "identity", "told"), TOLD)
def test_owner(owner, identity, told):
    assert is_owner(owner, identity) is told
