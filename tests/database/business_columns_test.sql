-- What a row of the business may leave open: column by column.
begin;
select plan(13);

create table tests.columns as
select c.relname::text as relation, a.attname::text as name, a.attnotnull as required
from pg_class as c join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = 'business'::regnamespace and c.relkind = 'r';

select is(array(select c.name from tests.columns as c where c.relation = v.relation and not required order by c.name collate "C"),
  array(select n from unnest(v.open) as n order by n collate "C"), 'what may be left open in ' || v.relation)
from (values
  ('organizations', array['address', 'city', 'state', 'zip', 'phone', 'website', 'msa_signed_date', 'msa_expiration_date', 'trade_category', 'notes']),
  ('clients', array['client_type', 'phone', 'email', 'address', 'city', 'state', 'zip', 'notes']),
  ('contacts', array['organization_id', 'user_id', 'role', 'phone', 'phone_extension', 'email', 'notes']),
  ('jobs', array['client_id', 'insurance_org_id', 'address', 'city', 'state', 'zip', 'year_built', 'structure_type', 'square_footage', 'num_stories',
    'damage_source', 'damage_category', 'damage_class', 'date_of_loss', 'date_contacted', 'inspection_date', 'work_auth_signed_date', 'start_date', 'cos_date',
    'completion_date', 'claim_number', 'policy_number', 'deductible', 'notes']),
  ('job_contacts', array['role_on_project', 'assigned_date', 'notes']),
  ('notes', array['author_id', 'user_id', 'subject']),
  ('media', array['file_type', 'file_size', 'caption', 'uploaded_by', 'user_id']),
  ('estimates', array['estimate_type', 'amount', 'original_amount', 'submitted_date', 'approved_date', 'xactimate_file_path', 'notes', 'client_key']),
  ('payments', array['estimate_id', 'invoice_number', 'payment_type', 'payment_method', 'check_number', 'received_date', 'deposited_date', 'notes', 'client_key']),
  ('labor_entries', array['employee_id', 'hourly_rate', 'total_cost', 'work_category', 'description', 'created_by', 'user_id', 'client_key']),
  ('receipts', array['vendor_id', 'receipt_file_path', 'paid_by', 'created_by', 'user_id', 'client_key']),
  ('work_orders', array['description', 'budget_amount', 'approved_by', 'approved_date', 'document_file_path', 'client_key']),
  ('activity_log', array['job_id', 'job_number', 'event_subtype', 'entity_type', 'entity_id', 'old_value', 'new_value', 'amount', 'actor_id', 'user_id', 'actor_name'])
) as v (relation, open);

select * from finish();
rollback;
