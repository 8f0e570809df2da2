/** Shares of the full resolution that may be drawn while the map moves. */
const SHARES = [1, 0.75, 0.5] as const;
const SLOW_MS = 55;
const FAST_MS = 24;
const SLOW_FRAMES = 2;
const FAST_FRAMES = 24;
/** A longer pause than this is not a frame. */
const PAUSE_MS = 700;

/**
 * Decides how finely to draw while the map moves, from how long frames take. Where a processor does the drawing the map
 * moves coarsely and comes to rest sharp; where a GPU does it, it is always sharp.
 */
export class Pace {
  private level: number;
  private slow = 0;
  private fast = 0;
  private last = Number.NEGATIVE_INFINITY;

  constructor(inSoftware: boolean) {
    this.level = inSoftware ? SHARES.length - 1 : 0;
  }

  /** The share of the full resolution to draw while moving. */
  get share(): number {
    return SHARES[this.level] ?? 1;
  }

  /** Note the time of a frame, in milliseconds, drawn while the map moved. */
  note(now: number): void {
    const took = now - this.last;
    this.last = now;
    if (took > PAUSE_MS || took <= 0) return;
    this.slow = took > SLOW_MS ? this.slow + 1 : 0;
    this.fast = took < FAST_MS ? this.fast + 1 : 0;
    if (this.slow >= SLOW_FRAMES && this.level < SHARES.length - 1) this.change(1);
    else if (this.fast >= FAST_FRAMES && this.level > 0) this.change(-1);
  }

  private change(by: number): void {
    this.level += by;
    this.slow = 0;
    this.fast = 0;
  }
}
