/** What a person does with pointer, wheel and keys, told in pixels of the element. */
export interface GestureHandlers {
  pan(dx: number, dy: number): void;
  zoom(px: number, py: number, factor: number): void;
  hover(px: number, py: number): void;
  leave(): void;
  click(px: number, py: number, again: boolean): void;
  home(): void;
  cancel(): void;
}

const CLICK_SLOP_PX = 5;
const KEY_PAN_PX = 90;

/** Listen on an element; returns a function that stops listening. */
export function listen(element: HTMLElement, on: GestureHandlers): () => void {
  const pointers = new Map<number, { x: number; y: number }>();
  let moved = 0;
  let pinch = 0;
  const stop = new AbortController();
  const options = { signal: stop.signal };

  const place = (event: MouseEvent): { x: number; y: number } => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const spread = () => {
    const [a, b] = [...pointers.values()];
    return a && b ? { far: Math.hypot(a.x - b.x, a.y - b.y), x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 } : null;
  };

  element.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button !== 0) return;
      element.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, place(event));
      if (pointers.size === 1) moved = 0;
      else moved = CLICK_SLOP_PX + 1;
      pinch = spread()?.far ?? 0;
    },
    options,
  );
  element.addEventListener(
    "pointermove",
    (event) => {
      const at = place(event);
      const before = pointers.get(event.pointerId);
      if (!before) {
        on.hover(at.x, at.y);
        return;
      }
      const middle = spread();
      pointers.set(event.pointerId, at);
      const now = spread();
      if (middle && now) {
        on.pan(now.x - middle.x, now.y - middle.y);
        if (pinch > 0) on.zoom(now.x, now.y, now.far / pinch);
        pinch = now.far;
      } else {
        moved += Math.hypot(at.x - before.x, at.y - before.y);
        if (moved > CLICK_SLOP_PX) on.pan(at.x - before.x, at.y - before.y);
      }
    },
    options,
  );
  const release = (event: PointerEvent) => {
    const known = pointers.delete(event.pointerId);
    pinch = 0;
    if (known && event.type === "pointerup" && pointers.size === 0 && moved <= CLICK_SLOP_PX) {
      const at = place(event);
      on.click(at.x, at.y, event.detail > 1);
    }
  };
  element.addEventListener("pointerup", release, options);
  element.addEventListener("pointercancel", release, options);
  element.addEventListener("pointerleave", () => on.leave(), options);
  element.addEventListener(
    "dblclick",
    (event) => {
      const at = place(event);
      on.zoom(at.x, at.y, event.shiftKey ? 0.5 : 2);
    },
    options,
  );
  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const at = place(event);
      const unit = event.deltaMode === 1 ? 18 : event.deltaMode === 2 ? 400 : 1;
      const speed = event.ctrlKey ? 0.01 : 0.0022;
      on.zoom(at.x, at.y, Math.exp(-Math.max(-400, Math.min(400, event.deltaY * unit)) * speed));
    },
    { ...options, passive: false },
  );
  element.addEventListener("keydown", (event) => onKey(event, element, on), options);
  return () => stop.abort();
}

function onKey(event: KeyboardEvent, element: HTMLElement, on: GestureHandlers): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const [midX, midY] = [element.clientWidth / 2, element.clientHeight / 2];
  const actions: Record<string, () => void> = {
    ArrowLeft: () => on.pan(KEY_PAN_PX, 0),
    ArrowRight: () => on.pan(-KEY_PAN_PX, 0),
    ArrowUp: () => on.pan(0, KEY_PAN_PX),
    ArrowDown: () => on.pan(0, -KEY_PAN_PX),
    "+": () => on.zoom(midX, midY, 1.5),
    "=": () => on.zoom(midX, midY, 1.5),
    "-": () => on.zoom(midX, midY, 1 / 1.5),
    Home: () => on.home(),
    Enter: () => on.click(midX, midY, false),
    Escape: () => on.cancel(),
  };
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}
