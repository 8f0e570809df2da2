-- What a policy is told of the nodes in the table `asked`, each with its record; see policy/facts.py for what it means.

SELECT node.node_id, node.kind::VARCHAR AS kind, node.name, node.state::VARCHAR AS state, node.downloads,
    coalesce(trait.modified_at, node.created_at) AS changed_at,
    CASE WHEN contains(node.name, '/') THEN split_part(node.name, '/', 1) END AS owner,
    trait.revision, trait.gated, trait.file_names,
    term.state AS license_state, term.expression,
    score.* EXCLUDE (node_id), said.predicates, filled.sections,
    CASE WHEN record.files IS NOT NULL THEN json_exists(record.files, '$."README.md"')
        WHEN len(trait.file_names) > 0 THEN list_contains(trait.file_names, 'README.md') END AS has_card
FROM asked
JOIN node USING (node_id)
LEFT JOIN record ON record.record_id = asked.record_id
LEFT JOIN trait ON trait.record_id = asked.record_id
LEFT JOIN term USING (node_id)
LEFT JOIN score USING (node_id)
LEFT JOIN (
    SELECT record_id, list(DISTINCT predicate) AS predicates FROM claim SEMI JOIN asked USING (record_id) GROUP BY record_id
) AS said ON said.record_id = asked.record_id
LEFT JOIN (
    SELECT record_id, list(section) FILTER (section.state IN ('present', 'thin')) AS sections
    FROM section SEMI JOIN asked USING (record_id) GROUP BY record_id
) AS filled ON filled.record_id = asked.record_id
ORDER BY node.node_id
