-- Words of texts in any language: one mechanism for every full text. A text becomes a tsvector by private.words, a question
-- becomes lexemes by private.sought_words and a search box a tsquery by private.box_query.
--
-- 1. plain_text: Unicode as NFKC in lower case, without soft hyphens, vowel points and other marks that people leave out.
-- 2. spaced_words: letters and digits with a space between words. Where a script writes none, pairs of characters.
-- 3. stems: the stemmer of the language, accents folded; with parts of codes, and beginnings of words where Postgres has no stemmer.
-- 4. words: with parts of compounds, in languages that write them as one word.
--
-- Auxiliary lexemes (parts and beginnings) have no position, so that they count neither for phrases nor for the length of a
-- text, and weigh as D.

create function private.word_configuration(language text) returns regconfig
language plpgsql immutable set search_path = ''
as $$
begin
  -- Stemmers that every Postgres from 15 has. Text in scripts without stemmer often contains English words.
  return case lower(split_part(split_part(word_configuration.language, '-', 1), '_', 1))
    when 'ar' then 'pg_catalog.arabic'::regconfig when 'ca' then 'pg_catalog.catalan'::regconfig
    when 'da' then 'pg_catalog.danish'::regconfig when 'de' then 'pg_catalog.german'::regconfig
    when 'el' then 'pg_catalog.greek'::regconfig when 'es' then 'pg_catalog.spanish'::regconfig
    when 'eu' then 'pg_catalog.basque'::regconfig when 'fi' then 'pg_catalog.finnish'::regconfig
    when 'fr' then 'pg_catalog.french'::regconfig when 'ga' then 'pg_catalog.irish'::regconfig
    when 'hi' then 'pg_catalog.hindi'::regconfig when 'hu' then 'pg_catalog.hungarian'::regconfig
    when 'hy' then 'pg_catalog.armenian'::regconfig when 'id' then 'pg_catalog.indonesian'::regconfig
    when 'it' then 'pg_catalog.italian'::regconfig when 'lt' then 'pg_catalog.lithuanian'::regconfig
    when 'ne' then 'pg_catalog.nepali'::regconfig when 'nl' then 'pg_catalog.dutch'::regconfig
    when 'nb' then 'pg_catalog.norwegian'::regconfig when 'nn' then 'pg_catalog.norwegian'::regconfig
    when 'no' then 'pg_catalog.norwegian'::regconfig when 'pt' then 'pg_catalog.portuguese'::regconfig
    when 'ro' then 'pg_catalog.romanian'::regconfig when 'ru' then 'pg_catalog.russian'::regconfig
    when 'sr' then 'pg_catalog.serbian'::regconfig when 'sv' then 'pg_catalog.swedish'::regconfig
    when 'ta' then 'pg_catalog.tamil'::regconfig when 'tr' then 'pg_catalog.turkish'::regconfig
    when 'yi' then 'pg_catalog.yiddish'::regconfig
    when 'az' then 'pg_catalog.simple'::regconfig when 'be' then 'pg_catalog.simple'::regconfig
    when 'bg' then 'pg_catalog.simple'::regconfig when 'bs' then 'pg_catalog.simple'::regconfig
    when 'cs' then 'pg_catalog.simple'::regconfig when 'et' then 'pg_catalog.simple'::regconfig
    when 'hr' then 'pg_catalog.simple'::regconfig when 'is' then 'pg_catalog.simple'::regconfig
    when 'lv' then 'pg_catalog.simple'::regconfig when 'mk' then 'pg_catalog.simple'::regconfig
    when 'pl' then 'pg_catalog.simple'::regconfig when 'sk' then 'pg_catalog.simple'::regconfig
    when 'sl' then 'pg_catalog.simple'::regconfig when 'sq' then 'pg_catalog.simple'::regconfig
    when 'vi' then 'pg_catalog.simple'::regconfig when 'ms' then 'pg_catalog.indonesian'::regconfig
    else 'pg_catalog.english'::regconfig end;
end
$$;
comment on function private.word_configuration(text) is
  'The text search configuration of a BCP 47 language tag: its stemmer, simple for languages with other words than English that have none, else english.';

create function private.quote_lexeme(lexeme text) returns text
language sql immutable
begin atomic
  select '''' || replace(replace(quote_lexeme.lexeme, '\', '\\'), '''', '''''') || '''';
end;
comment on function private.quote_lexeme(text) is
  'A lexeme as tsquery and tsvector read it. quote_literal() writes E for a backslash, which they do not know.';

