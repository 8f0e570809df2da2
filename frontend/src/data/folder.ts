import { tableFromIPC } from "@uwdata/flechette";
import type { FoundHit, Place } from "./types";

type Get = (path: string, signal?: AbortSignal) => Promise<Response>;

interface Index {
  /** Nodes to a piece. */
  piece: number;
  /** Nodes of one kind, sorted by name as it is compared. */
  sections: { prefix: string; start: number; end: number }[];
  /** The first name of each piece. */
  begins: string[];
}

interface Piece {
  ref: string[];
  x: Float64Array;
  y: Float64Array;
  r: Float64Array;
  parent: Int32Array;
}

interface First {
  node: Uint32Array;
  ref: string[];
  low: string[];
  downloads: ArrayLike<number | bigint>;
}

/** Names and places in an exported folder, where nobody answers: by number, by name, and by words of the most important. */
export class Folder {
  private readonly pieces = new Map<number, Promise<Piece>>();
  private indexed: Promise<Index> | null = null;
  private first: Promise<First> | null = null;

  constructor(private readonly get: Get) {}

  async node(node: number): Promise<Place> {
    const { piece } = await this.index();
    const names = await this.piece(Math.floor(node / piece));
    const row = node % piece;
    const ref = names.ref[row];
    if (ref === undefined) throw new Error(`no node ${node}`);
    const [x, y, r] = [names.x, names.y, names.r].map((column) => column[row] as number) as [number, number, number];
    const parent = names.parent[row] as number;
    return { ref, node, x, y, r, parent: parent < 0 ? null : parent };
  }

  /** The node of that name, whatever its case; a name without a kind is a model's, or else a dataset's. */
  async place(ref: string): Promise<Place> {
    const { sections } = await this.index();
    const asked = sections.filter(({ prefix }) => ref.startsWith(prefix));
    for (const section of asked.length ? asked : sections) {
      const name = asked.length ? ref.slice(section.prefix.length) : ref;
      const found = await this.node(await this.lowest(section, folded(name))).catch(() => null);
      if (found && folded(found.ref) === folded(section.prefix + name)) return found;
    }
    throw new Error(`no node ${ref}`);
  }

  /** Names with all words among the most important, then names that begin so. */
  async find(text: string, limit: number, signal: AbortSignal): Promise<FoundHit[]> {
    const words = folded(text).split(/\s+/).filter(Boolean);
    const { node, low, downloads } = await this.mostImportant(signal);
    const found = new Map<number, number | null>();
    for (let i = 0; i < low.length && found.size < limit; i++) {
      if (!words.every((word) => (low[i] as string).includes(word))) continue;
      const count = Number(downloads[i]);
      found.set(node[i] as number, count < 0 ? null : count);
    }
    for (const begun of await this.begunBy(words.join(" "), limit - found.size)) found.set(begun, found.get(begun) ?? null);
    const places = await Promise.all([...found.keys()].map((item) => this.node(item)));
    return places.map((place) => ({ ...place, score: 0, downloads: found.get(place.node) ?? null }));
  }

  private async begunBy(start: string, limit: number): Promise<number[]> {
    const nodes: number[] = [];
    for (const section of (await this.index()).sections) {
      let node = await this.lowest(section, start);
      while (nodes.length < limit && node < section.end) {
        const { ref } = await this.node(node);
        if (!folded(ref).startsWith(section.prefix + start)) break;
        nodes.push(node++);
      }
    }
    return nodes;
  }

  /** The first node of a section whose name does not come before `name`. */
  private async lowest(section: Index["sections"][number], name: string): Promise<number> {
    const { piece, begins } = await this.index();
    let [low, high] = [Math.ceil(section.start / piece), Math.ceil(section.end / piece)];
    const from = low;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (before(begins[middle] as string, name)) low = middle + 1;
      else high = middle;
    }
    // What is looked for is in the piece before the first one that begins with it or later.
    let [first, last] = [low === from ? section.start : (low - 1) * piece, Math.min(low * piece, section.end)];
    while (first < last) {
      const middle = (first + last) >> 1;
      const { ref } = await this.node(middle);
      if (before(folded(ref.slice(section.prefix.length)), name)) first = middle + 1;
      else last = middle;
    }
    return first;
  }

  private index(): Promise<Index> {
    this.indexed ??= this.get("map/names/index.json").then((response) => response.json() as Promise<Index>);
    return this.indexed;
  }

  private piece(number: number): Promise<Piece> {
    let known = this.pieces.get(number);
    if (!known) {
      known = this.table(`map/names/${number}.arrow`).then((column) => ({
        ref: Array.from(column("ref") as Iterable<string>),
        x: column("x") as Float64Array,
        y: column("y") as Float64Array,
        r: column("r") as Float64Array,
        parent: column("parent") as Int32Array,
      }));
      known.catch(() => this.pieces.delete(number));
      this.pieces.set(number, known);
    }
    return known;
  }

  private mostImportant(signal: AbortSignal): Promise<First> {
    this.first ??= this.table("map/names/first.arrow", signal).then((column) => {
      const ref = Array.from(column("ref") as Iterable<string>);
      return {
        node: column("node") as Uint32Array,
        ref,
        low: ref.map(folded),
        downloads: column("downloads") as ArrayLike<number | bigint>,
      };
    });
    this.first.catch(() => {
      this.first = null;
    });
    return this.first;
  }

  private async table(path: string, signal?: AbortSignal): Promise<(name: string) => unknown> {
    const response = await this.get(path, signal);
    const table = tableFromIPC(new Uint8Array(await response.arrayBuffer()));
    return (name) => table.getChild(name).toArray();
  }
}

/** A name as it is compared: ASCII without case, other text as it stands. */
function folded(name: string): string {
  return /^[\x20-\x7e]*$/.test(name) ? name.toLowerCase() : name;
}

const encoder = new TextEncoder();

/** Whether a name comes before another, byte by byte. */
function before(a: string, b: string): boolean {
  const [left, right] = [encoder.encode(a), encoder.encode(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    if (left[i] !== right[i]) return (left[i] as number) < (right[i] as number);
  }
  return left.length < right.length;
}
