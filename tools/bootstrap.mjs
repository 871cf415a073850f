/**
 * What every npm script goes through, so that a fresh clone needs nothing but npm: installs the dependencies when
 * they are missing or not those of package-lock.json, then runs the script with Node 24 from the npm package `node`.
 * Plain JavaScript without dependencies, for any Node from 18 on. Fails with npm's own exit code.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readlinkSync, renameSync, symlinkSync, unlinkSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const PACKAGED_NODE = join(ROOT, 'node_modules', 'node', 'bin', 'node')
const LOCK = join(ROOT, '.weir', 'install.lock')
const WANTED_MAJOR = 24

const say = (text) => process.stderr.write(`weir: ${text}\n`)

function fail(text, code = 1) {
  say(text)
  process.exit(code)
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

/**
 * npm writes node_modules/.package-lock.json last, so a broken install lacks it. Contents are compared, not times:
 * switching branches touches files without changing what is needed.
 */
function installed() {
  const wanted = readJson(join(ROOT, 'package-lock.json'))?.packages
  const present = readJson(join(ROOT, 'node_modules', '.package-lock.json'))?.packages
  if (!wanted)
    fail(`package-lock.json in ${ROOT} is missing or is not JSON: restore it with: git checkout package-lock.json`)
  if (!present) return false
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '' || entry.link) return true
    const found = present[path]
    if (!found) return entry.optional === true
    return found.version === entry.version
  })
}

const alive = (pid) => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** The lock is a symbolic link whose target names its holders: made and read in one step each, so never seen half-written. */
function holders() {
  try {
    return readlinkSync(LOCK).split('+').map(Number)
  } catch {
    return undefined
  }
}

function tryLock() {
  mkdirSync(dirname(LOCK), { recursive: true })
  try {
    symlinkSync(String(process.pid), LOCK)
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') fail(`cannot make ${LOCK}: ${error.message}; is the folder writable?`)
    return false
  }
}

/** Replaces the lock in one step. npm's own pid joins ours: an npm that outlives us still holds the lock. */
function shareLock(pid) {
  const next = `${LOCK}.${process.pid}`
  symlinkSync(`${process.pid}+${pid}`, next)
  renameSync(next, LOCK)
}

function unlock() {
  if (holders()?.[0] === process.pid) unlinkSync(LOCK)
}

/** A lock whose holders are all dead is moved aside; whoever moves it first wins, the others find it gone. */
function breakStaleLock() {
  const aside = `${LOCK}.stale.${process.pid}`
  try {
    renameSync(LOCK, aside)
    unlinkSync(aside)
  } catch {
    // Somebody else was faster.
  }
}

async function lock() {
  let said = false
  while (!tryLock()) {
    const pids = holders()
    if (pids && !pids.some(alive)) {
      breakStaleLock()
    } else {
      if (!said)
        say(`another run is installing the dependencies (process ${pids?.join(', ')}): waiting (lock: ${LOCK})`)
      said = true
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
}

/** npm as the one that called us, so that its configuration and version are the same; else the one on PATH. */
function npm(args) {
  const script = process.env.npm_execpath
  return script?.endsWith('npm-cli.js') && existsSync(script) ? [process.execPath, [script, ...args]] : ['npm', args]
}

function runNpmCi() {
  return new Promise((resolve) => {
    // `--include=dev` and `--loglevel` against NODE_ENV=production and a silent outer npm, which would hide the reason.
    const [command, args] = npm(['ci', '--no-audit', '--no-fund', '--include=dev', '--loglevel=error'])
    const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 2, 2] })
    if (child.pid) shareLock(child.pid)
    const forward = (signal) => child.kill(signal)
    process.once('SIGTERM', forward).once('SIGINT', forward)
    child.once('error', (error) => resolve({ code: 1, reason: error.message }))
    child.once('exit', (code, signal) => {
      process.removeListener('SIGTERM', forward).removeListener('SIGINT', forward)
      resolve({ code: code ?? 1, reason: signal ?? `exit code ${code}`, signal })
    })
  })
}

async function install() {
  await lock()
  process.once('exit', unlock)
  if (!installed()) {
    const started = Date.now()
    say('installing dependencies (npm ci) ...')
    const { code, reason, signal } = await runNpmCi()
    if (signal) fail(`npm ci was ended by ${signal}; the same command starts it again`, 1)
    if (code !== 0)
      fail(`npm ci failed (${reason}), see above. Can npm reach its registry? Try by hand: cd ${ROOT} && npm ci`, code)
    say(`dependencies installed in ${((Date.now() - started) / 1000).toFixed(1)} s`)
  }
  unlock()
}

function nodeToUse() {
  if (existsSync(PACKAGED_NODE)) return PACKAGED_NODE
  if (Number(process.versions.node.split('.')[0]) >= WANTED_MAJOR) return process.execPath
  return fail(
    `Node ${WANTED_MAJOR} is needed, this is ${process.versions.node}, and the npm package "node" brought none ` +
      `(are npm's install scripts switched off?). Allow them and run npm ci, or put Node ${WANTED_MAJOR} first on PATH.`,
  )
}

/**
 * Hands each signal on once. Ctrl-C on a terminal reaches the whole foreground group by itself, the child included,
 * so there SIGINT is only outlived; npm above repeats signals to us, hence the short deafness after each.
 */
function forwardSignals(child) {
  const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
  const last = new Map()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      const repeated = Date.now() - (last.get(signal) ?? -Infinity) < 500
      last.set(signal, Date.now())
      if (!repeated && !(signal === 'SIGINT' && terminal)) child.kill(signal)
    })
  }
  // npm signals the shell between it and us, which may die of it without a word.
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    child.kill('SIGTERM')
  }, 250)
}

function run(node, args) {
  // From Node 22.15 on the process simply becomes the other one: no signals to hand on, no second process.
  if (typeof process.execve === 'function') process.execve(node, [node, ...args], process.env)
  const child = spawn(node, args, { stdio: 'inherit' })
  forwardSignals(child)
  child.once('error', (error) => fail(`cannot run ${node}: ${error.message}`))
  child.once('exit', (code, signal) => {
    if (!signal) process.exit(code ?? 1)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

/** npm runs every script in the package's folder; who types a command means names of files from where they are. */
const FROM_THE_CALLER = ['weir', 'quickstart']

function commandLine() {
  const { npm_lifecycle_event: script = '', INIT_CWD: caller } = process.env
  const [file, ...rest] = process.argv.slice(2)
  if (!caller || !FROM_THE_CALLER.includes(script)) return [file, ...rest]
  try {
    process.chdir(caller)
  } catch {
    fail(`the folder that this was started in is gone: ${caller}`)
  }
  return [resolve(ROOT, file), ...rest]
}

if (!installed()) await install()
const command = commandLine()
run(nodeToUse(), command)
