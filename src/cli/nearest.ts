/** The known name that somebody may have meant. */
export async function nearest(text: string, known: readonly string[]): Promise<string | undefined> {
  const { distance } = await import('fastest-levenshtein')
  return known
    .map((name) => ({ name, far: distance(name.toLowerCase(), text.toLowerCase()) }))
    .filter(({ far, name }) => far <= Math.max(2, name.length / 3))
    .sort((a, b) => a.far - b.far)[0]?.name
}
