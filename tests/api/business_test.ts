/** A job from lead to closed, through stock supabase-js: what people send, what they are answered, who may not. */
import { strict as assert } from 'node:assert'
import type { Database } from '../../types/generated/database.ts'
import {
  type Client,
  client,
  createWorkspace,
  type Person,
  request,
  service,
  signUp,
  workIn,
} from '../support/clients.ts'

type Tables = Database['business']['Tables']

const tables = [
  'organizations',
  'clients',
  'contacts',
  'jobs',
  'job_contacts',
  'notes',
  'media',
  'estimates',
  'payments',
  'labor_entries',
  'receipts',
  'work_orders',
  'activity_log',
] as const satisfies readonly (keyof Tables)[]
const unlisted: Exclude<keyof Tables, typeof tables[number]>[] = []

/** The whole job in one request, as published. */
const jobFull =
  '*,client:clients(*),carrier:organizations(*),contacts:job_contacts(*,contact:contacts(*)),estimates(*),payments(*),notes(*),media(*),labor_entries(*),receipts(*),work_orders(*)'

type Company = { id: string; admin: Person; manager: Person; employee: Person }

async function found(): Promise<Company> {
  const [admin, manager, employee] = await Promise.all([
    signUp('ada', { time_zone: 'America/Denver' }),
    signUp('mia', { time_zone: 'America/Denver' }),
    signUp('eve', { time_zone: 'America/Denver' }),
  ])
  const id = await createWorkspace(admin, 'Harbor')
  for (const [person, role] of [[manager, 'manager'], [employee, 'employee']] as const) {
    const invited = await admin.client.rpc('invite_member', { email: person.email, role, workspace_id: id })
    const { error } = await person.client.rpc('accept_invitation', { token: invited.data?.[0]?.token ?? '' })
    assert.equal(error, null)
    await workIn(person, id)
  }
  return { id, admin, manager, employee }
}

const business = (client: Client): ReturnType<typeof client.schema<'business'>> => client.schema('business')

/** The data of an answer that has to have some. */
function row<T>(
  { data, error }: { data: T; error: { code: string; message: string } | null },
): NonNullable<T> {
  assert.equal(error, null, `${error?.code} ${error?.message}`)
  assert.ok(data !== null && data !== undefined)
  return data
}

const cents = (amount: number | null): number => Math.round((amount ?? 0) * 100)
const total = (amounts: (number | null)[]): number =>
  amounts.reduce<number>((sum, one) => sum + cents(one), 0)

