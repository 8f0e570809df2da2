/** Soon. */
export function ReviewPage(_: { refText?: string }) {
  return null;
}
