"""Log in at a certified provider of OpenID Connect, as a browser does, and read what is then seen.

    npm install --prefix /elsewhere oidc-provider@9     # node-oidc-provider, MIT, certified by the OpenID Foundation
    python bench/login.py --provider /elsewhere

Starts the provider on loopback, which asks for PKCE and signs with ES256, and the real ``filiation serve --access`` over a
small atlas that keeps one owner's models for one group. Prints what each step came to; exits with 1 where one is not as
it should be.
"""

from __future__ import annotations

import argparse
import json
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

import httpx2

FILIATION = Path(sys.executable).parent / "filiation"
RULES = """
[groups]
lab = []

[[private]]
refs = ["acme/*"]
groups = ["lab"]

[openid]
issuer = "{issuer}"
client = "filiation"
secret_file = "{secret}"
public_url = "{here}"

[openid.roles]
reviewer = ["deciders"]
"""


def main() -> int:
    """Run it; return the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--provider", type=Path, required=True, help="the folder that node-oidc-provider was installed into")
    folder = parser.parse_args().provider.resolve()
    wrong = 0
    with tempfile.TemporaryDirectory() as place:
        for step, found, wanted in steps(Path(place), folder):
            wrong += found != wanted
            print(f"{'as it should be' if found == wanted else f'NOT {wanted!r}':16} {step}: {found}")
    return bool(wrong)


def steps(place: Path, provider: Path) -> Iterator[tuple[str, object, object]]:
    """Yield each step, what came of it, and what should have."""
    mine, theirs = _free_port(), _free_port()
    here, issuer = f"http://127.0.0.1:{mine}", f"http://localhost:{theirs}"
    atlas = _chart(place, RULES.format(issuer=issuer, here=here, secret=place / "secret"))
    node = ["node", str(Path(__file__).with_name("oidc_provider.mjs")), str(provider), str(theirs), f"{here}/login/callback"]
    serve = [str(FILIATION), "serve", "--atlas", str(atlas), "--port", str(mine)]
    with _running(node, f"{issuer}/jwks"), _running(serve, f"{here}/api/v1/door"), httpx2.Client() as browser:
        yield "nobody asks for acme/secret", browser.get(f"{here}/api/v1/show/acme/secret").status_code, 404
        clock = time.perf_counter()
        landed = _log_in(browser, here)
        took = time.perf_counter() - clock
        yield "the browser comes back to", landed, f"{here}/review"
        me = browser.get(f"{here}/api/v1/me").json()
        yield "who came", (me.get("name"), me.get("role"), me.get("groups")), ("ann of the lab", "reviewer", ["lab"])
        yield "ann asks for acme/secret", browser.get(f"{here}/api/v1/show/acme/secret").status_code, 200
        yield "nobody asks again", httpx2.get(f"{here}/api/v1/show/acme/secret").status_code, 404
        out = browser.post(f"{here}/logout", headers={"origin": here}).status_code
        yield "ann leaves", (out, browser.get(f"{here}/api/v1/show/acme/secret").status_code), (204, 404)
    print(f"the whole login took {1000 * took:.0f} ms of the clock, the provider's pages included")


def _log_in(browser: httpx2.Client, here: str) -> str:
    """Do what a person does in a browser; return where it ends."""
    answer = browser.get(f"{here}/login?to=/review")
    for _ in range(12):
        if answer.is_redirect:
            answer = browser.get(urljoin(str(answer.url), answer.headers["location"]))
        elif form := re.search(r'<form[^>]* action="([^"]+)"', answer.text):
            prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
            said = {"prompt": prompt[1] if prompt else "", "login": "ann", "password": "x"}
            answer = browser.post(urljoin(str(answer.url), form[1]), data=said)
        else:
            break
    return str(answer.url)


def _chart(place: Path, rules: str) -> Path:
    rows = [{"id": "o/base"}, {"id": "acme/secret", "tags": ["base_model:o/base"]}]
    (place / "models.jsonl").write_text("".join(json.dumps(row | {"tags": row.get("tags", [])}) + "\n" for row in rows))
    (place / "secret").write_text("hush")
    atlas = place / "a.atlas"
    for command in (["chart", str(place / "models.jsonl"), "--kind", "model"], ["ledger", "init", "--name", "boss"], ["views"]):
        subprocess.run([str(FILIATION), *command, "--atlas", str(atlas)], check=True, capture_output=True)
        (atlas / "access.toml").write_text(rules)
    return atlas


@contextmanager
def _running(command: list[str], ready: str) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        for _ in range(300):
            if process.poll() is not None:
                raise SystemExit(f"{command[0]} ended: {process.stderr.read() if process.stderr else ''}")
            try:
                httpx2.get(ready)
                break
            except httpx2.TransportError:
                time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.communicate()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


if __name__ == "__main__":
    sys.exit(main())
