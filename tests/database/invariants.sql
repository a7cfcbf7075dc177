-- Rules of the whole schema, straight from the catalogue. A rule is a function without arguments that returns its
-- offenders; its comment says what holds while there are none. invariants_test.sql expects every rule to be kept, and
-- invariants_mutation_test.sql expects every rule to notice somebody who breaks it. The runner loads this file after
-- helpers.sql. An empty search_path makes every printed name a full one.

-- What the rules are about --------------------------------------------------------------------------------------------

create function tests.exposed_schemas() returns setof name
language sql stable set search_path = ''
as $$
  select n.nspname from pg_catalog.pg_namespace as n
  where n.nspname in ('public', 'dashboard', 'business', 'studio')
$$;

-- Everything a request may run as.
create function tests.api_roles() returns setof name
language sql stable set search_path = ''
as $$
  select r.rolname from pg_catalog.pg_roles as r
  where pg_has_role('authenticator', r.oid, 'member') and r.rolname <> 'authenticator'
$$;

create function tests.exposed_relations(kinds text) returns table (id oid, name text)
language sql stable set search_path = ''
as $$
  select c.oid, c.oid::regclass::text
  from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  where n.nspname in (select tests.exposed_schemas()) and position(c.relkind in exposed_relations.kinds) > 0
    and not exists (
      select from pg_catalog.pg_depend as d
      where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
$$;

-- Tables of the exposed schemas and of schema private.
create function tests.own_tables() returns table (id oid, name text, short_name name, is_partition boolean)
language sql stable set search_path = ''
as $$
  select c.oid, c.oid::regclass::text, c.relname, c.relispartition
  from pg_catalog.pg_class as c
  where c.relkind in ('r', 'p')
    and (c.oid in (select e.id from tests.exposed_relations('rp') as e) or c.relnamespace = 'private'::regnamespace)
$$;

-- Functions of the exposed schemas and of schema private; those of an extension are not ours.
create function tests.own_functions() returns table (id oid, name text, schema_name name)
language sql stable set search_path = ''
as $$
  select p.oid, p.oid::regprocedure::text, n.nspname
  from pg_catalog.pg_proc as p join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
  where (n.nspname = 'private' or n.nspname in (select tests.exposed_schemas()))
    and not exists (
      select from pg_catalog.pg_depend as d
      where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
$$;

create function tests.own_policies()
returns table (
  name text, short_name name, table_id oid, command "char", permissive boolean, roles oid[], using_text text, check_text text
)
language sql stable set search_path = ''
as $$
  select format('%s: %s', p.polrelid::regclass, p.polname), p.polname, p.polrelid, p.polcmd, p.polpermissive, p.polroles,
    pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
  from pg_catalog.pg_policy as p
  where p.polrelid in (select t.id from tests.own_tables() as t)
$$;

-- What is allowed, and why --------------------------------------------------------------------------------------------

-- Functions that people call, and what their policies, column defaults and thin functions call in turn. anon: nothing.
create function tests.allowed_functions() returns table (role_name name, function_name text)
language sql immutable
as $$
  values
    -- before every request
    ('anon'::name, 'public.check_request()'),
    ('anon', 'private.check_request()'),
    ('authenticated', 'public.check_request()'),
    ('authenticated', 'private.check_request()'),
    -- policies and column defaults
    ('authenticated', 'private.current_workspace()'),
    ('authenticated', 'private.has_role(public.app_role)'),
    ('authenticated', 'private.my_workspace_ids(public.app_role)'),
    ('authenticated', 'private.my_time_zone()'),
    ('authenticated', 'private.my_today()'),
    ('authenticated', 'private.can_join_topic(text)'),
    ('authenticated', 'private.my_contact_ids()'),
    -- generated columns
    ('authenticated', 'private.words(text,text)'),
    -- workspaces and members
    ('authenticated', 'public.current_workspace()'),
    ('authenticated', 'public.switch_workspace(uuid)'),
    ('authenticated', 'private.switch_workspace(uuid)'),
    ('authenticated', 'public.create_workspace(text)'),
    ('authenticated', 'private.create_workspace(text)'),
    ('authenticated', 'public.set_member_role(uuid,uuid,public.app_role)'),
    ('authenticated', 'private.set_member_role(uuid,uuid,public.app_role)'),
    ('authenticated', 'public.remove_member(uuid,uuid)'),
    ('authenticated', 'private.remove_member(uuid,uuid)'),
    ('authenticated', 'public.leave_workspace(uuid)'),
    ('authenticated', 'public.share_memories(boolean)'),
    ('authenticated', 'private.share_memories(boolean)'),
    ('authenticated', 'public.claim_workspace_account()'),
    ('authenticated', 'private.claim_workspace_account()'),
    ('authenticated', 'business.duplicate_of(business.estimates)'),
    ('authenticated', 'business.duplicate_of(business.payments)'),
    ('authenticated', 'business.duplicate_of(business.labor_entries)'),
    ('authenticated', 'business.duplicate_of(business.receipts)'),
    ('authenticated', 'business.duplicate_of(business.work_orders)'),
    ('authenticated', 'public.transfer_admin(uuid,uuid)'),
    ('authenticated', 'private.transfer_admin(uuid,uuid)'),
    ('authenticated', 'public.delete_account()'),
    ('authenticated', 'private.delete_account()'),
    -- invitations
    ('authenticated', 'public.invite_member(text,public.app_role,uuid)'),
    ('authenticated', 'private.invite_member(text,public.app_role,uuid)'),
    ('authenticated', 'public.accept_invitation(text)'),
    ('authenticated', 'private.accept_invitation(text)'),
    ('authenticated', 'public.decline_invitation(text)'),
    ('authenticated', 'private.decline_invitation(text)'),
    ('authenticated', 'public.revoke_invitation(uuid)'),
    ('authenticated', 'private.revoke_invitation(uuid)'),
    -- preferences
    ('authenticated', 'public.set_user_pref(text,jsonb,uuid)'),
    -- tasks
    ('authenticated', 'dashboard.my_day()'),
    ('authenticated', 'dashboard.important_tasks(boolean)'),
    ('authenticated', 'dashboard.planned_tasks(boolean)'),
    ('authenticated', 'dashboard.overdue_tasks()'),
    ('authenticated', 'dashboard.move_task(bigint,bigint,bigint,bigint)'),
    -- projects, goals and time
    ('authenticated', 'dashboard.clock_in(bigint,bigint,bigint,text,timestamp with time zone)'),
    ('authenticated', 'dashboard.clock_out(integer,text,timestamp with time zone)'),
    ('authenticated', 'dashboard.time_status()'),
    ('authenticated', 'dashboard.time_totals(date,date,text)'),
    ('authenticated', 'dashboard.today_summary()'),
    ('authenticated', 'dashboard.weekly_review(date)'),
    ('authenticated', 'private.check_grouping(text)'),
    ('authenticated', 'private.check_period(date,date)'),
    ('authenticated', 'private.day_start(date,text)'),
    ('authenticated', 'private.my_time(date,date)'),
    ('authenticated', 'private.my_unprocessed_items()'),
    ('authenticated', 'private.my_unread_notifications()'),
    ('authenticated', 'private.my_week_start(date)'),
    ('authenticated', 'private.task_card(dashboard.tasks)'),
    ('authenticated', 'private.worked_minutes(timestamp with time zone,timestamp with time zone,integer,timestamp with time zone)'),
    -- notes: generated columns, computed columns, search
    ('authenticated', 'private.count_words(text)'),
    ('authenticated', 'private.note_link_title(text)'),
    ('authenticated', 'private.note_key(text)'),
    ('authenticated', 'private.note_tokens(text)'),
    ('authenticated', 'dashboard.target_note_id(dashboard.note_links)'),
    ('authenticated', 'dashboard.target_note(dashboard.note_links)'),
    ('authenticated', 'dashboard.target_job(dashboard.note_links)'),
    ('authenticated', 'dashboard.backlinks(dashboard.notes)'),
    ('authenticated', 'dashboard.snippet(dashboard.note_links)'),
    ('authenticated', 'dashboard.search_notes(text,bigint,text,bigint,bigint,boolean,integer,integer)'),
    ('authenticated', 'private.search_notes(text,bigint,text,bigint,bigint,boolean,integer,integer)'),
    -- inbox and notifications
    ('authenticated', 'dashboard.capture(text,text,text,text,text,text,bigint,text,bigint,text)'),
    ('authenticated', 'dashboard.convert_inbox_item(bigint,text,jsonb)'),
    ('authenticated', 'private.convert_inbox_item(bigint,text,jsonb)'),
    ('authenticated', 'dashboard.undo_inbox_conversion(bigint)'),
    ('authenticated', 'private.undo_inbox_conversion(bigint)'),
    ('authenticated', 'dashboard.dismiss_inbox_item(bigint)'),
    ('authenticated', 'dashboard.mark_notifications_read(bigint[])'),
    -- jobs
    ('authenticated', 'business.next_job_number(text)'),
    ('authenticated', 'private.next_job_number(text)'),
    ('authenticated', 'business.create_job(jsonb)'),
    ('authenticated', 'private.create_job(jsonb,uuid,date,boolean)'),
    ('authenticated', 'business.revise_estimate(bigint,numeric,text,text)'),
    ('authenticated', 'private.revise_estimate(bigint,numeric,text,text,date)'),
    ('authenticated', 'business.approve_estimate(bigint,date)'),
    ('authenticated', 'private.approve_estimate(bigint,date)'),
    ('authenticated', 'business.unassign_contact(bigint,bigint)'),
    ('authenticated', 'private.unassign_contact(bigint,bigint)'),
    -- the money of jobs
    ('authenticated', 'private.require_workspace()'),
    ('authenticated', 'private.accounting_periods(date,date,text)'),
    ('authenticated', 'private.job_ledger(date,date)'),
    ('authenticated', 'private.pipeline_board()'),
    ('authenticated', 'private.accounting_by_job(date,date)'),
    ('authenticated', 'private.open_receivables(date)'),
    ('authenticated', 'business.accounting_summary(date,date,text)'),
    ('authenticated', 'business.accounting_by_job(date,date)'),
    ('authenticated', 'business.aged_receivables(date)'),
    ('authenticated', 'business.aged_receivables_total(date)'),
    ('authenticated', 'business.pipeline_board()'),
    ('authenticated', 'business.search_jobs(text,text[],integer,integer)'),
    ('authenticated', 'private.search_jobs(text,text[],integer,integer)'),
    -- conversations and AI tasks
    ('authenticated', 'dashboard.recent_conversations(boolean)'),
    ('authenticated', 'dashboard.last_messages(bigint,integer)'),
    ('authenticated', 'dashboard.resume_conversation(bigint)'),
    ('authenticated', 'dashboard.ai_task_summary(integer)'),
    ('authenticated', 'dashboard.ai_task_breakdown(text,integer)'),
    ('authenticated', 'dashboard.ai_tasks_per_day(integer)'),
    ('authenticated', 'dashboard.chat_begin_question(bigint,text,text,text[])'),
    ('authenticated', 'private.chat_begin_question(bigint,text,text,text[])'),
    ('authenticated', 'dashboard.chat_begin_turn(jsonb)'),
    ('authenticated', 'private.chat_begin_turn(jsonb)'),
    ('authenticated', 'dashboard.chat_cancel_turn(bigint)'),
    ('authenticated', 'private.chat_cancel_turn(bigint)'),
    ('authenticated', 'dashboard.rate_message(bigint,integer,text)'),
    ('authenticated', 'private.rate_message(bigint,integer,text)'),
    ('authenticated', 'dashboard.search_messages(text,integer,bigint,integer)'),
    ('authenticated', 'private.search_messages(text,bigint,integer,integer)'),
    ('authenticated', 'dashboard.export_conversation(bigint)'),
    ('authenticated', 'dashboard.export_my_conversations()'),
    ('authenticated', 'private.conversation_as_json(dashboard.conversations)'),
    ('authenticated', 'private.success_rate(bigint,bigint)'),
    ('authenticated', 'private.first_moment(integer)'),
    ('authenticated', 'private.require_dimension(text)'),
    ('authenticated', 'dashboard.preview(dashboard.conversations)'),
    ('authenticated', 'dashboard.last_model_name(dashboard.conversations)'),
    -- knowledge
    ('authenticated', 'public.hrm_snapshot()'),
    ('authenticated', 'public.reembed(text,integer)'),
    ('authenticated', 'private.reembed(text,integer)'),
    ('authenticated', 'private.can_access_file(text,text)'),
    ('authenticated', 'public.reprocess_artifact(uuid)'),
    ('authenticated', 'private.reprocess_artifact(uuid)'),
    ('authenticated', 'public.embedding_status()'),
    ('authenticated', 'private.embedding_status()'),
    ('authenticated', 'public.begin_question(text,text[])'),
    ('authenticated', 'private.begin_question(text,text[])'),
    ('authenticated', 'public.search_model()'),
    ('authenticated', 'private.search_model()'),
    ('authenticated', 'public.search(text,extensions.vector,text,uuid[],text[],text[],timestamp with time zone,timestamp with time zone,jsonb,integer,integer,text)'),
    ('authenticated', 'private.search(text,extensions.vector,text,uuid[],text[],text[],timestamp with time zone,timestamp with time zone,jsonb,integer,integer,text)'),
    ('authenticated', 'public.upsert_artifact_with_document(jsonb,jsonb)'),
    ('authenticated', 'public.replace_findings(uuid,jsonb,jsonb,jsonb)'),
    ('authenticated', 'public.tag_document(uuid,text[],text,integer)'),
    ('authenticated', 'public.has_tag(uuid,text)'),
    ('authenticated', 'public.more_like_this(uuid,uuid,text[],integer,integer)'),
    ('authenticated', 'private.more_like_this(uuid,uuid,text[],integer,integer)'),
    ('authenticated', 'public.rebuild_search(uuid[])'),
    ('authenticated', 'private.rebuild_search(uuid[])'),
    -- memory
    ('authenticated', 'private.require_memory_field(text,text[])'),
    ('authenticated', 'private.memory_write(text,jsonb,jsonb,text,text,uuid)'),
    ('authenticated', 'public.memory_get(text,jsonb,uuid)'),
    ('authenticated', 'public.strength(public.cipher_memory)'),
    ('authenticated', 'public.memory_set(text,jsonb,jsonb,uuid)'),
    ('authenticated', 'public.memory_merge(text,jsonb,uuid)'),
    ('authenticated', 'public.memory_append(text,jsonb,text,uuid)'),
    ('authenticated', 'private.remember(jsonb,text,jsonb,uuid)'),
    ('authenticated', 'public.remember(jsonb,text,jsonb,uuid)'),
    ('authenticated', 'private.recall(text,extensions.vector,text,text,integer,uuid)'),
    ('authenticated', 'public.recall(text,extensions.vector,text,text,integer,uuid)'),
    ('authenticated', 'private.forget(uuid,text,uuid)'),
    ('authenticated', 'public.forget(uuid,text,uuid)'),
    ('authenticated', 'private.person(uuid)'),
    ('authenticated', 'private.memory_get(text,jsonb,uuid)'),
    ('authenticated', 'public.register_skill(text,text,jsonb,jsonb,boolean)'),
    ('authenticated', 'public.export_my_memory()'),
    ('authenticated', 'public.erase_my_memory()'),
    ('authenticated', 'public.list_skills()'),
    -- keys, usage and budgets
    ('authenticated', 'studio.create_api_key(text,text[],timestamp with time zone)'),
    ('authenticated', 'private.create_api_key(text,text[],timestamp with time zone)'),
    ('authenticated', 'studio.revoke_api_key(bigint)'),
    ('authenticated', 'private.revoke_api_key(bigint)'),
    ('authenticated', 'studio.budget_status()'),
    ('authenticated', 'private.budget_status()'),
    ('authenticated', 'studio.usage_summary(date,date,text[])'),
    ('authenticated', 'private.usage_summary(date,date,text[])'),
    -- columns of the API that are computed
    ('authenticated', 'dashboard.duration_minutes(dashboard.time_entries)'),
    ('authenticated', 'dashboard.is_active(dashboard.time_entries)'),
    ('authenticated', 'dashboard.progress(dashboard.projects)'),
    ('authenticated', 'dashboard.progress(dashboard.goals)'),
    ('authenticated', 'dashboard.task_count(dashboard.task_lists)'),
    ('authenticated', 'dashboard.parent_task(dashboard.tasks)'),
    ('authenticated', 'dashboard.subtasks(dashboard.tasks)'),
    ('authenticated', 'dashboard.subtask_total(dashboard.tasks)'),
    ('authenticated', 'dashboard.subtask_completed(dashboard.tasks)'),
    ('authenticated', 'business.financials(business.jobs)')
$$;

create function tests.allowed_sensitive_columns() returns table (column_name text, reason text)
language sql immutable
as $$
  values
    ('public.workspace_invitations.email', 'Admins see whom they invited; the policy keeps it from everybody else.'),
    ('business.clients.email', 'Members write to the clients of their company.'),
    ('business.contacts.email', 'Members write to the people around their jobs.'),
    ('dashboard.messages.input_tokens', 'A count of what a model read.'),
    ('dashboard.messages.output_tokens', 'A count of what a model wrote.'),
    ('dashboard.mcp_connections.secrets', 'Only written: a trigger empties it, and a check keeps it empty.'),
    ('public.search_chunks.token_count', 'A number of words.'),
    ('public.ai_models.context_tokens', 'A size of a model.'),
    ('public.ai_models.max_output_tokens', 'A size of a model.'),
    ('studio.api_usage.api_key_id', 'A number that opens nothing.'),
    ('studio.api_usage.input_tokens', 'A count of what a model read.'),
    ('studio.api_usage.output_tokens', 'A count of what a model wrote.'),
    ('studio.api_usage.cached_input_tokens', 'A count of what a model read.'),
    ('studio.usage_days.input_tokens', 'A count of what models read.'),
    ('studio.usage_days.output_tokens', 'A count of what models wrote.'),
    ('studio.usage_days.cached_input_tokens', 'A count of what models read.'),
    ('studio.budgets.limit_tokens', 'A limit.')
$$;

create function tests.allowed_unbounded_columns() returns table (column_name text, reason text)
language sql immutable
as $$
  values
    ('business.activity_log.metadata', 'Only triggers write it, from rows whose columns are bounded.')
$$;

-- What users may write of each exposed table, column by column, with * for all columns in question. nobody_sends: set by the
-- database. sent_once: what a row is about, and whose it is; sent again, as an upsert does, it must be the same.
-- only_changed: the row exists already. Every other column is sent and changed by users, and users write nothing of a table
-- that is not listed.
create function tests.written_columns()
returns table (table_name text, nobody_sends text[], sent_once text[], only_changed text[])
language sql immutable
as $$
  values
    ('business.clients', '{created_at,id,updated_at}'::text[], '{workspace_id}'::text[], '{}'::text[]),
    ('business.contacts', '{created_at,id,updated_at}', '{workspace_id}', '{}'),
    ('business.estimates', '{created_at,id,updated_at,workspace_id}', '{client_key,job_id,version}', '{}'),
    ('business.job_contacts', '{created_at,id,updated_at,workspace_id}', '{contact_id,job_id}', '{}'),
    ('business.jobs', '{created_at,id,updated_at}', '{workspace_id}', '{}'),
    ('business.labor_entries', '{created_at,id,total_cost,updated_at,workspace_id}', '{client_key,job_id,user_id}', '{}'),
    ('business.media', '{id,updated_at,uploaded_at,workspace_id}', '{file_path,file_size,job_id,user_id}', '{}'),
    ('business.notes', '{created_at,id,updated_at,workspace_id}', '{job_id,user_id}', '{}'),
    ('business.organizations', '{created_at,id,updated_at}', '{workspace_id}', '{}'),
    ('business.payments', '{created_at,id,updated_at,workspace_id}', '{client_key,job_id}', '{}'),
    ('business.receipts', '{created_at,id,updated_at,workspace_id}', '{client_key,job_id,user_id}', '{}'),
    ('business.work_orders', '{created_at,id,updated_at,workspace_id}', '{client_key,job_id}', '{}'),
    ('dashboard.agents', '{created_at,id,last_used_at,times_used,updated_at}', '{workspace_id}', '{}'),
    ('dashboard.ai_tasks', '{completed_at,created_at,id,updated_at}', '{user_id,workspace_id}', '{}'),
    ('dashboard.automation_candidates', '{created_at,id,pattern_key,updated_at}', '{workspace_id}', '{}'),
    ('dashboard.chat_projects', '{created_at,id,updated_at}', '{user_id}', '{}'),
    ('dashboard.conversations', '{created_at,id,last_message_at,last_model_id,message_count,related_task_ids,updated_at}', '{user_id,workspace_id}', '{}'),
    ('dashboard.files_processed', '{created_at,id}', '{*}', '{}'),
    ('dashboard.goals', '{achieved_at,created_at,id,updated_at}', '{user_id}', '{}'),
    ('dashboard.inbox_items', '{converted_note_id,converted_task_id,converted_to_id,converted_to_type,created_at,id,processed,processed_at}', '{capture_key,user_id}', '{processed}'),
    ('dashboard.mcp_connections', '{created_at,error_message,id,last_used_at,updated_at}', '{workspace_id}', '{}'),
    ('dashboard.messages', '{citations,created_at,error,id,input_tokens,metadata,model_id,model_name,output_tokens,status,tool_calls,tool_results,tools_used,updated_at}', '{*}', '{}'),
    ('dashboard.milestones', '{created_at,id,updated_at}', '{user_id}', '{}'),
    ('dashboard.note_tags', '{created_at}', '{*}', '{}'),
    ('dashboard.notes', '{created_at,id,title_key,updated_at,word_count}', '{user_id}', '{}'),
    ('dashboard.notifications', '{*}', '{}', '{is_read}'),
    ('dashboard.projects', '{completed_at,created_at,id,updated_at}', '{user_id}', '{}'),
    ('dashboard.tags', '{created_at,id,updated_at}', '{user_id}', '{}'),
    ('dashboard.task_lists', '{created_at,id,is_system,system_type,updated_at}', '{user_id}', '{}'),
    ('dashboard.task_tags', '{created_at}', '{*}', '{}'),
    ('dashboard.tasks', '{completed_at,created_at,id,my_day_date,recurrence_index,recurrence_parent_id,recurrence_start,updated_at}', '{user_id}', '{}'),
    ('dashboard.time_entries', '{created_at,id,updated_at}', '{user_id}', '{}'),
    ('public.ai_settings', '{*}', '{}', '{checks,default_model_id,small_model_id}'),
    ('public.api_endpoints', '{created_at,workspace_id}', '{document_id,id}', '{}'),
    ('public.artifacts', '{attached_to,chart_evidence,content_sha256,created_at,formula_evidence,image_ocr,last_error,media_metadata,media_transcripts,same_as,table_evidence,updated_at,web_pages}', '{bucket_id,file_size,filepath,filetype,id,media_type,source_url,user_id,workspace_id}', '{}'),
    ('public.cipher_memory', '{content_text,created_at,embedding,embedding_1024,embedding_1024_model,embedding_model,last_recalled_at,recall_count,search,updated_at,wording}', '{id,user_id}', '{}'),
    ('public.document_entities', '{created_at,workspace_id}', '{document_id,id}', '{}'),
    ('public.document_metric_hits', '{created_at,workspace_id}', '{document_id,id}', '{}'),
    ('public.document_sections', '{created_at,workspace_id}', '{document_id,id}', '{}'),
    ('public.document_structure', '{created_at,updated_at,workspace_id}', '{document_id}', '{}'),
    ('public.document_tables', '{created_at,workspace_id}', '{document_id,id}', '{}'),
    ('public.documents', '{updated_at}', '{artifact_id,created_at,id,workspace_id}', '{}'),
    ('public.evidence', '{created_at}', '{artifact_id,id,workspace_id}', '{}'),
    ('public.facts', '{content,created_at}', '{artifact_id,id,workspace_id}', '{}'),
    ('public.hrm_metrics', '{created_at,id,workspace_id}', '{*}', '{}'),
    ('public.hrm_runs', '{created_at}', '{*}', '{}'),
    ('public.log_entries', '{created_at,workspace_id}', '{document_id,id}', '{}'),
    ('public.memories', '{created_at,id,updated_at}', '{user_id}', '{}'),
    ('public.profiles', '{active_workspace_id,created_at,updated_at}', '{id}', '{}'),
    ('public.search_chunks', '{created_at,search,updated_at,workspace_id}', '{document_id,id}', '{}'),
    ('public.skills_registry', '{created_at,id,updated_at}', '{created_by,name,version,workspace_id}', '{}'),
    ('public.summaries', '{created_at,updated_at}', '{id,scope,scope_key,style,user_id,workspace_id}', '{}'),
    ('public.tag_prompts', '{created_at,workspace_id}', '{*}', '{}'),
    ('public.tags', '{created_at,workspace_id}', '{document_id,id}', '{}'),
    ('public.user_prefs', '{created_at,updated_at}', '{}', '{}'),
    ('public.workspaces', '{*}', '{}', '{name}'),
    ('studio.budgets', '{created_at,id,updated_at}', '{period,scope,user_id,workspace_id}', '{}')
$$;

create function tests.published_tables() returns table (table_name text, reason text)
language sql immutable
as $$
  values
    ('public.artifacts', 'How far the reading of a file is.'),
    ('dashboard.tasks', 'Screens of the owner.'),
    ('dashboard.task_lists', 'Screens of the owner.'),
    ('dashboard.notifications', 'The bell of the owner.'),
    ('dashboard.conversations', 'The list of the owner.'),
    ('dashboard.messages', 'A conversation of the owner.'),
    ('business.jobs', 'The page of a job, and the list of them.'),
    ('business.estimates', 'The page of a job.'),
    ('business.payments', 'The page of a job.'),
    ('business.notes', 'The page of a job.'),
    ('business.activity_log', 'The page of a job, and what happens in the workspace.')
$$;

-- Tables with workspaces whose policies do not compare with the workspace of the request.
create function tests.tables_across_workspaces() returns table (table_name text, reason text)
language sql immutable
as $$
  values
    ('public.workspaces', 'The workspaces of the caller, from which one is chosen.'),
    ('public.workspace_members', 'The memberships of the caller, and the members of all their workspaces.'),
    ('public.workspace_invitations', 'Functions that manage members name a workspace.'),
    ('dashboard.conversations', 'Personal: the caller''s conversations of every workspace.'),
    ('dashboard.ai_tasks', 'Personal: the caller''s tasks of every workspace.')
$$;

-- Foreign keys to rows of a workspace that do not carry it.
create function tests.keys_without_workspace() returns table (key_name text, reason text)
language sql immutable
as $$
  values
    ('dashboard.tasks: tasks_job_id_fkey', 'Personal: a user links jobs of all their workspaces; a trigger refuses jobs of others.'),
    ('dashboard.time_entries: time_entries_job_id_fkey', 'Personal, as tasks.'),
    ('dashboard.notes: notes_job_id_fkey', 'Personal, as tasks.'),
    ('dashboard.inbox_items: inbox_items_job_id_fkey', 'Personal, as tasks.'),
    ('dashboard.messages: messages_conversation_id_fkey', 'Personal: it carries the user, who owns the conversation.'),
    ('dashboard.ai_tasks: ai_tasks_conversation_id_fkey', 'Personal: it carries the user, who owns the conversation.'),
    ('dashboard.files_processed: files_processed_ai_task_id_fkey', 'Personal: it carries the user, who owns the AI task.'),
    ('dashboard.activity_logs: activity_logs_conversation_id_fkey', 'It carries the user, who owns the conversation.')
$$;

-- Foreign keys to a table of workspaces, and whether they carry the workspace.
create function tests.keys_to_workspace_rows() returns table (name text, target_id oid, carries_workspace boolean)
language sql stable set search_path = ''
as $$
  select format('%s: %s', t.name, k.conname), k.confrelid, a.attnum = any (k.confkey)
  from pg_catalog.pg_constraint as k
  join tests.own_tables() as t on t.id = k.conrelid and not t.is_partition
  join tests.own_tables() as o on o.id = k.confrelid
  join pg_catalog.pg_attribute as a on a.attrelid = k.confrelid and a.attname = 'workspace_id' and not a.attisdropped
  where k.contype = 'f'
$$;

-- Exposed tables that have a column workspace_id.
create function tests.workspace_tables() returns table (id oid, name text)
language sql stable set search_path = ''
as $$
  select t.id, t.name from tests.exposed_relations('rp') as t
  join pg_catalog.pg_attribute as a on a.attrelid = t.id and a.attname = 'workspace_id' and not a.attisdropped
$$;

-- Row level security --------------------------------------------------------------------------------------------------

create function tests.tables_without_forced_rls() returns setof text
language sql stable set search_path = ''
as $$
  select t.name from tests.exposed_relations('rp') as t join pg_catalog.pg_class as c on c.oid = t.id
  where not (c.relrowsecurity and c.relforcerowsecurity) order by 1
$$;
comment on function tests.tables_without_forced_rls() is 'every exposed table enables and forces row level security';

create function tests.tables_without_policy() returns setof text
language sql stable set search_path = ''
as $$
  select t.name from tests.exposed_relations('rp') as t
  where not exists (select from pg_catalog.pg_policy as p where p.polrelid = t.id)
    and exists (
      select from unnest(array['anon', 'authenticated']) as r (name), unnest(array['select', 'insert', 'update']) as c (name)
      where has_any_column_privilege(r.name, t.id, c.name)
      union all
      select from unnest(array['anon', 'authenticated']) as r (name) where has_table_privilege(r.name, t.id, 'delete'))
  order by 1
$$;
comment on function tests.tables_without_policy() is 'every table that people hold a right on has a policy';

create function tests.policies_for_everyone() returns setof text
language sql stable set search_path = ''
as $$
  select p.name from tests.own_policies() as p where p.roles @> array[0::oid] order by 1
$$;
comment on function tests.policies_for_everyone() is 'every policy names its roles';

create function tests.policies_for_all_commands() returns setof text
language sql stable set search_path = ''
as $$
  select p.name from tests.own_policies() as p where p.command = '*' order by 1
$$;
comment on function tests.policies_for_all_commands() is 'every policy is about one command';

create function tests.policies_without_a_sentence() returns setof text
language sql stable set search_path = ''
as $$
  select p.name from tests.own_policies() as p where p.short_name !~ '^[A-Z].* .*[^ .]$' order by 1
$$;
comment on function tests.policies_without_a_sentence() is 'the name of every policy is a sentence that says who does what';

create function tests.policies_with_a_missing_side() returns setof text
language sql stable set search_path = ''
as $$
  select p.name from tests.own_policies() as p
  where p.command in ('r', 'w', 'd', '*') and p.using_text is null
    or p.command in ('a', 'w', '*') and p.check_text is null
  order by 1
$$;
comment on function tests.policies_with_a_missing_side() is
  'every policy states which rows it is about, and every policy of a write which rows may result';

create function tests.policies_open_to_writes() returns setof text
language sql stable set search_path = ''
as $$
  select p.name from tests.own_policies() as p
  where p.permissive and p.command <> 'r' and 'true' in (p.using_text, p.check_text) order by 1
$$;
comment on function tests.policies_open_to_writes() is 'no policy lets everybody write every row';

create function tests.policies_that_overlap() returns setof text
language sql stable set search_path = ''
as $$
  select format('%s: %s of %s: %s', p.table_id::regclass, c.name, r.id::regrole, string_agg(p.name, ', ' order by p.name))
  from tests.own_policies() as p
  cross join lateral unnest(p.roles) as r (id)
  join (values ('r', 'select'), ('a', 'insert'), ('w', 'update'), ('d', 'delete')) as c (letter, name)
    on p.command in (c.letter::"char", '*')
  where p.permissive
  group by p.table_id, c.name, r.id having count(*) > 1
  order by 1
$$;
comment on function tests.policies_that_overlap() is 'one permissive policy decides about a role and a command';

create function tests.policies_with_calls_for_each_row() returns setof text
language sql stable set search_path = ''
as $$
  select p.name from tests.own_policies() as p, concat_ws(' ', p.using_text, p.check_text) as expression
  where regexp_count(expression, '\m(auth|private)\.\w+\(')
    <> regexp_count(expression, 'SELECT (auth|private)\.\w+\(')
  order by 1
$$;
comment on function tests.policies_with_calls_for_each_row() is
  'every call in a policy is wrapped in a select, so that it runs once and not for each row';

create function tests.policies_that_trust_metadata() returns setof text
language sql stable set search_path = ''
as $$
  select p.name from tests.own_policies() as p
  where concat(p.using_text, p.check_text) ~ 'user_meta_?data' order by 1
$$;
comment on function tests.policies_that_trust_metadata() is 'no policy reads metadata that users write themselves';

-- Tables, columns, keys -----------------------------------------------------------------------------------------------

create function tests.tables_without_primary_key() returns setof text
language sql stable set search_path = ''
as $$
  select t.name from tests.own_tables() as t
  where not exists (select from pg_catalog.pg_constraint as k where k.conrelid = t.id and k.contype = 'p') order by 1
$$;
comment on function tests.tables_without_primary_key() is 'every table has a primary key';

create function tests.foreign_keys_without_index() returns setof text
language sql stable set search_path = ''
as $$
  select format('%s: %s', t.name, k.conname)
  from pg_catalog.pg_constraint as k join tests.own_tables() as t on t.id = k.conrelid
  where k.contype = 'f' and not exists (
    select from pg_catalog.pg_index as i
    where i.indrelid = k.conrelid and i.indisvalid and i.indpred is null
      and k.conkey <@ (i.indkey::int2[])[0:cardinality(k.conkey) - 1])
  order by 1
$$;
comment on function tests.foreign_keys_without_index() is 'every foreign key begins an index';

create function tests.foreign_keys_without_action() returns setof text
language sql stable set search_path = ''
as $$
  select format('%s: %s', t.name, k.conname)
  from pg_catalog.pg_constraint as k join tests.own_tables() as t on t.id = k.conrelid
  where k.contype = 'f' and k.confdeltype = 'a' order by 1
$$;
comment on function tests.foreign_keys_without_action() is
  'every foreign key says what a delete of its target means: restrict, cascade, or set null';

create function tests.foreign_keys_beside_the_key_of_auth() returns setof text
language sql stable set search_path = ''
as $$
  select format('%s: %s', t.name, k.conname)
  from pg_catalog.pg_constraint as k join tests.own_tables() as t on t.id = k.conrelid
  where k.contype = 'f'
    and k.confrelid in (select c.oid from pg_catalog.pg_class as c where c.relnamespace = 'auth'::regnamespace)
    and not exists (
      select from pg_catalog.pg_constraint as target
      where target.conrelid = k.confrelid and target.contype = 'p' and target.conkey = k.confkey)
  order by 1
$$;
comment on function tests.foreign_keys_beside_the_key_of_auth() is
  'tables of the platform are referenced by their primary key only, since it promises nothing else';

create function tests.misnamed_constraints() returns setof text
language sql stable set search_path = ''
as $$
  select format('%s: %s', t.name, k.conname)
  from pg_catalog.pg_constraint as k join tests.own_tables() as t on t.id = k.conrelid
  where k.contype in ('c', 'f', 'p', 'u', 'x') and k.conparentid = 0 and not t.is_partition
    and not starts_with(k.conname, t.short_name || '_')
  order by 1
$$;
comment on function tests.misnamed_constraints() is 'the name of every constraint begins with its table';

create function tests.misnamed_indexes() returns setof text
language sql stable set search_path = ''
as $$
  select format('%s: %s', t.name, c.relname)
  from pg_catalog.pg_index as i
  join pg_catalog.pg_class as c on c.oid = i.indexrelid
  join tests.own_tables() as t on t.id = i.indrelid
  where not t.is_partition and not starts_with(c.relname, t.short_name || '_') order by 1
$$;
comment on function tests.misnamed_indexes() is 'the name of every index begins with its table';

create function tests.misnamed_triggers() returns setof text
language sql stable set search_path = ''
as $$
  select format('%s: %s', t.name, g.tgname)
  from pg_catalog.pg_trigger as g join tests.own_tables() as t on t.id = g.tgrelid
  where not g.tgisinternal and g.tgparentid = 0
    -- An initial capital has it run before the triggers of foreign keys.
    and not starts_with(lower(left(g.tgname, 1)) || substr(g.tgname, 2), t.short_name || '_')
    -- The local platform's own, with which it sees changes.
    and g.tgfoid not in (select p.oid from pg_catalog.pg_proc as p where p.pronamespace = to_regnamespace('_realtime'))
  order by 1
$$;
comment on function tests.misnamed_triggers() is 'the name of every trigger begins with its table';

-- A column is bounded by a list of values, by a length, or by a pattern that counts. A reference to another column, and
-- a generated column, are as long as what they repeat.
create function tests.unbounded_columns() returns setof text
language sql stable set search_path = ''
as $$
  with unbounded as (
    select t.name || '.' || a.attname as column_name
    from tests.own_tables() as t join pg_catalog.pg_attribute as a on a.attrelid = t.id
    where a.attnum > 0 and not a.attisdropped and a.attgenerated = '' and not t.is_partition
      and a.atttypid in ('text'::regtype, 'text[]'::regtype, 'character varying'::regtype, 'jsonb'::regtype, 'json'::regtype)
      and a.atttypmod = -1
      and not exists (
        select from pg_catalog.pg_constraint as k
        cross join lateral pg_get_constraintdef(k.oid) as definition
        where k.conrelid = t.id and k.conkey @> array[a.attnum]
          and (k.contype = 'f'
            or k.contype = 'c' and definition ~ format('length\(.*\m%s\M[^<>=]*\) (<=|<|=) [0-9]', a.attname)
            or k.contype = 'c' and definition ~ format('\m%s\M\)?(::text)? = ANY \(+ARRAY\[', a.attname)
            or k.contype = 'c'
              and definition ~ format('\m%s\M\)?(::text)? ~ ''\^[^*+]*\{[0-9,]*[0-9]\}[^*+]*\$''', a.attname)))
  )
  select u.column_name from unbounded as u
  where u.column_name not in (select l.column_name from tests.allowed_unbounded_columns() as l)
  union all
  select l.column_name || ' needs no exception' from tests.allowed_unbounded_columns() as l
  where l.column_name not in (select u.column_name from unbounded as u)
  order by 1
$$;
comment on function tests.unbounded_columns() is 'every column of text or JSON has a named check that bounds it';

create function tests.json_of_any_type() returns setof text
language sql stable set search_path = ''
as $$
  select t.name || '.' || a.attname
  from tests.own_tables() as t join pg_catalog.pg_attribute as a on a.attrelid = t.id
  where a.attnum > 0 and not a.attisdropped and a.attgenerated = '' and a.atttypid = 'jsonb'::regtype and not t.is_partition
    and not exists (
      select from pg_catalog.pg_constraint as k
      where k.conrelid = t.id and k.contype = 'c'
        and pg_get_constraintdef(k.oid) ~ format('jsonb_typeof\(%I\)', a.attname))
  order by 1
$$;
comment on function tests.json_of_any_type() is 'every column of JSON has a named check of what it is: an object, an array';

-- Equality of an enum is not leakproof, so row level security would keep its index from being used.
create function tests.unsuitable_types() returns setof text
language sql stable set search_path = ''
as $$
  select format('%s.%s is %s', t.name, a.attname, format_type(a.atttypid, a.atttypmod))
  from tests.own_tables() as t
  join pg_catalog.pg_attribute as a on a.attrelid = t.id
  join pg_catalog.pg_type as y on y.oid = a.atttypid
  where a.attnum > 0 and not a.attisdropped and not t.is_partition
    and (y.oid in ('timestamp'::regtype, 'timetz'::regtype, 'money'::regtype, 'json'::regtype, 'bpchar'::regtype)
      or y.typtype = 'e' and y.oid <> 'public.app_role'::regtype)
  order by 1
$$;
comment on function tests.unsuitable_types() is
  'instants carry a time zone, JSON is jsonb, money is numeric, and allowed values are a check: app_role is the one enum';

create function tests.null_among_allowed_values() returns setof text
language sql stable set search_path = ''
as $$
  select format('%s: %s', t.name, k.conname)
  from pg_catalog.pg_constraint as k join tests.own_tables() as t on t.id = k.conrelid
  where k.contype = 'c' and pg_get_constraintdef(k.oid) ~ 'ARRAY\[([^]]*, )?NULL\M' order by 1
$$;
comment on function tests.null_among_allowed_values() is 'no list of allowed values holds null, which would allow everything';

create function tests.duplicate_indexes() returns setof text
language sql stable set search_path = ''
as $$
  select format('%s: %s', t.name, string_agg(c.relname, ', ' order by c.relname))
  from pg_catalog.pg_index as i
  join pg_catalog.pg_class as c on c.oid = i.indexrelid
  join tests.own_tables() as t on t.id = i.indrelid
  group by t.name, i.indrelid, c.relam, i.indkey::text, i.indclass::text, i.indcollation::text, i.indoption::text,
    pg_get_expr(i.indexprs, i.indrelid), pg_get_expr(i.indpred, i.indrelid)
  having count(*) > 1 order by 1
$$;
comment on function tests.duplicate_indexes() is 'no two indexes are the same';

create function tests.invalid_indexes() returns setof text
language sql stable set search_path = ''
as $$
  select format('%s: %s', t.name, c.relname)
  from pg_catalog.pg_index as i
  join pg_catalog.pg_class as c on c.oid = i.indexrelid
  join tests.own_tables() as t on t.id = i.indrelid
  where not (i.indisvalid and i.indisready and i.indislive) order by 1
$$;
comment on function tests.invalid_indexes() is 'every index is valid';

-- PostgREST names a relation by its constraint, and knows no schema there.
-- What a key to a row of a workspace implies is not asked twice of a private table; exposed ones need the key for embeds.
create function tests.workspaces_without_reference() returns setof text
language sql stable set search_path = ''
as $$
  select t.name
  from tests.own_tables() as t
  join pg_catalog.pg_attribute as a on a.attrelid = t.id and a.attname = 'workspace_id' and not a.attisdropped
  -- mcp_upserts is empty after every statement
  where not t.is_partition and t.name <> 'private.mcp_upserts' and not exists (
    select from pg_catalog.pg_constraint as k
    where k.conrelid = t.id and k.contype = 'f' and a.attnum = any (k.conkey)
      and (k.confrelid in ('public.workspaces'::regclass, 'public.workspace_members'::regclass)
        or t.name like 'private.%' and a.attnotnull and (
          select bool_and(b.attnotnull) from pg_catalog.pg_attribute as b where b.attrelid = t.id and b.attnum = any (k.conkey))))
  order by 1
$$;
comment on function tests.workspaces_without_reference() is 'a workspace_id is that of a workspace that exists';

create function tests.ambiguous_relations() returns setof text
language sql stable set search_path = ''
as $$
  select format('%s of %s', k.conname, string_agg(t.name, ', ' order by t.name))
  from pg_catalog.pg_constraint as k
  join tests.exposed_relations('rp') as t on t.id = k.conrelid
  join tests.exposed_relations('rp') as f on f.id = k.confrelid
  join pg_catalog.pg_class as c on c.oid = t.id and not c.relispartition
  where k.contype = 'f'
  group by k.conname, k.confrelid having count(*) > 1
  order by 1
$$;
comment on function tests.ambiguous_relations() is 'no two foreign keys to a table have the same name, in all exposed schemas';

create function tests.mutual_relations() returns setof text
language sql stable set search_path = ''
as $$
  select distinct format('%s and %s', least(t.name, f.name), greatest(t.name, f.name))
  from pg_catalog.pg_constraint as k
  join pg_catalog.pg_constraint as back on back.contype = 'f' and back.conrelid = k.confrelid and back.confrelid = k.conrelid
  join tests.exposed_relations('rp') as t on t.id = k.conrelid
  join tests.exposed_relations('rp') as f on f.id = k.confrelid
  where k.contype = 'f' and k.conrelid <> k.confrelid
  order by 1
$$;
comment on function tests.mutual_relations() is 'no two exposed tables reference each other: an embed of one in the other would have to name the key';

create function tests.unvalidated_constraints() returns setof text
language sql stable set search_path = ''
as $$
  select format('%s: %s', t.name, k.conname)
  from pg_catalog.pg_constraint as k join tests.own_tables() as t on t.id = k.conrelid
  where not k.convalidated order by 1
$$;
comment on function tests.unvalidated_constraints() is 'every constraint holds for all rows, old ones included';

create function tests.tables_without_stamp() returns setof text
language sql stable set search_path = ''
as $$
  select t.name
  from tests.own_tables() as t
  join pg_catalog.pg_attribute as a on a.attrelid = t.id and a.attname = 'updated_at' and not a.attisdropped
  where not exists (
    select from pg_catalog.pg_trigger as g
    where g.tgrelid = t.id and g.tgfoid = 'private.set_updated_at()'::regprocedure
      and g.tgenabled in ('O', 'A') and g.tgtype = 1 + 2 + 16 -- row, before, update
      and g.tgattr = '' and g.tgqual is null)
  order by 1
$$;
comment on function tests.tables_without_stamp() is 'every table with updated_at stamps it on every update';

-- Tables whose rows may get another owner, or whose owner only the database writes.
create function tests.allowed_owner_changes() returns table (table_name text, reason text)
language sql immutable
as $$
  values
    ('public.user_prefs', 'The user is the key; upserts send it.'),
    ('public.workspace_members', 'Only functions write it, which find a member by workspace and user.'),
    ('public.workspace_invitations', 'Only functions write it.'),
    ('public.search_rebuilds', 'Only functions write it.'),
    ('dashboard.activity_logs', 'Only triggers write it.'),
    ('studio.api_keys', 'Only functions write it.'),
    ('studio.api_usage', 'Only functions write it.'),
    ('studio.usage_days', 'Only functions write it.'),
    ('studio.limits', 'Only the secret key reads and writes it.')
$$;

-- Personal tables belong to a user, others to a workspace, also where they have a column for a user.
create function tests.tables_that_change_owners() returns setof text
language sql stable set search_path = ''
as $$
  select distinct t.name
  from tests.exposed_relations('rp') as t
  join pg_catalog.pg_class as c on c.oid = t.id and not c.relispartition
  join pg_catalog.pg_attribute as a on a.attrelid = t.id and a.attname in ('user_id', 'workspace_id') and not a.attisdropped
  where t.name not in (select o.table_name from tests.allowed_owner_changes() as o)
    and not exists (
      select from pg_catalog.pg_trigger as g join pg_catalog.pg_attribute as o on o.attrelid = t.id and o.attnum = any (g.tgattr)
      where g.tgrelid = t.id and g.tgenabled in ('O', 'A') and g.tgqual is null and g.tgtype = 1 + 2 + 16 -- row, before, update
        and (o.attname, g.tgfoid) in (('user_id', 'private.refuse_owner_change()'::regprocedure),
          ('workspace_id', 'private.refuse_workspace_change()'::regprocedure)))
  order by 1
$$;
comment on function tests.tables_that_change_owners() is 'no row of an exposed table gets another owner';

-- Tables whose rows are a record: clients add to them, and change nothing.
create function tests.allowed_records() returns table (table_name text, reason text)
language sql immutable
as $$
  values
    ('dashboard.messages', 'What was said stays: an edit is a new message.'),
    ('dashboard.files_processed', 'A log.'),
    ('public.hrm_runs', 'A measurement.'),
    ('public.hrm_metrics', 'Measured values.'),
    ('public.tag_prompts', 'A history: the latest one is in use.')
$$;

-- PostgREST's upsert sets every column of its payload, those of the conflict too.
create function tests.columns_that_upserts_cannot_set() returns setof text
language sql stable set search_path = ''
as $$
  select format('%s.%s', t.name, a.attname)
  from tests.exposed_relations('rp') as t
  join pg_catalog.pg_class as c on c.oid = t.id and not c.relispartition
  join pg_catalog.pg_attribute as a on a.attrelid = t.id and a.attnum > 0 and not a.attisdropped
  where has_column_privilege('authenticated', t.id, a.attnum, 'insert')
    and not has_column_privilege('authenticated', t.id, a.attnum, 'update')
    and t.name not in (select r.table_name from tests.allowed_records() as r)
  order by 1
$$;
comment on function tests.columns_that_upserts_cannot_set() is 'what users may insert, they may send again in an upsert';

create function tests.tables_that_change_workspaces() returns setof text
language sql stable set search_path = ''
as $$
  select t.name
  from tests.exposed_relations('rp') as t
  join pg_catalog.pg_class as c on c.oid = t.id and not c.relispartition
  join pg_catalog.pg_attribute as a on a.attrelid = t.id and a.attname = 'workspace_id' and not a.attisdropped
  where t.name not in (select o.table_name from tests.allowed_owner_changes() as o)
    and not exists (
      select from pg_catalog.pg_trigger as g
      where g.tgrelid = t.id and g.tgenabled in ('O', 'A') and g.tgqual is null and g.tgtype = 1 + 2 + 16 -- row, before, update
        and a.attnum = any (g.tgattr) and g.tgfoid = 'private.refuse_workspace_change()'::regprocedure)
  order by 1
$$;
comment on function tests.tables_that_change_workspaces() is 'no row of an exposed table takes its content to another workspace';

-- Where rows may get another owner, no API role but the secret key writes the column.
create function tests.written_owners() returns setof text
language sql stable set search_path = ''
as $$
  select format('%s.%s: %s', t.name, a.attname, r.role_name)
  from tests.exposed_relations('rp') as t
  join tests.allowed_owner_changes() as o on o.table_name = t.name
  join pg_catalog.pg_attribute as a on a.attrelid = t.id and a.attname in ('user_id', 'workspace_id') and not a.attisdropped
  cross join (values ('anon'), ('authenticated')) as r (role_name)
  where has_column_privilege(r.role_name, t.id, a.attnum, 'update') and t.name <> 'public.user_prefs'
  order by 1
$$;
comment on function tests.written_owners() is 'users write no owner of a row that may change it';

create function tests.uncommented() returns setof text
language sql stable set search_path = ''
as $$
  select r.name from tests.exposed_relations('rpvmf') as r join pg_catalog.pg_class as c on c.oid = r.id
  where not c.relispartition and obj_description(r.id, 'pg_class') is null
  union all
  select t.name from tests.own_tables() as t
  where not t.is_partition and t.id not in (select r.id from tests.exposed_relations('rp') as r)
    and obj_description(t.id, 'pg_class') is null
  union all
  select f.name from tests.own_functions() as f where obj_description(f.id, 'pg_proc') is null
  union all
  select n.nspname from pg_catalog.pg_namespace as n
  where (n.nspname = 'private' or n.nspname in (select tests.exposed_schemas()))
    and obj_description(n.oid, 'pg_namespace') is null
  order by 1
$$;
comment on function tests.uncommented() is 'every schema, table, view and function says in a comment what it is for';

-- Functions and views -------------------------------------------------------------------------------------------------

create function tests.exposed_definers() returns setof text
language sql stable set search_path = ''
as $$
  select f.name from tests.own_functions() as f join pg_catalog.pg_proc as p on p.oid = f.id
  where p.prosecdef and f.schema_name <> 'private' order by 1
$$;
comment on function tests.exposed_definers() is 'functions with the rights of their owner live in schema private';

create function tests.definers_with_a_search_path() returns setof text
language sql stable set search_path = ''
as $$
  select f.name from tests.own_functions() as f join pg_catalog.pg_proc as p on p.oid = f.id
  where p.prosecdef and not coalesce(p.proconfig, '{}') @> array['search_path=""'] order by 1
$$;
comment on function tests.definers_with_a_search_path() is
  'functions with the rights of their owner look names up in no schema at all';

create function tests.unexplained_definers() returns setof text
language sql stable set search_path = ''
as $$
  select f.name from tests.own_functions() as f join pg_catalog.pg_proc as p on p.oid = f.id
  where p.prosecdef and coalesce(obj_description(f.id, 'pg_proc'), '') !~ '\mDefiner[:,]' order by 1
$$;
comment on function tests.unexplained_definers() is
  'functions with the rights of their owner say in their comment why they need them';

create function tests.functions_without_search_path() returns setof text
language sql stable set search_path = ''
as $$
  select f.name
  from tests.own_functions() as f
  join pg_catalog.pg_proc as p on p.oid = f.id
  join pg_catalog.pg_language as l on l.oid = p.prolang
  where l.lanname in ('sql', 'plpgsql') and p.prosqlbody is null
    and not exists (select from unnest(p.proconfig) as setting where starts_with(setting, 'search_path='))
  order by 1
$$;
comment on function tests.functions_without_search_path() is
  'every function fixes its search_path, or its names were resolved when it was made (begin atomic)';

create function tests.unexpected_execute_rights() returns setof text
language sql stable set search_path = ''
as $$
  with open as (
    select r.name as role_name, f.name as function_name
    from tests.own_functions() as f, unnest(array['anon', 'authenticated']::name[]) as r (name)
    where has_function_privilege(r.name, f.id, 'execute')
  )
  select format('%s may call %s', o.role_name, o.function_name) from open as o
  where (o.role_name, o.function_name) not in (select a.role_name, a.function_name from tests.allowed_functions() as a)
  union all
  select format('%s may not call %s', a.role_name, a.function_name) from tests.allowed_functions() as a
  where (a.role_name, a.function_name) not in (select o.role_name, o.function_name from open as o)
  order by 1
$$;
comment on function tests.unexpected_execute_rights() is 'people may call the listed functions and no others';

create function tests.views_with_rights_of_their_owner() returns setof text
language sql stable set search_path = ''
as $$
  select v.name from tests.exposed_relations('v') as v join pg_catalog.pg_class as c on c.oid = v.id
  where not coalesce(c.reloptions, '{}') && array['security_invoker=true', 'security_invoker=on', 'security_invoker=1']
  order by 1
$$;
comment on function tests.views_with_rights_of_their_owner() is 'exposed views read as the caller';

create function tests.relations_beyond_rls() returns setof text
language sql stable set search_path = ''
as $$
  select r.name from tests.exposed_relations('mf') as r order by 1
$$;
comment on function tests.relations_beyond_rls() is
  'no materialized view and no foreign table is exposed, since neither has row level security';

create function tests.exposed_extensions() returns setof text
language sql stable set search_path = ''
as $$
  select e.extname::text
  from pg_catalog.pg_extension as e join pg_catalog.pg_namespace as n on n.oid = e.extnamespace
  where n.nspname in (select tests.exposed_schemas()) order by 1
$$;
comment on function tests.exposed_extensions() is 'no extension lives in an exposed schema';

-- Rights --------------------------------------------------------------------------------------------------------------

-- auth, storage, realtime, extensions and net belong to the platform, which grants them to all API roles, and vault to one
-- of them; the schema tests exists only here.
create function tests.schemas_open_to_the_api() returns setof text
language sql stable set search_path = ''
as $$
  select format('%s may use %s', r.name, n.nspname)
  from pg_catalog.pg_namespace as n, tests.api_roles() as r (name)
  where n.nspname !~ '^pg_' and n.nspname not in (select tests.exposed_schemas())
    and n.nspname not in ('information_schema', 'auth', 'storage', 'realtime', 'extensions', 'net', 'tests')
    and not (n.nspname = 'vault' and r.name = 'service_role')
    and has_schema_privilege(r.name, n.oid, 'usage')
  order by 1
$$;
comment on function tests.schemas_open_to_the_api() is
  'API roles use the exposed schemas and those of the platform, never private or cron';

create function tests.schemas_open_to_creation() returns setof text
language sql stable set search_path = ''
as $$
  select format('%s may create in %s', r.name, n.nspname)
  from pg_catalog.pg_namespace as n, tests.api_roles() as r (name)
  where n.nspname !~ '^pg_' and has_schema_privilege(r.name, n.oid, 'create') order by 1
$$;
comment on function tests.schemas_open_to_creation() is 'no API role creates anything in a schema';

create function tests.private_tables_open_to_the_api() returns setof text
language sql stable set search_path = ''
as $$
  select distinct format('%s holds rights on %s', r.name, c.oid::regclass)
  from pg_catalog.pg_class as c, tests.api_roles() as r (name)
  where c.relnamespace = 'private'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
    and (has_any_column_privilege(r.name, c.oid, 'select, insert, update, references')
      or has_table_privilege(r.name, c.oid, 'delete, truncate, trigger'))
  order by 1
$$;
comment on function tests.private_tables_open_to_the_api() is 'no API role holds a right on a table of schema private';

create function tests.tables_open_to_strangers() returns setof text
language sql stable set search_path = ''
as $$
  select t.name from tests.exposed_relations('rpvmf') as t
  where has_any_column_privilege('anon', t.id, 'select, insert, update, references')
    or has_table_privilege('anon', t.id, 'delete, truncate, trigger')
  order by 1
$$;
comment on function tests.tables_open_to_strangers() is 'callers who are not signed in hold no right on any table';

create function tests.sequences_open_to_people() returns setof text
language sql stable set search_path = ''
as $$
  select format('%s may use %s', r.name, c.oid::regclass)
  from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  cross join unnest(array['anon', 'authenticated']) as r (name)
  where c.relkind = 'S' and (n.nspname = 'private' or n.nspname in (select tests.exposed_schemas()))
    and has_sequence_privilege(r.name, c.oid, 'usage, select, update')
  order by 1
$$;
comment on function tests.sequences_open_to_people() is 'people hold no right on a sequence: tables draw their own ids';

create function tests.rights_that_no_policy_guards() returns setof text
language sql stable set search_path = ''
as $$
  select format('%s may %s %s', r.name, p.name, t.name)
  from tests.exposed_relations('rpv') as t, tests.api_roles() as r (name),
    unnest(array['truncate', 'trigger', 'references']) as p (name)
  where case p.name when 'references' then has_any_column_privilege(r.name, t.id, p.name)
    else has_table_privilege(r.name, t.id, p.name) end
  order by 1
$$;
comment on function tests.rights_that_no_policy_guards() is
  'no API role may truncate a table, reference it or add a trigger, which row level security does not govern';

create function tests.default_privileges_of_the_api() returns setof text
language sql stable set search_path = ''
as $$
  select format('%s: %s by default on %s in %s', a.grantee::regrole, lower(a.privilege_type),
    case d.defaclobjtype when 'r' then 'tables' when 'f' then 'functions' when 'S' then 'sequences'
      when 'T' then 'types' when 'n' then 'schemas' else d.defaclobjtype::text end,
    coalesce(nullif(d.defaclnamespace, 0)::regnamespace::text, 'every schema'))
  from pg_catalog.pg_default_acl as d cross join lateral aclexplode(d.defaclacl) as a
  where d.defaclrole = 'postgres'::regrole
    and (d.defaclnamespace in (0, 'private'::regnamespace)
      or d.defaclnamespace::regnamespace::text in (select quote_ident(s.name) from tests.exposed_schemas() as s (name)))
    and (a.grantee = 0 or a.grantee in (select r.name::text::regrole from tests.api_roles() as r (name)))
  union all
  -- Postgres itself lets everybody call a new function, unless a row here says otherwise.
  select 'public: execute by default on functions in every schema'
  where not exists (
    select from pg_catalog.pg_default_acl as d
    where d.defaclrole = 'postgres'::regrole and d.defaclnamespace = 0 and d.defaclobjtype = 'f')
  order by 1
$$;
comment on function tests.default_privileges_of_the_api() is 'no API role receives a right on a new object unasked';

create function tests.objects_of_api_roles() returns setof text
language sql stable set search_path = ''
as $$
  select format('%s owns %s', r.name, pg_describe_object(d.classid, d.objid, d.objsubid))
  from pg_catalog.pg_shdepend as d join tests.api_roles() as r (name) on d.refobjid = r.name::text::regrole
  where d.deptype = 'o' and d.refclassid = 'pg_catalog.pg_authid'::regclass
    and d.dbid in (0, (select b.oid from pg_catalog.pg_database as b where b.datname = current_database()))
  order by 1
$$;
comment on function tests.objects_of_api_roles() is 'no API role owns anything';

create function tests.api_roles_beyond_rls() returns setof text
language sql stable set search_path = ''
as $$
  select a.rolname::text from pg_catalog.pg_roles as a
  where a.rolname in (select tests.api_roles()) and (a.rolbypassrls or a.rolsuper) and a.rolname <> 'service_role'
  order by 1
$$;
comment on function tests.api_roles_beyond_rls() is 'of the API roles only service_role is above row level security';

create function tests.unexpected_sensitive_columns() returns setof text
language sql stable set search_path = ''
as $$
  with open as (
    select distinct r.name || '.' || a.attname as column_name
    from tests.exposed_relations('rpvmf') as r join pg_catalog.pg_attribute as a on a.attrelid = r.id
    cross join unnest(array['anon', 'authenticated']) as people (role_name)
    cross join unnest(array['select', 'insert', 'update', 'references']) as c (command)
    where a.attnum > 0 and not a.attisdropped and a.attname ~ '(token|digest|hash|secret|password|e_?mail|api_key)'
      and has_column_privilege(people.role_name, r.id, a.attnum, c.command)
  )
  select format('people hold rights on %s', o.column_name) from open as o
  where o.column_name not in (select l.column_name from tests.allowed_sensitive_columns() as l)
  union all
  select format('nobody holds rights on %s', l.column_name) from tests.allowed_sensitive_columns() as l
  where l.column_name not in (select o.column_name from open as o)
  order by 1
$$;
comment on function tests.unexpected_sensitive_columns() is
  'people hold no rights on tokens, digests, passwords and addresses, except on listed columns';

create function tests.unexpected_column_rights() returns setof text
language sql stable set search_path = ''
as $$
  with columns as materialized (
    select t.name as table_name, a.attname::text as name,
      has_column_privilege('authenticated', t.id, a.attnum, 'select') as is_read,
      has_column_privilege('authenticated', t.id, a.attnum, 'insert') as is_sent,
      has_column_privilege('authenticated', t.id, a.attnum, 'update') as is_updated,
      has_column_privilege('authenticated', t.id, a.attnum, 'update') and not exists (
        select from pg_catalog.pg_trigger as g
        where g.tgrelid = t.id and a.attnum = any (g.tgattr) and g.tgenabled in ('O', 'A') and g.tgqual is null
          and g.tgtype = 1 + 2 + 16 -- row, before, update
          and g.tgfoid in ('private.refuse_owner_change()'::regprocedure, 'private.refuse_workspace_change()'::regprocedure,
            'private.keep_columns()'::regprocedure)
          and (g.tgfoid <> 'private.keep_columns()'::regprocedure
            or pg_catalog.pg_get_triggerdef(g.oid) like format('%%keep\_columns(%%''%s''%%', a.attname))) as is_changed
    from tests.own_tables() as t
    join pg_catalog.pg_attribute as a on a.attrelid = t.id and a.attnum > 0 and not a.attisdropped
    where not t.is_partition and t.name not like 'private.%'
  ), found as (
    select c.table_name,
      case when bool_or(c.is_sent) then coalesce(array_agg(c.name order by c.name collate "C") filter (where not c.is_sent), '{}') else '{*}' end
        as nobody_sends,
      case when bool_or(c.is_sent) and not bool_or(c.is_sent and c.is_changed) then '{*}'
        else coalesce(array_agg(c.name order by c.name collate "C") filter (where c.is_sent and not c.is_changed), '{}') end as sent_once,
      coalesce(array_agg(c.name order by c.name collate "C") filter (where c.is_updated and not c.is_sent), '{}') as only_changed
    from columns as c group by c.table_name
  )
  select format('%s: nobody sends %s, sent once %s, only changed %s', coalesce(f.table_name, l.table_name), f.nobody_sends,
    f.sent_once, f.only_changed)
  from found as f full join tests.written_columns() as l on l.table_name = f.table_name
  where (f.nobody_sends, f.sent_once, f.only_changed)
    is distinct from (coalesce(l.nobody_sends, '{*}'), coalesce(l.sent_once, '{}'), coalesce(l.only_changed, '{}'))
  union all
  -- Only the secret key reads the limits of an installation.
  select format('users %s %s.%s', case when c.is_read then 'read' else 'do not read' end, c.table_name, c.name)
  from columns as c where c.is_read = (c.table_name = 'studio.limits')
  order by 1
$$;
comment on function tests.unexpected_column_rights() is
  'users write the listed columns of each table and no others, and read every column but those of the limits';

-- Realtime ------------------------------------------------------------------------------------------------------------

create function tests.unexpected_publications() returns setof text
language sql stable set search_path = ''
as $$
  with published as (
    select format('%I.%I', p.schemaname, p.tablename) as table_name
    from pg_catalog.pg_publication_tables as p where p.pubname = 'supabase_realtime'
  )
  select format('%s is published', p.table_name) from published as p
  where p.table_name not in (select l.table_name from tests.published_tables() as l)
  union all
  select format('%s is not published', l.table_name) from tests.published_tables() as l
  where l.table_name not in (select p.table_name from published as p)
  order by 1
$$;
comment on function tests.unexpected_publications() is 'realtime publishes the listed tables and no others';

-- Row level security does not filter deletes there: a full identity would tell every subscriber what was deleted.
create function tests.full_replica_identities() returns setof text
language sql stable set search_path = ''
as $$
  select t.name from tests.own_tables() as t join pg_catalog.pg_class as c on c.oid = t.id
  where c.relreplident = 'f' order by 1
$$;
comment on function tests.full_replica_identities() is 'of a deleted row replication tells only the key';

create function tests.keys_across_workspaces() returns setof text
language sql stable set search_path = ''
as $$
  select k.name from tests.keys_to_workspace_rows() as k
  where not k.carries_workspace and k.name not in (select l.key_name from tests.keys_without_workspace() as l)
  union all
  select format('%s needs no exception', l.key_name) from tests.keys_without_workspace() as l
  where l.key_name not in (select k.name from tests.keys_to_workspace_rows() as k where not k.carries_workspace)
  order by 1
$$;
comment on function tests.keys_across_workspaces() is
  'a foreign key to a row of a workspace carries the workspace, except the listed ones of personal rows';

create function tests.rows_without_workspace_key() returns setof text
language sql stable set search_path = ''
as $$
  select distinct k.target_id::regclass::text from tests.keys_to_workspace_rows() as k
  join pg_catalog.pg_attribute as w on w.attrelid = k.target_id and w.attname = 'workspace_id'
  join pg_catalog.pg_attribute as i on i.attrelid = k.target_id and i.attname = 'id'
  where k.name not in (select l.key_name from tests.keys_without_workspace() as l)
    and not exists (
      select from pg_catalog.pg_constraint as u
      where u.conrelid = k.target_id and u.contype in ('p', 'u') and u.conkey = array[w.attnum, i.attnum])
  order by 1
$$;
comment on function tests.rows_without_workspace_key() is
  'a table of workspaces that foreign keys reference has the key (workspace_id, id)';

-- Triggers ------------------------------------------------------------------------------------------------------------

create function tests.allowed_early_writes() returns table (trigger_name text, reason text)
language sql immutable
as $$
  values
    ('business.estimates: estimates_sign_approval_on_insert', 'One approved row at any time is a unique index; it writes nothing for a row that conflicts.'),
    ('business.jobs: jobs_number_on_insert', 'Raises a counter: a row that is dropped leaves a gap in the numbers.'),
    ('dashboard.mcp_connections: mcp_connections_hide_secrets_on_insert', 'Clears what an upsert left behind; for a row that exists it writes no secret.')
$$;

create function tests.writes_before_inserts() returns setof text
language sql stable set search_path = ''
as $$
  with writers as (
    select format('%s: %s', t.name, r.tgname) as name
    from tests.own_tables() as t
    join pg_catalog.pg_trigger as r on r.tgrelid = t.id and not r.tgisinternal
    join pg_catalog.pg_proc as p on p.oid = r.tgfoid
    -- 1: for each row, 2: before, 4: insert
    where r.tgtype & 7 = 7 and not t.is_partition and p.prosrc ~* '\m(insert\s+into|delete\s+from|merge\s+into|update\s+\w+\.\w+)\M'
  )
  select w.name from writers as w where w.name not in (select l.trigger_name from tests.allowed_early_writes() as l)
  union all
  select l.trigger_name || ' needs no exception' from tests.allowed_early_writes() as l where l.trigger_name not in (select w.name from writers as w)
  order by 1
$$;
comment on function tests.writes_before_inserts() is
  'no trigger changes other rows before an insert, which on conflict may still drop, except the listed ones';

-- Queues ---------------------------------------------------------------------------------------------------------------

create function tests.queues_without_turns() returns setof text
language sql stable set search_path = ''
as $$
  select coalesce(q.name, 'private.' || t.queue)
  from (
    select c.relname::text as queue, 'private.' || c.relname as name, c.oid as id
    from pg_catalog.pg_class as c
    where c.relnamespace = 'private'::regnamespace and c.relkind = 'r' and 3 = (
      select count(*) from pg_catalog.pg_attribute as a
      where a.attrelid = c.oid and a.attname in ('available_at', 'attempts', 'failed_at'))
  ) as q
  full join private.queue_turns as t on t.queue = q.queue
  where q.id is null or t.queue is null
    or not exists (select from pg_catalog.pg_attribute as a where a.attrelid = q.id and a.attname = 'priority' and a.attnotnull)
    or not exists (
      select from pg_catalog.pg_index as i
      join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
      where i.indrelid = q.id and a.attname = 'account_id' and pg_get_expr(i.indpred, i.indrelid) = '(failed_at IS NULL)')
    or not exists (
      select from pg_catalog.pg_trigger as r
      where r.tgrelid = q.id and r.tgfoid = 'private.set_job_account()'::regprocedure and not r.tgisinternal)
  order by 1
$$;
comment on function tests.queues_without_turns() is
  'every queue has a priority, the account of each job, an index of the unfinished jobs by account, and its row in private.queue_turns';

-- Workspaces ----------------------------------------------------------------------------------------------------------

create function tests.policies_beside_the_workspace() returns setof text
language sql stable set search_path = ''
as $$
  select p.name from tests.own_policies() as p join tests.workspace_tables() as t on t.id = p.table_id
  where p.roles @> array['authenticated'::regrole::oid]
    and t.name not in (select l.table_name from tests.tables_across_workspaces() as l)
    and exists (
      select from unnest(array[p.using_text, p.check_text]) as side (expression)
      where side.expression !~ '\mworkspace_id = \( SELECT private\.current_workspace\(\)')
  order by 1
$$;
comment on function tests.policies_beside_the_workspace() is
  'every policy of a table of workspaces compares with the workspace of the request, which is computed once';

create function tests.policies_of_all_workspaces() returns setof text
language sql stable set search_path = ''
as $$
  select p.name from tests.own_policies() as p
  where concat(p.using_text, p.check_text) ~ 'my_workspace_ids'
    and p.table_id::regclass::text not in (select l.table_name from tests.tables_across_workspaces() as l)
  order by 1
$$;
comment on function tests.policies_of_all_workspaces() is 'no policy reads several workspaces of the caller, except those of the listed tables';

create function tests.unused_exceptions_of_workspaces() returns setof text
language sql stable set search_path = ''
as $$
  select l.table_name from tests.tables_across_workspaces() as l
  where not exists (
    select from tests.own_policies() as p
    where p.table_id = l.table_name::regclass and concat(p.using_text, p.check_text) !~ 'current_workspace')
  order by 1
$$;
comment on function tests.unused_exceptions_of_workspaces() is 'every table that is listed as across workspaces has a policy without the workspace of the request';

create function tests.workspaces_by_another_default() returns setof text
language sql stable set search_path = ''
as $$
  select t.name from tests.workspace_tables() as t
  join pg_catalog.pg_attribute as a on a.attrelid = t.id and a.attname = 'workspace_id'
  left join pg_catalog.pg_attrdef as d on d.adrelid = t.id and d.adnum = a.attnum
  where pg_get_expr(d.adbin, d.adrelid) is distinct from 'private.current_workspace()'
    and (d.oid is not null or a.attnotnull and has_any_column_privilege('authenticated', t.id, 'insert'))
  order by 1
$$;
comment on function tests.workspaces_by_another_default() is
  'a row that names no workspace belongs to that of the request, in every table where people insert rows that need one';

-- Every rule ----------------------------------------------------------------------------------------------------------

create function tests.rules() returns table (name text, sentence text)
language sql stable set search_path = ''
as $$
  select p.proname::text, obj_description(p.oid, 'pg_proc')
  from pg_catalog.pg_proc as p
  where p.pronamespace = 'tests'::regnamespace and p.pronargs = 0 and p.proretset and p.prorettype = 'text'::regtype
  order by p.proname
$$;

-- What a rule reports after a change. The change does not stay.
create function tests.offenders_after(change text, rule text) returns text[]
language plpgsql
as $$
declare
  offenders text[];
begin
  begin
    execute change;
    execute format('select array(select tests.%I())', rule) into offenders;
    raise exception using errcode = 'PT000';
  exception when sqlstate 'PT000' then
    return offenders;
  end;
end
$$;

-- Of several changes with the rules to try each of them with: which of them any rule reports. No change stays.
create function tests.changes_reported(trials jsonb) returns boolean[]
language plpgsql
as $$
declare
  trial    jsonb;
  rule     text;
  reported boolean[] := '{}';
  found_it boolean;
begin
  for trial in select t.value from jsonb_array_elements(changes_reported.trials) with ordinality as t (value, n) order by t.n loop
    found_it := false;
    for rule in select r.name from jsonb_array_elements_text(trial -> 'rules') as r (name) loop
      found_it := cardinality(tests.offenders_after(trial ->> 'change', rule)) > 0;
      exit when found_it;
    end loop;
    reported := reported || found_it;
  end loop;
  return reported;
end
$$;
