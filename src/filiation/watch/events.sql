-- What differs between the two observations of each row of `pair`: one row for each change. See core/event.py.
-- `claim` and `trait` must be extracted. The macro weights_file(path) says which files hold weights.

CREATE OR REPLACE TEMP TABLE compared AS SELECT * FROM pair WHERE before IS NOT NULL AND NOT is_gone;

-- Each side once: its scalars, and which places it has in which something may be declared.
CREATE OR REPLACE TEMP TABLE side AS
SELECT record_id, revision, gated, library, pipeline_tag, tags, file_names, files ->> '$."README.md"' AS card,
    body.private, body.disabled,
    map_from_entries(list_transform(list_filter(body.siblings, lambda item: coalesce(item.lfs.sha256, item."blobId") IS NOT NULL),
        lambda item: {'k': item.rfilename, 'v': coalesce(item.lfs.sha256, item."blobId")})) AS digests,
    list_filter([CASE WHEN tags IS NOT NULL THEN 'tags' END, CASE WHEN json_type(body."cardData") = 'OBJECT' THEN 'cardData' END,
        CASE WHEN coalesce(body."baseModels", body.base_models) IS NOT NULL THEN 'baseModels' END,
        CASE WHEN card IS NOT NULL THEN 'README.md' END], lambda place: place IS NOT NULL) AS places
FROM (
    SELECT record_id, files, from_json(body, '{"private": "VARCHAR", "disabled": "VARCHAR", "cardData": "JSON",
        "baseModels": "JSON", "base_models": "JSON",
        "siblings": [{"rfilename": "VARCHAR", "blobId": "VARCHAR", "lfs": {"sha256": "VARCHAR"}}]}') AS body
    FROM record WHERE record_id IN (SELECT before FROM compared UNION SELECT after FROM compared)
) JOIN trait USING (record_id);

-- What both sides say in places that both have: a place that was not looked at before makes no change.
CREATE OR REPLACE TEMP TABLE said AS
SELECT compared.after, is_after, predicate, value
FROM (
    SELECT after, before, list_intersect(old.places, new.places) AS places
    FROM compared JOIN side AS old ON old.record_id = before JOIN side AS new ON new.record_id = after
) AS compared
JOIN (SELECT after, after AS record_id, true AS is_after FROM compared UNION ALL SELECT after, before, false FROM compared)
    USING (after)
JOIN claim USING (record_id)
WHERE predicate IN ('license', 'license_name', 'license_link', 'base_model', 'dataset', 'metric')
    AND list_contains(places, claim.source) AND NOT starts_with(coalesce(pointer, ''), 'char=');

CREATE OR REPLACE TEMP TABLE difference AS
SELECT after, predicate,
    list_sort(list(DISTINCT value) FILTER (NOT is_after)) AS old, list_sort(list(DISTINCT value) FILTER (is_after)) AS new
FROM said WHERE predicate <> 'metric' GROUP BY ALL HAVING old IS DISTINCT FROM new
UNION ALL
-- Of scores, which are many, only those that differ.
SELECT after, 'metric', list_sort(list(DISTINCT score) FILTER (NOT is_after)), list_sort(list(DISTINCT score) FILTER (is_after))
FROM (
    SELECT after, bool_or(is_after) AS is_after,
        concat_ws(' ', TRY(value ->> '$.metric'), 'on ' || TRY(value ->> '$.dataset'), TRY(value ->> '$.value')) AS score
    FROM (SELECT DISTINCT after, is_after, value FROM said WHERE predicate = 'metric')
    GROUP BY after, value HAVING count(*) = 1
) GROUP BY after;

CREATE OR REPLACE TEMP MACRO told(items) AS
    CASE WHEN len(items) > 5 THEN array_to_string(items[:5], ', ') || ' and ' || (len(items) - 5) || ' more'
    WHEN len(items) > 0 THEN array_to_string(items, ', ') END;

CREATE OR REPLACE TEMP MACRO idle_tag(tag) AS starts_with(tag, 'region:') OR starts_with(tag, 'license:')
    OR starts_with(tag, 'base_model:') OR starts_with(tag, 'dataset:');

