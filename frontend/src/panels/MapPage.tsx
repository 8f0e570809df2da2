import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Source } from "../data/api";
import { scaleOf } from "../engine/camera";
import { MapEngine } from "../engine/engine";
import { visible } from "../engine/visible";
import { t } from "../i18n";
import { connectApplications } from "../state/applications";
import {
  answers,
  application,
  connect,
  engine,
  hover,
  hoverMark,
  missing,
  noteCamera,
  noteSettled,
  painter,
  restore,
  select,
  selectApplication,
  selectHit,
  selection,
} from "../state/atlas";
import { opened } from "../state/opening";
import { mapTheme } from "../state/palette";
import { patch, reachMode, shade, tableOpen, view } from "../state/view";
import { Breadcrumb } from "./Breadcrumb";
import { Icon } from "./Icon";
import { Legend } from "./Legend";
import { later } from "./lazy";
import { NodePanel } from "./NodePanel";
import { TableTwin } from "./TableTwin";
import { TimeSlider } from "./TimeSlider";
import { MarkTooltip, Tooltip } from "./Tooltip";

const ApplicationPanel = later(() => import("./ApplicationPanel").then((module) => module.ApplicationPanel));
const failure = signal<string | null>(null);
const noWebgl = signal(false);

export function MapPage() {
  const element = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const names = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let made: MapEngine | null = null;
    let gone = false;
    opened().then(
      (from) => {
        if (gone || !element.current || !canvas.current || !names.current) return;
        made = start(from, element.current, canvas.current, names.current);
      },
      (error: unknown) => {
        failure.value = String(error instanceof Error ? error.message : error);
      },
    );
    return () => {
      gone = true;
      made?.destroy();
      engine.value = null;
    };
  }, []);
  useEffect(() => {
    engine.value?.setTheme(mapTheme(shade.value));
  }, [shade.value, engine.value]);
  return (
    <main
      class={`map-page${selection.value || application.value !== null ? " has-node" : ""}${tableOpen.value ? " has-table" : ""}`}
    >
      <div class="map" ref={element} tabIndex={0} role="application" aria-label={t("map.label")}>
        <canvas ref={canvas} />
        <canvas ref={names} class="names" />
        <div class="cross" aria-hidden="true" />
      </div>
      {!engine.value && <Opening />}
      <Breadcrumb />
      <Tooltip />
      <MarkTooltip />
      <Legend />
      <ZoomButtons />
      <TimeSlider />
      {answers.value === false && <p class="notice">{t("map.static")}</p>}
      {missing.value && (
        <p class="notice" role="alert">
          {t("map.missing", { ref: visible(missing.value) })}
        </p>
      )}
      <NodePanel />
      {application.value !== null && <ApplicationPanel />}
      <TableTwin />
    </main>
  );
}

function start(from: Source, element: HTMLElement, canvas: HTMLCanvasElement, names: HTMLCanvasElement): MapEngine | null {
  const look = painter.peek();
  if (!look) return null;
  const at = view.peek().camera;
  try {
    const made = new MapEngine(
      element,
      canvas,
      names,
      from,
      from.manifest.lands,
      look,
      mapTheme(shade.peek()),
      {
        camera: () => undefined,
        hover: (hit, mark, px, py) => {
          hover.value = hit ? { hit, px, py } : null;
          hoverMark.value = mark === null ? null : { name: mark, px, py };
        },
        select: selectHit,
        selectMark: selectApplication,
        cancel: () => (reachMode.peek() !== "none" ? patch({ reach: "none" }) : select(null)),
        settled: () => {
          if (!made.moved) return noteSettled();
          noteCamera(made.camera);
          noteSettled();
        },
      },
      at ? { x: at.x, y: at.y, scale: scaleOf(at.zoom) } : undefined,
    );
    engine.value = made;
    connect();
    connectApplications();
    void restore(view.peek());
    Object.assign(window, { filiationMap: made });
    return made;
  } catch (error) {
    noWebgl.value = true;
    failure.value = error instanceof Error ? error.message : String(error);
    return null;
  }
}

function Opening() {
  const text = noWebgl.value ? t("map.noWebgl") : failure.value ? t("map.failed", { reason: failure.value }) : t("map.loading");
  return (
    <p class="opening" role="status">
      {text}
    </p>
  );
}

function ZoomButtons() {
  const now = engine.value;
  return (
    <div class="zoom" role="group">
      <button type="button" aria-label={t("control.zoomIn")} title={t("control.zoomIn")} onClick={() => now?.zoomBy(2)}>
        <Icon name="plus" />
      </button>
      <button type="button" aria-label={t("control.zoomOut")} title={t("control.zoomOut")} onClick={() => now?.zoomBy(0.5)}>
        <Icon name="minus" />
      </button>
      <button
        type="button"
        aria-label={t("control.home")}
        title={t("control.home")}
        onClick={() => now?.flyTo({ x: 0.5, y: 0.5, r: 0.5 })}
      >
        <Icon name="home" />
      </button>
    </div>
  );
}
