/** Tags of a document, without a model. */

const emptyWords = new Set(
  ('a an the this that these those it its we our you your they their he she his her i in on at of for from to by with ' +
    'and or but if as is are was were be when where while what which who how why not no all any some each every there ' +
    'here please note see also however then than after before during since until yes')
    .split(' '),
)

/** The first `max` different capitalized phrases, of up to three words each. */
export function heuristicTags(text: string, max = 5): string[] {
  const tags = new Map<string, string>()
  for (const match of text.matchAll(/\p{Lu}[\p{L}\d&'’-]{1,30}(?:[ ]\p{Lu}[\p{L}\d&'’-]{1,30}){0,11}/gu)) {
    const words = match[0].split(' ')
    while (words.length && emptyWords.has(words[0]?.toLowerCase() ?? '')) words.shift()
    while (words.length) {
      const tag = words.splice(0, 3).join(' ').replace(/['’-]+$/, '')
      if (tag.length >= 3 && !tags.has(tag.toLowerCase())) tags.set(tag.toLowerCase(), tag)
      if (tags.size === max) return [...tags.values()]
    }
  }
  return [...tags.values()]
}
