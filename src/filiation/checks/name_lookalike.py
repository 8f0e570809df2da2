"""A name that is easily taken for a famous one of another owner, of which it declares no descent.

**Why it matters.** Who mistypes a name, or does not look at the owner, loads whatever stands there. What looks the same to
people and is not is how packages were attacked; model registries let anybody publish under such names.

**What to do.** Compare owner and name letter by letter with the one that you meant, and pin the revision.

**When it is wrong.** Mostly: people copy famous models under their own name without saying so, which is the mildest of these
findings. An owner whose name looks like the famous one's is the gravest, confusable letters (`rn` and `m`, `0` and `o`, other
alphabets) come next, then one letter more, less, other or swapped. What differs in digits, or says another architecture,
size, language or version, is another name and no look-alike; what declares the famous one among its parents is none either.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity
from filiation.knowledge import load

_WORDS = load("lookalikes")
FAMOUS = _WORDS["famous"]
PLAIN = "translate(lower({0}), '-_. ', '')"
"""How a name is written, whatever its case and separators."""


def _skeleton(text: str) -> str:
    """Return a SQL expression for how a text looks: small Latin letters without separators."""
    letters = _WORDS["letters"]
    looks = f"translate(lower(replace({text}, 'I', 'l')), '{letters['from']}-_. ', '{letters['to']}')"
    for pair, one in _WORDS["pairs"].items():
        looks = f"replace({looks}, '{pair}', '{one}')"
    return looks


CHECK = Check(
    name="name-lookalike",
    topic="names",
    severity=Severity.LOW,
    en=Wording(
        "Easily taken for another",
        "Its name is easily taken for {0}, of which it declares no descent.",
        "Compare owner and name letter by letter with the one that you meant, and pin the revision.",
    ),
    ja=Wording(
        "他の有名なモデルと紛らわしい名前",
        "名前が {0} と紛らわしいが、そこからの派生は宣言されていない。",
        "所有者名とモデル名を一字ずつ確かめ、リビジョンを固定する。",
    ),
    bad=among(model("famous-1ab/fluent-writer"), model("famous-lab/fluent-writer", downloads=9_000_000)),
    good=among(
        model("o/fluent-writer", tags=["base_model:famous-lab/fluent-writer"]),
        model("famous-lab/fluent-writer", downloads=9_000_000),
    ),
    query=f"""
        WITH named AS MATERIALIZED (
            SELECT node_id, name, owner, coalesce(downloads, 0) AS downloads, descendants, created_at, state,
                split_part(name, '/', -1) AS base, {PLAIN.format("base")} AS word, length(word) AS size
            FROM subject WHERE kind = 'model' AND owner IS NOT NULL AND state IN ('present', 'missing', 'gone')
        ),
        famous AS MATERIALIZED (
            SELECT * FROM named
            WHERE (downloads >= {FAMOUS["downloads"]} OR descendants >= {FAMOUS["descendants"]})
                AND size >= {FAMOUS["least_letters"]}
                AND word NOT IN (SELECT word FROM named GROUP BY word HAVING count(DISTINCT owner) > {FAMOUS["most_owners"]})
        ),
        half AS MATERIALIZED (
            SELECT node_id AS famous, word AS meant, size,
                unnest([left(word, size // 2), '-' || right(word, size - size // 2)]) AS half
            FROM famous WHERE size >= {FAMOUS["least_edited"]}
        ),
        near AS MATERIALIZED (
            SELECT word, half.meant, famous FROM (
                SELECT word, size, unnest([left(word, size // 2), '-' || right(word, size - size // 2)]) AS half FROM (
                    SELECT word, unnest([size - 1, size, size + 1]) AS size FROM (SELECT DISTINCT word, size FROM named)
                    WHERE size BETWEEN {FAMOUS["least_edited"]} AND {FAMOUS["most_letters"]}
                )
            ) JOIN half USING (size, half)
        ),
        edited AS MATERIALIZED (
            SELECT DISTINCT word, famous FROM near
            WHERE word <> meant AND damerau_levenshtein(word, meant) = 1
                AND translate(word, '0123456789', '') <> translate(meant, '0123456789', '')
        ),
        looks AS MATERIALIZED (
            SELECT node_id,
                CASE WHEN regexp_matches(base, 'rn|vv|[01I]|[^ -~]') THEN {_skeleton("base")} ELSE word END AS looks
            FROM named
        ),
        famous_looks AS MATERIALIZED (SELECT node_id AS famous, looks FROM looks SEMI JOIN famous USING (node_id)),
        alike AS MATERIALIZED (
            SELECT own.node_id, other.node_id AS famous, 'same' AS how FROM named AS own JOIN famous AS other USING (word)
            UNION ALL
            SELECT node_id, famous, 'letters' FROM looks JOIN famous_looks USING (looks)
            UNION ALL
            SELECT node_id, famous, 'edit' FROM edited JOIN named USING (word)
        ),
        unlike AS (
            SELECT DISTINCT node_id, famous FROM (SELECT * FROM alike WHERE how = 'edit') JOIN name_element USING (node_id)
            LEFT JOIN (
                SELECT node_id AS famous, element, value, true AS is_said FROM name_element SEMI JOIN famous USING (node_id)
            ) USING (famous, element, value)
            WHERE element <> 'other' AND name_element.confidence >= 0.6 AND is_said IS NULL
        ),
        pair AS MATERIALIZED (
            SELECT node_id, famous, bool_or(how = 'letters') AS by_letters FROM alike
            ANTI JOIN unlike USING (node_id, famous)
            ANTI JOIN (SELECT child AS node_id, parent AS famous FROM named_edge) USING (node_id, famous)
            GROUP BY node_id, famous
        ),
        told AS (
            SELECT own.node_id, other.name AS famous, other.downloads AS theirs,
                {_skeleton("own.owner")} = {_skeleton("other.owner")}
                    OR (length(own.owner) > 5 AND damerau_levenshtein(lower(own.owner), lower(other.owner)) = 1) AS of_owner,
                CASE WHEN of_owner THEN 3 WHEN own.word = other.word THEN 0 WHEN by_letters THEN 2 ELSE 1 END AS rank
            FROM pair JOIN named AS own USING (node_id) JOIN famous AS other ON other.node_id = pair.famous
            WHERE own.state = 'present' AND lower(own.owner) <> lower(other.owner)
                AND own.downloads <= {FAMOUS["share"]} * other.downloads
                AND own.descendants <= {FAMOUS["share"]} * other.descendants + 1
                AND NOT coalesce(own.created_at < other.created_at, false)
        )
        SELECT node_id, [arg_max(famous, (rank, theirs))] AS details, ['name'] AS locations,
            list_extract([0.3, 0.35, 0.5, 0.6], max(rank) + 1) AS confidence,
            list_extract(['info', 'low', 'medium', 'high'], max(rank) + 1) AS severity
        FROM told GROUP BY node_id
    """,
)
