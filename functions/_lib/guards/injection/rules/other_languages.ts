/** Overriding, leaking and lifting the rules, and notes to the machine, in other languages than English. */
import { outside, type Rule, rule } from './vocabulary.ts'

/** Names begin with the code of the language. */
export const otherLanguageRules: readonly Rule[] = [
  ...language('es', {
    drop: '(?:ignor(?:a|e|en|ar)|olvid(?:a|e|en|ar)|desatiende|descarta|omite|no sigas|no obedezcas)\\b',
    rules: '(?:instrucciones|reglas|ordenes|indicaciones|directrices|normas)\\b',
    own: '(?:tus?|sus?|anteriores|previas|que te|del sistema|del usuario|recibiste)\\b',
    show: '(?:muestra|muestrame|revela|dime|imprime|repite|ensename|escribe)\\b',
    secret: '(?:prompt|instrucciones (?:del sistema|ocultas|iniciales|que recibiste)|texto anterior)\\b',
    free: 'sin (?:ningun(?:a)? )?(?:restricci\\p{L}+|limites?|filtros)\\b',
  }),
  ...language('pt', {
    drop: '(?:ignor(?:e|a|em)|esque[cç]a|desconsidere|descarte|nao siga)\\b',
    rules: '(?:instrucoes|regras|ordens|diretrizes|comandos)\\b',
    own: '(?:suas?|seus?|anteriores|previas|que (?:voce )?recebeu|do sistema|do usuario|as regras)\\b',
    show: '(?:mostre|revele|diga|imprima|repita|exiba)\\b',
    secret: '(?:prompt|instrucoes (?:do sistema|ocultas|iniciais))\\b',
    free: 'sem (?:nenhuma? |qualquer )?(?:restric\\p{L}+|limites?|filtros)\\b',
  }),
  ...language('fr', {
    drop:
      '(?:ignor(?:e|ez|er)|oubli(?:e|ez|er)|ne (?:suis|suivez|respecte|respectez) (?:pas|plus)|meprise|fais abstraction)\\b',
    rules:
      '(?:(?:les|tes|vos|ces|mes|toute?s?|tous|des)(?: \\p{L}+){0,2} (?:instructions|consignes|regles|directives|ordres))\\b',
    own: "(?:tes|vos|precedentes|anterieures|initiales|systeme|ci-dessus|qu'on t)",
    show: '(?:affiche|montre|revele|repete|donne|imprime|revelez|affichez|ecris|recopie)\\b',
    secret:
      '(?:prompt|instructions (?:systeme|initiales|cachees)|texte qui precede|tes (?:instructions|consignes))\\b',
    free: 'sans (?:aucune? )?(?:restriction|limite|filtre|regle)s?\\b',
  }),
  ...language('it', {
    drop: '(?:ignora|ignorate|dimentica|dimenticate|trascura|non seguire)\\b',
    rules: '(?:istruzioni|regole|direttive|ordini|comandi)\\b',
    own: '(?:tue|vostre|precedenti|del sistema|ricevute|iniziali)\\b',
    show: '(?:mostra|mostrami|rivela|stampa|ripeti|dimmi|scrivi)\\b',
    secret: '(?:prompt|istruzioni (?:di sistema|nascoste|iniziali))\\b',
    free: 'senza (?:alcun[ao]? |nessun[ao]? )?(?:restrizion\\p{L}|limit[ei]|filtr[oi])\\b',
  }),
  ...language('de', {
    drop: '(?:ignorier\\p{L}*|vergiss|vergesst|vergessen sie|missachte\\p{L}*|verwirf|ubergehe?)\\b',
    rules:
      '(?:\\p{L}*anweisung(?:en)?|regeln|vorgaben|instruktion(?:en)?|befehle|richtlinien|systemprompt)\\b',
    own: '(?:dein|ihre|vorherig|bisherig|vorig|obig|fruher|urspr|alle |system)',
    show: '(?:zeig|zeige|gib|nenne?|verrat[e]?|wiederhol[e]?|drucke?|schreib[e]?)\\b',
    secret:
      '(?:system-?prompt|systemanweisung(?:en)?|deine[nr]? (?:anweisungen|regeln|instruktionen)|anweisungen, die du)\\b',
    free:
      'ohne (?:jede|jegliche|irgendwelche|alle|irgendeine)?n? ?(?:einschrankung(?:en)?|beschrankung(?:en)?|grenzen|filter|regeln)\\b',
  }),
  ...language('nl', {
    drop: '(?:negeer|vergeet|omzeil)\\b',
    rules: '(?:instructies|regels|opdrachten|richtlijnen|aanwijzingen)\\b',
    own: '(?:je|jouw|uw|vorige|eerdere|bovenstaande|alle)\\b',
    show: '(?:toon|laat|geef|onthul|herhaal|print)\\b',
    secret: '(?:systeemprompt|systeem-prompt|je (?:prompt|instructies)|systeeminstructies)\\b',
    free: 'zonder (?:enige |alle )?(?:beperking(?:en)?|grenzen|filters?|restricties)\\b',
  }),
  ...language('pl', {
    drop: '(?:zignoruj|ignoruj|zapomnij|pomin)',
    rules: '(?:instrukcj\\p{L}+|polecen\\p{L}*|zasad\\p{L}*|regu\\p{L}+|wytyczn\\p{L}+)',
    own: '(?:poprzedni|wczesniejsz|swoi|swoje|twoje|wszystki|o )',
    show: '(?:pokaz|ujawnij|wypisz|powtorz|wyswietl|podaj)',
    secret: '(?:prompt|instrukcje systemow\\p{L}+|ukryte instrukcje)',
    free: 'bez (?:zadnych |jakichkolwiek )?(?:ograniczen|limitow|filtrow)',
  }),
  ...language('ru', {
    drop: '(?:игнорируи|игнорируите|проигнорируи|забудь|забудьте|отбрось|не следуи)',
    rules: '(?:инструкци\\p{L}*|правила|указани\\p{L}*|команды|приказы|ограничени\\p{L}*)',
    own: '(?:предыдущ|прежни|свои|твои|ваши|все|данные)',
    show: '(?:покажи|раскрои|выведи|повтори|напиши|скажи|распечатаи)',
    secret:
      '(?:промпт|системн\\p{L}+ (?:инструкци|сообщени)\\p{L}*|инструкции,? которые тебе|скрытые инструкции)',
    free: 'без (?:каких-либо |всяких )?(?:ограничени|фильтров|правил)',
  }),
  rule(
    'zh_drop',
    0.7,
    '(?:忽略|无视|忘记|忘掉|不要遵守|抛弃)[^。!?]{0,8}(?:之前|以前|以上|上面|先前|你的|所有|系统)[^。!?]{0,6}(?:指令|指示|规则|提示|说明|设定|要求)',
  ),
  rule(
    'zh_show',
    0.65,
    '(?:告诉|显示|输出|打印|重复|说出|展示|泄露)[^。!?]{0,8}(?:系统提示|提示词|系统指令|初始指令|隐藏)',
  ),
  rule('zh_above', 0.6, '(?:上面|以上|之前)的?(?:内容|文字|所有|全部)[^。!?]{0,10}(?:重复|复述|输出|打印)'),
  rule('zh_free', 0.45, '(?:不受|没有|无)(?:任何)?(?:限制|约束)'),
  rule(
    'zh_note',
    0.6,
    '(?:给|致)?(?:人工智能|语言模型|ai) ?(?:助手|模型)?的?(?:说明|指令|注意|提示)|(?:无视|忽略)用户',
    outside,
  ),
  rule('ja_drop', 0.7, '(?:指示|命令|ルール|規則|プロンプト|制約)(?:を|は)[^。!?]{0,8}(?:無視|忘れ|破棄)'),
  rule(
    'ja_show',
    0.65,
    'システム ?プロンプト[^。!?]{0,6}(?:表示|見せ|教え|出力|公開)|(?:隠された|最初の)指示を[^。]{0,6}(?:教え|表示)',
  ),
  rule('ja_free', 0.45, '制限(?:なし|無し|なく|を外し)'),
  rule('ko_drop', 0.7, '(?:지시|명령|규칙|프롬프트|지침)[를을은는]?[^.!?]{0,8}(?:무시|잊)'),
  rule('ko_show', 0.65, '시스템 ?프롬프트[를을]?[^.!?]{0,6}(?:보여|알려|출력|공개)'),
  rule('ko_free', 0.45, '제한 ?없이'),
  rule(
    'ar_drop',
    0.7,
    '(?:تجاهل|انس|انسى)[^.!؟]{0,12}(?:التعليمات|القواعد|الأوامر|الاوامر|التوجيهات|تعليماتك|قواعدك)',
  ),
  rule(
    'ar_show',
    0.65,
    '(?:اعرض|أظهر|اظهر|اكشف|اكتب|كرر)[^.!؟]{0,12}(?:موجه النظام|تعليمات النظام|تعليماتك|البرومبت)',
  ),
  rule('ar_free', 0.45, '(?:بدون|دون|بلا) (?:أي|اي)? ?(?:قيود|حدود)'),
  rule(
    'foreign_own_prompt',
    0.5,
    '(?<!\\p{L})(?:deine[mnrs]?|dein|tu|tus|ton|tes|tuo|twoj|je|jouw|seu) (?:system-?prompt|systeemprompt|prompt (?:de |del |di |do )?(?:sistema|systeme)|prompt systemowy)|системн\\p{L}+ промпт|系统提示|システムプロンプト|시스템 ?프롬프트',
  ),
  rule(
    'foreign_as_if',
    0.5,
    '(?:tu so,? als|haz como si|fais comme si|faz de conta|faca de conta|fai finta|doe alsof)[^.!?]{0,40}?(?:regeln|reglas|regles?|regras|regole|regels|beschrankung|restriccion|restriction|restric)',
  ),
  rule(
    'foreign_no_force',
    0.5,
    '(?:beschrankung|einschrankung|regel|filter|richtlinie)\\p{L}*[^.!?]{0,25}?au(?:ß|ss)er kraft|deja de obedecer|arrete d.obeir',
  ),
  rule(
    'foreign_note',
    0.65,
    "\\b(?:nota|aviso|hinweis|anweisung|note|mensaje|message|nachricht|avviso|istruzioni|instrucciones|instructions|instrucoes|bericht|opmerking)(?: \\p{L}+){0,2} (?:para|an|a|al|fur|pour|per|alla|all'|voor)(?: (?:la|el|o|os|as|a|die|den|das|le|les|un|una|de))? ?(?:l')?(?:(?:assistant|asistente|assistente)\\p{L}* )?(?:de )?(?:ia|ki|ai|inteligencia artificial|sprachmodelle?|modelos? de (?:lenguaje|linguagem)|modele de langage|chatbots?|asistente|taalmodel)\\b",
    outside,
  ),
  rule(
    'foreign_if',
    0.7,
    '\\b(?:si eres|si es|si vous etes|si tu es|se voce e|se sei|wenn du|falls du|als je|als u)(?: \\p{L}+){0,2} (?:modelo|modele|modello|sprachmodell|ki|ia|ai|taalmodel|chatbot)\\b',
    outside,
  ),
  rule(
    'foreign_reader',
    0.55,
    '\\b(?:sprachmodelle?|ki-?(?:modelle?|assistente?n?))[^.!?]{0,40}(?:sollen?|mussen|muss|durfen)\\b',
    outside,
  ),
  rule(
    'foreign_user',
    0.5,
    '\\b(?:ignoriere?|missachte|ignora|ignore|ne tiens? pas compte|ne tenez pas compte|desconsidere|no sigas|negeer)[^.!?]{0,30}(?:benutzers?|nutzers?|usuario|utilisateur|utente|gebruiker|la question|die frage)',
    outside,
  ),
]

