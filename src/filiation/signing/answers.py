"""What `sign` and `verify` answer."""

from __future__ import annotations

from typing import Literal

import msgspec

from filiation.signing.bundle import Kind
from filiation.signing.coverage import Extent, Renamed, State

Standing = Literal["confirmed", "unproven", "foreign", "none"]


class Signer(msgspec.Struct, frozen=True):
    """Who signed, by what the signature says.

    Attributes:
        kind: What the signature says it by.
        name: Mail address, URI or common name; empty of a bare key, which names nobody.
        issuer: Who knew the signer: an identity provider or an authority.
        fingerprint: SHA-256 of the key in PEM, or of the certificate.
    """

    kind: Kind
    name: str
    issuer: str
    fingerprint: str


class Identity(msgspec.Struct, frozen=True):
    """Whose signature it is.

    Attributes:
        standing: ``confirmed`` where it is of a key, an authority or an identity that whoever asks trusts; ``unproven`` where
            nobody vouches for the name; ``foreign`` where it speaks for another publisher or of other files; ``none`` without
            a signature.
        signer: As the signature says; null where there is none.
        repository: Whose files these are, ``owner/name``; empty where nothing shows it.
        is_owner: Whether the signer's name is that of the repository's owner; null where names do not tell.
        because: Why, in sentences.
    """

    standing: Standing
    signer: Signer | None
    repository: str
    is_owner: bool | None
    because: list[str]


class AttestedTarget(msgspec.Struct, frozen=True):
    """What an attested audit says of one target."""

    ref: str
    verdict: str


class AttestedAudit(msgspec.Struct, frozen=True):
    """The audit in an attestation: when, under which policy, and what came out."""

    verdict: str
    policy: str
    at: str
    targets: list[AttestedTarget]


class Verified(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/verify/v1"):
    """Four answers about a signature, none of which stands for another.

    Attributes:
        path: What was looked at; empty of an attestation that is not held against files.
        signature: File of the signature; null where there is none.
        present: Whether there is a signature.
        valid: Whether it is a signature of what it holds; null where it could not be checked.
        why: Why, in a sentence.
        identity: Whose it is.
        extent: Whether it covers ``all`` files and no other, ``some``, or ``none``; null where nothing was compared.
        covered: Files that are as they were signed, by their paths from the top.
        changed_files: Files whose content is another.
        missing_files: Files that were signed and are not there.
        unsigned_files: Files that nobody signed.
        renamed_files: Among the missing and the unsigned: the same content under another name.
        left_out: Of the unsigned files, those that the signature leaves out by name.
        links: Links that were not followed, and what is no regular file.
        card: The card.
        license: The file with the licence.
        subject: What the signer called the model.
        files_read: Files that were read for this.
        bytes_read: How much was read.
        bytes_known: How much did not have to be read, because its hash was kept and nothing had changed.
        audit: What is attested, of an attestation.
        notes: What to know beside that.
    """

    path: str
    signature: str | None
    present: bool
    valid: bool | None
    why: str
    identity: Identity
    extent: Extent | None = None
    covered: list[str] = []
    changed_files: list[str] = []
    missing_files: list[str] = []
    unsigned_files: list[str] = []
    renamed_files: list[Renamed] = []
    left_out: list[str] = []
    links: list[str] = []
    card: State = "absent"
    license: State = "absent"
    subject: str = ""
    files_read: list[str] = []
    bytes_read: int = 0
    bytes_known: int = 0
    audit: AttestedAudit | None = None
    notes: list[str] = []

    def is_good(self, *, allow_unsigned: bool = False) -> bool:
        """Return whether all four answers are as they should be; `allow_unsigned` lets files be there that nobody signed."""
        if self.valid is not True or self.identity.standing != "confirmed":
            return False
        gaps = [self.changed_files, self.missing_files] + ([] if allow_unsigned else [self.unsigned_files, self.links])
        return not any(gaps)


class SignedAnswer(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/sign/v1"):
    """What was signed.

    Attributes:
        path: The folder or file.
        signature: Where the signature was written.
        signer: Whose it is.
        subject: What the model is called in it.
        digest: SHA-256 over the digests of all files, 64 hexadecimal digits: the model's name in the statement.
        files: How many files are signed.
        size_bytes: How long they are together.
        card: Whether the card is among them.
        license: Whether a file with the licence is.
        left_out: Paths that are there and were not signed.
        files_read: Files that were read for this.
        bytes_read: How much was read.
        bytes_known: How much did not have to be read.
    """

    path: str
    signature: str
    signer: Signer
    subject: str
    digest: str
    files: int
    size_bytes: int
    card: bool
    license: bool
    left_out: list[str]
    files_read: list[str]
    bytes_read: int
    bytes_known: int
