-- How far the sections of the cards are filled; words in braces are our own constants.
-- Tables of knowledge that the caller has made: card_weight(kind, section, weight), card_claim(kind, section, predicate, state).

CREATE OR REPLACE TEMP TABLE observed_card AS
SELECT node_id, node.kind, record.record_id, seen_at,
    split_part(source, ' ', 1) IN {declaring} AND file_names IS NOT NULL
        AND NOT list_contains(list_transform(file_names, lambda name: lower(name)), 'readme.md') AS lacks_card,
    row_number() OVER (PARTITION BY node_id, source ORDER BY seen_at DESC, record.record_id DESC) = 1 AS is_last
FROM node JOIN record ON record.registry = node.registry AND record.kind = node.kind AND record.id = node.name
JOIN trait ON trait.record_id = record.record_id
WHERE node.state = 'present' AND {chosen};

-- The card that counts is the one seen last; where none was seen, a list of files without one says that there is none.
CREATE OR REPLACE TEMP TABLE known_card AS
SELECT node_id, kind, max_by(record_id, (seen_at, record_id)) AS record_id
FROM observed_card
SEMI JOIN (SELECT record_id FROM section WHERE record_id IN (SELECT record_id FROM observed_card)) AS read USING (record_id)
GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE no_card AS
SELECT DISTINCT node_id FROM observed_card ANTI JOIN known_card USING (node_id) WHERE lacks_card AND is_last;

-- What the publisher's own fields and sentences say of a section, the most telling first.
CREATE OR REPLACE TEMP TABLE card_said AS
SELECT node_id, section, {state} AS state, any_value(value ORDER BY claim_id) AS value,
    any_value(claim.source || CASE WHEN pointer = '' THEN '' ELSE '#' || pointer END ORDER BY claim_id) AS locator
FROM known_card JOIN observed_card USING (node_id, kind)
JOIN claim ON claim.record_id = observed_card.record_id
JOIN card_claim USING (kind, predicate)
WHERE is_last AND (basis = 'declared' OR claim.source = 'README.md') AND confidence >= {sure}
GROUP BY node_id, section, {state};
