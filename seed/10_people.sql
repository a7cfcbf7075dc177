-- Demo users: the workspaces "Harbor Restoration" and "Lakeside Estimating", one user who belongs to both, and one who belongs
-- to neither. For local development only.
--
-- Everyone's password is  plinth-demo-2026
--
--   olivia@harbor.example     admin     of Harbor Restoration
--   marcus@harbor.example     manager   of Harbor Restoration, employee of Lakeside Estimating
--   elena@harbor.example      employee  of Harbor Restoration
--   tom@harbor.example        employee  of Harbor Restoration
--   nora@lakeside.example     admin     of Lakeside Estimating
--   sam@elsewhere.example     only their own personal workspace
--
-- jordan@harbor.example is invited to Harbor Restoration: sign up with that address, then
-- accept_invitation('plinth-demo-invitation').
-- Loading this file again changes no existing row.

with
demo as materialized (
  select extensions.crypt('plinth-demo-2026', extensions.gen_salt('bf', 10)) as password
),
people (id, email, metadata) as (
  values
    ('a0000000-0000-4000-8000-000000000001'::uuid, 'olivia@harbor.example',
      '{"display_name": "Olivia Hart", "time_zone": "America/New_York"}'::jsonb),
    ('a0000000-0000-4000-8000-000000000002', 'marcus@harbor.example',
      '{"display_name": "Marcus Bell", "time_zone": "America/New_York"}'),
    ('a0000000-0000-4000-8000-000000000003', 'elena@harbor.example',
      '{"display_name": "Elena Ruiz", "time_zone": "America/Chicago"}'),
    ('a0000000-0000-4000-8000-000000000004', 'tom@harbor.example',
      '{"display_name": "Tom Becker", "time_zone": "America/New_York"}'),
    ('a0000000-0000-4000-8000-000000000005', 'nora@lakeside.example',
      '{"display_name": "Nora Lindgren", "time_zone": "America/Denver"}'),
    ('a0000000-0000-4000-8000-000000000006', 'sam@elsewhere.example',
      '{"display_name": "Sam Okafor", "time_zone": "Europe/London"}')
)
insert into auth.users (
  instance_id, id, aud, role, email, encrypted_password, email_confirmed_at, raw_app_meta_data, raw_user_meta_data,
  created_at, updated_at, confirmation_token, recovery_token, email_change_token_new, email_change
)
select
  '00000000-0000-0000-0000-000000000000', p.id, 'authenticated', 'authenticated', p.email, d.password, now(),
  '{"provider": "email", "providers": ["email"]}', p.metadata,
  -- The Auth service reads these four as text and fails on null.
  now(), now(), '', '', '', ''
from people as p cross join demo as d
on conflict do nothing;

insert into auth.identities (id, user_id, provider_id, provider, identity_data, created_at, updated_at)
select u.id, u.id, u.id::text, 'email',
  jsonb_build_object('sub', u.id, 'email', u.email, 'email_verified', true, 'phone_verified', false), now(), now()
from auth.users as u
where u.id between 'a0000000-0000-4000-8000-000000000001' and 'a0000000-0000-4000-8000-000000000006'
on conflict do nothing;

insert into public.workspaces (id, name) values
  ('b0000000-0000-4000-8000-000000000001', 'Harbor Restoration'),
  ('b0000000-0000-4000-8000-000000000002', 'Lakeside Estimating')
on conflict do nothing;

-- Joining a workspace makes it the active one; Marcus starts in Harbor Restoration.
with
members (workspace_id, user_id, role, starts_here) as (
  values
    ('b0000000-0000-4000-8000-000000000001'::uuid, 'a0000000-0000-4000-8000-000000000001'::uuid, 'admin'::public.app_role, true),
    ('b0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000002', 'manager', true),
    ('b0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000003', 'employee', true),
    ('b0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000004', 'employee', true),
    ('b0000000-0000-4000-8000-000000000002', 'a0000000-0000-4000-8000-000000000005', 'admin', true),
    ('b0000000-0000-4000-8000-000000000002', 'a0000000-0000-4000-8000-000000000002', 'employee', false)
),
joined as (
  insert into public.workspace_members (workspace_id, user_id, role, display_name, avatar_url)
  select m.workspace_id, m.user_id, m.role, p.display_name, p.avatar_url
  from members as m join public.profiles as p on p.id = m.user_id
  on conflict do nothing
  returning workspace_id, user_id
)
update public.profiles as p
set active_workspace_id = j.workspace_id
from joined as j join members as m on m.workspace_id = j.workspace_id and m.user_id = j.user_id
where p.id = j.user_id and m.starts_here;

insert into public.workspace_invitations (id, workspace_id, email, role, invited_by, expires_at) values
  ('c0000000-0000-4000-8000-000000000001', 'b0000000-0000-4000-8000-000000000001', 'jordan@harbor.example', 'employee',
   'a0000000-0000-4000-8000-000000000001', now() + interval '30 days')
on conflict do nothing;
insert into private.invitation_tokens (workspace_id, invitation_id, digest)
select i.workspace_id, i.id, sha256(convert_to('plinth-demo-invitation', 'UTF8'))
from public.workspace_invitations as i
where i.id = 'c0000000-0000-4000-8000-000000000001'
on conflict do nothing;
