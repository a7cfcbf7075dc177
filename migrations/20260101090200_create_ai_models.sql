-- The models that can answer, with their limits and prices as of November 2026, from the providers' lists. A secret key updates
-- them and adds models of a server of its own.

create table public.ai_models (
  id                 text        not null,
  name               text        not null,
  provider           text        not null,
  provider_model     text        not null,
  context_tokens     integer     not null,
  max_output_tokens  integer     not null,
  supports_tools     boolean     not null default false,
  supports_images    boolean     not null default false,
  input_price        numeric(12, 6),
  output_price       numeric(12, 6),
  cached_input_price numeric(12, 6),
  fallback_model_id  text,
  small_model_id     text,
  is_active          boolean     not null default true,
  sort_order         integer     not null default 1000,
  created_at         timestamptz not null default now(),
  updated_at         timestamptz not null default now(),
  constraint ai_models_pkey primary key (id),
  constraint ai_models_fallback_model_id_fkey foreign key (fallback_model_id) references public.ai_models (id)
    on delete set null,
  constraint ai_models_small_model_id_fkey foreign key (small_model_id) references public.ai_models (id)
    on delete set null,
  constraint ai_models_id_format check (char_length(id) <= 200 and id ~ '^[A-Za-z0-9][A-Za-z0-9._:/@-]*$'),
  constraint ai_models_name_length check (char_length(name) between 1 and 200),
  constraint ai_models_provider_allowed check (provider in ('anthropic', 'openai', 'builtin')),
  constraint ai_models_provider_model_length check (char_length(provider_model) between 1 and 200),
  constraint ai_models_context_tokens_positive check (context_tokens > 0),
  constraint ai_models_max_output_tokens_range check (max_output_tokens between 1 and context_tokens),
  constraint ai_models_prices_not_negative check (input_price >= 0 and output_price >= 0 and cached_input_price >= 0),
  constraint ai_models_fallback_is_another check (fallback_model_id <> id),
  constraint ai_models_small_is_another check (small_model_id <> id)
);
comment on table public.ai_models is 'Models that users choose from. All signed-in users read them; only a secret key writes them.';
comment on column public.ai_models.id is 'Name of the model in requests, agents and messages.';
comment on column public.ai_models.provider is
  'anthropic, openai (OpenAI, or any server that speaks its protocol) or builtin, which needs no key.';
comment on column public.ai_models.provider_model is 'Name of the model at its provider.';
comment on column public.ai_models.context_tokens is 'Maximum number of tokens of a request and its answer together.';
comment on column public.ai_models.input_price is 'US dollars per million input tokens. Null if unknown: usage then has no cost and counts against budgets of tokens only.';
comment on column public.ai_models.output_price is 'US dollars per million output tokens.';
comment on column public.ai_models.cached_input_price is 'US dollars per million input tokens from the provider''s cache. Null: as input_price.';
comment on column public.ai_models.fallback_model_id is 'Model that answers when this one is overloaded. Fallbacks form a chain.';
comment on column public.ai_models.small_model_id is
  'Model for titles and summaries of conversations, unless the workspace sets one. Null: this model.';
comment on column public.ai_models.is_active is 'False for a model that cannot be chosen: a retired one, whose row is kept for the names in older messages, or an embedding model, whose row has its price.';
comment on column public.ai_models.sort_order is 'The first model whose provider has a key is the default, unless the workspace sets one.';

create index ai_models_fallback_model_id_idx on public.ai_models (fallback_model_id);
create index ai_models_small_model_id_idx on public.ai_models (small_model_id);

create trigger ai_models_set_updated_at before update on public.ai_models
  for each row execute function private.set_updated_at();

alter table public.ai_models enable row level security;
alter table public.ai_models force row level security;
create policy "Signed-in users read the models" on public.ai_models for select to authenticated
  using (true);

revoke all on table public.ai_models from public, anon, authenticated, service_role;
grant select on table public.ai_models to authenticated;
grant select, insert, update, delete on table public.ai_models to service_role;

insert into public.ai_models (id, name, provider, provider_model, context_tokens, max_output_tokens, supports_tools,
  supports_images, input_price, output_price, cached_input_price, fallback_model_id, small_model_id, is_active, sort_order) values
  ('builtin-retrieval', 'Passages only', 'builtin', 'retrieval', 32000, 2000, false, false, 0, 0, 0, null, null, true, 900),
  ('claude-haiku-4-5', 'Haiku 4.5', 'anthropic', 'claude-haiku-4-5', 200000, 64000, true, true, 1, 5, 0.1, null, null, true, 30),
  ('claude-sonnet-5-5', 'Sonnet 5.5', 'anthropic', 'claude-sonnet-5-5', 1000000, 128000, true, true, 2, 10, 0.2, 'claude-haiku-4-5', 'claude-haiku-4-5', true, 10),
  ('claude-opus-5-5', 'Opus 5.5', 'anthropic', 'claude-opus-5-5', 1000000, 128000, true, true, 4, 20, null, 'claude-sonnet-5-5', 'claude-haiku-4-5', true, 20),
  ('claude-sonnet-4-5', 'Sonnet 4.5', 'anthropic', 'claude-sonnet-4-5', 200000, 64000, true, true, 3, 15, 0.3, 'claude-haiku-4-5', 'claude-haiku-4-5', true, 40),
  ('claude-opus-4-5', 'Opus 4.5', 'anthropic', 'claude-opus-4-5', 200000, 64000, true, true, 5, 25, 0.5, 'claude-sonnet-5-5', 'claude-haiku-4-5', true, 50),
  -- Retired by its provider; older conversations refer to it.
  ('claude-sonnet-4-0', 'Sonnet 4', 'anthropic', 'claude-sonnet-4-0', 200000, 64000, true, true, 3, 15, 0.3, 'claude-sonnet-5-5', 'claude-haiku-4-5', false, 60),
  ('gpt-5-mini', 'GPT-5 mini', 'openai', 'gpt-5-mini', 400000, 128000, true, true, 0.25, 2, 0.025, null, null, true, 120),
  ('gpt-5', 'GPT-5', 'openai', 'gpt-5', 400000, 128000, true, true, 1.25, 10, 0.125, 'gpt-5-mini', 'gpt-5-mini', true, 110),
  ('gpt-4.1-mini', 'GPT-4.1 mini', 'openai', 'gpt-4.1-mini', 1047576, 32768, true, true, 0.4, 1.6, 0.1, null, null, true, 140),
  ('gpt-4.1', 'GPT-4.1', 'openai', 'gpt-4.1', 1047576, 32768, true, true, 2, 8, 0.5, 'gpt-4.1-mini', 'gpt-4.1-mini', true, 130);
