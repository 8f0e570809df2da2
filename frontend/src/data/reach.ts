import type { Reach } from "../engine/reach";

/** What is reached from a node, with the edge by which each was reached first. */
export interface ReachAnswer extends Reach {
  parent: Int32Array;
  relation: Uint8Array;
}
