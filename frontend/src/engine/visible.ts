/** Signs that are not seen, or turn the direction of what follows, so that a name looks like another. */
const STEERING = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/** Text of strangers with a mark in place of each sign that steers how it is shown. */
export function visible(text: string): string {
  return text.replace(STEERING, "\ufffd");
}
