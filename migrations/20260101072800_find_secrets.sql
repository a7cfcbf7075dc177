-- Detects and hides secrets in the settings of an MCP server. A setting is secret because of its name (everything below
-- headers and env, and names such as token, key or password), because of its format, or because it was sent in the column
-- secrets. In doubt a setting is secret, because hiding it without need does no harm.
-- Users read {"$secret": true} in place of a secret.

create function private.is_secret_name(name text) returns boolean
language sql immutable set search_path = ''
as $$
  select n.plain ~ '(secret|password|passwd|passphrase|apikey|credential|authorization|bearer|cookie|signature|connectionstring)'
    or n.plain ~ '(token|tokens|pwd|pass|auth|key|keys|headers?|env|environment)$'
      and n.plain !~ '^(max|min|total|input|output|completion|prompt|context)tokens$'
    or n.plain in ('pat', 'dsn', 'jwt', 'sig', 'pin')
  from lower(regexp_replace(is_secret_name.name, '[^A-Za-z0-9]+', '', 'g')) as n (plain)
$$;
comment on function private.is_secret_name(text) is 'Whether a setting with this name, and everything below it, is secret.';

create function private.url_authority(url text) returns text
language sql immutable set search_path = ''
as $$
  -- As browsers and fetch() parse it: leading blanks are ignored, \ is /, and any number of slashes may follow http:.
  select substring(url_authority.url from '^[\s\x01-\x20]*(?:(?:[Hh][Tt][Tt][Pp][Ss]?|[Ww][Ss][Ss]?|[Ff][Tt][Pp]):[/\\]*|[A-Za-z][A-Za-z0-9+.-]*:[/\\]{2})[^/\\?#]*')
$$;
comment on function private.url_authority(text) is 'The beginning of a URL up to its path; null for any other text.';

create function private.public_url(url text) returns text
language sql immutable set search_path = ''
as $$
  select case when a.authority is null then public_url.url else
    regexp_replace(a.authority, '^([^:]*:[/\\]*).*@', '\1***@')
    -- A long segment of letters and digits is a key, which some servers put into the path.
    || regexp_replace(
      regexp_replace(
        regexp_replace(substr(public_url.url, char_length(a.authority) + 1),
          '([/\\])(?=[^/\\?#]*[0-9])(?=[^/\\?#]*[A-Za-z])[A-Za-z0-9_=~.%+-]{20,}(?=[/\\?#]|$)', '\1***', 'g'),
        '([?&#;][^=&#;]*(?:token|key|secret|pass|pwd|auth|sig|credential|jwt|code)[^=&#;]*=)[^&#;]+', '\1***', 'gi'),
      '([?&#;][^=&#;]+=)[A-Za-z0-9_=~.%+-]{20,}', '\1***', 'g')
    end
  from (select private.url_authority(public_url.url) as authority) as a
$$;
comment on function private.public_url(text) is
  'A URL with *** in place of its secrets: user and password, keys in the path, and parameters with the name or format of keys. Any other text is unchanged.';

create function private.looks_secret(value text) returns boolean
language sql immutable set search_path = ''
as $$
  select looks_secret.value ~* '^\s*(bearer|basic|token|digest|negotiate)\s+\S'
    or looks_secret.value ~ '-----BEGIN '
    -- Prefixes of keys of well-known services.
    or looks_secret.value ~ '(^|[^A-Za-z0-9])([sprw]k[-_]|gh[pousr]_|github_pat_|glpat-|xox[a-z]-|xapp-|AKIA|ASIA|AIza|ya29\.|sb_secret_|sbp_|npm_|pypi-|hf_|r8_|ntn_|lin_api_|SG\.|shp[a-z]{2}_|dop_v1_|whsec_|secret_|tvly-|key-)[A-Za-z0-9_-]{8}'
    or looks_secret.value ~ '(^|[^A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+'
    -- A long word of letters and digits.
    or looks_secret.value ~ '^[A-Za-z0-9_=+-]{32,}$' and looks_secret.value ~ '[0-9]' and looks_secret.value ~ '[A-Za-z]'
    -- --token=value, API_KEY=value, Authorization: value
    or coalesce(private.is_secret_name(
      substring(looks_secret.value from '^\s*-{0,2}([A-Za-z][A-Za-z0-9_.-]*)\s*[=:]\s*[^\s/]')), false)
    or private.public_url(looks_secret.value) <> looks_secret.value
$$;
comment on function private.looks_secret(text) is 'Whether a text has the format of a secret.';

