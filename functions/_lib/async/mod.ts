/** Waiting, repeating and limiting: what asynchronous code needs and the runtime does not provide. */
export { abortable, sleep, type TimeoutOptions, withTimeout } from './abortable.ts'
export { Pace } from './pace.ts'
export { lazy } from './lazy.ts'
export { limitBytes } from './limit_bytes.ts'
export { retry, type RetryOptions } from './retry.ts'
export { TimeSlice, yieldToEventLoop } from './time_slice.ts'
