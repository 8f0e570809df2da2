"""Sign a model's folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from filiation.cli.options import hashes_option, json_option

if TYPE_CHECKING:
    from filiation.signing.answers import SignedAnswer

ANSWER = "filiation.signing.answers:SignedAnswer"


@click.command("sign")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--key", "key", type=click.Path(path_type=Path), help="A private key of an elliptic curve, in PEM.")
@click.option(
    "--certificate",
    "certificates",
    type=click.Path(path_type=Path),
    multiple=True,
    help="The key's certificate, then those that lead to an authority, in PEM; may be repeated.",
)
@click.option("--sigstore", is_flag=True, help="Sign with Sigstore, by your identity and without a key; takes a network.")
@click.option("--identity-token", metavar="TOKEN", help="With --sigstore: of an identity provider (default: asked by browser).")
@click.option("--staging", is_flag=True, help="With --sigstore: use the staging instance, which proves nothing.")
@click.option("--signature", type=click.Path(path_type=Path), help="Where to write it (default: model.sig in the folder).")
@click.option(
    "--ignore", "ignored", multiple=True, metavar="PATH", help="A path from the folder's top to leave out; may be repeated."
)
@click.option(
    "--hash",
    "algorithm",
    type=click.Choice(["sha256", "blake2b", "blake3"]),
    default="sha256",
    show_default=True,
    help="How files are hashed.",
)
@click.option("--follow-links", is_flag=True, help="Sign the files that links point at.")
@hashes_option
@json_option
def command(
    path: Path,
    key: Path | None,
    certificates: tuple[Path, ...],
    identity_token: str | None,
    signature: Path | None,
    ignored: tuple[str, ...],
    algorithm: str,
    hashes: Path | None,
    *,
    sigstore: bool,
    staging: bool,
    follow_links: bool,
    as_json: bool,
) -> int:
    """Sign every file in a folder after OpenSSF model signing, the card and the license among them.

    PATH is a folder or a file. The signature is written to model.sig in the folder, which 'filiation verify' and the tool
    model_signing verify. The password of an encrypted key is read from FILIATION_KEY_PASSWORD.
    """
    from filiation.cli.console import print_json, progress
    from filiation.cli.signing import opened_store, seal
    from filiation.signing.signature import sign_folder

    maker = seal(key, certificates, sigstore=sigstore, token=identity_token, staging=staging)
    with progress() as shown, opened_store(hashes) as store:
        answer = sign_folder(
            path,
            maker,
            signature=signature,
            ignored=ignored,
            algorithm=algorithm,
            follow_links=follow_links,
            store=store,
            progress=shown,
        )
    if as_json:
        print_json(answer)
    else:
        _print(answer)
    return 0


def _print(answer: SignedAnswer) -> None:
    from filiation.cli.console import heading, line, table

    heading(f"{answer.path} is signed: {answer.signature}")
    parts = [("card", answer.card), ("license", answer.license)]
    table(
        ["", ""],
        [
            ("files", answer.files),
            ("bytes", answer.size_bytes),
            *((what, "signed with the rest" if signed else "there is none") for what, signed in parts),
            ("signer", answer.signer.name or f"key {answer.signer.fingerprint}"),
            ("digest", answer.digest),
        ],
    )
    if answer.left_out:
        line(f"Left out: {', '.join(answer.left_out)}.")
    line(f"Read {answer.bytes_read:,} bytes in {len(answer.files_read):,} files; {answer.bytes_known:,} bytes had not changed.")
