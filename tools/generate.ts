/**
 * Writes what is generated from the sources and committed: openapi.json, the client in src/api/client/generated/ and
 * docs/reference/errors.md. With `--check` it writes nothing and fails when one of them is not up to date.
 *
 * The client's generator works on the programming interface of TypeScript 6, which TypeScript 7 does not have. Both
 * are therefore installed, in fixed versions, into a folder of their own the first time that they are needed.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { emitDocument } from '../src/api/emit.ts'
import { renderErrorsReference } from '../src/api/errors-reference.ts'

const ROOT = resolve(import.meta.dirname, '..')
const GENERATED = 'src/api/client/generated'
const GENERATOR = ['@hey-api/openapi-ts@0.99.0', 'typescript@6.0.3']

/**
 * Beside the client: what it was made from and by, and what was made. Lets a test tell a stale or edited client at
 * once.
 */
export const STAMP = `${GENERATED}/stamp.json`

interface Stamp {
  generator: string[]
  document: string
  files: Record<string, string>
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** The texts that follow from the sources without the client's generator, by their paths in the repository. */
export async function generatedTexts(): Promise<Record<string, string>> {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
  return { 'openapi.json': await emitDocument(version), 'docs/reference/errors.md': renderErrorsReference() }
}

/** The stamp that a client in `folder`, made from `document`, must have. */
export function stampOf(document: string, folder = join(ROOT, GENERATED)): Stamp {
  const files = globSync('**/*.ts', { cwd: folder }).sort()
  return {
    generator: GENERATOR,
    document: sha256(document),
    files: Object.fromEntries(files.map((file) => [file, sha256(readFileSync(join(folder, file), 'utf8'))])),
  }
}

/** The folder that the generator is installed in; installs it when it is not there. */
function installGenerator(): string {
  const folder = join(ROOT, 'node_modules', '.cache', `client-generator-${sha256(GENERATOR.join()).slice(0, 12)}`)
  if (existsSync(join(folder, 'complete'))) return folder
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"private":true}')
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--save-exact']
  execFileSync('npm', ['install', ...flags, ...GENERATOR], { cwd: folder, stdio: 'pipe' })
  writeFileSync(join(folder, 'complete'), '')
  return folder
}

async function generateClient(document: string, folder: string): Promise<void> {
  const entry = join(installGenerator(), 'node_modules/@hey-api/openapi-ts/dist/index.mjs')
  const { createClient } = (await import(pathToFileURL(entry).href)) as {
    createClient: (config: object) => Promise<unknown>
  }
  const input = join(mkdtempSync(join(tmpdir(), 'weir-generate-')), 'openapi.json')
  writeFileSync(input, document)
  await createClient({
    input,
    output: {
      path: folder,
      clean: true,
      entryFile: false,
      module: { extension: '.ts' },
      // The bundled HTTP code is not written for exactOptionalPropertyTypes; its types are checked where they are used.
      header: ['// Generated from openapi.json by `npm run generate`; changes here are lost.', '// @ts-nocheck'],
    },
    logs: { level: 'silent', file: false },
    plugins: ['@hey-api/typescript', '@hey-api/client-fetch', '@hey-api/sdk'],
  })
  rmSync(dirname(input), { recursive: true })
  writeFileSync(join(folder, 'stamp.json'), `${JSON.stringify(stampOf(document, folder), null, 2)}\n`)
}

function staleFiles(texts: Record<string, string>, folder: string): string[] {
  const client = globSync('**/*', { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .map((file) => [`${GENERATED}/${file}`, readFileSync(join(folder, file), 'utf8')] as const)
  return [...Object.entries(texts), ...client]
    .filter(([path, text]) => !existsSync(join(ROOT, path)) || readFileSync(join(ROOT, path), 'utf8') !== text)
    .map(([path]) => path)
}

async function main(check: boolean): Promise<void> {
  const texts = await generatedTexts()
  const document = texts['openapi.json'] ?? ''
  if (!check) {
    for (const [path, text] of Object.entries(texts)) {
      mkdirSync(dirname(join(ROOT, path)), { recursive: true })
      writeFileSync(join(ROOT, path), text)
    }
    return generateClient(document, join(ROOT, GENERATED))
  }
  const folder = mkdtempSync(join(tmpdir(), 'weir-client-'))
  await generateClient(document, folder)
  const stale = staleFiles(texts, folder)
  rmSync(folder, { recursive: true })
  if (stale.length > 0) {
    console.error(`not up to date: ${stale.join(', ')}\nrun: npm run generate`)
    process.exitCode = 1
  }
}

if (import.meta.main) await main(process.argv.includes('--check'))
