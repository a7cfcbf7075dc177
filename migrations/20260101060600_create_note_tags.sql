-- Tags of notes, shared with tasks. The owner is part of both foreign keys, so that rows of two users cannot be linked, and
-- of the primary key, so that the API detects a many-to-many relation.

create table dashboard.note_tags (
  user_id    uuid        not null default auth.uid(),
  note_id    bigint      not null,
  tag_id     bigint      not null,
  created_at timestamptz not null default now(),
  constraint note_tags_pkey primary key (user_id, note_id, tag_id),
  constraint note_tags_note_id_fkey foreign key (user_id, note_id)
    references dashboard.notes (user_id, id) on delete cascade,
  constraint note_tags_tag_id_fkey foreign key (user_id, tag_id)
    references dashboard.tags (user_id, id) on delete cascade
);
comment on table dashboard.note_tags is 'A tag of a note: notes?select=*,tags(*). Rows are inserted and deleted; an update changes nothing.';
comment on column dashboard.note_tags.user_id is 'Owner of the note and of the tag, taken from the token.';

create index note_tags_tag_id_idx on dashboard.note_tags (user_id, tag_id);

create trigger note_tags_refuse_owner_change before update of user_id on dashboard.note_tags
  for each row execute function private.refuse_owner_change();
create trigger note_tags_keep_columns_on_update before update of note_id, tag_id on dashboard.note_tags
  for each row execute function private.keep_columns('note_id', 'tag_id');

alter table dashboard.note_tags enable row level security;
alter table dashboard.note_tags force row level security;
create policy "Owners read the tags on their notes" on dashboard.note_tags for select to authenticated
  using (user_id = (select auth.uid()));
create policy "Owners tag their notes" on dashboard.note_tags for insert to authenticated
  with check (user_id = (select auth.uid()));
create policy "Owners tag their notes again" on dashboard.note_tags for update to authenticated
  using (user_id = (select auth.uid()))
  with check (user_id = (select auth.uid()));
create policy "Owners untag their notes" on dashboard.note_tags for delete to authenticated
  using (user_id = (select auth.uid()));

revoke all on table dashboard.note_tags from public, anon, authenticated, service_role;
grant select, delete, insert (user_id, note_id, tag_id), update (user_id, note_id, tag_id) on table dashboard.note_tags to authenticated;
grant select, insert, update, delete on table dashboard.note_tags to service_role;
