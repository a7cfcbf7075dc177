/** The former path of the library, until its users import mod.ts. */
export * from './mod.ts'
