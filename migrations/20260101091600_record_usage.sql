-- Recording usage: a request is stored and added to its day, in the transaction that ends it.

create function private.usage_cost(model_id text, input_tokens bigint, output_tokens bigint, cached_input_tokens bigint)
returns numeric
language sql stable security definer set search_path = ''
as $$
  select round(((usage_cost.input_tokens - usage_cost.cached_input_tokens) * m.input_price
    + usage_cost.cached_input_tokens * coalesce(m.cached_input_price, m.input_price)
    + usage_cost.output_tokens * m.output_price) / 1000000, 8)
  from public.ai_models as m where m.id = usage_cost.model_id
$$;
comment on function private.usage_cost(text, bigint, bigint, bigint) is
  'US dollars at current prices; null if a price is unknown. Definer: called for users other than the caller. Called by definer functions only.';

create function private.record_usage(usage jsonb) returns numeric
language plpgsql volatile security definer set search_path = ''
as $$
declare
  entry    studio.api_usage;
  requests constant integer := coalesce((record_usage.usage ->> 'requests')::integer, 1);
  is_local constant boolean := coalesce(record_usage.usage ->> 'provider' = 'builtin', false);
  is_free  boolean;
begin
  entry.id := gen_random_uuid();
  entry.created_at := now();
  -- An account or a workspace may have been deleted while the request ran. What it used counts all the same; the locks keep
  -- both until this is stored.
  select u.id into entry.user_id from auth.users as u where u.id = (record_usage.usage ->> 'user_id')::uuid for key share;
  select w.id into entry.workspace_id from public.workspaces as w
  where w.id = (record_usage.usage ->> 'workspace_id')::uuid for key share;
  entry.workspace_id := private.usage_workspace(entry.user_id, entry.workspace_id);
  entry.api_key_id := (record_usage.usage ->> 'api_key_id')::bigint;
  entry.endpoint := record_usage.usage ->> 'endpoint';
  entry.model_id := record_usage.usage ->> 'model_id';
  entry.status := coalesce(record_usage.usage ->> 'status', 'complete');
  entry.input_tokens := coalesce((record_usage.usage ->> 'input_tokens')::bigint, 0);
  entry.output_tokens := coalesce((record_usage.usage ->> 'output_tokens')::bigint, 0);
  entry.cached_input_tokens := least(coalesce((record_usage.usage ->> 'cached_input_tokens')::bigint, 0), entry.input_tokens);
  entry.duration_ms := (record_usage.usage ->> 'duration_ms')::integer;
  entry.conversation_id := (record_usage.usage ->> 'conversation_id')::bigint;
  entry.message_id := (record_usage.usage ->> 'message_id')::bigint;
  entry.cost_usd := case when is_local then 0
    else private.usage_cost(entry.model_id, entry.input_tokens, entry.output_tokens, entry.cached_input_tokens) end;
  is_free := is_local or exists (select from public.ai_models as m where m.id = entry.model_id and private.is_free(m));
  if entry.workspace_id is null then
    -- Without any workspace, the usage belongs to the account, if there is one, and to the installation.
    perform private.add_to_total(null, entry.user_id, (entry.created_at at time zone 'UTC')::date, requests,
      entry.input_tokens + entry.output_tokens, coalesce(entry.cost_usd, 0)) where entry.user_id is not null;
    perform private.add_to_total(null, null, (entry.created_at at time zone 'UTC')::date, requests,
      entry.input_tokens + entry.output_tokens, coalesce(entry.cost_usd, 0)) where not is_free;
    return entry.cost_usd;
  end if;

  begin
    insert into studio.api_usage select entry.*;
  exception when check_violation then
    -- Partitions are created ahead of time by the scheduler; if it did not run, the partition is created now.
    perform private.maintain_usage_partitions();
    insert into studio.api_usage select entry.*;
  end;
  insert into studio.usage_days as d (workspace_id, day, user_id, model_id, requests, free_requests, unpriced_requests,
    input_tokens, output_tokens, cached_input_tokens, cost_usd)
  values (entry.workspace_id, (entry.created_at at time zone 'UTC')::date, entry.user_id, entry.model_id, requests,
    case when is_free then requests else 0 end,
    case when entry.cost_usd is null then requests else 0 end, entry.input_tokens, entry.output_tokens, entry.cached_input_tokens,
    coalesce(entry.cost_usd, 0))
  on conflict on constraint usage_days_workspace_id_day_user_id_model_id_key do update set
    requests = d.requests + excluded.requests, free_requests = d.free_requests + excluded.free_requests,
    unpriced_requests = d.unpriced_requests + excluded.unpriced_requests,
    input_tokens = d.input_tokens + excluded.input_tokens, output_tokens = d.output_tokens + excluded.output_tokens,
    cached_input_tokens = d.cached_input_tokens + excluded.cached_input_tokens, cost_usd = d.cost_usd + excluded.cost_usd;
  return entry.cost_usd;
