-- Rules that hold for the whole schema; invariants.sql explains each. A failure lists the offenders.
begin;
select plan((select count(*)::integer from tests.rules()) + 3);

select is_empty(format('select tests.violations(%L)', r.rule), r.sentence) from tests.rules() as r order by r.rule;

select is_empty('select tests.stale_exceptions()', 'every exception to a rule is still needed');

select is_empty('select tests.published_tables()', 'realtime publishes only the tables meant for it: none yet');

-- A new function must be written here before a user may call it. Private ones stand behind a policy, a column default
-- or a public function of the same name: no API role reaches them otherwise.
select bag_eq('select * from tests.callable_functions()', $$ values
  ('dashboard.important_tasks(boolean)', 'stable', 'authenticated'),
  ('dashboard.move_task(bigint,bigint,bigint,bigint)', 'volatile', 'authenticated'),
  ('dashboard.my_day()', 'stable', 'authenticated'),
  ('dashboard.overdue_tasks()', 'stable', 'authenticated'),
  ('dashboard.parent_task(dashboard.tasks)', 'stable', 'authenticated'),
  ('dashboard.planned_tasks(boolean)', 'stable', 'authenticated'),
  ('dashboard.subtask_completed(dashboard.tasks)', 'stable', 'authenticated'),
  ('dashboard.subtask_total(dashboard.tasks)', 'stable', 'authenticated'),
  ('dashboard.subtasks(dashboard.tasks)', 'stable', 'authenticated'),
  ('dashboard.task_count(dashboard.task_lists)', 'stable', 'authenticated'),
  ('public.accept_invitation(text)', 'volatile', 'authenticated'),
  ('public.active_workspace()', 'stable', 'authenticated'),
  ('public.create_workspace(text)', 'volatile', 'authenticated'),
  ('public.decline_invitation(text)', 'volatile', 'authenticated'),
  ('public.delete_account()', 'volatile', 'authenticated'),
  ('public.invite_member(text,public.app_role,uuid)', 'volatile', 'authenticated'),
  ('public.leave_workspace(uuid)', 'volatile', 'authenticated'),
  ('public.remove_member(uuid,uuid)', 'volatile', 'authenticated'),
  ('public.revoke_invitation(uuid)', 'volatile', 'authenticated'),
  ('public.set_member_role(uuid,uuid,public.app_role)', 'volatile', 'authenticated'),
  ('public.set_user_pref(text,jsonb)', 'volatile', 'authenticated'),
  ('public.switch_workspace(uuid)', 'volatile', 'authenticated'),
  ('public.transfer_admin(uuid,uuid)', 'volatile', 'authenticated'),
  ('private.accept_invitation(text)', 'volatile', 'authenticated'),
  ('private.active_workspace()', 'stable', 'authenticated'),
  ('private.create_workspace(text)', 'volatile', 'authenticated'),
  ('private.decline_invitation(text)', 'volatile', 'authenticated'),
  ('private.delete_account()', 'volatile', 'authenticated'),
  ('private.invite_member(text,public.app_role,uuid)', 'volatile', 'authenticated'),
  ('private.my_time_zone()', 'stable', 'authenticated'),
  ('private.my_today()', 'stable', 'authenticated'),
  ('private.my_workspace_ids(public.app_role)', 'stable', 'authenticated'),
  ('private.remove_member(uuid,uuid)', 'volatile', 'authenticated'),
  ('private.revoke_invitation(uuid)', 'volatile', 'authenticated'),
  ('private.set_member_role(uuid,uuid,public.app_role)', 'volatile', 'authenticated'),
  ('private.switch_workspace(uuid)', 'volatile', 'authenticated'),
  ('private.transfer_admin(uuid,uuid)', 'volatile', 'authenticated') $$, 'users may call the listed functions, and anon none');

select * from finish();
rollback;
