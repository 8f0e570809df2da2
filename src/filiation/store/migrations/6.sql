-- From schema 5: which document of the full-text index a node is, and what stands against names.
CREATE TABLE document (node_id INTEGER, number INTEGER);
CREATE TABLE name_judgement (
    node_id INTEGER, topic VARCHAR, said VARCHAR, known VARCHAR, judgement VARCHAR, confidence DOUBLE, locations VARCHAR[],
    parent INTEGER
);
