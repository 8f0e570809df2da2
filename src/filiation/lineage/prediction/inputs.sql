-- All that decides what is told of a model: what it shares with others, what it declares, and the same of its parents. Whatever a
-- query of knowledge/prediction.toml reads stands here; digests pass between the steps, since lists of tags are long.
WITH said AS MATERIALIZED (
    SELECT record_id, list(predicate || ' ' || value ORDER BY predicate, value) AS declared FROM claim
    WHERE predicate IN ('language', 'dataset', 'model_type', 'metric') GROUP BY record_id
), measured AS MATERIALIZED (
    SELECT registry, kind, id, list([value, confidence::VARCHAR, seen_at::VARCHAR] ORDER BY seen_at, claim_id) AS types
    FROM (SELECT * FROM claim WHERE predicate = 'model_type' AND basis = 'measured') JOIN record USING (record_id) GROUP BY ALL
), own AS MATERIALIZED (
    SELECT node_id, sha256(json_array(
        node.name, node.library, node.pipeline_tag, node.license, trait.tags, said.declared, measured.types)) AS digest
    FROM node LEFT JOIN trait USING (record_id) LEFT JOIN said USING (record_id)
    LEFT JOIN measured ON measured.registry = node.registry AND measured.kind = node.kind AND measured.id = node.name
    WHERE node.kind = 'model' AND state IN ('present', 'missing')
)
SELECT own.node_id, json_array(own.digest, named.parent IS NOT NULL, above.parents) AS input
FROM own
LEFT JOIN (SELECT DISTINCT parent FROM edge WHERE set_aside IS NULL) AS named ON named.parent = own.node_id
LEFT JOIN (
    SELECT child, list(json_array(parent.kind, parent.name, relation, set_aside IS NULL, own.digest)
        ORDER BY parent.kind, parent.name, relation) AS parents
    FROM edge JOIN node AS parent ON parent.node_id = edge.parent LEFT JOIN own ON own.node_id = edge.parent GROUP BY child
) AS above ON above.child = own.node_id
