-- From schema 3: names and predictions.
CREATE TABLE name_element (
    node_id INTEGER, position SMALLINT, element VARCHAR, text VARCHAR, value VARCHAR, confidence FLOAT, by_context BOOLEAN
);
CREATE TABLE name_convention (node_id INTEGER, convention VARCHAR, confidence FLOAT);
CREATE TABLE prediction (
    node_id INTEGER, attribute VARCHAR, value VARCHAR, confidence FLOAT, low DOUBLE, high DOUBLE,
    because STRUCT(witness VARCHAR, "key" VARCHAR, agree INTEGER, others INTEGER)[]
);
