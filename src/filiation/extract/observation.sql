-- What the set extractors read: the new records, their structured fields typed, one row each.
-- The variable `after` is the last record that was extracted before. Fields of the wrong shape come out null.

CREATE OR REPLACE TEMP MACRO strings(value) AS
    CASE json_type(value)
        WHEN 'ARRAY' THEN list_filter(from_json(value, '["VARCHAR"]'), lambda item: trim(item) <> '')
        WHEN 'VARCHAR' THEN list_filter([value ->> '$'], lambda item: trim(item) <> '')
        ELSE []::VARCHAR[] END;

CREATE OR REPLACE TEMP TABLE observation AS
SELECT record_id, kind, split_part(source, ' ', 1) AS witness, body.* EXCLUDE (siblings, "cardData", "baseModels", base_models, "model-index", "filiation:gone"),
    body."filiation:gone" AS gone,
    coalesce(body."baseModels", body.base_models) AS base_models,
    list_transform(body.siblings, lambda item: item.rfilename) AS file_names,
    list_transform(body.siblings, lambda item: item.lfs.sha256) AS digests,
    CASE WHEN json_type(body."cardData") = 'OBJECT' THEN body."cardData" ELSE front.matter END AS meta,
    CASE WHEN json_type(body."cardData") = 'OBJECT' THEN 'cardData' ELSE 'README.md' END AS meta_source,
    coalesce(json_extract(meta, '$."model-index"'), body."model-index") AS results
FROM (
    SELECT record_id, kind, source, from_json(body, '{
        "sha": "VARCHAR", "createdAt": "VARCHAR", "lastModified": "VARCHAR", "downloads": "BIGINT", "likes": "BIGINT",
        "library_name": "VARCHAR", "pipeline_tag": "VARCHAR", "gated": "VARCHAR", "tags": ["VARCHAR"],
        "siblings": [{"rfilename": "VARCHAR", "lfs": {"sha256": "VARCHAR"}}], "cardData": "JSON", "config": "JSON", "baseModels": "JSON",
        "base_models": "JSON", "model-index": "JSON", "evalResults": "JSON", "gguf": "JSON",
        "filiation:gone": "JSON"}') AS body
    FROM record WHERE record_id > getvariable('after')
) LEFT JOIN front_matter AS front USING (record_id);

-- The tags that say something by their form: key:value, and two letters for a language.
CREATE OR REPLACE TEMP TABLE tag AS
SELECT * FROM (
    SELECT record_id, kind, witness, unnest(tags) AS tag, generate_subscripts(tags, 1) - 1 AS position FROM observation
) WHERE (contains(tag, ':') AND NOT starts_with(tag, 'region:')) OR length(tag) = 2 OR tag = 'multilingual';

INSERT INTO trait
SELECT record_id, sha, try_cast("createdAt" AS TIMESTAMP), try_cast("lastModified" AS TIMESTAMP),
    downloads, likes, library_name, pipeline_tag, gated, tags, CASE WHEN coalesce(lists_files, true) THEN file_names END
FROM observation LEFT JOIN witness USING (witness);
