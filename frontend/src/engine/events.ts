import type { Camera } from "./camera";
import type { Hit } from "./scene";

export interface Circle {
  x: number;
  y: number;
  r: number;
}

export interface EngineEvents {
  /** The camera moved. */
  camera(camera: Camera): void;
  /** What is under the pointer: a circle, or the mark of that name. */
  hover(hit: Hit | null, mark: string | null, px: number, py: number): void;
  select(hit: Hit | null): void;
  selectMark(name: string): void;
  cancel(): void;
  /** A frame with everything that the view needs has been drawn. */
  settled(): void;
}

export interface FrameStats {
  frames: number;
  lastMs: number;
  drawn: number;
  circles: number;
}
