-- References become edges. The relation that nobody says is left null here, and inferred by lineage/relation.py.

CREATE OR REPLACE TEMP TABLE statement AS
SELECT CASE WHEN predicate = 'new_version' THEN parent ELSE child END AS child,
    CASE WHEN predicate = 'new_version' THEN child ELSE parent END AS parent,
    CASE predicate WHEN 'base_model' THEN 'weights' WHEN 'dataset' THEN 'trained_on'
        WHEN 'source_dataset' THEN 'derived_from' ELSE predicate END AS class,
    claim.basis, claim.confidence * certainty.confidence AS confidence, weight,
    CASE WHEN claim.relation IN ('finetune', 'adapter', 'quantized', 'merge', 'distilled', 'converted')
         THEN claim.relation END AS relation
FROM reference JOIN claim USING (claim_id) JOIN certainty USING (how)
-- A card that speaks of its model by an older name has not called it its own parent.
WHERE child <> parent OR NOT (claim.basis = 'stated' AND coalesce(claim.pointer, '') LIKE 'char=%');

CREATE OR REPLACE TEMP TABLE draft AS
SELECT row_number() OVER () AS edge_id, draft.*,
    -- Another parent that only the weights show contradicts the one that is named: it makes no merge of the two.
    count(*) FILTER (class = 'weights' AND child <> parent AND parent_node.state <> 'malformed' AND basis <> 'measured')
        OVER (PARTITION BY child) AS parents,
    parent_node.created_at > child_node.created_at + INTERVAL 1 DAY AS newer
FROM (
    SELECT child, parent, class, min(basis) AS basis, max(confidence) AS confidence, max(weight) AS weight,
        arg_min(relation, (basis, relation)) AS relation,
        arg_min(basis, (basis, relation)) FILTER (relation IS NOT NULL) AS relation_basis
    FROM statement GROUP BY ALL
) AS draft
JOIN node AS child_node ON child_node.node_id = child
JOIN node AS parent_node ON parent_node.node_id = parent;

CREATE OR REPLACE TEMP TABLE unsaid AS
SELECT edge_id, lower(child_node.name) AS child, lower(parent_node.name) AS parent, child_trait.tags AS child_tags,
    child_node.library AS child_library, child_trait.file_names AS child_files, parents
FROM draft
JOIN node AS child_node ON child_node.node_id = child
JOIN node AS parent_node ON parent_node.node_id = parent
LEFT JOIN trait AS child_trait ON child_trait.record_id = child_node.record_id
WHERE class = 'weights' AND draft.relation IS NULL;
