-- Every model with what else is known of it, in an order that does not depend on when it was seen. The words of {types} are model types, which the Hub writes among the tags.
SELECT node.node_id, node.name, node.pipeline_tag, node.library, type.model_type, said.languages, said.datasets, above.parents
FROM node
LEFT JOIN (
    SELECT record_id, min(tag) AS model_type
    FROM (SELECT record_id, unnest(tags) AS tag FROM trait) SEMI JOIN (SELECT unnest({types}) AS tag) USING (tag)
    GROUP BY record_id HAVING count(DISTINCT tag) = 1
) AS type USING (record_id)
LEFT JOIN (
    SELECT record_id, list(value ORDER BY value) FILTER (predicate = 'language') AS languages,
        list(value ORDER BY value) FILTER (predicate = 'dataset') AS datasets
    FROM claim WHERE predicate IN ('language', 'dataset') GROUP BY record_id
) AS said USING (record_id)
LEFT JOIN (
    SELECT edge.child AS node_id, list(parent.name ORDER BY parent.name) AS parents
    FROM edge JOIN node AS parent ON parent.node_id = edge.parent
    WHERE parent.kind = 'model' AND edge.set_aside IS NULL GROUP BY edge.child
) AS above USING (node_id)
WHERE node.kind = 'model' AND node.state <> 'malformed'
