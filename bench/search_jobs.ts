/**
 * Speed of search_jobs, compared with the queries that an application would write without it. Prints for each query the
 * median / 95th percentile and the number of results of
 *
 *   search_jobs     business.search_jobs, as its caller
 *   ilike           ilike over the same columns and the client's name, under row level security, newest first
 *   word_similarity the same with pg_trgm's similarity of words, most similar first: the typo-tolerant alternative
 *
 * measured alternately in one run on a real Postgres, with 100 000 jobs of one workspace and as many of others. On two cores
 * under other load:
 *
 *                                search_jobs                   ilike          word_similarity
 *   a client                6.6 / 9.4 ms (20)   590.5 / 675.2 ms (20)   3793.7 / 3960.8 ms (20)
 *   client and street      18.5 / 34.0 ms (3)    481.6 / 945.6 ms (3)    3509.1 / 4444.3 ms (3)
 *   a whole number           7.9 / 9.1 ms (1)   818.7 / 2214.2 ms (1)   4369.7 / 6104.2 ms (20)
 *   a claim                11.3 / 12.9 ms (1)    772.1 / 819.0 ms (1)   4445.5 / 6048.3 ms (20)
 *   a word of every sixth 46.5 / 52.2 ms (20)       0.9 / 1.4 ms (20)   2825.5 / 3150.7 ms (20)
 *   two letters          90.8 / 100.4 ms (20)       1.0 / 4.3 ms (20)   2884.7 / 2955.4 ms (20)
 *   a client, misspelled 79.5 / 104.1 ms (20)    687.9 / 866.1 ms (0)   3430.5 / 3944.8 ms (20)
 *   nothing of the kind    24.3 / 37.2 ms (0)    599.4 / 671.4 ms (0)    3012.1 / 4685.9 ms (0)
 *
 * For a word in thousands of jobs, ilike stops at the first twenty matches; search_jobs ranks all matches first.
 *
 * deno run -A bench/search_jobs.ts [--jobs 100000] [--rounds 15]
 */
import { parseArgs } from 'node:util'
import { cell, line, measure, withCompany } from './company.ts'

const { values } = parseArgs({
  options: { jobs: { type: 'string', default: '100000' }, rounds: { type: 'string', default: '15' } },
})

await withCompany({ jobs: Number(values.jobs), children: 0 }, async (company) => {
  const [sample] = await company.sql<
    { number: string; client: string; claim: string; street: string; city: string }[]
  >`
    select j.job_number as number, c.name as client, j.claim_number as claim, split_part(j.address, ' ', 2) as street, j.city
    from business.jobs as j join business.clients as c on c.id = j.client_id
    where j.workspace_id = ${company.workspace} order by j.id offset ${
    Math.floor(Number(values.jobs) / 2)
  } limit 1`
  if (!sample) throw new Error('no job was made')
  const [first = '', last = ''] = sample.client.toLowerCase().split(' ')
  const misspelled = last.slice(0, 3) + last.slice(4)
  const queries: Record<string, string> = {
    'a client': last,
    'client and street': `${last} ${sample.street}`,
    'first and last name': `${first} ${last}`,
    'a whole number': sample.number,
    'numbers of a month': sample.number.slice(0, 6),
    'a claim': sample.claim,
    'the end of a claim': sample.claim.slice(-4),
    'a street': sample.street,
    'a city': sample.city,
    'a word of every sixth': 'avenue',
    'two letters': last.slice(0, 2),
    'a client, misspelled': misspelled,
    'both names, misspelled': `${first.slice(0, -1)} ${misspelled}`,
    'nothing of the kind': 'xylophone',
  }
  const text = `concat_ws(' ', j.job_number, c.name, j.address, j.city, j.claim_number, j.policy_number)`
  const from = `select j.id, j.job_number, c.name from business.jobs as j
    left join business.clients as c on c.workspace_id = j.workspace_id and c.id = j.client_id
    where j.workspace_id = '${company.workspace}'`
  console.log(line('', 24, ['search_jobs', 'ilike', 'word_similarity']))
  for (const [name, query] of Object.entries(queries)) {
    const words = query.split(' ')
    const { search, ilike, similar } = await measure(company, {
      search: `select * from business.search_jobs('${query}')`,
      ilike: `${from} and ${
        words.map((word) => `${text} ilike '%${word}%'`).join(' and ')
      } order by j.created_at desc limit 20`,
      similar: `${from} and ${
        words.map((word) => `extensions.word_similarity('${word}', ${text}) > 0.45`).join(' and ')
      } order by extensions.word_similarity('${query}', ${text}) desc limit 20`,
    }, Number(values.rounds))
    if (search && ilike && similar) {
      console.log(line(name, 24, [cell(search), cell(ilike), cell(similar)]))
    }
  }
})
