-- From schema 4: what rows were made from.
CREATE TABLE made_from (stage VARCHAR, node_id INTEGER, digest UHUGEINT);
