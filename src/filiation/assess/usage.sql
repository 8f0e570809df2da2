-- What the sources say of use and upkeep, one row for each node that is asked about; words in braces are our own constants.
WITH observed AS (
    SELECT node_id, source, record.record_id, seen_at, revision, modified_at, trait.created_at, files,
        CASE WHEN contains(body, '"cardData":') THEN json_type(body, '$.cardData') IS NOT NULL ELSE false END AS has_fields
    FROM node JOIN record ON record.registry = node.registry AND record.kind = node.kind AND record.id = node.name
    JOIN trait ON trait.record_id = record.record_id
    WHERE node.state = 'present' AND {chosen}
), last AS (
    SELECT * FROM observed QUALIFY row_number() OVER (PARTITION BY node_id, source ORDER BY seen_at DESC, record_id DESC) = 1
), known AS (
    SELECT node_id, max(created_at) AS created_at, max(modified_at) AS modified_at,
        arg_max(seen_at, modified_at) AS seen_at,
        bool_or(has_fields OR coalesce(contains(files, '"README.md":'), false)) AS has_fields,
        bool_or(coalesce(contains(files, '"README.md":'), false)) AS has_card,
        string_agg(CASE WHEN contains(files, '"README.md":') THEN lower(json_extract_string(files, '$."README.md"')) END, ' ')
            AS card
    FROM last GROUP BY node_id
), changed AS (
    SELECT node_id, bool_or(revisions > 1) AS changed FROM (
        SELECT node_id, count(DISTINCT revision) AS revisions FROM observed WHERE revision IS NOT NULL
        GROUP BY node_id, source HAVING date_diff('day', min(seen_at), max(seen_at)) >= {days}
    ) GROUP BY node_id
), followed AS (
    SELECT parent AS node_id, min_by(name, edge_id) AS successor
    FROM edge JOIN node ON node_id = child WHERE relation = 'new_version' AND set_aside IS NULL GROUP BY parent
)
SELECT node_id, date_diff('day', modified_at, seen_at) AS age_days, date_diff('day', created_at, modified_at) AS tended_days,
    date_diff('day', created_at, seen_at) AS existed_days, modified_at, has_fields, successor, has_card,
    list_filter({phrases}, lambda phrase: contains(card, phrase))[1] AS given_up, changed
FROM known LEFT JOIN changed USING (node_id) LEFT JOIN followed USING (node_id)
