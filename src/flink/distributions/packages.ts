/**
 * Puts a distribution together from what the package registries hold of Flink: the jars and the scripts from PyPI's two
 * packages, the S3 plugin from Maven Central. The result has the layout of the official tarball, less its examples.
 */
import { chmod, mkdir, readdir, rename } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { extract } from 'tar'
import type { PackagePins } from './catalogue.ts'
import { firstWorking } from './command.ts'
import { copyFlinkArtifact } from './maven.ts'
import type { PipTask } from './pip.ts'
import { downloadSource, unpackWheel } from './pip.ts'
import type { AbsentFile, InstallTask, Source } from './source.ts'
import { downloadReporter, SourceRefused } from './source.ts'

export interface PackagesOptions {
  /** Commands to try as pip, as argument lists. */
  pip: readonly (readonly string[])[]
  mvn: readonly (readonly string[])[]
  pinsOf: (version: string) => PackagePins | undefined
  env: NodeJS.ProcessEnv
}

const S3_PLUGIN = 'flink-s3-fs-hadoop'

export function packagesSource(options: PackagesOptions): Source {
  return { name: 'the packages of PyPI and Maven Central', kind: 'PACKAGES', fill: (task) => fill(task, options) }
}

async function fill(task: InstallTask, options: PackagesOptions): Promise<{ absent: AbsentFile[] }> {
  const pins = options.pinsOf(task.version)
  if (!pins) throw new SourceRefused(`Weir has no checksums for the packages of Flink ${task.version}`)
  const env = options.env
  const pip = await firstWorking(options.pip, '--version', { cwd: task.scratch, env, signal: task.signal })
  if (!pip) throw new SourceRefused(`pip was not found (tried ${options.pip.map((each) => each.join(' ')).join(', ')})`)

  // The first of the three that fails for good takes the others with it.
  const failed = new AbortController()
  const signal = AbortSignal.any([task.signal, failed.signal])
  const pipTask = async (name: string): Promise<PipTask> => ({
    pip,
    env,
    signal,
    folder: await made(join(task.scratch, name)),
  })
  const give = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      failed.abort(error)
      throw error
    }
  }
  const done = await Promise.allSettled([
    give(pipTask('libraries').then((each) => jars(task, pins, each))),
    give(pipTask('scripts').then((each) => unpackWheel('apache-flink', task.version, pins.scripts, each))),
    give(s3Plugin(task, pins, options, signal)),
  ])
  task.signal.throwIfAborted()
  if (failed.signal.aborted) throw failed.signal.reason
  const [sources, wheel, plugin] = done.map((each) => (each.status === 'fulfilled' ? each.value : undefined)) as [
    string,
    string,
    Plugin,
  ]
  await assemble(task.home, sources, join(wheel, 'pyflink'), plugin.path)
  return { absent: plugin.absent }
}

interface Plugin {
  path?: string
  absent: AbsentFile[]
}

/** Downloads and unpacks the package with Flink's jars; answers the folder that holds its `deps`. */
async function jars(task: InstallTask, pins: PackagePins, pip: PipTask): Promise<string> {
  const what = `downloading Flink ${task.version} from PyPI`
  task.report({ detail: what, fraction: 0 })
  const shown = downloadReporter(what, task.report)
  const onBytes = (bytes: number): void => shown(bytes, pins.libraries.sizeBytes)
  const archive = await downloadSource('apache-flink-libraries', task.version, pins.libraries, { ...pip, onBytes })
  task.report({ detail: `unpacking Flink ${task.version}` })
  const folder = await made(join(task.scratch, 'unpacked'))
  await extract({
    file: archive,
    cwd: folder,
    preserveOwner: false,
    filter: (path) => /^[^/]+\/(deps(\/|$)|LICENSE$|NOTICE$)/.test(path),
  })
  const [top] = await readdir(folder)
  if (!top) throw new SourceRefused(`PyPI's package of Flink ${task.version} holds no jars`)
  return join(folder, top)
}

/** Few need S3: without its plugin the distribution is installed all the same, and remembers what it lacks. */
async function s3Plugin(
  task: InstallTask,
  pins: PackagePins,
  options: PackagesOptions,
  signal: AbortSignal,
): Promise<Plugin> {
  const pin = pins.s3Plugin
  try {
    const folder = await made(join(task.scratch, 's3'))
    const path = await copyFlinkArtifact(S3_PLUGIN, pin.version, pin, {
      candidates: options.mvn,
      env: options.env,
      folder,
      signal,
    })
    return { path, absent: [] }
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof SourceRefused)) throw error
    const again =
      `install mvn or check the network, then run: weir runtime ` +
      `remove ${task.version} && weir runtime install ${task.version}`
    task.report({ detail: `Flink ${task.version} goes without its S3 plugin: ${error.message}` })
    return { absent: [{ path: `opt/${S3_PLUGIN}-${pin.version}.jar`, reason: `${error.message}; ${again}` }] }
  }
}

async function assemble(home: string, sources: string, pyflink: string, plugin: string | undefined): Promise<void> {
  for (const folder of await readdir(join(sources, 'deps')))
    await rename(join(sources, 'deps', folder), join(home, folder))
  for (const file of await readdir(sources)) if (file !== 'deps') await rename(join(sources, file), join(home, file))
  await rename(join(pyflink, 'conf'), join(home, 'conf'))
  await made(join(home, 'bin'))
  for (const file of await readdir(join(pyflink, 'bin')))
    await rename(join(pyflink, 'bin', file), join(home, 'bin', file))
  if (plugin) await rename(plugin, join(await made(join(home, 'opt')), basename(plugin)))
  // Flink's own scripts write here unless told otherwise.
  await made(join(home, 'log'))
  await makeExecutable(join(home, 'bin'), (file) => !file.endsWith('.jar'))
  await makeExecutable(join(home, 'plugins'), (file) => file.endsWith('.sh'))
}

/** A wheel is a zip, which has no executable bits. */
async function makeExecutable(folder: string, which: (file: string) => boolean): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile() && which(entry.name)) await chmod(join(entry.parentPath, entry.name), 0o755)
  }
}

async function made(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  return folder
}
