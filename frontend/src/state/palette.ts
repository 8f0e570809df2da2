import { hex, type Rgb, type Theme } from "../engine/style";

export type Shade = "light" | "dark";
/** A colour for light and for dark. */
export type Tint = readonly [light: string, dark: string];

/** Okabe and Ito 2008, which colour-blind people can tell apart; yellow is darkened on light ground. */
export const OKABE_ITO: readonly Tint[] = [
  ["#0072b2", "#3d9fdb"],
  ["#e69f00", "#e6a91f"],
  ["#cc79a7", "#d98fb8"],
  ["#009e73", "#22b78c"],
  ["#d55e00", "#e8742a"],
  ["#56b4e9", "#7cc7f2"],
  ["#a08c00", "#e8dc4a"],
  ["#5b4b8a", "#a99be0"],
];

export const SLATE: Tint = ["#43586a", "#c3d0da"];
export const GREY: Tint = ["#8b969e", "#7c8b96"];
export const PALE: Tint = ["#a3b1bb", "#5d6d79"];

/** Applications, which are no models: a colour that no class of a facet has. */
export const MARK: Tint = ["#7b1fa2", "#d9a6f2"];

/** From little to much. */
export const RAMP: readonly Tint[] = [
  ["#bcd5e6", "#1d4362"],
  ["#93bddb", "#255b84"],
  ["#639fca", "#3078a8"],
  ["#3a81b4", "#4a97c6"],
  ["#1f639a", "#76b3da"],
  ["#0f477a", "#a9d1ea"],
  ["#082a52", "#e0f0f9"],
];

export function tint(pair: Tint, shade: Shade): string {
  return pair[shade === "dark" ? 1 : 0];
}

/** Return `count` steps of the ramp, ends included. */
export function ramp(count: number): Tint[] {
  return Array.from({ length: count }, (_, i) => {
    const at = count === 1 ? RAMP.length - 1 : Math.round((i * (RAMP.length - 1)) / (count - 1));
    return RAMP[at] as Tint;
  });
}

export function mapTheme(shade: Shade): Theme {
  const dark = shade === "dark";
  return {
    sea: hex(dark ? "#0c141b" : "#dfe9f0"),
    shallow: hex(dark ? "#121d26" : "#eaf1f5"),
    hatch: hex(dark ? "#1b2833" : "#d9e5ec"),
    land: hex(dark ? "#1a252e" : "#fbfaf6"),
    ink: dark ? "#eaf1f5" : "#16242f",
    halo: dark ? "rgba(14,22,29,0.82)" : "rgba(255,255,255,0.86)",
    landName: dark ? "#93a8b8" : "#52697b",
    accent: hex(dark ? "#ffd166" : "#b3261e") as Rgb,
    mark: hex(tint(MARK, shade)) as Rgb,
  };
}
