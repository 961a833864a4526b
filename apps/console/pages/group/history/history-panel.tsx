/** The group's history. */
export default function HistoryPanel(_: { cluster: string; group: string }) {
  return null
}
