/** Which Flinks the operator of a cluster runs: the enumeration in its FlinkDeployment's schema. */
import { type KubeApi, KubeError } from './client/api.ts'

interface OpenApi {
  components?: {
    schemas?: Record<string, { properties?: { spec?: { properties?: { flinkVersion?: { enum?: string[] } } } } }>
  }
}

/**
 * `v1_17` and its like; undefined where it can't be told. From the API server's OpenAPI document of the group, which
 * every authenticated user may read, so that no right on CustomResourceDefinitions is needed.
 */
export async function allowedVersions(api: KubeApi): Promise<string[] | undefined> {
  try {
    const { components } = await api.get<OpenApi>('/openapi/v3/apis/flink.apache.org/v1beta1')
    for (const [name, schema] of Object.entries(components?.schemas ?? {})) {
      const versions = schema.properties?.spec?.properties?.flinkVersion?.enum
      if (name.endsWith('.FlinkDeployment') && versions) return versions.filter((version) => version !== '')
    }
    return undefined
  } catch (error) {
    if (error instanceof KubeError) return undefined
    throw error
  }
}
