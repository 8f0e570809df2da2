const KEPT = ["fill", "stroke", "stroke-width", "font-size", "font-family"] as const;

/** Save a drawing as a file that looks the same without our style sheet. */
export function saveSvg(svg: SVGSVGElement, name: string): void {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const before = svg.querySelectorAll<SVGElement>("text, line, path, circle, rect");
  const after = copy.querySelectorAll<SVGElement>("text, line, path, circle, rect");
  for (const [i, element] of before.entries()) {
    const style = getComputedStyle(element);
    for (const property of KEPT) after[i]?.setAttribute(property, style.getPropertyValue(property));
    after[i]?.removeAttribute("class");
  }
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.removeAttribute("class");
  const file = new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = `${name}.svg`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
