import { scaleLinear, scalePoint } from "d3-scale";
import { line } from "d3-shape";
import type { Chart } from "../data/types";
import { relationTint } from "../state/facets";
import { GREY, OKABE_ITO, type Tint } from "../state/palette";

export const WIDTH = 560;
const LEFT = 52;
const RIGHT = 14;
const TOP = 10;
const BAR = 20;
const GAP = 8;
const BAR_LEFT = 168;

const RELATIONS = /^(finetune|adapter|quantized|merge|distilled|converted|unknown|trained_on|derived_from)$/;

export function seriesTint(chart: Chart, index: number): Tint {
  const name = chart.series[index]?.name ?? "";
  if (RELATIONS.test(name)) return relationTint(name);
  if (name === "other" || name === "undeclared" || name === "unknown") return GREY;
  return OKABE_ITO[index % OKABE_ITO.length] as Tint;
}

export interface Mark {
  series: number;
  x: string;
  y: number;
  n: number;
}

export interface LinePlot {
  height: number;
  paths: { series: number; d: string }[];
  dots: (Mark & { cx: number; cy: number })[];
  ticks: { y: number; value: number }[];
  labels: { x: number; text: string }[];
}

/** Lines over months. */
export function linePlot(chart: Chart): LinePlot {
  const height = 236;
  const bottom = height - 24;
  const x = scalePoint(chart.x, [LEFT, WIDTH - RIGHT]);
  const greatest = Math.max(1e-9, ...chart.series.flatMap((series) => series.points.map((point) => point[1])));
  const y = scaleLinear([0, greatest], [bottom, TOP]).nice(4);
  const draw = line<[string, number, number]>(
    (point) => x(point[0]) ?? 0,
    (point) => y(point[1]),
  );
  const every = Math.max(1, Math.ceil(chart.x.length / 7));
  return {
    height,
    paths: chart.series.map((series, i) => ({ series: i, d: draw(series.points) ?? "" })),
    dots: chart.series.flatMap((series, i) =>
      series.points.map(([at, value, n]) => ({ series: i, x: at, y: value, n, cx: x(at) ?? 0, cy: y(value) })),
    ),
    ticks: y.ticks(4).map((value) => ({ y: y(value), value })),
    labels: chart.x.filter((_, i) => i % every === 0).map((text) => ({ x: x(text) ?? 0, text })),
  };
}

export interface BarPlot {
  height: number;
  left: number;
  rows: { y: number; text: string }[];
  bars: (Mark & { name: string; left: number; top: number; width: number; height: number })[];
}

/** Bars along categories: stacked where they are shares of one whole, else side by side. */
export function barPlot(chart: Chart): BarPlot {
  const bySeries = chart.measure === "share of series";
  const names = bySeries ? chart.series.map((series) => series.name) : chart.x;
  const totals = new Map<string, number>();
  for (const series of chart.series) {
    for (const [x, y] of series.points) {
      const row = bySeries ? series.name : x;
      totals.set(row, (totals.get(row) ?? 0) + y);
    }
  }
  const rows = names.filter((name) => totals.has(name));
  const scale = scaleLinear([0, Math.max(1e-9, ...totals.values())], [0, WIDTH - BAR_LEFT - RIGHT]);
  const filled = new Map<string, number>();
  const bars = chart.series.flatMap((series, i) =>
    series.points.map(([x, y, n], k) => {
      const row = bySeries ? series.name : x;
      const from = filled.get(row) ?? 0;
      filled.set(row, from + y);
      const top = TOP + rows.indexOf(row) * (BAR + GAP);
      const index = bySeries ? Math.max(k, chart.x.indexOf(x)) : i;
      return {
        series: index,
        x,
        y,
        n,
        left: BAR_LEFT + scale(from),
        top,
        width: Math.max(0, scale(y)),
        height: BAR,
        name: series.name,
      };
    }),
  );
  return {
    height: TOP * 2 + rows.length * (BAR + GAP),
    left: BAR_LEFT,
    rows: rows.map((text, i) => ({ y: TOP + i * (BAR + GAP) + BAR / 2, text })),
    bars,
  };
}
