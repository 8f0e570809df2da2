-- The records that speak of the nodes that are asked about, one row each; bodies are read here and nowhere else.
-- Words in braces are our own constants.

CREATE OR REPLACE TEMP TABLE witness AS
SELECT node_id, node.kind, node.name, record.record_id, record.record_id = node.record_id AS is_first, source,
    split_part(source, ' ', 1) IN {declaring} AS declares, seen_at, revision, trait.created_at, modified_at, tags, file_names,
    json_keys(files) AS held_files, coalesce(contains(files, '"README.md":'), false) AS has_card,
    CASE WHEN contains(body, '"cardData":') THEN json_type(body, '$.cardData') IS NOT NULL ELSE false END AS has_fields,
    CASE WHEN asks THEN json_type(body, '$.config') IS NOT NULL ELSE false END AS has_config,
    CASE WHEN asks THEN json_extract_string(body, {fields}) END AS fields
FROM (SELECT *, regexp_matches(body, {keys}) AS asks FROM record) AS record
JOIN trait ON trait.record_id = record.record_id
JOIN node ON record.registry = node.registry AND record.kind = node.kind AND record.id = node.name
WHERE node.state = 'present' AND {chosen};

CREATE OR REPLACE TEMP TABLE carded AS
SELECT node_id, record_id, json_extract_string(files, '$."README.md"') AS card FROM witness JOIN record USING (record_id)
WHERE has_card AND {read};

-- What each source says now, how many revisions it showed, and between which days it showed any.
CREATE OR REPLACE TEMP TABLE latest AS
SELECT node_id, arg_max(record_id, (seen_at, record_id)) AS record_id, count(DISTINCT revision) AS revisions,
    date_diff('day', min(seen_at) FILTER (revision IS NOT NULL), max(seen_at) FILTER (revision IS NOT NULL)) AS days_apart
FROM witness GROUP BY node_id, source;
