/** API descriptions: OpenAPI 2 and 3 in JSON and YAML, and Postman collections. */
import assert from 'node:assert/strict'
import type { ApiEndpointPart } from '../../parts.ts'
import { documentOf, only, type Options, partsOf, refusedAs } from '../../testing/extracting.ts'

async function endpoints(
  filename: string,
  value: unknown,
  options: Options = {},
): Promise<ApiEndpointPart[]> {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return only(await partsOf(filename, text, options), 'api_endpoint')
}

const pets = {
  openapi: '3.1.0',
  info: { title: 'Pets', version: '1.2.3', description: 'About pets' },
  servers: [{ url: 'https://api.example.com/v1' }],
  security: [{ key: [] }],
  components: {
    securitySchemes: { key: { type: 'apiKey' }, oauth: { type: 'oauth2' } },
    parameters: { limit: { name: 'limit', in: 'query', schema: { $ref: '#/components/schemas/Count' } } },
    schemas: {
      Count: { type: 'integer' },
      Pet: {
        type: 'object',
        properties: { name: { type: 'string' }, friend: { $ref: '#/components/schemas/Pet' } },
      },
      'a/b~c d': { type: 'string' },
    },
    responses: { Missing: { description: 'not there' } },
    requestBodies: {
      Pet: {
        required: true,
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } },
      },
    },
  },
  paths: {
    '/pets/{id}': {
      summary: 'One pet',
      parameters: [{ name: 'id', in: 'path', required: true }, {
        name: 'limit',
        in: 'query',
        description: 'of the path',
      }],
      get: {
        operationId: 'getPet',
        summary: 'Get it',
        tags: ['pets', 'read'],
        parameters: [{ $ref: '#/components/parameters/limit' }],
        responses: {
          200: {
            description: 'ok',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } },
          },
          404: { $ref: '#/components/responses/Missing' },
        },
      },
      put: {
        requestBody: { $ref: '#/components/requestBodies/Pet' },
        security: [{ oauth: ['write'] }],
        responses: {},
      },
      'x-internal': { get: {} },
    },
    '/odd': { $ref: '#/components/pathItems/odd' },
    '/escaped': {
      post: {
        security: [],
        parameters: [{ name: 'q', in: 'query', schema: { $ref: '#/components/schemas/a~1b~0c%20d' } }],
      },
    },
    '/every': Object.fromEntries(
      ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'].map((method) => [method, {}]),
    ),
  },
}

Deno.test('every method of every path is an endpoint, with its references resolved', async () => {
  const parts = await partsOf('pets.json', JSON.stringify(pets))
  const document = documentOf(parts)
  assert.deepEqual([document.type, document.title], ['openapi', 'Pets'])
  assert.deepEqual(document.metadata, {
    openapi: '3.1.0',
    version: '1.2.3',
    description: 'About pets',
    servers: ['https://api.example.com/v1'],
    security_schemes: ['key', 'oauth'],
  })
  const found = only(parts, 'api_endpoint')
  assert.deepEqual(found.map(({ order }) => order), found.map((_, index) => index))
  assert.equal(found.length, 2 + 1 + 7)
  const [get, put, escaped] = found
  assert.deepEqual(get, {
    kind: 'api_endpoint',
    order: 0,
    name: 'getPet',
    method: 'GET',
    path: '/pets/{id}',
    summary: 'Get it',
    description: null,
    tags: ['pets', 'read'],
    params: [
      { name: 'id', in: 'path', required: true },
      { name: 'limit', in: 'query', schema: { type: 'integer' } },
    ],
    responses: {
      200: {
        description: 'ok',
        content: {
          'application/json': {
            schema: {
              type: 'object',
              properties: { name: { type: 'string' }, friend: { $ref: '#/components/schemas/Pet' } },
            },
          },
        },
      },
      404: { description: 'not there' },
      x_security: { schemes: ['key'] },
    },
    url: null,
  })
  assert.equal(put?.summary, 'One pet')
  assert.deepEqual(put?.params.map((param) => [param['name'], param['in'], param['required'] ?? null]), [
    ['id', 'path', true],
    ['limit', 'query', null],
    ['body', 'body', true],
  ])
  assert.deepEqual(put?.responses, { x_security: { schemes: ['oauth'] } })
  assert.deepEqual(escaped?.params[0]?.['schema'], { type: 'string' })
  assert.deepEqual(escaped?.responses, {})
  assert.deepEqual(only(parts, 'warning').map(({ code, count }) => [code, count]), [[
    'references_unresolved',
    1,
  ]])
})

