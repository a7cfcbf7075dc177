-- Creating a workspace creates its AI settings.

create function private.make_ai_settings() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into public.ai_settings (workspace_id) select w.id from made as w;
  return null;
end
$$;
comment on function private.make_ai_settings() is 'After insert of workspaces. Definer: no API role can insert AI settings.';
revoke execute on function private.make_ai_settings() from public, anon, authenticated, service_role;

create trigger workspaces_make_ai_settings_on_insert after insert on public.workspaces
  referencing new table as made for each statement execute function private.make_ai_settings();
