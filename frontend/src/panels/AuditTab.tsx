/** Soon. */
export function AuditTab(_: { refText?: string }) {
  return null;
}
