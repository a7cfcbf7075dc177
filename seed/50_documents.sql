-- Demo documents of Harbor Restoration as passages for search and the assistant. The embedding queue adds their vectors.
-- Loading this file again changes no existing row.

insert into public.documents (id, workspace_id, path, type, title, language, page_count, metadata)
select d.id::uuid, 'b0000000-0000-4000-8000-000000000001', d.path, d.type, d.title, 'en', d.pages, jsonb_build_object('source', 'demo')
from (values
  ('d0000000-0000-4000-8000-000000000001', 'handbook/drying.pdf', 'pdf', 'Drying handbook', 12),
  ('d0000000-0000-4000-8000-000000000002', 'manuals/lgr-dehumidifier.pdf', 'pdf', 'LGR dehumidifier: operating manual', 24),
  ('d0000000-0000-4000-8000-000000000003', 'handbook/photos.md', 'markdown', 'Photos for the adjuster', null),
  ('d0000000-0000-4000-8000-000000000004', 'handbook/permits.md', 'markdown', 'Permits and disposal', null),
  ('d0000000-0000-4000-8000-000000000005', 'handbook/demolition.pdf', 'pdf', 'Before demolition: asbestos and lead', 6)
) as d (id, path, type, title, pages)
on conflict on constraint documents_pkey do nothing;

insert into public.search_chunks (id, workspace_id, document_id, source_type, chunk_index, heading, text, page, token_count, meta)
select format('e0000000-0000-4000-8000-%s%s', lpad(c.document::text, 6, '0'), lpad(c.place::text, 6, '0'))::uuid,
  'b0000000-0000-4000-8000-000000000001', d.id, d.type, c.place, c.heading, c.text, c.page, char_length(c.text) / 4,
  jsonb_build_object('path', d.path)
from (values
  (1, 0, 'Goals', 2, 'Drywall is dry at 12 % moisture or less, or within two points of an unaffected wall of the same building. Subfloors of plywood are dry at 14 %, hardwood within four points of its dry standard. Record the dry standard on the first visit.'),
  (1, 1, 'Equipment', 4, 'One air mover is set for every 10 to 16 linear feet of wet wall. One LGR dehumidifier serves about 1,200 square feet of class 2 loss. Fans come out of a room after two readings in a row below its goal; dehumidifiers stay until the whole chamber is dry.'),
  (1, 2, 'Readings', 7, 'Readings are taken once a day, at the same points, with the same meter. The log names the room, the material, the point, the value, the temperature and the relative humidity. A day without readings is a day the carrier does not pay for.'),
  (1, 3, 'Categories of water', 9, 'Category 1 is clean water from a supply line. Category 2 is grey water, such as a dishwasher discharge. Category 3 is black water: sewage or flood. After 48 hours, category 1 water is treated as category 2. Carpet pad that met category 3 water is always discarded.'),
  (2, 0, 'Error codes', 18, 'E1 is a fault of the humidity sensor. E4 is a fault of the defrost sensor: clean the filter and the coil, and restart. Should E4 come back within an hour, take the machine out of service and tag it. E7 means that the condensate pump does not run.'),
  (2, 1, 'Maintenance', 20, 'The filter is cleaned after every job and replaced every three months. The coil is rinsed with clean water twice a year. Machines are stored upright; one that lay on its side stands for two hours before it is switched on.'),
  (3, 0, 'What the adjuster needs', null, 'Each affected wall is photographed from the door, then the meter on the wall with its reading visible. Of every appliance that failed, photograph the data plate with the serial number. Contents are photographed before they are moved.'),
  (3, 1, 'Naming', null, 'Photos are named by job number, room and date. They are uploaded on the day they were taken; a photo that is uploaded a week later needs a note that says why.'),
  (4, 0, 'Dumpsters', null, 'A dumpster on a public street needs a permit of the Department of Public Works, which takes five working days and costs 40 dollars a week. On private ground no permit is needed, but the driveway is protected with planks.'),
  (4, 1, 'Refrigerants and appliances', null, 'Cape Ann Disposal takes appliances on Thursdays. Refrigerators and air conditioners go there with a certificate that the refrigerant was recovered.'),
  (5, 0, 'When a test is needed', 2, 'In buildings from before 1980, materials that are to be removed are tested for asbestos first: drywall compound, floor tiles, mastic, pipe wrap, popcorn ceilings. No demolition starts before the result is in the file. The laboratory takes two working days.'),
  (5, 1, 'Lead paint', 4, 'In housing from before 1978, the renovation rule for lead applies to more than six square feet of painted surface inside: the owner receives the pamphlet, a certified renovator sets up containment, and the cleaning is verified.')
) as c (document, place, heading, page, text)
join public.documents as d on d.id = format('d0000000-0000-4000-8000-%s', lpad(c.document::text, 12, '0'))::uuid
on conflict on constraint search_chunks_pkey do nothing;
