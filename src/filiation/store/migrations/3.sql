-- From schema 2: the audit.
ALTER TABLE finding ADD COLUMN details VARCHAR[];
CREATE TABLE override (
    node_id INTEGER, predicate VARCHAR, value VARCHAR, who VARCHAR, decided_at TIMESTAMP, until TIMESTAMP, why VARCHAR,
    entry BIGINT
);
CREATE TABLE section (record_id BIGINT, section VARCHAR, state VARCHAR, start INTEGER, stop INTEGER);
CREATE TABLE score (
    node_id INTEGER, documentation FLOAT, provenance FLOAT, reproducibility FLOAT, portability FLOAT, popularity FLOAT,
    upkeep FLOAT
);
