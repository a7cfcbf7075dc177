-- How an edge function learns what it needs to reach a tool server: with the secret key it calls mcp_config(id).

create function private.mcp_config(connection_id bigint) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  kept  jsonb := private.read_mcp_secrets(mcp_config.connection_id);
  found jsonb;
begin
  select jsonb_strip_nulls(jsonb_build_object('url', coalesce(kept ->> 'url', c.url))) || coalesce(kept -> 'config', c.config)
  into found
  from dashboard.mcp_connections as c where c.id = mcp_config.connection_id;
  if found is null then
    raise exception using errcode = 'PT404', message = 'The connection does not exist.', hint = 'Check connection_id.';
  end if;
  return found;
end
$$;
comment on function private.mcp_config(bigint) is
  'Definer: the service role, too, reaches the secrets here only, one connection at a time, and never by a select.';

create function dashboard.mcp_config(connection_id bigint) returns jsonb
language sql stable set search_path = ''
begin atomic
  select private.mcp_config(connection_id);
end;
comment on function dashboard.mcp_config(bigint) is
  'The settings of a tool server with their secrets, and with its url. Service role only: an edge function asks, uses them, and tells nobody. PT404 unknown.';

revoke execute on function private.mcp_config(bigint), dashboard.mcp_config(bigint) from public, anon, authenticated, service_role;
grant execute on function private.mcp_config(bigint), dashboard.mcp_config(bigint) to service_role;
