-- Demo notes, inbox items and notifications of the users in 10_people.sql, dated in the days before loading.
-- One statement, only for users without notes, so loading this file again changes no existing row.

with
fresh as materialized (
  select p.id as user_id, right(p.id::text, 1)::integer as person, private.today_of(p.id) as today, p.time_zone,
    (select j.job_number from business.jobs as j
     join public.workspace_members as m on m.workspace_id = j.workspace_id and m.user_id = p.id
     order by j.created_at desc, j.id desc limit 1) as job_number
  from public.profiles as p
  where p.id between 'a0000000-0000-4000-8000-000000000001' and 'a0000000-0000-4000-8000-000000000006'
    and not exists (select from dashboard.notes as n where n.user_id = p.id)
),
-- 1 Olivia, owner; 2 Marcus, project manager; 3 Elena and 4 Tom, technicians; 5 Nora, estimator; 6 Sam, in no team
-- {job} is replaced by a link to a job of the owner's workspace, if there is one
note (person, days, title, type, content, attendees, pinned, favorite) as (
  values
    (1, 40, 'Company handbook', 'reference', E'# Company handbook\n\n- [[On-call rota]]\n- [[Pricing rules]]\n- [[Hiring plan]]\n\nChanges go through [[Weekly review]].', '{}'::text[], true, true),
    (1, 38, 'On-call rota', 'reference', E'Two people a week, handover on Monday at 8.\n\nWho swaps writes it here and tells Marcus. See also [[Company handbook]].', '{}', false, false),
    (1, 35, 'Pricing rules', 'reference', E'Carriers: the list of the region, no discount below **5 000**.\nPrivate: deposit of a third before work begins.\n\nOpen: after-hours rate, see [[Weekly review|the review]].', '{}', false, true),
    (1, 12, 'Hiring plan', 'plan', E'One technician now, a second crew lead in spring.\n\nTrial task: set up a drying chamber in [[Training room]].', '{}', false, false),
    (1, 5, 'Weekly review', 'meeting', E'1. Receivables older than 60 days\n2. [[Pricing rules]]: after-hours rate decided, 1.5 times\n3. {job}', '{Olivia Hart,Marcus Bell}', false, false),
    (1, 1, 'Retreat ideas', 'idea', E'A day at the lake with both crews? Ask what people want first.', '{}', false, false),
    (2, 30, 'Pier Street', 'note', E'Water from the dishwasher, kitchen and hallway. {job}\n\nDrying plan in [[Drying goals]]. The owner prefers calls after 4 pm.', '{}', true, false),
    (2, 28, 'Drying goals', 'reference', E'Wood below 16 %, drywall below 12 %. Readings twice a day, same spots.\n\nUsed on [[Pier Street]] and [[Mill Lane]].', '{}', false, true),
    (2, 20, 'Mill Lane', 'note', E'Fire in the annex; the load-bearing walls are marked. Containment first.\n\nAdjuster: [[Phone list of adjusters]] is still to be written.', '{}', false, false),
    (2, 6, 'Call with the adjuster', 'meeting', E'Wants photos of the subfloor for [[Pier Street]] and a second opinion on the cabinets.', '{Marcus Bell,Dana Whitfield}', false, false),
    (2, 0, 'Journal', 'journal', E'Long day. [[Pier Street]] dries slower than planned: the hallway is at 19 %, see [[Drying goals]].', '{}', false, false),
    (3, 15, 'Moisture readings', 'note', E'| Room | Mon | Tue |\n| --- | --- | --- |\n| Kitchen | 24 | 21 |\n| Hallway | 22 | 19 |\n\nMeter 2 reads half a point high, see [[Meters]].', '{}', true, false),
    (3, 14, 'Meters', 'reference', E'Meter 1 calibrated in January. Meter 2 is due.', '{}', false, false),
    (4, 9, 'Van 2', 'note', E'Oil, filter and the loose side step. Parts are ordered; [[Filter sizes]] has the numbers.', '{}', false, false),
    (4, 8, 'Filter sizes', 'reference', E'Dehumidifier: 290 x 290. Air scrubber: 610 x 610, HEPA.', '{}', false, false),
    (5, 11, 'Bakery on Dock Road', 'note', E'Store room 4.2 by 6.1, ceiling 3.4. Ovens stay in place.\n\nPrices as in [[Price list notes]].', '{}', false, false),
    (5, 10, 'Price list notes', 'reference', E'Tile is up four percent, drywall unchanged.', '{}', false, false),
    (6, 3, 'Walking holiday', 'plan', E'Coast path, five days, train both ways. Packing list to follow.', '{}', false, false)
),
added_notes as (
  insert into dashboard.notes (user_id, title, type, content, attendees, is_pinned, is_favorite, meeting_date, created_at, updated_at)
  select f.user_id, n.title, n.type,
    replace(n.content, '{job}', coalesce('[[job:' || f.job_number || ']]', 'No job number yet.')), n.attendees, n.pinned, n.favorite,
    case n.type when 'meeting' then (f.today - n.days + time '10:00') at time zone f.time_zone end,
    now() - n.days * interval '1 day', now() - n.days * interval '20 hours'
  from note as n join fresh as f using (person)
  order by n.person, n.days desc
  returning id, user_id, title
),
tagged (person, note, tag) as (
  values
    (1, 'Pricing rules', 'Finance'), (1, 'Hiring plan', 'People'), (1, 'On-call rota', 'People'), (1, 'Weekly review', 'Finance'),
    (2, 'Pier Street', 'Water'), (2, 'Drying goals', 'Water'), (2, 'Mill Lane', 'Fire'), (2, 'Call with the adjuster', 'Adjuster'),
    (3, 'Moisture readings', 'Drying'), (4, 'Van 2', 'Maintenance'), (4, 'Filter sizes', 'Maintenance'),
    (5, 'Bakery on Dock Road', 'Photos'), (6, 'Walking holiday', 'Errands')
),
added_tags as (
  insert into dashboard.note_tags (user_id, note_id, tag_id)
  select f.user_id, n.id, g.id
  from tagged as t
  join fresh as f using (person)
  join added_notes as n on n.user_id = f.user_id and n.title = t.note
  join dashboard.tags as g on g.user_id = f.user_id and g.name = t.tag
  returning note_id
),
-- note: the title of the note that the item was converted to; a dismissed item has none
item (person, hours, content, source, source_url, type, file_path, mime_type, done, note) as (
  values
    (1, 2, E'Ask the bank about the equipment loan\nrate below 6 %?', 'voice', null, 'audio', 'inbox/olivia/memo-0412.m4a', 'audio/mp4', false, null),
    (1, 5, 'How restoration firms price after-hours work', 'chrome_extension', 'https://example.com/after-hours-pricing', null, null, null, false, null),
    (1, 30, 'Team day at the lake?', 'manual', null, 'note', null, null, true, 'Retreat ideas'),
    (1, 50, 'Newsletter of the supplier', 'email', null, null, null, null, true, null),
    (2, 1, 'Photo of the cabinet damage', 'mobile', null, 'photo', 'inbox/marcus/cabinet.jpg', 'image/jpeg', false, null),
    (2, 3, 'Order two more containment poles', 'manual', null, 'task', null, null, false, null),
    (2, 7, E'Fwd: Supplement request\nPlease send the revised scope by Friday.', 'email', null, null, null, null, false, null),
    (3, 4, 'Meter 2 calibration is due this month', 'voice', null, null, null, null, false, null),
    (4, 6, 'Side step of van 2 is loose', 'mobile', null, 'photo', 'inbox/tom/step.jpg', 'image/jpeg', true, 'Van 2'),
    (5, 8, 'Check the tile price again', 'manual', null, 'task', null, null, false, null),
    (6, 9, 'Renew the library card', 'manual', null, null, null, null, false, null)
),
added_items as (
  insert into dashboard.inbox_items (user_id, content, source, source_url, type, file_path, mime_type, processed, converted_to_type,
    converted_note_id, created_at)
  select f.user_id, i.content, i.source, i.source_url, i.type, i.file_path, i.mime_type, i.done, case when n.id is not null then 'note' end,
    n.id, now() - i.hours * interval '1 hour'
  from item as i
  join fresh as f using (person)
  left join added_notes as n on n.user_id = f.user_id and n.title = i.note
  order by i.person, i.hours desc
  returning id
),
told (person, hours, type, title, message, link, is_read) as (
  values
    (1, 3, 'mention', 'Marcus mentioned you', 'Can you approve the second dehumidifier for Pier Street?', '/notes', false),
    (1, 26, 'system', 'Welcome to Plinth', 'Everything of yours is in one place now.', '/', true),
    (2, 2, 'assignment', 'You are on call next week', 'Handover on Monday at 8.', '/notes', false),
    (2, 20, 'alert', 'Drying is behind plan', 'Pier Street: the hallway is at 19 %.', '/notes', false),
    (2, 26, 'system', 'Welcome to Plinth', 'Everything of yours is in one place now.', '/', true),
    (3, 5, 'assignment', 'Moisture readings at Pier Street', 'Twice a day until Friday.', '/tasks', false),
    (4, 12, 'alert', 'Van 2 is due for service', null, '/tasks', true),
    (5, 26, 'system', 'Welcome to Plinth', null, '/', false)
)
insert into dashboard.notifications (user_id, type, title, message, link, is_read, created_at)
select f.user_id, t.type, t.title, t.message, t.link, t.is_read, now() - t.hours * interval '1 hour'
from told as t join fresh as f using (person)
order by t.hours desc;
