import { useEffect, useState } from "preact/hooks";
import { t } from "../i18n";
import { engine, settled } from "../state/atlas";
import { monthText } from "../state/url";
import { month, patch } from "../state/view";
import { Icon } from "./Icon";

const STEP_MS = 160;

/** Replays growth by month. */
export function TimeSlider() {
  const [playing, setPlaying] = useState(false);
  const { first, last } = useMonths();
  useEffect(() => {
    if (!playing) return;
    const timer = setInterval(() => {
      const next = (month.peek() ?? first - 1) + 1;
      if (next >= last) {
        setPlaying(false);
        patch({ month: null });
      } else patch({ month: next });
    }, STEP_MS);
    return () => clearInterval(timer);
  }, [playing, first, last]);
  if (last <= first) return null;
  const now = month.value ?? last;
  const text = month.value === null ? t("time.now") : monthText(now);
  return (
    <div class="time card">
      <button
        type="button"
        aria-label={playing ? t("time.pause") : t("time.play")}
        title={playing ? t("time.pause") : t("time.play")}
        onClick={() => {
          if (!playing && month.value === null) patch({ month: first });
          setPlaying(!playing);
        }}
      >
        <Icon name={playing ? "pause" : "play"} />
      </button>
      <input
        type="range"
        min={first}
        max={last}
        value={now}
        aria-label={t("time.slider")}
        aria-valuetext={text}
        onInput={(event) => {
          const value = Number(event.currentTarget.value);
          patch({ month: value >= last ? null : value });
        }}
      />
      <output>{text}</output>
    </div>
  );
}

/** First and last month of the root tile: of the most important of the whole map. */
function useMonths(): { first: number; last: number } {
  const [range, setRange] = useState({ first: 0, last: 0 });
  void settled.value;
  const root = engine.value?.pool.loaded.get("0/0/0");
  useEffect(() => {
    if (!root || range.last) return;
    let first = Number.POSITIVE_INFINITY;
    let last = 0;
    for (const born of root.data.columns.month) {
      if (born === 65535) continue;
      if (born < first) first = born;
      if (born > last) last = born;
    }
    if (last > first) setRange({ first, last });
  }, [root, range.last]);
  return range;
}
