-- Lets one GIN index hold words beside the workspace they are in.

create extension if not exists btree_gin with schema extensions;
