export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[]

export type Database = {
  
  "dashboard": {
          Tables: {
            "tags": {
                  Row: {
                    "archived": boolean,"color": string | null,"created_at": string,"icon": string | null,"id": number,"is_favorite": boolean,"name": string,"parent_tag_id": number | null,"sort_order": number,"type": string,"updated_at": string,"user_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "archived"?: boolean,"color"?: string | null,"created_at"?: string,"icon"?: string | null,"id"?: number,"is_favorite"?: boolean,"name": string,"parent_tag_id"?: number | null,"sort_order"?: number,"type"?: string,"updated_at"?: string,"user_id"?: string
                  }
                  Update: {
                    "archived"?: boolean,"color"?: string | null,"created_at"?: string,"icon"?: string | null,"id"?: number,"is_favorite"?: boolean,"name"?: string,"parent_tag_id"?: number | null,"sort_order"?: number,"type"?: string,"updated_at"?: string,"user_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "tags_parent_tag_id_fkey"
      columns: ["user_id","parent_tag_id"]
isOneToOne: false
      referencedRelation: "tags"
      referencedColumns: ["user_id","id"]
    }
                  ]
                },"task_lists": {
                  Row: {
                    "color": string | null,"created_at": string,"group_name": string | null,"icon": string | null,"id": number,"is_collapsed": boolean,"is_system": boolean,"name": string,"show_completed": boolean,"sort_order": number,"system_type": string | null,"updated_at": string,"user_id": string,"task_count": number | null
                  }
                  ComputedFields: "task_count"
                  Insert: {
                    "color"?: string | null,"created_at"?: string,"group_name"?: string | null,"icon"?: string | null,"id"?: number,"is_collapsed"?: boolean,"is_system"?: never,"name": string,"show_completed"?: boolean,"sort_order"?: number,"system_type"?: string | null,"updated_at"?: string,"user_id"?: string
                  }
                  Update: {
                    "color"?: string | null,"created_at"?: string,"group_name"?: string | null,"icon"?: string | null,"id"?: number,"is_collapsed"?: boolean,"is_system"?: never,"name"?: string,"show_completed"?: boolean,"sort_order"?: number,"system_type"?: string | null,"updated_at"?: string,"user_id"?: string
                  }
                  Relationships: [
                    
                  ]
                },"task_tags": {
                  Row: {
                    "created_at": string,"tag_id": number,"task_id": number,"user_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"tag_id": number,"task_id": number,"user_id"?: string
                  }
                  Update: {
                    "created_at"?: string,"tag_id"?: number,"task_id"?: number,"user_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "task_tags_tag_id_fkey"
      columns: ["user_id","tag_id"]
isOneToOne: false
      referencedRelation: "tags"
      referencedColumns: ["user_id","id"]
    },{
      foreignKeyName: "task_tags_task_id_fkey"
      columns: ["user_id","task_id"]
isOneToOne: false
      referencedRelation: "tasks"
      referencedColumns: ["user_id","id"]
    }
                  ]
                },"tasks": {
                  Row: {
                    "archived": boolean,"completed_at": string | null,"context": (string)[],"created_at": string,"description": string | null,"due_date": string | null,"due_time": string | null,"energy_level": string | null,"id": number,"is_important": boolean,"is_my_day": boolean,"list_id": number | null,"my_day_date": string | null,"notes": string | null,"parent_id": number | null,"priority": string,"recurrence_index": number,"recurrence_parent_id": number | null,"recurrence_rule": string | null,"recurrence_start": string | null,"reminder_at": string | null,"snooze_until": string | null,"sort_order": number,"start_date": string | null,"status": string,"time_estimate": number | null,"title": string,"updated_at": string,"user_id": string,"parent_task": {
              "archived": boolean,
"completed_at": string | null,
"context": (string)[],
"created_at": string,
"description": string | null,
"due_date": string | null,
"due_time": string | null,
"energy_level": string | null,
"id": number,
"is_important": boolean,
"is_my_day": boolean,
"list_id": number | null,
"my_day_date": string | null,
"notes": string | null,
"parent_id": number | null,
"priority": string,
"recurrence_index": number,
"recurrence_parent_id": number | null,
"recurrence_rule": string | null,
"recurrence_start": string | null,
"reminder_at": string | null,
"snooze_until": string | null,
"sort_order": number,
"start_date": string | null,
"status": string,
"time_estimate": number | null,
"title": string,
"updated_at": string,
"user_id": string
            } | null,"subtask_completed": number | null,"subtask_total": number | null,"subtasks": {
              "archived": boolean,
"completed_at": string | null,
"context": (string)[],
"created_at": string,
"description": string | null,
"due_date": string | null,
"due_time": string | null,
"energy_level": string | null,
"id": number,
"is_important": boolean,
"is_my_day": boolean,
"list_id": number | null,
"my_day_date": string | null,
"notes": string | null,
"parent_id": number | null,
"priority": string,
"recurrence_index": number,
"recurrence_parent_id": number | null,
"recurrence_rule": string | null,
"recurrence_start": string | null,
"reminder_at": string | null,
"snooze_until": string | null,
"sort_order": number,
"start_date": string | null,
"status": string,
"time_estimate": number | null,
"title": string,
"updated_at": string,
"user_id": string
            } | null
                  }
                  ComputedFields: "parent_task" | "subtask_completed" | "subtask_total" | "subtasks"
                  Insert: {
                    "archived"?: boolean,"completed_at"?: string | null,"context"?: (string)[],"created_at"?: string,"description"?: string | null,"due_date"?: string | null,"due_time"?: string | null,"energy_level"?: string | null,"id"?: number,"is_important"?: boolean,"is_my_day"?: boolean,"list_id"?: number | null,"my_day_date"?: string | null,"notes"?: string | null,"parent_id"?: number | null,"priority"?: string,"recurrence_index"?: number,"recurrence_parent_id"?: number | null,"recurrence_rule"?: string | null,"recurrence_start"?: string | null,"reminder_at"?: string | null,"snooze_until"?: string | null,"sort_order"?: number,"start_date"?: string | null,"status"?: string,"time_estimate"?: number | null,"title": string,"updated_at"?: string,"user_id"?: string
                  }
                  Update: {
                    "archived"?: boolean,"completed_at"?: string | null,"context"?: (string)[],"created_at"?: string,"description"?: string | null,"due_date"?: string | null,"due_time"?: string | null,"energy_level"?: string | null,"id"?: number,"is_important"?: boolean,"is_my_day"?: boolean,"list_id"?: number | null,"my_day_date"?: string | null,"notes"?: string | null,"parent_id"?: number | null,"priority"?: string,"recurrence_index"?: number,"recurrence_parent_id"?: number | null,"recurrence_rule"?: string | null,"recurrence_start"?: string | null,"reminder_at"?: string | null,"snooze_until"?: string | null,"sort_order"?: number,"start_date"?: string | null,"status"?: string,"time_estimate"?: number | null,"title"?: string,"updated_at"?: string,"user_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "tasks_list_id_fkey"
      columns: ["user_id","list_id"]
isOneToOne: false
      referencedRelation: "task_lists"
      referencedColumns: ["user_id","id"]
    },{
      foreignKeyName: "tasks_parent_id_fkey"
      columns: ["user_id","parent_id"]
isOneToOne: false
      referencedRelation: "tasks"
      referencedColumns: ["user_id","id"]
    },{
      foreignKeyName: "tasks_recurrence_parent_id_fkey"
      columns: ["user_id","recurrence_parent_id"]
isOneToOne: false
      referencedRelation: "tasks"
      referencedColumns: ["user_id","id"]
    }
                  ]
                }
          }
          Views: {
            [_ in never]: never
          }
          Functions: {
            "important_tasks":
{ Args: { "include_completed"?: boolean }; Returns: {
              "archived": boolean,
"completed_at": string | null,
"context": (string)[],
"created_at": string,
"description": string | null,
"due_date": string | null,
"due_time": string | null,
"energy_level": string | null,
"id": number,
"is_important": boolean,
"is_my_day": boolean,
"list_id": number | null,
"my_day_date": string | null,
"notes": string | null,
"parent_id": number | null,
"priority": string,
"recurrence_index": number,
"recurrence_parent_id": number | null,
"recurrence_rule": string | null,
"recurrence_start": string | null,
"reminder_at": string | null,
"snooze_until": string | null,
"sort_order": number,
"start_date": string | null,
"status": string,
"time_estimate": number | null,
"title": string,
"updated_at": string,
"user_id": string
            }[]
                          SetofOptions: {
        from: "*"
        to: "tasks"
        isOneToOne: false
        isSetofReturn: true
      } },
"move_task":
{ Args: { "after_id"?: number,"before_id"?: number,"list_id"?: number,"task_id": number }; Returns: {
              "archived": boolean,
"completed_at": string | null,
"context": (string)[],
"created_at": string,
"description": string | null,
"due_date": string | null,
"due_time": string | null,
"energy_level": string | null,
"id": number,
"is_important": boolean,
"is_my_day": boolean,
"list_id": number | null,
"my_day_date": string | null,
"notes": string | null,
"parent_id": number | null,
"priority": string,
"recurrence_index": number,
"recurrence_parent_id": number | null,
"recurrence_rule": string | null,
"recurrence_start": string | null,
"reminder_at": string | null,
"snooze_until": string | null,
"sort_order": number,
"start_date": string | null,
"status": string,
"time_estimate": number | null,
"title": string,
"updated_at": string,
"user_id": string
            }
                          SetofOptions: {
        from: "*"
        to: "tasks"
        isOneToOne: true
        isSetofReturn: false
      } },
"my_day":
{ Args: Record<PropertyKey, never>; Returns: {
              "archived": boolean,
"completed_at": string | null,
"context": (string)[],
"created_at": string,
"description": string | null,
"due_date": string | null,
"due_time": string | null,
"energy_level": string | null,
"id": number,
"is_important": boolean,
"is_my_day": boolean,
"list_id": number | null,
"my_day_date": string | null,
"notes": string | null,
"parent_id": number | null,
"priority": string,
"recurrence_index": number,
"recurrence_parent_id": number | null,
"recurrence_rule": string | null,
"recurrence_start": string | null,
"reminder_at": string | null,
"snooze_until": string | null,
"sort_order": number,
"start_date": string | null,
"status": string,
"time_estimate": number | null,
"title": string,
"updated_at": string,
"user_id": string
            }[]
                          SetofOptions: {
        from: "*"
        to: "tasks"
        isOneToOne: false
        isSetofReturn: true
      } },
"overdue_tasks":
{ Args: Record<PropertyKey, never>; Returns: {
              "archived": boolean,
"completed_at": string | null,
"context": (string)[],
"created_at": string,
"description": string | null,
"due_date": string | null,
"due_time": string | null,
"energy_level": string | null,
"id": number,
"is_important": boolean,
"is_my_day": boolean,
"list_id": number | null,
"my_day_date": string | null,
"notes": string | null,
"parent_id": number | null,
"priority": string,
"recurrence_index": number,
"recurrence_parent_id": number | null,
"recurrence_rule": string | null,
"recurrence_start": string | null,
"reminder_at": string | null,
"snooze_until": string | null,
"sort_order": number,
"start_date": string | null,
"status": string,
"time_estimate": number | null,
"title": string,
"updated_at": string,
"user_id": string
            }[]
                          SetofOptions: {
        from: "*"
        to: "tasks"
        isOneToOne: false
        isSetofReturn: true
      } },
"parent_task":
{ Args: { "task": Omit<Database["dashboard"]['Tables']["tasks"]['Row'], Database["dashboard"]['Tables']["tasks"]['ComputedFields']> }; Returns: {
              "archived": boolean,
"completed_at": string | null,
"context": (string)[],
"created_at": string,
"description": string | null,
"due_date": string | null,
"due_time": string | null,
"energy_level": string | null,
"id": number,
"is_important": boolean,
"is_my_day": boolean,
"list_id": number | null,
"my_day_date": string | null,
"notes": string | null,
"parent_id": number | null,
"priority": string,
"recurrence_index": number,
"recurrence_parent_id": number | null,
"recurrence_rule": string | null,
"recurrence_start": string | null,
"reminder_at": string | null,
"snooze_until": string | null,
"sort_order": number,
"start_date": string | null,
"status": string,
"time_estimate": number | null,
"title": string,
"updated_at": string,
"user_id": string
            }
                          SetofOptions: {
        from: "dashboard.tasks"
        to: "tasks"
        isOneToOne: true
        isSetofReturn: true
      } },
"planned_tasks":
{ Args: { "include_completed"?: boolean }; Returns: {
              "archived": boolean,
"completed_at": string | null,
"context": (string)[],
"created_at": string,
"description": string | null,
"due_date": string | null,
"due_time": string | null,
"energy_level": string | null,
"id": number,
"is_important": boolean,
"is_my_day": boolean,
"list_id": number | null,
"my_day_date": string | null,
"notes": string | null,
"parent_id": number | null,
"priority": string,
"recurrence_index": number,
"recurrence_parent_id": number | null,
"recurrence_rule": string | null,
"recurrence_start": string | null,
"reminder_at": string | null,
"snooze_until": string | null,
"sort_order": number,
"start_date": string | null,
"status": string,
"time_estimate": number | null,
"title": string,
"updated_at": string,
"user_id": string
            }[]
                          SetofOptions: {
        from: "*"
        to: "tasks"
        isOneToOne: false
        isSetofReturn: true
      } },
"subtask_completed":
{ Args: { "task": Omit<Database["dashboard"]['Tables']["tasks"]['Row'], Database["dashboard"]['Tables']["tasks"]['ComputedFields']> }; Returns: number
                           },
"subtask_total":
{ Args: { "task": Omit<Database["dashboard"]['Tables']["tasks"]['Row'], Database["dashboard"]['Tables']["tasks"]['ComputedFields']> }; Returns: number
                           },
"subtasks":
{ Args: { "task": Omit<Database["dashboard"]['Tables']["tasks"]['Row'], Database["dashboard"]['Tables']["tasks"]['ComputedFields']> }; Returns: {
              "archived": boolean,
"completed_at": string | null,
"context": (string)[],
"created_at": string,
"description": string | null,
"due_date": string | null,
"due_time": string | null,
"energy_level": string | null,
"id": number,
"is_important": boolean,
"is_my_day": boolean,
"list_id": number | null,
"my_day_date": string | null,
"notes": string | null,
"parent_id": number | null,
"priority": string,
"recurrence_index": number,
"recurrence_parent_id": number | null,
"recurrence_rule": string | null,
"recurrence_start": string | null,
"reminder_at": string | null,
"snooze_until": string | null,
"sort_order": number,
"start_date": string | null,
"status": string,
"time_estimate": number | null,
"title": string,
"updated_at": string,
"user_id": string
            }[]
                          SetofOptions: {
        from: "dashboard.tasks"
        to: "tasks"
        isOneToOne: false
        isSetofReturn: true
      } },
"task_count":
{ Args: { "list": Omit<Database["dashboard"]['Tables']["task_lists"]['Row'], Database["dashboard"]['Tables']["task_lists"]['ComputedFields']> }; Returns: number
                           }
          }
          Enums: {
            [_ in never]: never
          }
          CompositeTypes: {
            [_ in never]: never
          }
        },"public": {
          Tables: {
            "feature_flags": {
                  Row: {
                    "created_at": string,"description": string,"enabled": boolean,"key": string,"payload": NonNullable<Json>,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"description": string,"enabled"?: boolean,"key": string,"payload"?: NonNullable<Json>,"updated_at"?: string
                  }
                  Update: {
                    "created_at"?: string,"description"?: string,"enabled"?: boolean,"key"?: string,"payload"?: NonNullable<Json>,"updated_at"?: string
                  }
                  Relationships: [
                    
                  ]
                },"profiles": {
                  Row: {
                    "active_workspace_id": string | null,"avatar_url": string | null,"created_at": string,"display_name": string,"id": string,"time_zone": string,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "active_workspace_id"?: string | null,"avatar_url"?: string | null,"created_at"?: string,"display_name": string,"id"?: string,"time_zone"?: string,"updated_at"?: string
                  }
                  Update: {
                    "active_workspace_id"?: string | null,"avatar_url"?: string | null,"created_at"?: string,"display_name"?: string,"id"?: string,"time_zone"?: string,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "profiles_active_workspace_id_fkey"
      columns: ["active_workspace_id","id"]
isOneToOne: false
      referencedRelation: "workspace_members"
      referencedColumns: ["workspace_id","user_id"]
    }
                  ]
                },"user_prefs": {
                  Row: {
                    "created_at": string,"language": string,"preferences": NonNullable<Json>,"theme": string,"updated_at": string,"user_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"language"?: string,"preferences"?: NonNullable<Json>,"theme"?: string,"updated_at"?: string,"user_id"?: string
                  }
                  Update: {
                    "created_at"?: string,"language"?: string,"preferences"?: NonNullable<Json>,"theme"?: string,"updated_at"?: string,"user_id"?: string
                  }
                  Relationships: [
                    
                  ]
                },"workspace_invitations": {
                  Row: {
                    "accepted_at": string | null,"accepted_by": string | null,"created_at": string,"email": string,"expires_at": string,"id": string,"invited_by": string | null,"revoked_at": string | null,"role": Database["public"]['Enums']["app_role"],"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "accepted_at"?: string | null,"accepted_by"?: string | null,"created_at"?: string,"email": string,"expires_at"?: string,"id"?: string,"invited_by"?: string | null,"revoked_at"?: string | null,"role"?: Database["public"]['Enums']["app_role"],"workspace_id"?: string
                  }
                  Update: {
                    "accepted_at"?: string | null,"accepted_by"?: string | null,"created_at"?: string,"email"?: string,"expires_at"?: string,"id"?: string,"invited_by"?: string | null,"revoked_at"?: string | null,"role"?: Database["public"]['Enums']["app_role"],"workspace_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "workspace_invitations_workspace_id_fkey"
      columns: ["workspace_id"]
isOneToOne: false
      referencedRelation: "workspaces"
      referencedColumns: ["id"]
    }
                  ]
                },"workspace_members": {
                  Row: {
                    "avatar_url": string | null,"created_at": string,"display_name": string,"role": Database["public"]['Enums']["app_role"],"updated_at": string,"user_id": string,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "avatar_url"?: string | null,"created_at"?: string,"display_name": string,"role"?: Database["public"]['Enums']["app_role"],"updated_at"?: string,"user_id": string,"workspace_id": string
                  }
                  Update: {
                    "avatar_url"?: string | null,"created_at"?: string,"display_name"?: string,"role"?: Database["public"]['Enums']["app_role"],"updated_at"?: string,"user_id"?: string,"workspace_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "workspace_members_workspace_id_fkey"
      columns: ["workspace_id"]
isOneToOne: false
      referencedRelation: "workspaces"
      referencedColumns: ["id"]
    }
                  ]
                },"workspaces": {
                  Row: {
                    "created_at": string,"id": string,"name": string,"personal_of": string | null,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"id"?: string,"name": string,"personal_of"?: string | null,"updated_at"?: string
                  }
                  Update: {
                    "created_at"?: string,"id"?: string,"name"?: string,"personal_of"?: string | null,"updated_at"?: string
                  }
                  Relationships: [
                    
                  ]
                }
          }
          Views: {
            [_ in never]: never
          }
          Functions: {
            "accept_invitation":
{ Args: { "token": string }; Returns: string
                           },
"active_workspace":
{ Args: Record<PropertyKey, never>; Returns: string
                           },
"create_workspace":
{ Args: { "name": string }; Returns: {
              "created_at": string,
"id": string,
"name": string,
"personal_of": string | null,
"updated_at": string
            }[]
                          SetofOptions: {
        from: "*"
        to: "workspaces"
        isOneToOne: false
        isSetofReturn: true
      } },
"custom_access_token_hook":
{ Args: { "event": Json }; Returns: Json
                           },
"decline_invitation":
{ Args: { "token": string }; Returns: undefined
                           },
"delete_account":
{ Args: Record<PropertyKey, never>; Returns: undefined
                           },
"invite_member":
{ Args: { "email": string,"role"?: Database["public"]['Enums']["app_role"],"workspace_id"?: string }; Returns: {
              "expires_at": string,"id": string,"token": string
            }[]
                           },
"leave_workspace":
{ Args: { "workspace_id": string }; Returns: undefined
                           },
"platform_health":
{ Args: Record<PropertyKey, never>; Returns: {
              "applied_migrations": (string)[],"extensions": Json,"feature_flags": Json,"postgres_version": string
            }[]
                           },
"remove_member":
{ Args: { "user_id": string,"workspace_id": string }; Returns: undefined
                           },
"revoke_invitation":
{ Args: { "invitation_id": string }; Returns: undefined
                           },
"set_member_role":
{ Args: { "role": Database["public"]['Enums']["app_role"],"user_id": string,"workspace_id": string }; Returns: undefined
                           },
"set_user_pref":
{ Args: { "key": string,"value": Json }; Returns: Json
                           },
"switch_workspace":
{ Args: { "workspace_id": string }; Returns: string
                           },
"transfer_admin":
{ Args: { "to_user_id": string,"workspace_id": string }; Returns: undefined
                           }
          }
          Enums: {
            "app_role": "employee"|"manager"|"admin"
          }
          CompositeTypes: {
            [_ in never]: never
          }
        }
}

