-- Tags of tasks. The owner is part of both foreign keys, so that rows of two users cannot be linked, and of the primary
-- key, so that the API detects a many-to-many relation: tasks?select=*,tags(*).

create table dashboard.task_tags (
  user_id    uuid        not null default auth.uid(),
  task_id    bigint      not null,
  tag_id     bigint      not null,
  created_at timestamptz not null default now(),
  constraint task_tags_pkey primary key (user_id, task_id, tag_id),
  constraint task_tags_task_id_fkey foreign key (user_id, task_id)
    references dashboard.tasks (user_id, id) on delete cascade,
  constraint task_tags_tag_id_fkey foreign key (user_id, tag_id)
    references dashboard.tags (user_id, id) on delete cascade
);
comment on table dashboard.task_tags is 'A tag of a task. Rows are inserted and deleted; an update changes nothing.';
comment on column dashboard.task_tags.user_id is 'Owner of the task and of the tag, taken from the token.';

create index task_tags_tag_id_idx on dashboard.task_tags (user_id, tag_id);

create trigger task_tags_refuse_owner_change before update of user_id on dashboard.task_tags
  for each row execute function private.refuse_owner_change();
create trigger task_tags_keep_columns_on_update before update of task_id, tag_id on dashboard.task_tags
  for each row execute function private.keep_columns('task_id', 'tag_id');

alter table dashboard.task_tags enable row level security;
alter table dashboard.task_tags force row level security;
create policy "Owners read the tags on their tasks" on dashboard.task_tags for select to authenticated
  using (user_id = (select auth.uid()));
create policy "Owners tag their tasks" on dashboard.task_tags for insert to authenticated
  with check (user_id = (select auth.uid()));
create policy "Owners tag their tasks again" on dashboard.task_tags for update to authenticated
  using (user_id = (select auth.uid()))
  with check (user_id = (select auth.uid()));
create policy "Owners untag their tasks" on dashboard.task_tags for delete to authenticated
  using (user_id = (select auth.uid()));

revoke all on table dashboard.task_tags from public, anon, authenticated, service_role;
grant select, delete, insert (user_id, task_id, tag_id), update (user_id, task_id, tag_id) on table dashboard.task_tags to authenticated;
grant select, insert, update, delete on table dashboard.task_tags to service_role;
