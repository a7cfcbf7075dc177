-- Embeddings that cost: the check before one is made, for all who ask for one, and the usage of those that the queue makes.
--
-- The functions know which embedding models are at an endpoint, and name them (endpoint_models); all others run in their own
-- process and cost nothing. A model of an endpoint costs, unless ai_models has it with prices of 0.

create function private.embedding_costs(model text, endpoint_models text[]) returns boolean
language sql stable security definer set search_path = ''
as $$
  select coalesce(embedding_costs.model = any (embedding_costs.endpoint_models), false)
    and not exists (select from public.ai_models as m where m.id = embedding_costs.model and private.is_free(m))
$$;
comment on function private.embedding_costs(text, text[]) is
  'Whether embedding with a model costs the operator something. Definer: called for users other than the caller. Called by definer functions only.';

create function private.require_paid_embeddings(user_id uuid, workspace_id uuid) returns void
language plpgsql stable set search_path = ''
as $$
begin
  if not private.allows_paid_models(require_paid_embeddings.user_id, require_paid_embeddings.workspace_id) then
    raise exception using errcode = 'PT402', message = 'Embedding models with a price are not enabled for this account.',
      detail = '{"reason": "paid_models"}', hint = 'The operator enables them for an account or a workspace.';
  end if;
end
$$;
comment on function private.require_paid_embeddings(uuid, uuid) is
  'Raises PT402 unless requests of an account in a workspace may use models that have a price. Called by definer functions only.';

create function private.check_embedding(user_id uuid, workspace_id uuid, model text, endpoint_models text[]) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  costs constant boolean := private.embedding_costs(check_embedding.model, check_embedding.endpoint_models);
begin
  if costs then
    perform private.require_paid_embeddings(check_embedding.user_id,
      private.usage_workspace(check_embedding.user_id, check_embedding.workspace_id));
  end if;
  return private.check_limits(check_embedding.user_id, check_embedding.workspace_id, 'embeddings', costs);
end
$$;
comment on function private.check_embedding(uuid, uuid, text, text[]) is
  'Checks all limits of a request to embed texts and returns its rate limit: PT429 and PT402 at a limit, PT402 for a model that costs where only free ones are allowed. Definer: like check_limits. Called by definer functions only.';

-- Questions: a search, the question of a turn, a look-up of its tools. Without a vector they are answered by words, so a limit
-- refuses the vector and not the question.

create function private.admit_question(user_id uuid, workspace_id uuid, standard_model text, endpoint_models text[], part_of text)
returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  model   constant text := coalesce(
    (select m.model from private.embedding_models as m where m.workspace_id = admit_question.workspace_id),
    admit_question.standard_model);
  costs   constant boolean := private.embedding_costs(model, admit_question.endpoint_models);
  refusal text;
begin
  if costs then
    begin
      if admit_question.part_of is not null then
        perform private.require_token(admit_question.user_id, admit_question.part_of);
      end if;
      perform private.check_embedding(admit_question.user_id, admit_question.workspace_id, model, admit_question.endpoint_models);
    exception when sqlstate 'PT402' or sqlstate 'PT429' then
      refusal := sqlerrm;
    end;
  end if;
  return jsonb_build_object('workspace_id', admit_question.workspace_id, 'model', model, 'costs', costs, 'refusal', refusal);
end
$$;
comment on function private.admit_question(uuid, uuid, text, text[], text) is
  'The model that embeds a question in a workspace, and, if that costs, whether a limit refuses it: {workspace_id, model, costs, refusal}. part_of is the endpoint of the request that the question belongs to, whose own rate limit must leave room. Definer: callers have no rights on models of workspaces and limits. Called by definer functions only.';

create function private.begin_question(standard_model text, endpoint_models text[]) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  workspace constant uuid := private.require_workspace();
begin
  return private.admit_question(auth.uid(), workspace, begin_question.standard_model, begin_question.endpoint_models, null);
end
$$;
comment on function private.begin_question(text, text[]) is
  'Definer: API roles have no rights on the models of workspaces. It reads the workspace of the request, for the caller.';

create function public.begin_question(standard_model text default null, endpoint_models text[] default '{}') returns jsonb
language sql volatile set search_path = ''
begin atomic
  select private.begin_question(begin_question.standard_model, begin_question.endpoint_models);
