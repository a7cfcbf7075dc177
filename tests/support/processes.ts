/** Whether a process of this machine is alive. */
export function isRunning(pid: number): boolean {
  try {
    Deno.statSync(`/proc/${pid}`)
    return true
  } catch {
    return false
  }
}
