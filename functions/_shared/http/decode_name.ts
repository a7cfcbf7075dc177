/** Decodes percent-encoding; null where it is invalid. */
export function decodeName(name: string): string | null {
  try {
    return decodeURIComponent(name)
  } catch {
    return null
  }
}
