"""An archive among a model's files.

**Why it matters.** Scanners of registries look at files, seldom into archives, and unpacking may write outside its
folder.

**What to do.** Unpack it in an empty place with a tool that refuses paths leading out; look at what is in it.

**When it is wrong.** Where a library keeps its models so, as Stable-Baselines3 (.zip) and AllenNLP (.tar.gz) do: these
are left out.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import files_like, words
from filiation.core.finding import Severity
from filiation.knowledge import load

PACKED = ("stable-baselines3", "allennlp", "espnet", "rasa", "kenlm", "spacy")
"""Libraries whose own format is an archive."""
CHECK = Check(
    name="archive-files",
    topic="files",
    severity=Severity.LOW,
    en=Wording(
        "An archive among the files",
        "Among its files is an archive: {0}.",
        "Unpack it in an empty place, with a tool that refuses paths leading out.",
    ),
    ja=Wording(
        "アーカイブが含まれる",
        "ファイルの中にアーカイブ {0} がある。",
        "空の場所で、外へ出るパスを拒む道具を使って展開する。",
    ),
    bad=among(model("o/packed", files=["everything.zip"])),
    good=among(model("o/agent", library_name="stable-baselines3", files=["ppo-bird.zip"])),
    needs=("files",),
    query=files_like(
        load("checks")["files"]["archive"], of=f"kind = 'model' AND NOT list_contains({words(PACKED)}, coalesce(library, ''))"
    ),
)
