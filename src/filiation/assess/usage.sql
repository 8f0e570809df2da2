-- What the sources say of use and upkeep, one row for each node that is asked about; words in braces are our own constants.
WITH known AS (
    SELECT node_id, max(created_at) AS created_at, max(modified_at) AS modified_at,
        arg_max(seen_at, modified_at) AS seen_at, bool_or(has_fields OR has_card) AS has_fields, bool_or(has_card) AS has_card,
        string_agg(lower(card), ' ') AS card, bool_or(CASE WHEN days_apart >= {days} THEN revisions > 1 END) AS changed
    FROM latest JOIN witness USING (node_id, record_id) LEFT JOIN carded USING (node_id, record_id) GROUP BY node_id
), followed AS (
    SELECT parent AS node_id, min_by(name, edge_id) AS successor
    FROM edge JOIN node ON node_id = child WHERE relation = 'new_version' AND set_aside IS NULL AND {parent} GROUP BY parent
)
SELECT node_id, date_diff('day', modified_at, seen_at)::DOUBLE AS age_days,
    date_diff('day', created_at, modified_at)::DOUBLE AS tended_days,
    date_diff('day', created_at, seen_at)::DOUBLE AS existed_days,
    modified_at, has_fields, successor, successor IS NOT NULL AS is_followed, has_card,
    list_filter({phrases}, lambda phrase: contains(card, phrase))[1] AS given_up, given_up IS NOT NULL AS is_given_up,
    changed::DOUBLE AS changed
FROM known LEFT JOIN followed USING (node_id)
