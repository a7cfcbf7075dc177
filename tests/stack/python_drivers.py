"""asyncpg and psycopg at the port of the database, each twice: python_drivers.py <url>. Prints what they saw as JSON."""

import asyncio
import json
import sys

import asyncpg
import psycopg

url = sys.argv[1]


async def with_asyncpg(table: str) -> dict:
    connection = await asyncpg.connect(url, timeout=60)
    heard = asyncio.Queue()
    await connection.add_listener("python", lambda *notification: heard.put_nowait(notification[-1]))
    await connection.execute(f"create table {table} (id int, body jsonb, at timestamptz default now())")
    await connection.executemany(f"insert into {table} values ($1, $2)", [(1, '{"a": 1}'), (2, None)])
    copied = await connection.copy_records_to_table(table, records=[(3, "[]"), (4, "{}")], columns=["id", "body"])
    async with connection.transaction():
        ids = [row["id"] async for row in connection.cursor(f"select id from {table} order by id", prefetch=1)]
    try:
        async with connection.transaction():
            await connection.execute(f"delete from {table}")
            await connection.execute("select 1/0")
    except asyncpg.DivisionByZeroError as error:
        refused = error.sqlstate
    statement = await connection.prepare(f"select count(*) from {table} where id > $1")
    counts = [await statement.fetchval(limit) for limit in (0, 3)]
    await connection.execute("notify python, 'hello'")
    notified = await asyncio.wait_for(heard.get(), 60)
    await connection.execute(f"drop table {table}")
    await connection.close(timeout=60)
    pool = await asyncpg.create_pool(url, min_size=2, max_size=4)
    values = await asyncio.gather(*(pool.fetchval("select $1::int", value) for value in range(8)))
    await asyncio.wait_for(pool.close(), 60)
    return dict(copied=copied, ids=ids, refused=refused, counts=counts, notified=notified, values=values)


def with_psycopg(table: str) -> dict:
    with psycopg.connect(url, autocommit=True, prepare_threshold=0) as connection:
        connection.execute(f"create table {table} (id int, body text)")
        with connection.cursor() as cursor:
            cursor.executemany(f"insert into {table} values (%s, %s)", [(1, "é"), (2, None)])
            with cursor.copy(f"copy {table} from stdin") as copy:
                for row in [(3, "tab\t"), (4, "end\n")]:
                    copy.write_row(row)
            with cursor.copy(f"copy (select * from {table} order by id) to stdout") as copy:
                copied = [list(row) for row in copy.rows()]
        with connection.transaction(), connection.cursor(name="some") as cursor:
            cursor.execute(f"select id from {table} order by id")
            ids = [row[0] for row in cursor.fetchmany(2) + cursor.fetchall()]
        try:
            with connection.transaction():
                connection.execute(f"delete from {table}")
                connection.execute("select 1/0")
        except psycopg.errors.DivisionByZero as error:
            refused = error.sqlstate
        with connection.pipeline():
            found = [connection.execute(f"select count(*) from {table} where id > %s", (limit,)) for limit in (0, 3)]
            counts = [cursor.fetchone()[0] for cursor in found]
        connection.execute(f"drop table {table}")
    return dict(copied=copied, ids=ids, refused=refused, counts=counts)


print(json.dumps(dict(
    asyncpg=[asyncio.run(with_asyncpg(f"asyncpg_{count}")) for count in range(2)],
    psycopg=[with_psycopg(f"psycopg_{count}") for count in range(2)],
)))
