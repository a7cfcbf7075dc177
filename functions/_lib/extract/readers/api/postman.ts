/** Postman collections 1.0, 2.0 and 2.1: one endpoint for each request, however deep its folder. */
import { truncate } from '../../../text/mod.ts'
import { tooDeep, tooMany } from '../../errors.ts'
import type { SourceFile } from '../../file.ts'
import { cleanJson } from '../../output/clean_json.ts'
import { type ApiEndpointPart, isObject, type Json, type JsonObject, type RawPart } from '../../parts.ts'

/** Whether a JSON value is a Postman collection. */
export function isPostman(value: unknown): value is JsonObject {
  const collection = unwrap(value)
  if (isFirstVersion(collection)) return true
  if (!isObject(collection) || !Array.isArray(collection['item']) || !isObject(collection['info'])) {
    return false
  }
  const { schema, _postman_id, name } = collection['info']
  return typeof _postman_id === 'string' ||
    (typeof schema === 'string' && schema.includes('getpostman.com')) ||
    typeof name === 'string'
}

/** Version 1 has the requests in one list, and their places in others. */
function isFirstVersion(value: unknown): value is JsonObject {
  if (!isObject(value) || typeof value['name'] !== 'string' || !Array.isArray(value['requests'])) return false
  return (Array.isArray(value['order']) || Array.isArray(value['folders'])) &&
    value['requests'].every((request) => isObject(request) && ('url' in request || 'method' in request))
}

/** A collection of version 1 as one of version 2.1. */
function convert(old: JsonObject): JsonObject {
  const requests = new Map(objects(old['requests']).map((request) => [request['id'] ?? request, request]))
  const folders = new Map(objects(old['folders']).map((folder) => [folder['id'] ?? folder, folder]))
  const placed = new Set<unknown>()
  const take = <T>(from: ReadonlyMap<unknown, T>, ids: unknown): T[] =>
    (Array.isArray(ids) ? ids : []).flatMap((id: unknown) => {
      const found = from.get(id)
      if (found === undefined || placed.has(id)) return []
      placed.add(id)
      return [found]
    })
  const itemsOf = (holder: JsonObject, depth: number): JsonObject[] => {
    if (depth > maxFolders) throw tooDeep()
    return [
      ...take(folders, holder['folders_order']).map((folder) => folderOf(folder, depth + 1)),
      ...take(requests, holder['order']).map(itemOf),
    ]
  }
  const folderOf = (folder: JsonObject, depth: number): JsonObject => ({
    name: folder['name'] ?? null,
    item: itemsOf(folder, depth),
  })
  const item = itemsOf(old, 0)
  // What no list places stands at the end: folders at the top, and requests that were forgotten.
  const inner = new Set(
    objects(old['folders']).flatMap((
      folder,
    ) => (Array.isArray(folder['folders_order']) ? folder['folders_order'] : [])),
  )
  for (const [id, folder] of folders) {
    if (placed.has(id) || inner.has(id as string)) continue
    placed.add(id)
    item.push(folderOf(folder, 1))
  }
  for (const [id, request] of requests) if (!placed.has(id)) item.push(itemOf(request))
  return {
    info: { name: old['name'] ?? null, description: old['description'] ?? null, schema: null },
    item,
    variable: old['variables'] ?? null,
  }
}

const maxFolders = 200

function objects(list: unknown): JsonObject[] {
  return Array.isArray(list) ? list.filter(isObject) : []
}

function itemOf(request: JsonObject): JsonObject {
  const mode = text(request['dataMode'])
  const data = mode === 'raw' ? request['rawModeData'] : request['data']
  const body = mode === null || data === undefined || data === null
    ? null
    : { mode: mode === 'params' ? 'formdata' : mode, [mode === 'params' ? 'formdata' : mode]: data }
  const header = text(request['headers']) ??
    (Array.isArray(request['headerData']) ? request['headerData'] : null)
  return {
    name: request['name'] ?? null,
    request: {
      method: request['method'] ?? null,
      url: request['url'] ?? null,
      description: request['description'] ?? null,
      header,
      body,
    },
    response: objects(request['responses']).map((response) => ({
      name: response['name'] ?? null,
      code: isObject(response['responseCode']) ? response['responseCode']['code'] ?? null : null,
      status: isObject(response['responseCode']) ? response['responseCode']['name'] ?? null : null,
      header: response['headers'] ?? null,
      body: response['text'] ?? null,
    })),
  }
}

/** Postman's API returns a collection wrapped in an object. */
function unwrap(value: unknown): unknown {
  return isObject(value) && isObject(value['collection']) && !Array.isArray(value['item'])
    ? value['collection']
    : value
}

/** The document and its endpoints. */
export function* readPostman(value: JsonObject, file: SourceFile): Generator<RawPart> {
  const given = unwrap(value) as JsonObject
  const collection = isFirstVersion(given) ? convert(given) : given
  const info = isObject(collection['info']) ? collection['info'] : {}
  yield {
    kind: 'document',
    title: text(info['name']) ?? file.title,
    type: 'postman',
    media_type: 'application/json',
    language: null,
    page_count: null,
    metadata: cleanJson({
      schema: text(info['schema']),
      description: prose(info['description']),
      variables: named(collection['variable']).map(({ name }) => name),
    }) as JsonObject,
  }
  const counter = { order: 0 }
  yield* walk(collection['item'], [], file, counter)
}

