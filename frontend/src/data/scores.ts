/** What a model is claimed to score against what was measured, as far as the page reads it. */

export type ScoreVerdict = "confirmed" | "within_noise" | "lower" | "higher" | "not_comparable";

export interface ScoreSide {
  ref: string;
  source: string;
  basis: string;
  value_written: string;
  protocol: Record<string, string | number | null>;
  samples: number | null;
  at: string | null;
  by: string;
  also: string[];
}

export interface SharedEffect {
  models: number;
  same_direction: number;
  median: number;
  low: number;
  high: number;
  chance: number;
  explains: boolean;
}

export interface ScoreRow {
  metric: string;
  dataset: string | null;
  claimed: number;
  measured: number;
  delta: number;
  verdict: ScoreVerdict;
  contradicted: boolean;
  differs: { field: string; claimed: string; measured: string }[];
  unsaid: string[];
  tolerance: { point: number; rounding: number; sampling: number | null; protocol: number; level: number } | null;
  low: number | null;
  high: number | null;
  claim: ScoreSide;
  result: ScoreSide;
  pipeline: SharedEffect | null;
}

export interface PipelineEffect {
  metric: string;
  dataset: string;
  harness: string | null;
  worse: boolean;
  shared: SharedEffect;
  refs: string[];
}

export interface TrackPoint {
  revision: string | null;
  at: string | null;
  value: number;
  samples: number | null;
  precision: string | null;
  source: string;
}

export interface ScoreTrack {
  metric: string;
  dataset: string | null;
  protocol: Record<string, string | number | null>;
  points: TrackPoint[];
  steps: { change: "dropped" | "rose" | "unsteady"; before: number; after: number; delta: number; allowed: number }[];
}

export interface LoneScore {
  metric: string;
  dataset: string | null;
  value: number;
  side: ScoreSide;
}

export interface ScoresAnswer {
  ref: string;
  rows: ScoreRow[];
  verdicts: Partial<Record<ScoreVerdict, number>>;
  contradicted: number;
  pipelines: PipelineEffect[];
  tracks: ScoreTrack[];
  unmeasured: LoneScore[];
  unclaimed: LoneScore[];
}
