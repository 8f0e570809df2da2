-- What there is to be asked about, by the names that a check's `needs` has.
SELECT 'files' AS held WHERE EXISTS (FROM subject WHERE file_names IS NOT NULL)
UNION ALL SELECT 'tags' WHERE EXISTS (FROM subject WHERE len(tags) > 0)
UNION ALL SELECT 'several licenses' WHERE EXISTS (FROM subject WHERE contains(license, ', '))
UNION ALL SELECT 'gated' WHERE EXISTS (FROM subject WHERE gated IN ('auto', 'manual'))
UNION ALL SELECT 'withdrawn' WHERE EXISTS (FROM subject WHERE is_withdrawn)
UNION ALL SELECT 'card' WHERE EXISTS (FROM record WHERE contains(files, '"README.md"'))
UNION ALL SELECT 'scan' WHERE EXISTS (FROM record WHERE contains(files, '"filiation-scan.json"'))
UNION ALL SELECT 'registry scan' WHERE EXISTS (FROM subject WHERE registry_scan IS NOT NULL)
UNION ALL SELECT 'section' WHERE EXISTS (FROM section)
UNION ALL SELECT 'skipped' WHERE EXISTS (FROM skipped)
UNION ALL SELECT DISTINCT 'claim ' || predicate FROM claim
UNION ALL SELECT DISTINCT 'license ' || state FROM term
UNION ALL SELECT DISTINCT 'edge ' || unnest(['of ' || child_kind, 'to ' || parent_kind, 'to ' || CASE parent_state WHEN 'gone' THEN 'missing' ELSE parent_state END,
    relation::VARCHAR, basis::VARCHAR])
    FROM (SELECT DISTINCT child_kind, parent_kind, parent_state, relation, basis FROM named_edge)
UNION ALL SELECT DISTINCT 'read as ' || how FROM reference;
