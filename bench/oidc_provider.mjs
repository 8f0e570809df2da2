// A certified provider of OpenID Connect on this machine, for bench/login.py: node oidc_provider.mjs FOLDER PORT BACK
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { generateKeyPairSync } from "node:crypto";

const [folder, port, back] = process.argv.slice(2);
const found = createRequire(`${folder}/x.js`).resolve("oidc-provider");
const { Provider } = await import(pathToFileURL(found).href);
const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" });
const issuer = `http://localhost:${port}`;
const provider = new Provider(issuer, {
  clients: [{
    client_id: "filiation", client_secret: "hush", redirect_uris: [back], id_token_signed_response_alg: "ES256",
    token_endpoint_auth_method: "client_secret_basic",
  }],
  jwks: { keys: [{ ...key, kid: "es", use: "sig", alg: "ES256" }] },
  pkce: { required: () => true },
  conformIdTokenClaims: false,
  claims: { openid: ["sub"], profile: ["preferred_username", "groups"] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, preferred_username: `${id} of the lab`, groups: ["lab", "deciders", "others"] }),
  }),
  cookies: { keys: ["loopback"] },
});
provider.listen(Number(port), "localhost", () => console.log(issuer));
