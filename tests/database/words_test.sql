-- Words of texts in any language: what finds what.
begin;
create temporary table finds (language text, text text, question text, is_found boolean, name text);
insert into finds values
  -- codes and numbers
  ('en', 'The valve seat PPR-9087 replaces PPR-1044.', '9087', true, 'the number of a code finds it'),
  ('en', 'The valve seat PPR-9087 replaces PPR-1044.', 'PPR 9087', true, 'so does the code with a space'),
  ('en', 'The valve seat PPR-9087 replaces PPR-1044.', 'ppr9087', true, 'in one word'),
  ('en', 'The valve seat PPR-9087 replaces PPR-1044.', U&'PPR\20119087', true, 'with a hyphen that does not break'),
  ('en', U&'The valve seat PPR\20119087.', 'PPR-9087', true, 'or stored with one'),
  ('en', 'The valve seat PPR9087.', 'PPR-9087', true, 'or without any'),
  ('en', 'The valve seat PPR-9087.', U&'\FF19\FF10\FF18\FF17', true, 'full-width digits are digits'),
  ('en', U&'Room \FF11\FF12', '12', true, 'also stored'),
  ('en', 'Room ٤٢', '42', true, 'so are those of Arabic'),
  ('en', 'The gasket has the number ABC-123/4.', '123/4', true, 'a part of a code finds it'),
  ('en', 'It fits model XR-9000B.', 'XR9000B', true, 'a code is found without its hyphen'),
  ('en', 'It fits model XR9000B.', 'xr-9000b', true, 'and with another one'),
  ('en', 'Firmware v1.2.3-beta', 'v1.2.3', true, 'versions are found'),
  ('en', 'see src/lib/util.ts', 'util.ts', true, 'a file name within a path'),
  ('en', 'see src/lib/util.ts', 'util', true, 'a word within a file name'),
  ('en', 'foo_bar-baz.tar.gz', 'baz', true, 'or within another'),
  ('en', 'set MAX_RETRY_COUNT', 'retry', true, 'words joined by underscores'),
  ('en', 'https://example.test/water/report-2024.pdf', 'report', true, 'words of an address'),
  ('en', 'drawing 12.345.678', '12345678', true, 'a number with points'),
  ('en', 'costs 12.5', '125', false, 'decimal numbers are no codes'),
  ('en', 'The valve seat PPR-9087', 'PPR-9088', false, 'another number does not find it') ;
insert into finds values
  -- characters
  ('en', U&'the de\00ADhu\00ADmid\00ADifier', 'dehumidifier', true, 'soft hyphens count nothing'),
  ('fr', U&'re\0301sume\0301', 'résumé', true, 'composed or not, a letter is the same'),
  ('fr', 'Le résumé des élèves', 'resume', true, 'accents may be left out'),
  ('fr', 'Le resume', 'résumés', true, 'or be added'),
  ('en', U&'\FB01lter', 'filter', true, 'ligatures are letters'),
  ('en', 'water &amp; <b class="lamp">fire</b>', 'lamp', false, 'tags and character references are no words'),
  ('de', 'Die Straße', 'STRASSE', true, 'ß is ss'),
  ('de', 'Die Strasse', 'Straßen', true, 'and ss is ß'),
  ('de', 'Müller und Söhne', 'Mueller', true, 'ü is ue'),
  ('de', 'Mueller', 'müller', true, 'and ue is ü'),
  ('tr', 'IĞDIR şubesi', 'ığdır', true, 'an I may have no dot'),
  ('tr', 'İstanbul', 'istanbul', true, 'or one'),
  ('vi', 'Đà Nẵng', 'da nang', true, 'Vietnamese without accents'),
  ('pl', 'Łódź', 'lodz', true, 'and Polish'),
  ('ru', 'Ёлка', 'елки', true, 'yo is ye'),
  ('he', U&'\05E9\05C1\05B8\05DC\05D5\05B9\05DD', U&'\05E9\05DC\05D5\05DD', true, 'vowel points may be left out'),
  ('ar', 'الأموال', 'الاموال', true, 'an alef may have no hamza'),
  ('ar', 'مَبِيـــعات', 'مبيعات', true, 'vowel signs and kashida count nothing'),
  -- compounds and scripts without spaces
  ('de', 'Die Kündigungsfristen betragen drei Monate.', 'Kündigung', true, 'a compound is found by its beginning'),
  ('de', 'Die Kündigungsfristen betragen drei Monate.', 'Frist', true, 'and by its end'),
  ('de', 'Donaudampfschifffahrtsgesellschaft', 'Gesellschaften', true, 'of any length'),
  ('sv', 'Vattenskador ersätts', 'skada', true, 'in Swedish'),
  ('nl', 'De opzegtermijn is drie maanden', 'termijn', true, 'in Dutch'),
  ('fi', 'vesivahinko', 'vahinko', true, 'in Finnish'),
  ('en', 'dampfschifffahrt', 'fahrt', false, 'but not in English'),
  ('zh', '公司今年的销售额增长了百分之十。', '销售额', true, 'Chinese words'),
  ('ja', '従業員は休暇の申請書を提出します。', '休暇', true, 'Japanese words'),
  ('ja', 'パスワード', U&'\FF8A\FF9F\FF7D\FF9C\FF70\FF84\FF9E', true, 'half-width kana are kana'),
  ('ko', '서울 지점의 매출이 증가했습니다.', '매출', true, 'Korean words without their particle'),
  ('th', 'ประกันภัยบ้านคุ้มครองความเสียหาย', 'คุ้มครอง', true, 'Thai words'),
  ('zh', '退款政策', '款政', true, 'pairs of letters overlap'),
  ('zh', '退款政策', '政款', false, 'in their order'),
  ('zh', '使用 iPhone 付款', 'iphones', true, 'English words within Chinese');