create function private.merge_json(target jsonb, patch jsonb) returns jsonb
language sql immutable set search_path = ''
as $$
  select case
    when jsonb_typeof(merge_json.patch) <> 'object' then merge_json.patch
    else coalesce((
      select jsonb_object_agg(k.key, case when p.key is null then t.value else private.merge_json(t.value, p.value) end)
      from (
        select jsonb_object_keys(merge_json.patch) as key
        union
        select jsonb_object_keys(merge_json.target) where jsonb_typeof(merge_json.target) = 'object'
      ) as k
      left join lateral (select merge_json.target -> k.key as value where jsonb_typeof(merge_json.target) = 'object') as t on true
      left join jsonb_each(merge_json.patch) as p (key, value) on p.key = k.key
      where p.key is null or p.value <> 'null'
    ), '{}')
  end
$$;
comment on function private.merge_json(jsonb, jsonb) is 'A JSON merge patch (RFC 7396): objects are merged, null removes, any other value replaces.';

create function private.secret_marks(secrets jsonb) returns jsonb
language sql immutable set search_path = ''
as $$
  select case
    when jsonb_typeof(secret_marks.secrets) = 'object' and secret_marks.secrets <> '{"$secret": true}' then
      (select coalesce(jsonb_object_agg(e.key, private.secret_marks(e.value)), '{}') from jsonb_each(secret_marks.secrets) as e)
    when secret_marks.secrets = 'null' then secret_marks.secrets
    else '{"$secret": true}'
  end
$$;
comment on function private.secret_marks(jsonb) is 'The same object with a placeholder for every value.';

create function private.fill_secrets(given jsonb, shown jsonb, complete jsonb) returns jsonb
language plpgsql immutable set search_path = ''
as $$
begin
  if fill_secrets.given = '{"$secret": true}' then
    if fill_secrets.shown is distinct from '{"$secret": true}' then
      raise exception using errcode = '22023',
        message = 'A placeholder is in a place where no secret is stored.',
        hint = 'Send the secret; {"$secret": true} keeps a secret that is stored in the same place.';
    end if;
    return fill_secrets.complete;
  end if;
  case jsonb_typeof(fill_secrets.given)
    when 'object' then
      return (
        select coalesce(jsonb_object_agg(e.key, private.fill_secrets(e.value,
          case when jsonb_typeof(fill_secrets.shown) = 'object' then fill_secrets.shown -> e.key end,
          case when jsonb_typeof(fill_secrets.complete) = 'object' then fill_secrets.complete -> e.key end)), '{}')
        from jsonb_each(fill_secrets.given) as e);
    when 'array' then
      return (
        select coalesce(jsonb_agg(private.fill_secrets(e.value,
          case when jsonb_typeof(fill_secrets.shown) = 'array' then fill_secrets.shown -> (e.place - 1)::integer end,
          case when jsonb_typeof(fill_secrets.complete) = 'array' then fill_secrets.complete -> (e.place - 1)::integer end)
          order by e.place), '[]')
        from jsonb_array_elements(fill_secrets.given) with ordinality as e (value, place));
    else
      return fill_secrets.given;
  end case;
end
$$;
comment on function private.fill_secrets(jsonb, jsonb, jsonb) is
  'Replaces each placeholder in the given settings by the stored secret. shown: the stored settings as users read them; complete: the same with secrets. 22023 for a placeholder in a new place.';

create function private.hide_secrets(complete jsonb, marks jsonb default null, secret boolean default false) returns jsonb
language plpgsql immutable set search_path = ''
as $$
declare
  placeholder constant jsonb := jsonb '{"$secret": true}';
