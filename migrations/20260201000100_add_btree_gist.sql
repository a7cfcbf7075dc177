-- Exclusion constraints over a plain column and a range: spans of time that must not overlap for one person.

create extension if not exists btree_gist with schema extensions;