type Phrases = { drop: string; rules: string; own: string; show: string; secret: string; free: string }

function language(code: string, phrases: Phrases): Rule[] {
  const start = '(?<!\\p{L})'
  const { drop, rules, own, show, secret, free } = phrases
  return [
    rule(`${code}_drop`, 0.45, `${start}${drop}[^.!?]{0,40}?${start}${rules}`),
    rule(
      `${code}_drop_own`,
      0.45,
      `${start}${drop}[^.!?]{0,40}?${start}${own}[^.!?]{0,30}?${rules}|${start}${drop}[^.!?]{0,40}?${start}${rules}[^.!?]{0,15}?${own}`,
    ),
    rule(`${code}_show`, 0.6, `${start}${show}[^.!?]{0,50}?${start}${secret}`),
    rule(`${code}_free`, 0.4, `${start}${free}`),
    rule(
      `${code}_free_answer`,
      0.3,
      `(?:respon|repond|rispon|antwort|antwoord|odpowia|отвеча)\\p{L}*[^.!?]{0,40}?${free}`,
    ),
    rule(
      `${code}_machine`,
      0.4,
      `(?:eres|es|bist|sei|voce e|ben|ты) (?:ahora )?(?:una?|uma|eine?|une|een)? ?(?:ia|ki|ai|modelo|modell)[^.!?]{0,20}?${free}`,
    ),
  ]
}
