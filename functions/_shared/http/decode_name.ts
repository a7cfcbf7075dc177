/** What percent signs in an address stand for; null where that cannot be read. */
export function decodeName(name: string): string | null {
  try {
    return decodeURIComponent(name)
  } catch {
    return null
  }
}