end;
comment on function public.begin_question(text, text[]) is
  'Before a question is embedded: {workspace_id, model, costs, refusal}. model is the one for query_embedding of search, standard_model if nothing is embedded yet. If it is one of endpoint_models and not free, the limits of the caller are checked and a request is counted; refusal then says why there is to be no vector, or is null. PT404 without a workspace.';

-- The queue: its texts belong to a workspace, and count for the limits of its account (private.account_of).

create function private.may_embed(account_id uuid, workspace_id uuid, model text) returns boolean
language plpgsql volatile set search_path = ''
as $$
declare
  chosen private.embedding_models;
  reason text;
begin
  select m.* into chosen from private.embedding_models as m
  where m.workspace_id = may_embed.workspace_id and may_embed.model in (m.model, m.next_model);
  if not found or chosen.paused_until > now() then
    return false;
  end if;
  begin
    perform private.check_budgets(may_embed.account_id, may_embed.workspace_id);
    perform private.check_installation_limits(may_embed.account_id, may_embed.workspace_id, true);
  exception when sqlstate 'PT402' or sqlstate 'PT429' then
    reason := sqlerrm;
  end;
  if reason is not null then
    update private.embedding_models as m set paused_until = now() + interval '10 minutes', paused_for = reason
    where m.workspace_id = may_embed.workspace_id;
    return false;
  end if;
  if private.allows_paid_models(may_embed.account_id, may_embed.workspace_id) then
    return true;
  end if;
  -- Waiting would not help them, and every claim would pass them. A part of them at a time, so that a claim stays short.
  update private.embedding_jobs as j
  set failed_at = now(), last_error = 'paid_models: Embedding models with a price are not enabled for this account.'
  where j.id in (
    select q.id from private.embedding_jobs as q
    where q.account_id = may_embed.account_id and q.workspace_id = may_embed.workspace_id and q.failed_at is null
      and may_embed.model = case when q.for_next then chosen.next_model else chosen.model end and q.available_at <= now()
    order by q.id limit 5000 for update skip locked);
  return false;
end
$$;
comment on function private.may_embed(uuid, uuid, text) is
  'Whether the queue may embed texts of a workspace with a model that costs. At a limit that ends, the workspace is paused and asked again after ten minutes; where models with a price are not enabled, its texts fail, and rebuild_search and reembed queue them again. Called by claim_embedding_jobs.';

create function private.record_embedding_usage(model text, usage jsonb) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.record_usage(jsonb_build_object('user_id', u.account_id, 'workspace_id', u.workspace_id, 'endpoint', 'embeddings',
    'model_id', record_embedding_usage.model, 'input_tokens', u.tokens,
    -- The texts of a file are no requests of a person. Without a price, though, only their number can limit them.
    'requests', case when private.usage_cost(record_embedding_usage.model, 0, 0, 0) is null then 1 else 0 end))
  from jsonb_to_recordset(record_embedding_usage.usage) as u (account_id uuid, workspace_id uuid, tokens bigint)
  order by u.workspace_id;
end
$$;
comment on function private.record_embedding_usage(text, jsonb) is
  'Definer: users have no right to write usage. See public.record_embedding_usage.';

create function public.record_embedding_usage(model text, usage jsonb) returns void
language sql volatile set search_path = ''
begin atomic
  select private.record_embedding_usage(record_embedding_usage.model, record_embedding_usage.usage);
end;
comment on function public.record_embedding_usage(text, jsonb) is
  'Secret key only: records the tokens that the queue has used at an endpoint, [{"account_id", "workspace_id", "tokens"}], as claim_embedding_jobs returned the ids. They count as requests only if the model has no price.';

revoke execute on function private.embedding_costs(text, text[]), private.require_paid_embeddings(uuid, uuid),
  private.check_embedding(uuid, uuid, text, text[]), private.admit_question(uuid, uuid, text, text[], text),
  private.begin_question(text, text[]), public.begin_question(text, text[]), private.may_embed(uuid, uuid, text),
  private.record_embedding_usage(text, jsonb), public.record_embedding_usage(text, jsonb)
  from public, anon, authenticated, service_role;
grant execute on function private.begin_question(text, text[]), public.begin_question(text, text[]) to authenticated;
grant execute on function private.record_embedding_usage(text, jsonb), public.record_embedding_usage(text, jsonb) to service_role;
