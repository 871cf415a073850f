/**
 * The Flink version behind every runtime of the contract, the Java releases it runs on, and the checksums of what the
 * package registries hold of it.
 *
 * Owns those pins; imports nothing. A runtime is never switched to another version at run time: a new patch release is
 * a change of this table. The official tarball's checksum is published beside it and isn't repeated here.
 *
 * To pin another version: fetch the three files as `pip.ts` and `maven.ts` do, then enter their SHA-256.
 * Several patch releases have no S3 plugin on Maven Central; the nearest earlier one of the same minor stands in.
 */

export interface PinnedFile {
  sha256: string
  sizeBytes: number
}

/** What the registries' packages of one Flink version must be, byte for byte. */
export interface PackagePins {
  /** Source package `apache-flink-libraries` of PyPI: Flink's jars. */
  libraries: PinnedFile
  /** Wheel `apache-flink` of PyPI for CPython 3.10 on x86-64: Flink's scripts and configuration files. */
  scripts: PinnedFile
  /** `org.apache.flink:flink-s3-fs-hadoop`, maybe of another patch release. */
  s3Plugin: PinnedFile & { version: string }
}

/**
 * Java releases (`17`), each list by preference. 1.x takes Java 8 as well; Weir does not, which starts JVMs with module
 * options.
 */
export interface JavaReleases {
  supported: readonly number[]
  experimental: readonly number[]
}

export interface CatalogueEntry {
  version: string
  java: JavaReleases
  packages: PackagePins
}

/**
 * By Flink's documentation, "Java compatibility" (docs/deployment/java_compatibility of each release from 1.18 on; 1.17
 * has no such page and names 8 and 11 as what it is built and run with). The jars agree: 1.x is compiled for Java 8,
 * 2.x for 11.
 */
const JAVA = {
  V1_17: { supported: [11], experimental: [] },
  V1: { supported: [11], experimental: [17] },
  V2: { supported: [17, 11], experimental: [21] },
} as const satisfies Record<string, JavaReleases>

const file = (sha256: string, sizeBytes: number): PinnedFile => ({ sha256, sizeBytes })

