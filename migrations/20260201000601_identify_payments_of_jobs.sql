-- What a deleted payment is known by, to who subscribed to its job. Alone in its file, to be built beside other work.
create unique index concurrently payments_job_id_id_key on business.payments (job_id, id);
