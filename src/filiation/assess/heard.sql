-- What the formula asks of the records, typed, one row for each witness who speaks of a model that is asked about.
-- Words in braces are our own constants. Only a witness who declares tells by silence: others name what they happen to know.

CREATE OR REPLACE TEMP TABLE asked AS
SELECT node_id, any_value(node.name) AS name, source,
    arg_max(record.record_id, (seen_at, record.record_id = node.record_id, record.record_id)) AS record_id
FROM node JOIN record ON record.registry = node.registry AND record.kind = node.kind AND record.id = node.name
WHERE node.state = 'present' AND node.kind = 'model' AND {chosen}
GROUP BY node_id, source;

CREATE OR REPLACE TEMP TABLE heard AS
SELECT node_id, record_id, name, split_part(source, ' ', 1) IN {declaring} AS declares,
    tags IS NOT NULL AS has_tags,
    list_filter(tags, lambda tag: tag IN {tags}) AS tags,
    list_filter(tags, lambda tag: regexp_matches(tag, {prefixes})) AS prefixed,
    file_names IS NOT NULL AS has_files,
    list_contains(file_names, 'README.md') AS lists_card,
    list_contains(file_names, 'config.json') AS lists_config,
    list_filter(list_concat(coalesce(file_names, []), coalesce(json_keys(files), [])), lambda path: {files}) AS paths,
    coalesce(contains(files, '"README.md":'), false) AS has_card,
    CASE WHEN asks THEN json_type(body, '$.config') IS NOT NULL ELSE false END AS has_config,
    CASE WHEN asks THEN json_extract_string(body, {fields}) END AS fields
FROM (SELECT *, regexp_matches(body, {keys}) AS asks FROM asked JOIN record USING (record_id)) JOIN trait USING (record_id);

CREATE OR REPLACE TEMP TABLE carded AS
SELECT node_id, record_id, json_extract_string(files, '$."README.md"') AS card FROM heard JOIN record USING (record_id) WHERE has_card;

-- The models of the owners that are asked about; the variable `owner` is what a name begins with.
CREATE OR REPLACE TEMP TABLE owned AS
SELECT node_id, split_part(name, '/', 1) AS owner FROM node
WHERE state = 'present' AND kind = 'model' AND contains(name, '/') AND starts_with(name, getvariable('owner'));

-- Which places were seen of each node. "registry" and "datasets" are not here: they are the same for all nodes of a registry.
CREATE OR REPLACE TEMP TABLE seen AS
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
GROUP BY node_id;
