/**
 * Checks what the files of the repository import, types included: no file imports itself by way of others, imports run
 * one way between the folders, libraries are imported by their mod.ts, and the packages of the platform and of the
 * product are declared where they are used.
 * Prints what is wrong and exits with 1. `npm run check` runs it.
 */
import { readdir, readFile, rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** Imports of every file: paths relative to the root, and names of packages. */
export type Imports = Map<string, { files: string[]; packages: string[] }>

/** Packages that a file may import, by the package.json that declares them. */
export type Declared = { product: Set<string>; development: Set<string>; platform: Set<string> }

/**
 * Folders of functions/_shared/, with those below them. runtime.ts is in none, so that only the index.ts of a function
 * imports it.
 */
const shared: Record<string, string[]> = {
  http: [],
  database: ['http'],
  model: ['database', 'http'],
  embeddings: ['database', 'http'],
  search: ['embeddings', 'database', 'http'],
  tools: ['search', 'embeddings', 'model', 'database', 'http'],
  chat: ['tools', 'search', 'embeddings', 'model', 'database', 'http'],
  completions: ['embeddings', 'model', 'database', 'http'],
  ingest: ['database', 'http'],
  health: ['http'],
}

/**
 * What files may import, by the longest path that they begin with. A path stands for the files below it; `.` for those
 * of the file's own entry, and `*` for the first folder below it, so that edge functions do not import each other.
 */
const layers: Record<string, { files: string[]; packages: keyof Declared }> = {
  'types/': { files: ['.'], packages: 'product' },
  'functions/_lib/': { files: ['.', 'types/'], packages: 'product' },
  'functions/_shared/': { files: ['.', 'functions/_lib/', 'types/'], packages: 'product' },
  ...Object.fromEntries(
    Object.entries(shared).map(([name, below]) => [`functions/_shared/${name}/`, {
      files: ['.', ...below.map((other) => `functions/_shared/${other}/`), 'functions/_lib/', 'types/'],
      packages: 'product',
    }]),
  ),
  'functions/': { files: ['*', 'functions/_shared/', 'functions/_lib/', 'types/'], packages: 'product' },
  // The platform starts the functions; it knows none of them.
  'stack/': { files: ['.'], packages: 'platform' },
  'tools/': { files: ['.', 'types/', 'functions/', 'stack/'], packages: 'development' },
  // The rules that the tests hold the schema to are written out for people, too.
  'tools/generate_permissions.ts': {
    files: ['tools/', 'types/', 'stack/', 'tests/database/access_rules'],
    packages: 'development',
  },
  'tests/': { files: ['.', 'types/', 'functions/', 'stack/', 'tools/', 'bench/'], packages: 'development' },
  'bench/': { files: ['.', 'types/', 'functions/', 'stack/', 'tools/', 'tests/'], packages: 'development' },
}

/** Tests that stand beside what they test may import what tests may. */
const isTest = (file: string): boolean => file.endsWith('_test.ts')

/** Circles of imports, each as its files in order. None is left out for ever: without those that are found, others are. */
export function findCircles(imports: Imports): string[][] {
  const circles: string[][] = []
  const done = new Set<string>()
  const path: string[] = []
  const visit = (file: string): void => {
    if (done.has(file)) return
    const at = path.indexOf(file)
    if (at >= 0) {
      circles.push([...path.slice(at), file])
      return
    }
    path.push(file)
    for (const imported of imports.get(file)?.files ?? []) visit(imported)
    path.pop()
    done.add(file)
  }
  for (const file of imports.keys()) visit(file)
  return circles
}

/** Imports that run against the layers, and packages that are not declared, one sentence each. */
export function findBreaches(imports: Imports, declared: Declared): string[] {
  return [...imports].flatMap(([file, { files, packages }]) => {
    const entry = Object.keys(layers).filter((path) => file.startsWith(path))
      .reduce((longest, path) => path.length > longest.length ? path : longest, '')
    const layer = isTest(file) ? layers['tests/'] : layers[entry]
    if (!layer) return [`${file} is in no folder that tools/check_imports.ts has a rule for`]
    const own = isTest(file) ? 'tests/' : entry
    const allowed = layer.files.map((path) =>
      path === '.' ? own : path === '*' ? file.slice(0, file.indexOf('/', own.length) + 1) : path
    )
    return [
      ...files.filter((imported) => !allowed.some((path) => imported.startsWith(path)))
        .map((imported) => `${file} must not import ${imported}`),
      ...packages.filter((name) => !declared[layer.packages].has(name))
        .map((name) => `${file} imports ${name}, which its package.json does not declare`),
    ]
  })
}

/** Imports from within a library of functions/_lib, which others import by its mod.ts, one sentence each. */
export function findDeepImports(imports: Imports): string[] {
  return [...imports].flatMap(([file, { files }]) => {
    const mayTest = isTest(file) || /^(tests|bench)\/|\/testing\//.test(file)
    return files.flatMap((imported) => {
      const [, library = '', path = ''] = /^(functions\/_lib\/[^/]+\/)(.+)$/.exec(imported) ?? []
      const isHelper = library === 'functions/_lib/testing/' || path.startsWith('testing/')
      if (!library || file.startsWith(library) || path === 'mod.ts' || (isHelper && mayTest)) return []
      return [`${file} must import ${library}mod.ts, not ${imported}`]
    })
  })
}

/** What every TypeScript and JavaScript file below the root imports, as Deno resolves it. */
export async function readImports(root: string): Promise<Imports> {
  const sources = (await readdir(root, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && /\.m?[jt]s$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !/(^|[/\\])(node_modules|\.[^/\\]+)[/\\]/.test(relative(root, file)))
  const list = await Deno.makeTempFile({ suffix: '.ts' })
  try {
    await Deno.writeTextFile(list, sources.map((file) => `import '${pathToFileURL(file)}'\n`).join(''))
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ['info', '--json', '--config', join(root, 'deno.json'), list],
      cwd: root,
    }).output()
    const text = new TextDecoder()
    if (!success) throw new Error(`deno info failed: ${text.decode(stderr)}`)
    const { modules } = JSON.parse(text.decode(stdout)) as { modules: Module[] }
    const wanted = new Map(sources.map((file) => [pathToFileURL(file).href, relative(root, file)]))
    return new Map(modules.flatMap((module) => {
      const file = wanted.get(module.specifier)
      return file === undefined ? [] : [[file, importsOf(module, wanted)]]
    }))
  } finally {
    await rm(list)
  }
}

