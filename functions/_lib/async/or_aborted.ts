/** The former name of `abortable`, until its users import mod.ts. */
export { abortable as orAborted } from './abortable.ts'
