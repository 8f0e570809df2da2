/** Soon. */
export function AuditPage(_: { refText?: string }) {
  return null;
}