create function private.plain_text(content text) returns text
language plpgsql immutable set search_path = ''
as $$
declare
  plain text := lower(plain_text.content);
  -- marks that Unicode sorts
  marks constant text := '\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u06d6-\u06ed\u0711\u0730-\u074a\u07eb-\u07f3\u0816-\u082d\u0859-\u085b\u0898-\u089f\u08ca-\u08ff\u093c\u094d\u0951-\u0954\u0e38-\u0e3a\u0e48-\u0e4b\u0eb8-\u0ecb\u0f18-\u0f84\u0f86\u0f87\u1037-\u103a\u135d-\u135f\u1714-\u1734\u17d2-\u17dd\u18a9\u1939-\u193b\u1a17\u1a18\u1a60-\u1a7f\u1ab0-\u1aff\u1b34-\u1b73\u1baa-\u1bf3\u1c37\u1cd0-\u1cf9\u1dc0-\u1dff\u20d0-\u20f0\u2cef-\u2cf1\u2de0-\u2dff\u302a-\u302f\u3099\u309a\ua66f-\ua67d\ua69e\ua69f\ua6f0\ua6f1\ua8e0-\ua8f1\uaab0-\uaac1\ufe20-\ufe2f\U0001d165-\U0001d1ad\U0001e000-\U0001e02a\U0001e130-\U0001e136\U0001e8d0-\U0001e94a';
