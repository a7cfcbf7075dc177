/** Waiting, repeating and limiting: what every asynchronous part needs and no platform provides. */
export { abortable, sleep, type TimeoutOptions, withTimeout } from './abortable.ts'
export { limitBytes } from './limit_bytes.ts'
export { retry, type RetryOptions } from './retry.ts'
export { TimeSlice, yieldToEventLoop } from './time_slice.ts'
