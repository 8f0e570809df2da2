-- What names say beside what else is known of the same models: one row for each thing that can be held against the name.
-- The table `asked` (node_id, record_id) says of which models; {types} are model types as the Hub writes them among the tags.

CREATE OR REPLACE TEMP TABLE name_parent AS
SELECT edge.child AS node_id, edge.parent, edge.edge_id, edge.relation::VARCHAR AS relation
FROM edge JOIN asked ON asked.node_id = edge.child
WHERE edge.relation IN ('finetune', 'adapter', 'quantized', 'converted', 'unknown')
    AND edge.basis IN ('declared', 'measured') AND edge.set_aside IS NULL AND edge.child <> edge.parent;

-- What may confirm and not contradict has a '?' before it: a code of a language, what stands within a word or at its end (Breitbart),
-- what the parent's name says as well, and data or a task that stand before "finetuned", which the model had learned before.
CREATE OR REPLACE TEMP TABLE name_word AS
SELECT node_id, position, element, text, value, confidence, base, elements, word || '-' AS word,
    lower(regexp_replace(text, '[^A-Za-z0-9]+', '-', 'g')) AS plain,
    coalesce(lag(element) OVER place IN ('dataset', 'dataset-characteristic'), false) AS is_behind_data,
    coalesce(bool_or(element = 'adaptation' AND value = 'finetuned' AND position < last) OVER behind, false) AS is_before_tuning
FROM (SELECT *, max(position) OVER (PARTITION BY node_id) AS last, count(*) OVER (PARTITION BY node_id) AS elements FROM name_element JOIN asked USING (node_id))
WINDOW place AS (PARTITION BY node_id ORDER BY position),
    behind AS (PARTITION BY node_id ORDER BY position ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING);

CREATE OR REPLACE TEMP TABLE name_inherited AS
SELECT DISTINCT mine.node_id, mine.element, mine.value
FROM name_parent JOIN name_word AS mine USING (node_id)
JOIN name_element AS above ON above.node_id = parent AND above.element = mine.element AND above.value = mine.value
WHERE mine.element IN ('task', 'dataset');

CREATE OR REPLACE TEMP TABLE name_says AS
SELECT node_id, element, list(CASE WHEN is_weak THEN '?' || value ELSE value END ORDER BY position) AS said
FROM (
    SELECT node_id, element, value, position,
        CASE element
            WHEN 'language' THEN length(text) < 4
            WHEN 'architecture' THEN NOT contains(word, '-' || plain)
                OR NOT starts_with(replace(plain, '-', ''), regexp_replace(value, '[^a-z0-9]', '', 'g')[:3])
            WHEN 'parameters' THEN NOT contains(word, '-' || plain) OR contains(word, plain || 'it') OR is_behind_data
                OR regexp_matches(base, '[0-9]_' || regexp_escape(lower(text))) OR regexp_matches(plain, '^0[0-9]|[bm][0-9]') OR elements = 1
            WHEN 'size' THEN is_behind_data
            WHEN 'dataset' THEN is_before_tuning OR inherited.value IS NOT NULL OR list_contains({vague_data}, plain)
                OR NOT regexp_matches(word, '-' || plain || '[0-9]?-')
            WHEN 'task' THEN is_before_tuning OR inherited.value IS NOT NULL OR list_contains({vague_tasks}, replace(plain, '-', ''))
                OR NOT regexp_matches(word, '-' || plain || '(v?[0-9]+)?-')
            ELSE false
        END AS is_weak
    FROM name_word LEFT JOIN name_inherited AS inherited USING (node_id, element, value)
    WHERE confidence >= {least} AND element <> 'other'
        AND (element <> 'task' OR list_contains({tasks}, replace(plain, '-', '')))
)
GROUP BY ALL;

-- An architecture with the version right behind it; "v2" behind a llama is the model's own.
CREATE OR REPLACE TEMP TABLE name_line AS
SELECT node_id, list_sort(list(DISTINCT architecture || ' ' || value)) AS said
FROM (
    SELECT node_id, element, value, text, lag(element) OVER place AS before, lag(value) OVER place AS architecture
    FROM name_element JOIN asked USING (node_id) WINDOW place AS (PARTITION BY node_id ORDER BY position)
) WHERE element = 'version' AND before = 'architecture' AND (lower(text[1]) <> 'v' OR NOT list_contains({plain_versions}, architecture))
GROUP BY node_id;

