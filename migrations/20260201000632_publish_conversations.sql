-- Conversations, their messages, and notifications: each for its owner alone, deletes by what clients filter.
comment on index dashboard.notifications_user_id_id_key is
  'Replica identity: a subscription to the notifications of a user hears of deletes too.';

alter table dashboard.notifications replica identity using index notifications_user_id_id_key;
alter table dashboard.conversations replica identity using index conversations_user_id_id_key;
alter table dashboard.messages replica identity using index messages_user_id_conversation_id_id_key;

alter publication supabase_realtime add table dashboard.notifications, dashboard.conversations, dashboard.messages;
