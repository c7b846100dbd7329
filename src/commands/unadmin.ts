import { actOnPerson } from './acts.ts'

export const unadmin = actOnPerson({ name: 'unadmin', action: 'demote', summary: 'Take an admin their rights. Owner only.' })
