import { strict as assert } from 'node:assert'
import { PassageLanguages } from './mod.ts'

const english = 'Replace the air filter of the dehumidifier after every two hundred operating hours.'
const german = 'Der Mietvertrag kann von beiden Seiten mit einer Frist von drei Monaten beendet werden.'

Deno.test('each passage has its own language', () => {
  const languages = new PassageLanguages()
  assert.equal(languages.of(english), 'en')
  assert.equal(languages.of(german), 'de')
  assert.equal(languages.of('由于道路封闭，备件的交货推迟到下周。'), 'zh')
  assert.equal(languages.of('除湿機のエアフィルターを交換してください。'), 'ja')
  assert.equal(languages.of('제습기의 공기 필터는 교체해야 합니다.'), 'ko')
  assert.equal(languages.of('ต้องเปลี่ยนแผ่นกรองอากาศของเครื่อง'), 'th')
})

Deno.test('what is too short has the language of the file, or else that of most passages before it', () => {
  const languages = new PassageLanguages()
  assert.equal(languages.of('PPR-9087'), null)
  languages.of(german)
  languages.of(english)
  languages.of(german)
  assert.equal(languages.of('PPR-9087'), 'de')
  languages.declared = 'fr-FR'
  assert.equal(languages.of('PPR-9087'), 'fr-FR')
})

Deno.test('a passage in another language than the file declares has its own', () => {
  const languages = new PassageLanguages()
  languages.declared = 'en-US'
  assert.equal(languages.of(german), 'de')
})

Deno.test('a declared language that is no tag counts nothing', () => {
  const languages = new PassageLanguages()
  for (const declared of ['', 'English (United States)', '$LANG', 'x'.repeat(50)]) {
    languages.declared = declared
    assert.equal(languages.of('PPR-9087'), null)
  }
  languages.declared = ' pt_BR '
  assert.equal(languages.of('PPR-9087'), 'pt-BR')
})
