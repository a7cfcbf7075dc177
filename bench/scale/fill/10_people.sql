-- Who there is: two hundred workspaces, five of which are asked, and some twelve hundred people.
--
-- Of a thousand rows, 400 belong to the first workspace, 100 to the second, 10 to the third, 1 to the fourth; the rest to
-- 195 more. Consecutive rows belong to different workspaces, as they would have come in: no workspace lies together.

create schema if not exists scale;
create table scale.tenants (place integer primary key, share text, slots int4range not null, members integer not null,
  workspace_id uuid not null default gen_random_uuid());
insert into scale.tenants (place, share, slots, members) values
  (0, '40 %', '[0, 400)', 200), (1, '10 %', '[400, 500)', 50), (2, '1 %', '[500, 510)', 10), (3, '0.1 %', '[510, 511)', 3),
  (4, 'newcomer', 'empty', 1);
insert into scale.tenants (place, slots, members) select n, 'empty', 5 from generate_series(5, 199) as n;

create table scale.people (tenant integer, member integer, user_id uuid not null default gen_random_uuid(), workspace_id uuid not null,
  primary key (tenant, member));
insert into scale.people (tenant, member, workspace_id)
select t.place, m - 1, t.workspace_id from scale.tenants as t cross join generate_series(1, t.members) as m;

insert into auth.users (id, email, aud, role)
select p.user_id, p.user_id || '@example.test', 'authenticated', 'authenticated' from scale.people as p;
insert into public.workspaces (id, name) select t.workspace_id, 'Company ' || t.place from scale.tenants as t;
insert into public.workspace_members (workspace_id, user_id, role, display_name)
select p.workspace_id, p.user_id, case when p.member = 0 then 'admin' else 'employee' end::public.app_role, 'Member ' || p.member
from scale.people as p;
update public.profiles as r set active_workspace_id = p.workspace_id from scale.people as p where p.user_id = r.id;

-- The workspace of row n, and its place among the members: an eighth of a workspace's personal rows are its first member's.
create function scale.tenant(n bigint) returns integer language sql immutable as $$
  select case when n % 1000 < 400 then 0 when n % 1000 < 500 then 1 when n % 1000 < 510 then 2 when n % 1000 < 511 then 3
    else 5 + ((n / 1000 * 489 + n % 1000) % 195)::integer end
$$;
create function scale.member(n bigint, members integer) returns integer language sql immutable as $$
  select case when members = 1 or n / 1000 % 8 = 0 then 0 else 1 + (n / 1000 * 7919 % (members - 1))::integer end
$$;
-- Row n of a table of workspaces, and of a table of people; there k numbers the rows of a first member without gaps.
create function scale.shared(rows bigint) returns table (n bigint, tenant integer, workspace_id uuid) language sql stable as $$
  select n, t.place, t.workspace_id
  from generate_series(0, rows - 1) as n join scale.tenants as t on t.place = scale.tenant(n)
$$;
create function scale.personal(rows bigint) returns table (n bigint, k bigint, tenant integer, workspace_id uuid, user_id uuid) language sql stable as $$
  select n, n / 8000 + n % 1000 * (rows / 8000), t.place, t.workspace_id, p.user_id
  from generate_series(0, rows - 1) as n join scale.tenants as t on t.place = scale.tenant(n)
  join scale.people as p on p.tenant = t.place and p.member = scale.member(n, t.members)
$$;
analyze scale.tenants, scale.people;
