/** What ExactCounter writes of itself: see its comment. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const COUNTER = 'dev.weir.jobs.ExactCounter'

/** Of each life, oldest first. */
export const livesIn = (folder: string): string[][] =>
  readdirSync(folder)
    .sort()
    .map((file) =>
      readFileSync(join(folder, file), 'utf8')
        .split('\n')
        .filter((line) => line !== ''),
    )

export const linesIn = (folder: string): string[] => livesIn(folder).flat()

export const starts = (folder: string): string[] => linesIn(folder).filter((line) => line.startsWith('start '))

export const wrong = (folder: string): string[] => linesIn(folder).filter((line) => line.startsWith('WRONG'))
