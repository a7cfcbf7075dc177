/** Two people change one workspace at the same moment: whoever comes second sees what the first one did. */
import { deepStrictEqual, equal, notEqual } from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import postgres from 'postgres'

type Sql = postgres.TransactionSql
type Outcome = 'done' | string

const sql = postgres(Deno.env.get('DATABASE_URL')!, { max: 12, fetch_types: false, onnotice: () => {} })

/** Runs as this person, as a request with their token would. */
function act(user: string, work: (sql: Sql) => Promise<unknown>): Promise<Outcome> {
  const claims = JSON.stringify({ sub: user, role: 'authenticated', aud: 'authenticated' })
  return sql.begin(async (transaction) => {
    await transaction`select set_config('request.jwt.claims', ${claims}, true), set_config('role', 'authenticated', true)`
    await work(transaction)
  }).then(() => 'done', (error: { code: string }) => error.code)
}

/** The second begins when the first has done its work and not yet committed. */
async function overlap(
  [firstUser, first]: [string, (sql: Sql) => Promise<unknown>],
  [secondUser, second]: [string, (sql: Sql) => Promise<unknown>],
): Promise<[Outcome, Outcome]> {
  const worked = Promise.withResolvers<void>()
  const one = act(firstUser, async (transaction) => {
    await first(transaction)
    worked.resolve()
    await pause(100)
  }).finally(worked.resolve)
  await worked.promise
  return await Promise.all([one, act(secondUser, second)])
}

type Team = { workspace: string; ann: string; bea: string; cal: string }

/** A workspace with two admins, Ann and Bea; Cal stays outside unless something lets him in. */
async function withTeam(work: (team: Team) => Promise<void>): Promise<void> {
  const team = {
    workspace: crypto.randomUUID(),
    ann: crypto.randomUUID(),
    bea: crypto.randomUUID(),
    cal: crypto.randomUUID(),
  }
  const people = [team.ann, team.bea, team.cal]
  try {
    await sql`insert into auth.users ${
      sql(people.map((id) => ({ id, email: `${id}@example.test`, email_confirmed_at: new Date() })))
    }`
    await sql`insert into public.workspaces (id, name) values (${team.workspace}, 'Team')`
    await sql`insert into public.workspace_members (workspace_id, user_id, role, display_name) values
      (${team.workspace}, ${team.ann}, 'admin', 'Ann'), (${team.workspace}, ${team.bea}, 'admin', 'Bea')`
    await work(team)
  } finally {
    await sql`delete from public.workspaces where id = ${team.workspace}`
    await sql`delete from auth.users where id in ${sql(people)}`
  }
}

async function admins({ workspace }: Team): Promise<string[]> {
  const rows = await sql<{ user_id: string }[]>`select user_id from public.workspace_members
    where workspace_id = ${workspace} and role = 'admin' order by user_id`
  return rows.map((row) => row.user_id)
}

async function inviteCal({ workspace, ann, cal }: Team): Promise<string> {
  let token = ''
  await act(ann, async (sql) => {
    const [row] = await sql`select token from public.invite_member(${
      cal + '@example.test'
    }, 'employee', ${workspace})`
    token = row?.token as string
  })
  return token
}

Deno.test('when two admins demote each other, the first one wins', () =>
  withTeam(async (team) => {
    const outcomes = await overlap(
      [team.ann, (sql) => sql`select public.set_member_role(${team.workspace}, ${team.bea}, 'employee')`],
      [team.bea, (sql) => sql`select public.set_member_role(${team.workspace}, ${team.ann}, 'employee')`],
    )
    deepStrictEqual(outcomes, ['done', '42501'])
    deepStrictEqual(await admins(team), [team.ann])
  }))

Deno.test('when two admins remove each other, the first one wins', () =>
  withTeam(async (team) => {
    const outcomes = await overlap(
      [team.ann, (sql) => sql`select public.remove_member(${team.workspace}, ${team.bea})`],
      [team.bea, (sql) => sql`select public.remove_member(${team.workspace}, ${team.ann})`],
    )
    notEqual(outcomes[1], 'done')
    deepStrictEqual(await admins(team), [team.ann])
  }))

Deno.test('when both admins leave others behind, the second one has to stay', () =>
  withTeam(async (team) => {
    await sql`insert into public.workspace_members (workspace_id, user_id, display_name)
      values (${team.workspace}, ${team.cal}, 'Cal')`
    const outcomes = await overlap(
      [team.ann, (sql) => sql`select public.leave_workspace(${team.workspace})`],
      [team.bea, (sql) => sql`select public.leave_workspace(${team.workspace})`],
    )
    deepStrictEqual(outcomes, ['done', 'PT409'])
    deepStrictEqual(await admins(team), [team.bea])
  }))

