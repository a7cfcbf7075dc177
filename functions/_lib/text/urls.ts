/** URLs that a Markdown text would load or link to, as browsers resolve them. */

export interface FoundUrl {
  readonly url: string
  /** `image`: a renderer loads it, so that its host sees the request. `link`: only if a person follows it. */
  readonly kind: 'image' | 'link'
}

const maxUrls = 100
const maxUrlChars = 2_000
const maxCharsTogether = 20_000

/** Where a destination stands in Markdown or HTML; the pattern of an image has the name `image`. */
const places = [
  // An image may stand within the text of a link, so only the beginning is consumed.
  // [text](destination) and ![text](<destination> "title"); a renderer may load what it takes for an image
  /(?<image>!)?\[(?=(?:[^\[\]\\]|\\.|\[[^\[\]]*\]){0,1000}\]\(\s*(?:<(?<pointed>[^<>\n]*)>|(?<plain>[^\s()]*(?:\([^\s()]*\)[^\s()]*)*)))/g,
  // [name]: destination
  /^[ \t>]{0,20}\[(?<name>[^\[\]\n]{1,200})\]:\s*(?:<(?<pointed>[^<>\n]*)>|(?<plain>\S+))/gm,
  // <img src="destination">, <a href='destination'>, style="background: url(destination)"
  /(?:(?<image>src|srcset|poster|background|data)|href|action)\s*=\s*(?:"(?<double>[^"]*)"|'(?<single>[^']*)'|(?<plain>[^\s"'<>`]+))/gi,
  /(?<image>url)\(\s*["']?(?<plain>[^\s"')]+)/gi,
  // https://destination in the text
  /(?<plain>[a-z][a-z0-9+.-]{1,20}:\/\/[^\s<>"'`\\)\]}]+)/gi,
]

/** Each URL once, images first, and of a limited number and length: what is not in the list is not known to be harmless. */
export function findUrls(markdown: string): FoundUrl[] {
  const text = decodeEntities(markdown)
  const images = imageNames(text)
  const kinds = new Map<string, FoundUrl['kind']>()
  for (const pattern of places) {
    for (const { groups = {} } of text.matchAll(pattern)) {
      const { image, name } = groups
      const written = groups['pointed'] ?? groups['plain'] ?? groups['double'] ?? groups['single'] ?? ''
      const url = externalUrl(written.replace(/\\([!-/:-@[-`{-~])/g, '$1'))
      if (url === null) continue
      const isImage = image !== undefined || name !== undefined && images.has(name.trim().toLowerCase())
      if (isImage || !kinds.has(url)) kinds.set(url, isImage ? 'image' : 'link')
    }
  }
  let characters = 0
  return [...kinds].map(([url, kind]) => ({ url, kind }))
    .sort((a, b) => Number(b.kind === 'image') - Number(a.kind === 'image'))
    .slice(0, maxUrls)
    .filter(({ url }) => (characters += url.length) <= maxCharsTogether)
}

/** Names of references that images use: ![text][name], ![name][] and ![name]. */
function imageNames(text: string): Set<string> {
  return new Set(
    [...text.matchAll(/!\[([^\[\]]{0,1000})\](?:\[([^\[\]]{0,200})\])?/g)].map(([, alt = '', name]) =>
      (name || alt).trim().toLowerCase()
    ),
  )
}

/** Null where a browser stays on the page's own host. A page may be served with or without TLS. */
function externalUrl(written: string): string | null {
  if (written === '' || written.length > maxUrlChars) return null
  for (const base of ['https://own.invalid/', 'http://own.invalid/']) {
    const url = URL.parse(written, base)
    if (url && url.host !== 'own.invalid' && url.protocol !== 'data:') return url.href
  }
  return null
}

const named: Record<string, string> = {
  colon: ':',
  sol: '/',
  period: '.',
  amp: '&',
  num: '#',
  lpar: '(',
  rpar: ')',
}

/** Markdown and HTML decode these in destinations. */
function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,10}));/gi, (whole, decimal, hex, name) => {
    if (name) return named[name.toLowerCase()] ?? whole
    const code = decimal ? Number(decimal) : parseInt(hex, 16)
    return code > 0x1f && code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}
