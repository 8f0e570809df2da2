import { Arcs, type Line } from "./arcs";
import { type Camera, clampCamera, ease, fitted, flight, panBy, type Size, toMap, toScreen, zoomAt } from "./camera";
import type { Circle, EngineEvents, FrameStats } from "./events";
import { listen } from "./gestures";
import { premultiplied } from "./ink";
import { Labels, type Land } from "./labels";
import { Pace } from "./pace";
import { addTiny, type Reach } from "./reach";
import { Renderer } from "./renderer";
import { type Hit, pick, Scene } from "./scene";
import { Shore } from "./shore";
import type { Painter, Theme } from "./style";
import { neededTiles, type Tile, TilePool, type TileSource, withinBudget } from "./tiles";

const FLIGHT_MS = 400;
const SLACK_PX = 4;
/** So long after the last movement the map is drawn at full resolution. */
const REST_MS = 100;

/** The map: a canvas for circles, one above it for names. Draws only when something changed. */
export class MapEngine {
  readonly stats: FrameStats = { frames: 0, lastMs: 0, drawn: 0, circles: 0 };
  readonly pool: TilePool;
  private readonly renderer: Renderer;
  private readonly labels: Labels;
  private readonly scene = new Scene();
  private readonly arcs = new Arcs();
  private readonly shore = new Shore();
  private cameraNow: Camera;
  private size: Size = { width: 1, height: 1 };
  private dpr = 1;
  private readonly pace: Pace;
  private moving = false;
  /** What panels cover of the view, in CSS pixels; flights end beside it. */
  inset = { right: 0, bottom: 0 };
  private restTimer = 0;
  private tiles: Tile[] = [];
  private dirty = true;
  private scheduled = false;
  private expected: Camera | null = null;
  private flying: { path: (t: number) => Camera; from: number; to: Camera } | null = null;
  private month = 65534;
  private lines: readonly Line[] = [];
  private reach: Reach | null = null;
  private reachColour: (depth: number) => number = () => 0xffffffff;
  private selected: Circle | null = null;
  private hovered: Circle | null = null;
  private settledAt = -1;
  /** Whether the camera was ever moved from where it was at the start. */
  moved = false;
  private readonly stops: (() => void)[] = [];

  constructor(
    private readonly element: HTMLElement,
    canvas: HTMLCanvasElement,
    labelCanvas: HTMLCanvasElement,
    source: TileSource,
    private readonly lands: readonly Land[],
    private painter: Painter,
    private theme: Theme,
    private readonly on: EngineEvents,
    camera?: Camera,
  ) {
    this.renderer = new Renderer(canvas);
    this.pace = new Pace(this.renderer.inSoftware);
    this.labels = new Labels(labelCanvas);
    this.pool = new TilePool(source, () => this.invalidate());
    this.measure();
    this.cameraNow = camera ?? fitted(this.size);
    this.stops.push(
      listen(element, {
        pan: (dx, dy) => this.moveTo(panBy(this.cameraNow, dx, dy)),
        zoom: (px, py, factor) => this.moveTo(zoomAt(this.cameraNow, this.size, px, py, factor)),
        hover: (px, py) => this.hoverAt(px, py),
        leave: () => this.setHover(null, null, 0, 0),
        click: (px, py) => {
          const mark = this.markAt(px, py);
          if (mark === null) on.select(this.pickAt(px, py));
          else on.selectMark(mark);
        },
        home: () => this.flyTo({ x: 0.5, y: 0.5, r: 0.5 }),
        cancel: () => on.cancel(),
      }),
    );
    const observer = new ResizeObserver(() => this.measure());
    observer.observe(element);
    this.stops.push(() => observer.disconnect());
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    canvas.addEventListener("webglcontextrestored", () => {
      this.renderer.prepare();
      this.invalidate();
    });
  }

  get camera(): Camera {
    return this.cameraNow;
  }

  get viewSize(): Size {
    return this.size;
  }

  /** Whether nothing more is to come: all tiles of the view are here and drawn. */
  get resting(): boolean {
    return !this.scheduled && !this.flying && !this.moving && !this.pool.busy;
  }