-- Of the record's own fields only what the names are held against; most records of a listing have none of it.
CREATE OR REPLACE TEMP TABLE name_field AS
SELECT node_id, trait.pipeline_tag, lower(body ->> '$.config.model_type') AS model_type,
    coalesce(body ->> '$.safetensors.total', body ->> '$.gguf.total') AS total,
    len(list_intersect(coalesce(json_keys(body, '$.safetensors.parameters'), []), ['I32', 'U32', 'I8', 'U8', 'I16', 'I64', 'F4', 'F8_E4M3', 'F8_E5M2'])) > 0 AS is_packed,
    coalesce(body ->> '$.config.num_hidden_layers', body ->> '$.config.n_layer', body ->> '$.config.n_layers', body ->> '$.config.num_layers') AS layers,
    coalesce(body ->> '$.config.num_attention_heads', body ->> '$.config.n_head', body ->> '$.config.n_heads', body ->> '$.config.num_heads') AS heads,
    coalesce(body ->> '$.config.tokenizer_config.do_lower_case', body ->> '$.config.do_lower_case') AS lowers,
    lower(body ->> '$.config.quantization_config.quant_method') AS method,
    coalesce(body ->> '$.config.quantization_config.bits',
        CASE WHEN (body ->> '$.config.quantization_config.load_in_4bit') = 'true' THEN '4'
             WHEN (body ->> '$.config.quantization_config.load_in_8bit') = 'true' THEN '8' END) AS bits,
    tags, file_names,
    coalesce(list_contains(tags, 'peft') OR list_contains(tags, 'adapter-transformers')
        OR list_contains(file_names, 'adapter_config.json'), false) AS is_adapter
FROM asked JOIN trait USING (record_id)
LEFT JOIN (SELECT record_id, body FROM record WHERE contains(body, '"config":') OR contains(body, '"safetensors":') OR contains(body, '"gguf":'))
USING (record_id);

-- What the headers of the weights tell, as they were last seen. It goes before what is declared, but where it is not sure enough that the
-- structure was learned: then type and sizes stand where nothing is declared, and may confirm and not contradict.
CREATE OR REPLACE TEMP TABLE name_measured AS
SELECT node_id, is_sure, [doubt || kind] || coalesce(kin, []) AS model_types, kind_claim,
    doubt || parameters AS total, total_claim, doubt || layers AS layers, layers_claim
