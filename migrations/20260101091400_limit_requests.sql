-- Rate limits of users, and the check of all limits before a request to a model.

create table studio.rate_limit_rules (
  endpoint   text        not null,
  burst      integer     not null,
  per_minute integer     not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint rate_limit_rules_pkey primary key (endpoint),
  constraint rate_limit_rules_endpoint_length check (char_length(endpoint) between 1 and 100),
  constraint rate_limit_rules_burst_positive check (burst > 0),
  constraint rate_limit_rules_per_minute_positive check (per_minute > 0)
);
comment on table studio.rate_limit_rules is
  'Rate limits of each user, by endpoint. All signed-in users read them; only a secret key writes them.';
comment on column studio.rate_limit_rules.burst is 'Number of requests at once.';
comment on column studio.rate_limit_rules.per_minute is 'Number of requests per minute in the long run.';
create trigger rate_limit_rules_set_updated_at before update on studio.rate_limit_rules
  for each row execute function private.set_updated_at();
alter table studio.rate_limit_rules enable row level security;
alter table studio.rate_limit_rules force row level security;
create policy "Signed-in users read the limits" on studio.rate_limit_rules for select to authenticated
  using (true);
revoke all on table studio.rate_limit_rules from public, anon, authenticated, service_role;
grant select on table studio.rate_limit_rules to authenticated;
grant select, insert, update, delete on table studio.rate_limit_rules to service_role;

insert into studio.rate_limit_rules (endpoint, burst, per_minute) values
  ('chat', 20, 30), ('completions', 60, 100), ('embeddings', 60, 300);

create table private.rate_limits (
  user_id    uuid             not null,
  endpoint   text             not null,
  tokens     double precision not null,
  counted_at timestamptz      not null default clock_timestamp(),
  constraint rate_limits_pkey primary key (user_id, endpoint),
  constraint rate_limits_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade,
  constraint rate_limits_endpoint_fkey foreign key (endpoint) references studio.rate_limit_rules (endpoint) on delete cascade,
  constraint rate_limits_tokens_not_negative check (tokens >= 0)
) with (fillfactor = 70);
comment on table private.rate_limits is
  'Token buckets of users and endpoints: a bucket holds up to burst tokens and refills at per_minute; a request takes one.';
comment on column private.rate_limits.tokens is 'Number of tokens at counted_at, the time of the last request.';
create index rate_limits_endpoint_idx on private.rate_limits (endpoint);
revoke all on table private.rate_limits from public, anon, authenticated, service_role;

