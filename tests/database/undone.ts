/** A transaction for tests that leave nothing behind. */
import postgres from 'postgres'

/** Runs in a transaction that is always undone. */
export async function undone(work: (sql: postgres.TransactionSql) => Promise<void>): Promise<void> {
  const sql = postgres(Deno.env.get('DATABASE_URL') ?? '', { max: 1, onnotice: () => {} })
  const undo = new Error('undo')
  try {
    await sql.begin(async (transaction) => {
      await work(transaction)
      throw undo
    }).catch((cause) => {
      if (cause !== undo) throw cause
    })
  } finally {
    await sql.end()
  }
}
