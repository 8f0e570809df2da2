"""Whole outputs: what a person reads, and what a program reads, of the small atlas."""

from __future__ import annotations

import pytest

CASES = {
    "trace_up": ["trace", "eve/llama-8b-trinity-GGUF"],
    "trace_down": ["trace", "ada/llama-8b", "--down"],
    "trace_depth": ["trace", "eve/llama-8b-trinity-GGUF", "--depth", "1"],
    "trace_missing": ["trace", "ghost/child"],
    "trace_root": ["trace", "ada/llama-8b"],
    "impact": ["impact", "ada/llama-8b"],
    "impact_dataset": ["impact", "chain/raw"],
    "impact_leaf": ["impact", "ghost/child"],
    "critical": ["critical"],
    "critical_dominated": ["critical", "--by", "dominated", "--top", "3"],
    "show": ["show", "eve/llama-8b-trinity"],
    "show_missing": ["show", "gone/parent"],
    "show_cycle": ["show", "loop/first"],
    "stats": ["stats"],
    "license": ["license", "eve/llama-8b-trinity"],
    "license_root": ["license", "ada/llama-8b"],
    "license_missing": ["license", "ghost/child"],
    "find": ["find", "llama", "8b", "tri"],
    "find_nothing": ["find", "zebra"],
}


@pytest.mark.parametrize("name", CASES)
def test_what_a_person_reads(run, small, golden, name):
    done = run(*CASES[name], atlas=small)
    assert (done.returncode, done.stderr) == (0, "")
    golden(f"{name}.txt", done.stdout)


@pytest.mark.parametrize("name", ["trace_up", "impact", "critical", "show", "stats", "license", "find"])
def test_what_a_program_reads(run, small, golden, name):
    done = run(*CASES[name], "--json", atlas=small)
    assert (done.returncode, done.stderr) == (0, "")
    golden(f"{name}.json", done.stdout)
