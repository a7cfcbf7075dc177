/** The version of Plinth, as in package.json, which is not deployed with functions. A test compares them. */
export const version = '0.1.0'
