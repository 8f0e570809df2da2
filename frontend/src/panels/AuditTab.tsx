import { useEffect } from "preact/hooks";
import { greet } from "../state/session";
import { AuditView } from "./AuditView";

/** The audit of the node that is singled out. */
export function AuditTab({ refText }: { refText: string }) {
  useEffect(greet, []);
  return <AuditView key={refText} refText={refText} />;
}
