export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[]

export type Database = {
  
  "business": {
          Tables: {
            "activity_log": {
                  Row: {
                    "actor_id": number | null,"actor_name": string | null,"amount": number | null,"created_at": string,"description": string,"entity_id": number | null,"entity_type": string | null,"event_subtype": string | null,"event_type": string,"id": number,"job_id": number | null,"job_number": string | null,"metadata": NonNullable<Json>,"new_value": string | null,"old_value": string | null,"user_id": string | null,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "actor_id"?: number | null,"actor_name"?: string | null,"amount"?: number | null,"created_at"?: string,"description": string,"entity_id"?: number | null,"entity_type"?: string | null,"event_subtype"?: string | null,"event_type": string,"id"?: number,"job_id"?: number | null,"job_number"?: string | null,"metadata"?: NonNullable<Json>,"new_value"?: string | null,"old_value"?: string | null,"user_id"?: string | null,"workspace_id"?: string
                  }
                  Update: {
                    "actor_id"?: number | null,"actor_name"?: string | null,"amount"?: number | null,"created_at"?: string,"description"?: string,"entity_id"?: number | null,"entity_type"?: string | null,"event_subtype"?: string | null,"event_type"?: string,"id"?: number,"job_id"?: number | null,"job_number"?: string | null,"metadata"?: NonNullable<Json>,"new_value"?: string | null,"old_value"?: string | null,"user_id"?: string | null,"workspace_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "activity_log_actor_id_fkey"
      columns: ["workspace_id","actor_id"]
isOneToOne: false
      referencedRelation: "contacts"
      referencedColumns: ["workspace_id","id"]
    },{
      foreignKeyName: "activity_log_job_id_fkey"
      columns: ["workspace_id","job_id"]
isOneToOne: false
      referencedRelation: "job_financials"
      referencedColumns: ["workspace_id","job_id"]
    },{
      foreignKeyName: "activity_log_job_id_fkey"
      columns: ["workspace_id","job_id"]
isOneToOne: false
      referencedRelation: "jobs"
      referencedColumns: ["workspace_id","id"]
    }
                  ]
                },"clients": {
                  Row: {
                    "address": string | null,"city": string | null,"client_type": string | null,"created_at": string,"email": string | null,"id": number,"is_active": boolean,"name": string,"notes": string | null,"phone": string | null,"state": string | null,"updated_at": string,"workspace_id": string,"zip": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "address"?: string | null,"city"?: string | null,"client_type"?: string | null,"created_at"?: string,"email"?: string | null,"id"?: number,"is_active"?: boolean,"name": string,"notes"?: string | null,"phone"?: string | null,"state"?: string | null,"updated_at"?: string,"workspace_id"?: string,"zip"?: string | null
                  }
                  Update: {
                    "address"?: string | null,"city"?: string | null,"client_type"?: string | null,"created_at"?: string,"email"?: string | null,"id"?: number,"is_active"?: boolean,"name"?: string,"notes"?: string | null,"phone"?: string | null,"state"?: string | null,"updated_at"?: string,"workspace_id"?: string,"zip"?: string | null
                  }
                  Relationships: [
                    
                  ]
                },"contacts": {
                  Row: {
                    "created_at": string,"email": string | null,"first_name": string,"id": number,"is_active": boolean,"last_name": string,"notes": string | null,"organization_id": number | null,"phone": string | null,"phone_extension": string | null,"role": string | null,"updated_at": string,"user_id": string | null,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"email"?: string | null,"first_name": string,"id"?: number,"is_active"?: boolean,"last_name": string,"notes"?: string | null,"organization_id"?: number | null,"phone"?: string | null,"phone_extension"?: string | null,"role"?: string | null,"updated_at"?: string,"user_id"?: string | null,"workspace_id"?: string
                  }
                  Update: {
                    "created_at"?: string,"email"?: string | null,"first_name"?: string,"id"?: number,"is_active"?: boolean,"last_name"?: string,"notes"?: string | null,"organization_id"?: number | null,"phone"?: string | null,"phone_extension"?: string | null,"role"?: string | null,"updated_at"?: string,"user_id"?: string | null,"workspace_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "contacts_organization_id_fkey"
      columns: ["workspace_id","organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["workspace_id","id"]
    }
                  ]
                },"estimates": {
                  Row: {
                    "amount": number | null,"approved_date": string | null,"client_key": string | null,"created_at": string,"estimate_type": string | null,"id": number,"job_id": number,"notes": string | null,"original_amount": number | null,"status": string,"submitted_date": string | null,"updated_at": string,"version": number,"workspace_id": string,"xactimate_file_path": string | null,"duplicate_of": number | null
                  }
                  ComputedFields: "duplicate_of"
                  Insert: {
                    "amount"?: number | null,"approved_date"?: string | null,"client_key"?: string | null,"created_at"?: string,"estimate_type"?: string | null,"id"?: number,"job_id": number,"notes"?: string | null,"original_amount"?: number | null,"status"?: string,"submitted_date"?: string | null,"updated_at"?: string,"version"?: number,"workspace_id"?: string,"xactimate_file_path"?: string | null
                  }
                  Update: {
                    "amount"?: number | null,"approved_date"?: string | null,"client_key"?: string | null,"created_at"?: string,"estimate_type"?: string | null,"id"?: number,"job_id"?: number,"notes"?: string | null,"original_amount"?: number | null,"status"?: string,"submitted_date"?: string | null,"updated_at"?: string,"version"?: number,"workspace_id"?: string,"xactimate_file_path"?: string | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "estimates_job_id_fkey"
      columns: ["workspace_id","job_id"]
isOneToOne: false
      referencedRelation: "job_financials"
      referencedColumns: ["workspace_id","job_id"]
    },{
      foreignKeyName: "estimates_job_id_fkey"
      columns: ["workspace_id","job_id"]
isOneToOne: false
      referencedRelation: "jobs"
      referencedColumns: ["workspace_id","id"]
    }
                  ]
                },"job_contacts": {
                  Row: {
                    "assigned_date": string | null,"contact_id": number,"created_at": string,"id": number,"is_primary_adjuster": boolean,"is_tpa": boolean,"job_id": number,"notes": string | null,"role_on_project": string | null,"updated_at": string,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "assigned_date"?: string | null,"contact_id": number,"created_at"?: string,"id"?: number,"is_primary_adjuster"?: boolean,"is_tpa"?: boolean,"job_id": number,"notes"?: string | null,"role_on_project"?: string | null,"updated_at"?: string,"workspace_id"?: string
                  }
                  Update: {
                    "assigned_date"?: string | null,"contact_id"?: number,"created_at"?: string,"id"?: number,"is_primary_adjuster"?: boolean,"is_tpa"?: boolean,"job_id"?: number,"notes"?: string | null,"role_on_project"?: string | null,"updated_at"?: string,"workspace_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "job_contacts_contact_id_fkey"
      columns: ["workspace_id","contact_id"]
isOneToOne: false
      referencedRelation: "contacts"
      referencedColumns: ["workspace_id","id"]
    },{
      foreignKeyName: "job_contacts_job_id_fkey"
      columns: ["workspace_id","job_id"]
isOneToOne: false
      referencedRelation: "job_financials"
      referencedColumns: ["workspace_id","job_id"]
    },{
      foreignKeyName: "job_contacts_job_id_fkey"
      columns: ["workspace_id","job_id"]
isOneToOne: false
      referencedRelation: "jobs"
      referencedColumns: ["workspace_id","id"]
    }
                  ]
                },"jobs": {
                  Row: {
                    "address": string | null,"city": string | null,"claim_number": string | null,"client_id": number | null,"completion_date": string | null,"cos_date": string | null,"created_at": string,"damage_category": string | null,"damage_class": string | null,"damage_source": string | null,"date_contacted": string | null,"date_of_loss": string | null,"deductible": number | null,"id": number,"inspection_date": string | null,"insurance_org_id": number | null,"job_number": string,"job_type": string,"notes": string | null,"num_stories": number | null,"policy_number": string | null,"ready_to_invoice": boolean,"square_footage": number | null,"start_date": string | null,"state": string | null,"status": string,"structure_type": string | null,"updated_at": string,"work_auth_signed_date": string | null,"workspace_id": string,"year_built": number | null,"zip": string | null,"financials": {
              "approved_estimates": number | null,
"balance_due": number | null,
"billable_labor_cost": number | null,
"billable_labor_hours": number | null,
"estimate_count": number | null,
"gross_profit": number | null,
"gross_profit_percentage": number | null,
"job_id": number,
"job_number": string,
"labor_entry_count": number | null,
"payment_count": number | null,
"pending_estimates": number | null,
"ready_to_invoice": boolean,
"receipt_count": number | null,
"reimbursable_expenses": number | null,
"status": string,
"total_estimates": number | null,
"total_expenses": number | null,
"total_labor_cost": number | null,
"total_labor_hours": number | null,
"total_materials_cost": number | null,
"total_paid": number | null,
"work_order_budget": number | null,
"work_order_count": number | null,
"workspace_id": string
            } | null
                  }
                  ComputedFields: "financials"
                  Insert: {
                    "address"?: string | null,"city"?: string | null,"claim_number"?: string | null,"client_id"?: number | null,"completion_date"?: string | null,"cos_date"?: string | null,"created_at"?: string,"damage_category"?: string | null,"damage_class"?: string | null,"damage_source"?: string | null,"date_contacted"?: string | null,"date_of_loss"?: string | null,"deductible"?: number | null,"id"?: number,"inspection_date"?: string | null,"insurance_org_id"?: number | null,"job_number"?: string,"job_type"?: string,"notes"?: string | null,"num_stories"?: number | null,"policy_number"?: string | null,"ready_to_invoice"?: boolean,"square_footage"?: number | null,"start_date"?: string | null,"state"?: string | null,"status"?: string,"structure_type"?: string | null,"updated_at"?: string,"work_auth_signed_date"?: string | null,"workspace_id"?: string,"year_built"?: number | null,"zip"?: string | null
                  }
                  Update: {
                    "address"?: string | null,"city"?: string | null,"claim_number"?: string | null,"client_id"?: number | null,"completion_date"?: string | null,"cos_date"?: string | null,"created_at"?: string,"damage_category"?: string | null,"damage_class"?: string | null,"damage_source"?: string | null,"date_contacted"?: string | null,"date_of_loss"?: string | null,"deductible"?: number | null,"id"?: number,"inspection_date"?: string | null,"insurance_org_id"?: number | null,"job_number"?: string,"job_type"?: string,"notes"?: string | null,"num_stories"?: number | null,"policy_number"?: string | null,"ready_to_invoice"?: boolean,"square_footage"?: number | null,"start_date"?: string | null,"state"?: string | null,"status"?: string,"structure_type"?: string | null,"updated_at"?: string,"work_auth_signed_date"?: string | null,"workspace_id"?: string,"year_built"?: number | null,"zip"?: string | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "jobs_client_id_fkey"
      columns: ["workspace_id","client_id"]
isOneToOne: false
      referencedRelation: "clients"
      referencedColumns: ["workspace_id","id"]
    },{
      foreignKeyName: "jobs_insurance_org_id_fkey"
      columns: ["workspace_id","insurance_org_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["workspace_id","id"]
    }
                  ]
                },"labor_entries": {
                  Row: {
                    "billable": boolean,"client_key": string | null,"created_at": string,"created_by": number | null,"description": string | null,"employee_id": number | null,"hourly_rate": number | null,"hours": number,"id": number,"job_id": number,"total_cost": number | null,"updated_at": string,"user_id": string | null,"work_category": string | null,"work_date": string,"workspace_id": string,"duplicate_of": number | null
                  }
                  ComputedFields: "duplicate_of"
                  Insert: {
                    "billable"?: boolean,"client_key"?: string | null,"created_at"?: string,"created_by"?: number | null,"description"?: string | null,"employee_id"?: number | null,"hourly_rate"?: number | null,"hours": number,"id"?: number,"job_id": number,"total_cost"?: never,"updated_at"?: string,"user_id"?: string | null,"work_category"?: string | null,"work_date"?: string,"workspace_id"?: string
                  }
                  Update: {
                    "billable"?: boolean,"client_key"?: string | null,"created_at"?: string,"created_by"?: number | null,"description"?: string | null,"employee_id"?: number | null,"hourly_rate"?: number | null,"hours"?: number,"id"?: number,"job_id"?: number,"total_cost"?: never,"updated_at"?: string,"user_id"?: string | null,"work_category"?: string | null,"work_date"?: string,"workspace_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "labor_entries_created_by_fkey"
      columns: ["workspace_id","created_by"]
isOneToOne: false
      referencedRelation: "contacts"
      referencedColumns: ["workspace_id","id"]
    },{
      foreignKeyName: "labor_entries_employee_id_fkey"
      columns: ["workspace_id","employee_id"]
isOneToOne: false
      referencedRelation: "contacts"
      referencedColumns: ["workspace_id","id"]
    },{
      foreignKeyName: "labor_entries_job_id_fkey"
      columns: ["workspace_id","job_id"]
isOneToOne: false
      referencedRelation: "job_financials"
      referencedColumns: ["workspace_id","job_id"]
    },{
      foreignKeyName: "labor_entries_job_id_fkey"
      columns: ["workspace_id","job_id"]
isOneToOne: false
      referencedRelation: "jobs"
      referencedColumns: ["workspace_id","id"]
    }
                  ]
                },"media": {
                  Row: {
                    "caption": string | null,"file_name": string,"file_path": string,"file_size": number | null,"file_type": string | null,"id": number,"job_id": number,"updated_at": string,"uploaded_at": string,"uploaded_by": number | null,"user_id": string | null,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "caption"?: string | null,"file_name": string,"file_path": string,"file_size"?: number | null,"file_type"?: string | null,"id"?: number,"job_id": number,"updated_at"?: string,"uploaded_at"?: string,"uploaded_by"?: number | null,"user_id"?: string | null,"workspace_id"?: string
                  }
                  Update: {
                    "caption"?: string | null,"file_name"?: string,"file_path"?: string,"file_size"?: number | null,"file_type"?: string | null,"id"?: number,"job_id"?: number,"updated_at"?: string,"uploaded_at"?: string,"uploaded_by"?: number | null,"user_id"?: string | null,"workspace_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "media_job_id_fkey"
      columns: ["workspace_id","job_id"]
isOneToOne: false
      referencedRelation: "job_financials"
      referencedColumns: ["workspace_id","job_id"]
    },{
      foreignKeyName: "media_job_id_fkey"
      columns: ["workspace_id","job_id"]
isOneToOne: false
      referencedRelation: "jobs"
      referencedColumns: ["workspace_id","id"]
    },{
      foreignKeyName: "media_uploaded_by_fkey"
      columns: ["workspace_id","uploaded_by"]
isOneToOne: false
      referencedRelation: "contacts"
      referencedColumns: ["workspace_id","id"]
    }
                  ]
                },"notes": {
                  Row: {
                    "author_id": number | null,"content": string,"created_at": string,"id": number,"job_id": number,"note_type": string,"subject": string | null,"updated_at": string,"user_id": string | null,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "author_id"?: number | null,"content": string,"created_at"?: string,"id"?: number,"job_id": number,"note_type"?: string,"subject"?: string | null,"updated_at"?: string,"user_id"?: string | null,"workspace_id"?: string
                  }
                  Update: {
                    "author_id"?: number | null,"content"?: string,"created_at"?: string,"id"?: number,"job_id"?: number,"note_type"?: string,"subject"?: string | null,"updated_at"?: string,"user_id"?: string | null,"workspace_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "notes_author_id_fkey"
      columns: ["workspace_id","author_id"]
isOneToOne: false
      referencedRelation: "contacts"
      referencedColumns: ["workspace_id","id"]
    },{
      foreignKeyName: "notes_on_job_id_fkey"
      columns: ["workspace_id","job_id"]
isOneToOne: false
      referencedRelation: "job_financials"
      referencedColumns: ["workspace_id","job_id"]
    },{
      foreignKeyName: "notes_on_job_id_fkey"
      columns: ["workspace_id","job_id"]
isOneToOne: false
      referencedRelation: "jobs"
      referencedColumns: ["workspace_id","id"]
    }
                  ]
                },"organizations": {
                  Row: {
                    "address": string | null,"city": string | null,"created_at": string,"has_msa": boolean,"id": number,"is_active": boolean,"msa_expiration_date": string | null,"msa_signed_date": string | null,"name": string,"notes": string | null,"org_type": string,"phone": string | null,"state": string | null,"trade_category": string | null,"updated_at": string,"website": string | null,"workspace_id": string,"zip": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "address"?: string | null,"city"?: string | null,"created_at"?: string,"has_msa"?: boolean,"id"?: number,"is_active"?: boolean,"msa_expiration_date"?: string | null,"msa_signed_date"?: string | null,"name": string,"notes"?: string | null,"org_type": string,"phone"?: string | null,"state"?: string | null,"trade_category"?: string | null,"updated_at"?: string,"website"?: string | null,"workspace_id"?: string,"zip"?: string | null
                  }
                  Update: {
                    "address"?: string | null,"city"?: string | null,"created_at"?: string,"has_msa"?: boolean,"id"?: number,"is_active"?: boolean,"msa_expiration_date"?: string | null,"msa_signed_date"?: string | null,"name"?: string,"notes"?: string | null,"org_type"?: string,"phone"?: string | null,"state"?: string | null,"trade_category"?: string | null,"updated_at"?: string,"website"?: string | null,"workspace_id"?: string,"zip"?: string | null
                  }
                  Relationships: [
                    
                  ]
                },"payments": {
                  Row: {
                    "amount": number,"check_number": string | null,"client_key": string | null,"created_at": string,"deposited_date": string | null,"estimate_id": number | null,"id": number,"invoice_number": string | null,"job_id": number,"notes": string | null,"payment_method": string | null,"payment_type": string | null,"received_date": string | null,"updated_at": string,"workspace_id": string,"duplicate_of": number | null
                  }
                  ComputedFields: "duplicate_of"
                  Insert: {
                    "amount": number,"check_number"?: string | null,"client_key"?: string | null,"created_at"?: string,"deposited_date"?: string | null,"estimate_id"?: number | null,"id"?: number,"invoice_number"?: string | null,"job_id": number,"notes"?: string | null,"payment_method"?: string | null,"payment_type"?: string | null,"received_date"?: string | null,"updated_at"?: string,"workspace_id"?: string
                  }
                  Update: {
                    "amount"?: number,"check_number"?: string | null,"client_key"?: string | null,"created_at"?: string,"deposited_date"?: string | null,"estimate_id"?: number | null,"id"?: number,"invoice_number"?: string | null,"job_id"?: number,"notes"?: string | null,"payment_method"?: string | null,"payment_type"?: string | null,"received_date"?: string | null,"updated_at"?: string,"workspace_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "payments_estimate_id_fkey"
      columns: ["workspace_id","job_id","estimate_id"]
isOneToOne: false
      referencedRelation: "estimates"
      referencedColumns: ["workspace_id","job_id","id"]
    },{
      foreignKeyName: "payments_job_id_fkey"
      columns: ["workspace_id","job_id"]
isOneToOne: false
      referencedRelation: "job_financials"
      referencedColumns: ["workspace_id","job_id"]
    },{
      foreignKeyName: "payments_job_id_fkey"
      columns: ["workspace_id","job_id"]
isOneToOne: false
      referencedRelation: "jobs"
      referencedColumns: ["workspace_id","id"]
    }
                  ]
                },"receipts": {
                  Row: {
                    "amount": number,"client_key": string | null,"created_at": string,"created_by": number | null,"description": string,"expense_category": string,"expense_date": string,"id": number,"job_id": number,"paid_by": string | null,"receipt_file_path": string | null,"reimbursable": boolean,"updated_at": string,"user_id": string | null,"vendor_id": number | null,"workspace_id": string,"duplicate_of": number | null
                  }
                  ComputedFields: "duplicate_of"
                  Insert: {
                    "amount": number,"client_key"?: string | null,"created_at"?: string,"created_by"?: number | null,"description": string,"expense_category": string,"expense_date"?: string,"id"?: number,"job_id": number,"paid_by"?: string | null,"receipt_file_path"?: string | null,"reimbursable"?: boolean,"updated_at"?: string,"user_id"?: string | null,"vendor_id"?: number | null,"workspace_id"?: string
                  }
                  Update: {
                    "amount"?: number,"client_key"?: string | null,"created_at"?: string,"created_by"?: number | null,"description"?: string,"expense_category"?: string,"expense_date"?: string,"id"?: number,"job_id"?: number,"paid_by"?: string | null,"receipt_file_path"?: string | null,"reimbursable"?: boolean,"updated_at"?: string,"user_id"?: string | null,"vendor_id"?: number | null,"workspace_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "receipts_created_by_fkey"
      columns: ["workspace_id","created_by"]
isOneToOne: false
      referencedRelation: "contacts"
      referencedColumns: ["workspace_id","id"]
    },{
      foreignKeyName: "receipts_job_id_fkey"
      columns: ["workspace_id","job_id"]
isOneToOne: false
      referencedRelation: "job_financials"
      referencedColumns: ["workspace_id","job_id"]
    },{
      foreignKeyName: "receipts_job_id_fkey"
      columns: ["workspace_id","job_id"]
isOneToOne: false
      referencedRelation: "jobs"
      referencedColumns: ["workspace_id","id"]
    },{
      foreignKeyName: "receipts_vendor_id_fkey"
      columns: ["workspace_id","vendor_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["workspace_id","id"]
    }
                  ]
                },"work_orders": {
                  Row: {
                    "approved_by": number | null,"approved_date": string | null,"budget_amount": number | null,"client_key": string | null,"created_at": string,"description": string | null,"document_file_path": string | null,"id": number,"job_id": number,"status": string,"title": string,"updated_at": string,"work_order_number": string,"workspace_id": string,"duplicate_of": number | null
                  }
                  ComputedFields: "duplicate_of"
                  Insert: {
                    "approved_by"?: number | null,"approved_date"?: string | null,"budget_amount"?: number | null,"client_key"?: string | null,"created_at"?: string,"description"?: string | null,"document_file_path"?: string | null,"id"?: number,"job_id": number,"status"?: string,"title": string,"updated_at"?: string,"work_order_number"?: string,"workspace_id"?: string
                  }
                  Update: {
                    "approved_by"?: number | null,"approved_date"?: string | null,"budget_amount"?: number | null,"client_key"?: string | null,"created_at"?: string,"description"?: string | null,"document_file_path"?: string | null,"id"?: number,"job_id"?: number,"status"?: string,"title"?: string,"updated_at"?: string,"work_order_number"?: string,"workspace_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "work_orders_approved_by_fkey"
      columns: ["workspace_id","approved_by"]
isOneToOne: false
      referencedRelation: "contacts"
      referencedColumns: ["workspace_id","id"]
    },{
      foreignKeyName: "work_orders_job_id_fkey"
      columns: ["workspace_id","job_id"]
isOneToOne: false
      referencedRelation: "job_financials"
      referencedColumns: ["workspace_id","job_id"]
    },{
      foreignKeyName: "work_orders_job_id_fkey"
      columns: ["workspace_id","job_id"]
isOneToOne: false
      referencedRelation: "jobs"
      referencedColumns: ["workspace_id","id"]
    }
                  ]
                }
          }
          Views: {
            "job_financials": {
                  Row: {
                    "approved_estimates": number | null,"balance_due": number | null,"billable_labor_cost": number | null,"billable_labor_hours": number | null,"estimate_count": number | null,"gross_profit": number | null,"gross_profit_percentage": number | null,"job_id": number,"job_number": string,"labor_entry_count": number | null,"payment_count": number | null,"pending_estimates": number | null,"ready_to_invoice": boolean,"receipt_count": number | null,"reimbursable_expenses": number | null,"status": string,"total_estimates": number | null,"total_expenses": number | null,"total_labor_cost": number | null,"total_labor_hours": number | null,"total_materials_cost": number | null,"total_paid": number | null,"work_order_budget": number | null,"work_order_count": number | null,"workspace_id": string
                  }
                  ComputedFields: never
                  Relationships: [
                    
                  ]
                }
          }
          Functions: {
            "accounting_by_job":
{ Args: { "date_from": string,"date_to": string }; Returns: {
              "approved_estimates": number,"client_id": number,"client_name": string,"gross_profit": number,"job_id": number,"job_number": string,"payments_received": number,"refunds": number,"reimbursable_expenses": number,"status": string,"total_expenses": number,"total_labor_cost": number,"total_labor_hours": number,"total_materials_cost": number,"total_paid": number
            }[]
                           },
"accounting_summary":
{ Args: { "date_from": string,"date_to": string,"period"?: string }; Returns: {
              "approved_estimates": number,"gross_profit": number,"jobs_closed": number,"jobs_completed": number,"jobs_opened": number,"payments_received": number,"period_end": string,"period_start": string,"refunds": number,"reimbursable_expenses": number,"total_expenses": number,"total_labor_cost": number,"total_labor_hours": number,"total_materials_cost": number,"total_paid": number
            }[]
                           },
"aged_receivables":
{ Args: { "as_of"?: string }; Returns: {
              "carrier_id": number,"carrier_name": string,"client_id": number,"client_name": string,"days_0_30": number,"days_31_60": number,"days_61_90": number,"days_over_90": number,"job_id": number,"job_number": string,"oldest_due_date": string,"oldest_due_days": number,"status": string,"total": number
            }[]
                           },
"aged_receivables_total":
{ Args: { "as_of"?: string }; Returns: {
              "days_0_30": number,"days_31_60": number,"days_61_90": number,"days_over_90": number,"job_count": number,"total": number
            }[]
                           },
"approve_estimate":
{ Args: { "approved_date"?: string,"estimate_id": number }; Returns: {
              "amount": number | null,
"approved_date": string | null,
"client_key": string | null,
"created_at": string,
"estimate_type": string | null,
"id": number,
"job_id": number,
"notes": string | null,
"original_amount": number | null,
"status": string,
"submitted_date": string | null,
"updated_at": string,
"version": number,
"workspace_id": string,
"xactimate_file_path": string | null
            }[]
                          SetofOptions: {
        from: "*"
        to: "estimates"
        isOneToOne: false
        isSetofReturn: true
      } },
"create_job":
{ Args: { "job": Json }; Returns: {
              "address": string | null,
"city": string | null,
"claim_number": string | null,
"client_id": number | null,
"completion_date": string | null,
"cos_date": string | null,
"created_at": string,
"damage_category": string | null,
"damage_class": string | null,
"damage_source": string | null,
"date_contacted": string | null,
"date_of_loss": string | null,
"deductible": number | null,
"id": number,
"inspection_date": string | null,
"insurance_org_id": number | null,
"job_number": string,
"job_type": string,
"notes": string | null,
"num_stories": number | null,
"policy_number": string | null,
"ready_to_invoice": boolean,
"square_footage": number | null,
"start_date": string | null,
"state": string | null,
"status": string,
"structure_type": string | null,
"updated_at": string,
"work_auth_signed_date": string | null,
"workspace_id": string,
"year_built": number | null,
"zip": string | null
            }[]
                          SetofOptions: {
        from: "*"
        to: "jobs"
        isOneToOne: false
        isSetofReturn: true
      } },
"duplicate_of":
{ Args: { "entry": Omit<Database["business"]['Tables']["labor_entries"]['Row'], Database["business"]['Tables']["labor_entries"]['ComputedFields']> }; Returns: number
                           } |
{ Args: { "estimate": Omit<Database["business"]['Tables']["estimates"]['Row'], Database["business"]['Tables']["estimates"]['ComputedFields']> }; Returns: number
                           } |
{ Args: { "payment": Omit<Database["business"]['Tables']["payments"]['Row'], Database["business"]['Tables']["payments"]['ComputedFields']> }; Returns: number
                           } |
{ Args: { "receipt": Omit<Database["business"]['Tables']["receipts"]['Row'], Database["business"]['Tables']["receipts"]['ComputedFields']> }; Returns: number
                           } |
{ Args: { "work_order": Omit<Database["business"]['Tables']["work_orders"]['Row'], Database["business"]['Tables']["work_orders"]['ComputedFields']> }; Returns: number
                           },
"financials":
{ Args: { "job": Omit<Database["business"]['Tables']["jobs"]['Row'], Database["business"]['Tables']["jobs"]['ComputedFields']> }; Returns: {
              "approved_estimates": number | null,
"balance_due": number | null,
"billable_labor_cost": number | null,
"billable_labor_hours": number | null,
"estimate_count": number | null,
"gross_profit": number | null,
"gross_profit_percentage": number | null,
"job_id": number,
"job_number": string,
"labor_entry_count": number | null,
"payment_count": number | null,
"pending_estimates": number | null,
"ready_to_invoice": boolean,
"receipt_count": number | null,
"reimbursable_expenses": number | null,
"status": string,
"total_estimates": number | null,
"total_expenses": number | null,
"total_labor_cost": number | null,
"total_labor_hours": number | null,
"total_materials_cost": number | null,
"total_paid": number | null,
"work_order_budget": number | null,
"work_order_count": number | null,
"workspace_id": string
            }
                          SetofOptions: {
        from: "business.jobs"
        to: "job_financials"
        isOneToOne: true
        isSetofReturn: true
      } },
"next_job_number":
{ Args: { "job_type": string }; Returns: string
                           },
"pipeline_board":
{ Args: Record<PropertyKey, never>; Returns: {
              "approved_estimates": number,"balance_due": number,"job_count": number,"oldest_job_at": string,"oldest_job_days": number,"status": string,"step": number,"total_estimates": number,"total_paid": number
            }[]
                           },
"revise_estimate":
{ Args: { "amount": number,"estimate_id": number,"notes"?: string,"xactimate_file_path"?: string }; Returns: {
              "amount": number | null,
"approved_date": string | null,
"client_key": string | null,
"created_at": string,
"estimate_type": string | null,
"id": number,
"job_id": number,
"notes": string | null,
"original_amount": number | null,
"status": string,
"submitted_date": string | null,
"updated_at": string,
"version": number,
"workspace_id": string,
"xactimate_file_path": string | null
            }[]
                          SetofOptions: {
        from: "*"
        to: "estimates"
        isOneToOne: false
        isSetofReturn: true
      } },
"search_jobs":
{ Args: { "max_results"?: number,"query": string,"skip"?: number,"statuses"?: (string)[] }; Returns: {
              "address": string,"city": string,"claim_number": string,"client_id": number,"client_name": string,"created_at": string,"id": number,"job_number": string,"job_type": string,"matched": string,"policy_number": string,"rank": number,"status": string
            }[]
                           },
"unassign_contact":
{ Args: { "contact_id": number,"job_id": number }; Returns: undefined
                           }
          }
          Enums: {
            [_ in never]: never
          }
          CompositeTypes: {
            [_ in never]: never
          }
        },"dashboard": {
          Tables: {
            "activity_logs": {
                  Row: {
                    "conversation_id": number | null,"created_at": string,"data": NonNullable<Json>,"id": number,"log_type": string,"session_id": string | null,"severity": string,"user_id": string | null,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "conversation_id"?: number | null,"created_at"?: string,"data"?: NonNullable<Json>,"id"?: number,"log_type": string,"session_id"?: string | null,"severity"?: string,"user_id"?: string | null,"workspace_id"?: string
                  }
                  Update: {
                    "conversation_id"?: number | null,"created_at"?: string,"data"?: NonNullable<Json>,"id"?: number,"log_type"?: string,"session_id"?: string | null,"severity"?: string,"user_id"?: string | null,"workspace_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "activity_logs_conversation_id_fkey"
      columns: ["user_id","conversation_id"]
isOneToOne: false
      referencedRelation: "conversation_list"
      referencedColumns: ["user_id","id"]
    },{
      foreignKeyName: "activity_logs_conversation_id_fkey"
      columns: ["user_id","conversation_id"]
isOneToOne: false
      referencedRelation: "conversations"
      referencedColumns: ["user_id","id"]
    }
                  ]
                },"agents": {
                  Row: {
                    "capabilities": NonNullable<Json>,"created_at": string,"description": string | null,"id": number,"is_active": boolean,"last_used_at": string | null,"model_id": string | null,"name": string,"system_prompt": string | null,"times_used": number,"tool_approval": string,"tools": NonNullable<Json>,"updated_at": string,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "capabilities"?: NonNullable<Json>,"created_at"?: string,"description"?: string | null,"id"?: number,"is_active"?: boolean,"last_used_at"?: string | null,"model_id"?: string | null,"name": string,"system_prompt"?: string | null,"times_used"?: number,"tool_approval"?: string,"tools"?: NonNullable<Json>,"updated_at"?: string,"workspace_id"?: string
                  }
                  Update: {
                    "capabilities"?: NonNullable<Json>,"created_at"?: string,"description"?: string | null,"id"?: number,"is_active"?: boolean,"last_used_at"?: string | null,"model_id"?: string | null,"name"?: string,"system_prompt"?: string | null,"times_used"?: number,"tool_approval"?: string,"tools"?: NonNullable<Json>,"updated_at"?: string,"workspace_id"?: string
                  }
                  Relationships: [
                    
                  ]
                },"ai_tasks": {
                  Row: {
                    "agent_used": string | null,"category": string | null,"completed_at": string | null,"complexity_score": number | null,"context_needed": string | null,"conversation_id": number | null,"created_at": string,"decision_points": number | null,"description": string,"follow_up_tasks": number,"frequency_tag": string | null,"human_corrections": number,"id": number,"input_type": string | null,"message_id": number | null,"model_id": string | null,"outcome": string | null,"output_type": string | null,"quality_rating": number | null,"reusability": string | null,"status": string,"steps_required": number | null,"time_to_complete": number | null,"tools_used": NonNullable<Json>,"updated_at": string,"user_id": string,"workspace_id": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "agent_used"?: string | null,"category"?: string | null,"completed_at"?: string | null,"complexity_score"?: number | null,"context_needed"?: string | null,"conversation_id"?: number | null,"created_at"?: string,"decision_points"?: number | null,"description": string,"follow_up_tasks"?: number,"frequency_tag"?: string | null,"human_corrections"?: number,"id"?: number,"input_type"?: string | null,"message_id"?: number | null,"model_id"?: string | null,"outcome"?: string | null,"output_type"?: string | null,"quality_rating"?: number | null,"reusability"?: string | null,"status"?: string,"steps_required"?: number | null,"time_to_complete"?: number | null,"tools_used"?: NonNullable<Json>,"updated_at"?: string,"user_id"?: string,"workspace_id"?: string | null
                  }
                  Update: {
                    "agent_used"?: string | null,"category"?: string | null,"completed_at"?: string | null,"complexity_score"?: number | null,"context_needed"?: string | null,"conversation_id"?: number | null,"created_at"?: string,"decision_points"?: number | null,"description"?: string,"follow_up_tasks"?: number,"frequency_tag"?: string | null,"human_corrections"?: number,"id"?: number,"input_type"?: string | null,"message_id"?: number | null,"model_id"?: string | null,"outcome"?: string | null,"output_type"?: string | null,"quality_rating"?: number | null,"reusability"?: string | null,"status"?: string,"steps_required"?: number | null,"time_to_complete"?: number | null,"tools_used"?: NonNullable<Json>,"updated_at"?: string,"user_id"?: string,"workspace_id"?: string | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "ai_tasks_conversation_id_fkey"
      columns: ["user_id","conversation_id"]
isOneToOne: false
      referencedRelation: "conversation_list"
      referencedColumns: ["user_id","id"]
    },{
      foreignKeyName: "ai_tasks_conversation_id_fkey"
      columns: ["user_id","conversation_id"]
isOneToOne: false
      referencedRelation: "conversations"
      referencedColumns: ["user_id","id"]
    },{
      foreignKeyName: "ai_tasks_message_id_fkey"
      columns: ["user_id","message_id"]
isOneToOne: false
      referencedRelation: "messages"
      referencedColumns: ["user_id","id"]
    }
                  ]
                },"automation_candidates": {
                  Row: {
                    "automation_type": string | null,"created_at": string,"frequency": number,"id": number,"notes": string | null,"pattern_description": string,"pattern_key": string | null,"related_task_ids": NonNullable<Json>,"status": string,"suggested_automation": string | null,"updated_at": string,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "automation_type"?: string | null,"created_at"?: string,"frequency"?: number,"id"?: number,"notes"?: string | null,"pattern_description": string,"pattern_key"?: string | null,"related_task_ids"?: NonNullable<Json>,"status"?: string,"suggested_automation"?: string | null,"updated_at"?: string,"workspace_id"?: string
                  }
                  Update: {
                    "automation_type"?: string | null,"created_at"?: string,"frequency"?: number,"id"?: number,"notes"?: string | null,"pattern_description"?: string,"pattern_key"?: string | null,"related_task_ids"?: NonNullable<Json>,"status"?: string,"suggested_automation"?: string | null,"updated_at"?: string,"workspace_id"?: string
                  }
                  Relationships: [
                    
                  ]
                },"chat_projects": {
                  Row: {
                    "created_at": string,"description": string | null,"id": number,"instructions": string | null,"knowledge_path": string | null,"linked_job_number": string | null,"name": string,"updated_at": string,"user_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"description"?: string | null,"id"?: number,"instructions"?: string | null,"knowledge_path"?: string | null,"linked_job_number"?: string | null,"name": string,"updated_at"?: string,"user_id"?: string
                  }
                  Update: {
                    "created_at"?: string,"description"?: string | null,"id"?: number,"instructions"?: string | null,"knowledge_path"?: string | null,"linked_job_number"?: string | null,"name"?: string,"updated_at"?: string,"user_id"?: string
                  }
                  Relationships: [
                    
                  ]
                },"conversations": {
                  Row: {
                    "agent_id": number | null,"archived": boolean,"chat_project_id": number | null,"created_at": string,"id": number,"is_active": boolean,"is_pinned": boolean,"last_message_at": string,"last_model_id": string | null,"message_count": number,"related_task_ids": NonNullable<Json>,"session_id": string,"summary": string | null,"title": string | null,"updated_at": string,"user_id": string,"workspace_id": string | null,"last_model_name": string | null,"preview": string | null
                  }
                  ComputedFields: "last_model_name" | "preview"
                  Insert: {
                    "agent_id"?: number | null,"archived"?: boolean,"chat_project_id"?: number | null,"created_at"?: string,"id"?: number,"is_active"?: boolean,"is_pinned"?: boolean,"last_message_at"?: string,"last_model_id"?: string | null,"message_count"?: number,"related_task_ids"?: NonNullable<Json>,"session_id"?: string,"summary"?: string | null,"title"?: string | null,"updated_at"?: string,"user_id"?: string,"workspace_id"?: string | null
                  }
                  Update: {
                    "agent_id"?: number | null,"archived"?: boolean,"chat_project_id"?: number | null,"created_at"?: string,"id"?: number,"is_active"?: boolean,"is_pinned"?: boolean,"last_message_at"?: string,"last_model_id"?: string | null,"message_count"?: number,"related_task_ids"?: NonNullable<Json>,"session_id"?: string,"summary"?: string | null,"title"?: string | null,"updated_at"?: string,"user_id"?: string,"workspace_id"?: string | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "conversations_agent_id_fkey"
      columns: ["workspace_id","agent_id"]
isOneToOne: false
      referencedRelation: "agents"
      referencedColumns: ["workspace_id","id"]
    },{
      foreignKeyName: "conversations_chat_project_id_fkey"
      columns: ["user_id","chat_project_id"]
isOneToOne: false
      referencedRelation: "chat_projects"
      referencedColumns: ["user_id","id"]
    }
                  ]
                },"files_processed": {
                  Row: {
                    "ai_task_id": number | null,"created_at": string,"file_path": string | null,"file_size": number | null,"file_type": string | null,"filename": string,"id": number,"purpose": string | null,"user_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "ai_task_id"?: number | null,"created_at"?: string,"file_path"?: string | null,"file_size"?: number | null,"file_type"?: string | null,"filename": string,"id"?: number,"purpose"?: string | null,"user_id"?: string
                  }
                  Update: {
                    "ai_task_id"?: number | null,"created_at"?: string,"file_path"?: string | null,"file_size"?: number | null,"file_type"?: string | null,"filename"?: string,"id"?: number,"purpose"?: string | null,"user_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "files_processed_ai_task_id_fkey"
      columns: ["user_id","ai_task_id"]
isOneToOne: false
      referencedRelation: "ai_tasks"
      referencedColumns: ["user_id","id"]
    }
                  ]
                },"goals": {
                  Row: {
                    "achieved_at": string | null,"archived": boolean,"color": string | null,"created_at": string,"description": string | null,"goal_set": string | null,"icon": string | null,"id": number,"name": string,"status": string,"tag_id": number | null,"target_date": string | null,"updated_at": string,"user_id": string,"progress": {
              "goal_id": number,
"milestones_completed": number | null,
"milestones_total": number | null,
"minutes": number | null,
"next_milestone_id": number | null,
"next_target_date": string | null,
"percent": number | null,
"projects_done": number | null,
"projects_total": number | null,
"tasks_completed": number | null,
"tasks_total": number | null,
"user_id": string
            } | null
                  }
                  ComputedFields: "progress"
                  Insert: {
                    "achieved_at"?: string | null,"archived"?: boolean,"color"?: string | null,"created_at"?: string,"description"?: string | null,"goal_set"?: string | null,"icon"?: string | null,"id"?: number,"name": string,"status"?: string,"tag_id"?: number | null,"target_date"?: string | null,"updated_at"?: string,"user_id"?: string
                  }
                  Update: {
                    "achieved_at"?: string | null,"archived"?: boolean,"color"?: string | null,"created_at"?: string,"description"?: string | null,"goal_set"?: string | null,"icon"?: string | null,"id"?: number,"name"?: string,"status"?: string,"tag_id"?: number | null,"target_date"?: string | null,"updated_at"?: string,"user_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "goals_tag_id_fkey"
      columns: ["user_id","tag_id"]
isOneToOne: false
      referencedRelation: "tags"
      referencedColumns: ["user_id","id"]
    }
                  ]
                },"inbox_items": {
                  Row: {
                    "capture_key": string | null,"content": string | null,"converted_note_id": number | null,"converted_task_id": number | null,"converted_to_id": number | null,"converted_to_type": string | null,"created_at": string,"file_path": string | null,"file_size": number | null,"id": number,"job_id": number | null,"mime_type": string | null,"processed": boolean,"processed_at": string | null,"source": string,"source_url": string | null,"title": string | null,"type": string | null,"user_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "capture_key"?: string | null,"content"?: string | null,"converted_note_id"?: number | null,"converted_task_id"?: number | null,"converted_to_id"?: never,"converted_to_type"?: string | null,"created_at"?: string,"file_path"?: string | null,"file_size"?: number | null,"id"?: number,"job_id"?: number | null,"mime_type"?: string | null,"processed"?: boolean,"processed_at"?: string | null,"source"?: string,"source_url"?: string | null,"title"?: string | null,"type"?: string | null,"user_id"?: string
                  }
                  Update: {
                    "capture_key"?: string | null,"content"?: string | null,"converted_note_id"?: number | null,"converted_task_id"?: number | null,"converted_to_id"?: never,"converted_to_type"?: string | null,"created_at"?: string,"file_path"?: string | null,"file_size"?: number | null,"id"?: number,"job_id"?: number | null,"mime_type"?: string | null,"processed"?: boolean,"processed_at"?: string | null,"source"?: string,"source_url"?: string | null,"title"?: string | null,"type"?: string | null,"user_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "inbox_items_converted_note_id_fkey"
      columns: ["user_id","converted_note_id"]
isOneToOne: false
      referencedRelation: "notes"
      referencedColumns: ["user_id","id"]
    },{
      foreignKeyName: "inbox_items_converted_task_id_fkey"
      columns: ["user_id","converted_task_id"]
isOneToOne: false
      referencedRelation: "tasks"
      referencedColumns: ["user_id","id"]
    },{
      foreignKeyName: "inbox_items_job_id_fkey"
      columns: ["job_id"]
isOneToOne: false
      referencedRelation: "jobs"
      referencedColumns: ["id"]
    }
                  ]
                },"mcp_connections": {
                  Row: {
                    "config": NonNullable<Json>,"created_at": string,"error_message": string | null,"id": number,"is_trusted": boolean,"last_used_at": string | null,"name": string,"secrets": Json | null,"server_type": string,"status": string,"updated_at": string,"url": string | null,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "config"?: NonNullable<Json>,"created_at"?: string,"error_message"?: string | null,"id"?: number,"is_trusted"?: boolean,"last_used_at"?: string | null,"name": string,"secrets"?: Json | null,"server_type": string,"status"?: string,"updated_at"?: string,"url"?: string | null,"workspace_id"?: string
                  }
                  Update: {
                    "config"?: NonNullable<Json>,"created_at"?: string,"error_message"?: string | null,"id"?: number,"is_trusted"?: boolean,"last_used_at"?: string | null,"name"?: string,"secrets"?: Json | null,"server_type"?: string,"status"?: string,"updated_at"?: string,"url"?: string | null,"workspace_id"?: string
                  }
                  Relationships: [
                    
                  ]
                },"message_feedback": {
                  Row: {
                    "comment": string | null,"created_at": string,"message_id": number,"rating": number,"updated_at": string,"user_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "comment"?: string | null,"created_at"?: string,"message_id": number,"rating": number,"updated_at"?: string,"user_id": string
                  }
                  Update: {
                    "comment"?: string | null,"created_at"?: string,"message_id"?: number,"rating"?: number,"updated_at"?: string,"user_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "message_feedback_message_id_fkey"
      columns: ["user_id","message_id"]
isOneToOne: true
      referencedRelation: "messages"
      referencedColumns: ["user_id","id"]
    }
                  ]
                },"messages": {
                  Row: {
                    "citations": NonNullable<Json>,"client_id": string | null,"content": string,"conversation_id": number,"created_at": string,"error": Json | null,"id": number,"input_tokens": number | null,"metadata": NonNullable<Json>,"model_id": string | null,"model_name": string | null,"output_tokens": number | null,"parent_id": number | null,"parts": NonNullable<Json>,"role": string,"starts_branch": boolean,"status": string,"tool_calls": NonNullable<Json>,"tool_results": NonNullable<Json>,"tools_used": NonNullable<Json>,"updated_at": string,"user_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "citations"?: NonNullable<Json>,"client_id"?: string | null,"content"?: string,"conversation_id": number,"created_at"?: string,"error"?: Json | null,"id"?: number,"input_tokens"?: number | null,"metadata"?: NonNullable<Json>,"model_id"?: string | null,"model_name"?: string | null,"output_tokens"?: number | null,"parent_id"?: number | null,"parts"?: NonNullable<Json>,"role"?: string,"starts_branch"?: boolean,"status"?: string,"tool_calls"?: NonNullable<Json>,"tool_results"?: NonNullable<Json>,"tools_used"?: NonNullable<Json>,"updated_at"?: string,"user_id"?: string
                  }
                  Update: {
                    "citations"?: NonNullable<Json>,"client_id"?: string | null,"content"?: string,"conversation_id"?: number,"created_at"?: string,"error"?: Json | null,"id"?: number,"input_tokens"?: number | null,"metadata"?: NonNullable<Json>,"model_id"?: string | null,"model_name"?: string | null,"output_tokens"?: number | null,"parent_id"?: number | null,"parts"?: NonNullable<Json>,"role"?: string,"starts_branch"?: boolean,"status"?: string,"tool_calls"?: NonNullable<Json>,"tool_results"?: NonNullable<Json>,"tools_used"?: NonNullable<Json>,"updated_at"?: string,"user_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "messages_conversation_id_fkey"
      columns: ["user_id","conversation_id"]
isOneToOne: false
      referencedRelation: "conversation_list"
      referencedColumns: ["user_id","id"]
    },{
      foreignKeyName: "messages_conversation_id_fkey"
      columns: ["user_id","conversation_id"]
isOneToOne: false
      referencedRelation: "conversations"
      referencedColumns: ["user_id","id"]
    },{
      foreignKeyName: "messages_parent_id_fkey"
      columns: ["user_id","conversation_id","parent_id"]
isOneToOne: false
      referencedRelation: "messages"
      referencedColumns: ["user_id","conversation_id","id"]
    }
                  ]
                },"milestones": {
                  Row: {
                    "completed_at": string | null,"created_at": string,"goal_id": number,"id": number,"name": string,"sort_order": number,"target_date": string | null,"updated_at": string,"user_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "completed_at"?: string | null,"created_at"?: string,"goal_id": number,"id"?: number,"name": string,"sort_order"?: number,"target_date"?: string | null,"updated_at"?: string,"user_id"?: string
                  }
                  Update: {
                    "completed_at"?: string | null,"created_at"?: string,"goal_id"?: number,"id"?: number,"name"?: string,"sort_order"?: number,"target_date"?: string | null,"updated_at"?: string,"user_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "milestones_goal_id_fkey"
      columns: ["user_id","goal_id"]
isOneToOne: false
      referencedRelation: "goal_progress"
      referencedColumns: ["user_id","goal_id"]
    },{
      foreignKeyName: "milestones_goal_id_fkey"
      columns: ["user_id","goal_id"]
isOneToOne: false
      referencedRelation: "goals"
      referencedColumns: ["user_id","id"]
    }
                  ]
                },"note_links": {
                  Row: {
                    "created_at": string,"note_id": number,"target_key": string,"target_title": string,"target_type": string,"user_id": string,"snippet": string | null,"target_job": {
              "address": string | null,
"city": string | null,
"id": number,
"job_number": string,
"job_type": string,
"state": string | null,
"status": string,
"workspace_id": string
            } | null,"target_note": {
              "archived": boolean,
"attendees": (string)[],
"audio_url": string | null,
"content": string,
"created_at": string,
"duration_seconds": number | null,
"id": number,
"is_favorite": boolean,
"is_pinned": boolean,
"job_id": number | null,
"meeting_date": string | null,
"project_id": number | null,
"source_url": string | null,
"title": string,
"title_key": string,
"type": string,
"updated_at": string,
"user_id": string,
"word_count": number
            } | null,"target_note_id": number | null
                  }
                  ComputedFields: "snippet" | "target_job" | "target_note" | "target_note_id"
                  Insert: {
                    "created_at"?: string,"note_id": number,"target_key": string,"target_title": string,"target_type": string,"user_id": string
                  }
                  Update: {
                    "created_at"?: string,"note_id"?: number,"target_key"?: string,"target_title"?: string,"target_type"?: string,"user_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "note_links_note_id_fkey"
      columns: ["user_id","note_id"]
isOneToOne: false
      referencedRelation: "notes"
      referencedColumns: ["user_id","id"]
    }
                  ]
                },"note_tags": {
                  Row: {
                    "created_at": string,"note_id": number,"tag_id": number,"user_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"note_id": number,"tag_id": number,"user_id"?: string
                  }
                  Update: {
                    "created_at"?: string,"note_id"?: number,"tag_id"?: number,"user_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "note_tags_note_id_fkey"
      columns: ["user_id","note_id"]
isOneToOne: false
      referencedRelation: "notes"
      referencedColumns: ["user_id","id"]
    },{
      foreignKeyName: "note_tags_tag_id_fkey"
      columns: ["user_id","tag_id"]
isOneToOne: false
      referencedRelation: "tags"
      referencedColumns: ["user_id","id"]
    }
                  ]
                },"notes": {
                  Row: {
                    "archived": boolean,"attendees": (string)[],"audio_url": string | null,"content": string,"created_at": string,"duration_seconds": number | null,"id": number,"is_favorite": boolean,"is_pinned": boolean,"job_id": number | null,"meeting_date": string | null,"project_id": number | null,"source_url": string | null,"title": string,"title_key": string,"type": string,"updated_at": string,"user_id": string,"word_count": number,"backlinks": {
              "created_at": string,
"note_id": number,
"target_key": string,
"target_title": string,
"target_type": string,
"user_id": string
            } | null
                  }
                  ComputedFields: "backlinks"
                  Insert: {
                    "archived"?: boolean,"attendees"?: (string)[],"audio_url"?: string | null,"content"?: string,"created_at"?: string,"duration_seconds"?: number | null,"id"?: number,"is_favorite"?: boolean,"is_pinned"?: boolean,"job_id"?: number | null,"meeting_date"?: string | null,"project_id"?: number | null,"source_url"?: string | null,"title": string,"title_key"?: never,"type"?: string,"updated_at"?: string,"user_id"?: string,"word_count"?: never
                  }
                  Update: {
                    "archived"?: boolean,"attendees"?: (string)[],"audio_url"?: string | null,"content"?: string,"created_at"?: string,"duration_seconds"?: number | null,"id"?: number,"is_favorite"?: boolean,"is_pinned"?: boolean,"job_id"?: number | null,"meeting_date"?: string | null,"project_id"?: number | null,"source_url"?: string | null,"title"?: string,"title_key"?: never,"type"?: string,"updated_at"?: string,"user_id"?: string,"word_count"?: never
                  }
                  Relationships: [
                    {
      foreignKeyName: "notes_job_id_fkey"
      columns: ["job_id"]
isOneToOne: false
      referencedRelation: "jobs"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "notes_project_id_fkey"
      columns: ["user_id","project_id"]
isOneToOne: false
      referencedRelation: "project_progress"
      referencedColumns: ["user_id","project_id"]
    },{
      foreignKeyName: "notes_project_id_fkey"
      columns: ["user_id","project_id"]
isOneToOne: false
      referencedRelation: "projects"
      referencedColumns: ["user_id","id"]
    }
                  ]
                },"notifications": {
                  Row: {
                    "created_at": string,"id": number,"is_read": boolean,"link": string | null,"message": string | null,"read_at": string | null,"source_id": number | null,"source_type": string | null,"title": string,"type": string,"user_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"id"?: number,"is_read"?: boolean,"link"?: string | null,"message"?: string | null,"read_at"?: string | null,"source_id"?: number | null,"source_type"?: string | null,"title": string,"type": string,"user_id": string
                  }
                  Update: {
                    "created_at"?: string,"id"?: number,"is_read"?: boolean,"link"?: string | null,"message"?: string | null,"read_at"?: string | null,"source_id"?: number | null,"source_type"?: string | null,"title"?: string,"type"?: string,"user_id"?: string
                  }
                  Relationships: [
                    
                  ]
                },"projects": {
                  Row: {
                    "accounting_mode": string,"archived": boolean,"area_id": number | null,"budget": number | null,"color": string | null,"completed_at": string | null,"cover_image": string | null,"created_at": string,"description": string | null,"desired_outcome": string | null,"goal_id": number | null,"icon": string | null,"id": number,"name": string,"priority": string,"sort_order": number,"start_date": string | null,"status": string,"target_date": string | null,"updated_at": string,"user_id": string,"vision": string | null,"progress": {
              "minutes": number | null,
"next_due_date": string | null,
"next_task_id": number | null,
"percent": number | null,
"project_id": number,
"tasks_cancelled": number | null,
"tasks_completed": number | null,
"tasks_in_progress": number | null,
"tasks_open": number | null,
"tasks_someday": number | null,
"tasks_total": number | null,
"tasks_waiting": number | null,
"user_id": string
            } | null
                  }
                  ComputedFields: "progress"
                  Insert: {
                    "accounting_mode"?: string,"archived"?: boolean,"area_id"?: number | null,"budget"?: number | null,"color"?: string | null,"completed_at"?: string | null,"cover_image"?: string | null,"created_at"?: string,"description"?: string | null,"desired_outcome"?: string | null,"goal_id"?: number | null,"icon"?: string | null,"id"?: number,"name": string,"priority"?: string,"sort_order"?: number,"start_date"?: string | null,"status"?: string,"target_date"?: string | null,"updated_at"?: string,"user_id"?: string,"vision"?: string | null
                  }
                  Update: {
                    "accounting_mode"?: string,"archived"?: boolean,"area_id"?: number | null,"budget"?: number | null,"color"?: string | null,"completed_at"?: string | null,"cover_image"?: string | null,"created_at"?: string,"description"?: string | null,"desired_outcome"?: string | null,"goal_id"?: number | null,"icon"?: string | null,"id"?: number,"name"?: string,"priority"?: string,"sort_order"?: number,"start_date"?: string | null,"status"?: string,"target_date"?: string | null,"updated_at"?: string,"user_id"?: string,"vision"?: string | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "projects_area_id_fkey"
      columns: ["user_id","area_id"]
isOneToOne: false
      referencedRelation: "tags"
      referencedColumns: ["user_id","id"]
    },{
      foreignKeyName: "projects_goal_id_fkey"
      columns: ["user_id","goal_id"]
isOneToOne: false
      referencedRelation: "goal_progress"
      referencedColumns: ["user_id","goal_id"]
    },{
      foreignKeyName: "projects_goal_id_fkey"
      columns: ["user_id","goal_id"]
isOneToOne: false
      referencedRelation: "goals"
      referencedColumns: ["user_id","id"]
    }
                  ]
                },"tags": {
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
                    "archived": boolean,"completed_at": string | null,"context": (string)[],"created_at": string,"description": string | null,"due_date": string | null,"due_time": string | null,"energy_level": string | null,"id": number,"is_important": boolean,"is_my_day": boolean,"job_id": number | null,"list_id": number | null,"my_day_date": string | null,"notes": string | null,"parent_id": number | null,"priority": string,"project_id": number | null,"recurrence_index": number,"recurrence_parent_id": number | null,"recurrence_rule": string | null,"recurrence_start": string | null,"reminder_at": string | null,"snooze_until": string | null,"sort_order": number,"start_date": string | null,"status": string,"time_estimate": number | null,"title": string,"updated_at": string,"user_id": string,"parent_task": {
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
"job_id": number | null,
"list_id": number | null,
"my_day_date": string | null,
"notes": string | null,
"parent_id": number | null,
"priority": string,
"project_id": number | null,
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
"job_id": number | null,
"list_id": number | null,
"my_day_date": string | null,
"notes": string | null,
"parent_id": number | null,
"priority": string,
"project_id": number | null,
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
                    "archived"?: boolean,"completed_at"?: string | null,"context"?: (string)[],"created_at"?: string,"description"?: string | null,"due_date"?: string | null,"due_time"?: string | null,"energy_level"?: string | null,"id"?: number,"is_important"?: boolean,"is_my_day"?: boolean,"job_id"?: number | null,"list_id"?: number | null,"my_day_date"?: string | null,"notes"?: string | null,"parent_id"?: number | null,"priority"?: string,"project_id"?: number | null,"recurrence_index"?: number,"recurrence_parent_id"?: number | null,"recurrence_rule"?: string | null,"recurrence_start"?: string | null,"reminder_at"?: string | null,"snooze_until"?: string | null,"sort_order"?: number,"start_date"?: string | null,"status"?: string,"time_estimate"?: number | null,"title": string,"updated_at"?: string,"user_id"?: string
                  }
                  Update: {
                    "archived"?: boolean,"completed_at"?: string | null,"context"?: (string)[],"created_at"?: string,"description"?: string | null,"due_date"?: string | null,"due_time"?: string | null,"energy_level"?: string | null,"id"?: number,"is_important"?: boolean,"is_my_day"?: boolean,"job_id"?: number | null,"list_id"?: number | null,"my_day_date"?: string | null,"notes"?: string | null,"parent_id"?: number | null,"priority"?: string,"project_id"?: number | null,"recurrence_index"?: number,"recurrence_parent_id"?: number | null,"recurrence_rule"?: string | null,"recurrence_start"?: string | null,"reminder_at"?: string | null,"snooze_until"?: string | null,"sort_order"?: number,"start_date"?: string | null,"status"?: string,"time_estimate"?: number | null,"title"?: string,"updated_at"?: string,"user_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "tasks_job_id_fkey"
      columns: ["job_id"]
isOneToOne: false
      referencedRelation: "jobs"
      referencedColumns: ["id"]
    },{
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
      foreignKeyName: "tasks_project_id_fkey"
      columns: ["user_id","project_id"]
isOneToOne: false
      referencedRelation: "project_progress"
      referencedColumns: ["user_id","project_id"]
    },{
      foreignKeyName: "tasks_project_id_fkey"
      columns: ["user_id","project_id"]
isOneToOne: false
      referencedRelation: "projects"
      referencedColumns: ["user_id","id"]
    },{
      foreignKeyName: "tasks_recurrence_parent_id_fkey"
      columns: ["user_id","recurrence_parent_id"]
isOneToOne: false
      referencedRelation: "tasks"
      referencedColumns: ["user_id","id"]
    }
                  ]
                },"time_entries": {
                  Row: {
                    "break_minutes": number,"clock_in": string,"clock_out": string | null,"created_at": string,"id": number,"job_id": number | null,"notes": string | null,"project_id": number | null,"task_id": number | null,"updated_at": string,"user_id": string,"duration_minutes": number | null,"is_active": boolean | null
                  }
                  ComputedFields: "duration_minutes" | "is_active"
                  Insert: {
                    "break_minutes"?: number,"clock_in"?: string,"clock_out"?: string | null,"created_at"?: string,"id"?: number,"job_id"?: number | null,"notes"?: string | null,"project_id"?: number | null,"task_id"?: number | null,"updated_at"?: string,"user_id"?: string
                  }
                  Update: {
                    "break_minutes"?: number,"clock_in"?: string,"clock_out"?: string | null,"created_at"?: string,"id"?: number,"job_id"?: number | null,"notes"?: string | null,"project_id"?: number | null,"task_id"?: number | null,"updated_at"?: string,"user_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "time_entries_job_id_fkey"
      columns: ["job_id"]
isOneToOne: false
      referencedRelation: "jobs"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "time_entries_project_id_fkey"
      columns: ["user_id","project_id"]
isOneToOne: false
      referencedRelation: "project_progress"
      referencedColumns: ["user_id","project_id"]
    },{
      foreignKeyName: "time_entries_project_id_fkey"
      columns: ["user_id","project_id"]
isOneToOne: false
      referencedRelation: "projects"
      referencedColumns: ["user_id","id"]
    },{
      foreignKeyName: "time_entries_task_id_fkey"
      columns: ["user_id","task_id"]
isOneToOne: false
      referencedRelation: "tasks"
      referencedColumns: ["user_id","id"]
    }
                  ]
                }
          }
          Views: {
            "conversation_list": {
                  Row: {
                    "agent_id": number | null,"archived": boolean,"chat_project_id": number | null,"created_at": string,"id": number,"is_active": boolean,"is_pinned": boolean,"last_message_at": string,"last_model_id": string | null,"last_model_name": string | null,"message_count": number,"preview": string | null,"session_id": string,"title": string | null,"updated_at": string,"user_id": string,"workspace_id": string | null
                  }
                  ComputedFields: never
                  Insert: {
                           "agent_id"?: number | null,"archived"?: boolean | null,"chat_project_id"?: number | null,"created_at"?: string | null,"id"?: number | null,"is_active"?: boolean | null,"is_pinned"?: boolean | null,"last_message_at"?: string | null,"last_model_id"?: string | null,"last_model_name"?: never,"message_count"?: number | null,"preview"?: never,"session_id"?: string | null,"title"?: string | null,"updated_at"?: string | null,"user_id"?: string | null,"workspace_id"?: string | null
                         }
                        Update: {
                           "agent_id"?: number | null,"archived"?: boolean | null,"chat_project_id"?: number | null,"created_at"?: string | null,"id"?: number | null,"is_active"?: boolean | null,"is_pinned"?: boolean | null,"last_message_at"?: string | null,"last_model_id"?: string | null,"last_model_name"?: never,"message_count"?: number | null,"preview"?: never,"session_id"?: string | null,"title"?: string | null,"updated_at"?: string | null,"user_id"?: string | null,"workspace_id"?: string | null
                         }
                        Relationships: [
                    {
      foreignKeyName: "conversations_agent_id_fkey"
      columns: ["workspace_id","agent_id"]
isOneToOne: false
      referencedRelation: "agents"
      referencedColumns: ["workspace_id","id"]
    },{
      foreignKeyName: "conversations_chat_project_id_fkey"
      columns: ["user_id","chat_project_id"]
isOneToOne: false
      referencedRelation: "chat_projects"
      referencedColumns: ["user_id","id"]
    }
                  ]
                },"goal_progress": {
                  Row: {
                    "goal_id": number,"milestones_completed": number | null,"milestones_total": number | null,"minutes": number | null,"next_milestone_id": number | null,"next_target_date": string | null,"percent": number | null,"projects_done": number | null,"projects_total": number | null,"tasks_completed": number | null,"tasks_total": number | null,"user_id": string
                  }
                  ComputedFields: never
                  Relationships: [
                    
                  ]
                },"jobs": {
                  Row: {
                    "address": string | null,"city": string | null,"id": number,"job_number": string,"job_type": string,"state": string | null,"status": string,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                           "address"?: string | null,"city"?: string | null,"id"?: number | null,"job_number"?: string | null,"job_type"?: string | null,"state"?: string | null,"status"?: string | null,"workspace_id"?: string | null
                         }
                        Update: {
                           "address"?: string | null,"city"?: string | null,"id"?: number | null,"job_number"?: string | null,"job_type"?: string | null,"state"?: string | null,"status"?: string | null,"workspace_id"?: string | null
                         }
                        Relationships: [
                    
                  ]
                },"project_progress": {
                  Row: {
                    "minutes": number | null,"next_due_date": string | null,"next_task_id": number | null,"percent": number | null,"project_id": number,"tasks_cancelled": number | null,"tasks_completed": number | null,"tasks_in_progress": number | null,"tasks_open": number | null,"tasks_someday": number | null,"tasks_total": number | null,"tasks_waiting": number | null,"user_id": string
                  }
                  ComputedFields: never
                  Relationships: [
                    
                  ]
                }
          }
          Functions: {
            "ai_task_breakdown":
{ Args: { "days"?: number,"dimension": string }; Returns: {
              "average_complexity": number,"average_quality": number,"average_seconds": number,"completed": number,"failed": number,"success_rate": number,"total": number,"value": string
            }[]
                           },
"ai_task_summary":
{ Args: { "days"?: number }; Returns: {
              "average_complexity": number,"average_quality": number,"average_seconds": number,"completed": number,"failed": number,"in_progress": number,"pending": number,"success_rate": number,"today": number,"total": number
            }[]
                           },
"ai_tasks_per_day":
{ Args: { "days"?: number }; Returns: {
              "completed": number,"day": string,"failed": number,"total": number
            }[]
                           },
"backlinks":
{ Args: { "note": Omit<Database["dashboard"]['Tables']["notes"]['Row'], Database["dashboard"]['Tables']["notes"]['ComputedFields']> }; Returns: {
              "created_at": string,
"note_id": number,
"target_key": string,
"target_title": string,
"target_type": string,
"user_id": string
            }[]
                          SetofOptions: {
        from: "dashboard.notes"
        to: "note_links"
        isOneToOne: false
        isSetofReturn: true
      } },
"capture":
{ Args: { "capture_key"?: string,"content"?: string,"file_path"?: string,"file_size"?: number,"job_id"?: number,"mime_type"?: string,"source"?: string,"source_url"?: string,"title"?: string,"type"?: string }; Returns: {
              "capture_key": string | null,
"content": string | null,
"converted_note_id": number | null,
"converted_task_id": number | null,
"converted_to_id": number | null,
"converted_to_type": string | null,
"created_at": string,
"file_path": string | null,
"file_size": number | null,
"id": number,
"job_id": number | null,
"mime_type": string | null,
"processed": boolean,
"processed_at": string | null,
"source": string,
"source_url": string | null,
"title": string | null,
"type": string | null,
"user_id": string
            }
                          SetofOptions: {
        from: "*"
        to: "inbox_items"
        isOneToOne: true
        isSetofReturn: false
      } },
"chat_begin_question":
{ Args: { "conversation_id"?: number,"endpoint_models"?: (string)[],"session_id"?: string,"standard_model"?: string }; Returns: Json
                           },
"chat_begin_turn":
{ Args: { "turn": Json }; Returns: Json
                           },
"chat_cancel_turn":
{ Args: { "conversation_id": number }; Returns: boolean
                           },
"chat_checkpoint":
{ Args: { "turns": Json }; Returns: {
              "state": string,"turn_id": string
            }[]
                           },
"chat_finish_turn":
{ Args: { "result": Json,"turn_id": string }; Returns: Json
                           },
"chat_set_title":
{ Args: { "conversation_id": number,"title": string }; Returns: boolean
                           },
"chat_store_summary":
{ Args: { "conversation_id": number,"summary": string,"upto_message_id": number }; Returns: boolean
                           },
"chat_unsummarized":
{ Args: { "conversation_id": number,"max_tokens"?: number,"upto_message_id": number }; Returns: Json
                           },
"clock_in":
{ Args: { "at"?: string,"job_id"?: number,"notes"?: string,"project_id"?: number,"task_id"?: number }; Returns: {
              "break_minutes": number,
"clock_in": string,
"clock_out": string | null,
"created_at": string,
"id": number,
"job_id": number | null,
"notes": string | null,
"project_id": number | null,
"task_id": number | null,
"updated_at": string,
"user_id": string
            }
                          SetofOptions: {
        from: "*"
        to: "time_entries"
        isOneToOne: true
        isSetofReturn: false
      } },
"clock_out":
{ Args: { "at"?: string,"break_minutes"?: number,"notes"?: string }; Returns: {
              "break_minutes": number,
"clock_in": string,
"clock_out": string | null,
"created_at": string,
"id": number,
"job_id": number | null,
"notes": string | null,
"project_id": number | null,
"task_id": number | null,
"updated_at": string,
"user_id": string
            }
                          SetofOptions: {
        from: "*"
        to: "time_entries"
        isOneToOne: true
        isSetofReturn: false
      } },
"convert_inbox_item":
{ Args: { "item_id": number,"overrides"?: Json,"target": string }; Returns: {
              "capture_key": string | null,
"content": string | null,
"converted_note_id": number | null,
"converted_task_id": number | null,
"converted_to_id": number | null,
"converted_to_type": string | null,
"created_at": string,
"file_path": string | null,
"file_size": number | null,
"id": number,
"job_id": number | null,
"mime_type": string | null,
"processed": boolean,
"processed_at": string | null,
"source": string,
"source_url": string | null,
"title": string | null,
"type": string | null,
"user_id": string
            }
                          SetofOptions: {
        from: "*"
        to: "inbox_items"
        isOneToOne: true
        isSetofReturn: false
      } },
"dismiss_inbox_item":
{ Args: { "item_id": number }; Returns: {
              "capture_key": string | null,
"content": string | null,
"converted_note_id": number | null,
"converted_task_id": number | null,
"converted_to_id": number | null,
"converted_to_type": string | null,
"created_at": string,
"file_path": string | null,
"file_size": number | null,
"id": number,
"job_id": number | null,
"mime_type": string | null,
"processed": boolean,
"processed_at": string | null,
"source": string,
"source_url": string | null,
"title": string | null,
"type": string | null,
"user_id": string
            }
                          SetofOptions: {
        from: "*"
        to: "inbox_items"
        isOneToOne: true
        isSetofReturn: false
      } },
"duration_minutes":
{ Args: { "entry": Omit<Database["dashboard"]['Tables']["time_entries"]['Row'], Database["dashboard"]['Tables']["time_entries"]['ComputedFields']> }; Returns: number
                           },
"export_conversation":
{ Args: { "conversation_id": number }; Returns: Json
                           },
"export_my_conversations":
{ Args: Record<PropertyKey, never>; Returns: Json
                           },
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
"job_id": number | null,
"list_id": number | null,
"my_day_date": string | null,
"notes": string | null,
"parent_id": number | null,
"priority": string,
"project_id": number | null,
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
"is_active":
{ Args: { "entry": Omit<Database["dashboard"]['Tables']["time_entries"]['Row'], Database["dashboard"]['Tables']["time_entries"]['ComputedFields']> }; Returns: boolean
                           },
"last_messages":
{ Args: { "conversation_id": number,"max_messages"?: number }; Returns: {
              "citations": NonNullable<Json>,
"client_id": string | null,
"content": string,
"conversation_id": number,
"created_at": string,
"error": Json | null,
"id": number,
"input_tokens": number | null,
"metadata": NonNullable<Json>,
"model_id": string | null,
"model_name": string | null,
"output_tokens": number | null,
"parent_id": number | null,
"parts": NonNullable<Json>,
"role": string,
"starts_branch": boolean,
"status": string,
"tool_calls": NonNullable<Json>,
"tool_results": NonNullable<Json>,
"tools_used": NonNullable<Json>,
"updated_at": string,
"user_id": string
            }[]
                          SetofOptions: {
        from: "*"
        to: "messages"
        isOneToOne: false
        isSetofReturn: true
      } },
"last_model_name":
{ Args: { "conversation": Omit<Database["dashboard"]['Tables']["conversations"]['Row'], Database["dashboard"]['Tables']["conversations"]['ComputedFields']> }; Returns: string
                           },
"mark_notifications_read":
{ Args: { "notification_ids"?: (number)[] }; Returns: number
                           },
"mcp_config":
{ Args: { "connection_id": number }; Returns: Json
                           },
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
"job_id": number | null,
"list_id": number | null,
"my_day_date": string | null,
"notes": string | null,
"parent_id": number | null,
"priority": string,
"project_id": number | null,
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
"job_id": number | null,
"list_id": number | null,
"my_day_date": string | null,
"notes": string | null,
"parent_id": number | null,
"priority": string,
"project_id": number | null,
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
"job_id": number | null,
"list_id": number | null,
"my_day_date": string | null,
"notes": string | null,
"parent_id": number | null,
"priority": string,
"project_id": number | null,
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
"job_id": number | null,
"list_id": number | null,
"my_day_date": string | null,
"notes": string | null,
"parent_id": number | null,
"priority": string,
"project_id": number | null,
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
"job_id": number | null,
"list_id": number | null,
"my_day_date": string | null,
"notes": string | null,
"parent_id": number | null,
"priority": string,
"project_id": number | null,
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
"preview":
{ Args: { "conversation": Omit<Database["dashboard"]['Tables']["conversations"]['Row'], Database["dashboard"]['Tables']["conversations"]['ComputedFields']> }; Returns: string
                           },
"progress":
{ Args: { "goal": Omit<Database["dashboard"]['Tables']["goals"]['Row'], Database["dashboard"]['Tables']["goals"]['ComputedFields']> }; Returns: {
              "goal_id": number,
"milestones_completed": number | null,
"milestones_total": number | null,
"minutes": number | null,
"next_milestone_id": number | null,
"next_target_date": string | null,
"percent": number | null,
"projects_done": number | null,
"projects_total": number | null,
"tasks_completed": number | null,
"tasks_total": number | null,
"user_id": string
            }
                          SetofOptions: {
        from: "dashboard.goals"
        to: "goal_progress"
        isOneToOne: true
        isSetofReturn: true
      } } |
{ Args: { "project": Omit<Database["dashboard"]['Tables']["projects"]['Row'], Database["dashboard"]['Tables']["projects"]['ComputedFields']> }; Returns: {
              "minutes": number | null,
"next_due_date": string | null,
"next_task_id": number | null,
"percent": number | null,
"project_id": number,
"tasks_cancelled": number | null,
"tasks_completed": number | null,
"tasks_in_progress": number | null,
"tasks_open": number | null,
"tasks_someday": number | null,
"tasks_total": number | null,
"tasks_waiting": number | null,
"user_id": string
            }
                          SetofOptions: {
        from: "dashboard.projects"
        to: "project_progress"
        isOneToOne: true
        isSetofReturn: true
      } },
"rate_message":
{ Args: { "comment"?: string,"message_id": number,"rating"?: number }; Returns: {
              "comment": string | null,
"created_at": string,
"message_id": number,
"rating": number,
"updated_at": string,
"user_id": string
            }
                          SetofOptions: {
        from: "*"
        to: "message_feedback"
        isOneToOne: true
        isSetofReturn: false
      } },
"recent_conversations":
{ Args: { "only_archived"?: boolean }; Returns: {
              "agent_id": number | null,
"archived": boolean,
"chat_project_id": number | null,
"created_at": string,
"id": number,
"is_active": boolean,
"is_pinned": boolean,
"last_message_at": string,
"last_model_id": string | null,
"last_model_name": string | null,
"message_count": number,
"preview": string | null,
"session_id": string,
"title": string | null,
"updated_at": string,
"user_id": string,
"workspace_id": string | null
            }[]
                          SetofOptions: {
        from: "*"
        to: "conversation_list"
        isOneToOne: false
        isSetofReturn: true
      } },
"record_agent_use":
{ Args: { "agent_id": number }; Returns: undefined
                           },
"resume_conversation":
{ Args: { "conversation_id": number }; Returns: {
              "agent_id": number | null,
"archived": boolean,
"chat_project_id": number | null,
"created_at": string,
"id": number,
"is_active": boolean,
"is_pinned": boolean,
"last_message_at": string,
"last_model_id": string | null,
"message_count": number,
"related_task_ids": NonNullable<Json>,
"session_id": string,
"summary": string | null,
"title": string | null,
"updated_at": string,
"user_id": string,
"workspace_id": string | null
            }
                          SetofOptions: {
        from: "*"
        to: "conversations"
        isOneToOne: true
        isSetofReturn: false
      } },
"search_messages":
{ Args: { "conversation_id"?: number,"max_results"?: number,"query": string,"skip"?: number }; Returns: {
              "conversation_id": number,"created_at": string,"excerpt_html": string,"message_id": number,"rank": number,"role": string,"title": string,"total": number
            }[]
                           },
"search_notes":
{ Args: { "archived"?: boolean,"job_id"?: number,"max_results"?: number,"project_id"?: number,"query"?: string,"skip"?: number,"tag_id"?: number,"type"?: string }; Returns: {
              "archived": boolean,"created_at": string,"excerpt_html": string,"fuzzy": boolean,"id": number,"is_favorite": boolean,"is_pinned": boolean,"job_id": number,"project_id": number,"rank": number,"tags": (string)[],"title": string,"title_html": string,"total": number,"type": string,"updated_at": string,"word_count": number
            }[]
                           },
"snippet":
{ Args: { "link": Omit<Database["dashboard"]['Tables']["note_links"]['Row'], Database["dashboard"]['Tables']["note_links"]['ComputedFields']> }; Returns: string
                           },
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
"job_id": number | null,
"list_id": number | null,
"my_day_date": string | null,
"notes": string | null,
"parent_id": number | null,
"priority": string,
"project_id": number | null,
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
"target_job":
{ Args: { "link": Omit<Database["dashboard"]['Tables']["note_links"]['Row'], Database["dashboard"]['Tables']["note_links"]['ComputedFields']> }; Returns: {
              "address": string | null,
"city": string | null,
"id": number,
"job_number": string,
"job_type": string,
"state": string | null,
"status": string,
"workspace_id": string
            }
                          SetofOptions: {
        from: "dashboard.note_links"
        to: "jobs"
        isOneToOne: true
        isSetofReturn: true
      } },
"target_note":
{ Args: { "link": Omit<Database["dashboard"]['Tables']["note_links"]['Row'], Database["dashboard"]['Tables']["note_links"]['ComputedFields']> }; Returns: {
              "archived": boolean,
"attendees": (string)[],
"audio_url": string | null,
"content": string,
"created_at": string,
"duration_seconds": number | null,
"id": number,
"is_favorite": boolean,
"is_pinned": boolean,
"job_id": number | null,
"meeting_date": string | null,
"project_id": number | null,
"source_url": string | null,
"title": string,
"title_key": string,
"type": string,
"updated_at": string,
"user_id": string,
"word_count": number
            }
                          SetofOptions: {
        from: "dashboard.note_links"
        to: "notes"
        isOneToOne: true
        isSetofReturn: true
      } },
"target_note_id":
{ Args: { "link": Omit<Database["dashboard"]['Tables']["note_links"]['Row'], Database["dashboard"]['Tables']["note_links"]['ComputedFields']> }; Returns: number
                           },
"task_count":
{ Args: { "list": Omit<Database["dashboard"]['Tables']["task_lists"]['Row'], Database["dashboard"]['Tables']["task_lists"]['ComputedFields']> }; Returns: number
                           },
"time_status":
{ Args: Record<PropertyKey, never>; Returns: {
              "break_minutes": number,"clock_in": string,"duration_minutes": number,"id": number,"job_id": number,"notes": string,"project_id": number,"task_id": number,"today_minutes": number,"week_minutes": number
            }[]
                           },
"time_totals":
{ Args: { "from_date": string,"group_by"?: string,"to_date": string }; Returns: {
              "entries": number,"job_id": number,"label": string,"minutes": number,"project_id": number,"starts_on": string
            }[]
                           },
"today_summary":
{ Args: Record<PropertyKey, never>; Returns: {
              "focus": Json,"important": Json,"important_count": number,"inbox_unprocessed": number,"my_day": Json,"my_day_completed": number,"my_day_open": number,"notifications_unread": number,"overdue": Json,"overdue_count": number,"planned_today": Json,"planned_today_count": number,"running": Json,"today": string,"today_minutes": number,"week_minutes": number
            }[]
                           },
"undo_inbox_conversion":
{ Args: { "item_id": number }; Returns: {
              "capture_key": string | null,
"content": string | null,
"converted_note_id": number | null,
"converted_task_id": number | null,
"converted_to_id": number | null,
"converted_to_type": string | null,
"created_at": string,
"file_path": string | null,
"file_size": number | null,
"id": number,
"job_id": number | null,
"mime_type": string | null,
"processed": boolean,
"processed_at": string | null,
"source": string,
"source_url": string | null,
"title": string | null,
"type": string | null,
"user_id": string
            }
                          SetofOptions: {
        from: "*"
        to: "inbox_items"
        isOneToOne: true
        isSetofReturn: false
      } },
"weekly_review":
{ Args: { "week_start"?: string }; Returns: {
              "completed": Json,"completed_count": number,"due_next_week": Json,"due_next_week_count": number,"first_day": string,"goals": Json,"last_day": string,"minutes": number,"slipped": Json,"slipped_count": number,"time_by_project": Json
            }[]
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
            "ai_models": {
                  Row: {
                    "cached_input_price": number | null,"context_tokens": number,"created_at": string,"fallback_model_id": string | null,"id": string,"input_price": number | null,"is_active": boolean,"max_output_tokens": number,"name": string,"output_price": number | null,"provider": string,"provider_model": string,"small_model_id": string | null,"sort_order": number,"supports_images": boolean,"supports_tools": boolean,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "cached_input_price"?: number | null,"context_tokens": number,"created_at"?: string,"fallback_model_id"?: string | null,"id": string,"input_price"?: number | null,"is_active"?: boolean,"max_output_tokens": number,"name": string,"output_price"?: number | null,"provider": string,"provider_model": string,"small_model_id"?: string | null,"sort_order"?: number,"supports_images"?: boolean,"supports_tools"?: boolean,"updated_at"?: string
                  }
                  Update: {
                    "cached_input_price"?: number | null,"context_tokens"?: number,"created_at"?: string,"fallback_model_id"?: string | null,"id"?: string,"input_price"?: number | null,"is_active"?: boolean,"max_output_tokens"?: number,"name"?: string,"output_price"?: number | null,"provider"?: string,"provider_model"?: string,"small_model_id"?: string | null,"sort_order"?: number,"supports_images"?: boolean,"supports_tools"?: boolean,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "ai_models_fallback_model_id_fkey"
      columns: ["fallback_model_id"]
isOneToOne: false
      referencedRelation: "ai_models"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "ai_models_small_model_id_fkey"
      columns: ["small_model_id"]
isOneToOne: false
      referencedRelation: "ai_models"
      referencedColumns: ["id"]
    }
                  ]
                },"ai_settings": {
                  Row: {
                    "checks": NonNullable<Json>,"created_at": string,"default_model_id": string | null,"small_model_id": string | null,"updated_at": string,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "checks"?: NonNullable<Json>,"created_at"?: string,"default_model_id"?: string | null,"small_model_id"?: string | null,"updated_at"?: string,"workspace_id": string
                  }
                  Update: {
                    "checks"?: NonNullable<Json>,"created_at"?: string,"default_model_id"?: string | null,"small_model_id"?: string | null,"updated_at"?: string,"workspace_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "ai_settings_default_model_id_fkey"
      columns: ["default_model_id"]
isOneToOne: false
      referencedRelation: "ai_models"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "ai_settings_small_model_id_fkey"
      columns: ["small_model_id"]
isOneToOne: false
      referencedRelation: "ai_models"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "ai_settings_workspace_id_fkey"
      columns: ["workspace_id"]
isOneToOne: true
      referencedRelation: "workspaces"
      referencedColumns: ["id"]
    }
                  ]
                },"api_endpoints": {
                  Row: {
                    "created_at": string,"document_id": string,"id": string,"method": string,"name": string | null,"params_json": Json | null,"path": string,"responses_json": Json | null,"summary": string | null,"tags": NonNullable<Json>,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"document_id": string,"id"?: string,"method": string,"name"?: string | null,"params_json"?: Json | null,"path": string,"responses_json"?: Json | null,"summary"?: string | null,"tags"?: NonNullable<Json>,"workspace_id"?: string
                  }
                  Update: {
                    "created_at"?: string,"document_id"?: string,"id"?: string,"method"?: string,"name"?: string | null,"params_json"?: Json | null,"path"?: string,"responses_json"?: Json | null,"summary"?: string | null,"tags"?: NonNullable<Json>,"workspace_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "api_endpoints_document_id_fkey"
      columns: ["workspace_id","document_id"]
isOneToOne: false
      referencedRelation: "documents"
      referencedColumns: ["workspace_id","id"]
    },{
      foreignKeyName: "api_endpoints_workspace_id_fkey"
      columns: ["workspace_id"]
isOneToOne: false
      referencedRelation: "workspaces"
      referencedColumns: ["id"]
    }
                  ]
                },"artifacts": {
                  Row: {
                    "attached_to": string | null,"bucket_id": string | null,"chart_evidence": number,"content_sha256": string | null,"created_at": string,"extras": NonNullable<Json>,"file_size": number | null,"filename": string,"filepath": string,"filetype": string,"formula_evidence": number,"id": string,"image_ocr": number,"job_id": number | null,"last_error": string | null,"media_metadata": number,"media_transcripts": number,"media_type": string | null,"report_week": string | null,"same_as": string | null,"source_url": string | null,"status": string,"table_evidence": number,"updated_at": string,"user_id": string | null,"web_pages": number,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "attached_to"?: string | null,"bucket_id"?: string | null,"chart_evidence"?: number,"content_sha256"?: string | null,"created_at"?: string,"extras"?: NonNullable<Json>,"file_size"?: number | null,"filename": string,"filepath"?: string,"filetype"?: string,"formula_evidence"?: number,"id"?: string,"image_ocr"?: number,"job_id"?: number | null,"last_error"?: string | null,"media_metadata"?: number,"media_transcripts"?: number,"media_type"?: string | null,"report_week"?: string | null,"same_as"?: string | null,"source_url"?: string | null,"status"?: string,"table_evidence"?: number,"updated_at"?: string,"user_id"?: string | null,"web_pages"?: number,"workspace_id"?: string
                  }
                  Update: {
                    "attached_to"?: string | null,"bucket_id"?: string | null,"chart_evidence"?: number,"content_sha256"?: string | null,"created_at"?: string,"extras"?: NonNullable<Json>,"file_size"?: number | null,"filename"?: string,"filepath"?: string,"filetype"?: string,"formula_evidence"?: number,"id"?: string,"image_ocr"?: number,"job_id"?: number | null,"last_error"?: string | null,"media_metadata"?: number,"media_transcripts"?: number,"media_type"?: string | null,"report_week"?: string | null,"same_as"?: string | null,"source_url"?: string | null,"status"?: string,"table_evidence"?: number,"updated_at"?: string,"user_id"?: string | null,"web_pages"?: number,"workspace_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "artifacts_attached_to_fkey"
      columns: ["workspace_id","attached_to"]
isOneToOne: false
      referencedRelation: "artifacts"
      referencedColumns: ["workspace_id","id"]
    },{
      foreignKeyName: "artifacts_same_as_fkey"
      columns: ["workspace_id","same_as"]
isOneToOne: false
      referencedRelation: "artifacts"
      referencedColumns: ["workspace_id","id"]
    },{
      foreignKeyName: "artifacts_workspace_id_fkey"
      columns: ["workspace_id"]
isOneToOne: false
      referencedRelation: "workspaces"
      referencedColumns: ["id"]
    }
                  ]
                },"cipher_memory": {
                  Row: {
                    "category": string,"content": NonNullable<Json>,"content_text": string,"context": Json | null,"created_at": string,"embedding": string | null,"embedding_1024": string | null,"embedding_1024_model": string | null,"embedding_model": string | null,"id": string,"last_recalled_at": string,"recall_count": number,"search": unknown,"updated_at": string,"user_id": string,"wording": string,"strength": number | null
                  }
                  ComputedFields: "strength"
                  Insert: {
                    "category"?: string,"content": NonNullable<Json>,"content_text"?: never,"context"?: Json | null,"created_at"?: string,"embedding"?: string | null,"embedding_1024"?: string | null,"embedding_1024_model"?: string | null,"embedding_model"?: string | null,"id"?: string,"last_recalled_at"?: string,"recall_count"?: number,"search"?: never,"updated_at"?: string,"user_id"?: string,"wording"?: never
                  }
                  Update: {
                    "category"?: string,"content"?: NonNullable<Json>,"content_text"?: never,"context"?: Json | null,"created_at"?: string,"embedding"?: string | null,"embedding_1024"?: string | null,"embedding_1024_model"?: string | null,"embedding_model"?: string | null,"id"?: string,"last_recalled_at"?: string,"recall_count"?: number,"search"?: never,"updated_at"?: string,"user_id"?: string,"wording"?: never
                  }
                  Relationships: [
                    
                  ]
                },"document_entities": {
                  Row: {
                    "context": string | null,"created_at": string,"document_id": string,"end_char": number | null,"id": string,"label": string,"page": number | null,"source_index": number | null,"start_char": number | null,"text": string,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "context"?: string | null,"created_at"?: string,"document_id": string,"end_char"?: number | null,"id"?: string,"label": string,"page"?: number | null,"source_index"?: number | null,"start_char"?: number | null,"text": string,"workspace_id"?: string
                  }
                  Update: {
                    "context"?: string | null,"created_at"?: string,"document_id"?: string,"end_char"?: number | null,"id"?: string,"label"?: string,"page"?: number | null,"source_index"?: number | null,"start_char"?: number | null,"text"?: string,"workspace_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "document_entities_document_id_fkey"
      columns: ["workspace_id","document_id"]
isOneToOne: false
      referencedRelation: "documents"
      referencedColumns: ["workspace_id","id"]
    },{
      foreignKeyName: "document_entities_workspace_id_fkey"
      columns: ["workspace_id"]
isOneToOne: false
      referencedRelation: "workspaces"
      referencedColumns: ["id"]
    }
                  ]
                },"document_metric_hits": {
                  Row: {
                    "context": string | null,"created_at": string,"document_id": string,"id": string,"page": number | null,"position": number | null,"source_index": number | null,"type": string,"value": string | null,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "context"?: string | null,"created_at"?: string,"document_id": string,"id"?: string,"page"?: number | null,"position"?: number | null,"source_index"?: number | null,"type": string,"value"?: string | null,"workspace_id"?: string
                  }
                  Update: {
                    "context"?: string | null,"created_at"?: string,"document_id"?: string,"id"?: string,"page"?: number | null,"position"?: number | null,"source_index"?: number | null,"type"?: string,"value"?: string | null,"workspace_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "document_metric_hits_document_id_fkey"
      columns: ["workspace_id","document_id"]
isOneToOne: false
      referencedRelation: "documents"
      referencedColumns: ["workspace_id","id"]
    },{
      foreignKeyName: "document_metric_hits_workspace_id_fkey"
      columns: ["workspace_id"]
isOneToOne: false
      referencedRelation: "workspaces"
      referencedColumns: ["id"]
    }
                  ]
                },"document_sections": {
                  Row: {
                    "bbox_json": Json | null,"created_at": string,"document_id": string,"heading": string | null,"id": string,"level": number,"order": number,"page": number | null,"text": string,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "bbox_json"?: Json | null,"created_at"?: string,"document_id": string,"heading"?: string | null,"id"?: string,"level"?: number,"order": number,"page"?: number | null,"text": string,"workspace_id"?: string
                  }
                  Update: {
                    "bbox_json"?: Json | null,"created_at"?: string,"document_id"?: string,"heading"?: string | null,"id"?: string,"level"?: number,"order"?: number,"page"?: number | null,"text"?: string,"workspace_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "document_sections_document_id_fkey"
      columns: ["workspace_id","document_id"]
isOneToOne: false
      referencedRelation: "documents"
      referencedColumns: ["workspace_id","id"]
    },{
      foreignKeyName: "document_sections_workspace_id_fkey"
      columns: ["workspace_id"]
isOneToOne: false
      referencedRelation: "workspaces"
      referencedColumns: ["id"]
    }
                  ]
                },"document_structure": {
                  Row: {
                    "created_at": string,"document_id": string,"hierarchy": Json | null,"updated_at": string,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"document_id": string,"hierarchy"?: Json | null,"updated_at"?: string,"workspace_id"?: string
                  }
                  Update: {
                    "created_at"?: string,"document_id"?: string,"hierarchy"?: Json | null,"updated_at"?: string,"workspace_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "document_structure_document_id_fkey"
      columns: ["workspace_id","document_id"]
isOneToOne: false
      referencedRelation: "documents"
      referencedColumns: ["workspace_id","id"]
    },{
      foreignKeyName: "document_structure_workspace_id_fkey"
      columns: ["workspace_id"]
isOneToOne: false
      referencedRelation: "workspaces"
      referencedColumns: ["id"]
    }
                  ]
                },"document_tables": {
                  Row: {
                    "caption": string | null,"created_at": string,"document_id": string,"id": string,"json": NonNullable<Json>,"order": number,"page": number | null,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "caption"?: string | null,"created_at"?: string,"document_id": string,"id"?: string,"json": NonNullable<Json>,"order": number,"page"?: number | null,"workspace_id"?: string
                  }
                  Update: {
                    "caption"?: string | null,"created_at"?: string,"document_id"?: string,"id"?: string,"json"?: NonNullable<Json>,"order"?: number,"page"?: number | null,"workspace_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "document_tables_document_id_fkey"
      columns: ["workspace_id","document_id"]
isOneToOne: false
      referencedRelation: "documents"
      referencedColumns: ["workspace_id","id"]
    },{
      foreignKeyName: "document_tables_workspace_id_fkey"
      columns: ["workspace_id"]
isOneToOne: false
      referencedRelation: "workspaces"
      referencedColumns: ["id"]
    }
                  ]
                },"documents": {
                  Row: {
                    "artifact_id": string | null,"created_at": string,"id": string,"language": string | null,"metadata": NonNullable<Json>,"page_count": number | null,"path": string,"source": string | null,"title": string | null,"type": string,"updated_at": string,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "artifact_id"?: string | null,"created_at"?: string,"id"?: string,"language"?: string | null,"metadata"?: NonNullable<Json>,"page_count"?: number | null,"path"?: string,"source"?: string | null,"title"?: string | null,"type": string,"updated_at"?: string,"workspace_id"?: string
                  }
                  Update: {
                    "artifact_id"?: string | null,"created_at"?: string,"id"?: string,"language"?: string | null,"metadata"?: NonNullable<Json>,"page_count"?: number | null,"path"?: string,"source"?: string | null,"title"?: string | null,"type"?: string,"updated_at"?: string,"workspace_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "documents_artifact_id_fkey"
      columns: ["workspace_id","artifact_id"]
isOneToOne: false
      referencedRelation: "artifacts"
      referencedColumns: ["workspace_id","id"]
    },{
      foreignKeyName: "documents_workspace_id_fkey"
      columns: ["workspace_id"]
isOneToOne: false
      referencedRelation: "workspaces"
      referencedColumns: ["id"]
    }
                  ]
                },"evidence": {
                  Row: {
                    "artifact_id": string | null,"content_type": string | null,"coordinates": Json | null,"created_at": string,"full_data": Json | null,"id": string,"locator": string | null,"preview": string | null,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "artifact_id"?: string | null,"content_type"?: string | null,"coordinates"?: Json | null,"created_at"?: string,"full_data"?: Json | null,"id"?: string,"locator"?: string | null,"preview"?: string | null,"workspace_id"?: string
                  }
                  Update: {
                    "artifact_id"?: string | null,"content_type"?: string | null,"coordinates"?: Json | null,"created_at"?: string,"full_data"?: Json | null,"id"?: string,"locator"?: string | null,"preview"?: string | null,"workspace_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "evidence_artifact_id_fkey"
      columns: ["workspace_id","artifact_id"]
isOneToOne: false
      referencedRelation: "artifacts"
      referencedColumns: ["workspace_id","id"]
    },{
      foreignKeyName: "evidence_workspace_id_fkey"
      columns: ["workspace_id"]
isOneToOne: false
      referencedRelation: "workspaces"
      referencedColumns: ["id"]
    }
                  ]
                },"facts": {
                  Row: {
                    "artifact_id": string | null,"content": unknown,"created_at": string,"entity": string | null,"evidence_id": string | null,"id": string,"metrics": NonNullable<Json>,"report_week": string | null,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "artifact_id"?: string | null,"content"?: never,"created_at"?: string,"entity"?: string | null,"evidence_id"?: string | null,"id"?: string,"metrics"?: NonNullable<Json>,"report_week"?: string | null,"workspace_id"?: string
                  }
                  Update: {
                    "artifact_id"?: string | null,"content"?: never,"created_at"?: string,"entity"?: string | null,"evidence_id"?: string | null,"id"?: string,"metrics"?: NonNullable<Json>,"report_week"?: string | null,"workspace_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "facts_artifact_id_fkey"
      columns: ["workspace_id","artifact_id"]
isOneToOne: false
      referencedRelation: "artifacts"
      referencedColumns: ["workspace_id","id"]
    },{
      foreignKeyName: "facts_evidence_id_fkey"
      columns: ["workspace_id","evidence_id"]
isOneToOne: false
      referencedRelation: "evidence"
      referencedColumns: ["workspace_id","id"]
    },{
      foreignKeyName: "facts_workspace_id_fkey"
      columns: ["workspace_id"]
isOneToOne: false
      referencedRelation: "workspaces"
      referencedColumns: ["id"]
    }
                  ]
                },"feature_flags": {
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
                },"hrm_metrics": {
                  Row: {
                    "created_at": string,"id": string,"name": string,"run_id": string,"value": number,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"id"?: string,"name": string,"run_id": string,"value": number,"workspace_id"?: string
                  }
                  Update: {
                    "created_at"?: string,"id"?: string,"name"?: string,"run_id"?: string,"value"?: number,"workspace_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "hrm_metrics_run_id_fkey"
      columns: ["workspace_id","run_id"]
isOneToOne: false
      referencedRelation: "hrm_runs"
      referencedColumns: ["workspace_id","id"]
    },{
      foreignKeyName: "hrm_metrics_workspace_id_fkey"
      columns: ["workspace_id"]
isOneToOne: false
      referencedRelation: "workspaces"
      referencedColumns: ["id"]
    }
                  ]
                },"hrm_runs": {
                  Row: {
                    "created_at": string,"document_id": string | null,"id": string,"latency_ms": number,"mmax": number | null,"mmin": number | null,"mode": string,"payload": NonNullable<Json>,"steps": number,"threshold": number | null,"user_id": string | null,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"document_id"?: string | null,"id"?: string,"latency_ms": number,"mmax"?: number | null,"mmin"?: number | null,"mode": string,"payload"?: NonNullable<Json>,"steps": number,"threshold"?: number | null,"user_id"?: string | null,"workspace_id"?: string
                  }
                  Update: {
                    "created_at"?: string,"document_id"?: string | null,"id"?: string,"latency_ms"?: number,"mmax"?: number | null,"mmin"?: number | null,"mode"?: string,"payload"?: NonNullable<Json>,"steps"?: number,"threshold"?: number | null,"user_id"?: string | null,"workspace_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "hrm_runs_document_id_fkey"
      columns: ["workspace_id","document_id"]
isOneToOne: false
      referencedRelation: "documents"
      referencedColumns: ["workspace_id","id"]
    },{
      foreignKeyName: "hrm_runs_workspace_id_fkey"
      columns: ["workspace_id"]
isOneToOne: false
      referencedRelation: "workspaces"
      referencedColumns: ["id"]
    }
                  ]
                },"log_entries": {
                  Row: {
                    "attrs": Json | null,"code": string | null,"component": string | null,"created_at": string,"document_id": string,"id": string,"level": string | null,"logged_at": string | null,"message": string | null,"ts": string | null,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "attrs"?: Json | null,"code"?: string | null,"component"?: string | null,"created_at"?: string,"document_id": string,"id"?: string,"level"?: string | null,"logged_at"?: string | null,"message"?: string | null,"ts"?: string | null,"workspace_id"?: string
                  }
                  Update: {
                    "attrs"?: Json | null,"code"?: string | null,"component"?: string | null,"created_at"?: string,"document_id"?: string,"id"?: string,"level"?: string | null,"logged_at"?: string | null,"message"?: string | null,"ts"?: string | null,"workspace_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "log_entries_document_id_fkey"
      columns: ["workspace_id","document_id"]
isOneToOne: false
      referencedRelation: "documents"
      referencedColumns: ["workspace_id","id"]
    },{
      foreignKeyName: "log_entries_workspace_id_fkey"
      columns: ["workspace_id"]
isOneToOne: false
      referencedRelation: "workspaces"
      referencedColumns: ["id"]
    }
                  ]
                },"memories": {
                  Row: {
                    "core_instructions": NonNullable<Json>,"created_at": string,"current_state": NonNullable<Json>,"episodic_memory": NonNullable<Json>,"id": string,"identity": NonNullable<Json>,"long_term_summary": NonNullable<Json>,"parent_reports": NonNullable<Json>,"rewards": NonNullable<Json>,"updated_at": string,"user_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "core_instructions"?: NonNullable<Json>,"created_at"?: string,"current_state"?: NonNullable<Json>,"episodic_memory"?: NonNullable<Json>,"id"?: string,"identity"?: NonNullable<Json>,"long_term_summary"?: NonNullable<Json>,"parent_reports"?: NonNullable<Json>,"rewards"?: NonNullable<Json>,"updated_at"?: string,"user_id"?: string
                  }
                  Update: {
                    "core_instructions"?: NonNullable<Json>,"created_at"?: string,"current_state"?: NonNullable<Json>,"episodic_memory"?: NonNullable<Json>,"id"?: string,"identity"?: NonNullable<Json>,"long_term_summary"?: NonNullable<Json>,"parent_reports"?: NonNullable<Json>,"rewards"?: NonNullable<Json>,"updated_at"?: string,"user_id"?: string
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
                },"search_chunks": {
                  Row: {
                    "chunk_index": number | null,"created_at": string,"document_id": string | null,"embedding": string | null,"embedding_1024": string | null,"embedding_1024_model": string | null,"embedding_model": string | null,"heading": string | null,"id": string,"language": string,"meta": NonNullable<Json>,"page": number | null,"search": unknown,"source_type": string,"text": string,"token_count": number | null,"updated_at": string,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "chunk_index"?: number | null,"created_at"?: string,"document_id"?: string | null,"embedding"?: string | null,"embedding_1024"?: string | null,"embedding_1024_model"?: string | null,"embedding_model"?: string | null,"heading"?: string | null,"id"?: string,"language"?: string,"meta"?: NonNullable<Json>,"page"?: number | null,"search"?: never,"source_type"?: string,"text"?: string,"token_count"?: number | null,"updated_at"?: string,"workspace_id"?: string
                  }
                  Update: {
                    "chunk_index"?: number | null,"created_at"?: string,"document_id"?: string | null,"embedding"?: string | null,"embedding_1024"?: string | null,"embedding_1024_model"?: string | null,"embedding_model"?: string | null,"heading"?: string | null,"id"?: string,"language"?: string,"meta"?: NonNullable<Json>,"page"?: number | null,"search"?: never,"source_type"?: string,"text"?: string,"token_count"?: number | null,"updated_at"?: string,"workspace_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "search_chunks_document_id_fkey"
      columns: ["workspace_id","document_id"]
isOneToOne: false
      referencedRelation: "documents"
      referencedColumns: ["workspace_id","id"]
    },{
      foreignKeyName: "search_chunks_workspace_id_fkey"
      columns: ["workspace_id"]
isOneToOne: false
      referencedRelation: "workspaces"
      referencedColumns: ["id"]
    }
                  ]
                },"search_rebuilds": {
                  Row: {
                    "created_at": string,"documents": number,"documents_done": number,"documents_failed": number,"finished_at": string | null,"id": string,"last_error": string | null,"passages": number,"passages_embedded": number,"status": string,"updated_at": string,"user_id": string | null,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"documents"?: number,"documents_done"?: number,"documents_failed"?: number,"finished_at"?: string | null,"id"?: string,"last_error"?: string | null,"passages"?: number,"passages_embedded"?: number,"status"?: string,"updated_at"?: string,"user_id"?: string | null,"workspace_id": string
                  }
                  Update: {
                    "created_at"?: string,"documents"?: number,"documents_done"?: number,"documents_failed"?: number,"finished_at"?: string | null,"id"?: string,"last_error"?: string | null,"passages"?: number,"passages_embedded"?: number,"status"?: string,"updated_at"?: string,"user_id"?: string | null,"workspace_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "search_rebuilds_workspace_id_fkey"
      columns: ["workspace_id"]
isOneToOne: false
      referencedRelation: "workspaces"
      referencedColumns: ["id"]
    }
                  ]
                },"skills_registry": {
                  Row: {
                    "created_at": string,"created_by": string | null,"description": string | null,"enabled": boolean,"id": string,"name": string,"parameters": NonNullable<Json>,"updated_at": string,"version": number,"workflow_def": NonNullable<Json>,"workspace_id": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"created_by"?: string | null,"description"?: string | null,"enabled"?: boolean,"id"?: string,"name": string,"parameters"?: NonNullable<Json>,"updated_at"?: string,"version"?: number,"workflow_def"?: NonNullable<Json>,"workspace_id"?: string | null
                  }
                  Update: {
                    "created_at"?: string,"created_by"?: string | null,"description"?: string | null,"enabled"?: boolean,"id"?: string,"name"?: string,"parameters"?: NonNullable<Json>,"updated_at"?: string,"version"?: number,"workflow_def"?: NonNullable<Json>,"workspace_id"?: string | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "skills_registry_workspace_id_fkey"
      columns: ["workspace_id"]
isOneToOne: false
      referencedRelation: "workspaces"
      referencedColumns: ["id"]
    }
                  ]
                },"summaries": {
                  Row: {
                    "artifact_ids": NonNullable<Json>,"created_at": string,"evidence_ids": NonNullable<Json>,"id": string,"prompt": string | null,"provider": string | null,"scope": string,"scope_key": string,"style": string,"summary_text": string,"updated_at": string,"user_id": string | null,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "artifact_ids"?: NonNullable<Json>,"created_at"?: string,"evidence_ids"?: NonNullable<Json>,"id"?: string,"prompt"?: string | null,"provider"?: string | null,"scope"?: string,"scope_key"?: string,"style"?: string,"summary_text": string,"updated_at"?: string,"user_id"?: string | null,"workspace_id"?: string
                  }
                  Update: {
                    "artifact_ids"?: NonNullable<Json>,"created_at"?: string,"evidence_ids"?: NonNullable<Json>,"id"?: string,"prompt"?: string | null,"provider"?: string | null,"scope"?: string,"scope_key"?: string,"style"?: string,"summary_text"?: string,"updated_at"?: string,"user_id"?: string | null,"workspace_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "summaries_workspace_id_fkey"
      columns: ["workspace_id"]
isOneToOne: false
      referencedRelation: "workspaces"
      referencedColumns: ["id"]
    }
                  ]
                },"tag_prompts": {
                  Row: {
                    "author": string | null,"created_at": string,"document_id": string,"examples": Json | null,"id": string,"prompt_text": string,"user_id": string | null,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "author"?: string | null,"created_at"?: string,"document_id": string,"examples"?: Json | null,"id"?: string,"prompt_text": string,"user_id"?: string | null,"workspace_id"?: string
                  }
                  Update: {
                    "author"?: string | null,"created_at"?: string,"document_id"?: string,"examples"?: Json | null,"id"?: string,"prompt_text"?: string,"user_id"?: string | null,"workspace_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "tag_prompts_document_id_fkey"
      columns: ["workspace_id","document_id"]
isOneToOne: false
      referencedRelation: "documents"
      referencedColumns: ["workspace_id","id"]
    },{
      foreignKeyName: "tag_prompts_workspace_id_fkey"
      columns: ["workspace_id"]
isOneToOne: false
      referencedRelation: "workspaces"
      referencedColumns: ["id"]
    }
                  ]
                },"tags": {
                  Row: {
                    "created_at": string,"document_id": string,"hrm_steps": number | null,"id": string,"score": number | null,"source_ptr": string | null,"tag": string,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"document_id": string,"hrm_steps"?: number | null,"id"?: string,"score"?: number | null,"source_ptr"?: string | null,"tag": string,"workspace_id"?: string
                  }
                  Update: {
                    "created_at"?: string,"document_id"?: string,"hrm_steps"?: number | null,"id"?: string,"score"?: number | null,"source_ptr"?: string | null,"tag"?: string,"workspace_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "tags_document_id_fkey"
      columns: ["workspace_id","document_id"]
isOneToOne: false
      referencedRelation: "documents"
      referencedColumns: ["workspace_id","id"]
    },{
      foreignKeyName: "tags_workspace_id_fkey"
      columns: ["workspace_id"]
isOneToOne: false
      referencedRelation: "workspaces"
      referencedColumns: ["id"]
    }
                  ]
                },"user_prefs": {
                  Row: {
                    "created_at": string,"language": string,"preferences": NonNullable<Json>,"theme": string,"updated_at": string,"user_id": string,"week_starts_on": number
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"language"?: string,"preferences"?: NonNullable<Json>,"theme"?: string,"updated_at"?: string,"user_id"?: string,"week_starts_on"?: number
                  }
                  Update: {
                    "created_at"?: string,"language"?: string,"preferences"?: NonNullable<Json>,"theme"?: string,"updated_at"?: string,"user_id"?: string,"week_starts_on"?: number
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
                    "avatar_url": string | null,"created_at": string,"display_name": string,"role": Database["public"]['Enums']["app_role"],"shares_memories": boolean,"updated_at": string,"user_id": string,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "avatar_url"?: string | null,"created_at"?: string,"display_name": string,"role"?: Database["public"]['Enums']["app_role"],"shares_memories"?: boolean,"updated_at"?: string,"user_id": string,"workspace_id": string
                  }
                  Update: {
                    "avatar_url"?: string | null,"created_at"?: string,"display_name"?: string,"role"?: Database["public"]['Enums']["app_role"],"shares_memories"?: boolean,"updated_at"?: string,"user_id"?: string,"workspace_id"?: string
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
                    "account_id": string | null,"created_at": string,"created_by": string | null,"id": string,"name": string,"personal_of": string | null,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "account_id"?: string | null,"created_at"?: string,"created_by"?: string | null,"id"?: string,"name": string,"personal_of"?: string | null,"updated_at"?: string
                  }
                  Update: {
                    "account_id"?: string | null,"created_at"?: string,"created_by"?: string | null,"id"?: string,"name"?: string,"personal_of"?: string | null,"updated_at"?: string
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
"begin_question":
{ Args: { "endpoint_models"?: (string)[],"standard_model"?: string }; Returns: Json
                           },
"check_request":
{ Args: Record<PropertyKey, never>; Returns: undefined
                           },
"claim_embedding_jobs":
{ Args: { "adopt"?: boolean,"batch"?: number,"dimensions": number,"is_endpoint"?: boolean,"lease_seconds"?: number,"model": string }; Returns: {
              "account_id": string,"attempts": number,"content": string,"job_id": number,"revision": number,"workspace_id": string
            }[]
                           },
"claim_ingestion_job":
{ Args: { "lease_seconds"?: number,"small_only"?: boolean }; Returns: {
              "artifact_id": string,"attempt": string,"bucket_id": string,"file_size": number,"filename": string,"filepath": string,"media_type": string,"report_week": string,"source_url": string
            }[]
                           },
"claim_object_removals":
{ Args: { "batch"?: number }; Returns: {
              "bucket_id": string,"name": string,"object_id": string
            }[]
                           },
"claim_workspace_account":
{ Args: Record<PropertyKey, never>; Returns: undefined
                           },
"create_workspace":
{ Args: { "name": string }; Returns: {
              "account_id": string | null,
"created_at": string,
"created_by": string | null,
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
"current_workspace":
{ Args: Record<PropertyKey, never>; Returns: string
                           },
"custom_access_token_hook":
{ Args: { "event": Json }; Returns: Json
                           },
"decline_invitation":
{ Args: { "token": string }; Returns: undefined
                           },
"delete_account":
{ Args: Record<PropertyKey, never>; Returns: undefined
                           },
"embedding_status":
{ Args: Record<PropertyKey, never>; Returns: {
              "dimensions": number,"failed": number,"last_error": string,"model": string,"next_model": string,"passages": number,"waiting": number
            }[]
                           },
"erase_my_memory":
{ Args: Record<PropertyKey, never>; Returns: number
                           },
"export_my_memory":
{ Args: Record<PropertyKey, never>; Returns: Json
                           },
"fail_embedding_job":
{ Args: { "job_id": number,"outcome"?: string,"reason": string,"revision": number }; Returns: undefined
                           },
"fail_ingestion":
{ Args: { "artifact_id": string,"attempt": string,"reason": string,"retry_seconds"?: number }; Returns: string
                           },
"finish_embedding_jobs":
{ Args: { "model": string,"results": Json }; Returns: number
                           },
"finish_ingestion":
{ Args: { "artifact_id": string,"attempt": string,"summary"?: Json }; Returns: undefined
                           },
"forget":
{ Args: { "category"?: string,"memory_id"?: string,"user_id"?: string }; Returns: number
                           },
"has_tag":
{ Args: { "document_id": string,"tag": string }; Returns: boolean
                           },
"hrm_snapshot":
{ Args: Record<PropertyKey, never>; Returns: {
              "avg_latency_ms": number,"avg_steps": number,"last_run": Json,"total_runs": number
            }[]
                           },
"invite_member":
{ Args: { "email": string,"role"?: Database["public"]['Enums']["app_role"],"workspace_id"?: string }; Returns: {
              "expires_at": string,"id": string,"token": string
            }[]
                           },
"leave_workspace":
{ Args: { "workspace_id": string }; Returns: undefined
                           },
"list_skills":
{ Args: Record<PropertyKey, never>; Returns: {
              "created_at": string,
"created_by": string | null,
"description": string | null,
"enabled": boolean,
"id": string,
"name": string,
"parameters": NonNullable<Json>,
"updated_at": string,
"version": number,
"workflow_def": NonNullable<Json>,
"workspace_id": string | null
            }[]
                          SetofOptions: {
        from: "*"
        to: "skills_registry"
        isOneToOne: false
        isSetofReturn: true
      } },
"mark_searchable":
{ Args: Record<PropertyKey, never>; Returns: number
                           },
"memory_append":
{ Args: { "element": Json,"field": string,"key"?: string,"user_id"?: string }; Returns: Json
                           },
"memory_get":
{ Args: { "default_value"?: Json,"field": string,"user_id"?: string }; Returns: Json
                           },
"memory_merge":
{ Args: { "field": string,"patch": Json,"user_id"?: string }; Returns: Json
                           },
"memory_set":
{ Args: { "expected"?: Json,"field": string,"user_id"?: string,"value": Json }; Returns: Json
                           },
"more_like_this":
{ Args: { "like_chunk_id"?: string,"like_document_id"?: string,"max_results"?: number,"page_offset"?: number,"types"?: (string)[] }; Returns: {
              "artifact_id": string,"chunk_id": string,"chunk_index": number,"document_id": string,"document_title": string,"document_type": string,"document_workspace_id": string,"filename": string,"heading": string,"highlight": string,"meta": Json,"page": number,"score": number,"similarity": number,"source_type": string,"text": string,"text_rank": number,"text_score": number,"vector_rank": number
            }[]
                           },
"platform_health":
{ Args: Record<PropertyKey, never>; Returns: {
              "applied_migrations": (string)[],"extensions": Json,"feature_flags": Json,"postgres_version": string
            }[]
                           },
"rebuild_search":
{ Args: { "document_ids"?: (string)[] }; Returns: string
                           },
"recall":
{ Args: { "embedding_model"?: string,"in_category"?: string,"max_results"?: number,"query"?: string,"query_embedding"?: string,"user_id"?: string }; Returns: {
              "category": string,"content": Json,"context": Json,"created_at": string,"id": string,"score": number,"similarity": number
            }[]
                           },
"record_embedding_usage":
{ Args: { "model": string,"usage": Json }; Returns: undefined
                           },
"reembed":
{ Args: { "dimensions"?: number,"model": string }; Returns: number
                           },
"register_skill":
{ Args: { "description"?: string,"enabled"?: boolean,"name": string,"parameters"?: Json,"workflow_def"?: Json }; Returns: string
                           },
"remember":
{ Args: { "category"?: string,"content": Json,"context"?: Json,"user_id"?: string }; Returns: string
                           },
"remove_member":
{ Args: { "user_id": string,"workspace_id": string }; Returns: undefined
                           },
"replace_findings":
{ Args: { "document_id": string,"entities"?: Json,"metric_hits"?: Json,"structure"?: Json }; Returns: undefined
                           },
"reprocess_artifact":
{ Args: { "artifact_id": string }; Returns: undefined
                           },
"revoke_invitation":
{ Args: { "invitation_id": string }; Returns: undefined
                           },
"run_search_rebuilds":
{ Args: Record<PropertyKey, never>; Returns: number
                           },
"search":
{ Args: { "created_after"?: string,"created_before"?: string,"document_ids"?: (string)[],"embedding_model"?: string,"max_results"?: number,"metadata"?: Json,"page_offset"?: number,"query": string,"query_embedding"?: string,"syntax"?: string,"tags"?: (string)[],"types"?: (string)[] }; Returns: {
              "artifact_id": string,"chunk_id": string,"chunk_index": number,"document_id": string,"document_title": string,"document_type": string,"document_workspace_id": string,"filename": string,"heading": string,"highlight": string,"meta": Json,"page": number,"score": number,"similarity": number,"source_type": string,"text": string,"text_rank": number,"text_score": number,"vector_rank": number
            }[]
                           },
"search_model":
{ Args: Record<PropertyKey, never>; Returns: string
                           },
"set_member_role":
{ Args: { "role": Database["public"]['Enums']["app_role"],"user_id": string,"workspace_id": string }; Returns: undefined
                           },
"set_user_pref":
{ Args: { "key": string,"user_id"?: string,"value": Json }; Returns: Json
                           },
"share_memories":
{ Args: { "shares"?: boolean }; Returns: undefined
                           },
"store_extraction":
{ Args: { "artifact_id": string,"attempt": string,"lease_seconds"?: number,"parts": Json }; Returns: undefined
                           },
"strength":
{ Args: { "memory": Omit<Database["public"]['Tables']["cipher_memory"]['Row'], Database["public"]['Tables']["cipher_memory"]['ComputedFields']> }; Returns: number
                           },
"switch_workspace":
{ Args: { "workspace_id": string }; Returns: string
                           },
"tag_document":
{ Args: { "document_id": string,"hrm_steps"?: number,"source_ptr"?: string,"tags": (string)[] }; Returns: number
                           },
"transfer_admin":
{ Args: { "to_user_id": string,"workspace_id": string }; Returns: undefined
                           },
"upsert_artifact_with_document":
{ Args: { "artifact": Json,"document": Json }; Returns: string
                           }
          }
          Enums: {
            "app_role": "employee"|"manager"|"admin"
          }
          CompositeTypes: {
            [_ in never]: never
          }
        },"studio": {
          Tables: {
            "api_keys": {
                  Row: {
                    "created_at": string,"expires_at": string | null,"id": number,"last_used_at": string | null,"name": string,"prefix": string,"revoked_at": string | null,"scopes": (string)[],"user_id": string,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"expires_at"?: string | null,"id"?: number,"last_used_at"?: string | null,"name": string,"prefix": string,"revoked_at"?: string | null,"scopes": (string)[],"user_id": string,"workspace_id": string
                  }
                  Update: {
                    "created_at"?: string,"expires_at"?: string | null,"id"?: number,"last_used_at"?: string | null,"name"?: string,"prefix"?: string,"revoked_at"?: string | null,"scopes"?: (string)[],"user_id"?: string,"workspace_id"?: string
                  }
                  Relationships: [
                    
                  ]
                },"api_usage": {
                  Row: {
                    "api_key_id": number | null,"cached_input_tokens": number,"conversation_id": number | null,"cost_usd": number | null,"created_at": string,"duration_ms": number | null,"endpoint": string,"id": string,"input_tokens": number,"message_id": number | null,"model_id": string,"output_tokens": number,"status": string,"user_id": string | null,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "api_key_id"?: number | null,"cached_input_tokens"?: number,"conversation_id"?: number | null,"cost_usd"?: number | null,"created_at"?: string,"duration_ms"?: number | null,"endpoint": string,"id"?: string,"input_tokens"?: number,"message_id"?: number | null,"model_id": string,"output_tokens"?: number,"status"?: string,"user_id"?: string | null,"workspace_id": string
                  }
                  Update: {
                    "api_key_id"?: number | null,"cached_input_tokens"?: number,"conversation_id"?: number | null,"cost_usd"?: number | null,"created_at"?: string,"duration_ms"?: number | null,"endpoint"?: string,"id"?: string,"input_tokens"?: number,"message_id"?: number | null,"model_id"?: string,"output_tokens"?: number,"status"?: string,"user_id"?: string | null,"workspace_id"?: string
                  }
                  Relationships: [
                    
                  ]
                },"budgets": {
                  Row: {
                    "created_at": string,"id": number,"limit_tokens": number | null,"limit_usd": number | null,"period": string,"scope": string,"updated_at": string,"user_id": string | null,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"id"?: number,"limit_tokens"?: number | null,"limit_usd"?: number | null,"period"?: string,"scope"?: string,"updated_at"?: string,"user_id"?: string | null,"workspace_id"?: string
                  }
                  Update: {
                    "created_at"?: string,"id"?: number,"limit_tokens"?: number | null,"limit_usd"?: number | null,"period"?: string,"scope"?: string,"updated_at"?: string,"user_id"?: string | null,"workspace_id"?: string
                  }
                  Relationships: [
                    
                  ]
                },"limits": {
                  Row: {
                    "created_at": string,"id": number,"name": string,"updated_at": string,"user_id": string | null,"value": number | null,"workspace_id": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"id"?: number,"name": string,"updated_at"?: string,"user_id"?: string | null,"value"?: number | null,"workspace_id"?: string | null
                  }
                  Update: {
                    "created_at"?: string,"id"?: number,"name"?: string,"updated_at"?: string,"user_id"?: string | null,"value"?: number | null,"workspace_id"?: string | null
                  }
                  Relationships: [
                    
                  ]
                },"rate_limit_rules": {
                  Row: {
                    "burst": number,"created_at": string,"endpoint": string,"per_minute": number,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "burst": number,"created_at"?: string,"endpoint": string,"per_minute": number,"updated_at"?: string
                  }
                  Update: {
                    "burst"?: number,"created_at"?: string,"endpoint"?: string,"per_minute"?: number,"updated_at"?: string
                  }
                  Relationships: [
                    
                  ]
                },"usage_days": {
                  Row: {
                    "cached_input_tokens": number,"cost_usd": number,"day": string,"free_requests": number,"id": number,"input_tokens": number,"model_id": string,"output_tokens": number,"requests": number,"unpriced_requests": number,"user_id": string | null,"workspace_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "cached_input_tokens"?: number,"cost_usd"?: number,"day": string,"free_requests"?: number,"id"?: number,"input_tokens"?: number,"model_id": string,"output_tokens"?: number,"requests"?: number,"unpriced_requests"?: number,"user_id"?: string | null,"workspace_id": string
                  }
                  Update: {
                    "cached_input_tokens"?: number,"cost_usd"?: number,"day"?: string,"free_requests"?: number,"id"?: number,"input_tokens"?: number,"model_id"?: string,"output_tokens"?: number,"requests"?: number,"unpriced_requests"?: number,"user_id"?: string | null,"workspace_id"?: string
                  }
                  Relationships: [
                    
                  ]
                }
          }
          Views: {
            [_ in never]: never
          }
          Functions: {
            "authenticate_api_key":
{ Args: { "key_hash": string }; Returns: {
              "api_key_id": number,"scopes": (string)[],"user_id": string,"workspace_id": string
            }[]
                           },
"begin_request":
{ Args: { "request": Json }; Returns: Json
                           },
"budget_status":
{ Args: Record<PropertyKey, never>; Returns: {
              "budget_id": number,"limit_tokens": number,"limit_usd": number,"period": string,"resets_at": string,"scope": string,"used_tokens": number,"used_usd": number
            }[]
                           },
"create_api_key":
{ Args: { "expires_at"?: string,"name": string,"scopes"?: (string)[] }; Returns: {
              "created_at": string,"id": number,"key": string,"prefix": string
            }[]
                           },
"find_passages":
{ Args: { "embedding_model"?: string,"max_results"?: number,"query": string,"query_embedding"?: string,"user_id": string,"workspace_id": string }; Returns: {
              "chunk_id": string,"document_id": string,"n": number,"page": number,"score": number,"text": string,"title": string
            }[]
                           },
"finish_request":
{ Args: { "usage": Json }; Returns: number
                           },
"revoke_api_key":
{ Args: { "id": number }; Returns: undefined
                           },
"usage_summary":
{ Args: { "from_day"?: string,"group_by"?: (string)[],"to_day"?: string }; Returns: {
              "cached_input_tokens": number,"cost_usd": number,"day": string,"input_tokens": number,"model_id": string,"output_tokens": number,"requests": number,"unpriced_requests": number,"user_id": string
            }[]
                           }
          }
          Enums: {
            [_ in never]: never
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
  "business": {
          Enums: {
            
          }
        },"dashboard": {
          Enums: {
            
          }
        },"public": {
          Enums: {
            "app_role": ["employee", "manager", "admin"]
          }
        },"studio": {
          Enums: {
            
          }
        }
} as const
