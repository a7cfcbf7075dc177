-- Invitations by email. The token is returned once, to the inviting admin; only its digest is stored, outside the API.

create table public.workspace_invitations (
  id           uuid            not null default gen_random_uuid(),
  workspace_id uuid            not null default private.current_workspace(),
  email        text            not null,
  role         public.app_role not null default 'employee',
  invited_by   uuid,
  expires_at   timestamptz     not null default now() + interval '7 days',
  accepted_at  timestamptz,
  accepted_by  uuid,
  revoked_at   timestamptz,
  created_at   timestamptz     not null default now(),
  constraint workspace_invitations_pkey primary key (id),
  constraint workspace_invitations_workspace_id_id_key unique (workspace_id, id),
  constraint workspace_invitations_workspace_id_fkey
    foreign key (workspace_id) references public.workspaces (id) on delete cascade,
  constraint workspace_invitations_invited_by_fkey foreign key (invited_by) references auth.users (id) on delete set null,
  constraint workspace_invitations_accepted_by_fkey foreign key (accepted_by) references auth.users (id) on delete cascade,
  constraint workspace_invitations_email_format
    check (char_length(email) <= 254 and email = lower(email) and email ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$'),
  constraint workspace_invitations_one_end check (accepted_at is null or revoked_at is null)
);
comment on table public.workspace_invitations is 'Invitations to a workspace and their state. Admins read them.';
comment on column public.workspace_invitations.email is 'Lower case. Only a user with this confirmed address can accept.';
comment on column public.workspace_invitations.accepted_by is 'Deleting the account deletes the invitation, because it contains the address.';
comment on column public.workspace_invitations.expires_at is 'Seven days after creation.';
comment on column public.workspace_invitations.revoked_at is 'When it was revoked by an admin, declined, or replaced by a newer invitation.';

create unique index workspace_invitations_open_idx on public.workspace_invitations (workspace_id, email)
  where accepted_at is null and revoked_at is null;
comment on index public.workspace_invitations_open_idx is 'At most one open invitation per address and workspace.';
create index workspace_invitations_workspace_id_idx on public.workspace_invitations (workspace_id, created_at desc);
create index workspace_invitations_invited_by_idx on public.workspace_invitations (invited_by);
create index workspace_invitations_accepted_by_idx on public.workspace_invitations (accepted_by);

create table private.invitation_tokens (
  workspace_id  uuid  not null,
  invitation_id uuid  not null,
  digest        bytea not null,
  constraint invitation_tokens_pkey primary key (workspace_id, invitation_id),
  constraint invitation_tokens_digest_key unique (digest),
  constraint invitation_tokens_invitation_id_fkey
    foreign key (workspace_id, invitation_id) references public.workspace_invitations (workspace_id, id) on delete cascade,
  constraint invitation_tokens_digest_length check (octet_length(digest) = 32)
);
comment on table private.invitation_tokens is 'SHA-256 of the token of each invitation.';
revoke all on table private.invitation_tokens from public, anon, authenticated, service_role;

alter table public.workspace_invitations enable row level security;
alter table public.workspace_invitations force row level security;
create policy "Admins read the invitations of their workspaces" on public.workspace_invitations for select to authenticated
  using (workspace_id = any (array(select private.my_workspace_ids('admin'))));

revoke all on table public.workspace_invitations from public, anon, authenticated, service_role;
grant select on table public.workspace_invitations to authenticated;
grant select, insert, update, delete on table public.workspace_invitations to service_role;

create function private.token_digest(token text) returns bytea
language sql immutable set search_path = ''
as $$
  select sha256(convert_to(token_digest.token, 'UTF8'))
$$;
comment on function private.token_digest(text) is 'The stored digest of a token. No salt is needed, because tokens are 32 random bytes.';

create function private.invite_member(email text, role public.app_role, workspace_id uuid)
returns table (id uuid, token text, expires_at timestamptz)
language plpgsql security definer set search_path = ''
as $$
declare
  target    uuid := coalesce(invite_member.workspace_id, private.current_workspace());
  address   text := lower(btrim(invite_member.email));
  new_token text := translate(encode(extensions.gen_random_bytes(32), 'base64'), '+/=', '-_');
begin
  perform private.require_admin(target);
  if exists (select from public.workspaces as w where w.id = target and w.personal_of is not null) then
    raise exception using errcode = 'PT409', message = 'A personal workspace has no other members.',
      hint = 'Create a workspace with create_workspace, and invite there.';
  end if;
  if (
    select count(*) from public.workspace_invitations as i
    where i.workspace_id = target and i.created_at > now() - interval '1 day'
  ) >= 100 then
    raise exception using errcode = 'PT429', message = 'The workspace has created too many invitations; the limit is 100 in 24 hours.',
      hint = 'Try again later.';
  end if;
  -- The result does not depend on whether the address has an account.
  update public.workspace_invitations as i set revoked_at = now()
  where i.workspace_id = target and i.email = address and i.accepted_at is null and i.revoked_at is null;
  return query
    with invitation as (
      insert into public.workspace_invitations as i (workspace_id, email, role, invited_by)
      values (target, address, invite_member.role, auth.uid())
      returning i.id, i.workspace_id, i.expires_at
    ), secret as (
      insert into private.invitation_tokens (workspace_id, invitation_id, digest)
      select v.workspace_id, v.id, private.token_digest(new_token) from invitation as v
    )
    select v.id, new_token, v.expires_at from invitation as v;
end
$$;
comment on function private.invite_member(text, public.app_role, uuid) is 'Definer: callers cannot insert invitations. Requires an admin.';

create function private.find_invitation(token text) returns public.workspace_invitations
language plpgsql security definer set search_path = ''
as $$
declare
  found_invitation public.workspace_invitations;
begin
  select i.* into found_invitation
  from private.invitation_tokens as t
  join public.workspace_invitations as i on i.workspace_id = t.workspace_id and i.id = t.invitation_id
  where t.digest = private.token_digest(find_invitation.token)
  for update of i;
  if found_invitation.id is null then
    raise exception using errcode = 'PT404', message = 'No such invitation.', hint = 'Ask an admin for a new invitation.';
  end if;
  if not exists (
    select from auth.users as u
    where u.id = auth.uid() and lower(u.email) = found_invitation.email and u.email_confirmed_at is not null
  ) then
    raise exception using errcode = '42501', message = 'The invitation is for another email address.',
      hint = 'Sign in with the invited address, and confirm it.';
  end if;
  if found_invitation.accepted_by = auth.uid() and private.is_member(found_invitation.workspace_id) then
    return found_invitation;
  end if;
  if found_invitation.accepted_at is not null or found_invitation.revoked_at is not null
    or found_invitation.expires_at <= now()
  then
    raise exception using errcode = 'PT410', message = 'The invitation is no longer valid.', hint = 'Ask an admin for a new invitation.';
  end if;
  return found_invitation;
end
$$;
comment on function private.find_invitation(text) is
  'The open invitation of a token, or the one with which the caller joined, locked. Definer: the invited user cannot read invitations.';

create function private.accept_invitation(token text) returns uuid
language plpgsql security definer set search_path = ''
as $$
declare
  invitation public.workspace_invitations := private.find_invitation(accept_invitation.token);
begin
  if invitation.accepted_at is null then
    insert into public.workspace_members (workspace_id, user_id, role, display_name, avatar_url)
    select invitation.workspace_id, p.id, invitation.role, p.display_name, p.avatar_url
    from public.profiles as p where p.id = auth.uid()
    on conflict on constraint workspace_members_pkey do nothing;
    update public.workspace_invitations as i set accepted_at = now(), accepted_by = auth.uid() where i.id = invitation.id;
  end if;
  return invitation.workspace_id;
end
$$;
comment on function private.accept_invitation(text) is 'Definer: callers cannot insert members. find_invitation checks the caller.';

create function private.decline_invitation(token text) returns void
language plpgsql security definer set search_path = ''
as $$
declare
  invitation public.workspace_invitations := private.find_invitation(decline_invitation.token);
begin
  if invitation.accepted_at is not null then
    raise exception using errcode = 'PT409', message = 'The invitation is already accepted.', hint = 'Use leave_workspace.';
  end if;
  update public.workspace_invitations as i set revoked_at = now() where i.id = invitation.id;
end
$$;
comment on function private.decline_invitation(text) is 'Definer: callers cannot update invitations. find_invitation checks the caller.';

create function private.revoke_invitation(invitation_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
declare
  target uuid := (select i.workspace_id from public.workspace_invitations as i where i.id = revoke_invitation.invitation_id);
begin
  if not private.is_member(target, 'admin') then
    raise exception using errcode = 'PT404', message = 'No such invitation.';
  end if;
  update public.workspace_invitations as i set revoked_at = coalesce(i.revoked_at, now())
  where i.id = revoke_invitation.invitation_id and i.accepted_at is null;
  if not found then
    raise exception using errcode = 'PT409', message = 'The invitation is already accepted.', hint = 'Use remove_member.';
  end if;
end
$$;
comment on function private.revoke_invitation(uuid) is 'Definer: callers cannot update invitations. Requires an admin.';

create function public.invite_member(email text, role public.app_role default 'employee', workspace_id uuid default null)
returns table (id uuid, token text, expires_at timestamptz)
language sql volatile set search_path = ''
begin atomic
  select i.id, i.token, i.expires_at from private.invite_member(email, role, workspace_id) as i;
end;
comment on function public.invite_member(text, public.app_role, uuid) is
  'Admins: invites an address to a workspace (default: that of the request) and replaces an open invitation. The token is returned only here. 23514 for an invalid address, 42501, PT404, PT409 for a personal workspace, PT429 beyond 100 in 24 hours.';

create function public.accept_invitation(token text) returns uuid
language sql volatile set search_path = ''
begin atomic
  select private.accept_invitation(token);
end;
comment on function public.accept_invitation(text) is
  'Joins the workspace of an invitation and returns its id; a repeated call changes nothing. PT404 unknown, 42501 for another address, PT410 expired, revoked or used.';

create function public.decline_invitation(token text) returns void
language sql volatile set search_path = ''
begin atomic
  select private.decline_invitation(token);
end;
comment on function public.decline_invitation(text) is 'Declines an invitation. PT404, 42501, PT410 as accept_invitation; PT409 if accepted.';

create function public.revoke_invitation(invitation_id uuid) returns void
language sql volatile set search_path = ''
begin atomic
  select private.revoke_invitation(invitation_id);
end;
comment on function public.revoke_invitation(uuid) is 'Admins: revokes an invitation. PT404 unknown, PT409 if accepted.';

revoke execute on function private.token_digest(text), private.invite_member(text, public.app_role, uuid),
  private.find_invitation(text), private.accept_invitation(text), private.decline_invitation(text),
  private.revoke_invitation(uuid), public.invite_member(text, public.app_role, uuid), public.accept_invitation(text),
  public.decline_invitation(text), public.revoke_invitation(uuid) from public, anon, authenticated, service_role;
grant execute on function private.invite_member(text, public.app_role, uuid), private.accept_invitation(text),
  private.decline_invitation(text), private.revoke_invitation(uuid), public.invite_member(text, public.app_role, uuid),
  public.accept_invitation(text), public.decline_invitation(text), public.revoke_invitation(uuid) to authenticated;