begin
  if hide_secrets.complete = placeholder or hide_secrets.marks = placeholder and hide_secrets.complete <> 'null' then
    return placeholder;
  end if;
  case jsonb_typeof(hide_secrets.complete)
    when 'object' then
      return (
        select coalesce(jsonb_object_agg(e.key, private.hide_secrets(e.value,
          case when jsonb_typeof(hide_secrets.marks) = 'object' then hide_secrets.marks -> e.key end,
          hide_secrets.secret or private.is_secret_name(e.key))), '{}')
        from jsonb_each(hide_secrets.complete) as e);
    when 'array' then
      return (
        select coalesce(jsonb_agg(private.hide_secrets(e.value,
          case when jsonb_typeof(hide_secrets.marks) = 'array' then hide_secrets.marks -> (e.place - 1)::integer end,
          hide_secrets.secret or case when e.place > 1 then
            -- The argument after --token, or after -e and -H, which set a variable or a header.
            before.flag ~ '^-' and (private.is_secret_name(before.flag) or before.flag in ('-e', '-H', '-u', '-p')) end is true)
          order by e.place), '[]')
        from jsonb_array_elements(hide_secrets.complete) with ordinality as e (value, place)
        cross join lateral (select hide_secrets.complete ->> (e.place - 2)::integer as flag) as before);
    when 'string' then
      return case when hide_secrets.complete <> '""'
          and (hide_secrets.secret or private.looks_secret(hide_secrets.complete #>> '{}'))
        then placeholder else hide_secrets.complete end;
    when 'number' then
      return case when hide_secrets.secret then placeholder else hide_secrets.complete end;
    else
      return hide_secrets.complete;
  end case;
end
$$;
comment on function private.hide_secrets(jsonb, jsonb, boolean) is
  'Settings as users can read them. marks: an object with a placeholder in every place that is secret regardless of its name; secret: whether all of complete is secret.';

create function private.secret_words(complete jsonb, shown jsonb) returns setof text
language plpgsql immutable set search_path = ''
as $$
begin
  if secret_words.shown = '{"$secret": true}' then
    return query
      select w.word
      from jsonb_path_query(secret_words.complete, '$.** ? (@.type() == "string")') as v (value)
      cross join lateral (
        select v.value #>> '{}' as word, 4 as least
        union all
        select regexp_split_to_table(v.value #>> '{}', '[\s:=@/?&,;]+'), 8
      ) as w
      where char_length(w.word) >= w.least;
  elsif jsonb_typeof(secret_words.shown) = 'object' then
    return query
      select w.word
      from jsonb_each(secret_words.shown) as e,
        private.secret_words(secret_words.complete -> e.key, e.value) as w (word);
  elsif jsonb_typeof(secret_words.shown) = 'array' then
    return query
      select w.word
      from jsonb_array_elements(secret_words.shown) with ordinality as e (value, place),
        private.secret_words(secret_words.complete -> (e.place - 1)::integer, e.value) as w (word);
  end if;
end
$$;
comment on function private.secret_words(jsonb, jsonb) is
  'The secrets of settings, whole and in words, to search for in a text. Excludes short ones, which occur in any text by chance.';

create function private.origin(url text) returns text
language sql immutable set search_path = ''
as $$
  select lower(regexp_replace(
    regexp_replace(private.url_authority(origin.url), '^[\s\x01-\x20]*([^:]*:)[/\\]*', '\1//'), '//.*@', '//'))
$$;
comment on function private.origin(text) is 'Scheme, host and port of a URL; null for any other text.';

create function private.destinations(config jsonb, url text) returns text[]
language sql immutable set search_path = ''
as $$
  with recursive setting (name, value, decides) as (
    select null::text, destinations.config, false
    union all
    select c.name, c.value, s.decides or c.name ~* '^(command|args|cwd|host|hostname|port|server|socket|proxy|.*_proxy|.*_options|path|ld_.*|dyld_.*|bash_env|pythonpath|pythonstartup|.*_ca_certs|ssl_cert_.*)$'
    from setting as s
    cross join lateral (
      select e.key as name, e.value from jsonb_each(case jsonb_typeof(s.value) when 'object' then s.value else '{}' end) as e
      union all
      select s.name, e.value from jsonb_array_elements(case jsonb_typeof(s.value) when 'array' then s.value else '[]' end) as e
    ) as c
  ), fact as (
    select s.name || ' ' || (s.value #>> '{}') as fact from setting as s
    where s.decides and jsonb_typeof(s.value) in ('string', 'number')
    union
    select coalesce(private.origin(s.value #>> '{}'), case when s.name ~* '(url|uri|endpoint|address|domain|target)$' then s.value #>> '{}' end)
    from setting as s where jsonb_typeof(s.value) = 'string'
    union
    select private.origin(destinations.url)
  )
  select coalesce(array_agg(f.fact), '{}') from fact as f where f.fact is not null
$$;
comment on function private.destinations(jsonb, text) is
  'Everything in complete settings that determines who receives a secret: the hosts of all URLs, the program that is started, and settings that redirect it.';

revoke execute on function private.is_secret_name(text), private.url_authority(text), private.public_url(text),
  private.looks_secret(text),
  private.merge_json(jsonb, jsonb), private.secret_marks(jsonb), private.fill_secrets(jsonb, jsonb, jsonb),
  private.hide_secrets(jsonb, jsonb, boolean), private.secret_words(jsonb, jsonb), private.origin(text),
  private.destinations(jsonb, text)
  from public, anon, authenticated, service_role;
