/** Text of others that is about to reach a terminal. Pure. */

/** Whatever steers a terminal, and what turns the order of the text around: C0 and C1 controls, DEL, bidi controls. */
// eslint-disable-next-line no-control-regex
const STEERS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

/** `\u001b`, as JSON and others write it. */
export const unicodeEscape = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/**
 * The text with each character that steers a terminal written out, as `\u001b`; tabs and line ends stay. In JSON such
 * characters are only ever inside strings, so there it stays the same JSON.
 */
export const printable = (text: string): string => text.replace(STEERS, unicodeEscape)
