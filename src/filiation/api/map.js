// The map in a notebook: draws what Python found of a view, and says where the reader went. Knows no framework.
const WAIT_MS = 120; // so long after the last movement Python is asked anew

const HOLDS = 0.15;
const HEAD = 0.035;

const numbers = (view) => new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
const bytes = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

function render({ model, el }) {
  const canvas = document.createElement("canvas");
  const told = document.createElement("div");
  canvas.style.cssText = "display:block;width:100%;margin:auto;touch-action:none;cursor:grab;border-radius:6px";
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", "Map of models: drag to move, turn the wheel or press + and - to zoom, click to select");
  told.style.cssText = "font:12px sans-serif;padding:4px 2px;min-height:1.4em";
  told.setAttribute("aria-live", "polite");
  el.append(canvas, told);
  const pen = canvas.getContext("2d");
  let [x, y, width] = model.get("view");
  let timer = 0;
  let frame = 0;

  const side = () => Math.max(canvas.clientWidth, 1);
  const scale = () => model.get("_drawn")[2] / width; // from the view that was drawn to the one that is looked at
  const place = (u, v) => {
    const [cx, cy, w] = model.get("_drawn");
    return [((cx + (u - 0.5) * w - x) / width) * side() + side() / 2,
            ((cy + (v - 0.5) * w - y) / width) * side() + model.get("height") / 2];
  };

  function disc(u, v, r, fill, stroke, alpha) {
    const [px, py] = place(u, v);
    const radius = r * side() * scale();
    if (radius < 0.3 || px + radius < 0 || py + radius < 0 || px - radius > side() || py - radius > model.get("height")) return;
    pen.beginPath();
    pen.arc(px, py, radius, 0, 7);
    pen.globalAlpha = alpha;
    pen.fillStyle = fill;
    pen.fill();
    pen.globalAlpha = 1;
    pen.strokeStyle = stroke;
    pen.stroke();
  }

  function word(text, u, v, size, colour) {
    const [px, py] = place(u, v);
    pen.font = `${size}px sans-serif`;
    pen.textAlign = "center";
    pen.lineWidth = 3;
    pen.strokeStyle = "rgba(255,255,255,.7)";
    pen.strokeText(text, px, py);
    pen.fillStyle = colour;
    pen.fillText(text, px, py);
    pen.lineWidth = 1;
  }

  function draw() {
    frame = 0;
    const ink = model.get("_ink");
    const ratio = window.devicePixelRatio || 1;
    const height = model.get("height");
    canvas.style.maxWidth = canvas.style.height = `${height}px`;
    canvas.width = side() * ratio;
    canvas.height = height * ratio;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.fillStyle = ink.sea;
    pen.fillRect(0, 0, side(), height);
    const lands = model.get("_lands");
    for (const [, u, v, r] of lands) disc(u, v, r, ink.land, ink.shore, 1);
    const circles = numbers(model.get("_circles"));
    const relations = bytes(model.get("_relations"));
    const named = bytes(model.get("_named"));
    const refs = model.get("_refs");
    const selected = model.get("selected");
    refs.forEach((ref, at) => {
      const colour = ink.relations[relations[at]];
      const mine = ref === selected;
      pen.lineWidth = mine ? 3 : 1;
      disc(circles[3 * at], circles[3 * at + 1], circles[3 * at + 2], colour, mine ? ink.mark : colour, 0.3);
    });
    pen.lineWidth = 1;
    if (width > 0.3) for (const [name, u, v, r] of lands) if (r > 0.06) word(name, u, v - r * 0.85, 13, ink.land_name);
    refs.forEach((ref, at) => {
      if (ref === selected || (named[at] && circles[3 * at + 2] * scale() > 0.03)) {
        const r = circles[3 * at + 2];
        const up = r * scale() > HOLDS ? r - HEAD / scale() : 0; // what may hold others bears its name at the top
        word(ref.split("/").pop(), circles[3 * at], circles[3 * at + 1] - up, 11, ref === selected ? ink.mark : ink.text);
      }
    });
    canvas.dataset.circles = String(refs.length);
  }

  const soon = () => { if (!frame) frame = requestAnimationFrame(draw); };

  function moved() {
    width = Math.min(Math.max(width, 1e-7), 1);
    x = Math.min(Math.max(x, 0), 1);
    y = Math.min(Math.max(y, 0), 1);
    soon();
    clearTimeout(timer);
    timer = setTimeout(() => { timer = 0; model.set("view", [x, y, width]); model.save_changes(); }, WAIT_MS);
  }

  function zoom(by, px, py) {
    const before = width;
    width = Math.min(Math.max(width * by, 1e-7), 1);
    x += ((px - side() / 2) / side()) * (before - width);
    y += ((py - model.get("height") / 2) / side()) * (before - width);
    moved();
  }

  /** The narrowest circle at a point: it lies in front. */
  function under(px, py) {
    const circles = numbers(model.get("_circles"));
    let found = -1;
    for (let at = 0; at < circles.length / 3; at++) {
      const [cx, cy] = place(circles[3 * at], circles[3 * at + 1]);
      if (Math.hypot(px - cx, py - cy) <= Math.max(circles[3 * at + 2] * side() * scale(), 2)) found = at;
    }
    return found < 0 ? "" : model.get("_refs")[found];
  }

  let grabbed = null;
  const spot = (event) => { const box = canvas.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
  canvas.addEventListener("pointerdown", (event) => {
    const [px, py] = spot(event);
    grabbed = { px, py, x, y, far: false };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const [px, py] = spot(event);
    if (!grabbed) { told.textContent = under(px, py) || model.get("selected"); return; }
    grabbed.far ||= Math.hypot(px - grabbed.px, py - grabbed.py) > 4;
    x = grabbed.x - ((px - grabbed.px) / side()) * width;
    y = grabbed.y - ((py - grabbed.py) / side()) * width;
    moved();
  });
  canvas.addEventListener("pointerup", (event) => {
    const [px, py] = spot(event);
    if (grabbed && !grabbed.far) { model.set("selected", under(px, py)); model.save_changes(); }
    grabbed = null;
  });
  canvas.addEventListener("wheel", (event) => { event.preventDefault(); zoom(Math.exp(event.deltaY * 0.0015), ...spot(event)); }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const step = width / 8;
    const ways = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (ways[event.key]) { x += ways[event.key][0]; y += ways[event.key][1]; moved(); }
    else if (event.key === "+" || event.key === "=") zoom(0.7, side() / 2, model.get("height") / 2);
    else if (event.key === "-") zoom(1 / 0.7, side() / 2, model.get("height") / 2);
    else return;
    event.preventDefault();
  });
  const chosen = () => { told.textContent = model.get("selected"); soon(); };
  const sent = () => { if (!grabbed && !timer) [x, y, width] = model.get("view"); soon(); };
  model.on("change:_drawn", sent);
  model.on("change:selected", chosen);
  const watching = new ResizeObserver(soon);
  watching.observe(canvas);
  chosen();
  return () => { watching.disconnect(); clearTimeout(timer); cancelAnimationFrame(frame); model.off("change:_drawn", sent); model.off("change:selected", chosen); };
}

export default { render };
