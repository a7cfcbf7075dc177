/** Fills a measured database. Every statement makes its rows in the database, so the memory of this process stays flat. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type postgres from 'postgres'

const folder = join(import.meta.dirname ?? '.', 'fill')

/** `factor` 1 is the full size. */
export async function fill(sql: postgres.Sql, factor: number): Promise<void> {
  await fillTables(sql, factor)
  await sql`vacuum analyze`
  await sql`checkpoint`
}

/** The files run in order, without triggers and foreign keys except for the people; also within a transaction. */
export async function fillTables(sql: postgres.Sql | postgres.TransactionSql, factor: number): Promise<void> {
  await sql.unsafe(`
    create schema if not exists scale;
    create or replace function scale.factor() returns numeric language sql immutable as $$ select ${
    Number(factor)
  }::numeric $$;
    -- How many rows stand for so many at full size: whole thousands, because shares are of a thousand.
    create or replace function scale.rows(full_size integer) returns bigint language sql immutable as
      $$ select greatest(round(full_size * scale.factor() / 1000), 1)::bigint * 1000 $$;
  `).simple()
  for (const file of (await readdir(folder)).sort()) {
    const started = performance.now()
    if (!file.startsWith('10_')) await sql`set session_replication_role = replica`
    await sql.unsafe(await readFile(join(folder, file), 'utf8')).simple()
    console.error(`${file} ${Math.round((performance.now() - started) / 1000)} s`)
  }
  await sql`set session_replication_role = origin`
}
