-- All that decides what is told of a model: what it shares with others, what it and its parents declare. The braces take a query
-- for rows (node_id, what, value) of what is declared.
WITH said AS MATERIALIZED (
    SELECT node_id, list_sort(list(DISTINCT [what, value])) AS declared FROM (
        {said}
        UNION ALL SELECT node_id, 'metric', claim.value FROM claim JOIN node USING (record_id) WHERE predicate = 'metric'
    ) GROUP BY node_id
)
SELECT node.node_id, json_array(node.name, node.library, node.pipeline_tag, node.license, trait.tags, said.declared,
    named.parent IS NOT NULL, above.parents) AS input
FROM node
LEFT JOIN trait USING (record_id)
LEFT JOIN said USING (node_id)
LEFT JOIN (SELECT DISTINCT parent FROM edge WHERE set_aside IS NULL) AS named ON named.parent = node.node_id
LEFT JOIN (
    SELECT child, list(json_array(parent.kind, parent.name, relation, set_aside IS NULL, said.declared)
        ORDER BY parent.kind, parent.name, relation) AS parents
    FROM edge JOIN node AS parent ON parent.node_id = edge.parent LEFT JOIN said ON said.node_id = edge.parent GROUP BY child
) AS above ON above.child = node.node_id
WHERE node.kind = 'model' AND node.state IN ('present', 'missing')
