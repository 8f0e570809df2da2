import { signal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { apiAddress, saveWithToken } from "../data/api";
import type { Chart } from "../data/types";
import { brief, number, percent, t, word } from "../i18n";
import { title } from "../i18n/titles";
import { opened } from "../state/opening";
import { ramp, type Tint, tint } from "../state/palette";
import { patch, shade } from "../state/view";
import { type BarPlot, barPlot, type LinePlot, linePlot, type Mark, seriesTint, WIDTH } from "./chart";
import { ListDialog } from "./Listing";
import { splitRef } from "./naming";
import { saveSvg } from "./saveSvg";
import { Swatch } from "./Tooltip";
import { useAnswer } from "./useAnswer";

const reading = signal<{ chart: string; text: string } | null>(null);

/** What the atlas paper reads off its map, live. */
export function Trends() {
  const answer = useAnswer<Chart[]>("trends", async (stop) => (await opened()).trends(stop));
  return (
    <div class="trends">
      <h1>{t("trends.title")}</h1>
      <p class="lead">{t("trends.lead")}</p>
      {answer.state === "waiting" && <p class="quiet">{t("trends.loading")}</p>}
      {answer.state === "nobody" && <p class="quiet">{t("page.unavailable")}</p>}
      {answer.state === "failed" && <p class="quiet">{t("page.failed", { reason: answer.reason })}</p>}
      {answer.state === "here" && (
        <div class="charts">
          {answer.value.map((chart) => (
            <ChartCard key={chart.id} chart={chart} />
          ))}
        </div>
      )}
      <ListDialog />
    </div>
  );
}

/** The colours and names of a chart's segments: its series, or the places of its axis where each series is one whole. */
function keysOf(chart: Chart): { name: string; tint: Tint }[] {
  if (chart.axis === "category" && chart.measure === "share of series") {
    const tints = ramp(chart.x.length);
    return chart.x.map((name, i) => ({ name, tint: tints[i] as Tint }));
  }
  return chart.series.map((series, i) => ({ name: series.name, tint: seriesTint(chart, i) }));
}

function ChartCard({ chart }: { chart: Chart }) {
  const svg = useRef<SVGSVGElement>(null);
  const keys = keysOf(chart);
  const name = title(chart.id, chart.title);
  return (
    <figure class="chart card" id={chart.id}>
      <figcaption>
        <h2>{name}</h2>
        <span class="save">
          <a href={apiAddress(chart.csv)} download={`${chart.id}.csv`} onClick={(event) => saveWithToken(event, chart.csv)}>
            {t("trends.csv")}
          </a>
          <button type="button" class="link" onClick={() => svg.current && saveSvg(svg.current, chart.id)}>
            {t("trends.svg")}
          </button>
        </span>
      </figcaption>
      {keys.length > 1 && (
        <p class="keys">
          {keys.map((key) => (
            <span key={key.name}>
              <Swatch colour={tint(key.tint, shade.value)} /> {shortened(key.name)}
            </span>
          ))}
        </p>
      )}
      {chart.series.length === 0 ? (
        <p class="empty quiet">{t("trends.empty")}</p>
      ) : chart.axis === "month" ? (
        <Lines chart={chart} plot={linePlot(chart)} name={name} svg={svg} keys={keys} />
      ) : (
        <Rows chart={chart} plot={barPlot(chart)} name={name} svg={svg} keys={keys} />
      )}
      <p class="reading" aria-hidden="true">
        {reading.value?.chart === chart.id ? reading.value.text : "\u00a0"}
      </p>
      <p class="quiet note">
        {chart.note} {chart.left_out > 0 && t("trends.leftOut", { n: number(chart.left_out) })}
      </p>
      <details>
        <summary>{t("trends.table")}</summary>
        <ChartTable chart={chart} />
      </details>
    </figure>
  );
}

interface PlotProps<P> {
  chart: Chart;
  plot: P;
  name: string;
  svg: { current: SVGSVGElement | null };
  keys: { name: string; tint: Tint }[];
}

function Lines({ chart, plot, name, svg, keys }: PlotProps<LinePlot>) {
  return (
    <svg ref={svg} class="plot" viewBox={`0 0 ${WIDTH} ${plot.height}`} role="img" aria-label={name}>
      {plot.ticks.map((tick) => (
        <g key={tick.value}>
          <line x1="52" x2={WIDTH - 14} y1={tick.y} y2={tick.y} class="grid" />
          <text x="46" y={tick.y + 4} text-anchor="end" class="axis">
            {valueText(chart, tick.value)}
          </text>
        </g>
      ))}
      {plot.labels.map((label) => (
        <text key={label.text} x={label.x} y={plot.height - 6} text-anchor="middle" class="axis">
          {label.text}
        </text>
      ))}
      {plot.paths.map((path) => (
        <path key={path.series} d={path.d} class="curve" stroke={colourOf(keys, path.series)} fill="none" />
      ))}
      {plot.dots.map((dot) => (
        <circle
          key={`${dot.series} ${dot.x}`}
          cx={dot.cx}
          cy={dot.cy}
          r="3"
          class="dot"
          fill={colourOf(keys, dot.series)}
          {...handlers(chart, dot, chart.series[dot.series]?.name ?? "")}
        />
      ))}
    </svg>
  );
}

function Rows({ chart, plot, name, svg, keys }: PlotProps<BarPlot>) {
  return (
    <svg ref={svg} class="plot" viewBox={`0 0 ${WIDTH} ${plot.height}`} role="img" aria-label={name}>
      {plot.rows.map((row) => (
        <text key={row.text} x={plot.left - 8} y={row.y + 4} text-anchor="end" class="axis">
          {clip(shortened(row.text))}
          <title>{row.text}</title>
        </text>
      ))}
      {plot.bars.map((bar) => (
        <rect
          key={`${bar.name} ${bar.x}`}
          x={bar.left}
          y={bar.top}
          width={bar.width}
          height={bar.height}
          class="dot"
          fill={colourOf(keys, bar.series)}
          {...handlers(chart, bar, bar.name)}
        />
      ))}
    </svg>
  );
}

function handlers(chart: Chart, mark: Mark, series: string) {
  const text = `${word(series)} · ${word(mark.x)}: ${valueText(chart, mark.y)} (${number(mark.n)})`;
  return {
    onClick: () => openList(chart, series, mark.x),
    onPointerEnter: () => {
      reading.value = { chart: chart.id, text };
    },
  };
}

function openList(chart: Chart, series: string, x: string): void {
  const address = chart.models.replace("{series}", encodeURIComponent(series)).replace("{x}", encodeURIComponent(x));
  patch({ list: address }, true);
}

function ChartTable({ chart }: { chart: Chart }) {
  const values = chart.series.map((series) => new Map(series.points.map(([x, y]) => [x, y])));
  return (
    <div class="table-scroll">
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">{chart.columns[1]}</th>
            {chart.series.map((series) => (
              <th scope="col" key={series.name}>
                {word(series.name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {chart.x.map((x) => (
            <tr key={x}>
              <th scope="row">{word(x)}</th>
              {chart.series.map((series, i) => {
                const value = values[i]?.get(x);
                return (
                  <td key={series.name} class="number">
                    {value !== undefined && (
                      <button type="button" class="link" onClick={() => openList(chart, series.name, x)}>
                        {valueText(chart, value)}
                      </button>
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function colourOf(keys: { tint: Tint }[], index: number): string {
  return tint(keys[index]?.tint ?? ["#888888", "#999999"], shade.value);
}

function valueText(chart: Chart, value: number): string {
  if (chart.measure.startsWith("share")) return percent(value);
  return value < 10_000 ? number(Math.round(value)) : brief(value);
}

/** A word, or of a reference the name. */
function shortened(text: string): string {
  if (/^(\w+:)?(model|dataset):/.test(text)) return splitRef(text).name;
  return word(text).replace(/^[a-z]+(_[a-z]+)+$/, (key) => key.replaceAll("_", " "));
}

function clip(text: string): string {
  return text.length > 26 ? `${text.slice(0, 25)}…` : text;
}
