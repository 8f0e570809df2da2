"""An audit as the result of a test, which others read without knowing us.

Source:
    https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md (0.1)
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from filiation import __version__
from filiation.audit.answer import AuditAnswer
from filiation.policy.rule import Policy

RESULTS = {"pass": "PASSED", "review": "WARNED", "block": "FAILED"}


def predicate(answer: AuditAnswer, policy: Policy) -> dict[str, Any]:
    """Return the predicate of a statement about an audit: the result in the type's own words, and the whole answer beside it.

    Args:
        answer: Of the audit.
        policy: Under which it was made.
    """
    reasons = [(target.ref, reason) for target in answer.targets for reason in target.reasons]
    objecting = [(reason.verdict, f"{ref} {reason.rule}") for ref, reason in reasons]
    rules = hashlib.sha256(msgspec.json.encode(policy.rules)).hexdigest()
    return {
        "result": RESULTS[answer.verdict],
        "configuration": [{"name": f"policy {policy.name}", "digest": {"sha256": rules}}],
        "warnedTests": [name for verdict, name in objecting if verdict == "review"],
        "failedTests": [name for verdict, name in objecting if verdict == "block"],
        "auditor": f"filiation {__version__}",
        "audit": msgspec.to_builtins(answer),
    }
