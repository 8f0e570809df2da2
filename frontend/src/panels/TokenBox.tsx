import { useEffect, useState } from "preact/hooks";
import { readToken } from "../data/token";
import { visible } from "../engine/visible";
import { say } from "../i18n/review";
import { approach, locked, loginAddress, me, signIn, signOut } from "../state/session";
import "./review.css";

/** Who decides: a token is entered here, and nowhere else. */
export function TokenBox({ onEntered }: { onEntered?: () => void }) {
  const [secret, setSecret] = useState("");
  const [failed, setFailed] = useState("");
  useEffect(() => void approach(), []);
  if (me.value) {
    return (
      <p class="who">
        {visible(say("signedIn", { name: me.value.name, role: say(`role.${me.value.role}`) }))}{" "}
        <button type="button" class="link" onClick={signOut}>
          {say(readToken() ? "signOut" : "logOut")}
        </button>
      </p>
    );
  }
  const enter = async () => {
    setFailed("");
    try {
      await signIn(secret.trim());
      setSecret("");
      onEntered?.();
    } catch (error) {
      setFailed(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <div class="token-box" role="group" aria-label={say("signInTitle")}>
      <p class="quiet">{say(locked.value ? "lockedHint" : "signInHint")}</p>
      <label>
        {say("token")}{" "}
        <input
          type="password"
          autocomplete="off"
          spellcheck={false}
          maxLength={200}
          value={secret}
          onInput={(event) => setSecret(event.currentTarget.value)}
          onKeyDown={(event) => event.key === "Enter" && void enter()}
        />
      </label>
      <button type="button" class="pill" disabled={!secret.trim()} onClick={() => void enter()}>
        {say("signIn")}
      </button>
      {loginAddress() && (
        <a class="pill" href={loginAddress() ?? ""}>
          {say("logIn")}
        </a>
      )}
      {failed && <p role="alert">{say("failed", { reason: visible(failed) })}</p>}
    </div>
  );
}

/** In place of everything, where the server shows nothing without a token. */
export function Gate() {
  return (
    <main class="sheet gate">
      <h1>{say("signInTitle")}</h1>
      <TokenBox onEntered={() => location.reload()} />
    </main>
  );
}