  /** Tiles in view that are here. */
  get viewTiles(): readonly Tile[] {
    return this.tiles;
  }

  /** Wide circles in view that have no name yet, widest first. */
  get unnamed(): number[] {
    return [...this.scene.unnamed].sort((a, b) => b.pr - a.pr).map((item) => item.id);
  }

  /** Name a circle that its tile does not name. */
  setName(node: number, name: string): void {
    this.scene.names.set(node, name);
    this.invalidate();
  }

  /** Circles that hold the whole view, outermost first. */
  get around(): readonly Hit[] {
    return this.scene.around;
  }

  destroy(): void {
    for (const stop of this.stops) stop();
  }

  setPainter(painter: Painter): void {
    this.painter = painter;
    this.invalidate();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    for (const tile of this.pool.loaded.values()) tile.painted = -1;
    this.invalidate();
  }

  /** Show what existed by a month, counted from January 2018. */
  setMonth(month: number): void {
    this.month = month;
    this.invalidate();
  }

  setReach(reach: Reach | null, lines: readonly Line[], colour: (depth: number) => number): void {
    this.reach = reach;
    this.lines = lines;
    this.reachColour = colour;
    this.invalidate();
  }

  /** Show what stands around the map, and single out one mark of it. */
  setShore(told: Partial<Pick<Shore, "berths" | "lines" | "chosen" | "used">>): void {
    Object.assign(this.shore, told);
    this.invalidate();
  }

  setSelected(circle: Circle | null): void {
    this.selected = circle;
    this.invalidate();
  }

  jump(camera: Camera): void {
    this.flying = null;
    this.cameraNow = clampCamera(camera);
    this.changed();
  }

  zoomBy(factor: number): void {
    const to = zoomAt(this.cameraNow, this.size, this.size.width / 2, this.size.height / 2, factor);
    this.fly(to, 220);
  }

  /** Fly until the circle fills a good part of the view. */
  flyTo(circle: Circle, share = 0.94): void {
    this.fly(this.cameraOn(circle, share), FLIGHT_MS);
  }

  /** Load what a flight to the circle will need, after what the view needs; null expects none. */
  expect(circle: Circle | null, share = 0.94): void {
    this.expected = circle && this.cameraOn(circle, share);
    this.invalidate();
  }

  private cameraOn(circle: Circle, share: number): Camera {
    const { right, bottom } = this.inset;
    const free = { width: this.size.width - right, height: this.size.height - bottom };
    const to = fitted(free, circle.x, circle.y, Math.max(circle.r, 1e-9), share);
    return clampCamera({ x: to.x + right / 2 / to.scale, y: to.y + bottom / 2 / to.scale, scale: to.scale });
  }

  screenOf(x: number, y: number): [number, number] {
    return toScreen(this.cameraNow, this.size, x, y);
  }

  mapAt(px: number, py: number): [number, number] {
    return toMap(this.cameraNow, this.size, px, py);
  }

  pickAt(px: number, py: number): Hit | null {
    const [x, y] = toMap(this.cameraNow, this.size, px, py);
    return pick(this.tiles, x, y, SLACK_PX / this.cameraNow.scale, this.month);
  }

  private markAt(px: number, py: number): string | null {
    return this.shore.pick(px, py, this.cameraNow, this.size, SLACK_PX);
  }

  invalidate(): void {
    this.dirty = true;
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame((now) => this.frame(now));
  }

