/** The main attributes of `META-INF/MANIFEST.MF`, by their names in small letters. */

/**
 * Lines are cut at 72 bytes; what begins with a space goes on with the line before it. An empty line ends the main
 * section.
 */
export function manifestAttributes(text: string): Map<string, string> {
  const attributes = new Map<string, string>()
  const [main = ''] = text.replaceAll(/\r\n?/g, '\n').split('\n\n')
  for (const line of main.replaceAll('\n ', '').split('\n')) {
    const [, name, value] = /^([\w-]+): ?(.*)$/.exec(line) ?? []
    if (name !== undefined && value !== undefined) attributes.set(name.toLowerCase(), value.trim())
  }
  return attributes
}
