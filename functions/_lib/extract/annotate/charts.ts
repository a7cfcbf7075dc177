/** Charts and figures, by their captions. */
import type { Finding } from './findings.ts'

const caption = /^(?:figure|fig\.|chart|graph|diagram)\s*\d+[.:\s–-]/i
/** Longer paragraphs are text about a chart. */
const maxCaptionChars = 500

/** The captions among the paragraphs of a text. */
export function findCaptions(text: string): string[] {
  return text.split('\n\n').filter((paragraph) =>
    paragraph.length <= maxCaptionChars && caption.test(paragraph)
  )
}

/** The evidence for a chart and its fact; `id` is unique in the document. */
export function chartFinding(caption: string, id: string, filename: string, page: number | null): Finding {
  const type = /^(chart|graph)/i.test(caption) ? 'chart' : 'figure'
  return {
    evidence: {
      locator: `${filename}#${id}`,
      preview: caption,
      content_type: 'chart',
      coordinates: page === null ? null : { page, bbox: null },
      full_data: {
        id,
        page,
        bbox: null,
        image_path: null,
        caption,
        type,
        extracted_text: null,
        vlm_enabled: false,
      },
    },
    fact: { entity: 'chart', metrics: { chart_id: id, chart_type: type, chart_caption: caption } },
  }
}
