/** What no test of one session can notice, or what another rule makes impossible. */
import type { Accepted } from '../mutant.ts'

export const equivalent: readonly Accepted[] = [
  {
    reason:
      'What the caller would take was failed just before; only of more than 5000 texts some would be left.',
    names: ['private.may_embed(uuid,uuid,text): true for: false (3)'],
  },
  {
    reason:
      'A lock orders two sessions. The concurrency tests cover locks, and a mutation run does not run them.',
    names:
      /: without: (for (no key )?(update|share)|for key share|perform (pg_advisory|from |private\.(block|lock)_))/,
  },
  {
    reason:
      'types/generated/constraints.ts names every constraint of the exposed schemas; a test that a mutation run does not run compares it with the database.',
    names: /^(?!private\.)\w+\.\w+: constraint \w+ dropped$/,
  },
  {
    reason: 'The trigger only locks, see above.',
    names: /: trigger \w+_(lock|hold)_\w+ dropped$/,
  },
  {
    reason:
      'A trigger takes the workspace from the parent and finds, with the rights of the caller, only parents in the workspace of the request.',
    names:
      /^(business\.(estimates|job_contacts|labor_entries|media|notes|payments|receipts|work_orders)|public\.(document_\w+|api_endpoints|log_entries|tags|tag_prompts|search_chunks|hrm_metrics)): policy ".*" for insert, with check without: \(workspace_id = \( SELECT private\.current_workspace/,
  },
  {
    reason: 'A notification leaves with the commit, and tests are undone. The tests of Realtime receive it.',
    names: /: trigger workspace_members_notify_rights_on_\w+ dropped$/,
  },
  {
    reason:
      'API roles have no right on a table of private, as an invariant holds; its policies decide nothing.',
    names: /^private\.\w+: policy /,
  },
  {
    reason: 'Rows without a decision are decided just before, unless another session holds them.',
    names: ['private.expire_paused_answers(): without: o.decisions is not null'],
  },
  {
    reason: 'Another condition names the row by an id that a foreign key binds to this owner.',
    names: [
      'private.approve_estimate_row(): without: j.workspace_id = new.workspace_id',
      'private.chat_answered_question(private.turn_request,bigint): without: m.user_id = request.user_id',
      'private.chat_answered_question(private.turn_request,bigint): without: m.user_id = request.user_id (2)',
      'private.chat_begin_turn(jsonb): without: a.workspace_id = conversation.workspace_id',
      'private.chat_find_conversation(private.turn_request): without: c.user_id = request.user_id (3)',
      'private.chat_begin_turn(jsonb): without: m.user_id = request.user_id',
      'private.chat_find_paused_answer(private.turn_request,bigint): without: m.user_id = paused.user_id',
      'private.chat_find_paused_answer(private.turn_request,bigint): without: p.user_id = request.user_id',
      'private.chat_reopen_answer(private.turn_request,private.paused_answers,public.ai_models): without: later.user_id = m.user_id',
      'private.chat_reopen_answer(private.turn_request,private.paused_answers,public.ai_models): without: m.user_id = paused.user_id',
      'private.deny_paused_answer(private.paused_answers): without: m.user_id = paused.user_id',
      'private.deny_paused_answers(uuid,bigint): without: p.user_id = deny_paused_answers.user_id',
      'private.chat_find_conversation(private.turn_request): without: m.user_id = request.user_id',
      'private.chat_history(uuid,bigint,bigint,integer): without: s.user_id = chat_history.user_id',
      'private.project_instructions(uuid,dashboard.conversations): without: p.user_id = project_instructions.user_id',
      'private.project_job(uuid,dashboard.conversations): without: p.user_id = project_job.user_id',
      'private.chat_path(uuid,bigint,bigint,bigint,integer): without: m.user_id = chat_path.user_id',
      'private.chat_path(uuid,bigint,bigint,bigint,integer): without: m.user_id = chat_path.user_id (2)',
      'private.chat_path(uuid,bigint,bigint,bigint,integer): without: m.user_id = chat_path.user_id (3)',
      'private.chat_path(uuid,bigint,bigint,bigint,integer): without: s.user_id = chat_path.user_id',
      'private.chat_question_parent(private.turn_request,bigint,boolean): without: m.user_id = request.user_id',
      'private.chat_question_parent(private.turn_request,bigint,boolean): without: m.user_id = request.user_id (2)',
      'private.chat_refuse_duplicate(private.turn_request,bigint): without: m.user_id = request.user_id',
      'private.chat_refuse_duplicate(private.turn_request,bigint): without: m.user_id = request.user_id (2)',
      'private.chat_store_summary(bigint,text,bigint): without: m.user_id = owner',
      'private.chat_unsummarized(bigint,bigint,integer): without: s.user_id = c.user_id',
      'private.chat_unsummarized(bigint,bigint,integer): without: s.user_id = owner',
      'private.clear_conversation_summary(): without: c.user_id = old.user_id',
      'private.count_messages(): without: m.user_id = c.user_id',
      'private.count_messages(): without: m.user_id = c.user_id (2)',
      'private.delete_extraction(uuid,uuid): without: e.workspace_id = delete_extraction.workspace_id',
      'private.delete_extraction(uuid,uuid): without: f.workspace_id = delete_extraction.workspace_id',
      'private.delete_extraction(uuid,uuid): without: p.workspace_id = d.workspace_id',
      'private.delete_extraction(uuid,uuid): without: t.workspace_id = d.workspace_id',
      'private.delete_extraction(uuid,uuid): without: t.workspace_id = delete_extraction.workspace_id',
      'private.finish_ingestion(uuid,uuid,jsonb): without: d.workspace_id = file.workspace_id',
      'private.run_rebuilds(integer): without: r.workspace_id = t.workspace_id',
      'private.search_notes(text,bigint,text,bigint,bigint,boolean,integer,integer): without: t.user_id = caller',
      'private.undo_inbox_conversion(bigint): without: i.user_id = caller',
      'private.undo_inbox_conversion(bigint): without: s.user_id = caller',
      'private.undo_inbox_conversion(bigint): without: l.user_id = caller',
      'private.undo_inbox_conversion(bigint): without: l.user_id = caller (2)',
      'private.undo_inbox_conversion(bigint): without: e.user_id = caller',
      'private.undo_inbox_conversion(bigint): without: t.user_id = caller',
      'private.undo_inbox_conversion(bigint): without: t.user_id = caller (2)',
      'private.undo_inbox_conversion(bigint): without: n.user_id = caller',
      'private.undo_inbox_conversion(bigint): without: n.user_id = caller (2)',
      'private.update_rebuild_progress(uuid,uuid): without: d.workspace_id = update_rebuild_progress.workspace_id',
      'private.update_rebuild_progress(uuid,uuid): without: d.workspace_id = update_rebuild_progress.workspace_id (2)',
      'private.update_rebuild_progress(uuid,uuid): without: r.workspace_id = update_rebuild_progress.workspace_id',
      'private.version_estimate(): without: e.workspace_id = new.workspace_id (2)',
      'private.version_estimate(): without: e.workspace_id = new.workspace_id (3)',
      'private.write_mcp_secrets(bigint,uuid,jsonb): without: s.workspace_id = write_mcp_secrets.workspace_id',
      'private.write_mcp_secrets(bigint,uuid,jsonb): without: s.workspace_id = write_mcp_secrets.workspace_id (2)',
      'private.store_extraction(uuid,uuid,jsonb,integer): without: j.workspace_id = file.workspace_id',
      'private.store_extraction(uuid,uuid,jsonb,integer): without: j.workspace_id = file.workspace_id (2)',
      'private.switch_embedding_models(): without: c.workspace_id = n.workspace_id',
      'private.take_contact_off_jobs(): without: a.workspace_id = old.workspace_id',
      'private.follow_messages(): without: m.user_id = c.user_id',
      'private.follow_messages(): without: m.user_id = c.user_id (2)',
      'private.mark_searchable(): without: a.workspace_id = r.workspace_id',
      'private.mark_searchable(): without: c.workspace_id = a.workspace_id',
      'private.unassign_contact(bigint,bigint): without: a.workspace_id = assignment.workspace_id',
      'private.chat_open_task(private.turn_request,dashboard.conversations,private.stored_messages,text,text): without: k.user_id = request.user_id',
      'private.chat_open_task(private.turn_request,dashboard.conversations,private.stored_messages,text,text): without: o.user_id = request.user_id',
      'private.claim_embedding_jobs(text,integer,integer,integer,boolean,boolean): without: c.workspace_id = j.workspace_id',
      'private.claim_embedding_jobs(text,integer,integer,integer,boolean,boolean): without: w.id = j.workspace_id',
      'private.claim_ingestion_job(integer): without: a.workspace_id = turn.workspace_id',
      'private.claim_ingestion_job(integer): without: j.workspace_id = turn.workspace_id',
      'private.extract_mcp_secrets(): without: u.workspace_id = old.workspace_id',
      'private.fail_ingestion(uuid,uuid,text,integer): without: a.workspace_id = file.workspace_id',
      'private.fail_ingestion(uuid,uuid,text,integer): without: j.workspace_id = file.workspace_id',
      'private.finish_embedding_jobs(text,jsonb): without: c.user_id = w.personal_of',
      'private.finish_embedding_jobs(text,jsonb): without: c.workspace_id = d.workspace_id',
      'private.finish_ingestion(uuid,uuid,jsonb): without: a.workspace_id = file.workspace_id',
      'private.finish_ingestion(uuid,uuid,jsonb): without: j.workspace_id = file.workspace_id',
      'private.follow_renamed_notes(): without: n.user_id = k.user_id',
      'private.forget_paused_answers(): without: p.user_id = new.user_id',
      'private.give_up_ingestion(uuid,uuid): without: a.workspace_id = give_up_ingestion.workspace_id',
      'private.give_up_ingestion(uuid,uuid): without: j.workspace_id = a.workspace_id',
      'private.give_up_ingestion(uuid,uuid): without: j.workspace_id = give_up_ingestion.workspace_id',
      'private.index_job_status(): without: s.workspace_id = new.workspace_id',
      'private.index_jobs_of_client(): without: j.workspace_id = new.workspace_id',
      'private.job_ledger(date,date): without: a.workspace_id = workspace (2)',
      'private.keep_note_links(): without: l.user_id = new.user_id (2)',
      'private.lock_ingestion(uuid,uuid): without: j.workspace_id = held.workspace_id',
      'private.number_work_order(): without: w.workspace_id = new.workspace_id',
      'private.open_receivables(date): without: later.workspace_id = workspace',
      'private.place_milestone(): without: m.user_id = new.user_id',
      'private.place_task(): without: t.user_id = new.user_id',
      'private.place_task(): without: t.user_id = new.user_id (2)',
      'private.rate_message(bigint,integer,text): without: f.user_id = caller',
      'private.rebuild_documents(uuid,uuid,integer): without: r.workspace_id = rebuild_documents.workspace_id',
      'private.rebuild_documents(uuid,uuid,integer): without: t.workspace_id = rebuild_documents.workspace_id (2)',
      'private.rebuild_documents(uuid,uuid,integer): without: t.workspace_id = rebuild_documents.workspace_id (3)',
      'private.recall(text,extensions.vector,text,text,integer,uuid): without: m.user_id = caller (2)',
      'private.rechunk_document(uuid,uuid): without: c.workspace_id = rechunk_document.workspace_id',
      'private.record_job_activity(): without: c.workspace_id = old.workspace_id',
      'private.record_job_activity(): without: c.workspace_id = old.workspace_id (2)',
      'private.record_job_activity(): without: c.workspace_id = old.workspace_id (3)',
      'private.record_job_activity(): without: c.workspace_id = old.workspace_id (4)',
      'private.record_job_activity(): without: c.workspace_id = old.workspace_id (5)',
      'private.record_job_activity(): without: c.workspace_id = old.workspace_id (6)',
      'private.record_job_activity(): without: c.workspace_id = old.workspace_id (7)',
      'private.record_job_activity(): without: c.workspace_id = old.workspace_id (8)',
      'private.reembed(text,integer): without: n.workspace_id = m.workspace_id',
      'private.repeat_task(): without: t.user_id = new.user_id',
      'private.reprocess_artifact(uuid): without: a.workspace_id = file.workspace_id',
      'private.write_activity(text,text,jsonb,text,text,text,text,numeric,bigint,jsonb): without: c.workspace_id = j.workspace_id',
    ],
  },
  {
    reason: 'The insert names a job of another workspace, so a foreign key refuses it and undoes the rest.',
    names: [
      'private.approve_estimate_row(): without: e.workspace_id = new.workspace_id (2)',
    ],
  },
  {
    reason: 'The function has just checked that the passage or document belongs to the workspace.',
    names: [
      'private.more_like_this(uuid,uuid,text[],integer,integer): without: d.workspace_id = workspace (2)',
      'private.more_like_this(uuid,uuid,text[],integer,integer): without: c.workspace_id = workspace (2)',
      'private.more_like_this(uuid,uuid,text[],integer,integer): without: c.workspace_id = workspace (3)',
      'private.more_like_this(uuid,uuid,text[],integer,integer): without: c.workspace_id = workspace (4)',
    ],
  },
  {
    reason:
      'What it lets through is joined with the jobs of the workspace, by a job that a foreign key binds to the same workspace. The condition is the beginning of the index.',
    names: [
      'private.open_receivables(date): without: e.workspace_id = workspace',
      'private.open_receivables(date): without: p.workspace_id = workspace',
      'private.pipeline_board(): without: e.workspace_id = workspace',
      'private.pipeline_board(): without: p.workspace_id = workspace',
      'private.job_ledger(date,date): without: a.workspace_id = workspace',
      'private.job_ledger(date,date): without: j.workspace_id = workspace (2)',
      'private.job_ledger(date,date): without: j.workspace_id = workspace (3)',
    ],
  },
  {
    reason: 'The ids that it is joined with are those of jobs of the workspace.',
    names: [
      'private.job_ledger(date,date): without: j.workspace_id = workspace (4)',
    ],
  },
  {
    reason:
      'Search then takes passages of the workspace only, among which none belongs to a document of another one.',
    names: [
      'private.read_search_filter(uuid,uuid[],text[],text[],timestamp with time zone,timestamp with time zone,jsonb): without: g.workspace_id = filter.workspace_id',
    ],
  },
  {
    reason:
      'The constraint usage_totals_one_holder leaves no total of a workspace with a user. The condition makes the unique key an index for it.',
    names: [
      'private.applicable_budgets(uuid,uuid): without: t.user_id is null',
    ],
  },
  {
    reason:
      'The next condition excludes the same rows; this one has a constant, which an index can begin with.',
    names: [
      `private.delete_faded_memories(timestamp with time zone,integer): without: m.last_recalled_at < delete_faded_memories.at - interval '365 days'`,
    ],
  },
  {
    reason: 'A workspace has one running rebuild, and the documents of a rebuild that ended are deleted.',
    names: [
      'private.rebuild_documents(uuid,uuid,integer): without: t.rebuild_id = task.rebuild_id',
      'private.rebuild_documents(uuid,uuid,integer): without: t.rebuild_id = task.rebuild_id (2)',
    ],
  },
  {
    reason:
      'The policy of jobs refuses the row next, which undoes the counter. The condition keeps a caller who is refused from waiting for its lock.',
    names: [
      'private.number_job(): for employee instead of manager',
    ],
  },
  {
    reason: 'A notification leaves with the commit, and tests are undone. The tests of Realtime receive it.',
    names: [
      `private.notify_rights(): without: perform pg_notify('realtime_rights', old.user_id::text)`,
    ],
  },
  {
    reason:
      'Two conditions exclude the same rows; the second one counts when another session has changed them in between.',
    names: [
      `private.chat_checkpoint(jsonb): without: m.status = 'streaming'`,
      'private.chat_checkpoint(jsonb): without: t.ended_at is null (3)',
      'private.end_abandoned_turns(): without: t.ended_at is null',
      'private.end_abandoned_turns(): without: t.ended_at is null (2)',
      'private.end_abandoned_turns(): without: t.lease_until < clock_timestamp()',
      'private.end_abandoned_turns(): without: t.lease_until < clock_timestamp() (2)',
    ],
  },
  {
    reason: 'Only another session can bring this about, between two statements of the function.',
    names: [
      'private.undo_inbox_conversion(bigint): does not refuse: item.converted_to_id is distinct from seen.converted_to_id',
      'private.appoint_admin(uuid): without: m.workspace_id = appoint_admin.workspace_id (2)',
      'private.create_api_key(text,text[],timestamp with time zone): never refuses: not found',
      `private.set_first_model(uuid,text,integer): without: pg_try_advisory_xact_lock(hashtextextended('private.embedding_models ' || set_first_model.workspace_id, 0))`,
    ],
  },
  {
    reason: 'The index holds the owner of each row as a word, and the query asks for it.',
    names: ['private.search_messages(text,bigint,integer,integer): without: m.user_id = caller'],
  },
  {
    reason: 'The next statement refuses the same, and the refusal undoes what was written.',
    names: [
      'private.store_extracted_document(public.artifacts,jsonb): without: d.workspace_id = excluded.workspace_id',
    ],
  },
  {
    reason: 'The condition limits what is locked.',
    names: [
      'private.chat_checkpoint(jsonb): without: t.ended_at is null',
      'private.chat_checkpoint(jsonb): without: t.id = any (turn_ids)',
      'private.create_api_key(text,text[],timestamp with time zone): without: m.user_id = auth.uid()',
      'private.create_api_key(text,text[],timestamp with time zone): without: m.workspace_id = workspace',
      'private.end_abandoned_turns(): without: c.id = expired.conversation_id',
      'private.end_abandoned_turns(): without: c.id = expired.conversation_id (2)',
      'private.end_abandoned_turns(): without: t.id = expired.id',
      'private.fill_job_search(bigint[],bigint[]): without: c.workspace_id in (select j.workspace_id from business.jobs as j where j.id = any (fill_job_search.job_ids))',
      'private.keep_an_admin(): without: w.id = old.workspace_id',
      'private.require_admin(uuid): without: w.id = require_admin.workspace_id',
    ],
  },
  {
    reason: 'The condition saves work and leaves the result as it is.',
    names: [
      'private.chat_checkpoint(jsonb): without: (s.content <> m.content or s.parts <> m.parts)',
      'private.chat_checkpoint(jsonb): without: t.ended_at is null (2)',
      'private.claim_object_removals(integer): without: r.available_at <= now()',
      `private.reset_my_day(timestamp with time zone,integer): without: t.my_day_date < (reset_my_day.at at time zone 'Pacific/Kiritimati')::date`,
      'private.store_extraction(uuid,uuid,jsonb,integer): without: j.deaths > 0',
      `private.consolidate_memories(): without: m.user_id in (select y.user_id from public.cipher_memory as y where y.created_at > now() - interval '2 days')`,
    ],
  },
  {
    reason: 'Callers ask for these only.',
    names: [
      `private.can_access_file(text,text): true for: can_access_file.action in ('read', 'add', 'remove')`,
    ],
  },
]
