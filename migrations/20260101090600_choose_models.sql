-- Choosing the model that answers: that of the request, the agent or the workspace, or the first one that is available.

create function private.choose_model(requested text, agent_model text, user_id uuid, workspace_id uuid, providers text[])
returns public.ai_models
language plpgsql stable security definer set search_path = ''
as $$
declare
  -- The built-in model needs no key, so it is always available.
  available text[] := array_append(coalesce(choose_model.providers, '{}'), 'builtin');
  has_paid  constant boolean := private.allows_paid_models(choose_model.user_id, choose_model.workspace_id);
  model     public.ai_models;
begin
  if choose_model.requested is not null then
    select m.* into model from public.ai_models as m where m.id = choose_model.requested and m.is_active;
    if not found then
      raise exception using errcode = 'PT404', message = 'No such model.', hint = 'ai_models lists those that are active.';
    end if;
    if model.provider <> all (available) then
      raise exception using errcode = '22023', message = 'The provider of this model has no key.',
        column = 'model_id', hint = 'Choose a model of another provider, or leave out the model.';
    end if;
    if not has_paid and not private.is_free(model) then
      raise exception using errcode = 'PT402', message = 'Models with a price are not enabled for this account.',
        detail = '{"reason": "paid_models"}',
        hint = 'Leave out the model, or choose a free one. The operator enables them for an account or a workspace.';
    end if;
    return model;
  end if;

  select m.* into model
  from public.ai_models as m
  left join public.ai_settings as s on s.workspace_id = choose_model.workspace_id
  where m.is_active and m.provider = any (available) and (has_paid or private.is_free(m))
  order by m.id = choose_model.agent_model desc nulls last, m.id = s.default_model_id desc nulls last,
    array_position(available, m.provider), m.sort_order, m.id
  limit 1;
  if not found then
    raise exception using errcode = 'PT404', message = 'No model is available.',
      hint = 'Set the key of a provider for the functions, or activate builtin-retrieval.';
  end if;
  return model;
end
$$;
comment on function private.choose_model(text, text, uuid, uuid, text[]) is
  'The model that answers. PT404 for a requested model that is unknown or retired, 22023 if its provider is not in the list, PT402 if it has a price and the account may use free ones only; models of agent and workspace are skipped in these cases. Definer: called for users other than the caller. Called by definer functions only.';

create function private.fallback_model(model_id text, user_id uuid, workspace_id uuid, providers text[]) returns public.ai_models
language sql stable security definer set search_path = ''
as $$
  with recursive chain as (
    select m.fallback_model_id as id, 1 as step from public.ai_models as m where m.id = fallback_model.model_id
    union all
    select m.fallback_model_id, c.step + 1
    from chain as c join public.ai_models as m on m.id = c.id
    where c.step < 10
  )
  select m.*
  from chain as c join public.ai_models as m on m.id = c.id
  where m.is_active and m.provider = any (array_append(coalesce(fallback_model.providers, '{}'), 'builtin'))
    and m.id <> fallback_model.model_id
    and (private.is_free(m) or private.allows_paid_models(fallback_model.user_id, fallback_model.workspace_id))
  order by c.step
  limit 1
$$;
comment on function private.fallback_model(text, uuid, uuid, text[]) is
  'The first available model of the chain of fallbacks; null if there is none. Definer: like choose_model. Called by definer functions only.';

create function private.small_model(model public.ai_models, user_id uuid, workspace_id uuid, providers text[]) returns public.ai_models
language sql stable security definer set search_path = ''
as $$
  select m.*
  from public.ai_models as m
  left join public.ai_settings as s on s.workspace_id = small_model.workspace_id
  where m.id in (s.small_model_id, (small_model.model).small_model_id, (small_model.model).id)
    -- text of users of the built-in model is not sent to a provider
    and (small_model.model).provider <> 'builtin' and m.provider <> 'builtin'
    and (private.is_free(m) or private.allows_paid_models(small_model.user_id, small_model.workspace_id))
    and (m.id = (small_model.model).id or m.is_active and m.provider = any (small_model.providers))
  order by m.id = s.small_model_id desc nulls last, m.id = (small_model.model).small_model_id desc nulls last
  limit 1
$$;
comment on function private.small_model(public.ai_models, uuid, uuid, text[]) is
  'The model for titles and summaries: that of the workspace, else small_model_id of the model, else the model itself; null for the built-in model. Definer: like choose_model. Called by definer functions only.';

create function private.may_cost(model public.ai_models, user_id uuid, workspace_id uuid, providers text[]) returns boolean
language sql stable security definer set search_path = ''
as $$
  select exists (
    select from (values (may_cost.model),
      (private.fallback_model((may_cost.model).id, may_cost.user_id, may_cost.workspace_id, may_cost.providers)),
      (private.small_model(may_cost.model, may_cost.user_id, may_cost.workspace_id, may_cost.providers))) as v (used)
    where (v.used).id is not null and not private.is_free(v.used))
$$;
comment on function private.may_cost(public.ai_models, uuid, uuid, text[]) is
  'Whether a request may cost something: its model has a price, or that which may answer instead or write its title. Definer: like choose_model. Called by definer functions only.';

create function private.describe_model(model public.ai_models) returns jsonb
language sql immutable set search_path = ''
as $$
  select case when (describe_model.model).id is not null then jsonb_build_object(
    'id', (describe_model.model).id,
    'name', (describe_model.model).name,
    'provider', (describe_model.model).provider,
    'provider_model', (describe_model.model).provider_model,
    'context_tokens', (describe_model.model).context_tokens,
    'max_output_tokens', (describe_model.model).max_output_tokens,
    'supports_tools', (describe_model.model).supports_tools,
    'supports_images', (describe_model.model).supports_images) end
$$;
comment on function private.describe_model(public.ai_models) is 'A model as JSON for edge functions; null for none.';

revoke execute on function private.choose_model(text, text, uuid, uuid, text[]), private.fallback_model(text, uuid, uuid, text[]),
  private.small_model(public.ai_models, uuid, uuid, text[]), private.may_cost(public.ai_models, uuid, uuid, text[]), private.describe_model(public.ai_models) from public, anon, authenticated, service_role;
