-- From schema 3: names.
CREATE TABLE name_element (
    node_id INTEGER, position SMALLINT, element VARCHAR, text VARCHAR, value VARCHAR, confidence FLOAT, by_context BOOLEAN
);
CREATE TABLE name_convention (node_id INTEGER, convention VARCHAR, confidence FLOAT);
