"""Run the tutorial, and write its page; or say whether the page is stale.

    python scripts/make_tutorial.py [ATLAS]    # run docs/tutorial.ipynb, keep what it says, write docs/tutorial.md
    python scripts/make_tutorial.py --check    # exit 1 where the page is not what the notebook says

The cells run in a fresh kernel (nbclient), in a folder where ``demo.atlas`` is the snapshot that comes with the package; it is
charted if ATLAS is not there yet. Kept are texts, tables as HTML and drawings; moments and numbers of runs are not.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
NOTEBOOK = ROOT / "docs" / "tutorial.ipynb"
PAGE = ROOT / "docs" / "tutorial.md"
HEAD = "<!-- Generated from tutorial.ipynb by scripts/make_tutorial.py. -->\n\n"
KINDS = ("image/svg+xml", "text/html", "text/plain")
"""Of the ways in which a result shows itself, the first that it has."""
CELL_SECONDS = 300


def main() -> int:
    """Run and write, or with ``--check`` compare; return the exit status."""
    words = sys.argv[1:]
    if "--check" in words:
        fresh = PAGE.exists() and PAGE.read_text(encoding="utf-8") == page(json.loads(NOTEBOOK.read_text(encoding="utf-8")))
        if not fresh:
            print("docs/tutorial.md is stale")
        return int(not fresh)
    notebook = executed(Path(words[0] if words else "demo.atlas").resolve())
    NOTEBOOK.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(notebook), encoding="utf-8")
    return 0


def executed(atlas: Path) -> dict[str, Any]:
    """Return the notebook with what its cells say now."""
    import nbformat
    from nbclient import NotebookClient

    if not atlas.exists():
        from filiation.cli import filiation

        filiation.main(["demo", "--atlas", str(atlas)], standalone_mode=False)
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "demo.atlas").symlink_to(atlas)
        NotebookClient(
            notebook, timeout=CELL_SECONDS, kernel_name="python3", resources={"metadata": {"path": folder}}
        ).execute()
    return _bare(notebook)


def _bare(notebook: Any) -> dict[str, Any]:
    """Return the notebook without what differs from run to run."""
    cells = []
    for cell in notebook.cells:
        bare = {"cell_type": cell.cell_type, "id": cell.id, "metadata": {}, "source": cell.source}
        if cell.cell_type == "code":
            bare |= {"execution_count": None, "outputs": [_output(item) for item in cell.outputs]}
        cells.append(bare)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def _output(item: Any) -> dict[str, Any]:
    if item.output_type == "stream":
        return {"output_type": "stream", "name": item.name, "text": item.text}
    data = {kind: item.data[kind] for kind in KINDS if kind in item.data}
    return {"output_type": "display_data", "metadata": {}, "data": data}


def page(notebook: dict[str, Any]) -> str:
    """Return the notebook as a page of the documentation."""
    return HEAD + "\n\n".join(_shown(cell) for cell in notebook["cells"]) + "\n"


def _shown(cell: dict[str, Any]) -> str:
    if cell["cell_type"] == "markdown":
        return cell["source"]
    outputs = [_told(item) for item in cell["outputs"]]
    return "\n\n".join([f"```python\n{cell['source']}\n```", *outputs])


def _told(item: dict[str, Any]) -> str:
    """Return an output: drawings and tables of ours as they are, for their texts are escaped; all else as text."""
    if item["output_type"] == "stream":
        return f"```text\n{item['text'].rstrip()}\n```"
    kind = next(kind for kind in KINDS if kind in item["data"])
    text = item["data"][kind].strip()
    if kind == "text/plain" or "<style" in text:
        return f"```text\n{item['data']['text/plain'].rstrip()}\n```"
    dense = re.sub(r"\n\s*\n", "\n", text)  # an empty line would end the markup
    return f'<div class="told">\n{dense}\n</div>'


if __name__ == "__main__":
    raise SystemExit(main())
