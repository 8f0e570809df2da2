"""Signers without keys: Sigstore knows them by an identity provider, and writes what they sign into a public log.

Needs the extra ``filiation[sigstore]``. To sign needs a network; to verify does not, with `online` False.

Source:
    https://docs.sigstore.dev/about/bundle/; sigstore-python, which model-signing calls in the same way
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from filiation.signing.bundle import Bundle
from filiation.signing.errors import SigningError

if TYPE_CHECKING:
    from sigstore.models import ClientTrustConfig

OFFLINE = "check the network, or add --offline to use the keys that its package brought"
ANEW = "install it anew"
INSTALL = "pip install 'filiation[sigstore]'"


class Unproven(msgspec.Struct, frozen=True):
    """Why a signature is not proven, nothing where it is; `is_unknown` where that could not be found out."""

    why: str = ""
    is_unknown: bool = False


def why_not_proven(bundle: Bundle, *, online: bool, staging: bool = False) -> Unproven:
    """Return why Sigstore does not vouch for a signature: its authority, its log and its times are checked.

    Args:
        bundle: Of kind ``sigstore``.
        online: Whether Sigstore may be asked for its current keys.
        staging: Whether its staging instance counts.
    """
    try:
        from sigstore.errors import Error  # noqa: PLC0415  # an extra, and takes a second to import
        from sigstore.models import Bundle as SigstoreBundle  # noqa: PLC0415
        from sigstore.verify import Verifier  # noqa: PLC0415
        from sigstore.verify.policy import UnsafeNoOp  # noqa: PLC0415
    except ImportError:
        return Unproven(f"It is a signature of Sigstore, and to check it takes a package that is not there: {INSTALL}.", True)
    try:
        with _quiet():
            root = _trust(OFFLINE if online else ANEW, online=online, staging=staging).trusted_root
            Verifier(trusted_root=root).verify_dsse(SigstoreBundle.from_json(bundle.text), UnsafeNoOp())
    except SigningError as error:
        return Unproven(str(error), True)
    except Error as error:
        return Unproven(f"Sigstore does not vouch for it: {_sentence(error)}.")
    except Exception as error:  # its parsers raise what they like at a file that is not well formed
        return Unproven(f"It is no signature that Sigstore can read ({type(error).__name__}: {_sentence(error)}).")
    return Unproven()


def signed(statement: bytes, *, token: str | None, staging: bool = False) -> bytes:
    """Return a bundle around a statement, signed by whoever holds an identity token.

    Args:
        statement: An in-toto statement, as JSON.
        token: Of an identity provider; None for the one that the machine has, as workflows do, or else to ask by browser.
        staging: Whether to use the staging instance, which proves nothing.

    Raises:
        SigningError: If the extra is not installed, or Sigstore cannot be reached.
    """
    try:
        from sigstore.dsse import Statement  # noqa: PLC0415  # an extra, and takes a second to import
        from sigstore.sign import SigningContext  # noqa: PLC0415
    except ImportError as error:
        raise SigningError(f"To sign with Sigstore takes a package that is not there: {INSTALL}.") from error
    with _quiet():
        config = _trust("to sign takes a network", online=True, staging=staging)
        try:
            context = SigningContext.from_trust_config(config)
            with context.signer(_token(token, config)) as signer:
                return signer.sign_dsse(Statement(statement)).to_json().encode()
        except SigningError:
            raise
        except Exception as error:
            raise SigningError(
                f"Sigstore did not sign ({_sentence(error)}): it takes a network and an identity token."
            ) from error


def _token(given: str | None, config: ClientTrustConfig) -> Any:
    from sigstore.oidc import IdentityToken, Issuer, detect_credential  # noqa: PLC0415  # see above

    raw = given or detect_credential()
    return IdentityToken(raw) if raw else Issuer(config.signing_config.get_oidc_url()).identity_token()


def _trust(hint: str, *, online: bool, staging: bool) -> ClientTrustConfig:
    """Return whose keys count, the current ones or those that the package brought; else say why not, and `hint`.

    Raises:
        SigningError: If they cannot be had.
    """
    from sigstore.models import ClientTrustConfig  # noqa: PLC0415  # see above

    make = ClientTrustConfig.staging if staging else ClientTrustConfig.production
    try:
        return make(offline=not online)
    except Exception as error:
        raise SigningError(f"Sigstore's keys cannot be had ({_sentence(error)}): {hint}.") from error


def _sentence(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what the libraries log to themselves: it comes back as one sentence."""
    logger = logging.getLogger("sigstore")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
