-- Sign-up creates the system lists of a user: Inbox, My Day, Important and Planned.

create function private.create_system_lists() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into dashboard.task_lists (user_id, name, icon, system_type, sort_order) values
    (new.id, 'Inbox', 'inbox', 'inbox', 0),
    (new.id, 'My Day', 'sun', 'my_day', 1),
    (new.id, 'Important', 'star', 'important', 2),
    (new.id, 'Planned', 'calendar', 'planned', 3)
  on conflict on constraint task_lists_user_id_system_type_key do nothing;
  return null;
end
$$;
comment on function private.create_system_lists() is
  'After insert on profiles. Definer: users cannot write system_type, and sign-up runs as the role of the auth service.';
revoke execute on function private.create_system_lists() from public, anon, authenticated, service_role;

create trigger profiles_create_system_lists_on_insert after insert on public.profiles
  for each row execute function private.create_system_lists();
