-- Access tokens contain the user's active workspace, in which requests without the header x-workspace-id work, and the role, as
-- information for clients. Rights always come from workspace_members.

create function private.add_token_claims(event jsonb) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  added jsonb;
begin
  -- An event of another shape is returned unchanged, so that a sign-in does not fail because of the claims.
  if jsonb_typeof(event -> 'claims') is distinct from 'object'
    or coalesce(event ->> 'user_id' !~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$', true)
  then
    return event;
  end if;
  select jsonb_build_object('workspace_id', m.workspace_id, 'user_role', m.role) into added
  from public.workspace_members as m
  left join public.profiles as p on p.id = m.user_id
  where m.user_id = (event ->> 'user_id')::uuid
  order by m.workspace_id = p.active_workspace_id desc nulls last, m.created_at, m.workspace_id
  limit 1;
  return jsonb_set(event, '{claims}', (event -> 'claims') || coalesce(added, '{"workspace_id": null, "user_role": null}'));
end
$$;
comment on function private.add_token_claims(jsonb) is 'Definer: the auth service has no rights on Plinth''s tables.';

create function public.custom_access_token_hook(event jsonb) returns jsonb
language sql stable set search_path = ''
begin atomic
  select private.add_token_claims(event);
end;
comment on function public.custom_access_token_hook(jsonb) is
  'Called by Auth before it signs a token (auth.hook.custom_access_token of the project''s configuration). Adds the claims workspace_id and user_role, null for a user without a workspace.';

revoke execute on function private.add_token_claims(jsonb), public.custom_access_token_hook(jsonb)
  from public, anon, authenticated, service_role;
grant usage on schema public to supabase_auth_admin;
grant execute on function private.add_token_claims(jsonb), public.custom_access_token_hook(jsonb) to supabase_auth_admin;