Deno.test('when both admins delete their accounts, the second one has to stay with those who are left', () =>
  withTeam(async (team) => {
    await sql`insert into public.workspace_members (workspace_id, user_id, display_name)
      values (${team.workspace}, ${team.cal}, 'Cal')`
    const outcomes = await overlap(
      [team.ann, (sql) => sql`select public.delete_account()`],
      [team.bea, (sql) => sql`select public.delete_account()`],
    )
    deepStrictEqual(outcomes, ['done', 'PT409'])
    deepStrictEqual(await admins(team), [team.bea])
  }))

Deno.test('when an operator deletes both admins at once, another member becomes admin', () =>
  withTeam(async (team) => {
    await sql`insert into public.workspace_members (workspace_id, user_id, role, display_name)
      values (${team.workspace}, ${team.cal}, 'employee', 'Cal')`
    const worked = Promise.withResolvers<void>()
    const first = sql.begin(async (transaction) => {
      await transaction`delete from auth.users where id = ${team.ann}`
      worked.resolve()
      await pause(100)
    })
    await worked.promise
    await Promise.all([first, sql`delete from auth.users where id = ${team.bea}`])
    deepStrictEqual(await admins(team), [team.cal])
  }))

Deno.test('when two admins hand over to each other, neither waits for ever', () =>
  withTeam(async (team) => {
    const outcomes = await overlap(
      [team.ann, (sql) => sql`select public.transfer_admin(${team.workspace}, ${team.bea})`],
      [team.bea, (sql) => sql`select public.transfer_admin(${team.workspace}, ${team.ann})`],
    )
    deepStrictEqual(outcomes, ['done', 'done'])
    deepStrictEqual(await admins(team), [team.ann])
  }))

Deno.test('an invitation is either accepted or revoked, never both', () =>
  withTeam(async (team) => {
    const token = await inviteCal(team)
    const [invitation] =
      await sql`select id from public.workspace_invitations where workspace_id = ${team.workspace}`
    const accept = (sql: Sql): Promise<unknown> => sql`select public.accept_invitation(${token})`
    const revoke = (sql: Sql): Promise<unknown> => sql`select public.revoke_invitation(${invitation?.id})`
    deepStrictEqual(await overlap([team.ann, revoke], [team.cal, accept]), ['done', 'PT410'])
    const another = await inviteCal(team)
    const [open] = await sql`select id from public.workspace_invitations
      where workspace_id = ${team.workspace} and revoked_at is null`
    deepStrictEqual(
      await overlap(
        [team.cal, (sql) => sql`select public.accept_invitation(${another})`],
        [team.ann, (sql) => sql`select public.revoke_invitation(${open?.id})`],
      ),
      ['done', 'PT409'],
    )
  }))

Deno.test('a person who accepts ten times at once joins once', () =>
  withTeam(async (team) => {
    const token = await inviteCal(team)
    const outcomes = await Promise.all(
      Array.from(
        { length: 10 },
        () => act(team.cal, (sql) => sql`select public.accept_invitation(${token})`),
      ),
    )
    deepStrictEqual(new Set(outcomes), new Set(['done']))
    const [row] = await sql`select count(*)::integer as memberships from public.workspace_members
      where workspace_id = ${team.workspace} and user_id = ${team.cal}`
    equal(row?.memberships, 1)
  }))

Deno.test('who accepts while the last member deletes the account finds a workspace with an admin, or none', () =>
  withTeam(async (team) => {
    await act(team.bea, (sql) => sql`select public.leave_workspace(${team.workspace})`)
    const token = await inviteCal(team)
    const accept = (sql: Sql): Promise<unknown> => sql`select public.accept_invitation(${token})`
    const remove = (sql: Sql): Promise<unknown> => sql`select public.delete_account()`
    deepStrictEqual(await overlap([team.cal, accept], [team.ann, remove]), ['done', 'PT409'])
    deepStrictEqual(await admins(team), [team.ann])
    await act(team.cal, (sql) => sql`select public.leave_workspace(${team.workspace})`)
    const another = await inviteCal(team)
    deepStrictEqual(
      await overlap([team.ann, remove], [
        team.cal,
        (sql) => sql`select public.accept_invitation(${another})`,
      ]),
      ['done', 'PT404'],
    )
  }))

Deno.test('a person who makes workspaces at once stays within the limit', () =>
  withTeam(async (team) => {
    await sql`insert into public.workspaces (id, name) select gen_random_uuid(), 'Limit of ' || ${team.cal} from generate_series(1, 97)`
    await sql`insert into public.workspace_members (workspace_id, user_id, role, display_name)
      select id, ${team.cal}, 'admin', 'Cal' from public.workspaces where name = 'Limit of ' || ${team.cal}`
    const outcomes = await Promise.all(
      Array.from(
        { length: 6 },
        () => act(team.cal, (sql) => sql`select public.create_workspace('One more')`),
      ),
    )
    deepStrictEqual(outcomes.sort(), ['PT429', 'PT429', 'PT429', 'PT429', 'done', 'done'])
  }))

globalThis.addEventListener('unload', () => void sql.end())
