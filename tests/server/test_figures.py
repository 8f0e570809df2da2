"""Trends and overview: each number opens the list behind it, and the list is as long as the number says."""

from __future__ import annotations

import csv
import io
from urllib.parse import quote

from served_registry import models


def listed(client, path):
    """Return all items of a list, page by page."""
    items = []
    while path:
        answer = client.get(path)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert page["offset"] == len(items)
        items += page["items"]
        path = page["next"]
    assert len(items) == page["total"]
    return items


def test_every_point_opens_its_models(client):
    charts = client.get("/api/v1/trends").json()["charts"]
    assert [chart["id"] for chart in charts] == [
        "growth", "documentation", "depth-by-modality", "relations-by-family", "relations-by-modality", "relations-by-month",
        "licenses-along-edges", "license-changes", "card-length", "influence",
    ]  # fmt: skip
    for chart in charts:
        for series in chart["series"]:
            for x, _, n in series["points"]:
                address = chart["models"].replace("{series}", quote(series["name"])).replace("{x}", quote(x))
                items = listed(client, f"{address}&limit=40")
                assert len(items) == n, (chart["id"], series["name"], x)
                assert len({item["node"] for item in items}) == n


def test_the_csv_is_the_chart(client):
    for chart in client.get("/api/v1/trends").json()["charts"]:
        answer = client.get(chart["csv"])
        assert answer.headers["content-type"].startswith("text/csv")
        assert answer.headers["content-disposition"] == f'attachment; filename="{chart["id"]}.csv"'
        rows = list(csv.reader(io.StringIO(answer.text)))
        assert rows[0] == chart["columns"]
        assert len(rows) - 1 == sum(len(series["points"]) for series in chart["series"])
        assert not any(cell.startswith(("=", "@", "+")) for row in rows for cell in row)


def test_growth_counts_what_was_charted(client):
    growth = client.get("/api/v1/trends").json()["charts"][0]
    series = {item["name"]: sum(y for _, y, _ in item["points"]) for item in growth["series"]}
    assert series == {"model": len(models())}
    assert growth["left_out"] == 1  # the dataset has no date
    assert growth["x"] == ["2024-01", "2024-02", "2024-03", "2024-04", "2024-05", "2024-06"]


def test_depth_and_relations(client):
    charts = {chart["id"]: chart for chart in client.get("/api/v1/trends").json()["charts"]}
    depth = {item["name"]: item["points"] for item in charts["depth-by-modality"]["series"]}
    assert depth["language"] == [["1", 1.0, 1], ["2", 0.0, 0], ["3", 0.0, 0], ["4", 0.0, 0], ["5 and more", 0.0, 0]]
    family = {item["name"]: {x: n for x, _, n in item["points"]} for item in charts["relations-by-family"]["series"]}
    assert family["quantized"]["model:o/base"] == 1
    fate = {item["name"]: sum(n for *_, n in item["points"]) for item in charts["licenses-along-edges"]["series"]}
    assert fate["changed"] >= 120
    assert fate["dropped"] == 2  # the quantised one and the merge declare none


def test_influence_sums_each_descendant_once(client):
    influence = next(chart for chart in client.get("/api/v1/trends").json()["charts"] if chart["id"] == "influence")
    own_base = 1000
    below = sum(range(120)) + 400 + 900 + 50
    ratio = "1 to 10" if below > own_base else "1/10 to 1"
    address = influence["models"].replace("{series}", "language").replace("{x}", quote(ratio))
    assert "model:o/base" in [item["ref"] for item in listed(client, address)]


def test_every_figure_opens_its_list(client):
    for address in ("/api/v1/overview", "/api/v1/overview?portfolio=ours"):
        overview = client.get(address).json()
        for figure in overview["documented"] + overview["risks"]:
            assert len(listed(client, figure["nodes"])) == figure["count"], figure


def test_the_overview_of_the_registry(client):
    overview = client.get("/api/v1/overview").json()
    count = {figure["id"]: figure["count"] for figure in overview["documented"] + overview["risks"]}
    assert overview["nodes"] == len(models())
    assert overview["portfolios"] == ["ours"]
    assert count["declares-license"] == 123
    assert count["base-model-self-reference"] == 1
    assert count["repository-missing"] >= 1
    assert count["single-upstream"] == 1
    assert overview["upstream"][0]["ref"] == "model:o/base"
    first = overview["attention"][0]
    assert first["defects"]
    everyone = listed(client, "/api/v1/overview/attention/models?limit=7")
    assert everyone[: len(overview["attention"])] == overview["attention"]
    urgency = [len(item["defects"]) * (1 + item["descendants"]) for item in everyone]
    assert urgency == sorted(urgency, reverse=True)


def test_the_overview_of_a_portfolio(client):
    overview = client.get("/api/v1/overview?portfolio=ours").json()
    assert overview["nodes"] == 2
    assert overview["unknown"] == ["not/there", ".."]
    assert {item["ref"]: item["dependents"] for item in overview["upstream"]} == {"model:o/base": 1, "dataset:o/data": 1}
    assert overview["downloads"] == 405
