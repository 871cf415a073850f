/**
 * What of a jar is Flink's: the version that it was built against, connectors, and classes that clusters have anyway.
 */
import { defined } from '../../domain/defined.ts'
import type { JarInspection } from '../../domain/jar.ts'
import type { Pom } from './maven.ts'

const FLINK = 'org.apache.flink'

/**
 * Artifacts that have Flink's own version; connectors have moved out and count by themselves, as `flink-shaded-*`
 * always did.
 */
const OWN_VERSION = new RegExp(
  '^flink-(core|core-api|clients|runtime|streaming-java|streaming-scala|java|scala|annotations|cep|table-[\\w-]+' +
    '|rpc-core|dist)(_2\\.1\\d)?$',
)

export interface FlinkSources {
  /** Without its folder and ending. */
  jarName: string
  poms: readonly Pom[]
  /** By `pom.properties`. */
  artifacts: readonly { groupId: string; artifactId: string; version?: string }[]
  manifest: ReadonlyMap<string, string>
}

type Evidence = Required<Pick<JarInspection, 'flinkVersion' | 'flinkVersionFrom'>>

/** The jar's own pom tells best; then what it bundles of Flink, connectors for one version of Flink, and other poms. */
export function flinkVersionOf({ jarName, poms, artifacts, manifest }: FlinkSources): Evidence | undefined {
  const own = ownPom(jarName, poms)
  return (
    fromPoms(own ? [own] : []) ??
    fromManifest(manifest) ??
    agreed(
      artifacts
        .filter(({ groupId, artifactId }) => groupId === FLINK && OWN_VERSION.test(artifactId))
        .map(({ artifactId, version }) => evidence(version, `META-INF/maven/${FLINK}/${artifactId}/pom.properties`)),
    ) ??
    fromPoms(poms.filter(({ groupId }) => groupId !== FLINK)) ??
    agreed(
      artifacts
        .filter(({ groupId }) => groupId === FLINK)
        .map(({ artifactId, version }) =>
          evidence(/-(\d+\.\d+)$/.exec(version ?? '')?.[1], `META-INF/maven/${FLINK}/${artifactId}/pom.properties`),
        ),
    )
  )
}

function ownPom(jarName: string, poms: readonly Pom[]): Pom | undefined {
  const named = poms.filter(({ artifactId }) => jarName === artifactId || jarName.startsWith(`${artifactId}-`))
  return (
    named.toSorted((a, b) => b.artifactId.length - a.artifactId.length)[0] ?? (poms.length === 1 ? poms[0] : undefined)
  )
}

const fromPoms = (poms: readonly Pom[]): Evidence | undefined =>
  agreed(
    poms.flatMap(({ groupId, artifactId, flink }) =>
      flink
        .filter((dependency) => OWN_VERSION.test(dependency.artifactId))
        .map(({ version }) => evidence(version, `META-INF/maven/${groupId}/${artifactId}/pom.xml`)),
    ),
  )

function fromManifest(manifest: ReadonlyMap<string, string>): Evidence | undefined {
  const said =
    manifest.get('flink-version') ??
    (manifest.get('implementation-vendor-id') === FLINK ? manifest.get('implementation-version') : undefined)
  return evidence(said, 'META-INF/MANIFEST.MF')
}

function evidence(version: string | undefined, from: string): Evidence | undefined {
  const [plain] = /^\d+\.\d+(\.\d+)?(?=$|-SNAPSHOT$)/.exec(version ?? '') ?? []
  return plain === undefined ? undefined : { flinkVersion: plain, flinkVersionFrom: from }
}

/** Sources that contradict each other tell nothing. */
function agreed(all: readonly (Evidence | undefined)[]): Evidence | undefined {
  const said = all.filter((one) => one !== undefined)
  return new Set(said.map(({ flinkVersion }) => flinkVersion)).size === 1 ? said[0] : undefined
}

const CONNECTOR_ARTIFACT = new RegExp(
  '^flink-(sql-)?connector-|^flink-.*-connector(-|$)' +
    '|^flink-(sql-)?(avro|csv|json|orc|parquet|protobuf|hadoop-bulk|compress)\\b',
)

/** By artifact where Maven tells, otherwise by package or, for table factories, by class: `kafka`. */
export function connectorsOf(
  artifacts: FlinkSources['artifacts'],
  packages: ReadonlySet<string>,
  factories: readonly string[],
): JarInspection['connectors'] {
  const byArtifact = artifacts
    .filter(({ artifactId }) => CONNECTOR_ARTIFACT.test(artifactId))
    .map(({ artifactId, version }) => ({
      name: artifactId.replace(/_2\.1\d$/, ''),
      ...defined({ version }),
    }))
  const named = [
    ...packages,
    ...factories.flatMap(
      (factory) =>
        /\.(?:connectors?|formats?)\.(\w+)\./.exec(factory)?.[1] ??
        (/(?:Connector|Format|Sink|Source|Table)Factory$/.test(factory) ? factory : []),
    ),
  ]
  // One text to look into, since a jar can have a thousand artifacts and a hundred thousand factories.
  const all = byArtifact.map(({ name }) => name).join('\n')
  const others = [...new Set(named)].filter((name) => !SHARED_PACKAGES.has(name)).filter((name) => !all.includes(name))
  return [...byArtifact, ...others.map((name) => ({ name }))].sort((a, b) => (a.name < b.name ? -1 : 1))
}

const SHARED_PACKAGES = new Set(['base', 'common'])

/** The connector that a class of this path belongs to. */
export const connectorPackage = (path: string): string | undefined =>
  /^org\/apache\/flink\/(?:connector|streaming\/connectors|formats)\/(\w+)\//.exec(path)?.[1]

const DISTRIBUTION = [
  'api/common',
  'api/dag',
  'client',
  'configuration',
  'core',
  'runtime',
  'streaming/api',
  'streaming/runtime',
].map((path) => ({ prefix: `org/apache/flink/${path}/`, name: `${FLINK}.${path.replaceAll('/', '.')}` }))

/** The package of Flink's distribution that a class of this path belongs to. */
export const distributionPackage = (path: string): string | undefined =>
  path.startsWith('org/apache/flink/') ? DISTRIBUTION.find(({ prefix }) => path.startsWith(prefix))?.name : undefined
