// Serve a built page and the tiles of a map as plain files, as an exported folder would be: node dev/folder.mjs ATLAS/map [PORT]
import { createReadStream, existsSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const [maps, port = "8123"] = process.argv.slice(2);
const current = () => {
  const named = readdirSync(maps).filter((name) => existsSync(join(maps, name, "manifest.json")));
  return join(maps, named.sort().pop() ?? "");
};
const page = new URL("../../src/filiation/server/static/", import.meta.url).pathname;
const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".json": "application/json",
};
const POLICY =
  "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

createServer((request, response) => {
  const path = normalize(new URL(request.url, "http://localhost").pathname);
  const file = path.startsWith("/map/") ? join(current(), path.slice(5)) : join(page, path === "/" ? "index.html" : path);
  if (!existsSync(file)) {
    response.writeHead(404, { "content-type": "text/html" }).end("not found");
    return;
  }
  response.writeHead(200, {
    "content-type": TYPES[extname(file)] ?? "application/octet-stream",
    "content-security-policy": POLICY,
  });
  createReadStream(file).pipe(response);
}).listen(Number(port), "127.0.0.1");
