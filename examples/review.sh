#!/usr/bin/env bash
# A review from end to end, in a ledger of its own: asked, waived until a date, overridden, proven.
set -euo pipefail

folder=$(mktemp -d)
export FILIATION_LEDGER="$folder/ledger.db"

filiation ledger init --name chief > "$folder/token"
filiation review open owner/model license-missing --message "The card names no license." --evidence README.md --severity high
item=$(filiation review list --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["items"][0]["id"])')
filiation review assign "$item" ann --due 2099-01-31
filiation review waive "$item" --until 2099-12-31 --why "A pilot inside the house; the author has been asked."
filiation review override owner/other license apache-2.0 --why "The author wrote so on the model's page."
filiation review history "$item"

filiation ledger checkpoint --output "$folder/kept-elsewhere.json"
filiation ledger verify --checkpoint "$folder/kept-elsewhere.json"
