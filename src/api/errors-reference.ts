/** docs/reference/errors.md, written from the tables that the program itself uses. */
import { FAILURES } from '../domain/failure.ts'
import type { ErrorCode } from './errors.ts'
import { docsAnchor, ERRORS } from './errors.ts'

const HEAD = `<!-- Written by \`npm run generate\` from src/api/errors.ts and src/domain/failure.ts; changes here are lost. -->

# Errors

## Answers of the API

Every answer that is not a success has this body, whatever went wrong:

\`\`\`json
{
  "message": "for people: what happened and what to do",
  "code": "INVALID_REQUEST",
  "details": [{ "path": "/jobManagerResource/memory", "message": "what is wrong there" }],
  "requestId": "stands in the log of the server, and in the header X-Request-Id"
}
\`\`\`

\`details\` lists every violation, not only the first. A \`path\` is a JSON pointer into the body, or begins with
\`query\` or \`header\`. A code that is *retryable* may go well when the same request is sent again later.

An ID of a form that no resource has (other than capital letters and digits) answers 404 like any other that does not
exist.

| Code | Status | Retryable | Meaning |
|---|---|---|---|
`

const FAILURES_HEAD = `
## Failures of resources

What keeps a session or a job from running stands in its \`status.error\`, with one of these codes and a message that
says what to do. Those that are tried again by themselves say when in \`status.error.retryAt\`.

| Code | Tried again | Meaning |
|---|---|---|
`

const yesNo = (yes: boolean): string => (yes ? 'yes' : 'no')

export function renderErrorsReference(): string {
  const codes = Object.keys(ERRORS) as ErrorCode[]
  const rows = codes.map((code) => {
    const { status, retryable, title } = ERRORS[code]
    return `| [${code}](#${docsAnchor(code).split('#')[1]}) | ${status} | ${yesNo(retryable)} | ${title} |\n`
  })
  const sections = codes.map(
    (code) => `\n### ${code}\n\n${ERRORS[code].status}. ${ERRORS[code].title}. ${ERRORS[code].remedy}\n`,
  )
  const failures = Object.entries(FAILURES).map(
    ([code, { retryable, title }]) => `| ${code} | ${yesNo(retryable)} | ${title} |\n`,
  )
  return HEAD + rows.join('') + sections.join('') + FAILURES_HEAD + failures.join('')
}
