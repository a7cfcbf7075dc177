-- Renaming a note rewrites the links that led to it: [[Old title]] becomes [[New title]].

create function private.retarget_links(content text, titles jsonb) returns text
language sql immutable set search_path = ''
as $$
  select coalesce(string_agg(
    case when t.target_type = 'note' and retarget_links.titles ? t.target_key
      then '[[' || (retarget_links.titles ->> t.target_key) || t.label || ']]' else t.token end, '' order by t.place), '')
  from private.note_tokens(retarget_links.content) as t
$$;
comment on function private.retarget_links(text, jsonb) is
  'Replaces titles in the links of content. titles: new titles by the key of the old ones, replaced simultaneously, so that titles can be swapped.';

create function private.follow_own_title() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  new.content := private.retarget_links(old.content,
    jsonb_build_object(old.title_key, private.note_link_title(new.title)));
  return new;
end
$$;
comment on function private.follow_own_title() is
  'Before a note is renamed: rewrites its links to itself. Definer: callers have no right on its helper.';

create function private.follow_renamed_notes() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  max_notes constant integer := 1000;
  written   integer;
begin
  if not exists (select from renamed_from as o join renamed_to as n on n.id = o.id where n.title <> o.title) then
    return null;
  end if;

  with renamed as materialized (
    select n.user_id, n.id, n.created_at, o.title_key as old_key, n.title_key as new_key,
      private.note_link_title(n.title) as new_title
    from renamed_from as o join renamed_to as n on n.id = o.id
    where private.note_link_title(n.title) <> private.note_link_title(o.title)
  ), followed as (
    -- A link leads to the oldest note with a title, before and after the rename.
    select r.* from renamed as r
    where r.old_key <> '' and r.new_key <> ''
      and not exists (
        select from renamed as e
        where e.user_id = r.user_id and e.old_key = r.old_key and (e.created_at, e.id) < (r.created_at, r.id))
      and not exists (
        select from dashboard.notes as e
        where e.user_id = r.user_id and e.title_key = r.old_key and (e.created_at, e.id) < (r.created_at, r.id)
          and e.id not in (select d.id from renamed as d))
      and not exists (
        select from dashboard.notes as e
        where e.user_id = r.user_id and e.title_key = r.new_key and (e.created_at, e.id) < (r.created_at, r.id))
  ), linking as (
    select l.user_id, l.note_id, jsonb_object_agg(f.old_key, f.new_title) as titles
    from followed as f
    join dashboard.note_links as l on l.user_id = f.user_id and l.target_type = 'note' and l.target_key = f.old_key
      and l.note_id <> f.id
    group by l.user_id, l.note_id
    order by l.user_id, l.note_id
    limit max_notes + 1
  )
  update dashboard.notes as n set content = private.retarget_links(n.content, k.titles)
  from linking as k where n.user_id = k.user_id and n.id = k.note_id;
  get diagnostics written = row_count;
  if written > max_notes then
    raise exception using errcode = 'PT409', column = 'title',
      message = format('More than %s notes link to this title.', max_notes),
      hint = 'Keep the title, or move the content to a new note.';
  end if;
  return null;
end
$$;
comment on function private.follow_renamed_notes() is
  'After notes are renamed: rewrites the links to them, in at most 1000 notes. Links are kept if an older note has the new title, because they would lead to it. Definer: callers have no right on its helpers; only notes of the same owner are written.';

revoke execute on function private.retarget_links(text, jsonb), private.follow_own_title(),
  private.follow_renamed_notes() from public, anon, authenticated, service_role;

-- Not for job_id alone: deleting a job sets it to null in notes of many users.
create trigger notes_lock_on_write before insert or delete or update of project_id, title, content, type, source_url,
  audio_url, duration_seconds, meeting_date, attendees, is_favorite, is_pinned, archived on dashboard.notes
  for each statement execute function private.lock_notes();
-- Not if the statement also writes the content, which then contains the intended links.
create trigger notes_follow_own_title_on_update before update of title on dashboard.notes
  for each row when (new.title <> old.title and new.content = old.content and position('[[' in old.content) > 0)
  execute function private.follow_own_title();
create trigger notes_follow_renamed_on_update after update on dashboard.notes
  referencing old table as renamed_from new table as renamed_to
  for each statement execute function private.follow_renamed_notes();
