-- Which observation follows which. Variables: after_moment and after_snapshot (one of them null), until, only_ends.
-- The table `describing` (witness) names who describes repositories.

-- What was observed in the window; and, of the same repositories, by name or by the registry's own number, all before it.
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT record_id, registry, kind, source, id, repo_id FROM record
WHERE seen_at <= getvariable('until')
    AND (getvariable('after_moment') IS NULL OR seen_at > getvariable('after_moment'))
    AND (getvariable('after_snapshot') IS NULL OR snapshot_id > getvariable('after_snapshot'))
    AND split_part(source, ' ', 1) IN (SELECT witness FROM describing)
    AND (NOT getvariable('is_narrowed') OR (kind::VARCHAR, id) IN (SELECT (kind, id) FROM wanted)
        OR repo_id IN (SELECT repo_id FROM record WHERE (kind::VARCHAR, id) IN (SELECT (kind, id) FROM wanted)));

CREATE OR REPLACE TEMP TABLE sighting AS
SELECT record_id, registry, kind, source, id, repo_id, seen_at,
    record_id IN (SELECT record_id FROM fresh) AS is_fresh
FROM record
WHERE seen_at <= getvariable('until') AND (
    (registry, kind, source, id) IN (SELECT (registry, kind, source, id) FROM fresh)
    OR (repo_id IS NOT NULL AND (registry, kind, source, repo_id) IN (SELECT (registry, kind, source, repo_id) FROM fresh)));

-- Of two records of one moment the longer one counts, as in lineage/nodes.sql; so it is said here what is gone.
CREATE OR REPLACE TEMP TABLE seen AS
SELECT sighting.*, contains(body, '"filiation:gone"') AND json_exists(body, '$."filiation:gone"') AS is_gone,
    CASE WHEN is_gone THEN body ->> '$."filiation:gone".how' END AS how,
    CASE WHEN is_gone THEN body ->> '$."filiation:gone".answer' END AS answer,
    CASE WHEN is_gone THEN body ->> '$."filiation:gone".to' END AS moved_to
FROM sighting JOIN record USING (record_id)
QUALIFY row_number() OVER (
    PARTITION BY sighting.registry, sighting.kind, sighting.source, sighting.id, sighting.seen_at
    ORDER BY length(body) DESC, body DESC) = 1;

-- Where only the ends of the window count, what is fresh has no forerunner that is; of each repository its last word counts.
CREATE OR REPLACE TEMP TABLE followed AS
SELECT *,
    last_value(CASE WHEN counts AND NOT is_gone THEN {'record_id': record_id, 'id': id, 'repo_id': repo_id} END IGNORE NULLS)
        OVER by_name AS same_name,
    last_value(CASE WHEN counts AND NOT is_gone AND repo_id IS NOT NULL THEN {'record_id': record_id, 'id': id} END IGNORE NULLS)
        OVER (PARTITION BY registry, kind, source, coalesce(repo_id, chr(1) || id) ORDER BY seen_at, is_gone DESC, id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS same_repository,
    last_value(CASE WHEN counts THEN is_gone END IGNORE NULLS) OVER by_name AS was_gone,
    row_number() OVER (PARTITION BY registry, kind, source, id ORDER BY seen_at DESC) = 1 AS is_last,
    count(*) FILTER (NOT is_gone AND repo_id IS NOT NULL) OVER (
        PARTITION BY registry, kind, source, coalesce(repo_id, chr(1) || id) ORDER BY seen_at, is_gone DESC, id
        ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) > 0 AS goes_on
FROM (SELECT *, NOT (getvariable('only_ends') AND is_fresh) AS counts FROM seen)
WINDOW by_name AS (PARTITION BY registry, kind, source, id ORDER BY seen_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING);

-- When a source was first read: what it said then is no news.
CREATE OR REPLACE TEMP TABLE beginning AS
SELECT registry, kind, source, min(seen_at) AS seen_at FROM record GROUP BY ALL;

-- One row for each fresh observation that counts: `before` is the record that it is compared with.
CREATE OR REPLACE TEMP TABLE pair AS
SELECT followed.record_id AS after, coalesce(same_repository.record_id, same_name.record_id) AS before,
    registry, kind, source, id, followed.seen_at AS at, is_gone, how, answer, moved_to, coalesce(was_gone, false) AS was_gone,
    CASE WHEN same_repository.id <> id THEN same_repository.id END AS old_name,
    CASE WHEN same_name.repo_id <> repo_id THEN same_name.repo_id END AS old_repository, repo_id,
    same_name IS NOT NULL AS was_there,
    followed.seen_at > beginning.seen_at AS is_news
FROM followed JOIN beginning USING (registry, kind, source)
WHERE is_fresh AND NOT (getvariable('only_ends') AND (NOT is_last OR (goes_on AND NOT is_gone)));
