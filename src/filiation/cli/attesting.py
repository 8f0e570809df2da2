"""Attest an audit: sign what came out, about the very files or commits that were looked at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from filiation.audit.answer import AuditAnswer, AuditTarget
from filiation.audit.attestation import predicate
from filiation.audit.audit import is_commit
from filiation.core.errors import FiliationError
from filiation.core.ref import Ref
from filiation.lineage.arrays import Lineage
from filiation.lineage.lookup import locate
from filiation.policy.rule import Policy
from filiation.signing.attestation import Subject, attested, subjects_of
from filiation.signing.files import write_whole
from filiation.signing.hash_store import HashStore
from filiation.signing.keys import private_key
from filiation.store.atlas import Atlas


def attest(
    answer: AuditAnswer,
    policy: Policy,
    targets: Sequence[str],
    atlas: Path,
    out: Path,
    key: Path | None,
    store: HashStore | None,
) -> int:
    """Write a signed statement about an audit; return about how many files or commits it is.

    Args:
        answer: Of the audit.
        policy: Under which it was made.
        targets: As they were typed.
        atlas: The atlas's folder.
        out: Where to write it.
        key: The private key.
        store: Hashes that are known; None to read every file.

    Raises:
        FiliationError: If there is no key, or nothing by which others could recognise what was audited.
    """
    if key is None:
        raise FiliationError("Say who attests: give a private key with --key KEY.pem.")
    signing_key = private_key(key)
    if any(target.origin == "folder" for target in answer.targets):
        if len(targets) > 1:
            raise FiliationError("An attestation is about one folder, or about models by name: audit the folders one by one.")
        subjects = subjects_of(Path(targets[0]), out, store)
    else:
        subjects = _commits(answer.targets, atlas)
    write_whole(out, attested(subjects, predicate(answer, policy), signing_key))
    return len(subjects)


def _commits(targets: Sequence[AuditTarget], atlas_path: Path) -> list[Subject]:
    """Return the commits that were audited: of each target that which was asked for, or else that which the atlas knows."""
    lineage = Lineage.load(atlas_path)
    subjects = []
    with Atlas.open(atlas_path) as atlas:
        for target in targets:
            node = locate(lineage, target.ref).node
            rows = atlas.con.execute(_REVISION, [node]).fetchall()
            known = rows[0][0] if rows else None
            commit = target.revision if is_commit(target.revision) else known
            if not is_commit(commit) or (target.revision and target.revision != known):
                raise FiliationError(
                    f"Nothing shows which commit of {target.ref} was audited: observe it with its commit, or audit its folder."
                )
            ref = Ref.parse(f"{target.ref}@{commit}")
            subjects.append(Subject(target.ref, {"gitCommit": str(commit)}, ref.purl))
    return subjects


_REVISION = "SELECT revision FROM node JOIN trait USING (record_id) WHERE node_id = ?"
