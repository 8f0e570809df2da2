import { type Camera, type Size, toScreen } from "./camera";
import type { Candidate } from "./scene";
import type { BerthName } from "./shore";
import type { Theme } from "./style";
import { visible } from "./visible";

export interface Land {
  name: string;
  x: number;
  y: number;
  r: number;
}

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface Placed extends Box {
  text: string;
  x: number;
  y: number;
  font: string;
  land: boolean;
}

const FAMILY = 'system-ui, -apple-system, "Segoe UI", "Hiragino Sans", "Noto Sans CJK JP", sans-serif';
const MAX_LABELS = 70;

export function overlaps(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

/** Keep the boxes that overlap none before them. */
export function withoutOverlap<T extends Box>(boxes: readonly T[], most: number): T[] {
  const kept: T[] = [];
  for (const box of boxes) {
    if (kept.length >= most) break;
    if (!kept.some((other) => overlaps(box, other))) kept.push(box);
  }
  return kept;
}

/** Writes names over the map, the most important first, none over another. */
export class Labels {
  private readonly context: CanvasRenderingContext2D;
  private readonly widths = new Map<string, number>();
  private shown = new Set<string>();

  constructor(readonly canvas: HTMLCanvasElement) {
    const context = canvas.getContext("2d");
    if (!context) throw new Error("no 2d canvas");
    this.context = context;
  }

  draw(
    candidates: Candidate[],
    lands: readonly Land[],
    berths: readonly BerthName[],
    camera: Camera,
    size: Size,
    dpr: number,
    theme: Theme,
  ): Placed[] {
    const found = [...this.landNames(lands, camera, size), ...this.berthNames(berths, size), ...this.names(candidates, size)];
    const placed = withoutOverlap(found, MAX_LABELS);
    this.shown = new Set(placed.map((label) => label.text));
    const context = this.context;
    context.setTransform(dpr, 0, 0, dpr, 0, 0);
    context.clearRect(0, 0, size.width, size.height);
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    for (const label of placed) {
      context.font = label.font;
      context.letterSpacing = label.land ? "0.14em" : "0px";
      context.strokeStyle = theme.halo;
      context.lineWidth = label.land ? 4 : 3;
      context.strokeText(label.text, label.x, label.y);
      context.fillStyle = label.land ? theme.landName : theme.ink;
      context.fillText(label.text, label.x, label.y);
    }
    return placed;
  }

  private landNames(lands: readonly Land[], camera: Camera, size: Size): Placed[] {
    const found: (Placed & { weight: number })[] = [];
    for (const land of lands) {
      const [x, y] = toScreen(camera, size, land.x, land.y);
      const r = land.r * camera.scale;
      if (r < 34 || r > Math.min(size.width, size.height) * 0.62) continue;
      if (x < -40 || y - r < -6 || x > size.width + 40 || y > size.height + 20) continue;
      const px = Math.round(Math.min(17, 9.5 + r / 36));
      const text = land.name.replaceAll("-", " ").toUpperCase();
      const above = y - r - px * 0.7;
      const wide = this.box(text, 0, above, `600 ${px}px ${FAMILY}`, px, 0.14).right;
      // A name is kept within the view while its land is, but never far from it.
      const inside = Math.max(x - r, Math.min(x + r, Math.max(wide, Math.min(size.width - wide, x))));
      found.push({ ...this.box(text, inside, above, `600 ${px}px ${FAMILY}`, px, 0.14), land: true, weight: r });
    }
    return found.sort((a, b) => b.weight - a.weight);
  }

  /** Names of marks around the map, whole within the view. */
  private berthNames(berths: readonly BerthName[], size: Size): Placed[] {
    return berths.map(({ text, px, py }) => {
      const name = text.length > 34 ? `${text.slice(0, 33)}…` : text;
      const half = this.box(name, 0, 0, `600 11px ${FAMILY}`, 11, 0).right;
      const inside = Math.max(half, Math.min(size.width - half, px));
      return this.box(name, inside, Math.max(8, Math.min(size.height - 8, py)), `600 11px ${FAMILY}`, 11, 0);
    });
  }

  private names(candidates: Candidate[], size: Size): Placed[] {
    const weight = (item: Candidate) => item.pr * (item.leaf ? 1 : 1.4) * (this.shown.has(short(item)) ? 1.25 : 1);
    const room = Math.max(size.width, size.height);
    const fitting = candidates.filter((item) => item.pr < room);
    fitting.sort((a, b) => weight(b) - weight(a) || a.id - b.id);
    const labels: Placed[] = [];
    for (const item of fitting.slice(0, 4 * MAX_LABELS)) {
      const px = Math.round(Math.min(15, 10.5 + item.pr / 90));
      const text = short(item);
      const font = `${item.leaf ? 400 : 600} ${px}px ${FAMILY}`;
      const box = this.box(text, item.px, item.py, font, px, 0);
      const wide = box.right - box.left;
      if (wide > Math.max(2.6 * item.pr, 64) || item.pr < 9) continue;
      // What holds others is named at its top, or where it comes into view.
      if (!item.leaf) shift(box, Math.max(-item.pr + Math.min(item.pr * 0.22, 16), Math.min(16 - item.py, item.pr * 0.6)));
      if (box.top > -8 && box.bottom < size.height + 8 && box.left > -wide / 2 && box.right < size.width + wide / 2) {
        labels.push(box);
      }
    }
    return labels;
  }

  private box(text: string, x: number, y: number, font: string, px: number, spacing: number): Placed {
    const key = font + text;
    let width = this.widths.get(key);
    if (width === undefined) {
      this.context.font = font;
      width = this.context.measureText(text).width + spacing * px * text.length;
      if (this.widths.size > 5000) this.widths.clear();
      this.widths.set(key, width);
    }
    const half = width / 2 + 4;
    return { text, x, y, font, land: false, left: x - half, right: x + half, top: y - px * 0.75, bottom: y + px * 0.75 };
  }
}

function shift(box: Placed, by: number): void {
  box.y += by;
  box.top += by;
  box.bottom += by;
}

/** The name without its owner when it stands inside what tells the owner; whole names are in the panel. */
function short(item: Candidate): string {
  const slash = item.text.lastIndexOf("/");
  const name = visible(slash >= 0 ? item.text.slice(slash + 1) : item.text);
  return name.length > 34 ? `${name.slice(0, 33)}…` : name;
}
