-- Every turn of a conversation recalls: the words of a memory are taken once, when it is written.
-- The table is born in the same release: there is hardly anything to rewrite.
-- squawk-ignore adding-field-with-default
alter table public.cipher_memory add column search tsvector not null generated always as (
  to_tsvector('english', case jsonb_typeof(content) when 'string' then content #>> '{}' else content::text end)) stored;
comment on column public.cipher_memory.search is 'content_text for full-text search. Written by the database.';
