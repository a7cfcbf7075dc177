-- Demo jobs of the two workspaces in 10_people.sql, with dates around today. The statements run in the order of the events and as
-- the acting user, so that job numbers, versions and the activity log are realistic. Only for workspaces without jobs, so
-- loading this file again changes no existing row.

do $$
declare
  harbor   constant uuid := 'b0000000-0000-4000-8000-000000000001';
  lakeside constant uuid := 'b0000000-0000-4000-8000-000000000002';
  event    record;
  ids      jsonb := '{}';
  job      bigint;
  me       bigint;
  heard    bigint;
  counted  integer;
begin
  if exists (select from business.jobs as j where j.workspace_id in (harbor, lakeside)) then
    return;
  end if;

  insert into business.organizations
    (workspace_id, name, org_type, phone, address, city, state, zip, has_msa, msa_signed_date, msa_expiration_date, trade_category)
  values
    (harbor, 'Harbor Restoration', 'internal', '978-555-0100', '8 Commercial Street', 'Gloucester', 'MA', '01930', false, null, null, null),
    (harbor, 'Granite Mutual Insurance', 'insurance_carrier', '800-555-0111', null, 'Concord', 'NH', '03301', false, null, null, null),
    (harbor, 'Seacoast Casualty', 'insurance_carrier', '800-555-0122', null, 'Boston', 'MA', '02110', false, null, null, null),
    (harbor, 'Pilgrim Property & Casualty', 'insurance_carrier', '800-555-0133', null, 'Plymouth', 'MA', '02360', false, null, null, null),
    (harbor, 'Brightline Claims Network', 'tpa', '800-555-0144', null, 'Hartford', 'CT', '06103', true, current_date - 400, current_date + 330, null),
    (harbor, 'Portside Building Supply', 'vendor', '978-555-0155', '30 Rogers Street', 'Gloucester', 'MA', '01930', false, null, null, 'Building materials'),
    (harbor, 'North Shore Equipment Rental', 'vendor', '978-555-0166', null, 'Beverly', 'MA', '01915', false, null, null, 'Equipment rental'),
    (harbor, 'Cape Ann Disposal', 'vendor', '978-555-0177', null, 'Gloucester', 'MA', '01930', false, null, null, 'Waste'),
    (harbor, 'Bayview Electric', 'vendor', '978-555-0188', null, 'Rockport', 'MA', '01966', true, current_date - 200, current_date + 165, 'Electrical'),
    (lakeside, 'Lakeside Estimating', 'internal', '303-555-0100', '19 Lake Avenue', 'Golden', 'CO', '80401', false, null, null, null),
    (lakeside, 'Granite Mutual Insurance', 'insurance_carrier', '800-555-0111', null, 'Concord', 'NH', '03301', false, null, null, null),
    (lakeside, 'Front Range Farm Mutual', 'insurance_carrier', '800-555-0199', null, 'Denver', 'CO', '80202', false, null, null, null);

  -- employees are contacts that are linked to members
  insert into business.contacts (workspace_id, organization_id, user_id, first_name, last_name, role, phone, email)
  select c.workspace, o.id, ('a0000000-0000-4000-8000-00000000000' || c.person)::uuid, c.first_name, c.last_name, c.role, c.phone, c.email
  from (values
    (harbor, 'Harbor Restoration', 1, 'Olivia', 'Hart', 'Owner', '978-555-0101', 'olivia@harbor.example'),
    (harbor, 'Harbor Restoration', 2, 'Marcus', 'Bell', 'Project manager', '978-555-0102', 'marcus@harbor.example'),
    (harbor, 'Harbor Restoration', 3, 'Elena', 'Ruiz', 'Technician', '978-555-0103', 'elena@harbor.example'),
    (harbor, 'Harbor Restoration', 4, 'Tom', 'Becker', 'Technician', '978-555-0104', 'tom@harbor.example'),
    (harbor, 'Granite Mutual Insurance', null, 'Dana', 'Whitcomb', 'Adjuster', '603-555-0112', 'dana.whitcomb@granite.example'),
    (harbor, 'Seacoast Casualty', null, 'Luis', 'Ortega', 'Adjuster', '617-555-0123', 'luis.ortega@seacoast.example'),
    (harbor, 'Pilgrim Property & Casualty', null, 'Priya', 'Nair', 'Claims representative', '508-555-0134', 'priya.nair@pilgrim.example'),
    (harbor, 'Brightline Claims Network', null, 'Hank', 'Morrow', 'File handler', '860-555-0145', 'hank.morrow@brightline.example'),
    (harbor, 'Portside Building Supply', null, 'Jo', 'Petrakis', 'Sales', '978-555-0156', 'jo@portside.example'),
    (harbor, 'Bayview Electric', null, 'Sol', 'Abrams', 'Master electrician', '978-555-0189', 'sol@bayview.example'),
    (lakeside, 'Lakeside Estimating', 5, 'Nora', 'Lindgren', 'Estimator', '303-555-0101', 'nora@lakeside.example'),
    (lakeside, 'Lakeside Estimating', 2, 'Marcus', 'Bell', 'Reviewer', '978-555-0102', 'marcus@harbor.example'),
    (lakeside, 'Front Range Farm Mutual', null, 'Wes', 'Calloway', 'Adjuster', '303-555-0191', 'wes@frontrange.example')
  ) as c (workspace, organization, person, first_name, last_name, role, phone, email)
  join business.organizations as o on o.workspace_id = c.workspace and o.name = c.organization;

  insert into business.clients (workspace_id, name, client_type, phone, email, address, city, state, zip) values
    (harbor, 'Margaret Whitlow', 'residential', '978-555-0201', 'm.whitlow@example.com', '18 Pier Street', 'Gloucester', 'MA', '01930'),
    (harbor, 'Daniel and Ruth Okoye', 'residential', '978-555-0202', 'okoye.family@example.com', '3 Mill Lane', 'Rockport', 'MA', '01966'),
    (harbor, 'Garden Court Condominiums', 'commercial', '978-555-0203', 'office@gardencourt.example', '12 Garden Court', 'Gloucester', 'MA', '01930'),
    (harbor, 'St. Ann Parish', 'commercial', '978-555-0204', 'parish@stann.example', '44 Church Street', 'Gloucester', 'MA', '01930'),
    (harbor, 'Peter Lindqvist', 'residential', '978-555-0205', 'p.lindqvist@example.com', '9 Beacon Road', 'Manchester', 'MA', '01944'),
    (harbor, 'Wharf Street Seafood', 'commercial', '978-555-0206', 'kitchen@wharfstreet.example', '210 Wharf Street', 'Gloucester', 'MA', '01930'),
    (harbor, 'Joan Castellano', 'residential', '978-555-0207', 'joan.c@example.com', '27 Hillcrest Avenue', 'Rockport', 'MA', '01966'),
    (harbor, 'Amir Haddad', 'residential', '978-555-0208', 'amir.haddad@example.com', '5 Spruce Lane', 'Essex', 'MA', '01929'),
    (harbor, 'Granite Street Apartments', 'commercial', '978-555-0209', 'manager@granitestreet.example', '61 Granite Street', 'Rockport', 'MA', '01966'),
    (harbor, 'Helen Marsh', 'residential', '978-555-0210', 'helen.marsh@example.com', '88 Harbor View Drive', 'Gloucester', 'MA', '01930'),
    (harbor, 'The Fisher''s Row Inn', 'commercial', '978-555-0211', 'desk@fishersrow.example', '2 Fisher''s Row', 'Rockport', 'MA', '01966'),
    (harbor, 'Carla Jensen', 'residential', '978-555-0212', 'c.jensen@example.com', '150 Washington Street', 'Gloucester', 'MA', '01930'),
    (harbor, 'Bruce Tolland', 'residential', '978-555-0213', null, '33 Bay Road', 'Essex', 'MA', '01929'),
    (lakeside, 'Dock Road Bakery', 'commercial', '303-555-0201', 'hello@dockroad.example', '14 Dock Road', 'Evergreen', 'CO', '80439'),
    (lakeside, 'Ingrid Solberg', 'residential', '303-555-0202', 'ingrid.s@example.com', '7 Orchard Way', 'Golden', 'CO', '80401'),
    (lakeside, 'Summit Avenue Dental', 'commercial', '303-555-0203', 'front@summitdental.example', '1200 Summit Avenue', 'Lakewood', 'CO', '80226'),
    (lakeside, 'Ray Delgado', 'residential', '303-555-0204', null, '5 Lakeshore Drive', 'Golden', 'CO', '80401');

  for event in
    -- days of the workspace's calendar: its people live in several time zones, so around midnight theirs differ
    select c.today + e.day as day, (c.today + e.day + e.hour) at time zone c.time_zone as at, c.id as company,
      ('a0000000-0000-4000-8000-00000000000' || e.person)::uuid as person, e.job, e.what, e.data::jsonb as data
    -- 1 Olivia, owner; 2 Marcus, project manager; 3 Elena and 4 Tom, technicians; 5 Nora, estimator. day: from today
    from (values
      -- storm damage, paid except for the last part
      (-160, time '08:40', 2, 'beacon', 'opened', '{"type": "reconstruction", "client": "Peter Lindqvist", "carrier": "Seacoast Casualty", "damage_source": "storm", "date_of_loss": -3, "claim_number": "SC-88213-04", "policy_number": "HO3-204418", "deductible": 2500, "year_built": 1962, "structure_type": "residential", "square_footage": 2140, "num_stories": 2}'),
      (-160, '09:05', 2, 'beacon', 'assigned', '{"contact": "Ortega", "role_on_project": "primary_adjuster", "is_primary_adjuster": true}'),
      (-158, '14:20', 3, 'beacon', 'noted', '{"note_type": "site_visit", "subject": "Roof and gable", "content": "A third of the shingles on the north side are gone; water came in over the guest room. Tarped."}'),
      (-157, '10:00', 2, 'beacon', 'moved', '{"status": "inspection"}'),
      (-155, '16:30', 2, 'beacon', 'estimated', '{"estimate_type": "reconstruction", "amount": 24150.00, "status": "submitted"}'),
      (-151, '09:30', 2, 'beacon', 'answered', '{"estimate_type": "reconstruction", "status": "revision_requested"}'),
      (-150, '11:10', 2, 'beacon', 'revised', '{"estimate_type": "reconstruction", "amount": 23400.00, "notes": "Without the attic insulation, which is older damage."}'),
      (-150, '15:45', 2, 'beacon', 'approved', '{"estimate_type": "reconstruction"}'),
      (-148, '07:30', 2, 'beacon', 'moved', '{"status": "active"}'),
      (-146, '17:00', 4, 'beacon', 'worked', '{"hours": 8, "hourly_rate": 38.50, "work_category": "demo"}'),
      (-145, '17:05', 3, 'beacon', 'worked', '{"hours": 8.25, "hourly_rate": 42.00, "work_category": "repair"}'),
      (-145, '12:15', 4, 'beacon', 'bought', '{"vendor": "Portside Building Supply", "expense_category": "materials", "description": "Shingles, underlayment and flashing", "amount": 4380.62, "reimbursable": false, "paid_by": "vendor_invoice"}'),
      (-140, '10:30', 1, 'beacon', 'paid', '{"amount": 11700.00, "payment_type": "initial", "payment_method": "ach", "invoice_number": "H-1041"}'),
      (-104, '09:20', 2, 'beacon', 'estimated', '{"estimate_type": "remodel", "amount": 2150.00, "status": "submitted", "notes": "The owner wants a skylight while the roof is open."}'),
      (-100, '09:40', 2, 'beacon', 'approved', '{"estimate_type": "remodel"}'),
      (-84, '16:10', 2, 'beacon', 'moved', '{"status": "complete"}'),
      (-78, '11:00', 1, 'beacon', 'paid', '{"amount": 13300.00, "payment_type": "final", "payment_method": "check", "check_number": "20418", "invoice_number": "H-1058"}'),
      (-55, '15:00', 1, 'beacon', 'moved', '{"status": "closed"}'),

      -- mold, done and paid
      (-130, '10:15', 2, 'church', 'opened', '{"type": "remediation", "client": "St. Ann Parish", "damage_source": "mold", "damage_category": "cat3", "structure_type": "commercial", "square_footage": 5200, "year_built": 1911}'),
      (-128, '13:00', 3, 'church', 'noted', '{"note_type": "site_visit", "subject": "Sacristy", "content": "Growth behind the panelling on the outer wall, about 12 m². Air samples taken."}'),
      (-126, '09:00', 2, 'church', 'estimated', '{"estimate_type": "remediation", "amount": 7980.00, "status": "submitted"}'),
      (-120, '14:00', 2, 'church', 'approved', '{"estimate_type": "remediation"}'),
      (-118, '08:00', 2, 'church', 'moved', '{"status": "active"}'),
      (-117, '16:45', 3, 'church', 'worked', '{"hours": 7.5, "hourly_rate": 42.00, "work_category": "cleanup"}'),
      (-117, '16:50', 4, 'church', 'worked', '{"hours": 7.5, "hourly_rate": 38.50, "work_category": "demo"}'),
      (-116, '12:30', 3, 'church', 'bought', '{"vendor": "North Shore Equipment Rental", "expense_category": "equipment_rental", "description": "Two negative-air machines, one week", "amount": 620.00, "reimbursable": true, "paid_by": "company_card"}'),
      (-115, '09:30', 1, 'church', 'paid', '{"amount": 2660.00, "payment_type": "initial", "payment_method": "check", "check_number": "1183"}'),
      (-95, '09:30', 1, 'church', 'paid', '{"amount": 2660.00, "payment_type": "progress", "payment_method": "check", "check_number": "1201"}'),
      (-60, '15:20', 2, 'church', 'moved', '{"status": "complete"}'),
      (-48, '09:30', 1, 'church', 'paid', '{"amount": 2660.00, "payment_type": "final", "payment_method": "check", "check_number": "1230"}'),
      (-30, '10:00', 1, 'church', 'moved', '{"status": "closed"}'),

      -- a kitchen, mostly unpaid
      (-100, '07:55', 2, 'wharf', 'opened', '{"type": "mitigation", "client": "Wharf Street Seafood", "carrier": "Pilgrim Property & Casualty", "damage_source": "sewage", "damage_category": "cat3", "damage_class": "class2", "date_of_loss": -1, "claim_number": "PPC-771902", "policy_number": "BOP-55-1180", "deductible": 5000, "structure_type": "commercial", "square_footage": 3100}'),
      (-100, '08:10', 2, 'wharf', 'assigned', '{"contact": "Nair", "role_on_project": "claims_rep"}'),
      (-99, '18:30', 4, 'wharf', 'worked', '{"hours": 10.5, "hourly_rate": 38.50, "work_category": "cleanup", "description": "Night call-out"}'),
      (-98, '09:00', 2, 'wharf', 'moved', '{"status": "active"}'),
      (-97, '11:30', 2, 'wharf', 'estimated', '{"estimate_type": "mitigation", "amount": 15600.00, "status": "submitted"}'),
      (-95, '16:00', 2, 'wharf', 'approved', '{"estimate_type": "mitigation"}'),
      (-94, '13:00', 4, 'wharf', 'bought', '{"vendor": "Cape Ann Disposal", "expense_category": "disposal", "description": "Contaminated flooring and drywall", "amount": 1145.30, "reimbursable": true, "paid_by": "vendor_invoice"}'),
      (-70, '10:20', 1, 'wharf', 'paid', '{"amount": 6000.00, "payment_type": "progress", "payment_method": "wire", "invoice_number": "H-1063"}'),
      (-33, '14:40', 1, 'wharf', 'noted', '{"note_type": "call", "subject": "Open balance", "content": "Their bookkeeper waits for the carrier. Priya says the payment is with a supervisor."}'),

      -- cancelled before the start
      (-80, '11:40', 2, 'bay', 'opened', '{"type": "mitigation", "client": "Bruce Tolland", "carrier": "Granite Mutual Insurance", "damage_source": "water", "damage_category": "cat1", "date_of_loss": -2, "claim_number": "GM-2290-118"}'),
      (-77, '15:00', 2, 'bay', 'estimated', '{"estimate_type": "mitigation", "amount": 4100.00, "status": "submitted"}'),
      (-68, '09:15', 2, 'bay', 'answered', '{"estimate_type": "mitigation", "status": "denied"}'),
      (-66, '09:30', 2, 'bay', 'noted', '{"note_type": "call", "subject": "Coverage denied", "content": "Gradual leak, not covered. He will do it himself."}'),
      (-66, '09:35', 2, 'bay', 'moved', '{"status": "cancelled"}'),

      -- two jobs of one client: dried out, then rebuilt
      (-70, '06:50', 2, 'garden', 'opened', '{"type": "mitigation", "client": "Garden Court Condominiums", "carrier": "Pilgrim Property & Casualty", "damage_source": "water", "damage_category": "cat2", "damage_class": "class3", "date_of_loss": 0, "claim_number": "PPC-780044", "policy_number": "CP-90-3321", "deductible": 10000, "structure_type": "multi-family", "num_stories": 3, "year_built": 1986}'),
      (-70, '07:05', 2, 'garden', 'assigned', '{"contact": "Morrow", "role_on_project": "claims_rep", "is_tpa": true}'),
      (-70, '07:30', 2, 'garden', 'moved', '{"status": "active"}'),
      (-69, '17:30', 3, 'garden', 'worked', '{"hours": 9, "hourly_rate": 42.00, "work_category": "drying"}'),
      (-69, '17:35', 4, 'garden', 'worked', '{"hours": 9, "hourly_rate": 38.50, "work_category": "drying"}'),
      (-66, '12:10', 3, 'garden', 'worked', '{"hours": 2.75, "hourly_rate": 42.00, "work_category": "monitoring"}'),
      (-64, '10:00', 2, 'garden', 'estimated', '{"estimate_type": "mitigation", "amount": 6230.40, "status": "submitted"}'),
      (-60, '11:25', 2, 'garden', 'approved', '{"estimate_type": "mitigation"}'),
      (-58, '13:30', 3, 'garden', 'bought', '{"vendor": "North Shore Equipment Rental", "expense_category": "equipment_rental", "description": "Four air scrubbers", "amount": 880.00, "reimbursable": true, "paid_by": "company_card"}'),
      (-45, '10:40', 1, 'garden', 'paid', '{"amount": 4000.00, "payment_type": "progress", "payment_method": "ach", "invoice_number": "H-1069"}'),
      (-42, '09:00', 2, 'garden court 2', 'opened', '{"type": "reconstruction", "client": "Garden Court Condominiums", "carrier": "Pilgrim Property & Casualty", "damage_source": "water", "date_of_loss": -28, "claim_number": "PPC-780044", "policy_number": "CP-90-3321", "structure_type": "multi-family"}'),
      (-40, '15:10', 2, 'garden court 2', 'estimated', '{"estimate_type": "reconstruction", "amount": 19900.00, "status": "submitted"}'),
      (-37, '10:05', 2, 'garden court 2', 'answered', '{"estimate_type": "reconstruction", "status": "revision_requested"}'),
      (-36, '16:40', 2, 'garden court 2', 'revised', '{"estimate_type": "reconstruction", "amount": 18750.00}'),
      (-35, '09:50', 1, 'garden court 2', 'approved', '{"estimate_type": "reconstruction"}'),
      (-34, '08:00', 2, 'garden court 2', 'moved', '{"status": "active"}'),
      (-30, '10:30', 1, 'garden court 2', 'paid', '{"amount": 9375.00, "payment_type": "initial", "payment_method": "ach", "invoice_number": "H-1074"}'),
      (-26, '16:55', 4, 'garden court 2', 'worked', '{"hours": 8, "hourly_rate": 38.50, "work_category": "repair"}'),
      (-25, '11:45', 4, 'garden court 2', 'bought', '{"vendor": "Portside Building Supply", "expense_category": "materials", "description": "Drywall, compound, primer", "amount": 1290.75, "reimbursable": false, "paid_by": "vendor_invoice"}'),
      (-12, '16:20', 2, 'garden', 'moved', '{"status": "complete"}'),
      (-5, '15:50', 2, 'garden court 2', 'moved', '{"status": "complete"}'),
      (-4, '12:00', 4, 'garden court 2', 'bought', '{"vendor": "Portside Building Supply", "expense_category": "materials", "description": "Drywall brought back", "amount": -214.20, "reimbursable": false, "paid_by": "vendor_invoice"}'),
      (-3, '09:00', 1, 'garden court 2', 'invoiced', '{}'),

      -- a kitchen paid by its owner
      (-58, '17:20', 2, 'hillcrest', 'opened', '{"type": "remodel", "client": "Joan Castellano", "structure_type": "residential", "square_footage": 1680, "year_built": 1974, "num_stories": 1}'),
      (-54, '10:45', 2, 'hillcrest', 'estimated', '{"estimate_type": "remodel", "amount": 32000.00, "status": "submitted"}'),
      (-50, '18:05', 2, 'hillcrest', 'approved', '{"estimate_type": "remodel"}'),
      (-48, '09:10', 1, 'hillcrest', 'paid', '{"amount": 10000.00, "payment_type": "initial", "payment_method": "check", "check_number": "557"}'),
      (-46, '07:45', 2, 'hillcrest', 'moved', '{"status": "active"}'),
      (-45, '08:15', 2, 'hillcrest', 'ordered', '{"title": "Tear out the old kitchen", "budget_amount": 2400.00, "status": "approved"}'),
      (-44, '16:30', 4, 'hillcrest', 'worked', '{"hours": 8, "hourly_rate": 38.50, "work_category": "demo"}'),
      (-43, '08:30', 2, 'hillcrest', 'ordered', '{"title": "New circuits and range hood", "description": "Bayview Electric", "budget_amount": 3850.00, "status": "draft"}'),
      (-41, '09:00', 2, 'hillcrest', 'order moved', '{"title": "New circuits and range hood", "status": "approved"}'),
      (-38, '15:15', 4, 'hillcrest', 'order moved', '{"title": "Tear out the old kitchen", "status": "completed"}'),
      (-29, '14:00', 2, 'hillcrest', 'bought', '{"vendor": "Bayview Electric", "expense_category": "subcontractor", "description": "Circuits, first invoice", "amount": 1925.00, "reimbursable": false, "paid_by": "vendor_invoice"}'),
      (-27, '12:40', 3, 'hillcrest', 'bought', '{"vendor": "Portside Building Supply", "expense_category": "materials", "description": "Cabinet boxes", "amount": 6140.00, "reimbursable": false, "paid_by": "vendor_invoice"}'),
      (-20, '10:10', 1, 'hillcrest', 'paid', '{"amount": 8000.00, "payment_type": "progress", "payment_method": "check", "check_number": "571"}'),
      (-12, '10:15', 1, 'hillcrest', 'paid', '{"amount": -500.00, "payment_type": "other", "payment_method": "check", "check_number": "2207", "notes": "She bought the faucet herself."}'),
      (-2, '16:40', 3, 'hillcrest', 'worked', '{"hours": 6.5, "hourly_rate": 42.00, "work_category": "repair"}'),

      -- a fire, with a revision requested from the adjuster
      (-40, '05:30', 2, 'mill', 'opened', '{"type": "reconstruction", "client": "Daniel and Ruth Okoye", "carrier": "Seacoast Casualty", "damage_source": "fire", "date_of_loss": -1, "claim_number": "SC-90007-11", "policy_number": "HO5-118820", "deductible": 2500, "structure_type": "residential", "square_footage": 2600, "num_stories": 2, "year_built": 1938}'),
      (-40, '05:45', 2, 'mill', 'assigned', '{"contact": "Ortega", "role_on_project": "primary_adjuster", "is_primary_adjuster": true}'),
      (-40, '05:50', 2, 'mill', 'assigned', '{"contact": "Ruiz", "role_on_project": "technician"}'),
      (-39, '13:30', 3, 'mill', 'noted', '{"note_type": "site_visit", "subject": "Kitchen and back stairs", "content": "Fire was held in the kitchen; smoke on both floors. Asbestos suspected in the old tile."}'),
      (-38, '09:00', 2, 'mill', 'moved', '{"status": "inspection"}'),
      (-33, '17:10', 2, 'mill', 'estimated', '{"estimate_type": "reconstruction", "amount": 64250.00, "status": "submitted"}'),
      (-31, '10:00', 2, 'mill', 'estimated', '{"estimate_type": "abatement", "amount": 4300.00, "status": "submitted"}'),
      (-26, '11:20', 2, 'mill', 'answered', '{"estimate_type": "reconstruction", "status": "revision_requested"}'),
      (-25, '14:30', 2, 'mill', 'approved', '{"estimate_type": "abatement"}'),
      (-24, '16:00', 2, 'mill', 'revised', '{"estimate_type": "reconstruction", "amount": 61900.00, "notes": "Cabinets as found, not as wished."}'),
      (-21, '10:50', 1, 'mill', 'approved', '{"estimate_type": "reconstruction"}'),
      (-20, '07:30', 2, 'mill', 'moved', '{"status": "active"}'),
      (-19, '08:00', 2, 'mill', 'ordered', '{"title": "Demolition of the kitchen", "budget_amount": 12000.00, "status": "approved"}'),
      (-18, '17:00', 3, 'mill', 'worked', '{"hours": 8.5, "hourly_rate": 42.00, "work_category": "demo"}'),
      (-18, '17:05', 4, 'mill', 'worked', '{"hours": 8.5, "hourly_rate": 38.50, "work_category": "demo"}'),
      (-17, '11:00', 3, 'mill', 'bought', '{"vendor": "Cape Ann Disposal", "expense_category": "disposal", "description": "Thirty-yard dumpster", "amount": 695.00, "reimbursable": true, "paid_by": "vendor_invoice"}'),
      (-15, '10:00', 1, 'mill', 'paid', '{"amount": 20000.00, "payment_type": "initial", "payment_method": "wire", "invoice_number": "H-1077"}'),
      (-9, '09:30', 2, 'mill', 'ordered', '{"title": "Rewire the kitchen", "description": "Bayview Electric", "budget_amount": 8500.00, "status": "draft"}'),
      (-8, '13:15', 2, 'mill', 'noted', '{"note_type": "email", "subject": "Ordinance and law", "content": "Asked Luis whether the stairs have to meet today''s code; sent the inspector''s letter."}'),
      (-6, '16:45', 3, 'mill', 'worked', '{"hours": 4, "hourly_rate": 42.00, "work_category": "cleanup", "billable": false, "description": "Cleaned the van after soot"}'),

      -- water in a kitchen and a hallway, drying now
      (-24, '06:20', 2, 'pier', 'opened', '{"type": "mitigation", "client": "Margaret Whitlow", "carrier": "Granite Mutual Insurance", "damage_source": "water", "damage_category": "cat2", "damage_class": "class2", "date_of_loss": -1, "claim_number": "GM-2311-076", "policy_number": "HO3-771204", "deductible": 1000, "structure_type": "residential", "square_footage": 1450, "num_stories": 2, "year_built": 1927}'),
      (-24, '06:30', 2, 'pier', 'assigned', '{"contact": "Whitcomb", "role_on_project": "primary_adjuster", "is_primary_adjuster": true}'),
      (-24, '06:32', 2, 'pier', 'assigned', '{"contact": "Bell", "role_on_project": "project_manager"}'),
      (-24, '06:33', 2, 'pier', 'assigned', '{"contact": "Becker", "role_on_project": "technician"}'),
      (-24, '09:40', 3, 'pier', 'noted', '{"note_type": "site_visit", "subject": "First readings", "content": "Supply line of the dishwasher. Kitchen and hallway wet to 40 cm, subfloor at 28 %. Six air movers, two dehumidifiers."}'),
      (-24, '10:00', 2, 'pier', 'moved', '{"status": "active"}'),
      (-24, '18:00', 3, 'pier', 'worked', '{"hours": 7.25, "hourly_rate": 42.00, "work_category": "drying"}'),
      (-24, '18:05', 4, 'pier', 'worked', '{"hours": 7.25, "hourly_rate": 38.50, "work_category": "drying"}'),
      (-23, '08:30', 2, 'pier', 'ordered', '{"title": "Dry kitchen and hallway", "budget_amount": 3600.00, "status": "approved"}'),
      (-23, '17:30', 3, 'pier', 'worked', '{"hours": 1.5, "hourly_rate": 42.00, "work_category": "monitoring"}'),
      (-22, '15:30', 2, 'pier', 'estimated', '{"estimate_type": "mitigation", "amount": 9840.50, "status": "submitted"}'),
      (-20, '10:30', 2, 'pier', 'answered', '{"estimate_type": "mitigation", "status": "revision_requested"}'),
      (-20, '10:40', 2, 'pier', 'noted', '{"note_type": "email", "subject": "Days of equipment", "content": "Dana accepts four days of drying, not five."}'),
      (-19, '14:10', 2, 'pier', 'revised', '{"estimate_type": "mitigation", "amount": 9412.75}'),
      (-18, '09:25', 2, 'pier', 'approved', '{"estimate_type": "mitigation"}'),
      (-17, '11:00', 1, 'pier', 'paid', '{"amount": 1000.00, "payment_type": "deductible", "payment_method": "credit"}'),
      (-16, '12:20', 4, 'pier', 'bought', '{"vendor": "North Shore Equipment Rental", "expense_category": "equipment_rental", "description": "Injectidry panels", "amount": 412.50, "reimbursable": true, "paid_by": "company_card"}'),
      (-10, '10:00', 1, 'pier', 'paid', '{"amount": 5000.00, "payment_type": "initial", "payment_method": "check", "check_number": "88120"}'),
      (-3, '16:00', 2, 'pier', 'estimated', '{"estimate_type": "reconstruction", "amount": 6875.00, "status": "draft", "notes": "Supplement: subfloor and base cabinets."}'),
      (-1, '08:45', 3, 'pier', 'noted', '{"note_type": "documentation", "subject": "Drying log", "content": "All four rooms at 12 % or below; subfloor at 15 %."}'),

      -- not started yet
      (-14, '13:45', 2, 'harbor view', 'opened', '{"type": "abatement", "client": "Helen Marsh", "structure_type": "residential", "year_built": 1956}'),
      (-13, '09:00', 2, 'harbor view', 'moved', '{"status": "pending"}'),
      (-11, '17:15', 2, 'harbor view', 'estimated', '{"estimate_type": "abatement", "amount": 3290.00, "status": "draft"}'),
      (-9, '10:30', 2, 'granite', 'opened', '{"type": "mitigation", "client": "Granite Street Apartments", "carrier": "Granite Mutual Insurance", "damage_source": "water", "damage_category": "cat1", "date_of_loss": -2, "claim_number": "GM-2318-204", "structure_type": "multi-family", "num_stories": 4}'),
      (-8, '11:00', 4, 'granite', 'noted', '{"note_type": "site_visit", "subject": "Units 3B and 2B", "content": "Toilet supply line. Ceiling of 2B wet; carpet of 3B can be saved."}'),
      (-7, '09:10', 2, 'granite', 'moved', '{"status": "pending"}'),
      (-6, '15:00', 2, 'granite', 'estimated', '{"estimate_type": "mitigation", "amount": 5480.00, "status": "submitted"}'),
      (-6, '12:25', 2, 'washington', 'opened', '{"type": "remediation", "client": "Carla Jensen", "damage_source": "mold", "structure_type": "residential"}'),
      (-6, '12:30', 2, 'washington', 'noted', '{"note_type": "call", "subject": "Musty bedroom", "content": "She sends photos tonight; wants to know whether the insurance pays."}'),
      (-4, '08:20', 2, 'spruce', 'opened', '{"type": "mitigation", "client": "Amir Haddad", "carrier": "Seacoast Casualty", "damage_source": "water", "damage_category": "cat1", "date_of_loss": -1, "claim_number": "SC-90101-02", "structure_type": "residential"}'),
      (-3, '14:30', 2, 'spruce', 'moved', '{"status": "inspection"}'),
      (-1, '16:50', 1, 'fisher', 'opened', '{"type": "remodel", "client": "The Fisher''s Row Inn", "structure_type": "commercial", "num_stories": 3}'),

      -- the other workspace
      (-75, '09:00', 5, 'lakeside shore', 'opened', '{"type": "mitigation", "client": "Ray Delgado", "carrier": "Front Range Farm Mutual", "damage_source": "water", "date_of_loss": -2, "claim_number": "FR-4410"}'),
      (-74, '10:00', 5, 'lakeside shore', 'estimated', '{"estimate_type": "mitigation", "amount": 2870.00, "status": "submitted"}'),
      (-71, '10:00', 5, 'lakeside shore', 'approved', '{"estimate_type": "mitigation"}'),
      (-60, '10:00', 5, 'lakeside shore', 'paid', '{"amount": 2870.00, "payment_type": "final", "payment_method": "ach"}'),
      (-52, '10:00', 5, 'lakeside shore', 'moved', '{"status": "closed"}'),
      (-11, '11:30', 5, 'lakeside dock', 'opened', '{"type": "reconstruction", "client": "Dock Road Bakery", "carrier": "Granite Mutual Insurance", "damage_source": "fire", "date_of_loss": -5, "claim_number": "GM-2320-011", "structure_type": "commercial", "square_footage": 1900}'),
      (-10, '09:00', 5, 'lakeside dock', 'moved', '{"status": "active"}'),
      (-2, '17:40', 5, 'lakeside dock', 'estimated', '{"estimate_type": "reconstruction", "amount": 27300.00, "status": "draft", "notes": "The store room is measured; electrical line items are missing."}'),
      (-8, '15:20', 5, 'lakeside summit', 'opened', '{"type": "reconstruction", "client": "Summit Avenue Dental", "carrier": "Front Range Farm Mutual", "damage_source": "storm", "date_of_loss": -6, "claim_number": "FR-4467"}'),
      (-7, '08:30', 2, 'lakeside summit', 'noted', '{"note_type": "internal", "subject": "Roof section", "content": "Hail on the west slope only; priced as a partial replacement."}'),
      (-6, '10:10', 5, 'lakeside summit', 'moved', '{"status": "pending"}'),
      (-5, '10:30', 5, 'lakeside summit', 'estimated', '{"estimate_type": "reconstruction", "amount": 11460.00, "status": "submitted"}'),
      (-3, '13:00', 5, 'lakeside orchard', 'opened', '{"type": "mitigation", "client": "Ingrid Solberg", "damage_source": "flood", "date_of_loss": -1, "structure_type": "residential"}')
    ) as e (day, hour, person, job, what, data)
    cross join lateral (
      select z.id, z.time_zone, (now() at time zone z.time_zone)::date as today
      from (values (harbor, 'America/New_York'), (lakeside, 'America/Denver')) as z (id, time_zone)
      where z.id = case when left(e.job, 9) = 'lakeside ' then lakeside else harbor end
    ) as c
    order by at
  loop
    perform set_config('request.jwt.claims', jsonb_build_object('sub', event.person, 'role', 'authenticated')::text, true);
    me := (select c.id from business.contacts as c where c.workspace_id = event.company and c.user_id = event.person);
    job := (ids ->> event.job)::bigint;
    heard := coalesce((select max(a.id) from business.activity_log as a where a.workspace_id = event.company), 0);

    case event.what
      when 'opened' then
        -- in the month in which the job was opened
        counted := (select c.last_number from private.job_number_counters as c
          where c.workspace_id = event.company and c.month = to_char(event.day, 'YYYYMM'));
        insert into business.jobs (workspace_id, job_number, job_type, client_id, insurance_org_id, address, city, state, zip,
          year_built, structure_type, square_footage, num_stories, damage_source, damage_category, damage_class, date_of_loss,
          date_contacted, claim_number, policy_number, deductible, created_at)
        select event.company,
          private.job_number(to_char(event.day, 'YYYYMM'), coalesce(counted, 0) + 1, event.data ->> 'type'),
          event.data ->> 'type', c.id, o.id, c.address, c.city, c.state, c.zip,
          r.year_built, r.structure_type, r.square_footage, r.num_stories, r.damage_source, r.damage_category, r.damage_class,
          event.day + (event.data ->> 'date_of_loss')::integer, event.day, r.claim_number, r.policy_number, r.deductible, event.at
        from jsonb_populate_record(null::business.jobs, event.data - 'date_of_loss') as r
        join business.clients as c on c.workspace_id = event.company and c.name = event.data ->> 'client'
        left join business.organizations as o on o.workspace_id = event.company and o.name = event.data ->> 'carrier'
        returning id into job;
        ids := ids || jsonb_build_object(event.job, job);
      when 'moved' then
        update business.jobs as j set status = event.data ->> 'status',
          inspection_date = case when event.data ->> 'status' = 'inspection' then event.day else j.inspection_date end,
          work_auth_signed_date = case when event.data ->> 'status' = 'active' then event.day else j.work_auth_signed_date end,
          start_date = case when event.data ->> 'status' = 'active' then event.day else j.start_date end,
          completion_date = case when event.data ->> 'status' in ('complete', 'closed') then coalesce(j.completion_date, event.day)
            else j.completion_date end,
          cos_date = case when event.data ->> 'status' = 'complete' then event.day else j.cos_date end
        where j.id = job;
      when 'invoiced' then
        update business.jobs as j set ready_to_invoice = true where j.id = job;
      when 'assigned' then
        insert into business.job_contacts (job_id, contact_id, role_on_project, assigned_date, is_primary_adjuster, is_tpa, created_at)
        select job, c.id, event.data ->> 'role_on_project', event.day, coalesce((event.data ->> 'is_primary_adjuster')::boolean, false),
          coalesce((event.data ->> 'is_tpa')::boolean, false), event.at
        from business.contacts as c where c.workspace_id = event.company and c.last_name = event.data ->> 'contact';
      when 'noted' then
        insert into business.notes (job_id, note_type, subject, content, created_at)
        values (job, event.data ->> 'note_type', event.data ->> 'subject', event.data ->> 'content', event.at);
      when 'estimated', 'revised' then
        insert into business.estimates (job_id, estimate_type, amount, original_amount, status, submitted_date, notes, created_at)
        values (job, event.data ->> 'estimate_type', (event.data ->> 'amount')::numeric,
          (select e.original_amount from business.estimates as e
           where e.job_id = job and e.estimate_type = event.data ->> 'estimate_type' order by e.version limit 1),
          coalesce(event.data ->> 'status', 'revision'),
          case when event.data ->> 'status' is distinct from 'draft' then event.day end, event.data ->> 'notes', event.at);
      when 'answered', 'approved' then
        update business.estimates as e set status = coalesce(event.data ->> 'status', 'approved'),
          approved_date = case when event.what = 'approved' then event.day end
        where e.id = (select v.id from business.estimates as v
          where v.job_id = job and v.estimate_type = event.data ->> 'estimate_type' order by v.version desc limit 1);
      when 'paid' then
        insert into business.payments (job_id, estimate_id, amount, payment_type, payment_method, check_number, invoice_number,
          received_date, deposited_date, notes, created_at)
        select job, (select e.id from business.estimates as e where e.job_id = job and e.status = 'approved' order by e.id limit 1),
          r.amount, r.payment_type, r.payment_method, r.check_number, r.invoice_number, event.day,
          case when r.amount > 0 then event.day end, r.notes, event.at
        from jsonb_populate_record(null::business.payments, event.data) as r;
      when 'worked' then
        insert into business.labor_entries (job_id, employee_id, work_date, hours, hourly_rate, work_category, description, billable, created_at)
        select job, me, event.day, r.hours, r.hourly_rate, r.work_category, r.description, coalesce(r.billable, true), event.at
        from jsonb_populate_record(null::business.labor_entries, event.data) as r;
      when 'bought' then
        insert into business.receipts (job_id, vendor_id, expense_category, description, amount, expense_date, reimbursable, paid_by, created_at)
        select job, o.id, r.expense_category, r.description, r.amount, event.day, r.reimbursable, r.paid_by, event.at
        from jsonb_populate_record(null::business.receipts, event.data) as r
        join business.organizations as o on o.workspace_id = event.company and o.name = event.data ->> 'vendor';
      when 'ordered' then
        insert into business.work_orders (job_id, title, description, budget_amount, status, approved_date, created_at)
        select job, r.title, r.description, r.budget_amount, r.status, case when r.status = 'approved' then event.day end, event.at
        from jsonb_populate_record(null::business.work_orders, event.data) as r;
      when 'order moved' then
        update business.work_orders as w set status = event.data ->> 'status',
          approved_date = case when event.data ->> 'status' = 'approved' then event.day else w.approved_date end
        where w.job_id = job and w.title = event.data ->> 'title';
    end case;

    update business.activity_log as a set created_at = event.at where a.workspace_id = event.company and a.id > heard;
  end loop;
  perform set_config('request.jwt.claims', '', true);
end
$$;
