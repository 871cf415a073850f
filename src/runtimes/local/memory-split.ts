/**
 * The memory arguments of Flink's JVMs: computed here in the usual case, and by Flink's own launcher class, which takes
 * a second, when the caller moved the borders between the parts.
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

import type { EffectiveClusterSpec } from '../../domain/cluster.ts'
import { Failure } from '../../domain/failure.ts'
import {
  type JvmMemory,
  jobManagerJvm,
  jobManagerMemory,
  type MemoryFit,
  taskManagerJvm,
  taskManagerMemory,
} from '../../domain/memory.ts'
import { needsFlinkCalculator } from '../../domain/memory-keys.ts'
import { joinClassPath } from '../../domain/paths.ts'
import type { ProcessRole } from '../../domain/process.ts'
import { localeOfJvm } from '../jvm-locale.ts'
import { MODULE_OPTIONS } from '../jvm-options.ts'
import { distributionJars } from './classpath.ts'
import type { MemoryArguments } from './command.ts'
import type { Java } from './java.ts'

/**
 * Throws Failure INVALID_SPEC when the parts don't fit into the process. `conf` is the folder with Flink's
 * configuration, already written.
 */
export async function memoryArguments(
  role: ProcessRole,
  spec: EffectiveClusterSpec,
  flink: { home: string; conf: string; java: Java },
): Promise<MemoryArguments> {
  if (needsFlinkCalculator(spec.flinkConfiguration, role)) return askFlink(role, flink)
  const jvm =
    role === 'jobmanager'
      ? jobManagerJvm(fitting(jobManagerMemory(spec.jobManager.memoryBytes)))
      : taskManagerJvm(fitting(taskManagerMemory(spec.taskManager.memoryBytes)), spec.taskManager.slots)
  return asArguments(jvm)
}

function fitting<Split>(fit: MemoryFit<Split>): Split {
  if (fit.problem !== undefined) throw new Failure('INVALID_SPEC', fit.problem)
  return fit.split!
}

const asArguments = (jvm: JvmMemory): MemoryArguments => ({
  jvm: jvm.jvmOptions,
  dynamic: Object.entries(jvm.configuration).map(([key, value]) => `${key}=${value}`),
})

const RESULT = 'BASH_JAVA_UTILS_EXEC_RESULT:'

async function askFlink(
  role: ProcessRole,
  { home, conf, java }: { home: string; conf: string; java: Java },
): Promise<MemoryArguments> {
  const jars = [join(home, 'bin', 'bash-java-utils.jar'), ...(await distributionJars(home)).slice(-1)]
  const command = role === 'jobmanager' ? 'GET_JM_RESOURCE_PARAMS' : 'GET_TM_RESOURCE_PARAMS'
  const args = [
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    ...MODULE_OPTIONS,
    '-classpath',
    joinClassPath(jars),
    'org.apache.flink.runtime.util.bash.BashJavaUtils',
    command,
    '--configDir',
    conf,
  ]
  const env = { ...process.env, ...localeOfJvm() }
  const output = await promisify(execFile)(java.executable, args, { env, timeout: 60_000 }).catch(
    (error: { stdout?: string; stderr?: string; message: string }) => {
      const said =
        /^.*(?:Exception|Error): (.*)$/m.exec(`${error.stderr ?? ''}\n${error.stdout ?? ''}`)?.[1] ?? error.message
      throw new Failure(
        'INVALID_SPEC',
        `Flink cannot divide the ${role === 'jobmanager' ? 'JobManager' : 'TaskManager'}'s memory as configured: ` +
          `${said} Correct the ${role}.memory.* options or give it more memory.`,
      )
    },
  )
  const [jvm = '', dynamic = ''] = output.stdout
    .split('\n')
    .filter((line) => line.startsWith(RESULT))
    .map((line) => line.slice(RESULT.length))
  return { jvm: words(jvm), dynamic: words(dynamic).filter((word) => word !== '-D') }
}

const words = (line: string): string[] => line.split(/\s+/).filter((word) => word !== '')
