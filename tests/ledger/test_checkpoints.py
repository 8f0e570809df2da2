"""A checkpoint proves what the chain alone cannot."""

from __future__ import annotations

import msgspec
import pytest
from forger import ROOT, filled, head, rewrite_from, unguarded
from stopped import Clock

from filiation.ledger.errors import LedgerError
from filiation.ledger.store import open_ledger


def test_a_checkpoint_that_was_kept_elsewhere_finds_a_log_cut_short(whole, copy, tmp_path):
    kept = open_ledger(copy, clock=Clock()).checkpoint(tmp_path / "key", *ROOT)
    assert open_ledger(copy).verify([kept], [kept.key]).proven == 8
    unguarded(copy, "DELETE FROM entry WHERE number > 6", *head(copy, 6))
    assert open_ledger(copy).verify().intact, "nothing in the file tells: this is why checkpoints are kept elsewhere"
    said = open_ledger(copy).verify([kept])
    assert (said.intact, said.first_broken) == (False, 7)


@pytest.mark.parametrize("signed", [True, False])
def test_a_log_written_anew_from_some_entry_on_is_found_by_a_checkpoint(tmp_path, signed):
    path = tmp_path / "ledger.db"
    ledger = filled(path, signed=signed)
    kept = [] if signed else [ledger.checkpoint(tmp_path / "key", *ROOT)]
    rewrite_from(path, 4)
    said = open_ledger(path).verify(kept)
    assert not said.intact
    assert said.first_broken == 1, "nothing before the first checkpoint is proven"
    assert "signed" in said.why


def test_a_rewritten_log_without_any_checkpoint_is_not_found(copy):
    rewrite_from(copy, 4)
    assert open_ledger(copy).verify().intact, "what docs/ledger.md says cannot be proven"


def test_what_an_older_checkpoint_proves_narrows_down_a_rewriting(tmp_path):
    path = tmp_path / "ledger.db"
    ledger = filled(path, signed=True)
    kept = ledger.checkpoint(tmp_path / "key", *ROOT)
    rewrite_from(path, 7)
    said = open_ledger(path).verify([kept])
    assert (said.first_broken, said.proven) == (6, 5)


def test_a_checkpoint_of_another_ledger_or_key_proves_nothing_here(copy, tmp_path):
    other = filled(tmp_path / "other.db").checkpoint(tmp_path / "key", *ROOT)
    said = open_ledger(copy).verify([other])
    assert not said.intact
    assert "another ledger" in said.why
    mine = open_ledger(copy, clock=Clock()).checkpoint(tmp_path / "key", *ROOT)
    assert not open_ledger(copy).verify([mine], ["0" * 32]).intact


@pytest.mark.parametrize("field", ["entry", "digest", "at", "key", "signature", "ledger"])
def test_a_forged_checkpoint_is_found(copy, tmp_path, field):
    kept = open_ledger(copy, clock=Clock()).checkpoint(tmp_path / "key", *ROOT)
    value = getattr(kept, field)
    forged = msgspec.structs.replace(
        kept, **{field: value - 1 if isinstance(value, int) else "BA"[value[0] == "B"] + value[1:]}
    )
    assert not open_ledger(copy).verify([forged]).intact


def test_the_key_is_its_owners_alone(file, tmp_path):
    file.begin("chief", "root")
    first = file.checkpoint(tmp_path / "key", *ROOT)
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert file.checkpoint(tmp_path / "key", *ROOT).key == first.key
    (tmp_path / "key").chmod(0o644)
    with pytest.raises(LedgerError, match="Others can read"):
        file.checkpoint(tmp_path / "key", *ROOT)
    (tmp_path / "text").write_text("no key")
    (tmp_path / "text").chmod(0o600)
    with pytest.raises(LedgerError, match="no key"):
        file.checkpoint(tmp_path / "text", *ROOT)


def test_nothing_is_no_thing_to_sign(file, tmp_path):
    with pytest.raises(LedgerError, match="nothing to sign"):
        file.checkpoint(tmp_path / "key", *ROOT)
