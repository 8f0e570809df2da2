-- What the checks ask: every node with all that is known of it, and every edge with both its ends. See docs/checks.md.
-- The table `measure` (node_id, descendants, dominated, parents_count, depth) comes from the lineage's arrays.

-- What is gone has the state ``gone`` here, and none of the fields that only what is there has.
CREATE OR REPLACE TEMP TABLE subject AS
SELECT node.node_id, node.registry, node.kind, node.name,
    CASE WHEN contains(node.name, '/') THEN split_part(node.name, '/', 1) END AS owner,
    CASE WHEN is_gone THEN 'gone' ELSE node.state::VARCHAR END AS state, CASE WHEN NOT is_gone THEN node.record_id END AS record_id,
    revision, node.created_at, modified_at, node.downloads, node.likes, node.library,
    node.pipeline_tag, gated, node.license, tags, file_names, has_card,
    is_declared AND (tags IS NOT NULL OR has_card IS NOT NULL) AS knows_fields,
    is_gone OR coalesce(is_withdrawn, false) AS is_withdrawn, registry_scan,
    descendants, dominated, parents_count, depth
FROM (SELECT *, state = 'missing' AND record_id IS NOT NULL AS is_gone FROM node) AS node
LEFT JOIN (
    SELECT trait.*, witness.basis = 'declared' AS is_declared,
        coalesce(trim(json_extract_string(files, '$."README.md"')), '') <> ''
            OR list_has_any(list_transform(file_names, lambda file: lower(file)), ['readme.md', 'readme'])
            AS has_card,
        CASE WHEN contains(body, '"disabled"') OR contains(body, '"private"')
             THEN (body ->> '$.disabled') = 'true' OR (body ->> '$.private') = 'true' END AS is_withdrawn,
        CASE WHEN contains(body, '"filesWithIssues"') THEN body -> '$.securityRepoStatus.filesWithIssues' END AS registry_scan
    FROM record JOIN trait USING (record_id) JOIN witness ON witness = split_part(source, ' ', 1)
) AS known ON known.record_id = node.record_id AND NOT is_gone
JOIN measure ON measure.node_id = node.node_id;

-- The cards that the atlas holds: what stands below the front matter.
CREATE OR REPLACE TEMP VIEW card AS
SELECT subject.node_id,
    regexp_replace(json_extract_string(files, '$."README.md"'), '\A\x{FEFF}?\s*---[ \t]*\r?\n(?s:.*?)\r?\n---[ \t]*(\r?\n|\z)', '') AS text
FROM subject JOIN record USING (record_id) WHERE contains(files, '"README.md"');

-- What a scan saw last in the files of models that were read from a folder, a row for each file that is not clean; see
-- scan/beside.py. It stands beside the files of the model's record, or is an observation of its own.
CREATE OR REPLACE TEMP VIEW scanned AS
SELECT node_id, file ->> '$.status' AS status, file ->> '$.file' AS name, file ->> '$.why' AS why
FROM (
    SELECT node_id, unnest(json_extract(json_extract_string(files, '$."filiation-scan.json"'), '$[*]')) AS file
    FROM (
        SELECT node_id, record.files, record.seen_at, record.record_id
        FROM subject JOIN record USING (record_id) WHERE contains(files, '"filiation-scan.json"')
        UNION ALL
        SELECT node_id, record.files, record.seen_at, record.record_id
        FROM record JOIN node ON node.registry = record.registry AND node.kind = record.kind AND lower(node.name) = lower(record.id)
        WHERE record.source = 'scan' AND contains(files, '"filiation-scan.json"')
    )
    QUALIFY row_number() OVER (PARTITION BY node_id ORDER BY seen_at DESC, record_id DESC) = 1
);

-- Every edge that does not lead back to where it starts, from what the registry holds; `sure` is how far its sources are trusted.
CREATE OR REPLACE TEMP TABLE named_edge AS
SELECT edge_id, child, child_node.kind AS child_kind, child_node.name AS child_name, parent, parent_node.kind AS parent_kind,
    parent_node.name AS parent_name,
    CASE WHEN parent_node.state = 'missing' AND parent_node.record_id IS NOT NULL THEN 'gone' ELSE parent_node.state::VARCHAR END AS parent_state,
    edge.relation, edge.basis, edge.confidence,
    relation_basis, relation_confidence, because, set_aside,
    edge.relation NOT IN ('trained_on', 'derived_from', 'evaluated_on', 'new_version') AS of_weights,
    coalesce(said.sure, edge.confidence) AS sure, how
FROM edge
JOIN node AS child_node ON child_node.node_id = child
JOIN node AS parent_node ON parent_node.node_id = parent
LEFT JOIN (
    SELECT child, parent, max(confidence) AS sure, min(how) AS how
    FROM reference JOIN claim USING (claim_id) GROUP BY ALL
) AS said USING (child, parent)
WHERE child <> parent AND child_node.state = 'present';

-- How sure it is that what the atlas does not hold is not in the registry, by kind: where it holds little of what is named, what is
-- missing was only not looked at. The table `gone` (kind, share) says how much of what is named is gone where all was looked at.
CREATE OR REPLACE TEMP TABLE absence AS
SELECT kind, CASE WHEN any_value(holds) THEN least(1, any_value(share) * (count(parent) + 2)
        / (count(parent) FILTER (parent_state = 'missing') + 1)) ELSE 0 END AS certain
FROM (SELECT kind::kind AS kind, share, kind::kind IN (SELECT kind FROM subject WHERE state = 'present') AS holds FROM gone)
LEFT JOIN (
    SELECT DISTINCT parent_kind AS kind, parent, parent_state FROM named_edge WHERE parent_state IN ('present', 'missing')
) USING (kind)
GROUP BY kind;
