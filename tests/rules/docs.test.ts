import { existsSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT, read, repositoryFiles } from './files.ts'

const markdown = (): string[] => repositoryFiles().filter((path) => path.endsWith('.md'))
const withoutCode = (text: string): string => text.replaceAll(/^```[\s\S]*?^```/gm, '')

describe('documents', () => {
  test('every decision ends with the check that holds it, and that check exists', () => {
    const unheld = markdown()
      .filter((path) => path.startsWith('docs/decisions/') && !path.endsWith('README.md'))
      .filter((path) => {
        const last = read(path).trimEnd().split('\n\n').at(-1) ?? ''
        const named = [...last.matchAll(/`([\w./-]+\.(?:ts|md|json))`/g)].map((match) => match[1] ?? '')
        return !last.startsWith('Checked by:') || named.length === 0 || named.some((file) => !existsSync(ROOT + file))
      })
    expect(unheld).toEqual([])
  })

  test('links between documents lead somewhere', () => {
    const dead = markdown().flatMap((path) =>
      [...withoutCode(read(path)).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
        .map((match) => match[1] ?? '')
        .filter((target) => !/^[a-z]+:/.test(target))
        .filter((target) => !existsSync(ROOT + posix.join(posix.dirname(path), target)))
        .map((target) => `${path} -> ${target}`),
    )
    expect(dead).toEqual([])
  })

  test('source files that documents name in code quotes exist', () => {
    const named = /`((?:src|tests|docs|tools|e2e|bench|examples)\/[\w./-]+\.\w+)`/g
    const dead = markdown().flatMap((path) =>
      [...withoutCode(read(path)).matchAll(named)]
        .map((match) => match[1] ?? '')
        .filter((target) => !existsSync(ROOT + target))
        .map((target) => `${path} -> ${target}`),
    )
    expect(dead).toEqual([])
  })
})