type Module = { specifier: string; dependencies?: Dependency[] }
type Dependency = { specifier: string; code?: { specifier?: string }; type?: { specifier?: string } }

function importsOf(
  { dependencies = [] }: Module,
  wanted: Map<string, string>,
): { files: string[]; packages: string[] } {
  const files = new Set<string>()
  const packages = new Set<string>()
  for (const { specifier, code, type } of dependencies) {
    const local = wanted.get(code?.specifier ?? type?.specifier ?? '')
    if (local !== undefined) files.add(local)
    else if (!/^(\.|\/|node:|file:)/.test(specifier)) {
      packages.add(specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/'))
    }
  }
  return { files: [...files], packages: [...packages] }
}

/** The packages of package.json and stack/package.json; deno.json adds other names of theirs. */
export async function readDeclared(root: string): Promise<Declared> {
  const read = async (file: string): Promise<Record<string, Record<string, string> | undefined>> =>
    JSON.parse(await readFile(join(root, file), 'utf8'))
  const [product, platform, deno] = await Promise.all([
    read('package.json'),
    read('stack/package.json'),
    read('deno.json'),
  ])
  const names = Object.keys(product.dependencies ?? {})
  return {
    product: new Set(names),
    development: new Set([
      ...names,
      ...Object.keys(product.devDependencies ?? {}),
      ...Object.keys(deno.imports ?? {}),
    ]),
    platform: new Set(Object.keys(platform.dependencies ?? {})),
  }
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const imports = await readImports(root)
  const faults = [
    ...findCircles(imports).map((circle) => `Circle of imports: ${circle.join(' -> ')}`),
    ...findBreaches(imports, await readDeclared(root)),
    ...findDeepImports(imports),
  ]
  for (const fault of faults) console.error(fault)
  if (faults.length > 0) Deno.exit(1)
}