CREATE OR REPLACE TEMP TABLE change AS
SELECT 'added' AS change, after, 'id' AS field, NULL AS before, id AS "new"
FROM pair WHERE NOT is_gone AND pair.before IS NULL AND is_news
UNION ALL SELECT 'gone', after, 'id', id, nullif(concat_ws(': ', how, nullif(answer, '')), '')
FROM pair WHERE is_gone AND NOT was_gone AND was_there AND coalesce(moved_to, '') = ''
UNION ALL SELECT 'renamed', after, 'id', id, moved_to
FROM pair WHERE is_gone AND NOT was_gone AND was_there AND coalesce(moved_to, '') <> ''
    AND (registry, kind, source, moved_to) NOT IN (SELECT (registry, kind, source, id) FROM pair WHERE old_name IS NOT NULL)
UNION ALL SELECT 'back', after, 'id', NULL, id FROM pair WHERE NOT is_gone AND was_gone
UNION ALL SELECT 'renamed', after, 'id', old_name, id FROM pair WHERE NOT is_gone AND old_name IS NOT NULL
UNION ALL SELECT 'replaced', after, '_id', old_repository, repo_id FROM pair WHERE NOT is_gone AND old_repository IS NOT NULL
UNION ALL SELECT CASE predicate WHEN 'base_model' THEN 'parent' WHEN 'dataset' THEN 'dataset' WHEN 'metric' THEN 'score'
        ELSE 'license' END,
    after, predicate,
    told(old), told(new)
FROM difference
UNION ALL
SELECT facet.change, after, facet.field, facet.old, facet.new
FROM (
    SELECT after, unnest([
        {'change': 'access', 'field': 'gated', 'old': nullif(lower(old.gated), 'false'), 'new': nullif(lower(new.gated), 'false'),
            'known': old.gated IS NOT NULL AND new.gated IS NOT NULL},
        {'change': 'access', 'field': 'private', 'old': old.private, 'new': new.private,
            'known': old.private IS NOT NULL AND new.private IS NOT NULL},
        {'change': 'access', 'field': 'disabled', 'old': old.disabled, 'new': new.disabled,
            'known': old.disabled IS NOT NULL AND new.disabled IS NOT NULL},
        {'change': 'revision', 'field': 'sha', 'old': old.revision, 'new': new.revision,
            'known': old.revision IS NOT NULL AND new.revision IS NOT NULL},
        {'change': 'task', 'field': 'pipeline_tag', 'old': old.pipeline_tag, 'new': new.pipeline_tag, 'known': true},
        {'change': 'library', 'field': 'library_name', 'old': old.library, 'new': new.library, 'known': true},
        {'change': 'card', 'field': 'README.md', 'old': old.card, 'new': new.card,
            'known': old.card IS NOT NULL AND new.card IS NOT NULL},
        {'change': 'card', 'field': 'README.md', 'old': old.digests['README.md'], 'new': new.digests['README.md'],
            'known': (old.card IS NULL OR new.card IS NULL) AND old.digests['README.md'] IS NOT NULL
                AND new.digests['README.md'] IS NOT NULL},
        {'change': 'tag', 'field': 'tags',
            'old': told(list_sort(list_filter(old.tags, lambda tag: NOT list_contains(new.tags, tag) AND NOT idle_tag(tag)))),
            'new': told(list_sort(list_filter(new.tags, lambda tag: NOT list_contains(old.tags, tag) AND NOT idle_tag(tag)))),
            'known': old.tags IS NOT NULL AND new.tags IS NOT NULL}
    ]) AS facet
    FROM compared JOIN side AS old ON old.record_id = before JOIN side AS new ON new.record_id = after
)
WHERE facet.known AND facet.old IS DISTINCT FROM facet.new
UNION ALL
SELECT 'weights', after, 'siblings', told(old), told(new)
FROM (
    SELECT after,
        list_sort(list_filter(old_files, lambda file: NOT list_contains(new_files, file))) AS old,
        list_sort(list_filter(new_files, lambda file: NOT list_contains(old_files, file))) AS new
    FROM (
        SELECT after,
            CASE WHEN known THEN digested(old.digests) ELSE list_filter(old.file_names, lambda file: weights_file(file)) END
                AS old_files,
            CASE WHEN known THEN digested(new.digests) ELSE list_filter(new.file_names, lambda file: weights_file(file)) END
                AS new_files
        FROM (
            SELECT after, old, new, len(map_keys(old.digests)) > 0 AND len(map_keys(new.digests)) > 0 AS known
            FROM compared JOIN side AS old ON old.record_id = before JOIN side AS new ON new.record_id = after
        )
        WHERE known OR (len(old.file_names) > 0 AND len(new.file_names) > 0)
    )
)
WHERE len(old) > 0 OR len(new) > 0;
