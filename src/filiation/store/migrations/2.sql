-- From schema 1: the licence stage.
-- What a node's licence says, and what it inherits; terms are bits of knowledge/license_terms.toml.
CREATE TABLE term (
    node_id INTEGER, state VARCHAR, said VARCHAR, expression VARCHAR, kind VARCHAR, certain UBIGINT, possible UBIGINT,
    by_derivation UBIGINT, by_use UBIGINT, by_data UBIGINT, by_outputs UBIGINT
);
