/** Display names of resources: what callers may write, and the one form in which names are kept and compared. */

/** In characters (code points), after normalisation. */
export const NAME_MAX_LENGTH = 63

/**
 * No control characters, line or paragraph separators, and no direction overrides: those let one name look like
 * another. As literal characters, since engines don't agree on escapes beyond `\x`; for a `RegExp` with or without the `u` flag.
 */
const FORBIDDEN = '\\x00-\\x1F\\x7F-\\x9F\u2028-\u202E\u2066-\u2069'

/** What is trimmed and not forbidden. */
const SPACES = ' \u00A0\u1680\u2000-\u200A\u202F\u205F\u3000\uFEFF'

const VISIBLE = `[^${FORBIDDEN}${SPACES}]`

/** What is left when the spaces around it are taken away has a length, and it can be seen. */
export const NAME_PATTERN = `^[${SPACES}]*${VISIBLE}([^${FORBIDDEN}]{0,${NAME_MAX_LENGTH - 2}}${VISIBLE})?[${SPACES}]*$`

const ALLOWED = new RegExp(NAME_PATTERN, 'u')

/** Without white space around it and in Unicode form NFC, so that what looks the same is the same. */
export const normalizeName = (raw: string): string => raw.normalize('NFC').trim()

/** Says what is wrong with a normalised name; nothing when it may be used. */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'a name needs at least one visible character'
  const length = [...name].length
  if (length > NAME_MAX_LENGTH) return `a name has at most ${NAME_MAX_LENGTH} characters, this one has ${length}`
  if (!ALLOWED.test(name) || !name.isWellFormed())
    return 'a name has no control characters, line breaks or direction overrides'
  return undefined
}
