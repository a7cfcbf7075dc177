-- What a deleted note is known by, to who subscribed to its job. Alone in its file, to be built beside other work.
create unique index concurrently notes_job_id_id_key on business.notes (job_id, id);
