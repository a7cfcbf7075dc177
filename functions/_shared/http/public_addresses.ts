/** Which addresses of the internet a user may have requested: public ones only, by name, port and number. */
import { lookup } from 'node:dns/promises'
import ipaddr from 'ipaddr.js'
import { appError, AppFailure } from '../../../types/errors.ts'

/** What a request may reach; by default public addresses on the usual ports. */
export interface AddressRules {
  /** Ports that may be requested. */
  readonly ports?: readonly number[] | undefined
  /** All addresses of a name. Tests replace it. */
  readonly resolve?: ((hostname: string) => Promise<readonly string[]>) | undefined
  /** Which addresses may be requested. Only tests have a reason to allow more than public ones: their own server. */
  readonly isAllowed?: ((address: string) => boolean) | undefined
}

/** Names that are never public, whatever they resolve to. */
const privateNames = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|private|home\.arpa|onion)$/i
const defaultPorts = [80, 443, 8080, 8443]

/** An http or https URL; throws `invalid_url` otherwise. */
export function parsePublicUrl(address: string, base?: URL): URL {
  let url: URL
  try {
    url = new URL(address.trim(), base)
  } catch {
    throw refuse('invalid_url', 'The URL is not valid.')
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw refuse('invalid_url', 'Only http and https URLs are accepted.')
  }
  // Credentials would be stored with the address, and shown.
  if (url.username || url.password) throw refuse('invalid_url', 'The URL must not contain credentials.')
  url.hash = ''
  return url
}

/** The addresses of the host of a URL, each of them checked. Throws `disallowed_url` or `fetch_failed`. */
export async function resolvePublic(url: URL, rules: AddressRules): Promise<string[]> {
  const { ports = defaultPorts, resolve = resolveAll, isAllowed = isPublicAddress } = rules
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  if (!ports.includes(port)) throw disallowed('The port of the URL is disallowed.')
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  const literal = ipaddr.isValid(host)
  if (!literal && (privateNames.test(host) || !host.includes('.'))) throw disallowed()
  const addresses = literal ? [host] : await resolve(host).catch((cause) => {
    throw new AppFailure(unreachable(), { cause })
  })
  if (addresses.length === 0) throw new AppFailure(unreachable())
  // One private address among public ones is an attack or a misconfiguration: neither may succeed by chance.
  if (!addresses.every(isAllowed)) throw disallowed()
  return [...addresses]
}

async function resolveAll(hostname: string): Promise<string[]> {
  return (await lookup(hostname, { all: true })).map(({ address }) => address)
}

/** Whether an address is reachable from the internet: not private, loopback, link-local, shared, mapped or reserved. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.parse(address)
  if (parsed.range() !== 'unicast') return false
  // Only 2000::/3 of IPv6 has been allocated; deprecated private ranges lie outside of it and have no range of their own.
  return parsed.kind() === 'ipv4' || (parsed.toByteArray()[0] ?? 0) >> 5 === 1
}

/** Whether two notations, such as an IPv4 address and its mapping into IPv6, name the same address. */
export function isSameAddress(one: string, other: string): boolean {
  return ipaddr.isValid(one) && ipaddr.process(one).toString() === ipaddr.process(other).toString()
}

/** The family of an IP address, as sockets take it. */
export function familyOf(address: string): 4 | 6 {
  return ipaddr.parse(address).kind() === 'ipv4' ? 4 : 6
}

/** The host does not answer, or has no address. */
export function unreachable(): ReturnType<typeof appError> {
  return appError('unavailable', { code: 'fetch_failed', message: 'The URL cannot be reached.' })
}

/** The refusal of a URL that may not be requested. */
export function disallowed(message = 'The host of the URL is disallowed.'): AppFailure {
  return refuse('disallowed_url', message)
}

function refuse(code: string, message: string): AppFailure {
  return new AppFailure(appError('validation', { code, message, field: 'url' }))
}