Deno.test('Swagger 2 has its parameters, body and host', async () => {
  const spec = {
    swagger: '2.0',
    info: { title: 'Old', version: '1' },
    host: 'api.example.com',
    basePath: '/v2',
    schemes: ['https'],
    securityDefinitions: { basic: { type: 'basic' } },
    definitions: { User: { type: 'object' } },
    paths: {
      '/users': {
        post: {
          operationId: 'add',
          security: [{ basic: [] }],
          parameters: [{ in: 'body', name: 'user', schema: { $ref: '#/definitions/User' } }],
          responses: { 201: { description: 'made', schema: { $ref: '#/definitions/User' } } },
        },
      },
    },
  }
  const parts = await partsOf('old.json', JSON.stringify(spec))
  assert.deepEqual(documentOf(parts).metadata['servers'], ['https://api.example.com/v2'])
  const [endpoint] = only(parts, 'api_endpoint')
  assert.deepEqual(endpoint?.params, [{ in: 'body', name: 'user', schema: { type: 'object' } }])
  assert.deepEqual(endpoint?.responses, {
    201: { description: 'made', schema: { type: 'object' } },
    x_security: { schemes: ['basic'] },
  })
})

Deno.test('YAML is read as JSON is, by its content and by its name', async () => {
  const yaml =
    'openapi: 3.0.0\ninfo:\n  title: Y\n  version: "1"\npaths:\n  /a:\n    get:\n      responses:\n        200:\n          description: ok\n'
  for (const name of ['api.yaml', 'api.yml', 'api.txt', 'api']) {
    const parts = await partsOf(name, yaml)
    assert.equal(documentOf(parts).type, 'openapi', name)
    assert.deepEqual(only(parts, 'api_endpoint')[0]?.responses, { 200: { description: 'ok' } })
  }
})

Deno.test('types that refer to each other in a circle stay small', async () => {
  const names = Array.from({ length: 60 }, (_, index) => `T${index}`)
  const properties = Object.fromEntries(names.map((name) => [name, { $ref: `#/components/schemas/${name}` }]))
  const spec = {
    openapi: '3.0.0',
    info: {},
    components: { schemas: Object.fromEntries(names.map((name) => [name, { properties }])) },
    paths: Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [`/p${index}`, {
        get: { responses: { 200: { schema: { $ref: '#/components/schemas/T0' } } } },
      }]),
    ),
  }
  const started = performance.now()
  const found = await endpoints('api.json', spec)
  assert.equal(found.length, 300)
  const sizes = found.map((endpoint) => JSON.stringify(endpoint).length)
  assert.ok(Math.max(...sizes) < 2_000_000, `${Math.max(...sizes)}`)
  assert.ok(sizes.reduce((sum, size) => sum + size) < 200_000_000)
  assert.ok(performance.now() - started < 20_000)
})

Deno.test('references out of the file, into nothing and in circles are left as they are', async () => {
  const circle = { $ref: '#/components/parameters/b' }
  const parts = await partsOf(
    'api.json',
    JSON.stringify({
      openapi: '3.0.0',
      info: {},
      components: { parameters: { a: circle, b: { $ref: '#/components/parameters/a' } } },
      paths: {
        '/a': {
          get: {
            parameters: [circle, { $ref: 'http://example.com/x.json' }, { $ref: '#/nowhere' }, {
              $ref: '#/__proto__',
            }],
          },
        },
        '/b': { $ref: '#/paths/~1b' },
      },
    }),
  )
  assert.equal(only(parts, 'api_endpoint').length, 1)
  assert.equal(only(parts, 'warning')[0]?.code, 'references_unresolved')
})

Deno.test('a file without endpoints is still a document', async () => {
  assert.deepEqual(await endpoints('api.json', { openapi: '3.0.0', info: { title: 'x' }, paths: {} }), [])
})

Deno.test('more endpoints than there may be are refused', async () => {
  const paths = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`/${index}`, { get: {} }]))
  await refusedAs('too_many_parts', 'a.json', JSON.stringify({ openapi: '3.0.0', info: {}, paths }), {
    limits: { endpoints: 10 },
  })
})

const collection = {
  info: {
    _postman_id: 'x',
    name: 'Shop',
    description: { content: 'About' },
    schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
  },
  variable: [{ key: 'base', value: 'https://api.example.com' }],
  item: [
    {
      name: 'Users',
      item: [
        {
          name: 'Get user',
          request: {
            method: 'get',
            description: 'Reads a user.\nMore about it.',
            header: [{ key: 'Accept', value: '*/*' }, { key: 'Old', value: '1', disabled: true }],
            url: {
              raw: '{{base}}/users/:id?x=1',
              host: ['{{base}}'],
              path: ['users', ':id'],
              query: [{ key: 'x', value: '1', description: 'an x' }],
              variable: [{ key: 'id', value: '7' }],
            },
          },
          response: [{
            name: 'ok',
            code: 200,
            status: 'OK',
            header: [{ key: 'A', value: 'b' }],
            body: '{"id":7}',
          }],
        },
        {
          name: 'Deep',
          item: [{
            name: 'Add',
            request: {
              method: 'POST',
              url: 'https://api.example.com/v1/users?draft=true#x',
              body: { mode: 'raw', raw: '{"a":1}' },
            },
          }],
        },
      ],
    },
    { name: 'Short', request: '{{base}}/ping' },
    {
      name: 'Form',
      request: {
        method: 'PUT',
        url: { raw: 'localhost:3000/form' },
        header: 'X-A: 1\nX-B: 2',
        body: { mode: 'urlencoded', urlencoded: [{ key: 'f', value: 'v' }] },
      },
    },
    { name: 'Empty folder', item: [] },
  ],
}

