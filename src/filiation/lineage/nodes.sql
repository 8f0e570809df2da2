-- Records and claims become nodes and references. Variables: as_of, the moment whose view is taken; least_stated, the
-- confidence below which a stated claim stays a claim.
-- Tables of knowledge that the caller has made: witness(witness, rank, describes), alias(kind, old, new),
-- placeholder(kind, name), certainty(how, confidence).

CREATE OR REPLACE TEMP MACRO folded(name) AS CASE WHEN strlen(name) = length(name) THEN lower(name) ELSE name END;

-- What each source said last of each repository; of two records of one moment, the longer one.
CREATE OR REPLACE TEMP TABLE observed AS
SELECT registry, kind, id, source, any_value(record_id) AS record_id, count(*) AS times
FROM record WHERE seen_at <= getvariable('as_of') GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE last_observed AS
SELECT record_id FROM observed WHERE times = 1
UNION ALL
SELECT record.record_id FROM record JOIN observed USING (registry, kind, id, source)
WHERE times > 1 AND seen_at <= getvariable('as_of')
QUALIFY row_number() OVER (
    PARTITION BY registry, kind, id, source ORDER BY seen_at DESC, length(body) DESC, body DESC) = 1;

-- What the registry says it does not hand out any more, and the name under which it goes on.
CREATE OR REPLACE TEMP TABLE gone AS
SELECT record_id, registry, kind, id, repo_id, "to" FROM (
    SELECT record_id, any_value(value) FILTER (predicate = 'gone') AS how, any_value(value) FILTER (predicate = 'renamed_to') AS "to"
    FROM claim SEMI JOIN last_observed USING (record_id) WHERE predicate IN ('gone', 'renamed_to') GROUP BY ALL
) JOIN record USING (record_id) WHERE how IS NOT NULL;

-- What is gone is spoken of as by those who only name it.
CREATE OR REPLACE TEMP TABLE current AS
SELECT registry, kind, id, repo_id, record_id, seen_at, witness.rank, witness.describes AND gone.id IS NULL AS describes
FROM record JOIN last_observed USING (record_id) JOIN witness ON split_part(source, ' ', 1) = witness
LEFT JOIN (SELECT DISTINCT registry, kind, id FROM gone) AS gone USING (registry, kind, id);

-- Names that a repository had before: by the registry's own number for it, by what it says, or by what we know.
CREATE OR REPLACE TEMP TABLE moved AS
SELECT kind, folded(id) AS old, new, 'renamed' AS how
FROM current JOIN (
    SELECT registry, kind, repo_id, arg_max(id, (seen_at, id)) AS new
    FROM current JOIN (
        SELECT registry, kind, repo_id FROM current
        WHERE repo_id IS NOT NULL AND describes GROUP BY ALL HAVING min(id) <> max(id)
    ) USING (registry, kind, repo_id) WHERE describes GROUP BY ALL
) USING (registry, kind, repo_id) WHERE id <> new
UNION
SELECT kind, folded(id), new, 'renamed' FROM (
    SELECT gone.kind, gone.id, coalesce(numbered.id, named.id) AS new
    FROM gone
    LEFT JOIN (
        SELECT registry, kind, repo_id, arg_max(id, (seen_at, id)) AS id
        FROM current SEMI JOIN gone USING (registry, kind, repo_id) WHERE describes GROUP BY ALL
    ) AS numbered USING (registry, kind, repo_id)
    LEFT JOIN (SELECT DISTINCT registry, kind, id FROM current WHERE describes) AS named
        ON named.registry = gone.registry AND named.kind = gone.kind AND named.id = gone."to"
    WHERE gone.registry = 'hf'
) WHERE folded(id) <> folded(new)
UNION
SELECT alias.kind, folded(alias.old), now.id, 'alias'
FROM alias
JOIN current AS now ON now.kind = alias.kind AND now.id = alias.new AND now.registry = 'hf' AND now.describes
LEFT JOIN current AS before
    ON before.kind = alias.kind AND before.id = alias.old AND before.registry = 'hf' AND before.describes
WHERE before.id IS NULL OR before.seen_at < now.seen_at;

-- What the registry holds; where several sources describe it, the first of them that knows gives each fact.
CREATE OR REPLACE TEMP TABLE twice AS
SELECT registry, kind, id FROM current WHERE describes GROUP BY ALL HAVING count(*) > 1;

CREATE OR REPLACE TEMP TABLE present AS
SELECT *, folded(id) AS key FROM (
    SELECT registry, kind, id, record_id, created_at, downloads, likes, library, pipeline_tag
    FROM current JOIN trait USING (record_id) ANTI JOIN twice USING (registry, kind, id) WHERE describes
    UNION ALL BY NAME
    SELECT registry, kind, id, arg_min(record_id, (rank, record_id)) AS record_id, arg_min(created_at, rank) AS created_at,
        arg_min(downloads, rank) AS downloads, arg_min(likes, rank) AS likes, arg_min(library, rank) AS library,
        arg_min(pipeline_tag, rank) AS pipeline_tag
    FROM current JOIN trait USING (record_id) SEMI JOIN twice USING (registry, kind, id) WHERE describes GROUP BY ALL
) AS held ANTI JOIN moved ON held.registry = 'hf' AND moved.kind = held.kind AND moved.old = folded(held.id);

