-- Files that were attached to messages go with the last message that shows them: what was read from a file is searched and
-- told in other conversations, so a deleted conversation would live on in it. Only files of the folder chat/ of the owner
-- belong to messages; a file of a workspace or a job stays where it was stored.

create table private.message_files (
  user_id    uuid   not null,
  message_id bigint not null,
  filepath   text   not null,
  constraint message_files_pkey primary key (user_id, message_id, filepath),
  constraint message_files_message_id_fkey foreign key (user_id, message_id)
    references dashboard.messages (user_id, id) on delete cascade,
  constraint message_files_filepath_length check (char_length(filepath) between 1 and 1024)
);
comment on table private.message_files is 'Files of the folder chat/ that messages show. Written by triggers.';
comment on column private.message_files.user_id is 'Owner of the message and of the folder.';
comment on column private.message_files.filepath is 'Path in the bucket apex-files.';
create index message_files_filepath_idx on private.message_files (filepath);
comment on index private.message_files_filepath_idx is 'Messages that show a file.';
revoke all on table private.message_files from public, anon, authenticated, service_role;

create function private.link_attached_files() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into private.message_files as f (user_id, message_id, filepath)
  select distinct a.user_id, a.id, substr(p.e ->> 'url', length('storage://apex-files/') + 1)
  from added as a cross join jsonb_array_elements(a.parts) as p (e)
  where a.parts <> '[]' and p.e ->> 'type' = 'file' and char_length(p.e ->> 'url') <= 1000
    and starts_with(p.e ->> 'url', format('storage://apex-files/chat/user_%s/', a.user_id));
  -- A concurrent deletion of another message that shows the file waits, and then finds this one.
  perform from public.artifacts as a
  where a.bucket_id = 'apex-files' and a.filepath in (
    select f.filepath from added as m join private.message_files as f on f.user_id = m.user_id and f.message_id = m.id)
  for key share;
  return null;
end
$$;
comment on function private.link_attached_files() is
  'After insert of messages: notes which files of the owner they show. Definer: users have no rights on the table.';

create function private.release_attached_files() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform from public.artifacts as a
  where a.bucket_id = 'apex-files' and a.filepath in (select g.filepath from gone as g)
  order by a.id for update;
  delete from public.artifacts as a
  where a.bucket_id = 'apex-files' and a.filepath in (select g.filepath from gone as g)
    and not exists (select from private.message_files as f where f.filepath = a.filepath);
  return null;
end
$$;
comment on function private.release_attached_files() is
  'After messages were deleted: deletes their files that no other message shows, and with them the stored objects and all that was read from them. Definer: as link_attached_files().';
revoke execute on function private.link_attached_files(), private.release_attached_files()
  from public, anon, authenticated, service_role;

create trigger messages_link_files_on_insert after insert on dashboard.messages
  referencing new table as added for each statement execute function private.link_attached_files();
create trigger message_files_release_on_delete after delete on private.message_files
  referencing old table as gone for each statement execute function private.release_attached_files();