Deno.test('every request of a Postman collection is an endpoint, however deep its folder', async () => {
  for (const value of [collection, { collection }]) {
    const parts = await partsOf('shop.json', JSON.stringify(value))
    const document = documentOf(parts)
    assert.deepEqual([document.type, document.title, document.metadata['variables']], ['postman', 'Shop', [
      'base',
    ]])
    const found = only(parts, 'api_endpoint')
    assert.deepEqual(found.map(({ order, name, method, path, tags }) => [order, name, method, path, tags]), [
      [0, 'Get user', 'GET', '/users/:id', ['Users']],
      [1, 'Add', 'POST', '/v1/users', ['Users', 'Deep']],
      [2, 'Short', 'GET', '/ping', []],
      [3, 'Form', 'PUT', '/form', []],
    ])
    assert.deepEqual(found.map(({ summary }) => summary), ['Reads a user.', 'Add', 'Short', 'Form'])
    assert.deepEqual(found[0]?.params, [
      { name: 'id', value: '7', in: 'path' },
      { name: 'x', value: '1', description: 'an x', in: 'query' },
      { name: 'Accept', value: '*/*', in: 'header' },
      { name: 'Old', value: '1', disabled: true, in: 'header' },
    ])
    assert.deepEqual(found[0]?.responses, [{
      name: 'ok',
      status: 'OK',
      code: 200,
      header: [{ name: 'A', value: 'b' }],
      body: '{"id":7}',
    }])
    assert.deepEqual(found[0]?.url, collection.item[0]?.item?.[0]?.request?.url)
    assert.equal(found[1]?.url, 'https://api.example.com/v1/users?draft=true#x')
    assert.deepEqual(found[1]?.params, [
      { name: 'draft', value: 'true', in: 'query' },
      { name: 'body', in: 'body', mode: 'raw', value: '{"a":1}' },
    ])
    assert.deepEqual(found[3]?.params, [
      { name: 'X-A', value: '1', in: 'header' },
      { name: 'X-B', value: '2', in: 'header' },
      { name: 'f', value: 'v', in: 'formData' },
    ])
  }
})

Deno.test('folders that are nested too deeply are refused', async () => {
  let item: unknown = { name: 'r', request: 'http://x/' }
  for (let depth = 0; depth < 90; depth++) item = { name: 'f', item: [item] }
  const value = { info: { name: 'x', schema: 'https://schema.getpostman.com/' }, item: [item] }
  assert.equal((await endpoints('a.json', value)).length, 1)
  await refusedAs('too_deeply_nested', 'a.json', JSON.stringify(value), { limits: { depth: 50 } })
})

Deno.test('a Postman collection of version 1 is its requests, in their folders', async () => {
  const request = {
    method: 'POST',
    url: 'https://api.example.com/items?limit=5',
    headers: 'Accept: text/plain\n',
  }
  const parts = await partsOf(
    'old.json',
    JSON.stringify({
      id: 'c1',
      name: 'Old',
      order: ['r1'],
      folders: [{ id: 'f1', name: 'F', order: ['r2'], folders_order: ['f2'] }, {
        id: 'f2',
        name: 'G',
        order: ['r3'],
      }],
      requests: [
        { id: 'r1', name: 'List', method: 'GET', url: request.url, headers: '' },
        { id: 'r2', name: 'Make', ...request, dataMode: 'raw', rawModeData: '{}' },
        { id: 'r3', name: 'Form', ...request, dataMode: 'urlencoded', data: [{ key: 'a', value: '1' }] },
        { id: 'r4', name: 'Forgotten', method: 'GET', url: 'https://api.example.com/rest' },
      ],
    }),
  )
  assert.deepEqual([documentOf(parts).type, documentOf(parts).title], ['postman', 'Old'])
  assert.deepEqual(
    only(parts, 'api_endpoint').map(({ name, method, path, tags, params }) => [
      name,
      method,
      path,
      tags,
      params.map((param) => `${param['in']} ${param['name']}`),
    ]),
    [
      ['List', 'GET', '/items', [], ['query limit']],
      ['Form', 'POST', '/items', ['F', 'G'], ['query limit', 'header Accept', 'formData a']],
      ['Make', 'POST', '/items', ['F'], ['query limit', 'header Accept', 'body body']],
      ['Forgotten', 'GET', '/rest', [], []],
    ],
  )
})
