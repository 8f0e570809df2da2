import { graphlib, layout } from "@dagrejs/dagre";
import type { Source } from "../data/api";
import type { Portrait, TraceEdge } from "../data/types";

export interface FamilyNode {
  ref: string;
  depth: number;
  state: string | null;
}

/** Ancestors and descendants of a node, as far as a drawing bears. */
export interface Family {
  nodes: FamilyNode[];
  edges: TraceEdge[];
  /** Relatives that are not drawn. */
  moreUp: number;
  moreDown: number;
}

export interface Drawn {
  width: number;
  height: number;
  nodes: (FamilyNode & { x: number; y: number })[];
  edges: { edge: TraceEdge; path: string; x: number; y: number }[];
}

const MOST_UP = 24;
const MOST_DOWN = 24;
const MOST_TRACED = 400;
const MOST_NAMED = 14;
export const NODE_WIDTH = 158;
export const NODE_HEIGHT = 34;

/** Gather the family of a node from what the server answers. */
export async function familyOf(source: Source, about: Portrait, node: number, signal: AbortSignal): Promise<Family> {
  const up = await source.trace(about.ref, false, null, signal);
  const above = up.nodes.slice(0, MOST_UP);
  const down = about.descendants_count === 0 ? NONE : await descendants(source, about, node, signal);
  const nodes: FamilyNode[] = [
    { ref: about.ref, depth: 0, state: about.state === "present" ? null : about.state },
    ...above.map((item) => ({ ref: item.ref, depth: -item.depth, state: item.state ?? null })),
    ...down.nodes,
  ];
  const drawn = new Set(nodes.map((item) => item.ref));
  const seen = new Set<string>();
  const edges = [...up.edges, ...down.edges].filter((edge) => {
    const key = `${edge.child}\n${edge.parent}\n${edge.relation}`;
    if (seen.has(key) || !drawn.has(edge.child) || !drawn.has(edge.parent)) return false;
    seen.add(key);
    return true;
  });
  return { nodes, edges, moreUp: up.total - above.length, moreDown: about.descendants_count - down.nodes.length };
}

interface Down {
  nodes: FamilyNode[];
  edges: TraceEdge[];
}
const NONE: Down = { nodes: [], edges: [] };

/** A few descendants are traced whole; of many, the greatest children are named one by one. */
async function descendants(source: Source, about: Portrait, node: number, signal: AbortSignal): Promise<Down> {
  if (about.descendants_count <= MOST_TRACED) {
    const traced = await source.trace(about.ref, true, null, signal);
    const nodes = traced.nodes
      .slice(0, MOST_DOWN)
      .map((item) => ({ ref: item.ref, depth: item.depth, state: item.state ?? null }));
    return { nodes, edges: traced.edges };
  }
  const found = await source.reach(node, "down", signal);
  const children = Array.from({ length: found.count }, (_, i) => i).filter((i) => found.depth[i] === 1);
  children.sort((a, b) => (found.r[b] as number) - (found.r[a] as number));
  const named = await Promise.all(children.slice(0, MOST_NAMED).map((i) => source.node(found.node[i] as number)));
  const traces = await Promise.all(named.map((place) => source.trace(place.ref, false, 1, signal)));
  const edges = traces.flatMap((trace) => trace.edges.filter((edge) => edge.parent === about.ref));
  return { nodes: named.map((place) => ({ ref: place.ref, depth: 1, state: null })), edges };
}

/** Place a family in layers, parents to the left of their children. */
export function drawFamily(family: Family): Drawn {
  const graph = new graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: "LR", nodesep: 8, ranksep: 34, marginx: 10, marginy: 10 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of family.nodes) graph.setNode(node.ref, { width: NODE_WIDTH, height: NODE_HEIGHT });
  for (const edge of family.edges) graph.setEdge(edge.parent, edge.child, {}, edge.relation);
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return {
    width,
    height,
    nodes: family.nodes.map((node) => ({ ...node, ...place(graph.node(node.ref)) })),
    edges: family.edges.map((edge) => {
      const points = (graph.edge(edge.parent, edge.child, edge.relation) as { points: { x: number; y: number }[] }).points;
      const middle = points[Math.floor(points.length / 2)] ?? { x: 0, y: 0 };
      return { edge, path: smooth(points), x: middle.x, y: middle.y };
    }),
  };
}

function place(node: unknown): { x: number; y: number } {
  const { x, y } = node as { x: number; y: number };
  return { x, y };
}

/** A line through points, with its corners rounded. */
function smooth(points: { x: number; y: number }[]): string {
  const [first, ...rest] = points;
  const last = rest.pop();
  if (!first || !last) return "";
  let path = `M${first.x},${first.y}`;
  for (const [i, point] of rest.entries()) {
    const next = rest[i + 1] ?? last;
    path += `Q${point.x},${point.y} ${(point.x + next.x) / 2},${(point.y + next.y) / 2}`;
  }
  return `${path}L${last.x},${last.y}`;
}
