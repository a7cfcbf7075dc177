/** Values of the arguments with which tests/database/known_ids.ts calls functions. */

/** The table whose id an argument or a key of a JSON argument takes. */
export const tablesOfIds: Readonly<Record<string, string>> = {
  'studio.revoke_api_key.id': 'studio.api_keys',
  after_id: 'dashboard.tasks',
  artifact_id: 'public.artifacts',
  before_id: 'dashboard.tasks',
  contact_id: 'business.contacts',
  conversation_id: 'dashboard.conversations',
  document_id: 'public.documents',
  document_ids: 'public.documents',
  estimate_id: 'business.estimates',
  invitation_id: 'public.workspace_invitations',
  item_id: 'dashboard.inbox_items',
  job_id: 'business.jobs',
  like_chunk_id: 'public.search_chunks',
  like_document_id: 'public.documents',
  list_id: 'dashboard.task_lists',
  memory_id: 'public.cipher_memory',
  message_id: 'dashboard.messages',
  notification_ids: 'dashboard.notifications',
  project_id: 'dashboard.projects',
  tag_id: 'dashboard.tags',
  task_id: 'dashboard.tasks',
  to_user_id: 'public.profiles',
  user_id: 'public.profiles',
  workspace_id: 'public.workspaces',
}

/** Numbers that are no ids. */
export const notIds: ReadonlySet<string> = new Set(['dashboard.capture.file_size'])

/** Values of one argument each, as JSON. */
export type Values = Readonly<Record<string, unknown>>

/**
 * Other values, where the default does not do: null leaves out what has a default. `{schema.table}` is the id of a row of that
 * table. Several are for functions whose arguments exclude each other.
 */
export const values: Readonly<Record<string, readonly Values[]>> = {
  'business.accounting_summary': [{ date_from: '2026-01-01', date_to: '2026-12-31' }],
  'business.accounting_by_job': [{ date_from: '2026-01-01', date_to: '2026-12-31' }],
  'business.create_job': [{
    job: { client_id: '{business.clients}', insurance_org_id: '{business.organizations}' },
  }],
  'business.next_job_number': [{ job_type: 'mitigation' }],
  'business.revise_estimate': [{ amount: 5 }],
  'business.search_jobs': [{ query: 'zq' }],
  'dashboard.ai_task_breakdown': [{ dimension: 'model' }],
  'dashboard.capture': [{ content: 'x' }],
  'dashboard.chat_begin_turn': [
    { turn: { message: { content: 'x' }, providers: ['builtin'], workspace_id: '{public.workspaces}' } },
    {
      turn: {
        message: { content: 'x' },
        providers: ['builtin'],
        conversation_id: '{dashboard.conversations}',
      },
    },
    {
      turn: {
        message: { content: 'x' },
        providers: ['builtin'],
        agent_id: '{dashboard.agents}',
        chat_project_id: '{dashboard.chat_projects}',
      },
    },
    {
      turn: {
        message: { content: 'x', parent_id: '{dashboard.messages}' },
        providers: ['builtin'],
        conversation_id: '{dashboard.conversations}',
      },
    },
    {
      turn: {
        trigger: 'regenerate',
        providers: ['builtin'],
        message_id: '{dashboard.messages}',
        conversation_id: '{dashboard.conversations}',
      },
    },
  ],
  'dashboard.convert_inbox_item': [{
    target: 'task',
    overrides: {
      list_id: '{dashboard.task_lists}',
      project_id: '{dashboard.projects}',
      job_id: '{business.jobs}',
    },
  }],
  'dashboard.move_task': [{ before_id: null, after_id: null }],
  'dashboard.rate_message': [{ rating: 1 }],
  'dashboard.search_messages': [{ query: 'zq' }],
  'dashboard.search_notes': [{ query: 'zq' }],
  'dashboard.time_totals': [{ from_date: '2026-01-01', to_date: '2026-01-31' }],
  'public.accept_invitation': [{ token: 'x' }],
  'public.create_workspace': [{ name: 'Another' }],
  'public.decline_invitation': [{ token: 'x' }],
  'public.has_tag': [{ tag: 'x' }],
  'public.invite_member': [{ email: 'guest@example.test' }],
  'public.memory_append': [{ field: 'rewards', element: 'x' }],
  'public.memory_get': [{ field: 'rewards' }],
  'public.memory_merge': [{ field: 'identity', patch: {} }],
  'public.memory_set': [{ field: 'rewards', value: [] }],
  'public.more_like_this': [{ like_document_id: null }, { like_chunk_id: null }],
  'public.recall': [{ query: 'zq' }],
  'public.reembed': [{ model: 'model-a' }],
  'public.register_skill': [{ name: 'zq' }],
  'public.remember': [{ content: 'x' }],
  'public.replace_findings': [{ entities: [], metric_hits: [], structure: {} }],
  'public.search': [{ query: 'zq' }],
  'public.set_member_role': [{ role: 'employee' }],
  'public.set_user_pref': [{ key: 'theme', value: 'dark' }],
  'public.tag_document': [{ tags: ['x'] }],
  'public.upsert_artifact_with_document': [{
    artifact: { id: '{public.artifacts}', filename: 'x.txt', job_id: '{business.jobs}' },
    document: { id: '{public.documents}', type: 'text' },
  }],
  'studio.create_api_key': [{ name: 'x' }],
}

/**
 * What an admin is refused with their own ids too, by attempt: what is special about the sample rows, which are alone in their
 * tables, or about the column.
 */
export const refusedAnyway: Readonly<Record<string, RegExp>> = {
  'link dashboard.tasks parent_id of its own row': /^PT409 parent_id must not be the row itself/,
  'link dashboard.tags parent_tag_id of its own row': /^PT409 parent_tag_id must not be the row itself/,
  'link dashboard.ai_tasks workspace_id of its own row':
    /^PT409 A row of dashboard.ai_tasks cannot change its workspace/,
  'link business.work_orders approved_by of a new row':
    /^42501 approved_by and approved_date are set by the database/,
  'link business.work_orders approved_by of its own row':
    /^42501 approved_by and approved_date are set by the database/,
  'call dashboard.rate_message its own': /^22023 Only completed assistant messages can be rated/,
  'call dashboard.undo_inbox_conversion its own': /^PT409 The inbox item is not converted/,
  'call public.reprocess_artifact its own': /^PT409 The file has no stored object/,
  'call public.transfer_admin its own': /^PT409 You are an admin of the workspace already/,
}
