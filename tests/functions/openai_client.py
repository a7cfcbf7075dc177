"""The usual calls of the unmodified OpenAI SDK for Python. Prints what it heard as one line of JSON."""

import asyncio
import json
import sys

import openai

base_url, key, model = sys.argv[1:4]
client = openai.OpenAI(base_url=base_url, api_key=key, max_retries=0)
question = [{"role": "user", "content": "How much is the estimate?"}]
heard = {"version": openai.__version__}

answer = client.chat.completions.create(model=model, messages=question)
heard["answer"] = {
    "text": answer.choices[0].message.content,
    "finish": answer.choices[0].finish_reason,
    "model": answer.model,
    "tokens": answer.usage.total_tokens,
}

chunks = list(
    client.chat.completions.create(
        model=model, messages=question, stream=True, stream_options={"include_usage": True}
    )
)
heard["stream"] = {
    "text": "".join(c.choices[0].delta.content or "" for c in chunks if c.choices),
    "tokens": chunks[-1].usage.total_tokens,
    "ids": len({c.id for c in chunks}),
}


async def ask_async():
    async with openai.AsyncOpenAI(base_url=base_url, api_key=key, max_retries=0) as patient:
        stream = await patient.chat.completions.create(model=model, messages=question, stream=True)
        return "".join([c.choices[0].delta.content or "" async for c in stream])


heard["async"] = asyncio.run(ask_async())

tools = [{"type": "function", "function": {"name": "look_up", "parameters": {"type": "object", "properties": {}}}}]
called = client.chat.completions.create(
    model=model, messages=[{"role": "user", "content": "use the tool"}], tools=tools
)
heard["tools"] = [[c.function.name, json.loads(c.function.arguments)] for c in called.choices[0].message.tool_calls]

vectors = client.embeddings.create(model="lexical-hash-384", input=["water damage", "flat plate"])
heard["vectors"] = [len(v.embedding) for v in vectors.data]
heard["models"] = [m.id for m in client.models.list()]

heard["refusals"] = []
for change in ({"model": "gpt-99"}, {"temperature": 9}, {"api_key": "pl_" + "0" * 64}):
    other = openai.OpenAI(base_url=base_url, api_key=change.pop("api_key", key), max_retries=0)
    try:
        other.chat.completions.create(**{"model": model, "messages": question, **change})
    except openai.APIStatusError as error:
        heard["refusals"].append([type(error).__name__, error.status_code, error.code])

print(json.dumps(heard))
