import { useEffect, useState } from "preact/hooks";
import { ask } from "../data/api";
import { visible } from "../engine/visible";
import { number } from "../i18n";
import { say } from "../i18n/review";
import { greet, me } from "../state/session";
import { view } from "../state/view";
import { ReviewItem } from "./ReviewItem";
import { ReviewQueue } from "./ReviewQueue";
import { TokenBox } from "./TokenBox";
import "./audit.css";
import "./review.css";

/** What waits for a person, and one item of it. */
export function ReviewPage() {
  const { item } = view.value;
  useEffect(greet, []);
  return (
    <div class="review-page">
      {item === null ? (
        <>
          <h1>{say("title")}</h1>
          <p class="lead">{say("lead")}</p>
          <TokenBox />
          <ReviewQueue />
          {me.value && <Whole />}
        </>
      ) : (
        <ReviewItem key={item} number={item} />
      )}
    </div>
  );
}

interface Verified {
  entries: number;
  intact: boolean;
  why: string;
}

/** Whether nobody changed the log behind everybody's back. */
function Whole() {
  const [told, setTold] = useState("");
  const verify = async () => {
    try {
      const found = await ask<Verified>("ledger/verified");
      setTold(found.intact ? say("whole", { n: number(found.entries) }) : say("broken", { why: visible(found.why) }));
    } catch (error) {
      setTold(say("failed", { reason: visible(error instanceof Error ? error.message : String(error)) }));
    }
  };
  return (
    <section>
      <h2>{say("log")}</h2>
      <button type="button" class="pill" onClick={() => void verify()}>
        {say("verify")}
      </button>{" "}
      <span role="status">{told}</span>
    </section>
  );
}
