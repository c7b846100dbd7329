/** The full-screen terminal. */
export { runTui } from './app.ts'
export { themes } from './themes.ts'