function* walk(
  items: unknown,
  folders: readonly string[],
  file: SourceFile,
  counter: { order: number },
): Generator<ApiEndpointPart> {
  if (!Array.isArray(items)) return
  if (folders.length > file.limits.depth) throw tooDeep()
  for (const item of items) {
    if (!isObject(item)) continue
    const name = text(item['name'])
    const { request } = item
    if (isObject(request) || typeof request === 'string') {
      if (counter.order >= file.limits.endpoints) {
        throw tooMany('The file', file.limits.endpoints, 'endpoints')
      }
      yield endpoint(
        item,
        name,
        typeof request === 'string' ? { url: request } : request,
        folders,
        counter.order++,
      )
    }
    if (Array.isArray(item['item'])) yield* walk(item['item'], [...folders, name ?? 'folder'], file, counter)
  }
}

function endpoint(
  item: JsonObject,
  name: string | null,
  request: JsonObject,
  folders: readonly string[],
  order: number,
): ApiEndpointPart {
  const url = request['url'] ?? null
  const description = prose(request['description']) ?? prose(item['description'])
  return {
    kind: 'api_endpoint',
    order,
    name,
    method: (text(request['method']) ?? 'GET').toUpperCase(),
    path: pathOf(url),
    summary: truncate(description?.split('\n')[0] ?? '', 300) || name,
    description,
    tags: folders,
    params: paramsOf(request, url),
    responses: cleanJson(
      (Array.isArray(item['response']) ? item['response'] : []).filter(isObject).map((answer) => ({
        name: text(answer['name']),
        status: text(answer['status']),
        code: answer['code'] ?? null,
        header: named(answer['header']),
        body: typeof answer['body'] === 'string' ? truncate(answer['body'], 20_000) : null,
      })),
    ),
    url: cleanJson(url),
  }
}

/** The address without scheme, host and query, with variables as they are: `/users/:id`. */
function pathOf(url: Json): string {
  if (isObject(url)) {
    const { path } = url
    if (Array.isArray(path)) {
      return `/${path.map((step) => isObject(step) ? `${step['value'] ?? ''}` : `${step}`).join('/')}`
    }
    if (typeof path === 'string') return path.startsWith('/') ? path : `/${path}`
    return pathOf(url['raw'] ?? '')
  }
  if (typeof url !== 'string') return '/'
  const bare = url.trim().split(/[?#]/)[0] ?? ''
  const path = bare.replace(/^[a-z][a-z\d+.-]*:\/\/[^/]*/i, '').replace(/^\{\{[^}]*\}\}(?=\/|$)/, '')
  // Without a scheme, a first step that looks like a host is the host.
  const local = path === bare
    ? path.replace(/^[\w-]+(\.[\w-]+)+(:\d+)?(?=\/|$)|^localhost(:\d+)?(?=\/|$)/i, '')
    : path
  return local.startsWith('/') ? local : `/${local}`
}

function paramsOf(request: JsonObject, url: Json): JsonObject[] {
  const found: JsonObject[] = []
  const add = (place: string, list: unknown): void => {
    for (const entry of named(list)) found.push({ ...entry, in: place })
  }
  if (isObject(url)) {
    add('path', url['variable'])
    add('query', url['query'])
  }
  if (!isObject(url) || !Array.isArray(url['query'])) {
    const raw = isObject(url) ? text(url['raw']) : typeof url === 'string' ? url : null
    const query = raw?.split('#')[0]?.split('?')[1]
    if (query) {
      add(
        'query',
        query.split('&').map((pair) => ({ key: pair.split('=')[0], value: pair.split('=')[1] ?? '' })),
      )
    }
  }
  add('header', request['header'])
  const { body } = request
  if (isObject(body) && text(body['mode'])) {
    const mode = text(body['mode']) ?? ''
    if (mode === 'urlencoded' || mode === 'formdata') add('formData', body[mode])
    else {
      const content = body[mode]
      found.push({
        name: 'body',
        in: 'body',
        mode,
        value: typeof content === 'string' ? truncate(content, 20_000) : cleanJson(content ?? null),
      })
    }
  }
  return found.map((param) => cleanJson(param) as JsonObject)
}

/** Lists of key, value and description; also headers in the older form, one a line. */
function named(list: unknown): JsonObject[] {
  if (typeof list === 'string') {
    return list.split('\n').flatMap((line) => {
      const [name = '', ...rest] = line.split(':')
      return name.trim() ? [{ name: name.trim(), value: rest.join(':').trim() }] : []
    })
  }
  if (!Array.isArray(list)) return []
  return list.filter(isObject).flatMap((entry) => {
    const name = text(entry['key']) ?? text(entry['id']) ?? text(entry['name'])
    if (name === null) return []
    const description = prose(entry['description'])
    return [{
      name,
      value: cleanJson(entry['value'] ?? null),
      ...(description === null ? {} : { description }),
      ...(entry['disabled'] === true ? { disabled: true } : {}),
    }]
  })
}

/** A description is text, or an object with the text. */
function prose(value: unknown): string | null {
  return isObject(value) ? text(value['content']) : text(value)
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value.trim() ? value.trim() : null
}
