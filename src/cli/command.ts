/** A command as data: what it takes, what its help says and what it does; and how commander is told of it. */
import type { Command } from 'commander'
import type { collect } from './body.ts'
import type { Context, ServerOptions } from './context.ts'
import { openContext } from './context.ts'
import type { Io } from './io.ts'

/** An argument or a command line, and what it means. */
export type Explained = [what: string, meaning: string]

/** Last: what it is when it is not given, or `collect` where it may be repeated. */
export type Option = [flags: string, meaning: string, extra?: string | typeof collect]

export interface Definition<Flags = object, Arguments extends unknown[] = unknown[]> {
  /** Without it, the summary as a sentence. */
  description?: string
  arguments?: Explained[]
  options?: Option[]
  /** A request body, shown before the examples. */
  body?: string
  examples: Explained[]
  run(context: Context, flags: Flags, ...given: Arguments): Promise<void> | void
}

export function define(command: Command, io: Io, definition: Definition): void {
  const { description, body, examples } = definition
  if (description !== undefined) command.description(description)
  for (const [name, meaning] of definition.arguments ?? []) command.argument(name, meaning)
  if (definition.arguments?.some(([, meaning]) => meaning.startsWith(OWN_ARGUMENTS))) tellOfDashes(command)
  for (const [flags, meaning, extra] of definition.options ?? []) {
    if (typeof extra === 'function') command.option(flags, meaning, extra)
    else command.option(flags, meaning, extra)
  }
  command.addHelpText('after', (body === undefined ? '' : `${body}\n`) + examplesHelp(examples))
  // commander hands over the arguments, the flags and the command itself.
  command.action((...all: unknown[]) => {
    const flags = all.at(-2) as ServerOptions
    return definition.run(openContext(io, flags), flags, ...all.slice(0, -2))
  })
}

/** How the meaning of arguments begins that are handed on as they are. */
export const OWN_ARGUMENTS = 'after --: '

/** An option that is unknown here is most likely one of those arguments. */
function tellOfDashes(command: Command): void {
  const unknown = /^error: unknown option '(.*)'/
  command.configureOutput({
    outputError: (text, write) =>
      write(
        text
          .replace(unknown, "weir: unknown option '$1'; the job's own arguments come after --, as in: -- $1")
          .replace(/^error: /, 'weir: '),
      ),
  })
}

function examplesHelp(lines: Explained[]): string {
  const widest = Math.max(...lines.map(([command]) => command.length))
  const shown = lines.map(([command, what]) =>
    widest > 64 ? `  # ${what}\n  ${command}` : `  ${command.padEnd(widest)}   ${what}`,
  )
  return `\nExamples:\n${shown.join('\n')}`
}
