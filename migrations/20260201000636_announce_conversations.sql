-- What happens in a conversation, for its owner's other screens and for a screen that lost its stream: no words, only
-- which messages. What concerns a user beside that, for the bell and the list of conversations.

create trigger messages_announce_on_insert after insert on dashboard.messages referencing new table as new_rows
  for each statement execute function private.announce_changes('conversation:conversation_id');
create trigger messages_announce_on_update after update on dashboard.messages
  referencing old table as old_rows new table as new_rows
  for each statement execute function private.announce_changes('conversation:conversation_id');
create trigger messages_announce_on_delete after delete on dashboard.messages referencing old table as old_rows
  for each statement execute function private.announce_changes('conversation:conversation_id');

create trigger conversations_announce_on_insert after insert on dashboard.conversations referencing new table as new_rows
  for each statement execute function private.announce_changes('conversation:id', 'user:user_id');
create trigger conversations_announce_on_update after update on dashboard.conversations
  referencing old table as old_rows new table as new_rows
  for each statement execute function private.announce_changes('conversation:id', 'user:user_id');
create trigger conversations_announce_on_delete after delete on dashboard.conversations referencing old table as old_rows
  for each statement execute function private.announce_changes('conversation:id', 'user:user_id');

create trigger notifications_announce_on_insert after insert on dashboard.notifications referencing new table as new_rows
  for each statement execute function private.announce_changes('user:user_id');
create trigger notifications_announce_on_update after update on dashboard.notifications
  referencing old table as old_rows new table as new_rows
  for each statement execute function private.announce_changes('user:user_id');
create trigger notifications_announce_on_delete after delete on dashboard.notifications referencing old table as old_rows
  for each statement execute function private.announce_changes('user:user_id');
