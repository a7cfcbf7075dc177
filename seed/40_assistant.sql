-- Demo conversations of the users of Harbor Restoration in the last two weeks, the agents of their admin, and an MCP server.
-- Times count back from the moment of loading. Loading this file again changes no existing row.

insert into dashboard.agents (workspace_id, name, description, capabilities, system_prompt, model_id, tools, times_used, last_used_at) values
  ('b0000000-0000-4000-8000-000000000001', 'orchestrator', 'Takes every request and passes work on where somebody else knows more.',
    '["planning", "delegation"]', 'You run the office of a restoration company. Be brief, name the job, and say what you are unsure of.',
    'claude-sonnet-4-5', '["search_jobs", "read_file", "create_task"]', 41, now() - interval '3 hours'),
  ('b0000000-0000-4000-8000-000000000001', 'estimator', 'Reads carrier estimates line by line and finds what is missing.',
    '["estimates", "line items", "supplements"]', 'You compare estimates line by line. Quote the line, the quantity and the price; never guess one.',
    'claude-opus-4-5', '["read_file", "price_lookup"]', 17, now() - interval '1 day'),
  ('b0000000-0000-4000-8000-000000000001', 'correspondent', 'Writes to adjusters and clients in the company''s voice.',
    '["letters", "follow-up"]', 'You write short, friendly letters to adjusters. No legal language, no promises about dates.',
    'claude-haiku-4-5', '["search_jobs"]', 12, now() - interval '2 days')
on conflict on constraint agents_workspace_id_name_key do nothing;

-- Not a real token; it shows that secrets are hidden.
insert into dashboard.mcp_connections (workspace_id, name, server_type, url, config) values
  ('b0000000-0000-4000-8000-000000000001', 'moisture readings', 'http', 'https://mcp.harbor.example/readings',
    '{"type": "http", "timeout": 30, "headers": {"Authorization": "Bearer demo-only-not-a-token"}}')
on conflict on constraint mcp_connections_workspace_id_name_key do nothing;