select plan((select count(*)::integer from finds) + 42);
select is(coalesce(private.words(f.text, f.language) @@ private.phrase_query(f.question, array[f.language]), false), f.is_found, f.name || ': ' || f.question)
from finds as f;

-- questions
select is(private.sought_words('Wie lang sind die Fristen?', '{de}'), '{lang,frist}', 'a question has its words in order, without stop words');
select is(private.sought_words('drying dried', '{en,de}'), '{dri,dri,drying,dried}', 'in each of the languages, as often as it has them');
select is(private.sought_words('the and', '{en}'), null, 'stop words alone are nothing');
select is(private.sought_words('', '{en}'), null, 'nor is an empty question');
select is(private.sought_words('pump', '{}'), '{pump}', 'without languages, they are unknown');
select is(cardinality(private.sought_words((select string_agg('word' || chr(97 + i % 26) || chr(97 + i / 26), ' ') from generate_series(0, 200) as i), '{en}')), 64, 'at most 64 words count');

-- search boxes
select is(private.row_words(b.text) @@ private.box_query(b.query), b.is_found, b.name)
from (values
  ('Die Küche ist trocken, siehe PPR-9087', 'kuchen', true, 'a stem of the language that the text seems to be in'),
  ('Die Küche ist trocken, siehe PPR-9087', 'the kuche', true, 'a stop word of English is ignored'),
  ('Die Küche ist trocken, siehe PPR-9087', '9087 -wet', true, 'numbers after a hyphen'),
  ('Die Küche ist trocken, siehe PPR-9087', 'trocken -PPR9087', false, 'a code is excluded in any spelling'),
  ('Die Küche ist trocken', '"küche ist"', true, 'words in quotation marks stand together'),
  ('Die Küche ist trocken', '"ist küche"', false, 'in their order'),
  ('Die Küche ist trocken', 'pump or trocken', true, 'or means either'),
  ('see report_final-v2.pdf', 'final', true, 'words within file names'),
  ('매출이 증가했습니다', '매출', true, 'words with particles'),
  ('由于道路封闭', '道路封闭', true, 'words without spaces'),
  ('由于道路封闭', '封闭道路', false, 'in the order of their letters'),
  ('ارتفعت المبيعات', 'مبيعات', true, 'Arabic words with and without the article'),
  ('Zwrot wpłaconej kwoty', 'kwota', true, 'beginnings of words in languages without a stemmer'),
  ('Договор аренды был расторгнут', 'договоры', true, 'inflected words of another script')
) as b (text, query, is_found, name);
select is(private.box_query('-- & | ! <-> :*')::text, '', 'what is no word means nothing');

-- languages
select is(array[private.guess_language('Where is the pump?'), private.guess_language('Wo ist die Pumpe?'), private.guess_language('Où est la pompe ?')],
  '{en,de,fr}', 'frequent words tell the language');
select is(array[private.guess_language('ポンプ'), private.guess_language('水泵'), private.guess_language('펌프'), private.guess_language('насос')], '{ja,zh,ko,ru}', 'so do letters');
select is(private.guess_language('pump 42'), null, 'a name tells nothing');
select is((select array_agg(distinct private.word_configuration(c.tag)::text) from (values ('de'), ('de-AT'), ('DE_at')) as c (tag)), '{german}', 'a tag may have a region');
select is(private.word_configuration('und')::text, 'english', 'an unknown language is read as English');

-- marks
select is(private.mark_words('Die Kündigungsfristen, PPR-9087 und 매출이', 'de', private.sought_words('Frist PPR9087 매출', '{de}'), 'StartSel=[, StopSel=], HighlightAll=true'),
  'Die [Kündigungsfristen], [PPR]-[9087] und [매출]이', 'a mark encloses what matches, as it is written');

-- work grows with the text, not with its square: the lexemes of the longest words are bounded
select cmp_ok(length(private.words(repeat('abcdefgh', 6), 'de')), '<', 100, 'parts of a long word are bounded');
select is(length(private.words(repeat('x', 1000), 'de')), 1, 'a word that is too long for a compound has no parts');

-- what was accepted is stored, and its beginning is found
select ok(private.words((select string_agg(left(md5(i::text) || md5((i + 1)::text), 30), ' ') from generate_series(1, 1600) as i) || ' und der die das', 'de') @@ left(md5('1') || md5('2'), 30)::tsquery,
  'a text whose words and their parts are more than a tsvector holds has the words of its beginning');
select ok(private.row_words((select string_agg(chr(19968 + (i * 7919) % 20000), '') from generate_series(1, 150000) as i)) is not null, 'so has a long one of rare characters');
select lives_ok($$ select private.words('a' || repeat(U&'\0301', 40000) || repeat(U&'\0323', 40000), 'en') $$, 'marks on a letter are sorted up to a number');
select alike(private.mark_words('key ' || repeat('0af', 900) || ' needle', 'en', array['needl'], ''), '% <b>needle</b>', 'a word behind one that is too long is marked');
select lives_ok(format('select private.mark_words(%L, %L, %L, %L)', repeat('中国', 342), 'zh', '{中国}', ''), 'a long run of pairs is marked');
select lives_ok(format('select private.box_query(%L), private.phrase_query(%L, %L)', q, q, '{en}'), 'a search box takes ' || left(q, 20))
from unnest(array['C:\win32(x)', '1\&', '1\(', '"C:\1("', '1\|x', 'a1''b', repeat('中国1', 333), '"a' || repeat('1', 2400) || '"']) as q;

select * from finish();
rollback;