-- What is gone and not known under another name: it stays a node, with what it said last.
CREATE OR REPLACE TEMP TABLE departed AS
SELECT registry, kind, folded(id) AS key, arg_max(id, record_id) AS name, max(record_id) AS record_id
FROM gone WHERE registry <> 'hf' OR (kind, folded(id)) NOT IN (SELECT (kind, old) FROM moved)
GROUP BY ALL;

-- The claims that name another repository, with what was meant by the name.
CREATE OR REPLACE TEMP TABLE said AS
SELECT *, folded(name) AS key, NOT contains(name, '/') AS ownerless, name <> trim(value) AS is_address,
    regexp_full_match(name, getvariable('name_pattern')) AND NOT contains(name, '..')
        AND length(name) <= getvariable('max_name_chars')
        AND (target_kind, lower(name)) NOT IN (SELECT (kind, name) FROM placeholder) AS legal
FROM (
    SELECT claim_id, current.registry, current.kind, id, value, predicate,
        CASE WHEN predicate = 'base_model' OR (predicate = 'new_version' AND kind = 'model')
             THEN 'model'::kind ELSE 'dataset'::kind END AS target_kind,
        CASE WHEN contains(value, '/tree/') OR contains(value, '/blob/') OR contains(value, '/resolve/')
                OR contains(value, 'huggingface.co/') OR contains(value, 'hf.co/') OR ends_with(value, '/')
             THEN rtrim(regexp_replace(regexp_replace(trim(value),
                '^(?:https?://)?(?:www\.)?(?:huggingface\.co|hf\.co)/(?:datasets/|models/)?', ''),
                '/(?:tree|blob|resolve)/.*$|[?#].*$', ''), '/')
             ELSE trim(value) END AS name
    FROM claim JOIN current USING (record_id)
    WHERE predicate IN ('base_model', 'dataset', 'source_dataset', 'evaluated_on', 'new_version')
        AND NOT (claim.basis = 'stated' AND claim.confidence < getvariable('least_stated'))
);

CREATE OR REPLACE TEMP TABLE namesake AS
SELECT kind, split_part(key, '/', -1) AS name, count(*) AS n, any_value(id) AS id
FROM present WHERE registry = 'hf' AND contains(id, '/')
    AND (kind, split_part(key, '/', -1)) IN (SELECT (target_kind, key) FROM said WHERE ownerless AND legal)
GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE wanted AS
SELECT target_kind AS kind, key FROM said
UNION
SELECT target_kind, split_part(folded(id), '/', 1) || '/' || key FROM said WHERE ownerless;

CREATE OR REPLACE TEMP TABLE folded_present AS
SELECT kind, key, any_value(id) AS id FROM present SEMI JOIN wanted USING (kind, key)
WHERE registry = 'hf' GROUP BY ALL HAVING count(*) = 1;

CREATE OR REPLACE TEMP TABLE target AS
SELECT claim_id, said.registry, said.kind, said.id, predicate, target_kind, value,
    CASE WHEN NOT legal THEN 'malformed'
         WHEN home.id IS NOT NULL OR exact.id IS NOT NULL THEN 'exact'
         WHEN moved.new IS NOT NULL THEN moved.how
         WHEN near.id IS NOT NULL THEN 'case'
         WHEN own.id IS NOT NULL THEN 'owner'
         WHEN namesake.n = 1 THEN 'sole'
         WHEN namesake.n > 1 THEN 'ambiguous'
         ELSE 'missing' END AS resolved,
    CASE WHEN is_address AND resolved = 'exact' THEN 'address' ELSE resolved END AS how,
    CASE WHEN home.id IS NOT NULL OR (resolved = 'missing' AND departed.name IS NOT NULL) THEN said.registry ELSE 'hf' END
        AS target_registry,
    CASE resolved WHEN 'exact' THEN coalesce(home.id, exact.id) WHEN 'renamed' THEN moved.new WHEN 'alias' THEN moved.new
        WHEN 'case' THEN near.id WHEN 'owner' THEN own.id WHEN 'sole' THEN namesake.id
        WHEN 'malformed' THEN regexp_replace(left(value, getvariable('max_name_chars')), '[\x00-\x1F\x7F]', '?', 'g')
        ELSE said.name END AS target,
    CASE WHEN resolved IN ('missing', 'ambiguous', 'malformed') THEN resolved ELSE 'present' END AS target_state
FROM said
LEFT JOIN present AS home
    ON said.registry <> 'hf' AND home.registry = said.registry AND home.kind = target_kind AND home.id = said.name
LEFT JOIN departed
    ON said.registry <> 'hf' AND departed.registry = said.registry AND departed.kind = target_kind AND departed.key = said.key