with
fresh as materialized (
  select p.id as user_id, right(p.id::text, 1)::integer as person, m.workspace_id
  from public.profiles as p
  join public.workspace_members as m on m.user_id = p.id and m.workspace_id = 'b0000000-0000-4000-8000-000000000001'
  where p.id between 'a0000000-0000-4000-8000-000000000001' and 'a0000000-0000-4000-8000-000000000004'
    and not exists (select from dashboard.conversations as c where c.user_id = p.id)
    and not exists (select from dashboard.ai_tasks as t where t.user_id = p.id)
),
-- 1 Olivia, admin; 2 Marcus, manager; 3 Elena and 4 Tom, technicians
project (person, name, description, instructions) as (
  values
    (2, 'Pier Street', 'Kitchen and hallway after a burst supply line', 'The adjuster wants readings by room. Mention the asbestos clearance whenever demolition comes up.'),
    (1, 'Quarterly figures', null, 'Figures in whole dollars; compare with the quarter before.')
),
added_projects as (
  insert into dashboard.chat_projects (user_id, name, description, instructions)
  select f.user_id, p.name, p.description, p.instructions from project as p join fresh as f using (person)
  returning id, user_id, name
),
conversation (person, key, title, project, agent, ago, pinned, archived) as (
  values
    (1, 'aging', 'Receivables older than 60 days', 'Quarterly figures', 'orchestrator', interval '4 days 2 hours', true, false),
    (1, 'letter', 'Letter to the carrier about depreciation', null, 'correspondent', interval '11 days', false, false),
    (2, 'readings', 'Drying progress at Pier Street', 'Pier Street', 'orchestrator', interval '3 hours', true, false),
    (2, 'supplement', 'What the carrier left out', 'Pier Street', 'estimator', interval '1 day 1 hour', false, false),
    (2, 'permit', 'Dumpster permit downtown', null, null, interval '13 days', false, true),
    (3, 'photos', 'Which photos does the adjuster need', null, 'orchestrator', interval '2 days 5 hours', false, false),
    (4, 'filters', 'Dehumidifier error E4', null, null, interval '6 days 4 hours', false, false)
),
added_conversations as (
  insert into dashboard.conversations (user_id, workspace_id, chat_project_id, agent_id, session_id, title, is_pinned, archived, is_active, created_at)
  select f.user_id, f.workspace_id, p.id, a.id, 'demo-' || c.key, c.title, c.pinned, c.archived, not c.archived, now() - c.ago
  from conversation as c
  join fresh as f using (person)
  left join added_projects as p on p.user_id = f.user_id and p.name = c.project
  left join dashboard.agents as a on a.workspace_id = f.workspace_id and a.name = c.agent
  returning id, user_id, workspace_id, session_id, created_at
),
said (key, place, role, content, model, tools, input, output) as (
  values
    ('aging', 1, 'user', 'Which invoices are older than 60 days, and whom should I call first?', null, '{}'::text[], null::integer, null::integer),
    ('aging', 2, 'assistant', 'Three are. Start with Mill Lane: $8,420, 74 days, and the adjuster confirmed the scope in writing. Then Garden Court ($2,150, 66 days) and the bakery on Dock Road ($960, 61 days).', 'claude-sonnet-4-5', '{search_jobs,read_file}', 2140, 96),
    ('aging', 3, 'user', 'Draft two sentences I can say on the phone for Mill Lane.', null, '{}', null, null),
    ('aging', 4, 'assistant', '"You signed off on the scope on the 3rd and we finished on the 12th. When can we expect the payment of $8,420?"', 'claude-sonnet-4-5', '{}', 2330, 41),
    ('letter', 1, 'user', 'The carrier holds back depreciation on the Orchard Way roof. Write to them.', null, '{}', null, null),
    ('letter', 2, 'assistant', 'Dear Ms Alvarez, the roof at 7 Orchard Way is complete; the certificate and the final invoice are attached. Please release the recoverable depreciation of $3,180. Thank you, Harbor Restoration', 'claude-haiku-4-5', '{search_jobs}', 910, 72),
    ('readings', 1, 'user', 'How is the drying going at 18 Pier Street?', null, '{}', null, null),
    ('readings', 2, 'assistant', 'Kitchen subfloor is at 14 %, down from 22 % two days ago; the hallway is at 11 % and dry. The kitchen should reach its goal of 12 % tomorrow evening.', 'claude-sonnet-4-5', '{search_jobs,read_file}', 1870, 64),
    ('readings', 3, 'user', 'Can Elena take the hallway fans out?', null, '{}', null, null),
    ('readings', 4, 'assistant', 'Yes. The hallway has been below its goal for two readings in a row. I would leave the one at the kitchen door.', 'claude-sonnet-4-5', '{}', 2010, 33),
    ('supplement', 1, 'user', 'Compare our estimate for Pier Street with the carrier''s.', null, '{}', null, null),
    ('supplement', 2, 'assistant', 'Four lines are missing: containment (120 sq ft), two extra days of an air scrubber, detaching and resetting the dishwasher, and the asbestos test. Together $1,436.20 at our prices.', 'claude-opus-4-5', '{read_file,price_lookup}', 6420, 88),
    ('permit', 1, 'user', 'Do we need a permit for a dumpster on Harbor Street?', null, '{}', null, null),
    ('permit', 2, 'assistant', 'I could not find the city''s rule. Ask the permit office; last year they wanted five working days.', 'claude-haiku-4-5', '{}', 430, 25),
    ('photos', 1, 'user', 'What photos does the adjuster want for the bakery?', null, '{}', null, null),
    ('photos', 2, 'assistant', 'Each affected wall from the door, the meter on the wall with the reading visible, and the data plate of the water heater.', 'claude-sonnet-4-5', '{search_jobs}', 780, 38),
    ('filters', 1, 'user', 'LGR 3 shows E4 and stops.', null, '{}', null, null),
    ('filters', 2, 'assistant', 'E4 is the defrost sensor. Clean the filter and the coil first; if it comes back within an hour, swap the machine and tag it.', 'claude-haiku-4-5', '{}', 310, 36)
),
added_messages as (
  insert into dashboard.messages (user_id, conversation_id, role, content, model_id, model_name, tools_used, input_tokens, output_tokens, created_at)
  select c.user_id, c.id, s.role, s.content, s.model,
    case s.model when 'claude-opus-4-5' then 'Opus 4.5' when 'claude-sonnet-4-5' then 'Sonnet 4.5' when 'claude-haiku-4-5' then 'Haiku 4.5' end,
    (select coalesce(jsonb_agg(jsonb_build_object('id', 'tool-' || t.place, 'name', t.name, 'input', '{}'::jsonb, 'status', 'completed') order by t.place), '[]')
     from unnest(s.tools) with ordinality as t (name, place)),
    s.input, s.output, c.created_at + make_interval(mins => s.place)
  from said as s join added_conversations as c on c.session_id = 'demo-' || s.key
  order by c.created_at, s.place
  returning id
),
-- AI tasks of these conversations, and routine tasks of two weeks
task (person, key, ago, description, status, category, agent, model, steps, decisions, reusability, tools, seconds, quality, outcome) as (
  values
    (1, 'aging', interval '4 days 2 hours', 'Which invoices are older than 60 days, and whom should I call first?', 'completed', 'financial', 'orchestrator', 'claude-sonnet-4-5', 2, 1, 'high', '["search_jobs", "read_file"]'::jsonb, 14, 5, 'Three are. Start with Mill Lane.'),
    (1, 'letter', '11 days', 'The carrier holds back depreciation on the Orchard Way roof. Write to them.', 'completed', 'adjuster_comms', 'correspondent', 'claude-haiku-4-5', 1, 0, 'medium', '["search_jobs"]', 6, 4, 'Dear Ms Alvarez'),
    (1, null, '9 days', 'Summarise this week''s payroll', 'completed', 'admin', 'orchestrator', 'claude-sonnet-4-5', 3, 0, 'high', '["read_file"]', 11, 4, null),
    (1, null, '2 days', 'Summarise this week''s payroll', 'completed', 'admin', 'orchestrator', 'claude-sonnet-4-5', 3, 0, 'high', '["read_file"]', 10, 5, null),
    (2, 'readings', '3 hours', 'How is the drying going at 18 Pier Street?', 'completed', 'documentation', 'orchestrator', 'claude-sonnet-4-5', 2, 0, 'high', '["search_jobs", "read_file"]', 9, 5, 'Kitchen subfloor is at 14 %'),
    (2, 'supplement', '1 day 1 hour', 'Compare our estimate for Pier Street with the carrier''s.', 'completed', 'line_items', 'estimator', 'claude-opus-4-5', 7, 4, 'high', '["read_file", "price_lookup"]', 48, 5, 'Four lines are missing'),
    (2, null, '5 days', 'Compare our estimate for Mill Lane with the carrier''s.', 'completed', 'line_items', 'estimator', 'claude-opus-4-5', 6, 4, 'high', '["read_file", "price_lookup"]', 61, 4, null),
    (2, null, '8 days', 'Compare our estimate for the bakery with the carrier''s.', 'failed', 'line_items', 'estimator', 'claude-opus-4-5', 4, 2, 'high', '["read_file"]', null, null, 'The carrier''s file is a scan without text.'),
    (2, 'permit', '13 days', 'Do we need a permit for a dumpster on Harbor Street?', 'failed', 'research', 'orchestrator', 'claude-haiku-4-5', 1, 0, 'low', '[]', null, 2, 'Not found.'),
    (2, null, '6 days', 'Schedule the crew for next week', 'completed', 'scheduling', 'orchestrator', 'claude-sonnet-4-5', 5, 3, 'high', '["search_jobs", "create_task"]', 33, 4, null),
    (3, 'photos', '2 days 5 hours', 'What photos does the adjuster want for the bakery?', 'completed', 'documentation', 'orchestrator', 'claude-sonnet-4-5', 1, 0, 'medium', '["search_jobs"]', 5, 5, 'Each affected wall from the door'),
    (3, null, '7 days', 'Turn my notes into a drying log', 'completed', 'documentation', 'orchestrator', 'claude-sonnet-4-5', 2, 0, 'high', '["read_file"]', 12, 4, null),
    (3, null, '1 day', 'Turn my notes into a drying log', 'completed', 'documentation', 'orchestrator', 'claude-sonnet-4-5', 2, 0, 'high', '["read_file"]', 11, 4, null),
    (4, 'filters', '6 days 4 hours', 'LGR 3 shows E4 and stops.', 'completed', 'research', 'orchestrator', 'claude-haiku-4-5', 0, 0, 'low', '[]', 4, 5, 'E4 is the defrost sensor.'),
    (4, null, '12 days', 'Parts list for van 2', 'failed', 'other', 'orchestrator', 'claude-haiku-4-5', 1, 0, 'low', '[]', null, null, 'Cancelled by user')
),
added_tasks as (
  insert into dashboard.ai_tasks (user_id, workspace_id, conversation_id, description, status, category, agent_used, model_id, steps_required,
    decision_points, reusability, input_type, tools_used, time_to_complete, quality_rating, outcome, created_at)
  select f.user_id, f.workspace_id, c.id, t.description, t.status, t.category, t.agent, t.model, t.steps, t.decisions, t.reusability, 'text',
    t.tools, t.seconds, t.quality, t.outcome, now() - t.ago
  from task as t
  join fresh as f using (person)
  left join added_conversations as c on c.session_id = 'demo-' || t.key and c.user_id = f.user_id
  returning id, user_id, description
),
added_files as (
  insert into dashboard.files_processed (user_id, ai_task_id, filename, file_type, file_size, purpose)
  select t.user_id, t.id, v.filename, 'application/pdf', v.size, v.purpose
  from (values ('Compare our estimate for Pier Street with the carrier''s.', 'carrier-estimate.pdf', 184320, 'The carrier''s estimate'),
    ('Compare our estimate for Pier Street with the carrier''s.', 'our-estimate.pdf', 96256, 'Ours')) as v (description, filename, size, purpose)
  join added_tasks as t on t.description = v.description
)
insert into dashboard.activity_logs (workspace_id, user_id, log_type, session_id, conversation_id, data, severity, created_at)
select c.workspace_id, c.user_id, 'model', c.session_id, c.id, jsonb_build_object('duration_ms', 4200 + c.id % 900, 'status', 200), 'info', c.created_at
from added_conversations as c;