type DatabaseWithoutInternals = Omit<Database, '__InternalSupabase'>

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, "public">]

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
        DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
      DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])[TableName] extends {
      Row: infer R
    }
    ? R
    : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
  ? (DefaultSchema["Tables"] & DefaultSchema["Views"])[DefaultSchemaTableNameOrOptions] extends {
      Row: infer R
    }
    ? R
    : never
  : never

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Insert: infer I
    }
    ? I
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
  ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Insert: infer I
    }
    ? I
    : never
  : never

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Update: infer U
    }
    ? U
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
  ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Update: infer U
    }
    ? U
    : never
  : never

export type Enums<
  DefaultSchemaEnumNameOrOptions extends
    | keyof DefaultSchema["Enums"]
    | { schema: keyof DatabaseWithoutInternals },
  EnumName extends DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"]
    : never = never
> = DefaultSchemaEnumNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema["Enums"]
  ? DefaultSchema["Enums"][DefaultSchemaEnumNameOrOptions]
  : never

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    | keyof DefaultSchema["CompositeTypes"]
    | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"]
    : never = never
> = PublicCompositeTypeNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"][CompositeTypeName]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema["CompositeTypes"]
  ? DefaultSchema["CompositeTypes"][PublicCompositeTypeNameOrOptions]
  : never

export const Constants = {
  "dashboard": {
          Enums: {
            
          }
        },"public": {
          Enums: {
            "app_role": ["employee", "manager", "admin"]
          }
        }
} as const
