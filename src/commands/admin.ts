import { actOnPerson } from './acts.ts'

export const admin = actOnPerson({
  name: 'admin',
  action: 'promote',
  summary: 'Make somebody an admin; that also lifts what admins did to them. Owner only.'
})
