-- Extensions, all in schema extensions, which is not exposed through the API.

create extension if not exists pgcrypto with schema extensions;   -- digests and random bytes for tokens
create extension if not exists pg_trgm with schema extensions;    -- similarity of names and titles
create extension if not exists vector with schema extensions;     -- embeddings
create extension if not exists btree_gist with schema extensions; -- exclusion constraint on overlapping time entries of a user
create extension if not exists btree_gin with schema extensions;  -- inverted indexes over a workspace and a text
