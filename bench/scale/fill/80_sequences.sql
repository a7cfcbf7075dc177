-- Rows were given ids; the next ones follow them.
select setval(pg_get_serial_sequence(t.name, 'id'), t.last) from (values
  ('business.jobs', scale.rows(100000) + 1), ('dashboard.tasks', scale.rows(1000000) + 1), ('dashboard.notes', scale.rows(200000) + 1),
  ('dashboard.conversations', scale.rows(50000) + 1), ('dashboard.messages', scale.rows(50000) * 20 + 1)) as t (name, last);