begin
  if plain ~ '[<&]' then
    plain := regexp_replace(plain, '</?[a-z!][^<>]*>|&(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,31});', ' ', 'g');
  end if;
  if octet_length(plain) = char_length(plain) then
    return plain;
  end if;
  -- Sorting the marks on a letter takes the square of their number, and cannot be interrupted.
  plain := regexp_replace(plain, format('([%1$s]{30})[%1$s]+', marks), '\1', 'g');
  plain := lower(normalize(plain, NFKC));
  -- soft hyphens, zero-width characters, kashida and the marks of Arabic and Hebrew, which people do not type
  plain := regexp_replace(plain,
    '[\u00ad\u200b-\u200f\u2060\ufeff\u0640\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]+', '', 'g');
  return translate(plain,
    -- hyphens and apostrophes, alef with hamza or madda, Russian io, digits of other scripts
    U&'\2010\2011\2012\2013\2014\2212\2018\2019\02bc\0623\0625\0622\0671\0451'
      || '٠١٢٣٤٥٦٧٨٩' || '۰۱۲۳۴۵۶۷۸۹' || '०१२३४५६७८९' || '๐๑๒๓๔๕๖๗๘๙',
    U&'------''''''\0627\0627\0627\0627\0435' || '0123456789' || '0123456789' || '0123456789' || '0123456789');
end
$$;
comment on function private.plain_text(text) is
  'A text in lower case and in one spelling of its characters: NFKC, one hyphen, western digits, without invisible characters, vowel points, tags and character references.';

create function private.fold_accents(content text) returns text
language plpgsql immutable set search_path = ''
as $$
begin
  if octet_length(fold_accents.content) = char_length(fold_accents.content) then
    return fold_accents.content;
  end if;
  -- Marks of Latin and Greek letters only: in other scripts they make another letter.
  return replace(replace(replace(translate(
    normalize(regexp_replace(normalize(fold_accents.content, NFD), '([a-z\u0131\u0370-\u03ff])[\u0300-\u036f]+', '\1', 'g'), NFC),
    U&'\00f8\0111\0142\0131\00f0\0127\03c2\0649\0629', U&'odlidh\03c3\064a\0647'),
    'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe');
end
$$;
comment on function private.fold_accents(text) is 'Lower-case text without accents: ß as ss, dotless i as i, final sigma as sigma, final ya and ta marbuta as people also type them.';

create function private.is_unspaced(letter text) returns boolean
language sql immutable
begin atomic
  -- Thai and Lao; Burmese; Hangul; Khmer; kana and bopomofo; Han; Hangul syllables; Han
  select ascii(is_unspaced.letter) >= 3585 and (ascii(is_unspaced.letter) between 3585 and 3806 or ascii(is_unspaced.letter) between 4096 and 4169
    or ascii(is_unspaced.letter) between 4352 and 4607 or ascii(is_unspaced.letter) between 6016 and 6099
    or ascii(is_unspaced.letter) between 12293 and 12591 or ascii(is_unspaced.letter) between 13312 and 40959
    or ascii(is_unspaced.letter) between 44032 and 55203 or ascii(is_unspaced.letter) between 63744 and 64255
    or ascii(is_unspaced.letter) between 131072 and 262143);
end;
comment on function private.is_unspaced(text) is
  'Whether a letter is of a script that writes no spaces between words, or attaches particles to them: Chinese, Japanese, Korean, Thai, Lao, Burmese, Khmer.';

create function private.spaced_words(plain text) returns text
language plpgsql immutable set search_path = ''
as $$
declare
  spaced text := btrim(regexp_replace(spaced_words.plain,
    '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7\u037e\u0387\u055a-\u055f\u0589\u05be\u05c0\u05c3\u05f3\u05f4\u060c\u061b\u061f\u066a-\u066d\u06d4\u0964\u0965\u0e3f\u0e4f\u0e5a\u0e5b\u2000-\u206f\u20a0-\u20cf\u2100-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3030\u303d-\u303f\u30fb\ud7fc-\uf8ff\ufe00-\ufe6f\U0001f000-\U0001faff]+', ' ', 'g'));
  letters text[];
begin
  -- The parser leaves out words above 2 046 bytes and does not count them as a position.
  if octet_length(spaced) > 2000 and spaced ~ '[^ ]{255}[^ ]{245}' then
    spaced := coalesce((
      select string_agg(w.word, ' ' order by w.place) from string_to_table(spaced, ' ') with ordinality as w (word, place)
      where octet_length(w.word) <= 2000), '');
  end if;
  if octet_length(spaced) = char_length(spaced) or spaced !~ '[\u0e01-\u0ede\u1000-\u1049\u1100-\u11ff\u1780-\u17d3\u3005-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]' then
    return spaced;
  end if;
  letters := case when spaced !~ '[\u0e01-\u17d3]' then string_to_array(spaced, null) else array(
    -- a letter with its vowel signs and tones
    select m.found[1] from regexp_matches(spaced,
      '.[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u17b4-\u17d3]*', 'g') as m (found)) end;
  return (
    select btrim(regexp_replace(string_agg(
      case when not private.is_unspaced(l.letter) then l.letter
        when private.is_unspaced(l.next) then case when private.is_unspaced(l.previous) then '' else ' ' end || l.letter || l.next || ' '
        when private.is_unspaced(l.previous) then ''
        else ' ' || l.letter || ' ' end, ''), ' +', ' ', 'g'))
    from unnest(letters, letters[2:] || ' '::text, array_prepend(' ', letters[:cardinality(letters) - 1])) as l (letter, next, previous));
end
$$;
comment on function private.spaced_words(text) is
  'The words of a plain text, separated by spaces: letters and digits only. In scripts without spaces, or with particles attached to words, overlapping pairs of letters.';

create function private.cut_code(code text) returns text
language sql immutable
begin atomic
  select regexp_replace(regexp_replace(cut_code.code, '([0-9])([^0-9 ])', '\1 \2', 'g'), '([^0-9 ])([0-9])', '\1 \2', 'g');
end;
comment on function private.cut_code(text) is 'A code with a space between letters and digits.';

create function private.code_parts(plain text) returns text
language plpgsql immutable set search_path = ''
as $$
begin
  if code_parts.plain !~ '[0-9]' then
    return '';
  end if;
  return coalesce((
    select string_agg(
      -- PPR-9087 also as ppr9087; decimal numbers and times are not codes
      case when m.found[1] ~ '[-./_:]' and m.found[1] !~ '^[0-9]+[.:][0-9]+$' and char_length(m.found[1]) <= 64
        then translate(m.found[1], '-./_:', '') || ' ' else '' end
      -- XR9000B also as xr 9000 b
      || case when m.found[1] ~ '[0-9][^-./_:0-9]|[^-./_:0-9][0-9]'
        then private.cut_code(translate(m.found[1], '-./_:', '     ')) else '' end, ' ')
    -- what stands between spaces, as most of it has no digit
    from string_to_table(translate(code_parts.plain, E',;()[]{}"|=<>\t\n\r', '               '), ' ') as t (word)
    cross join lateral regexp_matches(t.word, '[0-9a-z\u00df-\u04ff]+(?:[-./_:]+[0-9a-z\u00df-\u04ff]+)*', 'g') as m (found)
    where t.word ~ '[0-9]' and t.word !~ '^[0-9]+$' and m.found[1] ~ '[0-9]' and m.found[1] !~ '^[0-9]+$'), '');
end
$$;
comment on function private.code_parts(text) is
  'Other spellings of the codes in a plain text, that is of words with digits: without hyphens, dots, slashes, colons and underscores, and cut between letters and digits.';

create function private.light_stems(spaced text, language text) returns text
language plpgsql immutable set search_path = ''
as $$
begin
  return case
    when light_stems.language ~ '^(be|bg|bs|cs|et|hr|lv|mk|pl|sk|sl|sq|uk)($|[-_])' then (
      -- inflected languages without a stemmer: the first four or five letters
      select string_agg(case when char_length(w.word) between 5 and 7 then left(w.word, 4) || ' ' else '' end
        || case when char_length(w.word) > 5 then left(w.word, 5) else '' end, ' ')
      from unnest(string_to_array(light_stems.spaced, ' ')) as w (word) where char_length(w.word) > 4 and w.word !~ '[0-9]')
    when light_stems.language ~ '^he($|[-_])' then (
      -- without article, prepositions and endings
      select string_agg(translate(regexp_replace(regexp_replace(w.word,
        '^[\u05d5\u05d4\u05d1\u05dc\u05de\u05db\u05e9]{1,2}(?=[\u05d0-\u05ea]{3})', ''),
        '(?<=[\u05d0-\u05ea]{3})(\u05d9\u05dd|\u05d9\u05d5\u05ea|\u05d5\u05ea|\u05d9\u05ea|\u05d4|\u05ea|\u05d9)$', ''),
        U&'\05dd\05df\05e5\05e3\05da', U&'\05de\05e0\05e6\05e4\05db'), ' ')
      from unnest(string_to_array(light_stems.spaced, ' ')) as w (word) where char_length(w.word) > 3)
    when light_stems.language ~ '^ar($|[-_])' then (
      -- without article, conjunctions and endings, also where the stemmer keeps them
      select string_agg(regexp_replace(regexp_replace(w.word,
        '^\u0648?(\u0628\u0627\u0644|\u0643\u0627\u0644|\u0641\u0627\u0644|\u0644\u0644|\u0627\u0644|\u0648)(?=[\u0621-\u064a]{3})', ''),
        '(?<=[\u0621-\u064a]{3})(\u0647\u0627|\u0627\u0646|\u0627\u062a|\u0648\u0646|\u064a\u0646|\u064a\u0647|\u064a\u0629|\u0647|\u0629|\u064a)$', ''), ' ')
      from unnest(string_to_array(light_stems.spaced, ' ')) as w (word) where char_length(w.word) > 3)
  end;
end
$$;
comment on function private.light_stems(text, text) is 'Beginnings of words in languages that inflect them and for which Postgres has no stemmer, and Arabic words without article and endings; else null.';

create function private.stems(content text, language text) returns tsvector
language plpgsql immutable set search_path = ''
as $$
declare
  configuration constant regconfig := private.word_configuration(stems.language);
  plain  constant text := private.plain_text(stems.content);
  spaced text := private.spaced_words(plain);
  folded text;
  others text := private.code_parts(plain);
  found  tsvector;
begin
  if stems.language ~ '^de($|[-_])' then
    spaced := regexp_replace(spaced, '(?<![aeq])([aou])e', '\1', 'g'); -- Muenchen as München
  end if;
  folded := private.fold_accents(spaced);
  found := to_tsvector(configuration, folded);
  if folded <> spaced then
    -- Stemmers know the accents, but not everyone types them: both, at the same position.
    found := (found::text || ' ' || private.fold_accents(to_tsvector(configuration, spaced)::text))::tsvector;
  end if;
  others := private.fold_accents(concat_ws(' ', others, private.light_stems(folded, stems.language)));
  return case when others = '' then found else found || strip(to_tsvector('pg_catalog.simple', others)) end;
end
$$;
comment on function private.stems(text, text) is
  'The words of a text or question in a language as stems, without stop words and accents; with other spellings of its codes.';

create function private.all_words(content text, language text) returns tsvector
language plpgsql immutable set search_path = ''
as $$
declare
  tongue text := all_words.language;
  found  tsvector;
begin
  if all_words.content !~ '[^0-9 ]' then
    return to_tsvector('pg_catalog.simple', all_words.content);
  end if;
  tongue := coalesce(tongue, private.guess_language(all_words.content));
  found := private.stems(all_words.content, tongue);
  if tongue ~ '^(et|fi|hu)($|[-_])' then
    -- The last letters of a stem depend on what stands before them: ends of the words themselves.
    return found || strip(to_tsvector(private.word_configuration(tongue), private.fold_accents(coalesce((
      select string_agg(right(w.word, n.letters), ' ')
      from unnest(string_to_array(private.spaced_words(private.plain_text(all_words.content)), ' ')) as w (word),
        generate_series(4, char_length(w.word) - 3) as n (letters)
      where char_length(w.word) between 7 and 50 and w.word !~ '[0-9]'), ''))))
      || array_to_tsvector(array(
        select left(l.lexeme, n.letters) from unnest(tsvector_to_array(found)) as l (lexeme), generate_series(4, char_length(l.lexeme) - 3) as n (letters)
        where char_length(l.lexeme) between 7 and 50 and l.lexeme !~ '[0-9]'));
  end if;
  if tongue is null or tongue !~ '^(da|de|is|nb|nl|nn|no|sv)($|[-_])' then
    return found;
  end if;
  -- Parts of compounds: beginnings and ends of four letters or more, beside three or more. No dictionary is needed, as a
  -- question contains only those that are words; the ends have the stem of the compound.
  return found || array_to_tsvector(array(
    select p.part from unnest(tsvector_to_array(found)) as l (lexeme),
      generate_series(4, char_length(l.lexeme) - 3) as n (letters), unnest(array[left(l.lexeme, n.letters), right(l.lexeme, n.letters)]) as p (part)
    where char_length(l.lexeme) between 7 and 50 and l.lexeme !~ '[0-9]'));
end
$$;
comment on function private.all_words(text, text) is
  'The words of a text as words() has them; 54000 if they are more than a tsvector holds. Called by fitting_words().';

create function private.fitting_words(content text, language text, as_written boolean) returns tsvector
language plpgsql immutable set search_path = ''
as $$
declare
  read   text := fitting_words.content;
  result tsvector;
begin
  loop
    begin
      result := private.all_words(read, fitting_words.language);
      if fitting_words.as_written then
        result := to_tsvector('pg_catalog.simple', private.fold_accents(private.spaced_words(private.plain_text(read)))) || result;
      end if;
      exit;
    exception when program_limit_exceeded then
      read := left(read, char_length(read) / 2);
    end;
  end loop;
  return result;
end
$$;
comment on function private.fitting_words(text, text, boolean) is
  'The words of a text, or of as much of its beginning as a tsvector holds, which is a megabyte; with as_written also as they are written. Called by words() and row_words().';

create function private.words(content text, language text) returns tsvector
language plpgsql immutable security definer set search_path = ''
as $$
begin
  return private.fitting_words(words.content, words.language, false);
end
$$;
comment on function private.words(text, text) is
  'The words of a stored text: its stems, and in languages that write compounds as one word also their parts. Without a language, it is guessed. Definer: roles that write texts need no rights on the functions that it uses.';

do $make$
declare
  -- The most frequent words of languages with Latin letters. A word of several languages counts less for each.
  frequent constant jsonb := (
    select jsonb_object_agg(k.word, k.scores)
    from (
      select f.word, jsonb_object_agg(f.language, round(1.0 / f.languages, 3)) as scores
      from (
        select l.language, w.word, count(*) over (partition by w.word) as languages
        from (values
          ('en', '{the,of,and,to,in,is,that,for,it,was,with,as,on,are,be,this,by,at,from,or,have,not,which,but,can,how,what,when,you,does,where,why,who}'),
          ('de', '{der,die,das,und,ist,nicht,ein,eine,einen,einem,einer,mit,den,dem,des,auf,für,von,zu,im,sich,wird,werden,auch,bei,nach,wie,wann,wer,ich,wir,sie,oder,als,aus,muss,kann}'),
          ('fr', '{le,la,les,des,est,une,un,du,et,dans,pour,que,qui,sur,pas,au,aux,avec,ce,cette,sont,par,ou,il,elle,nous,vous,quel,quelle,comment,quand,je,mes,être}'),
          ('es', '{el,la,los,las,de,que,en,un,una,es,por,con,para,del,se,no,al,su,lo,como,más,cómo,qué,cuándo,quién,son,está,pero,o,y,mi}'),
          ('it', '{il,la,lo,gli,le,di,che,è,un,una,per,con,del,della,dei,delle,nel,non,si,sono,da,al,alla,come,quando,chi,ho,mi,questo,anche,o,i}'),
          ('pt', '{o,a,os,as,de,que,em,um,uma,é,por,com,para,do,da,dos,das,no,na,não,se,ao,como,quando,quem,mais,são,está,ou,meu,foi}'),
          ('nl', '{de,het,een,en,van,is,dat,niet,op,te,met,voor,zijn,aan,er,ik,wij,of,door,bij,wordt,worden,naar,hoe,wanneer,wie,ook,als,moet,kan}'),
          ('sv', '{och,att,det,som,en,ett,på,är,av,för,med,den,till,inte,har,om,vi,jag,hur,när,vem,från,kan,ska,eller,de}'),
          ('da', '{og,at,det,som,en,et,på,er,af,for,med,den,til,ikke,har,om,vi,jeg,hvordan,hvornår,hvem,fra,kan,skal,eller,de}'),
          ('no', '{og,at,det,som,en,et,på,er,av,for,med,den,til,ikke,har,om,vi,jeg,hvordan,når,hvem,fra,kan,skal,eller,ei}'),
          ('fi', '{ja,on,ei,se,että,oli,ovat,mutta,kun,tai,joka,mitä,miten,milloin,kuka,voi,olla,hän,minä,myös,sekä}'),
          ('hu', '{a,az,és,hogy,nem,is,egy,van,meg,de,ha,mint,csak,mikor,hogyan,ki,vagy,ez,volt,lehet,kell}'),
          ('pl', '{w,i,na,z,się,nie,do,że,jest,to,o,jak,po,za,od,dla,czy,przez,lub,są,który,kiedy,kto,ma,co,oraz}'),
          ('cs', '{a,se,na,je,v,že,s,z,do,to,o,i,jak,ve,za,po,od,pro,nebo,kdy,kdo,jsou,který,si,jako,při}'),
          ('sk', '{a,sa,na,je,v,že,s,z,do,to,o,aj,ako,vo,za,po,od,pre,alebo,kedy,kto,sú,ktorý,si,pri}'),
          ('ro', '{și,în,de,la,cu,pe,nu,este,o,un,că,din,să,care,pentru,sunt,mai,cum,când,cine,se,a,al,sau}'),
          ('tr', '{ve,bir,bu,için,ile,de,da,ne,mi,mı,mu,nasıl,zaman,olarak,olan,gibi,daha,çok,en,sonra,var,değil,her,neden}'),
          ('id', '{yang,dan,di,dengan,untuk,dari,pada,ini,itu,tidak,adalah,dalam,ke,akan,atau,bagaimana,kapan,siapa,saya}'),
          ('vi', '{và,của,là,có,không,được,trong,cho,các,một,với,những,khi,này,ở,đã,sẽ,thì,như,người,nào,bao,ai,phải,từ}'),
          ('ca', '{el,la,els,les,de,que,i,en,un,una,és,per,amb,del,no,al,com,més,quan,qui,són,o,dels}')
        ) as l (language, words) cross join unnest(l.words::text[]) as w (word)
      ) as f
      group by f.word
    ) as k);
begin
  execute format($create$
create function private.guess_language(content text) returns text
language plpgsql immutable set search_path = ''
as $$
declare
  frequent  constant jsonb := %L::jsonb;
  beginning constant text := private.plain_text(left(guess_language.content, 1000));
  is_ascii  constant boolean := octet_length(beginning) = char_length(beginning);
  scores    record;
begin
  if is_ascii and beginning !~ '[a-z]' then
    return null;
  end if;
  if not is_ascii then
    case
      when beginning ~ '[\u3041-\u309f\u30a1-\u30fa]' then return 'ja';
      when beginning ~ '[\uac00-\ud7a3]' then return 'ko';
      when beginning ~ '[\u3400-\u4dbf\u4e00-\u9fff]' then return 'zh';
      when beginning ~ '[\u0e01-\u0e3a]' then return 'th';
      when beginning ~ '[\u05d0-\u05ea]' then return 'he';
      when beginning ~ '[\u067e\u0686\u0698\u06a9\u06af\u06cc]' then return 'fa';
      when beginning ~ '[\u0621-\u064a]' then return 'ar';
      when beginning ~ '[\u0900-\u097f]' then return 'hi';
      when beginning ~ '[\u0370-\u03ff]{3}' then return 'el';
      when beginning ~ '[\u0456\u0457\u0454\u0491]' then return 'uk';
      when beginning ~ '[\u0400-\u04ff]' then return 'ru';
      else null;
    end case;
  end if;
  select g.language, g.score, lead(g.score) over (order by g.score desc) as next into scores
  from (
    select k.language, sum(k.score) as score
    from (
      select e.key as language, e.value::numeric as score
      from string_to_table(private.spaced_words(beginning), ' ') as t (word) cross join lateral jsonb_each_text(frequent -> t.word) as e
      where frequent ? t.word
      union all
      -- and letters that hardly any other language has
      select l.language, 2
      from (values ('cs', '[řěů]'), ('de', 'ß'), ('es', '[ñ¿¡]'), ('hu', '[őű]'), ('pl', '[łśź]'), ('pt', '[ãõ]'), ('ro', '[țș]'), ('sk', '[ľĺŕ]'),
        ('tr', '[ğış]'), ('vi', '[ơưạ-ỹ]')) as l (language, letters)
      where not is_ascii and beginning ~ l.letters
    ) as k
    group by k.language
  ) as g
  order by g.score desc, g.language limit 1;
  return case when scores.score >= 0.5 and scores.score > coalesce(scores.next, 0) then scores.language end;
end
$$
$create$, frequent);
end
$make$;
comment on function private.guess_language(text) is
  'The language of a text by its script and by its most frequent words, for rows that do not say it. Null if neither shows it.';

create function private.sought_words(question text, languages text[]) returns text[]
language sql immutable set search_path = ''
as $$
  select array_agg(f.lexeme order by f.place, f.lexeme)
  from (
    select w.lexeme, min(w.positions[1]) as place, max(coalesce(cardinality(w.positions), 1)) as times
    from unnest(coalesce(nullif(sought_words.languages, '{}'), '{und}')) as l (language)
    cross join lateral unnest(private.stems(sought_words.question, l.language)) as w
    group by w.lexeme order by place, w.lexeme limit 64
  ) as f cross join lateral generate_series(1, f.times)
$$;
comment on function private.sought_words(text, text[]) is
  'The first 64 different lexemes that a question has in any of some languages, in the order of its words, each as often as it is asked for. Null without any.';

create function private.likely_languages(question text) returns text[]
language sql immutable set search_path = ''
as $$
  -- Three words do not show their language, but their script shows which ones they may be in.
  select case coalesce(private.guess_language(likely_languages.question), 'und')
    when 'ar' then '{ar,en}' when 'el' then '{el,en}' when 'fa' then '{fa,ar,en}' when 'he' then '{he,en}' when 'hi' then '{hi,ne,en}'
    when 'ja' then '{en}' when 'ko' then '{en}' when 'ru' then '{ru,uk,en}' when 'th' then '{en}' when 'uk' then '{uk,ru,en}' when 'zh' then '{en}'
    else '{en,de,fr,es,it,pt,nl,sv,da,no,fi,hu,ro,tr,ca,id,pl,vi}' end::text[]
$$;
comment on function private.likely_languages(text) is 'The languages in which a question without a corpus is tried: those of its script, and English.';

create function private.phrase_query(phrase text, languages text[]) returns tsquery
language plpgsql immutable set client_min_messages = 'warning' set search_path = ''
as $$
declare
  plain  constant text := private.plain_text(phrase_query.phrase);
  words  constant text := private.spaced_words(plain);
  -- a single code, without what stands between its parts
  code   constant text := private.fold_accents(substring(translate(plain, '-./_:', '') from '^\s*([^\s]*[0-9][^\s]*)\s*$'));
begin
  return (
    select string_agg('(' || q.query || ')', ' | ' order by q.query)
    from (
      select phraseto_tsquery(private.word_configuration(l.language), private.fold_accents(s.spelling))::text
      from unnest(phrase_query.languages) as l (language)
      cross join lateral (select case when l.language ~ '^de($|[-_])' then regexp_replace(words, '(?<![aeq])([aou])e', '\1', 'g') else words end) as s (spelling)
      union
      select private.fold_accents(phraseto_tsquery(private.word_configuration(l.language), words)::text)
      from unnest(phrase_query.languages) as l (language) where octet_length(words) > char_length(words)
      union
      select private.quote_lexeme(code) where octet_length(code) <= 1000 and plain !~ '^\s*[0-9]+[.:][0-9]+\s*$'
      union
      select plainto_tsquery('pg_catalog.simple', private.cut_code(code))::text where words !~ ' '
    ) as q (query)
    where q.query <> '')::tsquery;
end
$$;
comment on function private.phrase_query(text, text[]) is
  'What finds words that stand together, in any of some languages; a code in any spelling. Null for stop words alone.';

create function private.row_words(content text) returns tsvector
language plpgsql immutable set search_path = ''
as $$
begin
  return private.fitting_words(row_words.content, null, true);
end
$$;
comment on function private.row_words(text) is
  'The words of a text that people search in a box: as written, for names and stop words, and as stems of the language that it seems to be in.';

create function private.box_query(query text) returns tsquery
language plpgsql immutable set client_min_messages = 'warning' set search_path = ''
as $$
declare
  languages constant text[] := private.likely_languages(box_query.query);
  main      constant text := coalesce(private.guess_language(box_query.query), 'en');
begin
  return (
    with typed as (
      select m.found[1] = '-' as is_excluded, coalesce(m.found[2], m.found[3]) as words, m.found[2] is not null as is_quoted, m.place
      from regexp_matches(box_query.query, '(-?)(?:"([^"]*)"|([^[:space:]"]+))', 'g') with ordinality as m (found, place)
      limit 50
    ), item as (
      select t.is_excluded, t.place,
        -- alternatives, counted
        count(*) filter (where not t.is_quoted and lower(t.words) = 'or') over (order by t.place) as alternative,
        -- as written, or as a stem of any of the languages
        concat_ws(' | ', nullif(phraseto_tsquery('pg_catalog.simple', private.fold_accents(w.words))::text, ''),
          private.phrase_query(t.words, case when not t.is_quoted then languages else array(
            -- those that leave out no word of it
            select l.language from unnest(languages) as l (language)
            where numnode(phraseto_tsquery(private.word_configuration(l.language), w.words)) = 2 * cardinality(string_to_array(w.words, ' ')) - 1) end)::text,
          case when not t.is_quoted then private.beginnings_query(t.words)::text end) as condition,
        not t.is_quoted and (lower(t.words) = 'or'
          or numnode(plainto_tsquery(private.word_configuration(main), w.words)) = 0) as is_stop
      from typed as t cross join lateral (select private.spaced_words(private.plain_text(t.words)) as words) as w
    ), meant as (
      select i.*, bool_and(i.is_stop or i.is_excluded) over () as are_all_stop from item as i where i.condition <> ''
    ), groups as (
      select string_agg(case when m.is_excluded then '!' else '' end || '(' || m.condition || ')', ' & ' order by m.place) as condition
      from meant as m where m.is_excluded or not m.is_stop or m.are_all_stop
      group by m.alternative
    )
    select coalesce(string_agg('(' || g.condition || ')', ' | '), '')::tsquery from groups as g);
end
$$;
comment on function private.box_query(text) is
  'What a user types in a search box, for row_words(): words, "phrases", or, -excluded. In any language of its script; stop words count only in quotation marks or alone.';

create function private.beginnings_query(word text) returns tsquery
language sql immutable set search_path = '' set client_min_messages = 'warning'
as $$
  select nullif(plainto_tsquery('pg_catalog.simple', private.light_stems(w.word,
    case when w.word ~ '[\u05d0-\u05ea]' then 'he' when w.word ~ '[\u0621-\u064a]' then 'ar' else 'pl' end))::text, '')::tsquery
  from (select private.fold_accents(private.spaced_words(private.plain_text(beginnings_query.word))) as word) as w
$$;
comment on function private.beginnings_query(text) is 'The beginnings of a word, for texts in languages without a stemmer.';

create function private.spot_of(query text, lexemes text[]) returns text
language sql immutable set search_path = ''
as $$
  -- Pairs of letters stand anywhere in a text, other words begin.
  select string_agg(case when private.is_unspaced(w.word) then '' else '\m' end || w.word, '|')
  from (
    select m.found[1] as word from regexp_matches(spot_of.query, '\w+', 'g') as m (found)
    union
    select l.lexeme from unnest(spot_of.lexemes) as l (lexeme) where l.lexeme ~ '^\w{2,}$'
  ) as w
$$;
comment on function private.spot_of(text, text[]) is
  'A regular expression for the first occurrence of one of the words of a query in a long text, or of a word with the same stem.';

create function private.matched_words(content text, language text, lexemes text[]) returns text[]
language sql immutable set search_path = ''
as $$
  -- As they stand in the text: words and lexemes of a text have the same positions.
  select array_agg(distinct w.word)
  from (
    select string_to_array(private.spaced_words(private.plain_text(matched_words.content)), ' ') as words,
      coalesce(matched_words.language, private.guess_language(matched_words.content)) as tongue
  ) as t
  cross join lateral unnest(private.stems(matched_words.content, t.tongue)) as l
  cross join lateral unnest(l.positions) as p (place)
  cross join lateral (select t.words[p.place] as word) as w
  where w.word <> ''
    and (l.lexeme = any (matched_words.lexemes)
      -- a compound, for one of its parts
      or t.tongue ~ '^(da|de|et|fi|hu|is|nb|nl|nn|no|sv)($|[-_])' and char_length(l.lexeme) > 6 and exists (
        select from unnest(matched_words.lexemes) as s (lexeme)
        where char_length(s.lexeme) > 3 and (starts_with(l.lexeme, s.lexeme) or right(l.lexeme, char_length(s.lexeme)) = s.lexeme))
      -- a word whose beginning is compared
      or private.light_stems(l.lexeme, t.tongue) <> '' and string_to_array(private.light_stems(l.lexeme, t.tongue), ' ') && matched_words.lexemes)
$$;
comment on function private.matched_words(text, text, text[]) is 'The words of a text, in lower case, that some lexemes of a question match.';

create function private.mark_words(content text, language text, lexemes text[], settings text) returns text
language plpgsql immutable set search_path = ''
as $$
declare
  matched constant text[] := (private.matched_words(mark_words.content, mark_words.language, mark_words.lexemes))[1:200];
  -- U+E003 cuts words where the parser of Postgres does not, and is removed afterwards: parts of codes, and pairs of characters.
  cut text := regexp_replace(translate(mark_words.content, U&'\E003', ''), '([[:alnum:]][-./_:]+)(?=[[:alnum:]])', '\1' || U&'\E003', 'g');
  pairs constant text := (
    select string_agg(m.word, '|') from unnest(matched) as m (word) where m.word ~ '^[\u0e01-\u0ece\u1000-\u11ff\u1780-\u17d3\u3005-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]+$');
begin
  if pairs is not null then
    cut := regexp_replace(cut, '((?:' || pairs || '){1,255})', U&'\E003' || '\1' || U&'\E003', 'g');
  end if;
  return translate(ts_headline('pg_catalog.simple', cut, coalesce((
      select string_agg(private.quote_lexeme(w.word), ' | ')
      from (
        select m.word from unnest(matched) as m (word)
        union
        -- pairs that follow each other are one word
        select r.found[1] from regexp_matches(cut, '((?:' || pairs || '){1,255})', 'g') as r (found)
      ) as w (word))::tsquery, quote_literal(' ')::tsquery), mark_words.settings),
    U&'\E003', '');
end
$$;
comment on function private.mark_words(text, text, text[], text) is
  'ts_headline with these settings, for words in any language: marks what some lexemes of a question match.';

revoke execute on function private.word_configuration(text), private.plain_text(text), private.fold_accents(text), private.spaced_words(text),
  private.is_unspaced(text), private.cut_code(text), private.code_parts(text), private.light_stems(text, text), private.stems(text, text),
  private.words(text, text), private.all_words(text, text), private.fitting_words(text, text, boolean), private.quote_lexeme(text), private.guess_language(text), private.sought_words(text, text[]), private.likely_languages(text),
  private.phrase_query(text, text[]), private.row_words(text), private.box_query(text), private.beginnings_query(text), private.spot_of(text, text[]), private.matched_words(text, text, text[]), private.mark_words(text, text, text[], text)
  from public, anon, authenticated, service_role;
-- Generated columns call it with the rights of the role that writes a row.
grant execute on function private.words(text, text) to authenticated, service_role;
