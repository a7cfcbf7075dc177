/** The version of Plinth these functions belong to; a test holds it to package.json, which is not deployed with them. */
export const version = '0.1.0'
