/** What to tell people when Flink refused a submission: what it means first, then Flink's own words. */

const MEANINGS: readonly { words: string; meaning: string }[] = [
  {
    words: 'No jobs included in application',
    meaning: 'main() returned without starting a job: it has to call execute()',
  },
  {
    words: 'UserSystemExitException',
    meaning: 'main() called System.exit, which was kept from ending the JobManager: let main() return instead',
  },
  {
    words: 'entry point class',
    meaning: "the entry class can't be run: check entryClass, and that a jar of the session (or jarUri) holds it",
  },
  {
    words: 'in a single environment',
    meaning: 'main() started a second job, and a session job is one job: create one for each',
  },
  {
    words: 'find checkpoint or savepoint',
    meaning: 'the saved state that it was to start from is not there: check its location',
  },
]

export function submissionMessage(cause: string): string {
  const meaning = MEANINGS.find(({ words }) => cause.includes(words))?.meaning ?? 'main() failed'
  return `${meaning}. Flink says: ${cause}`
}
