-- What the formula asks of the records, typed, one row for each witness who speaks of a model that is asked about.
-- Words in braces are our own constants. Only a witness who declares tells by silence: others name what they happen to know.

CREATE OR REPLACE TEMP TABLE heard AS
SELECT node_id, record_id, name, declares, has_card, has_config, fields,
    tags IS NOT NULL AS has_tags,
    list_filter(tags, lambda tag: tag IN {tags}) AS tags,
    list_filter(tags, lambda tag: regexp_matches(tag, {prefixes})) AS prefixed,
    file_names IS NOT NULL AS has_files,
    list_contains(file_names, 'README.md') AS lists_card,
    list_contains(file_names, 'config.json') AS lists_config,
    list_filter(list_concat(coalesce(file_names, []), coalesce(held_files, [])), lambda path: {files}) AS paths
FROM (
    SELECT arg_max(record_id, (seen_at, is_first, record_id)) AS record_id FROM witness WHERE kind = 'model'
    GROUP BY node_id, source
) JOIN witness USING (record_id);
