/** One command of this process. */
import { processIo } from './io.ts'
import { run } from './program.ts'

export const runProcess = (argv: string[]): Promise<number> => run(argv, processIo())
