"""Verify a model's signature."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from filiation.cli.options import hashes_option, json_option

if TYPE_CHECKING:
    from filiation.signing.answers import Verified

ANSWER = "filiation.signing.answers:Verified"
MAX_LISTED = 20


@click.command("verify")
@click.argument("path", type=click.Path(path_type=Path), required=False)
@click.option("--key", type=click.Path(path_type=Path), help="The public key that must have signed, in PEM.")
@click.option(
    "--certificate-chain",
    "roots",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Certificates of authorities that you trust, in PEM; may be repeated.",
)
@click.option("--identity", default="", metavar="NAME", help="The mail address or URI that must have signed.")
@click.option("--issuer", default="", metavar="URL", help="The identity provider that must have known the signer.")
@click.option("--offline", is_flag=True, help="Ask nobody: of Sigstore's keys use those that its package brought.")
@click.option("--staging", is_flag=True, help="Check against Sigstore's staging instance, which proves nothing.")
@click.option("--signature", type=click.Path(path_type=Path), help="The signature (default: the one in the folder).")
@click.option("--attestation", type=click.Path(path_type=Path), help="Verify this attestation of an audit in its place.")
@click.option("--repository", default="", metavar="OWNER/NAME", help="Whose files these are (default: as the folder shows).")
@click.option("--allow-unsigned", is_flag=True, help="Files that nobody signed may be there too.")
@hashes_option
@json_option
def command(
    path: Path | None,
    key: Path | None,
    roots: tuple[Path, ...],
    identity: str,
    issuer: str,
    signature: Path | None,
    attestation: Path | None,
    repository: str,
    hashes: Path | None,
    *,
    offline: bool,
    staging: bool,
    allow_unsigned: bool,
    as_json: bool,
) -> int:
    """Say of a signature whether it is there, whether it is valid, whose it is, and which files it covers.

    PATH is a folder or a file; it may be left out with --attestation. Exits with 0 where all four answers are good: a valid
    signature, of somebody whom you named, over every file that is there and no other.
    """
    from filiation.cli.console import print_json, progress
    from filiation.cli.signing import opened_store, verified
    from filiation.signing.proof import Trust

    trust = Trust(key, roots, identity, issuer, not offline, staging)
    with progress() as shown, opened_store(hashes) as store:
        answer = verified(path, attestation, trust, signature, repository, store, shown)
    if as_json:
        print_json(answer)
    else:
        _print(answer)
    return int(not answer.is_good(allow_unsigned=allow_unsigned))


def _print(answer: Verified) -> None:
    from filiation.cli.console import heading, line, table

    identity = answer.identity
    signer = identity.signer
    name = (signer.name or f"key {signer.fingerprint or 'unknown'}") if signer else "nobody"
    heading(answer.path or answer.signature or "")
    table(
        ["question", "answer", "why"],
        [
            ("present", "yes" if answer.present else "no", answer.signature),
            ("valid", {True: "yes", False: "no", None: "not known"}[answer.valid], answer.why),
            ("identity", identity.standing, name),
            ("coverage", answer.extent, _counted(answer) if answer.extent else "nothing was compared"),
        ],
    )
    for sentence in (*identity.because, *answer.notes):
        line(sentence)
    _print_files(answer)
    if answer.audit:
        heading(f"Audit of {answer.audit.at}: {answer.audit.verdict} under the policy {answer.audit.policy}")
        table(["target", "verdict"], [(item.ref, item.verdict) for item in answer.audit.targets])
    if answer.extent:
        read = f"Read {answer.bytes_read:,} bytes in {len(answer.files_read):,} files"
        line(f"{read}; {answer.bytes_known:,} bytes had not changed.")


def _counted(answer: Verified) -> str:
    counts = [
        (len(answer.covered), "as signed"),
        (len(answer.changed_files), "changed"),
        (len(answer.missing_files), "signed, but missing"),
        (len(answer.unsigned_files), "unsigned"),
        (len(answer.links), "not looked at"),
    ]
    states = f"; card {answer.card}, license {answer.license}"
    return ", ".join(f"{count:,} {what}" for count, what in counts if count) + states


def _print_files(answer: Verified) -> None:
    from filiation.cli.console import line, table

    renamed = {item.from_: item.to for item in answer.renamed_files}
    left_out, targets = set(answer.left_out), set(renamed.values())
    rows = [(path, "changed", "its content is another than was signed") for path in answer.changed_files]
    rows += [(path, "missing", f"it is called {renamed[path]} now" if path in renamed else "") for path in answer.missing_files]
    for path in answer.unsigned_files:
        why = "the signature leaves it out" if path in left_out else "signed under another name" if path in targets else ""
        rows.append((path, "unsigned", why))
    rows += [(path, "not looked at", "a link, or no regular file") for path in answer.links]
    if rows:
        table(["file", "", ""], rows[:MAX_LISTED])
    if len(rows) > MAX_LISTED:
        line(f"{len(rows) - MAX_LISTED:,} more: --json lists all.")