Deno.test('a job goes from lead to closed', async (t) => {
  const { admin, manager, employee } = await found()
  const [boss, crew] = [business(manager.client), business(employee.client)]
  let id = 0
  let carrier = 0
  const estimates: number[] = []

  await t.step('a manager opens it for a new client and a carrier', async () => {
    carrier = row(
      await boss.from('organizations').insert({ name: 'Mutual of Utah', org_type: 'insurance_carrier' })
        .select('id').single(),
    ).id
    const preview = row(await boss.rpc('next_job_number', { job_type: 'mitigation' }))
    const job = row(
      await boss.rpc('create_job', {
        job: {
          job_number: '',
          client_name: 'Kim Park',
          client_phone: '801-555-0100',
          address: '1 Main St',
          city: 'Provo',
          state: 'UT',
          damage_source: 'water',
          date_of_loss: '2026-01-02',
          claim_number: 'C-77',
          deductible: 1000,
          insurance_org_id: carrier,
          notes: 'Gate code 1234',
        },
      }).select('id, job_number, status, client_id').single(),
    )
    assert.equal(job.job_number, preview)
    assert.match(job.job_number, /^\d{6}-001-MIT$/)
    assert.equal(job.status, 'lead')
    id = job.id
  })

  await t.step('puts the adjuster and the crew on it', async () => {
    const people = row(
      await business(admin.client).from('contacts').insert([
        {
          organization_id: carrier,
          first_name: 'Al',
          last_name: 'Adjuster',
          role: 'adjuster',
          user_id: null,
        },
        {
          organization_id: null,
          first_name: 'Eve',
          last_name: 'Field',
          role: 'technician',
          user_id: employee.id,
        },
      ]).select('id, first_name').order('id'),
    )
    const assigned = row(
      await boss.from('job_contacts').insert([
        {
          job_id: id,
          contact_id: people[0]?.id ?? 0,
          role_on_project: 'primary_adjuster',
          is_primary_adjuster: true,
        },
        {
          job_id: id,
          contact_id: people[1]?.id ?? 0,
          role_on_project: 'technician',
          is_primary_adjuster: false,
        },
      ]).select('role_on_project'),
    )
    assert.deepEqual(assigned.map((one) => one.role_on_project), ['primary_adjuster', 'technician'])
  })

  await t.step('the crew inspects, photographs and writes down', async () => {
    row(await boss.from('jobs').update({ status: 'inspection' }).eq('id', id).select().single())
    row(
      await crew.from('notes').insert({ job_id: id, note_type: 'site_visit', content: 'Wet to the studs' })
        .select().single(),
    )
    const note = row(
      await boss.from('notes').select('user_id, author:contacts(first_name)').eq('job_id', id).single(),
    )
    assert.deepEqual(note, { user_id: employee.id, author: { first_name: 'Eve' } })
    row(
      await crew.from('media').insert({ job_id: id, file_name: 'k.jpg', file_path: `media/${id}/k.jpg` })
        .select().single(),
    )
  })

  await t.step('an estimate is submitted, revised and approved', async () => {
    const first = row(
      await boss.from('estimates').insert({ job_id: id, estimate_type: 'mitigation', amount: 12_500.10 })
        .select('id, version, status').single(),
    )
    assert.deepEqual([first.version, first.status], [1, 'draft'])
    row(await boss.from('estimates').update({ status: 'submitted' }).eq('id', first.id).select().single())
    row(
      await boss.from('estimates').update({ status: 'revision_requested' }).eq('id', first.id).select()
        .single(),
    )
    const second = row(
      await boss.rpc('revise_estimate', { estimate_id: first.id, amount: 11_800.35 })
        .select('id, version, status, original_amount').single(),
    )
    assert.deepEqual(
      [second.version, second.status, second.original_amount],
      [2, 'revision', 12_500.10],
    )
    estimates.push(first.id, second.id)
    const refused = await crew.rpc('approve_estimate', { estimate_id: second.id })
    assert.deepEqual([refused.status, refused.error?.code], [403, '42501'])
    assert.deepEqual(
      (await crew.from('estimates').update({ status: 'approved' }).eq('id', second.id).select()).data,
      [],
    )
    const approved = row(
      await boss.rpc('approve_estimate', { estimate_id: second.id }).select('status, approved_date').single(),
    )
    assert.equal(approved.status, 'approved')
    assert.match(approved.approved_date ?? '', /^\d{4}-\d\d-\d\d$/)
    row(await boss.from('jobs').update({ status: 'active' }).eq('id', id).select().single())
  })

  await t.step('work is done and paid', async () => {
    row(
      await crew.from('labor_entries').insert([
        { job_id: id, work_date: '2026-01-05', hours: 7.5, hourly_rate: 33.33, work_category: 'demo' },
        { job_id: id, work_date: '2026-01-06', hours: 8.25, hourly_rate: 33.33, work_category: 'drying' },
      ]).select(),
    )
    row(
      await boss.from('labor_entries').insert({
        job_id: id,
        work_date: '2026-01-06',
        hours: 1,
        hourly_rate: 80,
        billable: false,
      }).select(),
    )
    row(
      await crew.from('receipts').insert([
        { job_id: id, expense_category: 'materials', description: 'Drywall', amount: 412.37 },
        {
          job_id: id,
          expense_category: 'disposal',
          description: 'Dump',
          amount: 95.5,
          reimbursable: true,
          paid_by: 'cash',
        },
      ], { defaultToNull: false }).select(),
    )
    row(
      await boss.from('work_orders').insert({ job_id: id, title: 'Plumber', budget_amount: 900 }).select(
        'work_order_number',
      ).single(),
    )
    row(
      await boss.from('payments').insert([
        {
          job_id: id,
          estimate_id: estimates[1] ?? 0,
          amount: 10_800.35,
          payment_type: 'initial',
          payment_method: 'check',
        },
        {
          job_id: id,
          estimate_id: null,
          amount: 1_000,
          payment_type: 'deductible',
          payment_method: 'credit',
        },
        { job_id: id, estimate_id: null, amount: -0.01, payment_type: 'other', payment_method: 'cash' },
      ]).select(),
    )
    row(
      await boss.from('jobs').update({
        status: 'complete',
        completion_date: '2026-01-20',
        ready_to_invoice: true,
      })
        .eq('id', id).select().single(),
    )
  })

  await t.step('the money is right to the cent', async () => {
    const job = row(
      await crew.from('jobs').select(
        'estimates(amount,status,version),payments(amount),labor_entries(hours,total_cost,billable),receipts(amount,reimbursable),work_orders(budget_amount)',
      ).eq('id', id).single(),
    )
    const approved = total(
      job.estimates.filter((one) => one.status === 'approved').map((one) => one.amount),
    )
    const paid = total(job.payments.map((one) => one.amount))
    // Hours times rate is kept exactly: only the sum is rounded.
    const labor = cents(job.labor_entries.reduce((sum, one) => sum + (one.total_cost ?? 0), 0))
    const receipts = total(job.receipts.map((one) => one.amount))
    assert.deepEqual(
      {
        approved,
        paid,
        balance: approved - paid,
        hours: job.labor_entries.reduce((sum, one) => sum + one.hours, 0),
        labor,
        receipts,
        reimbursable: total(job.receipts.filter((one) => one.reimbursable).map((one) => one.amount)),
        budget: total(job.work_orders.map((one) => one.budget_amount)),
        profit: approved - labor - receipts,
      },
      {
        approved: 11_800_35,
        paid: 11_800_34,
        balance: 1,
        hours: 16.75,
        labor: 604_95,
        receipts: 507_87,
        reimbursable: 95_50,
        budget: 900_00,
        profit: 10_687_53,
      },
    )
    const view = row(await crew.from('job_financials').select().eq('job_id', id).single())
    assert.deepEqual(
      [
        view.total_estimates,
        view.approved_estimates,
        view.total_paid,
        view.balance_due,
        view.total_labor_hours,
        view.total_labor_cost,
        view.billable_labor_cost,
        view.total_materials_cost,
        view.reimbursable_expenses,
        view.work_order_budget,
        view.gross_profit,
      ],
      [11_800.35, 11_800.35, 11_800.34, 0.01, 16.75, 604.95, 524.95, 507.87, 95.5, 900, 10_687.53],
      'and the database says the same',
    )
  })

  await t.step('what is complete does not become active again', async () => {
    const refused = await boss.from('jobs').update({ status: 'active', ready_to_invoice: false }).eq('id', id)
      .select()
    assert.equal(refused.status, 409)
    assert.deepEqual(
      [refused.error?.code, refused.error?.message],
      ['PT409', 'A job cannot change from status complete to active.'],
    )
    const job = row(await boss.from('jobs').select('status, ready_to_invoice').eq('id', id).single())
    assert.deepEqual(job, { status: 'complete', ready_to_invoice: true })
    row(await boss.from('jobs').update({ status: 'closed' }).eq('id', id).select().single())
  })

  await t.step('the log tells it in order, with who did it', async () => {
    const names = new Map([[manager.id, 'mia'], [employee.id, 'eve'], [admin.id, 'ada']])
    const story = row(
      await crew.from('activity_log').select('event_type, event_subtype, user_id, actor_name').eq(
        'job_id',
        id,
      )
        .order('id'),
    )
    assert.deepEqual(
      story.map((line) =>
        [names.get(line.user_id ?? ''), line.event_type, line.event_subtype].filter((word) => word).join(' ')
      ),
      [
        'mia project_created mitigation',
        'mia contact_assigned primary_adjuster',
        'mia contact_assigned technician',
        'mia status_changed inspection',
        'eve note_added site_visit',
        'eve media_uploaded',
        'mia estimate_created draft',
        'mia estimate_status_changed submitted',
        'mia estimate_status_changed revision_requested',
        'mia estimate_created revision',
        'mia estimate_status_changed approved',
        'mia status_changed active',
        'eve labor_logged',
        'eve labor_logged',
        'mia labor_logged',
        'eve receipt_added materials',
        'eve receipt_added disposal',
        'mia work_order_created draft',
        'mia payment_received initial',
        'mia payment_received deductible',
        'mia payment_received other',
        'mia status_changed complete',
        'mia project_updated',
        'mia status_changed closed',
      ],
    )
    assert.deepEqual(new Set(story.map((line) => line.actor_name)), new Set(['mia', 'eve']))
  })

  await t.step('only an admin removes it', async () => {
    for (const db of [boss, crew]) {
      assert.deepEqual((await db.from('jobs').delete().eq('id', id).select()).data, [])
      assert.deepEqual((await db.from('payments').delete().eq('job_id', id).select()).data, [])
    }
    assert.equal(row(await business(admin.client).from('jobs').delete().eq('id', id).select()).length, 1)
    const last = row(
      await crew.from('activity_log').select('event_type, user_id, job_id').order('id', { ascending: false })
        .limit(1),
    )
    assert.deepEqual(last, [{ event_type: 'project_deleted', user_id: admin.id, job_id: null }])
  })
})

