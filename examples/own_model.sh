#!/usr/bin/env bash
# Put a model of your own beside the bundled snapshot, and ask where it comes from.
#
#     examples/own_model.sh            # needs `filiation` on the path; works in a folder that goes away again
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export FILIATION_ATLAS="$folder/example.atlas"

# A model folder as a trainer leaves it: an adapter with its configuration, and a card.
model="$folder/support-bot"
mkdir "$model"
echo '{"peft_type": "LORA", "base_model_name_or_path": "jinaai/jina-embeddings-v5-text-small"}' > "$model/adapter_config.json"
printf -- '---\nlicense: apache-2.0\n---\nFor our help desk.\n' > "$model/README.md"

filiation demo --atlas "$FILIATION_ATLAS" > /dev/null
filiation chart "$model" > /dev/null

# Two steps up stands a model under another license than ours: worth a look before we ship.
filiation trace local:model:support-bot
filiation show jinaai/jina-embeddings-v5-text-small --json | python3 -c 'import json, sys; print("license of the parent:", json.load(sys.stdin)["license"])'

# What the same question looks like to a program: one JSON document on standard output, nothing else.
filiation impact Qwen/Qwen3-0.6B --json | python3 -c '
import json, sys

blast = json.load(sys.stdin)
assert blast["schema"] == "filiation/impact/v1"
print(blast["descendants"], "stand on", blast["ref"], blast["by_relation"])'
