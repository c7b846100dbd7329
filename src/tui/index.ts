/** The full-screen terminal. */
export { runTui, type SlashCommands, type TuiInit } from './app.ts'
export { canRunFullScreen, type TerminalInput, type TerminalOutput } from './screen.ts'
export { themes } from './themes.ts'
