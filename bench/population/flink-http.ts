/** A process that answers for the fake clusters of the folder it is given; says its port, and ends with its parent. */
import { answerOverHttp } from '../../src/runtimes/fake/http.ts'

const { port } = await answerOverHttp(process.argv[2] as string)
process.send?.({ port })
process.on('disconnect', () => process.exit(0))
