-- What a deleted notification is known by, to whom it was for. Alone in its file, to be built beside other work.
create unique index concurrently notifications_user_id_id_key on dashboard.notifications (user_id, id);
