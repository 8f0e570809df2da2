"""Made-up facts, nothing unknown: on them a rule is tried when it is read, so that a wrong type shows there and then."""

from __future__ import annotations

from filiation.policy.facts import (
    EvidenceFacts,
    Facts,
    FindingFacts,
    LicenseFacts,
    NamedLicense,
    ParentFacts,
    PublisherFacts,
    ScoreFacts,
)

_PARENT = ParentFacts("model:o/b", "finetune", "declared", 1.0, "present")
_GOOD = Facts(
    ref="model:o/a", kind="model", owner="o", name="a", state="present", revision="0" * 40, is_pinned=True, gated=False,
    license=LicenseFacts("expression", "mit", ("mit",), ("permissive",), (), "yes"),
    licenses=(NamedLicense("mit", "permissive"),), scores=ScoreFacts(1.0, 1.0, 1.0, 1.0, 1.0, 1.0), findings=(), worst="none",
    parents=(_PARENT,), ancestors=1, unknown_ancestors=0, descendants=0, downloads=1000,
    age_days=100, formats=("safetensors",), files_known=True, publisher=PublisherFacts("o", 10),
    evidence=EvidenceFacts(*[True] * len(EvidenceFacts.__struct_fields__)), says=("other:a",), shape="other",
)  # fmt: skip
_BAD = Facts(
    ref="model:p/z", kind="model", owner="p", name="z", state="present", revision="main", is_pinned=False, gated=True,
    license=LicenseFacts("other", "llama2", ("llama2",), ("community",), ("license-removed",), "no"),
    licenses=(NamedLicense("llama2", "community"),), scores=ScoreFacts(0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    findings=(FindingFacts("license-removed", "license", "critical", 1.0),), worst="critical",
    parents=(ParentFacts("model:p/y", "merge", "inferred", 0.1, "missing"),), ancestors=9, unknown_ancestors=9, descendants=9,
    downloads=0, age_days=9000, formats=("pickle",), files_known=True, publisher=PublisherFacts("p", 1),
    evidence=EvidenceFacts(*[False] * len(EvidenceFacts.__struct_fields__)), says=("other:z",), shape="other",
)  # fmt: skip
SAMPLES: tuple[Facts, ...] = (_GOOD, _BAD)
"""One that a policy may like, and one that it may not."""
