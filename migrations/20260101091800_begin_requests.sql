-- Requests of the OpenAI-compatible API: the checks before a request, the usage after it, and the passages for the built-in
-- model.

create function private.require_workspace_of(user_id uuid, workspace_id uuid) returns uuid
language plpgsql stable security definer set search_path = ''
as $$
declare
  found_id uuid;
begin
  select m.workspace_id into found_id
  from public.workspace_members as m
  left join public.profiles as p on p.id = m.user_id and p.active_workspace_id = m.workspace_id
  where m.user_id = require_workspace_of.user_id
    and (require_workspace_of.workspace_id is null or m.workspace_id = require_workspace_of.workspace_id)
  order by p.id is null, m.created_at, m.workspace_id
  limit 1;
  if not found then
    raise exception using errcode = 'PT404', message = 'No such workspace.', hint = 'Choose one the user belongs to.';
  end if;
  return found_id;
end
$$;
comment on function private.require_workspace_of(uuid, uuid) is
  'The given workspace of a user, or by default the active one; PT404 if the user does not belong to it. Definer: called for users other than the caller. Called by definer functions only.';

create function private.begin_request(request jsonb) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  user_id   uuid := (begin_request.request ->> 'user_id')::uuid;
  endpoint  text := begin_request.request ->> 'endpoint';
  providers text[] := array(
    select p.name from jsonb_array_elements_text(coalesce(begin_request.request -> 'providers', '[]')) with ordinality as p (name, place)
    order by p.place);
  workspace uuid := private.require_workspace_of(user_id, (begin_request.request ->> 'workspace_id')::uuid);
  endpoint_models text[] := array(
    select m.name from jsonb_array_elements_text(coalesce(begin_request.request -> 'endpoint_models', '[]')) as m (name));
  model     public.ai_models;
  fallback  public.ai_models;
  rate      jsonb;
  question  jsonb;
begin
  -- Before the limits, so that a request for an unknown model does not count.
  if endpoint = 'embeddings' then
    rate := private.check_embedding(user_id, workspace, begin_request.request ->> 'model', endpoint_models);
  else
    model := private.choose_model(begin_request.request ->> 'model', null, user_id, workspace, providers);
    fallback := private.fallback_model(model.id, user_id, workspace, providers);
    rate := private.check_limits(user_id, workspace, endpoint, private.may_cost(model, user_id, workspace, providers));
    -- Only the built-in model reads passages.
    if model.provider = 'builtin' or fallback.provider = 'builtin' then
      question := private.admit_question(user_id, workspace, begin_request.request ->> 'standard_model', endpoint_models, null);
    end if;
  end if;
  return jsonb_build_object('workspace_id', workspace, 'rate_limit', rate, 'model', private.describe_model(model),
    'fallback', private.describe_model(fallback), 'checks', private.guard_policy(workspace), 'question', question);
end
$$;
comment on function private.begin_request(jsonb) is 'Definer: called for users other than the caller. See studio.begin_request.';

create function studio.begin_request(request jsonb) returns jsonb
language sql volatile set search_path = ''
begin atomic
  select private.begin_request(begin_request.request);
end;
comment on function studio.begin_request(jsonb) is
  'Secret key only: checks the limits of a user and chooses a model. request: {user_id, endpoint, workspace_id, model, providers, standard_model, endpoint_models}; for the endpoint embeddings, model is an embedding model, and endpoint_models are those that may cost something. Returns {workspace_id, model, fallback, rate_limit: {limit, remaining}, checks, question}; question is for find_passages, as begin_question returns it, null if the model reads no passages. PT404 for an unknown workspace or model, 22023 for a model whose provider has no key, PT402 for one that has a price where only free ones are allowed, PT429 and PT402 at a limit. The workspace pays, and its id is the one for find_passages.';

create function studio.finish_request(usage jsonb) returns numeric
language sql volatile set search_path = ''
begin atomic
  select private.record_usage(finish_request.usage);
end;
comment on function studio.finish_request(jsonb) is
  'Secret key only: records the usage of a request, {user_id, workspace_id, api_key_id, endpoint, model_id, status, input_tokens, output_tokens, cached_input_tokens, duration_ms}, and returns its cost in US dollars, null if unknown.';

create function private.find_passages(
  user_id uuid, workspace_id uuid, query text, query_embedding extensions.vector, embedding_model text, max_results integer
) returns table (n integer, chunk_id uuid, document_id uuid, title text, text text, page integer, score real)
language plpgsql stable security definer set search_path = ''
as $$
begin
  return query
  select f.place, f.chunk_id, f.document_id, f.title, f.text, f.page, f.score
  from private.find_workspace_passages(private.require_workspace_of(find_passages.user_id, find_passages.workspace_id),
    find_passages.query, find_passages.query_embedding, find_passages.embedding_model, find_passages.max_results) as f;
end
$$;
comment on function private.find_passages(uuid, uuid, text, extensions.vector, text, integer) is
  'Definer: searches for the owner of an API key, who has no token. PT404 unless this user belongs to the workspace.';

create function studio.find_passages(
  user_id uuid, workspace_id uuid, query text, query_embedding extensions.vector default null,
  embedding_model text default null, max_results integer default 6
) returns table (n integer, chunk_id uuid, document_id uuid, title text, text text, page integer, score real)
language sql stable set search_path = ''
begin atomic
  select p.n, p.chunk_id, p.document_id, p.title, p.text, p.page, p.score
  from private.find_passages(find_passages.user_id, find_passages.workspace_id, find_passages.query,
    find_passages.query_embedding, find_passages.embedding_model, find_passages.max_results) as p
  order by p.n;
end;
comment on function studio.find_passages(uuid, uuid, text, extensions.vector, text, integer) is
  'Secret key only: passages of a workspace of the user for a question, best first, numbered for citations. PT404 for a workspace of others.';

revoke execute on function private.require_workspace_of(uuid, uuid), private.begin_request(jsonb),
  private.find_passages(uuid, uuid, text, extensions.vector, text, integer), studio.begin_request(jsonb),
  studio.finish_request(jsonb), studio.find_passages(uuid, uuid, text, extensions.vector, text, integer)
  from public, anon, authenticated, service_role;
grant execute on function private.begin_request(jsonb),
  private.find_passages(uuid, uuid, text, extensions.vector, text, integer), studio.begin_request(jsonb),
  studio.finish_request(jsonb), studio.find_passages(uuid, uuid, text, extensions.vector, text, integer) to service_role;
