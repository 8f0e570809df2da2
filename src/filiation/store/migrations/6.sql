-- From schema 5: which document of the full-text index a node is.
CREATE TABLE document (node_id INTEGER, number INTEGER);