end
$$;
comment on function private.record_usage(jsonb) is
  'Records {user_id, workspace_id, endpoint, model_id, input_tokens, output_tokens, cached_input_tokens, status, and ids of key, conversation and message} and returns its cost in US dollars, null when unknown. requests is 0 for further usage of a request that was recorded before; provider is builtin for a model that ran in the functions, which costs nothing. The default workspace is the personal one. Definer: users have no right to write usage. Called by definer functions and by finish_request.';

revoke execute on function private.usage_cost(text, bigint, bigint, bigint), private.record_usage(jsonb)
  from public, anon, authenticated, service_role;
grant execute on function private.record_usage(jsonb) to service_role;

create function private.require_usage_dimensions(names text[]) returns text[]
language plpgsql immutable set search_path = ''
as $$
begin
  if not require_usage_dimensions.names <@ array['day', 'user', 'model'] then
    raise exception using errcode = '22023', message = 'group_by may contain day, user and model only.', column = 'group_by',
      hint = 'Send some of these, or an empty list for one sum.';
  end if;
  return require_usage_dimensions.names;
end
$$;
comment on function private.require_usage_dimensions(text[]) is 'Raises 22023 unless all names are dimensions of usage.';

create function private.usage_summary(from_day date, to_day date, group_by text[])
returns table (
  day date, user_id uuid, model_id text, requests bigint, unpriced_requests bigint, input_tokens bigint,
  output_tokens bigint, cached_input_tokens bigint, cost_usd numeric
)
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
  workspace constant uuid := private.require_workspace();
  names     constant text[] := private.require_usage_dimensions(usage_summary.group_by);
  -- whose usage: null for that of all members
  only_of   constant uuid := case when not private.has_role('admin') then auth.uid() end;
begin
  return query
  select g.day, g.user_id, g.model_id, sum(d.requests)::bigint, sum(d.unpriced_requests)::bigint,
    sum(d.input_tokens)::bigint, sum(d.output_tokens)::bigint, sum(d.cached_input_tokens)::bigint, sum(d.cost_usd)
  from studio.usage_days as d
  cross join lateral (
    select case when 'day' = any (names) then d.day end as day,
      case when 'user' = any (names) then d.user_id end as user_id,
      case when 'model' = any (names) then d.model_id end as model_id
  ) as g
  where d.day between coalesce(usage_summary.from_day, date_trunc('month', now() at time zone 'UTC')::date)
      and coalesce(usage_summary.to_day, (now() at time zone 'UTC')::date)
    and d.workspace_id = workspace and (only_of is null or d.user_id = only_of)
  group by g.day, g.user_id, g.model_id
  order by g.day, sum(d.cost_usd) desc, g.user_id, g.model_id;
end
$$;
comment on function private.usage_summary(date, date, text[]) is
  'Definer: repeats the policy of usage_days for the workspace of the request. Under the policy, which also allows the caller''s usage in other workspaces, every day of all members would be read.';

create function studio.usage_summary(
  from_day date default null, to_day date default null, group_by text[] default '{day}'
) returns table (
  day date, user_id uuid, model_id text, requests bigint, unpriced_requests bigint, input_tokens bigint,
  output_tokens bigint, cached_input_tokens bigint, cost_usd numeric
)
language sql stable
begin atomic
  select u.day, u.user_id, u.model_id, u.requests, u.unpriced_requests, u.input_tokens, u.output_tokens, u.cached_input_tokens,
    u.cost_usd
  from private.usage_summary(from_day, to_day, group_by) as u;
end;
comment on function studio.usage_summary(date, date, text[]) is
  'Usage between two days, inclusive (default: this month), grouped by any of day, user and model, in the workspace of the request: that of the caller, and for admins that of all members. 22023 for another dimension, PT404 without a workspace.';

revoke execute on function private.require_usage_dimensions(text[]), private.usage_summary(date, date, text[]), studio.usage_summary(date, date, text[])
  from public, anon, authenticated, service_role;
grant execute on function private.usage_summary(date, date, text[]), studio.usage_summary(date, date, text[])
  to authenticated;
