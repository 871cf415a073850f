/** JSON where it is read as YAML. */
import { unicodeEscape } from '../domain/printable.ts'

/** What a YAML file may not hold as it is (YAML 1.2, section 5.1), what older YAML takes for a line's end, a file's mark. */
const UNREADABLE = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g

/**
 * The value as JSON that YAML reads alike: characters that may not be in YAML as they are, or are changed there, are
 * escaped. They can only be within strings.
 */
export const jsonInYaml = (value: unknown): string => JSON.stringify(value).replace(UNREADABLE, unicodeEscape)