create function private.take_token(user_id uuid, endpoint text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  rule      studio.rate_limit_rules;
  -- Not the time of the transaction: the bucket refills while the request waits for a lock.
  moment    timestamptz;
  left_over double precision;
begin
  select r.* into rule from studio.rate_limit_rules as r where r.endpoint = take_token.endpoint;
  if not found then
    raise exception using errcode = '22023', message = 'endpoint has no rate limit.',
      hint = 'rate_limit_rules lists the endpoints.';
  end if;
  -- Creates and locks the bucket: concurrent requests take their tokens one after the other.
  insert into private.rate_limits as l (user_id, endpoint, tokens)
  values (take_token.user_id, take_token.endpoint, rule.burst)
  on conflict on constraint rate_limits_pkey do nothing;
  select l.tokens, l.counted_at into left_over, moment
  from private.rate_limits as l
  where l.user_id = take_token.user_id and l.endpoint = take_token.endpoint
  for update;
  left_over := least(rule.burst,
    left_over + greatest(0, extract(epoch from clock_timestamp() - moment)) * rule.per_minute / 60.0);
  if left_over < 1 then
    raise exception using errcode = 'PT429', message = 'Too many requests.',
      detail = jsonb_build_object('retry_after', ceil((1 - left_over) * 60.0 / rule.per_minute))::text,
      hint = format('The limit is %s requests at once and %s per minute.', rule.burst, rule.per_minute);
  end if;
  update private.rate_limits as l set tokens = left_over - 1, counted_at = clock_timestamp()
  where l.user_id = take_token.user_id and l.endpoint = take_token.endpoint;
  return jsonb_build_object('limit', rule.burst, 'remaining', floor(left_over - 1));
end
$$;
comment on function private.take_token(uuid, text) is
  'Counts a request, or raises PT429 with the seconds to wait in its detail. A request that is refused later in the transaction does not count. Definer: API roles have no rights on the buckets. Called by definer functions only.';

create function private.require_token(user_id uuid, endpoint text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform from private.rate_limits as l join studio.rate_limit_rules as r on r.endpoint = l.endpoint
  where l.user_id = require_token.user_id and l.endpoint = require_token.endpoint
    and l.tokens + greatest(0, extract(epoch from clock_timestamp() - l.counted_at)) * r.per_minute / 60.0 < 1;
  if found then
    raise exception using errcode = 'PT429', message = 'Too many requests.', hint = 'Wait a moment.';
  end if;
end
$$;
comment on function private.require_token(uuid, text) is
  'Raises PT429 if take_token would, without counting a request: for work before the request itself. Definer: like take_token. Called by definer functions only.';

create function private.check_budgets(user_id uuid, workspace_id uuid) returns void
language plpgsql stable security definer set search_path = ''
as $$
declare
  spent record;
begin
  select b.* into spent
  from private.applicable_budgets(check_budgets.user_id, check_budgets.workspace_id) as b
  where b.used_usd >= b.limit_usd or b.used_tokens >= b.limit_tokens
  order by b.resets_at desc, b.period desc, b.budget_id -- on the last day of a month a day ends with it
  limit 1;
  if found then
    raise exception using errcode = 'PT402',
      message = format('The budget of %s for this %s is used up.',
        case spent.scope when 'workspace' then 'the workspace' else 'this member' end, spent.period),
      detail = jsonb_build_object('scope', spent.scope, 'period', spent.period,
        'resets_at', to_char(spent.resets_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))::text,
      hint = format('Its next period begins on %s (UTC). An admin of the workspace can raise it.',
        to_char(spent.resets_at at time zone 'UTC', 'YYYY-MM-DD'));
  end if;
end
$$;
comment on function private.check_budgets(uuid, uuid) is
  'Raises PT402 if a budget that applies to the request is used up. Definer: members cannot read the usage of others. Called by definer functions only.';

create function private.refuse_until_tomorrow(reason text, message text) returns void
language plpgsql stable set search_path = ''
as $$
declare
  tomorrow constant timestamptz := ((now() at time zone 'UTC')::date + 1) at time zone 'UTC';
begin
  raise exception using
    errcode = case when refuse_until_tomorrow.reason like '%usd%' then 'PT402' else 'PT429' end,
    message = refuse_until_tomorrow.message,
    detail = jsonb_build_object('reason', refuse_until_tomorrow.reason,
      'resets_at', to_char(tomorrow at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
      'retry_after', ceil(extract(epoch from tomorrow - now())))::text,
    hint = 'The limit ends with the day (UTC). The operator of the installation can raise it.';
end
$$;
comment on function private.refuse_until_tomorrow(text, text) is
  'Raises PT429, or PT402 for a limit in dollars, with the name of the limit and the seconds to wait in its detail. Called by definer functions only.';

create function private.check_installation_limits(user_id uuid, workspace_id uuid, costs boolean) returns void
language plpgsql stable security definer set search_path = ''
as $$
declare
  today constant date := (now() at time zone 'UTC')::date;
  used  record;
begin
  select coalesce(sum(t.requests), 0) as requests, coalesce(sum(t.cost_usd), 0) as usd into used
  from private.usage_totals as t where t.user_id = check_installation_limits.user_id and t.day = today;
  if used.requests >= private.limit_of('account_requests_per_day', check_installation_limits.workspace_id, check_installation_limits.user_id) then
    perform private.refuse_until_tomorrow('account_requests_per_day', 'The requests of this account for today are used up.');
  elsif used.usd >= private.limit_of('account_usd_per_day', check_installation_limits.workspace_id, check_installation_limits.user_id) then
    perform private.refuse_until_tomorrow('account_usd_per_day', 'The dollars of this account for today are used up.');
  end if;
  -- The totals protect the operator's money: who costs nothing needs none of it.
  if not check_installation_limits.costs then
    return;
  end if;
  select coalesce(sum(t.requests), 0) as requests, coalesce(sum(t.cost_usd), 0) as usd into used
  from private.usage_totals as t where t.workspace_id is null and t.user_id is null and t.day = today;
  if used.requests >= private.limit_of('total_requests_per_day', null, null) then
    perform private.refuse_until_tomorrow('total_requests_per_day', 'The requests of this installation for today are used up.');
  elsif used.usd >= private.limit_of('total_usd_per_day', null, null) then
    perform private.refuse_until_tomorrow('total_usd_per_day', 'The dollars of this installation for today are used up.');
  end if;
end
$$;
comment on function private.check_installation_limits(uuid, uuid, boolean) is
  'Raises PT429 or PT402 if the account or, for a request that costs, the installation has used up a limit of studio.limits. Usage counts when a request ends, so concurrent requests can exceed a limit by their own usage. Definer: users have no right to read limits and totals. Called by definer functions only.';

create function private.check_limits(user_id uuid, workspace_id uuid, endpoint text, costs boolean default true) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  payer constant uuid := private.usage_workspace(check_limits.user_id, check_limits.workspace_id);
  rate  constant jsonb := private.take_token(check_limits.user_id, check_limits.endpoint);
begin
  perform private.check_budgets(check_limits.user_id, payer);
  perform private.check_installation_limits(check_limits.user_id, payer, check_limits.costs);
  return rate;
end
$$;
comment on function private.check_limits(uuid, uuid, text, boolean) is
  'Checks all limits of a request, those of the installation only if it may cost something, and returns its rate limit, {limit, remaining}: PT429 with {"retry_after": seconds} in its detail, PT402 for a budget or a limit in dollars, 22023 for an endpoint without a rate limit. Definer: like take_token and check_budgets. Called by definer functions only.';

revoke execute on function private.take_token(uuid, text), private.check_budgets(uuid, uuid),
  private.refuse_until_tomorrow(text, text), private.check_installation_limits(uuid, uuid, boolean), private.check_limits(uuid, uuid, text, boolean), private.require_token(uuid, text) from public, anon, authenticated, service_role;