  private fly(to: Camera, ms: number): void {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.jump(to);
      return;
    }
    const path = flight(this.cameraNow, to, this.size);
    const from = performance.now();
    this.flying = { path: (now) => path(ease(Math.min(1, (now - from) / ms))), from, to };
    this.invalidate();
  }

  private moveTo(camera: Camera): void {
    this.flying = null;
    this.cameraNow = camera;
    this.changed();
  }

  private changed(): void {
    this.moved = true;
    this.keepMoving();
    this.on.camera(this.cameraNow);
    this.invalidate();
  }

  private measure(): void {
    const width = Math.max(1, this.element.clientWidth);
    const height = Math.max(1, this.element.clientHeight);
    this.size = { width, height };
    this.dpr = Math.min(2, window.devicePixelRatio || 1);
    const { canvas } = this.labels;
    canvas.width = Math.round(width * this.dpr);
    canvas.height = Math.round(height * this.dpr);
    this.invalidate();
  }

  private hoverAt(px: number, py: number): void {
    if (this.flying) return;
    const mark = this.markAt(px, py);
    this.setHover(mark === null ? this.pickAt(px, py) : null, mark, px, py);
  }

  private setHover(hit: Hit | null, mark: string | null, px: number, py: number): void {
    const changed = hit?.x !== this.hovered?.x || hit?.y !== this.hovered?.y || mark !== this.shore.hovered;
    this.hovered = hit;
    this.shore.hovered = mark;
    this.on.hover(hit, mark, px, py);
    if (changed) this.invalidate();
  }

  private frame(now: number): void {
    this.scheduled = false;
    if (this.flying) this.advance(now);
    if (this.moving) this.pace.note(now);
    if (!this.dirty) return;
    this.dirty = false;
    const started = performance.now();
    // While flying, load for where the flight ends, so that it is there on arrival.
    const aim = this.flying?.to ?? this.cameraNow;
    const levels = this.pool.source.levels;
    const next = this.expected ? neededTiles(this.pool.index, this.expected, this.size, levels) : [];
    this.pool.want(withinBudget([...neededTiles(this.pool.index, aim, this.size, levels), ...next]));
    this.tiles = this.pool.present(neededTiles(this.pool.index, this.cameraNow, this.size, levels));
    this.draw();
    this.stats.frames++;
    this.stats.lastMs = performance.now() - started;
    if (this.stats.drawn === 0 && this.scene.drawn > 0) performance.mark("map-drawn");
    this.stats.drawn = this.scene.drawn;
    this.stats.circles = this.pool.circles;
    if (this.flying) this.invalidate();
    else if (!this.moving && !this.pool.busy && this.settledAt !== this.stats.frames) {
      this.settledAt = this.stats.frames;
      performance.clearMarks("map-settled");
      performance.mark("map-settled");
      this.on.settled();
    }
  }

  private advance(now: number): void {
    const flying = this.flying;
    if (!flying) return;
    this.cameraNow = flying.path(Math.max(now, flying.from));
    if (this.cameraNow === flying.to) this.flying = null;
    this.dirty = true;
    this.moved = true;
    this.keepMoving();
    this.on.camera(this.cameraNow);
  }

  /** The map moves; when it has not for a while it is drawn once more, at full resolution. */
  private keepMoving(): void {
    this.moving = true;
    clearTimeout(this.restTimer);
    this.restTimer = window.setTimeout(() => {
      this.moving = false;
      this.invalidate();
    }, REST_MS);
  }

  /** Give the drawing the resolution that the moment allows. */
  private resize(): number {
    const share = this.moving ? this.pace.share : 1;
    const { canvas } = this.renderer;
    const width = Math.round(this.size.width * this.dpr * share);
    const height = Math.round(this.size.height * this.dpr * share);
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    return width / this.size.width;
  }

  private draw(): void {
    const { scene, cameraNow: camera, size, theme } = this;
    const dpr = this.resize();
    scene.begin(camera, size, dpr, this.renderer.widestPoint, this.renderer.inSoftware);
    scene.addLands(this.lands, camera, theme);
    scene.addTiles(this.tiles, camera, this.painter, this.month, theme.land);
    if (this.reach) addTiny(scene.discs, this.reach, camera, size, dpr, this.reachColour);
    const [r, g, b] = theme.accent;
    if (this.hovered) scene.outline(camera, this.hovered, premultiplied(r, g, b, 0.6));
    if (this.selected) scene.outline(camera, this.selected, premultiplied(r, g, b, 1));
    this.shore.draw(scene.marks, camera, size, dpr, theme);
    this.arcs.build(this.shore.lines.length ? [...this.lines, ...this.shore.lines] : this.lines, camera, size, dpr);
    this.renderer.draw(scene, this.arcs, dpr);
    this.labels.draw(scene.labels, this.lands, this.shore.names, camera, size, this.dpr, theme);
  }
}
