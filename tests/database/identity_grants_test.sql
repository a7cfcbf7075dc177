-- What the API roles may do with the tables of people and workspaces, column by column: anything more must be written here.
begin;
select plan(2);

create function tests.grants(grantee text) returns table (relation text, privilege text, columns text)
language sql stable
as $$
  select c.relname::text, g.privilege_type, null
  from pg_class as c cross join lateral aclexplode(c.relacl) as g
  where c.relnamespace = 'public'::regnamespace and c.relname = any ('{profiles,workspaces,workspace_members,workspace_invitations,user_prefs,feature_flags}')
    and g.grantee = grants.grantee::regrole
  union all
  select c.relname::text, g.privilege_type, string_agg(a.attname, ', ' order by a.attnum)
  from pg_class as c
  join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0
  cross join lateral aclexplode(a.attacl) as g
  where c.relnamespace = 'public'::regnamespace and c.relname = any ('{profiles,workspaces,workspace_members,workspace_invitations,user_prefs,feature_flags}')
    and g.grantee = grants.grantee::regrole
  group by 1, 2
$$;

select bag_eq($$ select * from tests.grants('authenticated') $$, $$ values
  ('profiles', 'SELECT', null), ('profiles', 'INSERT', 'id, display_name, avatar_url, time_zone'),
  ('profiles', 'UPDATE', 'id, display_name, avatar_url, time_zone'),
  ('workspaces', 'SELECT', null), ('workspaces', 'UPDATE', 'name'), ('workspaces', 'DELETE', null),
  ('workspace_members', 'SELECT', null),
  ('workspace_invitations', 'SELECT', null),
  ('user_prefs', 'SELECT', null), ('user_prefs', 'DELETE', null),
  ('user_prefs', 'INSERT', 'user_id, preferences, theme, language, week_starts_on'),
  ('user_prefs', 'UPDATE', 'user_id, preferences, theme, language, week_starts_on'),
  ('feature_flags', 'SELECT', null) $$, 'signed-in users hold exactly the listed rights');

select bag_eq($$ select 'anon', g.* from tests.grants('anon') as g union all select 'service_role', g.* from tests.grants('service_role') as g $$,
  $$ select 'service_role', t, p, null::text
     from unnest(array['profiles', 'workspaces', 'workspace_members', 'workspace_invitations', 'user_prefs', 'feature_flags']) as t,
       unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) as p $$, 'the service reads and writes every row, and anon holds no right at all');

select * from finish();
rollback;