Deno.test('the published embed answers the whole job', async () => {
  const { manager, employee } = await found()
  const boss = business(manager.client)
  const carrier = row(
    await boss.from('organizations').insert({ name: 'Mutual', org_type: 'insurance_carrier' }).select()
      .single(),
  )
  const job = row(
    await boss.rpc('create_job', {
      job: { client_name: 'Kim', notes: 'Text of the job', insurance_org_id: carrier.id },
    }).select('id').single(),
  )
  const contact = row(
    await boss.from('contacts').insert({ first_name: 'Al', last_name: 'Adjuster' }).select().single(),
  )
  const job_id = job.id
  const rows = {
    job_contacts: { job_id, contact_id: contact.id },
    notes: { job_id, content: 'A note' },
    media: { job_id, file_name: 'a', file_path: 'b' },
    estimates: { job_id, amount: 1 },
    payments: { job_id, amount: 1 },
    labor_entries: { job_id, hours: 1 },
    receipts: { job_id, expense_category: 'other', description: 'x', amount: 1 },
    work_orders: { job_id, title: 'x' },
  }
  for (const [table, values] of Object.entries(rows)) {
    const { error } = await boss.from(table as 'notes').insert(values as Tables['notes']['Insert'])
    assert.equal(error, null, table)
  }
  const { data, error } = await business(employee.client).from('jobs').select(jobFull).eq('id', job.id)
    .single()
  assert.equal(error, null)
  const full = data as unknown as Record<string, unknown>
  assert.equal((full['client'] as { name: string }).name, 'Kim')
  assert.equal((full['carrier'] as { name: string }).name, 'Mutual')
  assert.equal((full['contacts'] as { contact: { last_name: string } }[])[0]?.contact.last_name, 'Adjuster')
  for (const list of Object.keys(rows).filter((table) => table !== 'job_contacts')) {
    assert.equal((full[list] as { job_id: number }[]).length, 1, list)
    assert.equal((full[list] as { job_id: number }[])[0]?.job_id, job.id, list)
  }
  // The table of notes wins over the column of that name, which is there when the table is not asked for.
  assert.equal((full['notes'] as { content: string }[])[0]?.content, 'A note')
  const both = row(
    await boss.from('jobs').select('notes, job_notes:notes(content)').eq('id', job.id).single(),
  )
  assert.deepEqual(both, { notes: 'Text of the job', job_notes: [{ content: 'A note' }] })
})

