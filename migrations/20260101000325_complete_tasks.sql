-- completed_at is set exactly while a task is completed, whoever writes the status.

create function private.stamp_completion() returns trigger
language plpgsql set search_path = ''
as $$
begin
  if new.status = 'completed' then
    new.completed_at := coalesce(new.completed_at, now());
  else
    new.completed_at := null;
  end if;
  return new;
end
$$;
comment on function private.stamp_completion() is
  'Before insert or update of status. Keeps a given completed_at, so that imported tasks keep theirs.';
revoke execute on function private.stamp_completion() from public, anon, authenticated, service_role;

create trigger tasks_stamp_completion_on_write before insert or update of status, completed_at on dashboard.tasks
  for each row execute function private.stamp_completion();
