import type { Line } from "./arcs";
import type { Camera, Size } from "./camera";
import { premultiplied } from "./ink";
import type { Mesh } from "./mesh";
import type { Theme } from "./style";

/** What stands outside of the map's families: it has a mark of its own kind, and lines to what it uses. */
export interface Berth {
  name: string;
  x: number;
  y: number;
  r: number;
}

/** A name beside a mark, CSS pixels. */
export interface BerthName {
  text: string;
  px: number;
  py: number;
}

interface Place {
  x: number;
  y: number;
  r: number;
}

/** However far one looks, a mark is no smaller than this, and however near, no wider; CSS pixels. */
const LEAST_PX = 5;
const MOST_PX = 30;
const CHOSEN_PX = 2;
const MOST_NAMES = 24;

/** The marks around the map, and what the one that is chosen uses. */
export class Shore {
  berths: readonly Berth[] = [];
  lines: readonly Line[] = [];
  /** Circles of the map that are singled out because the chosen one uses them. */
  used: readonly Place[] = [];
  chosen: string | null = null;
  hovered: string | null = null;
  readonly names: BerthName[] = [];

  /** Add the marks to what is drawn last; `width` and `height` in device pixels. */
  draw(into: Mesh, camera: Camera, size: Size, dpr: number, theme: Theme): void {
    this.names.length = 0;
    const [r, g, b] = theme.mark;
    const [width, height] = [size.width * dpr, size.height * dpr];
    const place = ({ x, y }: Place) => [
      (x - camera.x) * camera.scale * dpr + width / 2,
      (y - camera.y) * camera.scale * dpr + height / 2,
    ];
    const ring = premultiplied(r, g, b, 1);
    for (const circle of this.used) {
      const [px, py] = place(circle) as [number, number];
      const pr = Math.max(circle.r * camera.scale, LEAST_PX) * dpr;
      if (offView(px, py, pr, width, height) || pr > width) continue;
      into.circle(px, py, pr, 0, ring, CHOSEN_PX * dpr, false, width, height);
    }
    const [inkR, inkG, inkB] = theme.accent;
    for (const berth of this.berths) {
      const [px, py] = place(berth) as [number, number];
      const pr = radius(berth, camera) * dpr;
      if (offView(px, py, 2 * pr, width, height)) continue;
      const singled = berth.name === this.chosen || berth.name === this.hovered;
      if (singled) into.diamond(px, py, pr + 4 * dpr, premultiplied(inkR, inkG, inkB, berth.name === this.chosen ? 1 : 0.6));
      into.diamond(px, py, pr + (singled ? 2 : 1) * dpr, premultiplied(...theme.land, 1));
      into.diamond(px, py, pr, ring);
      if (this.names.length < MOST_NAMES || singled) this.names.push(nameOf(berth, px / dpr, py / dpr, pr / dpr));
    }
  }

  /** The mark under a point of the view, CSS pixels; where several are, the nearest. */
  pick(px: number, py: number, camera: Camera, size: Size, slack: number): string | null {
    let found: string | null = null;
    let nearest = Number.POSITIVE_INFINITY;
    for (const berth of this.berths) {
      const dx = Math.abs((berth.x - camera.x) * camera.scale + size.width / 2 - px);
      const dy = Math.abs((berth.y - camera.y) * camera.scale + size.height / 2 - py);
      if (dx + dy > radius(berth, camera) + slack || dx + dy >= nearest) continue;
      nearest = dx + dy;
      found = berth.name;
    }
    return found;
  }
}

function radius(berth: Berth, camera: Camera): number {
  return Math.min(MOST_PX, Math.max(LEAST_PX, berth.r * camera.scale));
}

/** A name stands on the side of its mark that looks to the map. */
function nameOf(berth: Berth, px: number, py: number, pr: number): BerthName {
  return { text: berth.name, px, py: berth.y > 1 ? py - pr - 9 : py + pr + 9 };
}

function offView(px: number, py: number, pr: number, width: number, height: number): boolean {
  return px + pr < 0 || px - pr > width || py + pr < 0 || py - pr > height;
}