Deno.test('the published payloads are taken as they are', async (t) => {
  const { admin, manager, employee } = await found()
  const boss = business(manager.client)
  const me = row(
    await business(admin.client).from('contacts').insert({
      first_name: 'Eve',
      last_name: 'Field',
      user_id: employee.id,
    })
      .select('id').single(),
  )
  const vendor = row(
    await boss.from('organizations').insert({ name: 'Depot', org_type: 'vendor' }).select('id').single(),
  )
  const blankJob = {
    status: 'lead',
    address: null,
    city: null,
    state: 'UT',
    zip: null,
    year_built: null,
    structure_type: null,
    square_footage: null,
    num_stories: null,
    damage_source: null,
    damage_category: null,
    damage_class: null,
    date_of_loss: null,
    date_contacted: null,
    inspection_date: null,
    work_auth_signed_date: null,
    start_date: null,
    cos_date: null,
    completion_date: null,
    claim_number: null,
    policy_number: null,
    deductible: null,
    client_id: null,
    insurance_org_id: null,
    notes: 'as text',
  }
  const job = row(
    await boss.from('jobs').insert({ job_number: '', ...blankJob }).select('id, job_number, notes').single(),
  )
  const job_id = job.id

  await t.step('JobIn, with the client’s name', async () => {
    const opened = row(
      await boss.rpc('create_job', {
        job: {
          job_number: 'CLIENT-1',
          ...blankJob,
          client_name: 'Kim',
          client_phone: null,
          client_email: null,
        },
      }).select('job_number, notes, client_id').single(),
    )
    assert.deepEqual([opened.job_number, opened.notes], ['CLIENT-1', 'as text'])
    assert.ok(opened.client_id)
    assert.match(job.job_number, /^\d{6}-\d{3}-MIT$/)
  })
  await t.step('EstimateIn, version 1 whatever there is', async () => {
    const estimate = {
      job_id,
      version: 1,
      estimate_type: 'mitigation',
      amount: 100,
      original_amount: null,
      status: 'draft',
      submitted_date: null,
      approved_date: null,
      xactimate_file_path: null,
      notes: null,
    }
    const versions = []
    for (const _ of [1, 2, 3]) {
      versions.push(
        row(await boss.from('estimates').insert(estimate).select('version, original_amount').single()),
      )
    }
    assert.deepEqual(versions, [
      { version: 1, original_amount: 100 },
      { version: 2, original_amount: null },
      { version: 3, original_amount: null },
    ])
    const taken = await boss.from('estimates').insert({ ...estimate, version: 3 })
    assert.deepEqual([taken.status, taken.error?.code], [409, '23505'])
  })
  await t.step(
    'upserts of an approved estimate merge it, and those that ignore it withdraw nothing',
    async () => {
      const key = 'workspace_id,job_id,estimate_type,version'
      const approved = { job_id, estimate_type: 'remediation', version: 1, status: 'approved' }
      const draft = { ...approved, version: 2, status: 'draft' }
      for (const one of [approved, draft]) {
        row(await boss.from('estimates').insert(one).select('id').single())
      }
      const ignored = await boss.from('estimates')
        .upsert({ ...draft, status: 'approved' }, { onConflict: key, ignoreDuplicates: true })
      assert.deepEqual(ignored.status, 201)
      row(await boss.from('estimates').upsert(approved, { onConflict: key }).select('id').single())
      assert.deepEqual(
        row(
          await boss.from('estimates').select('version, status').eq('job_id', job_id)
            .eq('estimate_type', 'remediation').order('version'),
        ),
        [{ version: 1, status: 'approved' }, { version: 2, status: 'draft' }],
      )
    },
  )

  await t.step('AssignmentIn', async () => {
    row(
      await boss.from('job_contacts').insert({
        job_id,
        contact_id: me.id,
        role_on_project: null,
        assigned_date: null,
        notes: null,
        is_primary_adjuster: false,
        is_tpa: false,
      }).select().single(),
    )
  })
  await t.step('PaymentIn', async () => {
    row(
      await boss.from('payments').insert({
        job_id,
        amount: 10.5,
        estimate_id: null,
        invoice_number: null,
        payment_type: null,
        payment_method: null,
        check_number: null,
        received_date: null,
        deposited_date: null,
        notes: null,
      }).select().single(),
    )
  })
  await t.step('WorkOrderIn', async () => {
    const order = row(
      await boss.from('work_orders').insert({
        job_id,
        title: 'Paint',
        // The payload says null, which asks for a number.
        work_order_number: null as unknown as string,
        description: null,
        budget_amount: null,
        status: 'draft',
        approved_by: null,
        approved_date: null,
        document_file_path: null,
      }).select('work_order_number').single(),
    )
    assert.equal(order.work_order_number, `WO-${job_id}-001`)
  })
  for (const [name, person] of [['an employee', employee], ['a manager', manager]] as const) {
    const db = business(person.client)
    await t.step(`NoteIn, LaborIn, ReceiptIn and MediaIn of ${name}`, async () => {
      const author = name === 'an employee' ? me.id : null
      const note = row(
        await db.from('notes').insert({
          job_id,
          content: 'x',
          author_id: author,
          // The payload may say null, which is the same as leaving it out.
          note_type: null as unknown as string,
          subject: null,
        }).select('note_type').single(),
      )
      assert.equal(note.note_type, 'general')
      row(
        await db.from('labor_entries').insert({
          job_id,
          work_date: '2026-01-05',
          hours: 1.5,
          employee_id: author,
          hourly_rate: null,
          work_category: null,
          description: null,
          billable: true,
          created_by: author,
        }).select().single(),
      )
      row(
        await db.from('receipts').insert({
          job_id,
          expense_category: 'other',
          description: 'x',
          amount: 1,
          expense_date: '2026-01-05',
          vendor_id: vendor.id,
          receipt_file_path: null,
          reimbursable: false,
          paid_by: null,
          created_by: author,
        }).select().single(),
      )
      row(
        await db.from('media').insert({
          job_id,
          file_name: 'a',
          file_path: 'b',
          file_type: null,
          file_size: null,
          caption: null,
          uploaded_by: author,
        }).select().single(),
      )
    })
  }
  await t.step('a key that no table has is refused, not dropped', async () => {
    const typo = await request('/rest/v1/jobs', {
      method: 'POST',
      token: manager.token,
      headers: { 'content-profile': 'business' },
      body: JSON.stringify({ job_nubmer: 'x' }),
    })
    assert.deepEqual([typo.status, (typo.body as { code: string }).code], [400, 'PGRST204'])
    const unknown = await boss.rpc('create_job', { job: { job_nubmer: 'x' } })
    assert.deepEqual([unknown.status, unknown.error?.code], [400, '22023'])
  })
  await t.step('a server sends the same with the secret key', async () => {
    row(
      await business(service()).from('notes').insert({ job_id, content: 'from a server' }).select().single(),
    )
    const seen = row(
      await business(admin.client).from('notes').select('user_id').eq('content', 'from a server'),
    )
    assert.deepEqual(seen, [{ user_id: null }])
  })
})

