/** Pages that tools write are laid out as `deno fmt` lays them out. */
import { root } from '../stack/options.ts'

/** Formats the page like `deno fmt`, so that a test can compare it with the file. */
export async function format(text: string): Promise<string> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ['fmt', '--ext=md', '-'],
    cwd: root,
    stdin: 'piped',
    stdout: 'piped',
    stderr: 'piped',
  }).spawn()
  const input = process.stdin.getWriter()
  await input.write(new TextEncoder().encode(text))
  await input.close()
  const { success, stdout, stderr } = await process.output()
  const decoder = new TextDecoder()
  if (!success) throw new Error(decoder.decode(stderr))
  return decoder.decode(stdout)
}
