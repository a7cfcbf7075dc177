/** OpenAPI 2 (Swagger), 3.0 and 3.1: one endpoint for each method of each path, with its local references resolved. */
import { truncate } from '../../../text/mod.ts'
import { tooMany } from '../../errors.ts'
import type { SourceFile } from '../../file.ts'
import { cleanJson } from '../../output/clean_json.ts'
import { type ApiEndpointPart, isObject, type JsonObject, type RawPart, warning } from '../../parts.ts'
import { References } from './refs.ts'

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] as const

/** Whether a JSON or YAML value is an OpenAPI description. */
export function isOpenApi(value: unknown): value is JsonObject {
  if (!isObject(value)) return false
  const version = value['openapi'] ?? value['swagger']
  return (typeof version === 'string' || typeof version === 'number') && /^[23]/.test(`${version}`) &&
    (isObject(value['paths']) || isObject(value['webhooks']) || isObject(value['components']))
}

/** The document and its endpoints. */
export function* readOpenApi(spec: JsonObject, file: SourceFile): Generator<RawPart> {
  const { limits } = file
  const info = isObject(spec['info']) ? spec['info'] : {}
  const components = isObject(spec['components']) ? spec['components'] : {}
  const schemes = spec['securityDefinitions'] ?? components['securitySchemes']
  yield {
    kind: 'document',
    title: text(info['title']) ?? file.title,
    type: 'openapi',
    media_type: 'application/vnd.oai.openapi',
    language: null,
    page_count: null,
    metadata: cleanJson({
      openapi: `${spec['openapi'] ?? spec['swagger']}`,
      version: text(info['version']),
      description: truncate(text(info['description']) ?? '', 10_000) || undefined,
      servers: servers(spec),
      security_schemes: isObject(schemes) ? Object.keys(schemes) : [],
    }) as JsonObject,
  }
  const references = new References(spec, limits.resolvedNodes)
  let order = 0
  const groups: [string, unknown][] = [['', spec['paths']], ['webhook:', spec['webhooks']]]
  for (const [prefix, paths] of groups) {
    if (!isObject(paths)) continue
    for (const [path, unresolved] of Object.entries(paths)) {
      const item = references.shallow(unresolved)
      if (!isObject(item)) continue
      for (const method of methods) {
        const operation = item[method]
        if (!isObject(operation)) continue
        if (order >= limits.endpoints) {
          throw tooMany('The file', limits.endpoints, 'endpoints')
        }
        yield {
          ...describe(item, operation),
          order: order++,
          method: method.toUpperCase(),
          path: `${prefix}${path}`,
          params: params(item, operation, references),
          responses: responses(spec, operation, references),
        }
      }
    }
  }
  if (references.unresolved) {
    yield warning(
      'references_unresolved',
      'References that could not be resolved were kept as they are.',
      references.unresolved,
    )
  }
}

function describe(
  item: JsonObject,
  operation: JsonObject,
): Omit<ApiEndpointPart, 'order' | 'method' | 'path' | 'params' | 'responses'> {
  const tags = Array.isArray(operation['tags']) ? operation['tags'] : []
  return {
    kind: 'api_endpoint',
    name: text(operation['operationId']),
    summary: text(operation['summary']) ?? text(item['summary']),
    description: text(operation['description']) ?? text(item['description']),
    tags: tags.filter((tag) => typeof tag === 'string'),
    url: null,
  }
}

/** Parameters of the operation replace those of the path with the same name and place; the body is one of them. */
function params(item: JsonObject, operation: JsonObject, references: References): JsonObject[] {
  const all = new Map<string, JsonObject>()
  for (const list of [item['parameters'], operation['parameters']]) {
    if (!Array.isArray(list)) continue
    for (const unresolved of list) {
      const parameter = references.resolve(unresolved)
      if (isObject(parameter)) {
        all.set(`${parameter['in']} ${parameter['name'] ?? all.size}`, clean(parameter))
      }
    }
  }
  const body = references.resolve(operation['requestBody'] ?? null)
  if (isObject(body)) all.set('body', clean({ name: 'body', in: 'body', ...body }))
  return [...all.values()]
}

function responses(spec: JsonObject, operation: JsonObject, references: References): JsonObject {
  const answers = references.resolve(operation['responses'] ?? {})
  const security = operation['security'] ?? spec['security']
  const schemes = Array.isArray(security)
    ? [...new Set(security.flatMap((choice) => isObject(choice) ? Object.keys(choice) : []))]
    : []
  return clean({
    ...(isObject(answers) ? answers : {}),
    ...(schemes.length ? { x_security: { schemes } } : {}),
  })
}

function servers(spec: JsonObject): string[] {
  if (Array.isArray(spec['servers'])) {
    return spec['servers'].flatMap((server) => {
      const url = isObject(server) ? text(server['url']) : null
      return url === null ? [] : [url]
    })
  }
  const host = text(spec['host'])
  if (host === null) return []
  const schemes = Array.isArray(spec['schemes']) ? spec['schemes'] : ['https']
  return schemes.map((scheme) => `${scheme}://${host}${text(spec['basePath']) ?? ''}`)
}

function clean(value: JsonObject): JsonObject {
  return cleanJson(value) as JsonObject
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value.trim() ? value.trim() : null
}