Deno.test('a payment that is sent twice is booked once, and one that is entered twice is told', async () => {
  const { manager } = await found()
  const db = business(manager.client)
  const job = row(await db.from('jobs').insert({}).select('id').single())
  const payment = { job_id: job.id, amount: 1200, invoice_number: 'INV-31' }
  const send = (client_key: string) =>
    db.from('payments').upsert({ ...payment, client_key }, { onConflict: 'workspace_id,client_key' })
      .select('id, client_key, duplicate_of').single()
  const first = row(await send('form-1'))
  assert.deepEqual(first, { id: first.id, client_key: 'form-1', duplicate_of: null })
  assert.deepEqual(row(await send('form-1')), first)
  assert.equal((await db.from('payments').insert({ ...payment, client_key: 'form-1' })).error?.code, '23505')
  const second = row(await send('form-2'))
  assert.equal(second.duplicate_of, first.id)
  const doubtful = await db.from('payments').select('id').not('duplicate_of', 'is', null)
  assert.deepEqual(row(doubtful), [{ id: second.id }])
})

Deno.test('a stranger finds nothing, on any path', async (t) => {
  assert.deepEqual(unlisted, [])
  const { id: workspace, admin, manager, employee } = await found()
  const sam = await signUp('sam')
  const boss = business(manager.client)
  const db = business(sam.client)
  const job = row(await boss.rpc('create_job', { job: { client_name: 'Kim' } }).select().single())
  const contact = row(
    await business(admin.client).from('contacts').insert({
      first_name: 'Eve',
      last_name: 'Field',
      user_id: employee.id,
    })
      .select('id').single(),
  )
  const carrier = row(
    await boss.from('organizations').insert({ name: 'Mutual', org_type: 'tpa' }).select('id').single(),
  )
  const job_id = job.id
  row(await boss.from('job_contacts').insert({ job_id, contact_id: contact.id }).select())
  const estimate = row(await boss.from('estimates').insert({ job_id, amount: 1 }).select('id').single())
  row(await boss.from('payments').insert({ job_id, amount: 1, estimate_id: estimate.id }).select())
  row(await boss.from('work_orders').insert({ job_id, title: 'x' }).select())
  row(await boss.from('notes').insert({ job_id, content: 'x' }).select())
  row(await boss.from('media').insert({ job_id, file_name: 'x', file_path: 'y' }).select())
  row(await boss.from('labor_entries').insert({ job_id, hours: 1 }).select())
  row(
    await boss.from('receipts').insert({ job_id, expense_category: 'other', description: 'x', amount: 1 })
      .select(),
  )

  for (const table of tables) {
    await t.step(table, async () => {
      const counted = await boss.from(table).select('*', { count: 'exact', head: true })
      assert.ok((counted.count ?? 0) > 0, 'there is a row for those who may see it')
      const path = db.from(table)
      assert.deepEqual((await path.select()).data, [])
      assert.equal((await path.select('*', { count: 'exact', head: true })).count, 0)
      assert.deepEqual((await path.select('*', { count: 'exact' }).eq('workspace_id', workspace)).count, 0)
      assert.deepEqual((await path.delete().gt('id', 0).select()).data ?? [], [])
      const anon = await business(client()).from(table).select('*', { count: 'exact', head: true })
      assert.deepEqual([anon.status, anon.count], [401, null])
    })
  }
  await t.step('embeds', async () => {
    assert.deepEqual((await db.from('jobs').select(jobFull)).data, [])
    assert.equal((await db.from('jobs').select(jobFull).eq('id', job_id).single()).error?.code, 'PGRST116')
    // Sam's own job leads to nothing of theirs either.
    const own = row(await db.rpc('create_job', { job: { client_name: 'Kim' } }).select('id').single())
    const seen = row(
      await db.from('jobs').select('client:clients(jobs(id)), notes(id), estimates(count)').eq('id', own.id)
        .single(),
    )
    assert.deepEqual(seen as unknown, {
      client: { jobs: [{ id: own.id }] },
      notes: [],
      estimates: [{ count: 0 }],
    })
  })
  await t.step('changes of rows', async () => {
    assert.deepEqual((await db.from('jobs').update({ status: 'closed' }).eq('id', job_id).select()).data, [])
    assert.deepEqual(
      (await db.from('estimates').update({ status: 'approved' }).eq('id', estimate.id).select()).data,
      [],
    )
    assert.equal(row(await boss.from('jobs').select('status').eq('id', job_id).single()).status, 'lead')
  })
  await t.step('new rows and functions: what is theirs is as what never was', async () => {
    const never = 999_999_999
    const nowhere = crypto.randomUUID()
    const pairs = [
      [
        db.from('notes').insert({ job_id, content: 'x' }),
        db.from('notes').insert({ job_id: never, content: 'x' }),
      ],
      [
        db.from('estimates').insert({ job_id, status: 'approved' }),
        db.from('estimates').insert({ job_id: never, status: 'approved' }),
      ],
      [
        db.from('payments').insert({ job_id, estimate_id: estimate.id, amount: 1 }),
        db.from('payments').insert({ job_id: never, estimate_id: never, amount: 1 }),
      ],
      [
        db.from('job_contacts').insert({ job_id, contact_id: contact.id }),
        db.from('job_contacts').insert({ job_id: never, contact_id: never }),
      ],
      [db.from('jobs').insert({ client_id: job.client_id }), db.from('jobs').insert({ client_id: never })],
      [
        db.from('jobs').insert({ insurance_org_id: carrier.id }),
        db.from('jobs').insert({ insurance_org_id: never }),
      ],
      [
        db.from('jobs').insert({ workspace_id: workspace }),
        db.from('jobs').insert({ workspace_id: nowhere }),
      ],
      [
        db.from('contacts').insert({ first_name: 'x', last_name: 'y', user_id: employee.id }),
        db.from('contacts').insert({ first_name: 'x', last_name: 'y', user_id: nowhere }),
      ],
      [
        db.rpc('approve_estimate', { estimate_id: estimate.id }),
        db.rpc('approve_estimate', { estimate_id: never }),
      ],
      [
        db.rpc('revise_estimate', { estimate_id: estimate.id, amount: 1 }),
        db.rpc('revise_estimate', { estimate_id: never, amount: 1 }),
      ],
      [
        db.rpc('unassign_contact', { job_id, contact_id: contact.id }),
        db.rpc('unassign_contact', { job_id: never, contact_id: never }),
      ],
      [
        db.rpc('next_job_number', { job_type: 'remodel', workspace_id: workspace }),
        db.rpc('next_job_number', { job_type: 'remodel', workspace_id: nowhere }),
      ],
      [
        db.rpc('create_job', { job: { client_name: 'Kim' }, workspace_id: workspace }),
        db.rpc('create_job', { job: { client_name: 'Kim' }, workspace_id: nowhere }),
      ],
    ] as const
    for (const [theirs, nobodys] of pairs) {
      const [one, other] = [await theirs, await nobodys]
      assert.ok(one.error, 'it is refused')
      assert.deepEqual(
        [one.status, one.error.code, one.error.message, one.error.details, one.error.hint],
        [other.status, other.error?.code, other.error?.message, other.error?.details, other.error?.hint],
      )
    }
  })
})
