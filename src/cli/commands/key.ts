/** Keys: which there are, and their revocation, which takes effect at once. */
import { createHash } from 'node:crypto'
import { expectOk } from '../api.ts'
import type { Definition, Option } from '../command.ts'
import { confirm } from '../confirm.ts'
import type { Context } from '../context.ts'
import { CliError, EXIT } from '../errors.ts'
import { SERVER, YES } from '../options.ts'
import { age, type Column } from '../output.ts'

interface Key {
  id: string
  createdAt: string
}

interface Flags {
  root?: boolean
  yes?: boolean
}

const ROOT: Option = ['--root', 'root keys, by the root key: root.key of the data folder, or WEIR_TOKEN']

/** How a key is named: see `KeyList` in the contract. */
const idOf = (token: string): string => createHash('sha256').update(token).digest('hex').slice(0, 16).toUpperCase()

async function keysOf({ weir }: Context, { root }: Flags) {
  if (root) {
    return {
      list: () => weir.listRootKeys({}),
      revoke: (key: string) => weir.revokeRootKey({ path: { key } }),
    }
  }
  const { serviceAccount } = expectOk(await weir.getCurrentIdentity({}))
  if (!serviceAccount)
    throw new CliError(EXIT.notAllowed, 'a root key belongs to no service account', { next: 'weir key list --root' })
  const path = { serviceAccount: serviceAccount.id }
  return {
    list: () => weir.listServiceAccountKeys({ path }),
    revoke: (key: string) => weir.revokeServiceAccountKey({ path: { ...path, key } }),
  }
}

const columns = (own: string): Column<Key>[] => [
  { header: 'ID', value: (row) => row.id },
  { header: 'AGE', value: (row) => row.createdAt, human: (row) => age(row.createdAt) },
  { header: '', value: ({ id }) => (id === own ? 'yours' : '') },
]

export const list: Definition<Flags> = {
  description: 'List the keys of your service account. A key itself is known to nobody but its holder.',
  options: [ROOT, ...SERVER],
  examples: [
    ['weir key list', 'those that get somebody in as your service account'],
    ['weir key list --root', 'those of the administration of the server'],
    ['printf %s KEY | sha256sum | cut -c1-16', 'the ID of a key that was found somewhere, in small letters'],
  ],
  async run(context, flags) {
    const keys = await keysOf(context, flags)
    const { items } = expectOk(await keys.list())
    context.output.list(items, columns(idOf(context.connection.token)), 'there are none')
  },
}

export const revoke: Definition<Flags, [string]> = {
  description:
    'Revoke a key: from now on nobody gets in with it; what runs goes on. ' +
    "A key in the server's own key file gets a successor there, so that commands on its machine go on working.",
  arguments: [['<key>', 'its ID']],
  options: [ROOT, YES, ...SERVER],
  examples: [
    ['weir key revoke 5E884898DA280471', 'asks first'],
    ['weir key revoke 5E884898DA280471 --yes', 'in a script'],
  ],
  async run(context, flags, text) {
    const id = text.toUpperCase()
    const keys = await keysOf(context, flags)
    const next = `weir key list${flags.root ? ' --root' : ''}`
    const { items } = expectOk(await keys.list())
    if (!items.some((key) => key.id === id)) throw new CliError(EXIT.notFound, `there is no key ${text}`, { next })
    const own = id === idOf(context.connection.token)
    const consequence = own ? 'It is the one that this command uses.' : 'Whoever uses it is shut out.'
    if (!flags.yes) await confirm(context, { noun: 'key', id, name: id }, consequence, 'revoke')
    expectOk(await keys.revoke(id), next)
    const { output } = context
    if (output.json) output.data({ id, state: 'REVOKED' })
    else if (output.tty) output.line(`key ${id} is revoked`)
  },
}
