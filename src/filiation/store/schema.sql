-- The tables of an atlas. What each row must satisfy is in docs/data-model.md and checked by store/validity.py.
-- Observations (atlas, snapshot, record, skipped) are only added to; all else is derived from them.

CREATE TYPE kind AS ENUM ('model', 'dataset');
CREATE TYPE basis AS ENUM ('declared', 'stated', 'inferred', 'measured');
CREATE TYPE relation AS ENUM (
    'unknown', 'finetune', 'adapter', 'quantized', 'merge', 'distilled', 'converted',
    'trained_on', 'derived_from', 'evaluated_on', 'new_version'
);
CREATE TYPE state AS ENUM ('present', 'missing', 'ambiguous', 'malformed');

CREATE TABLE atlas (schema_version INTEGER, created_at TIMESTAMP, written_by VARCHAR);

-- One reading of one source.
CREATE TABLE snapshot (
    snapshot_id INTEGER, path VARCHAR, source VARCHAR, seen_at TIMESTAMP, ingested_at TIMESTAMP,
    seen BIGINT, added BIGINT, unchanged BIGINT, skipped BIGINT
);

-- One repository as one source described it; a later, different description is a further row.
-- Names stand as they are, here and in node: hardly one comes twice, and to compress them takes longer than to write them.
CREATE TABLE record (
    record_id BIGINT, registry VARCHAR, kind kind, id VARCHAR USING COMPRESSION uncompressed, source VARCHAR,
    repo_id VARCHAR USING COMPRESSION uncompressed, seen_at TIMESTAMP, snapshot_id INTEGER, line BIGINT,
    body VARCHAR USING COMPRESSION zstd, files VARCHAR USING COMPRESSION zstd
);

-- What could not be looked at, and why.
CREATE TABLE skipped (snapshot_id INTEGER, file VARCHAR, line BIGINT, reason VARCHAR);

-- The scalar facts of a record, typed.
CREATE TABLE trait (
    record_id BIGINT, revision VARCHAR, created_at TIMESTAMP, modified_at TIMESTAMP, downloads BIGINT, likes BIGINT,
    library VARCHAR, pipeline_tag VARCHAR, gated VARCHAR, tags VARCHAR[], file_names VARCHAR[]
);

-- What a record says, each statement with the place where it was read.
CREATE TABLE claim (
    claim_id BIGINT, record_id BIGINT, predicate VARCHAR, value VARCHAR, relation VARCHAR, weight FLOAT,
    basis basis, confidence FLOAT, source VARCHAR, pointer VARCHAR
);

-- A model or dataset, whether the registry holds it or somebody only named it.
CREATE TABLE node (
    node_id INTEGER, registry VARCHAR, kind kind, name VARCHAR USING COMPRESSION uncompressed, state state,
    record_id BIGINT, created_at TIMESTAMP, downloads BIGINT, likes BIGINT, library VARCHAR, pipeline_tag VARCHAR, license VARCHAR
);

-- How a claim that names a parent was understood.
CREATE TABLE reference (claim_id BIGINT, child INTEGER, parent INTEGER, how VARCHAR);

-- What we believe about descent; the claims behind an edge are the references between its two ends.
CREATE TABLE edge (
    edge_id INTEGER, child INTEGER, parent INTEGER, relation relation, basis basis, confidence FLOAT,
    relation_basis basis, relation_confidence FLOAT, because VARCHAR, weight FLOAT, set_aside VARCHAR
);

CREATE TABLE finding (
    check_name VARCHAR, node_id INTEGER, severity VARCHAR, confidence FLOAT, message VARCHAR, locations VARCHAR[],
    remedy VARCHAR, details VARCHAR[]
);

-- What a node's licence says, and what it inherits; terms are bits of knowledge/license_terms.toml.
CREATE TABLE term (
    node_id INTEGER, state VARCHAR, said VARCHAR, expression VARCHAR, kind VARCHAR, certain UBIGINT, possible UBIGINT,
    by_derivation UBIGINT, by_use UBIGINT, by_data UBIGINT, by_outputs UBIGINT
);

-- What people decided a claim to be, as far as the stages that ran took it over from the ledger.
CREATE TABLE override (
    node_id INTEGER, predicate VARCHAR, value VARCHAR, who VARCHAR, decided_at TIMESTAMP, until TIMESTAMP, why VARCHAR,
    entry BIGINT
);

-- How far each section of a model card is filled, characters of its text.
CREATE TABLE section (record_id BIGINT, section VARCHAR, state VARCHAR, start INTEGER, stop INTEGER);

-- How well a repository does, from 0 to 1; null where too little is known to say.
CREATE TABLE score (
    node_id INTEGER, documentation FLOAT, provenance FLOAT, reproducibility FLOAT, portability FLOAT, popularity FLOAT,
    upkeep FLOAT
);

-- What the names of models say, in their order; `by_context` where what else is known decided between two readings.
CREATE TABLE name_element (
    node_id INTEGER, position SMALLINT, element VARCHAR, text VARCHAR, value VARCHAR, confidence FLOAT, by_context BOOLEAN
);
CREATE TABLE name_convention (node_id INTEGER, convention VARCHAR, confidence FLOAT);

-- What a name says beside what else is known of the model; where that is a parent's name, `parent` is who, and no location.
CREATE TABLE name_judgement (
    node_id INTEGER, topic VARCHAR, said VARCHAR, known VARCHAR, judgement VARCHAR, confidence DOUBLE, locations VARCHAR[],
    parent INTEGER
);

-- What nobody declared of a model, and its neighbourhood tells; never a claim. Of `others` models that share `key` and declare
-- the attribute, `agree` have the value. A score lies between `low` and `high` as often as `confidence` says.
CREATE TABLE prediction (
    node_id INTEGER, attribute VARCHAR, value VARCHAR, confidence FLOAT, low DOUBLE, high DOUBLE,
    because STRUCT(witness VARCHAR, "key" VARCHAR, agree INTEGER, others INTEGER)[]
);

-- Which document of the full-text index a node is.
CREATE TABLE document (node_id INTEGER, number INTEGER);

-- What a stage read of a node when it made its rows, as a digest: where it reads the same again, the rows stay.
CREATE TABLE made_from (stage VARCHAR, node_id INTEGER, digest UHUGEINT);

-- Which stage ran, on what, with what result; the last row of a stage is what stands.
CREATE TABLE stage_run (
    run_id INTEGER, stage VARCHAR, version VARCHAR, input VARCHAR, started_at TIMESTAMP, seconds DOUBLE, rows BIGINT,
    token VARCHAR
);
