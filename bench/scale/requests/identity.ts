/** Workspaces, models and usage: docs/guide/identity.md, usage.md, seed/60_studio.sql. */
import type { Request } from '../postgrest.ts'

export const identity: Request[] = [
  {
    name: 'workspaces and members',
    schema: 'public',
    get: '/workspaces?select=id,name,workspace_members(role,display_name)&order=id',
  },
  { name: 'usage by day', schema: 'studio', get: '/usage_days?select=*&order=day.desc&limit=31' },
  {
    name: 'requests to models, newest first',
    schema: 'studio',
    get: '/api_usage?select=*&order=created_at.desc&limit=50',
  },
  { name: 'usage_summary', schema: 'studio', call: 'usage_summary' },
  {
    name: 'usage_summary by user and model',
    schema: 'studio',
    call: 'usage_summary',
    args: { group_by: ['user', 'model'] },
  },
  { name: 'budget_status', schema: 'studio', call: 'budget_status' },
]
