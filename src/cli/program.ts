/** Builds the commander program from the table of commands, loading a command when it is called. */
import { Command, CommanderError } from 'commander'
import { ENVIRONMENT_HELP } from './connection.ts'
import { CliError, EXIT, EXIT_CODES_HELP, formatError } from './errors.ts'
import { harmless, type Io } from './io.ts'
import type { Leaf } from './tree.ts'
import { NOUNS, OTHERS, SERVERS } from './tree.ts'

const TOPICS: Record<string, string> = { 'exit-codes': EXIT_CODES_HELP, environment: ENVIRONMENT_HELP }

const ROOT_HELP = `
Examples:
  weir quickstart                                   from nothing to a running Flink job
  weir up                                           a server on this machine
  weir session create -f session.json --wait        a Flink cluster
  weir job create -f job.json --session demo        a job on it

In a clone of the repository each is: npm run -s weir -- COMMAND

More help:
  weir COMMAND --help
  weir help environment      which server a command talks to, and with which key
  weir help exit-codes       what scripts can rely on
`

/** Runs one command line and answers its exit code. Nothing is thrown: errors are printed to stderr. */
export async function run(argv: string[], terminal: Io): Promise<number> {
  const io = harmless(terminal)
  const [first, topic] = argv
  if (first === 'help' && topic !== undefined && TOPICS[topic] !== undefined) {
    io.out(TOPICS[topic])
    return EXIT.ok
  }
  // `weir help session create` is `weir session create --help`; only the latter loads that command.
  const args = first === 'help' ? [...argv.slice(1), '--help'] : argv
  try {
    await buildProgram(io).parseAsync(args, { from: 'user' })
    return EXIT.ok
  } catch (error) {
    return failed(error, io, serverFlags(argv))
  }
}

/** The flags that say which server and workspace a command was about. */
function serverFlags(argv: string[]): string[] {
  const end = argv.indexOf('--')
  return argv.slice(0, end < 0 ? undefined : end).flatMap((word, i) => {
    if (/^--(url|data-dir|workspace)=/.test(word)) return [word]
    return /^--(url|data-dir|workspace)$/.test(word) && argv[i + 1] !== undefined ? [word, argv[i + 1] as string] : []
  })
}

function failed(error: unknown, io: Io, flags: string[]): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  if (error instanceof CliError) {
    io.err(formatError(error, flags))
    return error.exitCode
  }
  const text =
    error instanceof Error ? (io.env.WEIR_DEBUG ? (error.stack ?? error.message) : error.message) : String(error)
  io.err(
    formatError(
      new CliError(EXIT.failed, text, {
        next: 'the same with WEIR_DEBUG=1 in the environment shows where this came from',
      }),
    ),
  )
  return EXIT.failed
}

function buildProgram(io: Io): Command {
  const program = new Command('weir')
    .description('Weir: managed Apache Flink on your own machines.')
    .helpCommand(false)
    .option('-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: (text) => io.err(text),
      getOutHelpWidth: () => Math.min(io.columns, 110),
      getErrHelpWidth: () => Math.min(io.columns, 110),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      outputError: (text, write) => write(text.replace(/^error: /, 'weir: ')),
    })
    .addHelpText('after', ROOT_HELP)
  addLeaves(program, SERVERS, 'Run a server:', io)
  for (const noun of NOUNS) {
    const group = program
      .command(noun.name)
      .summary(noun.summary)
      .description(`${noun.summary}.`)
      .usage('COMMAND [options]')
    group
      .helpCommand(false)
      .helpGroup('Work with it:')
      .addHelpText('after', `\nEach has examples: weir ${noun.name} COMMAND --help`)
    addLeaves(group, noun.verbs, undefined, io)
  }
  addLeaves(program, OTHERS, 'Work with it:', io)
  return program
}

function addLeaves(parent: Command, leaves: Leaf[], group: string | undefined, io: Io): void {
  for (const leaf of leaves) {
    const command = parent.command(leaf.name).summary(leaf.summary)
    if (group) command.helpGroup(group)
  }
  const defined = new Set<string>()
  parent.hook('preSubcommand', async (_, command) => {
    const leaf = leaves.find((one) => one.name === command.name())
    if (!leaf || defined.has(leaf.name)) return
    defined.add(leaf.name)
    await defineLeaf(command, leaf, io)
  })
}

async function defineLeaf(command: Command, leaf: Leaf, io: Io): Promise<void> {
  const [{ define }, definition] = await Promise.all([import('./command.ts'), leaf.load()])
  command.description(`${leaf.summary[0]?.toUpperCase()}${leaf.summary.slice(1)}.`)
  define(command, io, definition)
  const path: string[] = []
  for (let at: Command | null = command; at; at = at.parent) path.unshift(at.name())
  command.showHelpAfterError(`  next: ${path.join(' ')} --help`)
}
