-- System lists cannot be deleted: every user has each of them exactly once.

create function private.keep_system_lists() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  -- When an account is deleted its lists leave with it: the user is gone before the cascade reaches this row.
  if exists (select from auth.users as u where u.id = old.user_id) then
    raise exception using errcode = 'PT409',
      message = 'A system list cannot be deleted.',
      hint = 'It can be renamed; delete its tasks instead.';
  end if;
  return old;
end
$$;
comment on function private.keep_system_lists() is
  'Before delete of a system list. Definer: only it may look into auth.users to tell a deleted account from a deleted list.';
revoke execute on function private.keep_system_lists() from public, anon, authenticated, service_role;

create trigger task_lists_keep_system_lists_on_delete before delete on dashboard.task_lists
  for each row when (old.is_system) execute function private.keep_system_lists();
