-- System lists cannot be deleted: every user has each of them exactly once.

create function private.keep_system_lists() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  -- Deleting an account deletes its lists: the user no longer exists when the cascade reaches this row.
  if exists (select from auth.users as u where u.id = old.user_id) then
    raise exception using errcode = 'PT409',
      message = 'A system list cannot be deleted.',
      hint = 'Rename the list, or delete its tasks.';
  end if;
  return old;
end
$$;
comment on function private.keep_system_lists() is
  'Before delete of a system list. Definer: reads auth.users to distinguish a deleted account from a deleted list.';
revoke execute on function private.keep_system_lists() from public, anon, authenticated, service_role;

create trigger task_lists_keep_system_lists_on_delete before delete on dashboard.task_lists
  for each row when (old.is_system) execute function private.keep_system_lists();
