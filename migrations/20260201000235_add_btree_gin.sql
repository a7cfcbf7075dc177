-- Inverted indexes over a workspace and a text: a search never meets the words of other tenants.

create extension if not exists btree_gin with schema extensions;
