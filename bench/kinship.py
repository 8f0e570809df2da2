"""How well kinship is told from sketches alone, on the made family: ``python bench/kinship.py`` after ``bench/made_family.py``.

Thresholds were fitted on the roots ash and cedar (``--fit`` prints that fit); all else is of birch, dogwood and elm. Exact
copies count as one model. A parent is sought among all checkpoints of its root, with the time of each known, and without.
``--modeldna PATH`` adds modelDNA, called as a process; ``--roots`` measures others.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from kinship_absent import show_absent
from kinship_baselines import distances, mother, nearest, readable
from kinship_family import FIT, TEST, Member, compared_once, family, first_copies, originals
from kinship_fit import fit

from filiation.weights.adapter_change import is_adapter
from filiation.weights.kinship import kinship
from filiation.weights.parentage import Parentage, parentage
from filiation.weights.relation import Direction, Hints

OPEN = {"merge": {"finetune", "partial-finetune"}}
"""What a pair may be called whose child has other parents too."""
SIGNALS = (
    "merges",
    "path",
    "precision",
    "growth",
    "relatives",
    "quantized",
    "pruned",
    "adapter_merged",
    "partial_finetune",
    "permuted",
    "rescaled",
    "layers",
    "vocabulary",
)
Found = dict[str, set[str]]


def chart(
    members: Sequence[Member], *, timed: bool, without: frozenset[str] = frozenset(), least: float | None = None
) -> dict[str, Parentage]:
    """Return the parents of each member among the others of its root."""
    found = {}
    for child in members:
        others = [one for one in members if one is not child]
        times = [one.time for one in others] if timed else None
        made = child.time if timed else None
        found[child.name] = parentage(child.sketch, [one.sketch for one in others], times, made, least, without)
    return found


def parents_of(found: dict[str, Parentage], members: Sequence[Member]) -> dict[str, dict[str, float]]:
    """Return the names and shares of what was found."""
    result = {}
    for child in members:
        others = [one.name for one in members if one is not child]
        result[child.name] = {others[one.candidate]: one.weight for one in found[child.name].parents}
    return result


def scored(found: dict[str, set[str]], members: Sequence[Member], copies: dict[str, str]) -> Counter[str]:
    """Return counts of edges found (tp), made up (fp) and missed (fn), and of children all of whose parents are right."""
    counts: Counter[str] = Counter()
    for child in members:
        want, have = {copies[p] for p in child.parents}, {copies.get(p, p) for p in found[child.name]}
        counts += Counter(tp=len(want & have), fp=len(have - want), fn=len(want - have), children=bool(want))
        counts["right"] += bool(want) and want == have
    return counts


def f1(counts: Counter[str]) -> float:
    """Return the harmonic mean of precision and recall."""
    return 2 * counts["tp"] / max(2 * counts["tp"] + counts["fp"] + counts["fn"], 1)


def show_pairs(families: dict[str, list[Member]]) -> None:
    """Print what is said of each true pair of parent and child."""
    confusion: dict[str, Counter[str]] = defaultdict(Counter)
    directions: Counter[str] = Counter()
    for members in families.values():
        by_name = {one.name: one for one in members}
        for child in members:
            for parent in child.parents:
                for hints, kind in ((None, "blind"), (Hints(by_name[parent].time, child.time), "timed")):
                    said = kinship(by_name[parent].sketch, child.sketch, hints)
                    if child.relation in {"adapter", "duplicate"}:
                        continue
                    directions[f"{kind} {said.direction is Direction.FIRST_IS_PARENT and 'right'}"] += 1
                    directions[f"{kind} wrong"] += said.direction is Direction.SECOND_IS_PARENT
                confusion[child.relation][str(kinship(by_name[parent].sketch, child.sketch).relation)] += 1
    print("\n## Pairs: what is said of a true parent and child\n")
    right = total = 0
    for relation, said in sorted(confusion.items()):
        good = sum(n for name, n in said.items() if name == relation or name in OPEN.get(relation, ()))
        right, total = right + good, total + sum(said.values())
        print(f"{relation:20} {good:3} of {sum(said.values()):3}  {dict(said.most_common())}")
    print(
        f"relation right: {right} of {total} = {right / total:.3f} (merges: their kind of change; adapters alone: abstention)"
    )
    for kind in ("blind", "timed"):
        right, wrong = directions[f"{kind} right"], directions[f"{kind} wrong"]
        whole = right + wrong + directions[f"{kind} False"] - wrong
        print(f"direction, {kind}: {right} right, {wrong} wrong, {whole - right - wrong} not told, of {whole}")


def show_charts(families: dict[str, list[Member]]) -> dict[str, dict[str, Parentage]]:
    """Print how well the parents were found; return what was found with times."""
    print("\n## Parents among all of one root\n")
    print("root      times  parents  edge precision  recall  F1     relation")
    kept = {}
    for timed in (True, False):
        whole: Counter[str] = Counter()
        for root, members in families.items():
            copies, firsts = originals(members), first_copies(members)
            found = chart(firsts, timed=timed)
            counts = scored({name: set(p) for name, p in parents_of(found, firsts).items()}, firsts, copies)
            counts["relation"] = sum(
                str(found[one.name].relation) == one.relation or not (one.parents or found[one.name].parents) for one in firsts
            )
            counts["models"] = len(firsts)
            print(_row(root, timed, counts))
            whole += counts
            if timed:
                kept[root] = found
        print(_row("all", timed, whole))
    return kept


def _row(root: str, timed: bool, counts: Counter[str]) -> str:
    precision = counts["tp"] / max(counts["tp"] + counts["fp"], 1)
    recall = counts["tp"] / max(counts["tp"] + counts["fn"], 1)
    return (
        f"{root:9} {'known' if timed else 'none ':5}  {counts['right'] / counts['children']:.3f}    {precision:.3f}           "
        f"{recall:.3f}   {f1(counts):.3f}  {counts['relation'] / counts['models']:.3f}"
    )


def show_merges(families: dict[str, list[Member]], charts: dict[str, dict[str, Parentage]]) -> None:
    """Print which merges were found, and how far off their shares are, by method."""
    print("\n## Merges, times known\n\nmethod            found  method right  mean error of shares  largest")
    rows: dict[str, list[tuple[bool, bool, float]]] = defaultdict(list)
    false = 0
    for root, members in families.items():
        firsts, copies = first_copies(members), originals(members)
        found = parents_of(charts[root], firsts)
        for child in firsts:
            said = charts[root][child.name]
            if child.relation != "merge":
                false += said.relation == "merge"
                continue
            have = {copies[name]: weight for name, weight in found[child.name].items()}
            want = {copies[name]: share for name, share in child.parents.items()}
            error = max(abs(have.get(name, 0) - share) for name, share in want.items())
            rows[str(child.truth["method"])].append(
                (have.keys() == want.keys(), said.details.get("method") == child.truth["method"], error)
            )
    for method, seen in sorted(rows.items()):
        errors = [error for right, _, error in seen if right]
        print(
            f"{method:17} {sum(r for r, _, _ in seen)} of {len(seen)}  {sum(m for _, m, _ in seen)} of {len(seen)}        "
            f"{np.mean(errors) if errors else np.nan:.4f}                {max(errors, default=np.nan):.4f}"
        )
    right = sum(r for seen in rows.values() for r, _, _ in seen)
    print(f"found in all: {right} of {sum(map(len, rows.values()))}; others called merges: {false}")


def show_strangers(families: dict[str, list[Member]]) -> None:
    """Print how many pairs between roots are called kin: none should be."""
    print("\n## Strangers: all pairs of checkpoints of different roots, both ways round\n")
    names = list(families)
    for n, one in enumerate(names):
        for other in names[:n]:
            said: Counter[str] = Counter()
            for a in families[one]:
                for b in families[other]:
                    said[str(kinship(a.sketch, b.sketch).relation)] += 1
            kin = sum(count for name, count in said.items() if name not in {"unrelated", "same-recipe", "unknown"})
            print(f"{one:8} {other:8} {said.total():5} pairs, {kin} called kin: {dict(said.most_common())}")


def show_ablation(families: dict[str, list[Member]], *, blind: bool) -> None:
    """Print the edge F1 and how often the relation is right, without each signal; with `blind`, without times too."""
    print("\n## Without one signal, times known: edge F1 and relation of all; edge F1 of each root\n")
    for signal in ("", *SIGNALS):
        line = f"{'- ' + signal if signal else 'all':20}"
        for timed in (True, False)[: 1 + blind]:
            whole: Counter[str] = Counter()
            each = []
            for members in families.values():
                firsts = first_copies(members)
                found = chart(firsts, timed=timed, without=frozenset({signal}))
                counts = scored({k: set(v) for k, v in parents_of(found, firsts).items()}, firsts, originals(members))
                each.append(f"{f1(counts):.3f}")
                counts["relation"] = sum(bool(one.parents) and str(found[one.name].relation) == one.relation for one in firsts)
                whole += counts
            line += f"  {f1(whole):.3f}  {whole['relation'] / whole['children']:.3f}  {' '.join(each)}"
        print(line, flush=True)


def show_baselines(families: dict[str, list[Member]], fitting: dict[str, list[Member]]) -> None:
    """Print the edge F1 of rules of others on whole weights."""
    print("\n## Rules of others, on whole weights, same models\n")
    limit = _limit(fitting)
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    for members in families.values():
        firsts = [one for one in first_copies(members) if not is_adapter(one.sketch)]
        values = {one.name: v for one in firsts if (v := readable(one.path)) is not None}
        known = [one for one in firsts if one.name in values]
        apart = distances([values[one.name] for one in known])
        by_rule = {
            "nearest earlier, raw L2 (times known)": nearest(apart, [one.time for one in known], limit),
            "MoTHer (trees given, no times)": mother([values[one.name] for one in known]),
        }
        copies = originals(members)
        for rule, parents in by_rule.items():
            found: Found = {one.name: set() for one in first_copies(members)}
            found |= {one.name: set() if p is None else {known[p].name} for one, p in zip(known, parents, strict=True)}
            totals[rule] += scored(found, first_copies(members), copies)
    for rule, counts in totals.items():
        print(f"{rule:40} parents {counts['right'] / counts['children']:.3f}  edge F1 {f1(counts):.3f}")


def _limit(fitting: dict[str, list[Member]]) -> float:
    """Return the distance that parts kin from strangers best on the families of the fit."""
    kin, strange = [], []
    models = [(root, readable(one.path)) for root, members in fitting.items() for one in members[:12]]
    apart = distances([values or {} for _, values in models])
    for i, (root, _) in enumerate(models):
        for j, (other, _) in enumerate(models[:i]):
            if np.isfinite(apart[i, j]):
                (kin if root == other else strange).append(apart[i, j])
    return float(np.sqrt(np.quantile(kin, 0.95) * min(strange)))


def show_modeldna(members: Sequence[Member], program: str) -> None:
    """Print what modelDNA finds, each model asked among the earlier ones of its root."""
    print("\n## modelDNA, each model scanned against all earlier ones of its root\n")
    firsts, copies = first_copies(members), originals(members)
    found: Found = {}
    unread = 0
    with tempfile.TemporaryDirectory() as folder:
        database = ["--db", f"{folder}/db"]
        for child in firsts:
            scan = subprocess.run(
                [program, "scan", child.path, "--json", *database], capture_output=True, text=True, check=False
            )
            found[child.name] = set()
            try:
                verdict = json.loads(scan.stdout)["verdict"]
                best = verdict.get("best_candidate")
                if best and verdict["verdict"] not in {"UNKNOWN", "INDEPENDENT", "UNRELATED", "NO_MATCH"}:
                    found[child.name] = {Path(best).name}
            except (ValueError, KeyError):
                unread += 1
            subprocess.run([program, "db", "add", child.path, *database], capture_output=True, check=False)
    counts = scored(found, firsts, copies)
    print(f"parents {counts['right'] / counts['children']:.3f}  edge F1 {f1(counts):.3f}")
    print(f"could not read {unread} of {len(firsts)}")


def measure(families: dict[str, list[Member]], fitting: dict[str, list[Member]], given: argparse.Namespace) -> None:
    """Print what was asked for."""
    print(f"{sum(map(len, families.values()))} checkpoints of {', '.join(families)}; fitted on {', '.join(FIT)}")
    wanted = set(given.only or ("pairs", "charts", "absent", "strangers", "ablation", "baselines"))
    if "pairs" in wanted:
        show_pairs(families)
    if "charts" in wanted:
        show_merges(families, show_charts(families))
    if "absent" in wanted:
        show_absent(families)
        show_absent(families, timed=False)
    if "strangers" in wanted:
        show_strangers(fitting | families)
    if "baselines" in wanted:
        show_baselines(families, fitting)
    if given.modeldna:
        show_modeldna(families[given.roots[0]], given.modeldna)
    if "ablation" in wanted:
        show_ablation(families, blind=given.blind)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--family", type=Path, default=Path("bench/out/family"))
    parser.add_argument("--roots", nargs="+", default=TEST)
    parser.add_argument("--fit", action="store_true", help="fit the thresholds on ash and cedar, and print them")
    parser.add_argument("--only", nargs="+", help="pairs charts absent strangers ablation baselines")
    parser.add_argument("--blind", action="store_true", help="ablate without times as well")
    parser.add_argument("--modeldna", help="its program")
    given = parser.parse_args()
    began = time.process_time()
    fitting = {root: family(given.family, root) for root in FIT}
    if given.fit:
        with compared_once():
            fit(fitting, given.family)
        return
    families = {root: family(given.family, root) for root in given.roots}
    with compared_once():
        measure(families, fitting, given)
    print(f"\n{time.process_time() - began:.0f} s of processor time", file=sys.stderr)


if __name__ == "__main__":
    main()
