"""The name says another quantisation than tags, configuration or files.

**Why it matters.** A file of another method does not load in the program that the name was chosen for; fewer bits lose
precision.

**What to do.** Go by the files.

**When it is wrong.** Where one repository holds several methods, each in a branch of its own.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import contradicted
from filiation.core.finding import Severity

CHECK = Check(
    name="name-contradicts-quantization",
    topic="names",
    severity=Severity.LOW,
    en=Wording(
        "Name and quantization disagree",
        "Its name says {0}; its files and fields say {1}.",
        "Go by the files, and ask the publisher to rename it.",
    ),
    ja=Wording(
        "名前と量子化方式が食い違う",
        "名前は {0} を示すが、ファイルやタグは {1} である。",
        "ファイルに従い、公開者に改名を求める。",
    ),
    bad=among(model("o/story-7b-gptq", tags=["awq", "4-bit"])),
    good=among(model("o/story-7b-gptq", tags=["gptq", "4-bit"])),
    needs=("name",),
    query=contradicted("quantization"),
)
