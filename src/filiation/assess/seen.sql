-- Which places were seen of each node, from `heard`; words in braces are our own constants.
-- "registry" and "datasets" are not here: they are the same for all nodes of a registry.
SELECT node_id,
    bool_or(declares AND (has_tags OR has_card)) AS tags,
    bool_or(declares AND has_files) AS files,
    bool_or(has_card OR (declares AND has_files AND NOT lists_card)) AS card,
    bool_or(declares AND (has_config OR (has_files AND NOT lists_config))) AS config,
    bool_or(declares AND (has_tags OR has_card))
        AND coalesce(any_value(state), 'undeclared') IN ('undeclared', 'expression', 'stated') AS license,
    any_value(contains(name, '/')) AS publisher,
    bool_or(coalesce(list_has_any(tags, {made_tags}), false) OR len(list_filter(paths, lambda path: {made_files})) > 0
        OR regexp_matches(lower(name), {made_like})) AS made_from
FROM heard LEFT JOIN term USING (node_id)
GROUP BY node_id
