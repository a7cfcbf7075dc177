/** The languages of passages, which decide how their words are compared. */
export { PassageLanguages } from './detect.ts'
