/**
 * Formats of logs that the general parser does not know, as a table: one of them is chosen by the first lines of a file.
 * The groups of an expression are the fields of an entry; other groups are attributes.
 */
import { codeOf, fieldsOf, isLevel, type LogFields } from './fields.ts'
import { isoTime } from './time.ts'

/** One line of each kind is in log_test.ts. */
interface Pattern {
  readonly name: string
  readonly line: RegExp
}

const level = String.raw`(?<level>TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|SEVERE|FAILURE)`
const clock = String.raw`\d{2}:\d{2}:\d{2}`

const patterns: readonly Pattern[] = [
  // 24/01/05 10:00:00 INFO storage.BlockManager: Started
  {
    name: 'log4j with a short year',
    line: new RegExp(
      String.raw`^(?<ts>\d{2}/\d{2}/\d{2} ${clock}) ${level} (?<component>[\w.$/-]{1,255}): ?(?<message>.*)$`,
      's',
    ),
  },
  // 240105 100000 12 WARN dfs.Node$Server: Slow
  {
    name: 'digits of day and time',
    line: new RegExp(
      String
        .raw`^(?<ts>\d{6} \d{6}) (?<pid>\d{1,10}) ${level} (?<component>[\w.$/-]{1,255}): ?(?<message>.*)$`,
      's',
    ),
  },
  // - 1704448800 2024.01.05 R01-M0 2024-01-05-10.00.00.123456 R01-M0 RAS KERNEL INFO parity error
  {
    name: 'events of nodes',
    line: new RegExp(
      String
        .raw`^(?<alert>\S{1,64}) \d{10} \d{4}\.\d{2}\.\d{2} (?<host>\S{1,255}) (?<ts>\d{4}-\d{2}-\d{2}-\d{2}\.\d{2}\.\d{2}\.\d{1,9}) \S{1,255} (?<type>\w{1,32}) (?<component>\w{1,64}) ${level} (?<message>.*)$`,
      's',
    ),
  },
  // - 1704448800 2024.01.05 n12 Jan 5 10:00:00 n12/n12 crond[71]: (root) CMD (date)
  {
    name: 'messages of nodes',
    line: new RegExp(
      String
        .raw`^(?<alert>\S{1,64}) (?<ts>\d{10}) \d{4}\.\d{2}\.\d{2} (?<host>\S{1,255}) [A-Z][a-z]{2} {1,2}\d{1,2} ${clock} \S{1,255} (?:(?<component>[^\s:[\]]{1,128})(?:\[(?<pid>\d{1,10})\])?: )?(?<message>.*)$`,
      's',
    ),
  },
  // 5123 node-7 unix.hw state_change.unavailable 1704448800 1 Component is down
  {
    name: 'states of components',
    line:
      /^(?<id>\d{1,10}) (?<host>\S{1,128}) (?<component>\S{1,128}) (?<state>\S{1,128}) (?<ts>1\d{9}) \d (?<message>.*)$/s,
  },
  // 20240105-10:0:7:45|Step_Counter|30002312|started
  {
    name: 'fields between bars',
    line:
      /^(?<ts>\d{8}-\d{1,2}:\d{1,2}:\d{1,2}:\d{1,3})\|(?<component>[^|]{1,128})\|(?<pid>\d{1,10})\|(?<message>.*)$/s,
  },
  // [01.05 10:00:00] browser.exe - example.com:443 open through proxy
  {
    name: 'programs and their connections',
    line: new RegExp(
      String.raw`^\[(?<ts>\d{2}\.\d{2} ${clock})\] (?<component>\S.{0,126}?) - (?<message>.*)$`,
      's',
    ),
  },
  // api.log.1 2024-01-05 10:00:00.123 71 INFO nova.api.server [req-1 - -] GET /
  {
    name: 'lines of services in one file',
    line: new RegExp(
      String
        .raw`^(?:(?<file>\S{1,255}\.log\S{0,64}) )?(?<ts>${isoTime}) (?<pid>\d{1,10}) ${level} (?<component>[\w.$/-]{1,255}) \[(?<request>[^\]]{0,255})\] ?(?<message>.*)$`,
      's',
    ),
  },
  // 2024-01-05 10:00:00, Info                  CBS    Loaded
  {
    name: 'servicing of Windows',
    line: new RegExp(
      String
        .raw`^(?<ts>\d{4}-\d{2}-\d{2} ${clock}), (?<level>[A-Z][a-z]{2,10}) {2,40}(?<component>[A-Z]{2,16}) {2,16}(?<message>.*)$`,
      's',
    ),
  },
]

/** Parses lines of one format. */
export type LineParser = (line: string) => LogFields | null

function parserOf({ line: pattern }: Pattern): LineParser {
  return (line) => {
    const groups = pattern.exec(line)?.groups
    if (!groups) return null
    const { ts, level, component, message = '', ...rest } = groups
    const word = level ?? (isLevel(rest['state'] ?? '') ? rest['state'] : undefined)
    return fieldsOf({ ts, level: word, component, code: codeOf(message), message }, rest)
  }
}

const parsers = patterns.map(parserOf)

/** The format of most of these lines; null where the general parser knows them as well as any. */
export function chooseParser(sample: readonly string[]): LineParser | null {
  let best: LineParser | null = null
  let most = sample.length * 0.3
  for (const parser of parsers) {
    const count = sample.filter((line) => parser(line) !== null).length
    if (count > most) {
      most = count
      best = parser
    }
  }
  return best
}

/** Whether a line is of any of the formats. */
export function matchesPattern(line: string): boolean {
  return parsers.some((parser) => parser(line) !== null)
}
