-- What a policy is told of the nodes in the table `asked`; see policy/facts.py for what it means.

SELECT node.node_id, node.kind::VARCHAR AS kind, node.name, node.state::VARCHAR AS state, node.downloads,
    coalesce(trait.modified_at, node.created_at) AS changed_at,
    CASE WHEN contains(node.name, '/') THEN split_part(node.name, '/', 1) END AS owner,
    trait.revision, trait.gated, trait.file_names,
    term.state AS license_state, term.expression,
    score.* EXCLUDE (node_id), found.findings, said.predicates, filled.sections,
    CASE WHEN record.files IS NOT NULL THEN json_exists(record.files, '$."README.md"')
        WHEN len(trait.file_names) > 0 THEN list_contains(trait.file_names, 'README.md') END AS has_card
FROM asked
JOIN node USING (node_id)
LEFT JOIN record USING (record_id)
LEFT JOIN trait USING (record_id)
LEFT JOIN term USING (node_id)
LEFT JOIN score USING (node_id)
LEFT JOIN (
    SELECT node_id, list((check_name, severity, confidence) ORDER BY check_name, confidence DESC) AS findings
    FROM finding SEMI JOIN asked USING (node_id) GROUP BY node_id
) AS found USING (node_id)
LEFT JOIN (
    SELECT record_id, list(DISTINCT predicate) AS predicates
    FROM claim SEMI JOIN (SELECT record_id FROM node JOIN asked USING (node_id)) USING (record_id) GROUP BY record_id
) AS said USING (record_id)
LEFT JOIN (
    SELECT record_id, list(section) FILTER (section.state IN ('present', 'thin')) AS sections
    FROM section SEMI JOIN (SELECT record_id FROM node JOIN asked USING (node_id)) USING (record_id) GROUP BY record_id
) AS filled USING (record_id)
ORDER BY node.node_id
