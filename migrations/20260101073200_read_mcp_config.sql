-- Edge functions read the settings of an MCP server with mcp_config(id), which requires a secret key.

create function private.mcp_config(connection_id bigint) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  found jsonb;
begin
  select jsonb_strip_nulls(jsonb_build_object('url', coalesce(s.kept ->> 'url', c.url))) || coalesce(s.kept -> 'config', c.config)
  into found
  from dashboard.mcp_connections as c
  cross join lateral private.read_mcp_secrets(c.id, c.workspace_id) as s (kept)
  where c.id = mcp_config.connection_id;
  if found is null then
    raise exception using errcode = 'PT404', message = 'The connection does not exist.', hint = 'Check connection_id.';
  end if;
  return found;
end
$$;
comment on function private.mcp_config(bigint) is
  'Definer: also for secret keys this is the only access to the secrets, one connection at a time.';

create function dashboard.mcp_config(connection_id bigint) returns jsonb
language sql stable set search_path = ''
begin atomic
  select private.mcp_config(connection_id);
end;
comment on function dashboard.mcp_config(bigint) is
  'The complete settings and url of an MCP server, with secrets. Secret keys only; edge functions must not pass them on. PT404 unknown.';

revoke execute on function private.mcp_config(bigint), dashboard.mcp_config(bigint) from public, anon, authenticated, service_role;
grant execute on function private.mcp_config(bigint), dashboard.mcp_config(bigint) to service_role;