FROM (
    SELECT *, kind IS NOT NULL AND coalesce(known >= {least_structure}, false) AS is_sure, CASE WHEN is_sure THEN '' ELSE '?' END AS doubt
    FROM (
    SELECT node_id, any_value(lower(value)) FILTER (predicate = 'model_type') AS kind,
        list(lower(value) ORDER BY value) FILTER (predicate = 'same_structure') AS kin,
        any_value(value) FILTER (predicate = 'parameters') AS parameters, any_value(value) FILTER (predicate = 'layers') AS layers,
        max(confidence) FILTER (predicate IN ('same_structure', 'layers', 'hidden_size')) AS known,
        'claim/' || any_value(claim_id) FILTER (predicate = 'model_type') AS kind_claim,
        'claim/' || any_value(claim_id) FILTER (predicate = 'parameters') AS total_claim,
        'claim/' || any_value(claim_id) FILTER (predicate = 'layers') AS layers_claim
    FROM (
        SELECT node_id, claim_id, predicate, value, confidence,
            record.record_id = last_value(record.record_id) OVER (PARTITION BY node_id ORDER BY record.seen_at, record.record_id
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS is_last
        FROM claim JOIN record USING (record_id)
        JOIN node ON (node.registry, node.kind, node.name) = (record.registry, record.kind, record.id) SEMI JOIN asked USING (node_id)
        WHERE claim.basis = 'measured' AND predicate IN ('model_type', 'same_structure', 'parameters', 'layers', 'hidden_size')
    ) WHERE is_last GROUP BY node_id
    )
);

CREATE OR REPLACE TEMP TABLE name_total AS
SELECT node_id, coalesce(sure.total, declared, measured.total) AS total,
    CASE WHEN sure.total IS NULL AND declared IS NOT NULL THEN 'field/safetensors' ELSE measured.total_claim END AS place
FROM (SELECT node_id, is_adapter, CASE WHEN NOT is_packed THEN total END AS declared FROM name_field) AS field
LEFT JOIN name_measured AS measured USING (node_id) LEFT JOIN (SELECT * FROM name_measured WHERE is_sure) AS sure USING (node_id)
WHERE coalesce(sure.total, declared, measured.total) IS NOT NULL AND NOT is_adapter;

-- The model type, and behind it others whose tensors have the same names: of the structure, else of the configuration, or of the tag
-- that the Hub made of that.
CREATE OR REPLACE TEMP TABLE name_type AS
SELECT node_id, CASE WHEN is_sure OR declared IS NULL THEN model_types ELSE [declared] END AS types,
    CASE WHEN is_sure OR declared IS NULL THEN kind_claim ELSE place END AS place
FROM (
    SELECT node_id, coalesce(model_type, CASE WHEN len(typed) = 1 THEN typed[1] END) AS declared,
        CASE WHEN model_type IS NULL THEN 'field/tags' ELSE 'field/config' END AS place
    FROM (SELECT *, list_filter(tags, lambda tag: list_contains({types}, tag)) AS typed FROM name_field)
) LEFT JOIN (SELECT * FROM name_measured WHERE kind_claim IS NOT NULL) USING (node_id)
WHERE declared IS NOT NULL OR kind_claim IS NOT NULL;

CREATE OR REPLACE TEMP TABLE name_held AS
SELECT node_id, 'architecture' AS topic, says.said, types AS known, [place] AS places
FROM name_says AS says JOIN name_type USING (node_id) WHERE element = 'architecture'

UNION ALL
-- Packed weights are fewer than the name says, and so are parts that are made for the model that is named.
SELECT node_id, 'parameters', CASE WHEN part.node_id IS NULL THEN says.said ELSE list_transform(says.said, lambda word: '?' || word) END,
    [total], [place]
FROM name_says AS says JOIN name_total USING (node_id) LEFT JOIN (
    SELECT DISTINCT node_id FROM name_word
    WHERE list_contains({packed}, value) OR list_contains({packed}, lower(text)) OR regexp_matches(word, {part})
) AS part USING (node_id)
WHERE element = 'parameters'

UNION ALL
SELECT node_id, 'size', list_concat(architecture.said, ['|'], says.said), [total], [place]
FROM name_says AS says JOIN name_total USING (node_id) JOIN name_says AS architecture USING (node_id)
WHERE says.element = 'size' AND architecture.element = 'architecture'

UNION ALL
SELECT node_id, element, says.said, [CASE element WHEN 'layers' THEN coalesce(sure.layers, field.layers, measured.layers) ELSE heads END],
    [CASE WHEN element = 'heads' OR (sure.layers IS NULL AND field.layers IS NOT NULL) THEN 'field/config' ELSE measured.layers_claim END]
FROM name_says AS says LEFT JOIN name_field AS field USING (node_id) LEFT JOIN name_measured AS measured USING (node_id)
LEFT JOIN (SELECT * FROM name_measured WHERE is_sure) AS sure USING (node_id)
WHERE (element = 'layers' AND coalesce(sure.layers, field.layers, measured.layers) IS NOT NULL) OR (element = 'heads' AND heads IS NOT NULL)

UNION ALL
SELECT node_id, 'quantization', says.said, list_sort(list_distinct(list_concat(
        list_filter([method, bits || '-bit'], lambda item: item IS NOT NULL),
        list_filter(coalesce(tags, []), lambda tag: list_contains({packings}, lower(tag))),
        list_filter(list_transform(coalesce(file_names, []), lambda file: lower(regexp_extract(file, '(?i)[-._](i?q[1-8]_(?:k_[sml]|k|[01])|f16|bf16|f32)\.gguf$', 1))), lambda level: level <> ''),
        CASE WHEN len(list_filter(file_names, lambda file: ends_with(lower(file), '.gguf'))) > 0 THEN ['gguf']
             WHEN len(list_filter(file_names, lambda file: regexp_matches(lower(file), '(model|pytorch_model)[^/]*\.(safetensors|bin)$'))) > 0 THEN ['not gguf'] ELSE [] END
    ))) AS known, [CASE WHEN method IS NOT NULL THEN 'field/config' WHEN len(file_names) > 0 THEN 'field/siblings' ELSE 'field/tags' END]
FROM name_says AS says JOIN name_field USING (node_id)
WHERE element = 'adaptation' AND list_has_any(says.said, {quantized}) AND NOT is_adapter

UNION ALL
SELECT node_id, 'task', CASE WHEN shown.node_id IS NULL THEN says.said ELSE list_transform(says.said, lambda word: '?' || word) END,
    [pipeline_tag], ['field/pipeline_tag']
FROM name_says AS says JOIN name_field USING (node_id) LEFT JOIN (
    -- Another word of the name, or its architecture, is of the declared task.
    SELECT DISTINCT node_id FROM name_element JOIN name_field USING (node_id)
    WHERE (element = 'task' AND value = pipeline_tag) OR (element = 'architecture' AND list_contains({tasks_of}, value || ' ' || pipeline_tag))
) AS shown USING (node_id)
WHERE element = 'task' AND pipeline_tag IS NOT NULL

UNION ALL
SELECT node_id, predicate, CASE WHEN predicate = 'dataset' AND is_mentioned THEN list_transform(said, lambda word: '?' || word) ELSE said END,
    known, places
FROM (
    SELECT node_id, predicate, says.said, list_sort(list(DISTINCT lower(trim(claim.value)))) AS known, list_sort(list('claim/' || claim_id)) AS places,
        -- A part of the declared name stands in the model's.
        bool_or(len(list_filter(regexp_split_to_array(split_part(lower(claim.value), '/', -1), '[^a-z]+'),
            lambda part: length(part) > 3 AND contains(base, part) AND NOT list_contains({idle_parts}, part))) > 0) AS is_mentioned
    FROM name_says AS says JOIN asked USING (node_id) JOIN claim USING (record_id)
    WHERE claim.basis = 'declared' AND ((predicate = 'dataset' AND element = 'dataset')
        OR (predicate = 'language' AND element = 'language' AND node_id NOT IN (
            SELECT node_id FROM name_field WHERE list_contains({without_language}, pipeline_tag))))
    GROUP BY node_id, predicate, says.said
)

UNION ALL
SELECT node_id, 'casing', list_intersect(says.said, ['cased', 'uncased']) AS cases, [CASE lowers WHEN 'true' THEN 'uncased' ELSE 'cased' END], ['field/config']
FROM name_says AS says JOIN name_field USING (node_id)
WHERE element = 'dataset-characteristic' AND len(cases) > 0 AND lowers IN ('true', 'false')

-- Against the names of the parents whose weights it took over.
UNION ALL
SELECT node_id, 'casing', list_intersect(says.said, ['cased', 'uncased']) AS cases, list_intersect(above.said, ['cased', 'uncased']) AS theirs, ['edge/' || edge_id]
FROM name_says AS says JOIN name_parent USING (node_id) JOIN name_says AS above ON above.node_id = parent AND above.element = says.element
WHERE says.element = 'dataset-characteristic' AND len(cases) > 0 AND len(theirs) > 0

UNION ALL
SELECT node_id, 'base', says.said, above.said, ['edge/' || edge_id]
FROM name_says AS says JOIN name_parent USING (node_id) JOIN name_says AS above ON above.node_id = parent AND above.element = says.element
WHERE says.element = 'architecture'

UNION ALL
SELECT node_id, 'version', says.said, above.said, ['edge/' || edge_id]
FROM name_line AS says JOIN name_parent USING (node_id) JOIN name_line AS above ON above.node_id = parent

UNION ALL
SELECT node_id, 'base-size', says.said, above.said, ['edge/' || edge_id]
FROM name_says AS says JOIN name_parent USING (node_id) JOIN name_says AS above ON above.node_id = parent AND above.element = says.element
WHERE says.element = 'parameters' AND relation IN ('finetune', 'adapter', 'quantized', 'converted')

UNION ALL
SELECT node_id, 'base-size', says.said, above.said, ['edge/' || edge_id]
FROM name_says AS says JOIN name_parent USING (node_id) JOIN name_says AS above ON above.node_id = parent AND above.element = says.element
    JOIN name_says AS mine ON mine.node_id = says.node_id AND mine.element = 'architecture'
    JOIN name_says AS theirs ON theirs.node_id = parent AND theirs.element = 'architecture'
WHERE says.element = 'size' AND list_has_any(mine.said, theirs.said) AND NOT list_has_any(mine.said, {unsized});