export const CATALOGUE = {
  FLINK_1_17: {
    version: '1.17.1',
    java: JAVA.V1_17,
    packages: {
      libraries: file('b08b4ec8cc9f6fb6d26a42af4e206efc09b18a241053edc92fdda3ffb356f2c8', 240_177_603),
      scripts: file('05add7b326dba928eb87b26b1a1207bf1a46395f4b1cf300172adfa63f81802d', 5_735_262),
      s3Plugin: {
        version: '1.17.1',
        ...file('c8e33719f4a32c820bdddc04aac7bc6e7bb5839faa825fba955a91a456c42954', 30_939_417),
      },
    },
  },
  FLINK_1_18: {
    version: '1.18.1',
    java: JAVA.V1,
    packages: {
      libraries: file('369ce11ab33e5e15cdd349db2f5412dcc2fad163b6a87aa93b927a3631bcca7f', 230_937_400),
      scripts: file('f93cbc4d88e39135dd59d7d7cc2e2252dec4017c4943dd8ab62e117e953a2d15', 6_395_270),
      s3Plugin: {
        version: '1.18.1',
        ...file('1176e2d95f37b760f3171f50e3250be7ae82f6514e8c974094c22d0066b49965', 31_263_021),
      },
    },
  },
  FLINK_1_19: {
    version: '1.19.3',
    java: JAVA.V1,
    packages: {
      libraries: file('4a58e3a1fb7d83340bc96b6c080624c6d792d69fae5d294b96224775204a9c60', 230_366_372),
      scripts: file('f1c0d2c0245bc0ad2c5ce5bb1b7dfe719410724342671267abfba5190e1827f4', 2_805_904),
      s3Plugin: {
        version: '1.19.3',
        ...file('3243bc2d44d72a33b15cfac79f465442fd144f346091efcd715d253bd4145a28', 31_259_758),
      },
    },
  },
  FLINK_1_20: {
    version: '1.20.5',
    java: JAVA.V1,
    packages: {
      libraries: file('e6aee62ea1a1fe7b32e28894ad079f3f1a50a372a4caac3df52405267f4228c8', 231_999_354),
      scripts: file('953f1d9f9d418ca5fbc84881144b37e1c86b69b5d7b343bca737d47f9cbde25d', 2_818_914),
      s3Plugin: {
        version: '1.20.1',
        ...file('4dabe5d51519984f88d677c477b99c5e18cec924af2e41816da67df527a5c679', 31_260_339),
      },
    },
  },
  FLINK_2_0: {
    version: '2.0.2',
    java: JAVA.V2,
    packages: {
      libraries: file('64dced9d0324a5f23f84e9cdf444d3fd64632169e477f001c21b422f39b995ba', 308_809_481),
      scripts: file('d58c1656bd1ec6b116be1b8adf2596c5254ef4cafd4b6641b56cf51735e30c1b', 2_805_747),
      s3Plugin: {
        version: '2.0.0',
        ...file('2fbbcaeb01d74dd5675ee9a4e1e95033b8868a509a18e66873c8afc4e9b91f31', 31_588_413),
      },
    },
  },
  FLINK_2_1: {
    version: '2.1.3',
    java: JAVA.V2,
    packages: {
      libraries: file('b48d3944755b9303f99d205ea1a9bcb798fc563a872c782393fb466f16d4f91c', 310_160_572),
      scripts: file('5fee1a119865f7d47b34fa905d0ae70334b65cca11d5b2858c7a32d4b33b53f1', 2_830_581),
      s3Plugin: {
        version: '2.1.1',
        ...file('8ddf87a571122e402498d185936e3bf82f5eddd4438a91a279caff7942baa7b8', 31_696_366),
      },
    },
  },
  FLINK_2_2: {
    version: '2.2.1',
    java: JAVA.V2,
    packages: {
      libraries: file('eec27ffa86d01184de7f5ab668c479c83cdb75ebc7fba8091307da4f1a9d3348', 312_504_331),
      scripts: file('870feec118107b654dd18be5b015575abbe8a8d857d08aeb8119062554bbe802', 2_854_775),
      s3Plugin: {
        version: '2.2.0',
        ...file('fe14908b4d04c2fb199bf5c9dddfa80fd6b64d7a6decb3cc8826e644c5449262', 31_696_390),
      },
    },
  },
  FLINK_2_3: {
    version: '2.3.0',
    java: JAVA.V2,
    packages: {
      libraries: file('570bf8831d3c1336311e924e97119e52d8842e5485a4a7709ff9a92db709b006', 329_008_299),
      scripts: file('e67ec32fc5056beacf16ec4ec682f3716df5b165d6e69c3bd2e176085a81cd5d', 2_873_161),
      s3Plugin: {
        version: '2.3.0',
        ...file('5a3de2daac49e9df1783367391f994dace3bfa18c168b45c3d4563decca7d3d0', 31_724_253),
      },
    },
  },
} as const satisfies Record<string, CatalogueEntry>

export type CatalogueRuntime = keyof typeof CATALOGUE

/** The Flink version that a runtime of the contract stands for: `FLINK_1_17` is `1.17.1`. */
export const flinkVersionOf = (runtime: CatalogueRuntime): string => CATALOGUE[runtime].version

/** The runtime that a Flink version belongs to, by its minor; undefined for versions that no runtime stands for. */
export function runtimeOf(version: string): CatalogueRuntime | undefined {
  const name = `FLINK_${version.split('.').slice(0, 2).join('_')}`
  return Object.hasOwn(CATALOGUE, name) ? (name as CatalogueRuntime) : undefined
}

/** Pins by version; undefined where Weir knows none. */
export function packagePinsOf(version: string): PackagePins | undefined {
  return Object.values<CatalogueEntry>(CATALOGUE).find((entry) => entry.version === version)?.packages
}