LEFT JOIN present AS exact ON exact.registry = 'hf' AND exact.kind = target_kind AND exact.id = said.name
LEFT JOIN moved ON moved.kind = target_kind AND moved.old = said.key
LEFT JOIN folded_present AS near ON near.kind = target_kind AND near.key = said.key
LEFT JOIN folded_present AS own
    ON ownerless AND own.kind = target_kind AND own.key = split_part(folded(said.id), '/', 1) || '/' || said.key
LEFT JOIN namesake ON ownerless AND namesake.kind = target_kind AND namesake.name = said.key;

-- The licences that a repository's records declare, under the record that stands for the repository.
CREATE OR REPLACE TEMP TABLE declared_license AS
SELECT coalesce(present.record_id, current.record_id) AS record_id, value
FROM claim JOIN current USING (record_id)
LEFT JOIN twice ON (twice.registry, twice.kind, twice.id) = (current.registry, current.kind, current.id)
LEFT JOIN present ON (present.registry, present.kind, present.id) = (twice.registry, twice.kind, twice.id)
WHERE predicate = 'license' AND (describes OR record_id IN (SELECT record_id FROM departed));

CREATE OR REPLACE TEMP TABLE licensed AS
SELECT record_id, any_value(value) AS license FROM declared_license GROUP BY ALL HAVING min(value) = max(value)
UNION ALL
SELECT record_id, string_agg(DISTINCT value, ', ' ORDER BY value)
FROM declared_license JOIN (
    SELECT record_id FROM declared_license GROUP BY ALL HAVING min(value) <> max(value)
) USING (record_id) GROUP BY ALL;

-- One row for each repository that the registry holds, and one for each that was only named; numbered in this order.
CREATE OR REPLACE TEMP TABLE numbered AS
SELECT row_number() OVER () - 1 AS node_id, * FROM (SELECT * FROM (
    SELECT registry, kind, key, id AS name, 'present' AS state, record_id FROM present
    UNION ALL BY NAME
    SELECT 'hf' AS registry, kind, key, arg_max(name, (times, name)) AS name, max(state) AS state
    FROM (
        SELECT target_kind AS kind, folded(target) AS key, target AS name, max(target_state) AS state, count(*) AS times
        FROM target WHERE target_state <> 'present' AND target_registry = 'hf' GROUP BY ALL
    ) ANTI JOIN (FROM departed WHERE registry = 'hf') AS departed USING (kind, key) GROUP BY kind, key
    UNION ALL BY NAME
    SELECT registry, kind, key, name, 'missing' AS state, record_id FROM departed
    UNION ALL BY NAME
    SELECT registry, kind, folded(id) AS key, max(id) AS name, 'missing' AS state
    FROM current WHERE NOT describes AND (registry, kind, folded(id)) NOT IN (SELECT (registry, kind, key) FROM present)
        AND (kind, folded(id)) NOT IN (SELECT (kind, old) FROM moved)
        AND (kind, folded(id)) NOT IN (SELECT (target_kind, folded(target)) FROM target WHERE target_state <> 'present')
        AND (registry, kind, folded(id)) NOT IN (SELECT (registry, kind, key) FROM departed)
    GROUP BY registry, kind, folded(id)
) ORDER BY CASE registry WHEN 'hf' THEN ' ' ELSE registry END || chr(1) || (kind = 'dataset')::TINYINT || key || chr(1) || name);

INSERT INTO node
SELECT node_id, numbered.registry, numbered.kind, name, state, record_id, coalesce(present.created_at, was.created_at),
    present.downloads, present.likes, coalesce(present.library, was.library), coalesce(present.pipeline_tag, was.pipeline_tag),
    license
FROM numbered LEFT JOIN present USING (record_id) LEFT JOIN licensed USING (record_id)
LEFT JOIN (SELECT * FROM trait SEMI JOIN departed USING (record_id)) AS was USING (record_id);

-- The same names, for looking up: what is present by its exact name, what is not by its folded one.
CREATE OR REPLACE TEMP TABLE handle AS
SELECT registry, kind, state = 'present' AS is_present, CASE WHEN state = 'present' THEN name ELSE key END AS handle,
    node_id
FROM numbered WHERE state <> 'present' OR (registry, kind, name) IN (
    SELECT (target_registry, target_kind, target) FROM target UNION ALL SELECT (registry, kind, id) FROM target
    UNION ALL SELECT ('hf', kind, new) FROM moved
);

INSERT INTO reference
SELECT claim_id, coalesce(child.node_id, named_child.node_id), parent.node_id, target.how
FROM target
LEFT JOIN moved ON target.registry = 'hf' AND moved.kind = target.kind AND moved.old = folded(target.id)
LEFT JOIN handle AS child ON child.is_present AND child.registry = target.registry AND child.kind = target.kind
    AND child.handle = coalesce(moved.new, target.id)
LEFT JOIN handle AS named_child ON NOT named_child.is_present AND named_child.registry = target.registry
    AND named_child.kind = target.kind AND named_child.handle = folded(target.id)
JOIN handle AS parent ON parent.registry = target_registry AND parent.kind = target_kind
    AND parent.is_present = (target_state = 'present')
    AND parent.handle = CASE WHEN target_state = 'present' THEN target ELSE folded(target) END;
