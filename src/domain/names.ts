/** Display names of resources: what callers may write, and the one form in which names are kept and compared. */

/** In characters (code points), after normalisation. */
export const NAME_MAX_LENGTH = 63

/**
 * No control characters, line or paragraph separators, unpaired surrogates, and no direction overrides: those let
 * one name look like another. For a `RegExp` with the `u` flag.
 */
export const NAME_PATTERN =
  '^[^\\u0000-\\u001F\\u007F-\\u009F\\u2028\\u2029\\u202A-\\u202E\\u2066-\\u2069\\uD800-\\uDFFF]+$'

const ALLOWED = new RegExp(NAME_PATTERN, 'u')

/** Without white space around it and in Unicode form NFC, so that what looks the same is the same. */
export const normalizeName = (raw: string): string => raw.normalize('NFC').trim()

/** Says what is wrong with a normalised name; nothing when it may be used. */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'a name needs at least one visible character'
  const length = [...name].length
  if (length > NAME_MAX_LENGTH) return `a name has at most ${NAME_MAX_LENGTH} characters, this one has ${length}`
  if (!ALLOWED.test(name)) return 'a name has no control characters, line breaks or direction overrides'
  return undefined
}
